"""`-o` never takes away what lies nowhere else, and commands can be run again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from bridge.commands.marks import as_written, marked
from bridge.commands.palette import FORMAT
from bridge.config import Limits
from bridge.history.history import history_of
from bridge.images.decoding import decode
from bridge.images.image import Image, to_png
from bridge.psd.document import Group
from bridge.psd.files import read_document, write_document

from ..cli import Terminal, picture
from ..history.changed import Papers

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


def test_what_a_palette_names_is_never_written_over_unasked(
    pentimento: Terminal, tmp_path: Path
) -> None:
    mask, ground = picture(tmp_path / "boat.png"), picture(tmp_path / "ground.png")
    pil.fromarray(np.full((24, 32), 255, np.uint8)).save(mask)
    brushes = [{"prompt": "a boat", "mask": "boat.png"}]
    said = {"format": FORMAT, "brushes": brushes, "background": {"image": "ground.png"}}
    palette = tmp_path / "p.json"
    palette.write_text(json.dumps(said))
    for command in ("run", "live"):
        asked = (command, "--steps", "2", "--prompt", "the sea", "--palette", palette)
        told = refused(pentimento, mask, *asked, "-o", mask)
        assert f"is what {palette} (brushes[0].mask) reads" in told
        told = refused(pentimento, ground, *asked, "-o", ground)
        assert f"is what {palette} (background.image) reads" in told


def test_somebody_elses_picture_is_replaced_only_with_overwrite(
    pentimento: Terminal, tmp_path: Path
) -> None:
    photo, link = picture(tmp_path / "photo.png"), tmp_path / "link.png"
    link.symlink_to(photo)
    for out in (photo, link):
        assert "no picture as it was painted here" in refused(pentimento, photo, *RUN, "-o", out)
        live = ("live", *RUN[1:], "-o", out)
        assert "no picture as it was painted here" in refused(pentimento, photo, *live)
    pentimento.works(*RUN, "-o", photo, "--overwrite")
    pentimento.works(*RUN, "-o", photo)  # it is ours now
    with pil.open(photo) as opened:
        opened.transpose(pil.Transpose.FLIP_LEFT_RIGHT).save(photo)
    assert "no picture as it was painted here" in refused(pentimento, photo, *RUN, "-o", photo)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("profile", ["sRGB", "Display P3"])
def test_a_picture_is_known_again_and_opens_as_what_it_is(depth: int, profile: str) -> None:
    values = np.arange(4 * 5 * 3).reshape(4, 5, 3)
    image = Image((values * (1 if depth == 8 else 900)).astype(f"u{depth // 8}"), profile)
    data = marked(image)
    assert as_written(data)
    found = decode(data, Limits()).image
    np.testing.assert_array_equal(found.pixels, image.pixels)
    assert found.profile == image.profile
    assert not as_written(data[:-20] + bytes(20))
    assert not as_written(to_png(image))
    assert not as_written(b"")


def test_frames_take_nobodys_place_in_a_folder(pentimento: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    live = ("live", *RUN[1:], "--frames", "2", "-o", folder)
    pentimento.works(*live)
    pentimento.works(*live)  # its own are
    picture(folder / "holiday.png")
    pentimento.works(*live)  # and other names are not touched
    theirs = picture(folder / "00001.png")
    assert "no picture as it was painted here" in refused(pentimento, theirs, *live)
    theirs.write_text("hi")
    assert "is no PNG file" in refused(pentimento, theirs, *live)
    pentimento.works(*live, "--overwrite")


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
