"""Random painters, at a real bridge that is killed while they are at work.

A sceptic says: a panel that listens to a document which its painter changes at the same time must
lose something sometimes. So random painters (`tests/ps-plugin/actions/painter_actions.js`) paint,
move, mask, delete, merge, undo and close documents while runs arrive. When all is quiet:
nobody threw, what the painter left on a layer is there to the bit, and the timeline is the bridge's
tree. In all but a few, of which the causes are not found yet, the active layers are the painter's
and a panel that comes fresh to the document finds the same: seen in one of five hundred, a step of
which there were two layers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bridge.access import access

from ..bridge.cli import ROOT, data_folder, served
from ..pipelines import tiny_models

QUICK, LONG = 80, 500
PAINTERS = ROOT / "tests" / "ps-plugin" / "actions" / "painter_actions.js"
ACTIONS = 14  # of each, at least
RARELY = 0.016  # of them may be odd: no pixel lost, the timeline right, but see `broken`


def run(count: int, seed: int) -> str:
    """So many painters, each known by a seed from this one on."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "sd"
        tiny_models.write_sd(model)
        tiny_models.write_tiny_autoencoder(model / "taesd")
        with data_folder(Path(folder) / "data") as data:
            data.mkdir()
            results = _painters(data, model, seed, count)
    wrong = [result for result in results if result["wrong"]]
    assert not wrong, "\n".join(
        f"seed {one['seed']}: {' | '.join(one['wrong'])}\n  {' '.join(one['acts'])}"
        for one in wrong[:10]
    )
    odd = [f"seed {one['seed']}: {one['odd']}" for one in results if one["odd"]]
    assert len(odd) <= RARELY * count, "\n".join(odd)
    assert len(results) == count
    acts = sum(len(result["acts"]) for result in results)
    assert acts >= ACTIONS * count
    return f"{count} painters, {acts} acts, one kill: nothing was lost; {len(odd)} odd"


def _painters(folder: Path, model: Path, first: int, count: int) -> list[dict[str, Any]]:
    """What became of each. Half-way the bridge is killed."""
    node = shutil.which("node")
    assert node, "node is not on the PATH: run scripts/test.py, which installs one"
    with served(folder, model) as bridge:
        where = access.find(folder)
        assert where is not None
        command = [node, *web_socket(node), str(PAINTERS), where.address, where.token]
        at_work = subprocess.Popen([*command, str(first), str(count)], stdout=subprocess.PIPE)
        assert at_work.stdout is not None
        lines = [at_work.stdout.readline() for _ in range(count // 2)]
        bridge.kill()
        bridge.wait()
    with served(folder, model, where.port):
        lines += at_work.stdout.readlines()
        at_work.wait()
    return [json.loads(line) for line in lines]


def web_socket(node: str) -> list[str]:
    """Node has a WebSocket of its own from 22 on, and behind a flag before."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return [] if int(version[1:].split(".")[0]) >= 22 else ["--experimental-websocket"]
