"""The way of pixels at a real bridge: crop, paint, rewind, PSD, at each depth and profile."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from psd_tools import PSDImage

from bridge.access import access
from bridge.history.history import found_steps, history_of
from bridge.psd.files import read_document
from tests.force.painters import web_socket

from .cli import ROOT, data_folder, served

SCRIPT = ROOT / "tests" / "ps-plugin" / "pixels" / "way.js"
NAMES = {"sRGB IEC61966-2.1": "sRGB", "Display P3": "Display P3"}  # the host's and ours


def test_a_selection_is_painted_rewound_and_saved_in_the_documents_own_depth_and_profile(
    tmp_path: Path, tiny_folder: Path
) -> None:
    node = shutil.which("node")
    assert node, "node is not on the PATH: run scripts/test.py, which installs one"
    with data_folder(tmp_path), served(tmp_path, tiny_folder / "sd"):
        where = access.find(tmp_path)
        assert where is not None
        psd = tmp_path / "way"
        command = [node, *web_socket(node), str(SCRIPT), where.address, where.token, str(psd)]
        said = subprocess.run(command, check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    ways = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(way["depth"], way["profile"]) for way in ways] == [
        (depth, name) for depth in (8, 16) for name in NAMES
    ]
    for number, way in enumerate(ways):
        recipe, profile = way["run"], NAMES[way["profile"]]
        assert (recipe["depth"], recipe["profile"]) == (way["depth"], profile)
        assert recipe["width"] < 251
        assert recipe["height"] < 203, "a crop"
        assert way["outside"] == 0
        assert way["changed"] > 21 * 17
        assert way["rewind"]["handed"] == way["handed"]
        assert way["rewind"]["edit"] not in (None, way["handed"])
        assert way["again"] == [way["depth"], way["profile"]]
        assert way["different"] == 0
        data = (tmp_path / f"way-{number}").read_bytes()
        document, images = read_document(data)
        assert (document.depth, document.profile) == (way["depth"], profile)
        found = found_steps(document, images, history_of(document.xmp))
        assert [step.painted for step in found.values()].count(True) == 1
        assert PSDImage.open(tmp_path / f"way-{number}").depth == way["depth"]
