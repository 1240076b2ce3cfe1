"""Rewinding a PSD on the command line: edits found in it, old layers kept, runs replayed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image as pil

from bridge.__main__ import main
from bridge.access import access
from bridge.commands import rewind
from bridge.commands.gather import Gathered
from bridge.history.history import History, found_steps, history_of, with_history
from bridge.images.image import Pixels
from bridge.psd.append import append_groups
from bridge.psd.document import pixel_layers
from bridge.psd.files import layer_info, opened, read_document
from bridge.psd.metadata import layer_note

from ..cli import ROOT, Terminal, data_folder, paint_on, picture, served

RUN = ("run", "--prompt", "a house by the sea", "--size", "32x24", "--steps", "6")
BOX = (8, 6, 24, 18)


@pytest.fixture
def run(pentimento: Terminal, tmp_path: Path) -> Path:
    """A PSD with a run of six steps, step 3 painted on by another program."""
    pentimento.works(*RUN, "-o", tmp_path / "run.psd")
    paint_on(tmp_path / "run.psd", "3 ·", BOX, tmp_path / "painted.psd")
    return tmp_path / "painted.psd"


def history(file: Path) -> History:
    return history_of(read_document(file.read_bytes())[0].xmp)


def pictures(file: Path) -> dict[str, Pixels]:
    """The steps' pictures in a file, by the step's id."""
    document, images = read_document(file.read_bytes())
    found = found_steps(document, images, history_of(document.xmp))
    return {step: one.picture.pixels for step, one in found.items()}


def inputs_of(file: Path) -> dict[str, Pixels]:
    """What a file's runs were made from, by the names of the hidden layers."""
    document, images = read_document(file.read_bytes())
    layers = [layer for layer in pixel_layers(document.layers) if layer.image is not None]
    notes = {layer.name: (layer, layer_note(layer.metadata)) for layer in layers}
    return {
        name: images[layer.image or ""].pixels
        for name, (layer, note) in notes.items()
        if "input" in note
    }


def old_layers_are_the_same(before: Path, after: Path) -> None:
    old, new = (layer_info(opened(file.read_bytes())) for file in (before, after))
    for n, record in enumerate(old.layer_records):
        assert record.tobytes() == new.layer_records[n].tobytes()
        assert old.channel_image_data[n].tobytes() == new.channel_image_data[n].tobytes()


def test_a_layer_painted_on_elsewhere_is_found_and_taken_as_the_edit(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.psd"
    said = pentimento.works("rewind", run, "--step", "3", "-o", out)
    assert "repaint from step 3, 4 steps" in said.out
    old_layers_are_the_same(run, out)
    first, branch = history(out).runs
    assert branch.parent == f"{first.id}.2"
    assert branch.rewind is not None
    assert (branch.rewind.mode, branch.first, branch.last) == ("repaint", 2, 5)
    inputs = inputs_of(out)
    assert set(inputs) == {"rewind.edit", "rewind.handed", "rewind.mask"}
    mask = inputs["rewind.mask"][..., 0]
    left, top, right, bottom = BOX
    assert mask[top:bottom, left:right].all()
    mask[top:bottom, left:right] = 0
    assert not mask.any()
    assert "painted on: step 3" in pentimento.works("show", out).out
    assert "repaint from step 3" in pentimento.works("show", out).out


@pytest.mark.parametrize("mode", ["nudge", "keep", "repaint", "hold"])
def test_every_way_of_taking_in_an_edit_can_be_named(
    pentimento: Terminal, run: Path, tmp_path: Path, mode: str
) -> None:
    out = tmp_path / "out.psd"
    more = ("--weight", "0.8", "--release", "0.5") if mode == "hold" else ()
    pentimento.works("rewind", run, "--step", "3", "--mode", mode, *more, "-o", out)
    assert (rewind := history(out).runs[1].rewind) is not None
    assert rewind.mode == mode
    if mode == "hold":
        assert (rewind.weight, rewind.release) == (0.8, 0.5)


def test_an_unedited_replay_gives_the_same_pictures_to_the_bit(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    pentimento.works("rewind", tmp_path / "run.psd", "--step", "2", "-o", tmp_path / "out.psd")
    first, again = history(tmp_path / "out.psd").runs
    assert again.rewind is not None
    assert again.rewind.mode == "replay"
    found = pictures(tmp_path / "out.psd")
    for index in range(1, 6):
        np.testing.assert_array_equal(found[f"{again.id}.{index}"], found[f"{first.id}.{index}"])


def test_keep_outside_changes_nothing_but_the_edit(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.psd"
    said = pentimento.works("rewind", run, "--step", "3", "--keep-outside", "-o", out)
    assert "The edit was taken in with a soft seam around it: " in said.err
    first, branch = history(out).runs
    found = pictures(out)
    before, after = found[f"{first.id}.5"], found[f"{branch.id}.5"]
    left, top, right, bottom = BOX
    changed = (before != after).any(axis=2)
    assert changed[top:bottom, left:right].any()
    near = np.zeros_like(changed)
    near[max(0, top - 20) : bottom + 20, max(0, left - 20) : right + 20] = True
    assert not changed[~near].any()


def test_an_edit_and_a_mask_may_be_given_as_pictures(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    first = history(run).runs[0]
    edit = pictures(tmp_path / "run.psd")[f"{first.id}.3"][..., :3].copy()
    edit[:10, :10] = 0
    pil.fromarray(edit).save(tmp_path / "edit.png")
    mask = np.zeros((24, 32), np.uint8)
    mask[:8, :8] = 255
    pil.fromarray(mask).save(tmp_path / "mask.png")
    out = tmp_path / "out.psd"
    pentimento.works(
        *("rewind", run, "--step", "4", "--edit", tmp_path / "edit.png"),
        *("--mask", tmp_path / "mask.png", "--prompt", "a boat", "--seed", "9", "-o", out),
    )
    branch = history(out).runs[1]
    assert (branch.recipe.prompt, branch.recipe.seed, branch.first) == ("a boat", 9, 3)
    inputs = inputs_of(out)
    np.testing.assert_array_equal(inputs["rewind.mask"][..., 0], mask)
    np.testing.assert_array_equal(inputs["rewind.edit"][..., :3], edit)


def test_a_branch_leads_back_to_the_run_it_left(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.psd", tmp_path / "two.psd"
    pentimento.works("rewind", run, "--step", "3", "-o", one)
    first, branch = history(one).runs
    said = pentimento("rewind", one, "--step", "5", "-o", two)
    assert said.status == 2
    assert "several runs are here; say which with --run" in said.err
    pentimento.works("rewind", one, "--step", "5", "--run", branch.id[:8], "-o", two)
    assert history(two).runs[2].parent == f"{branch.id}.4"
    pentimento.works("rewind", one, "--step", "2", "--run", branch.id, "-o", two)
    assert history(two).runs[2].parent == f"{first.id}.1"


@pytest.mark.slow
def test_an_input_that_was_painted_on_cannot_be_replayed_and_is_named(
    pentimento: Terminal, tmp_path: Path, tiny_folder: Path
) -> None:
    made = tmp_path / "made.psd"
    pentimento.works(
        *("run", "--prompt", "a boat", "--steps", "2", "--init", picture(tmp_path / "a.png")),
        *("--strength", "0.9", "-o", made),
    )
    paint_on(made, "init_image", BOX, tmp_path / "painted.psd")
    said = pentimento.works("rewind", made, "--step", "2", "-o", tmp_path / "out.psd")
    assert "replay from step 2, 1 step in " in said.out
    with data_folder(tmp_path / "elsewhere") as folder, served(folder, tiny_folder / "sd"):
        said = pentimento(
            "rewind", tmp_path / "painted.psd", "--step", "2", "-o", tmp_path / "out.psd"
        )
    assert said.status == 2
    assert "cannot be replayed: its init_image is not among the document's layers" in said.err


def test_of_several_runs_the_one_that_was_painted_on_is_meant(
    pentimento: Terminal, tmp_path: Path
) -> None:
    pentimento.works(*RUN, "--count", "2", "-o", tmp_path / "run.psd")
    paint_on(tmp_path / "run.psd", "3 ·", BOX, tmp_path / "painted.psd")
    pentimento.works("rewind", tmp_path / "painted.psd", "--step", "3", "-o", tmp_path / "out.psd")
    first, second, branch = history(tmp_path / "out.psd").runs
    assert branch.parent == f"{first.id}.2"
    assert branch.number == second.number + 1


# Another store, another machine


@pytest.mark.slow
def test_a_run_that_the_store_lost_is_replayed_from_the_psd_with_its_branches(
    pentimento: Terminal,
    run: Path,
    tmp_path: Path,
    tiny_folder: Path,
) -> None:
    one, two = tmp_path / "one.psd", tmp_path / "two.psd"
    pentimento.works("rewind", run, "--step", "3", "--mode", "hold", "-o", one)
    first, branch = history(one).runs
    with data_folder(tmp_path / "elsewhere") as folder, served(folder, tiny_folder / "sd"):
        said = pentimento.works(
            *("rewind", one, "--step", "5", "--run", branch.id, "-o", two, "--prompt", "a boat")
        )
        assert f"The run {branch.id[:6]} was not in the store any more" in said.out
        twice = ("rewind", one, "--step", "5", "--run", branch.id, "--prompt", "a house", "--json")
        events = pentimento.works(*twice, "-o", tmp_path / "four.psd").events
        assert [event["type"] for event in events].count("started") == 1
        assert not any(event["type"] == "replayed" for event in events)
        assert history(tmp_path / "four.psd").runs[2].parent == f"{branch.id}.4"
    assert "exactly as it was" in said.out
    third = history(two).runs[2]
    assert third.parent == f"{branch.id}.4"
    assert third.recipe.hold is not None
    assert third.recipe.hold.step == f"{first.id}.2"
    with data_folder(tmp_path / "third") as folder, served(folder, tiny_folder / "sd"):
        out = tmp_path / "three.psd"
        pentimento.works("rewind", two, "--step", "6", "--run", third.id, "-o", out)
        found = pictures(out)
    again = history(out).runs[3]
    np.testing.assert_array_equal(found[f"{again.id}.5"], found[f"{third.id}.5"])


def test_what_was_saved_into_the_file_meanwhile_stays_when_it_is_written_over(
    pentimento: Terminal, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint, begun = rewind.painted, list[None]()

    async def slowly(*what: Any, **where: Any) -> list[Gathered]:  # as painted takes them
        made = await paint(*what, **where)
        if not begun:
            begun.append(None)
            command = ["rewind", str(run), "--step", "5", "-o", str(run)]
            assert await asyncio.to_thread(main, command) == 0
        return made

    monkeypatch.setattr(rewind, "painted", slowly)
    pentimento.works("rewind", run, "--step", "3", "-o", run)
    first, *branches = history(run).runs
    assert [one.parent for one in branches] == [f"{first.id}.4", f"{first.id}.2"]


@pytest.mark.slow
def test_a_replay_on_other_versions_is_called_approximate_and_its_noise_is_no_edit(
    pentimento: Terminal, run: Path, tmp_path: Path, tiny_folder: Path
) -> None:
    data = run.read_bytes()
    old = history(run)
    other = old.runs[0].made_with | {"torch": "1.0"}
    changed = replace(old, runs=(replace(old.runs[0], made_with=other),))
    xmp = with_history(read_document(data)[0].xmp, changed)
    (tmp_path / "old.psd").write_bytes(append_groups(data, (), {}, xmp=xmp))
    with data_folder(tmp_path / "elsewhere") as folder, served(folder, tiny_folder / "sd"):
        said = pentimento.works(
            "rewind", tmp_path / "old.psd", "--step", "3", "--json", "-o", tmp_path / "out.psd"
        )
    replayed = next(event for event in said.events if event["type"] == "replayed")
    assert replayed["approximate"].startswith("torch was 1.0, is 2.")
    left, top, right, bottom = BOX
    mask = inputs_of(tmp_path / "out.psd")["rewind.mask"][..., 0]
    assert mask[top:bottom, left:right].mean() > 200
    mask[top:bottom, left:right] = 0
    assert not mask.any()


@pytest.mark.slow
def test_without_a_bridge_the_command_brings_its_own_and_takes_it_away(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_folder: Path
) -> None:
    with data_folder(tmp_path / "data") as folder:
        terminal = Terminal(capsys)
        said = terminal.works(
            *RUN, "--model", tiny_folder / "sd", "--json", "-o", tmp_path / "a.psd"
        )
        assert said.events[-1]["type"] == "written"
        assert (folder / "store.sqlite").exists()  # there was one
        assert access.read(folder) is None
        assert access.find(folder) is None


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_is_told_in_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model_index.json").write_text("{}")
    with data_folder(tmp_path / "data"):
        said = Terminal(capsys)(*RUN, "--model", tmp_path / "model", "-o", tmp_path / "a.psd")
    assert said.status == 1
    assert "The model cannot be loaded" in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_cancels_the_run_and_exits_130(folder: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "bridge", "run", "--prompt", "endless", "--size", "512x512"),
            *("--steps", "250", "--json", "-o", str(tmp_path / "a.psd")),
        ],
        cwd=ROOT,
        env=os.environ | {"PENTIMENTO_DATA": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeds_ctrl_c,
    )
    assert process.stdout is not None
    run = None
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "queued":
            run = event["run"]["id"]
        if event["type"] == "stepped":
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not (tmp_path / "a.psd").exists()
    assert _state(folder, run or "") == "cancelled"


def _heeds_ctrl_c() -> None:
    """Tests that run in the background of a shell would hand down that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _state(folder: Path, run: str) -> str:
    running = access.find(folder)
    assert running is not None
    headers = {"Authorization": f"Bearer {running.token}"}
    request = urllib.request.Request(f"{running.address}/runs/{run}", headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["run"]["state"]
