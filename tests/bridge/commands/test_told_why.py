"""A stroke or a mask that is not taken in is told of, whatever way of going on was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ..cli import Terminal
from ..history.changed import Papers

RUN = ("run", "--prompt", "a house", "--size", "64x48", "--steps", "4")
SIZE, BOX = (64, 48), (16, 12, 48, 36)


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert folder.exists()
    return tmp_path_factory.mktemp("made") / "run.psd"


@pytest.fixture
def papers(pentimento: Terminal, made: Path) -> Papers:
    """A run of four steps, to be changed."""
    if not made.exists():
        pentimento.works(*RUN, "-o", made)
    return Papers(made)


def hidden(papers: Papers) -> None:
    papers.put(papers.stroke(SIZE, BOX, name="stroke", visible=False, clipped=True), "3 ·")


def gone(papers: Papers) -> None:
    papers.drop(papers.layer("3 ·"))


def apart(papers: Papers) -> None:
    papers.put(papers.stroke(SIZE, BOX, name="on top"), "Painting")


def masked(papers: Papers) -> None:
    papers.change("3 ·", mask=papers.mask(SIZE, BOX))


@pytest.mark.parametrize("mode", ["hold", "keep", "nudge"])
@pytest.mark.parametrize(
    ("done", "why"),
    [
        (hidden, 'Hidden, and not taken in as painted on step 3: "stroke"'),
        (gone, "Step 3 has no layer any more"),
        (apart, 'Over the painting, outside its group, and not taken in: "on top"'),
        (masked, "The mask of step 3 is no paint, and is not taken in."),
    ],
)
def test_a_mode_that_needs_an_edit_says_why_there_is_none(
    pentimento: Terminal,
    papers: Papers,
    tmp_path: Path,
    mode: str,
    done: Callable[[Papers], None],
    why: str,
) -> None:
    done(papers)
    file, out = papers.write(tmp_path / "in.psd"), tmp_path / "out.psd"
    said = pentimento("rewind", file, "--step", 3, "--mode", mode, "-o", out)
    assert said.status == 2
    assert len(said.err.splitlines()) == 1
    assert f"mode {mode} needs an edit; without one use replay or repaint. {why}" in said.err
    assert not out.exists()


def test_a_mask_alone_is_told_of_and_can_be_named(
    pentimento: Terminal, papers: Papers, tmp_path: Path
) -> None:
    masked(papers)
    file, out = papers.write(tmp_path / "in.psd"), tmp_path / "out.psd"
    layer = papers.layer("3 ·").name
    said = pentimento.works("rewind", file, "--step", 3, "-o", out)
    assert said.out.startswith(f"{out}: replay from step 3")
    assert "The mask of step 3 is no paint, and is not taken in." in said.err
    assert f'name it: --mask "{file}#{layer}"' in said.err
    named = ("--mask", f"{file}#{layer}")
    said = pentimento.works("rewind", file, "--step", 3, *named, "-o", tmp_path / "masked.psd")
    assert "repaint from step 3" in said.out
    said = pentimento.works("rewind", file, "--step", 2, "-o", tmp_path / "two.psd")
    assert said.err == ""
