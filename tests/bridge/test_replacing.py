"""`-o` never takes away what lies nowhere else, and commands can be run again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from bridge.document import Group
from bridge.history import history_of
from bridge.psd import read_document, write_document

from .changed import Papers
from .cli import Terminal, picture

RUN = ("run", "--prompt", "a house", "--size", "32x24", "--steps", "2")
SIZE, BOX = (32, 24), (4, 4, 12, 12)


@pytest.fixture
def run(pentimento: Terminal, tmp_path: Path) -> Path:
    file = tmp_path / "run.psd"
    pentimento.works(*RUN, "-o", file)
    return file


def refused(pentimento: Terminal, file: Path, *arguments: object) -> str:
    """What is said instead of writing over a file."""
    before = file.read_bytes()
    said = pentimento(*arguments)
    assert said.status == 2
    assert len(said.err.splitlines()) == 1
    assert file.read_bytes() == before
    return said.err


def test_a_run_replaces_what_a_run_has_written(pentimento: Terminal, run: Path) -> None:
    before = run.read_bytes()
    pentimento.works(*RUN, "--seed", "8", "-o", run)
    assert run.read_bytes() != before


@pytest.mark.parametrize("how", ["paint", "layer", "mask"])
def test_a_painted_document_is_replaced_only_with_overwrite(
    pentimento: Terminal, run: Path, how: str
) -> None:
    papers = Papers(run)
    if how == "paint":
        papers.paint("1 ·", BOX)
    elif how == "layer":
        papers.put(papers.stroke(SIZE, BOX), "2 ·")
    else:
        papers.change("2 ·", mask=papers.mask(SIZE, BOX))
    papers.write(run)
    said = refused(pentimento, run, *RUN, "-o", run)
    assert "holds what was not painted by a model" in said
    assert ('"Layer 1"' if how == "layer" else "σ") in said
    pentimento.works(*RUN, "-o", run, "--overwrite")


def test_somebody_elses_file_is_replaced_only_with_overwrite(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    document, images = read_document(run.read_bytes())
    layers = tuple(one for group in document.layers if isinstance(group, Group)
                   for one in group.layers[-1:])  # fmt: skip
    plain = type(document)(width=32, height=24, layers=layers)
    theirs, diary = tmp_path / "theirs.psd", tmp_path / "diary.psd"
    theirs.write_bytes(write_document(plain, images))
    diary.write_text("my diary")
    assert "holds what was not painted" in refused(pentimento, theirs, *RUN, "-o", theirs)
    assert "is no PSD file" in refused(pentimento, diary, *RUN, "-o", diary)
    cut = tmp_path / "cut.psd"
    cut.write_bytes(run.read_bytes()[:2000])
    assert "is there, and cannot be read" in refused(pentimento, cut, *RUN, "-o", cut)
    broken = refused(pentimento, run, "rewind", cut, "--step", "1", "-o", run)
    assert f"{cut}: the PSD file is broken" in broken
    note = tmp_path / "note.png"
    note.write_text("my note")
    assert "is no PNG file" in refused(pentimento, note, *RUN, "-o", note)


def test_a_picture_that_is_read_is_never_written_over_unasked(
    pentimento: Terminal, tmp_path: Path
) -> None:
    one, mask = picture(tmp_path / "one.png"), tmp_path / "mask.png"
    pil.fromarray(np.full((24, 32), 255, np.uint8)).save(mask)
    start = ("run", "--steps", "2", "--strength", "0.5", "--prompt", "a", "--init", one)
    assert "is what --init reads" in refused(pentimento, one, *start, "-o", one)
    masked = (*start, "--mask", mask, "-o", mask)
    assert "is what --mask reads" in refused(pentimento, mask, *masked)
    region = (*RUN, "--region", f"a boat={mask}", "-o", mask)
    assert "is what --region reads" in refused(pentimento, mask, *region)
    live = ("live", *start[1:], "--frames", "1", "-o", one)
    assert "is what --init reads" in refused(pentimento, one, *live)
    pentimento.works(*start, "-o", one, "--overwrite")


def test_a_rewind_can_be_written_again_but_not_over_other_paint(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    papers, out = Papers(run), tmp_path / "out.psd"
    papers.paint("1 ·", BOX)
    papers.write(run)
    again = ("rewind", run, "--step", "1", "-o", out)
    pentimento.works(*again)
    pentimento.works(*again)  # what was painted in it lies in the file that is read as well
    papers = Papers(out)
    papers.paint("2 ·", BOX)
    papers.write(out)
    assert "holds what was not painted by a model" in refused(pentimento, out, *again)
    pentimento.works("rewind", out, "--step", "1", "--run", first(run), "-o", out)  # adds to it


def first(file: Path) -> str:
    """The id of a file's only run."""
    return history_of(read_document(file.read_bytes())[0].xmp).runs[0].id


def test_what_a_run_began_from_is_no_loss(pentimento: Terminal, run: Path, tmp_path: Path) -> None:
    theirs, out = Papers(run), tmp_path / "out.psd"
    theirs.put(theirs.stroke(SIZE, BOX), "2 ·")
    theirs.write(run)
    for start in (picture(tmp_path / "one.png"), f"{run}#Layer 1"):
        out.unlink(missing_ok=True)
        again = ("run", "--steps", "2", "--prompt", "a", "--init", start, "-o", out)
        pentimento.works(*again)
        pentimento.works(*again)
