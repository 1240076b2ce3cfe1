"""The main job, unattended, with the embedded model: what `scripts/start.py --demo OUT` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from bridge.demo import SIZE, STEP, STEPS, STRENGTH, paint_boat
from bridge.history.history import found_steps, history_of
from bridge.psd.document import pixel_layers
from bridge.psd.files import read_document

from .cli import ROOT


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demonstration wrote."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-m", "bridge.demo", str(folder / "out")],
        cwd=ROOT,
        env=os.environ | {"PENTIMENTO_DATA": str(folder / "data")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "somebody painted a boat" in done.stdout
    return folder / "out"


@pytest.mark.slow
def test_the_psd_holds_the_sketch_a_run_and_a_branch_from_the_painted_step(out: Path) -> None:
    document, images = read_document((out / "demo.psd").read_bytes())
    assert document.layers[0].name == "source"
    history = history_of(document.xmp)
    run, branch = history.runs
    assert len(history.line(run.id)) == int(STEPS * STRENGTH)
    assert branch.parent == f"{run.id}.{STEP - 1}"
    found = found_steps(document, images, history)
    assert [one.step for one in found.values() if one.painted] == [branch.parent]
    assert sum(layer.visible for layer in pixel_layers(document.layers)) >= 2


@pytest.mark.slow
def test_the_edit_survives_in_the_branch_and_the_rest_of_the_picture_stays(out: Path) -> None:
    document, images = read_document((out / "demo.psd").read_bytes())
    history = history_of(document.xmp)
    found = found_steps(document, images, history)
    run, branch = history.runs
    before, after = (
        found[f"{one.id}.{one.last}"].picture.pixels[..., :3].astype(int) for one in (run, branch)
    )
    strokes = pil.new("RGBA", SIZE)
    paint_boat(strokes)
    boat = np.asarray(strokes)[..., 3] > 0
    colours = np.asarray(strokes)[..., :3].astype(int)
    assert np.abs(after - colours)[boat].mean() < 0.6 * np.abs(before - colours)[boat].mean()
    left = np.s_[:, : SIZE[0] // 3]  # the house, well away from the boat
    np.testing.assert_array_equal(after[left], before[left])


@pytest.mark.slow
def test_the_contact_sheet_shows_both_lines(out: Path) -> None:
    with pil.open(out / "steps.png") as sheet:
        assert sheet.width > 1200
        assert sheet.height > 600
        colours = len(sheet.convert("RGB").getcolors(sheet.width * sheet.height) or ())
    assert colours > 10_000
