"""A stroke counts as it is seen, is found whatever a program dropped, and is told apart from what
was done to the whole file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image as pil

from bridge.commands.edits import Witness, painted_on
from bridge.commands.located_step import Place
from bridge.commands.replay import Standing
from bridge.commands.show import LAYERS
from bridge.history.history import found_steps, history_of
from bridge.history.likeness import painted_over
from bridge.http.client import Bridge
from bridge.images.image import Image, Pixels, to_png
from bridge.psd.document import Block, Group, walk
from bridge.psd.files import read_document
from bridge.wire import Run
from pipelines.colour import between
from pipelines.pixels import to_depth
from pipelines.recipe import Profile

from ..cli import Said, Terminal
from .changed import YELLOW, Papers

GOLDEN = Path(__file__).parents[2] / "golden" / "v1" / "plain.psd"
SIZE = (64, 48)
RUN = ("run", "--prompt", "a house by the sea", "--size", "64x48", "--steps", "4")
BOX = (16, 12, 48, 36)
LEFT = (16, 12, 32, 36)  # of the box
RIGHT = (32, 12, 48, 36)
SLOW = pytest.mark.slow  # of each kind one is tried in the fast tests


@pytest.fixture(scope="module")
def _made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's run lies once it was painted."""
    assert folder.exists()
    return tmp_path_factory.mktemp("made") / "run.psd"


@pytest.fixture
def papers(pentimento: Terminal, _made: Path) -> Papers:
    """A run of four steps, to be changed."""
    if not _made.exists():
        pentimento.works(*RUN, "-o", _made)
    return Papers(_made)


@pytest.fixture
def rewound(pentimento: Terminal, tmp_path: Path) -> Rewound:
    return Rewound(pentimento, tmp_path)


class Rewound:
    """Rewinds papers, and says what came of it."""

    def __init__(self, pentimento: Terminal, folder: Path):
        self._pentimento = pentimento
        self._folder = folder
        self.out = folder / "out.psd"
        self.said = Said(0, "", "")

    def show(self, papers: Papers, *more: str) -> str:
        return self._pentimento.works("show", papers.write(self._folder / "in.psd"), *more).out

    def refused(self, papers: Papers, *more: object) -> str:
        file = papers.write(self._folder / "in.psd")
        said = self._pentimento("rewind", file, "--step", "3", *more, "-o", self.out)
        assert said.status == 2
        assert len(said.err.splitlines()) == 1
        return said.err

    def __call__(self, papers: Papers, *more: object) -> Run:
        file = papers.write(self._folder / "in.psd")
        self.said = self._pentimento.works("rewind", file, "--step", "3", *more, "-o", self.out)
        return history_of(read_document(self.out.read_bytes())[0].xmp).runs[-1]

    def inputs(self, name: str) -> Pixels:
        """What the branch was made from."""
        made = Papers(self.out)
        return made.pixels(made.layer(name))

    @property
    def strokes(self) -> tuple[int, int, int, int] | None:
        """The rectangle around what counted as painted."""
        rows, columns = np.nonzero(self.inputs("rewind.mask")[..., 0])
        return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def is_replay(run: Run) -> bool:
    return run.rewind is not None and run.rewind.mode == "replay"


def with_jpeg_losses(pixels: Pixels, quality: int) -> Pixels:
    out = io.BytesIO()
    pil.fromarray(pixels[..., :3]).save(out, "JPEG", quality=quality)
    return np.concatenate([np.asarray(pil.open(out)), pixels[..., 3:]], axis=2)


def dithered(pixels: Pixels) -> Pixels:
    noise = np.random.default_rng(1).integers(-1, 2, pixels[..., :3].shape)
    colours = np.clip(pixels[..., :3].astype(int) + noise, 0, 255).astype(np.uint8)
    return np.concatenate([colours, pixels[..., 3:]], axis=2)


# As it is seen


def test_a_stroke_counts_where_its_mask_shows_it(papers: Papers, rewound: Rewound) -> None:
    papers.paint("3 ·", BOX)
    papers.change("3 ·", mask=papers.mask(SIZE, RIGHT))
    assert not is_replay(rewound(papers))
    assert rewound.strokes == LEFT


def test_a_stroke_that_a_mask_hides_is_said_and_replayed(papers: Papers, rewound: Rewound) -> None:
    papers.paint("3 ·", BOX)
    papers.change("3 ·", mask=papers.mask(SIZE, BOX))
    assert is_replay(rewound(papers))
    assert "nothing of it is seen" in rewound.said.err
    assert is_replay(rewound(papers, "--mode", "replay"))


@pytest.mark.parametrize("where", ["opacity", "fill", "group"])
def test_a_stroke_counts_as_strongly_as_it_is_seen(
    papers: Papers, rewound: Rewound, where: str
) -> None:
    before = papers.pixels(papers.layer("3 ·"))[..., :3].astype(float)
    papers.paint("3 ·", BOX)
    if where == "group":
        papers.change("Painting", opacity=0.4)
    else:
        papers.change("3 ·", **{where: 0.4})
    rewound(papers)
    assert rewound.strokes == BOX
    edit = rewound.inputs("rewind.edit").astype(float)
    left, top, right, bottom = BOX
    share = edit[top:bottom, left:right, 3:] / 255
    np.testing.assert_allclose(share, 0.4, atol=0.01)
    seen = before[top:bottom, left:right] * (1 - share) + share * np.array(YELLOW)
    laid = before[top:bottom, left:right] * 0.6 + 0.4 * np.array(YELLOW)
    np.testing.assert_allclose(seen, laid, atol=2)


def test_looking_through_layers_and_groups_is_no_paint(papers: Papers, rewound: Rewound) -> None:
    papers.change("3 ·", opacity=0.5, mask=papers.mask(SIZE, LEFT))
    papers.change("Painting", opacity=0.6, visible=False, mask=papers.mask(SIZE, RIGHT))
    assert "painted on" not in rewound.show(papers)
    assert is_replay(rewound(papers))


def test_a_groups_mask_hides_a_stroke_too(papers: Papers, rewound: Rewound) -> None:
    papers.paint("3 ·", BOX)
    papers.change("Painting", mask=papers.mask(SIZE, LEFT))
    rewound(papers)
    assert rewound.strokes == RIGHT


@pytest.mark.parametrize("blend", ["normal", "multiply"])
def test_a_layer_clipped_onto_a_step_is_paint_on_it(
    papers: Papers, rewound: Rewound, blend: str
) -> None:
    before = papers.pixels(papers.layer("3 ·"))
    papers.put(papers.stroke(SIZE, BOX, clipped=True, blend=blend), "3 ·")
    assert "painted on: step 3" in rewound.show(papers)
    rewound(papers)
    assert rewound.strokes == BOX
    assert 'Taken in as painted on step 3: "Layer 1"' in rewound.said.err
    left, top, right, bottom = BOX
    edit = rewound.inputs("rewind.edit")[top:bottom, left:right, :3].astype(float)
    wanted = np.broadcast_to(np.array(YELLOW, float), edit.shape)
    if blend == "multiply":
        wanted = before[top:bottom, left:right, :3] * wanted / 255
    np.testing.assert_allclose(edit, wanted, atol=1)


def test_a_step_clipped_onto_another_is_seen_where_that_is(
    papers: Papers, rewound: Rewound
) -> None:
    papers.paint("3 ·", BOX)
    papers.change("3 ·", clipped=True)
    papers.change("2 ·", mask=papers.mask(SIZE, RIGHT))
    rewound(papers)
    assert rewound.strokes == LEFT


def test_a_new_layer_right_above_a_step_is_paint_on_it_and_is_named(
    papers: Papers, rewound: Rewound
) -> None:
    papers.put(papers.stroke(SIZE, BOX), "3 ·")
    assert "painted on: step 3" in rewound.show(papers)
    rewound(papers)
    assert rewound.strokes == BOX
    assert 'Taken in as painted on step 3: "Layer 1"' in rewound.said.err


def test_a_new_layer_counts_for_the_step_that_is_seen_below_it(
    papers: Papers, rewound: Rewound
) -> None:
    papers.put(papers.stroke(SIZE, BOX), "4 ·")
    assert "painted on: step 4" in rewound.show(papers)
    papers.change("4 ·", visible=False)
    papers.change("3 ·", visible=True)
    assert "painted on: step 3\n" in rewound.show(papers)
    rewound(papers)
    assert rewound.strokes == BOX


def test_a_hidden_new_layer_is_no_paint(papers: Papers, rewound: Rewound) -> None:
    papers.put(papers.stroke(SIZE, BOX, visible=False), "3 ·")
    assert is_replay(rewound(papers))


def test_a_stroke_outside_the_group_is_named_and_left_out(papers: Papers, rewound: Rewound) -> None:
    papers.put(papers.stroke(SIZE, BOX, name="on top"), "Painting")
    assert is_replay(rewound(papers))
    assert 'not taken in: "on top"' in rewound.said.err


@pytest.mark.parametrize("clipped", [True, False])
def test_an_adjustment_over_a_step_is_named_and_left_out(
    papers: Papers, rewound: Rewound, clipped: bool
) -> None:
    papers.paint("3 ·", BOX)
    empty = replace(
        papers.stroke(SIZE, BOX, name="Invert 1", clipped=clipped),
        image=None,
        kept=(Block(key="nvrt", data=b""),),
    )
    papers.put(empty, "3 ·")
    assert 'over step 3, not taken in: "Invert 1"' in rewound.show(papers)
    rewound(papers)
    assert rewound.strokes == BOX
    assert 'not taken in: "Invert 1". Merge them into step 3' in rewound.said.err
    assert "Taken in as painted" not in rewound.said.err


def test_a_moved_layer_is_seen_where_it_lies(papers: Papers, rewound: Rewound) -> None:
    before = papers.pixels(papers.layer("3 ·"))
    papers.change("3 ·", left=8, top=4)
    assert "moved: step 3" in rewound.show(papers)
    rewound(papers)
    edit = rewound.inputs("rewind.edit")
    np.testing.assert_array_equal(edit[4:, 8:], before[:-4, :-8])
    papers.paint("3 ·", (0, 0, 8, 8))
    rewound(papers)
    np.testing.assert_array_equal(rewound.inputs("rewind.edit")[4:12, 8:16, :3], [[YELLOW] * 8] * 8)


def test_of_copies_the_painted_one_counts_and_is_named(papers: Papers, rewound: Rewound) -> None:
    copy = replace(papers.layer("3 ·"), id=4000, name="3 copy")
    papers.put(copy, "3 ·")
    assert is_replay(rewound(papers))
    papers.paint("3 ·", BOX)
    rewound(papers)
    assert rewound.strokes == BOX
    assert "Of several layers of step 3" in rewound.said.err


def test_paint_on_a_step_and_on_its_copy_is_refused_before_painting(
    papers: Papers, rewound: Rewound
) -> None:
    papers.put(replace(papers.layer("3 ·"), id=4000, name="3 copy"), "3 ·")
    papers.paint("3 ·", BOX)
    papers.paint("3 copy", LEFT)
    assert "of step 3 several layers were painted on" in rewound.show(papers)
    said = rewound.refused(papers)
    assert '"3 copy"' in said
    assert "merge them" in said
    assert "several layers" in rewound.refused(papers, "--mode", "repaint")


@pytest.mark.parametrize("clipped", [True, False])
def test_paint_that_is_hidden_is_named_and_not_taken_in(
    papers: Papers, rewound: Rewound, clipped: bool
) -> None:
    papers.put(papers.stroke(SIZE, BOX, visible=False, clipped=clipped), "3 ·")
    assert 'over step 3, hidden and not taken in: "Layer 1"' in rewound.show(papers)
    assert is_replay(rewound(papers))
    assert 'Hidden, and not taken in as painted on step 3: "Layer 1"' in rewound.said.err


def test_a_step_dragged_out_of_its_group_is_not_said_to_be_left_out(
    papers: Papers, rewound: Rewound
) -> None:
    papers.paint("3 ·", BOX)
    step = papers.layer("3 ·")
    papers.drop(step)
    papers.document = replace(papers.document, layers=(*papers.document.layers, step))
    shown = rewound.show(papers)
    assert "painted on: step 3" in shown
    assert "not taken in" not in shown
    rewound(papers)
    assert rewound.strokes == BOX
    assert "not taken in" not in rewound.said.err


def test_a_dissolved_layer_is_said_to_count_as_a_normal_one(
    papers: Papers, rewound: Rewound
) -> None:
    papers.put(papers.stroke(SIZE, BOX, blend="dissolve", opacity=0.5), "3 ·")
    rewound(papers)
    assert rewound.strokes == BOX
    assert 'counts as Normal: "Layer 1"' in rewound.said.err


def test_an_edit_of_a_step_without_a_layer_is_not_said_to_be_left_out(
    papers: Papers, rewound: Rewound, tmp_path: Path
) -> None:
    step = papers.layer("3 ·")
    pixels = papers.pixels(step)[..., :3]
    pixels[:8, :8] = YELLOW
    pil.fromarray(pixels).save(tmp_path / "edit.png")
    papers.drop(step)
    rewound(papers, "--edit", tmp_path / "edit.png")
    assert "what you painted was compared with what was handed out" in rewound.said.err
    assert "gone on from" not in rewound.said.err


# What a program dropped


@pytest.mark.parametrize("painted", [True, False])
def test_steps_without_notes_are_found_by_their_names(
    papers: Papers, rewound: Rewound, painted: bool
) -> None:
    if painted:
        papers.paint("3 ·", BOX)
    papers.forget()
    shown = rewound.show(papers)
    assert "notes are gone" in shown
    assert ("painted on: step 3" in shown) is painted
    run = rewound(papers)
    assert is_replay(run) is not painted
    assert not painted or rewound.strokes == BOX


def test_without_notes_and_names_nothing_is_replayed_without_the_stroke(
    papers: Papers, rewound: Rewound
) -> None:
    papers.paint("3 ·", BOX)
    papers.forget(names=True)
    assert "--edit" in rewound.refused(papers)
    assert is_replay(rewound(papers, "--mode", "replay"))


def test_a_step_that_was_renamed_without_its_note_is_asked_for(
    papers: Papers, rewound: Rewound
) -> None:
    papers.paint("3 ·", BOX)
    papers.forget()
    papers.change("3 ·", name="my house")
    assert '"my house"' in rewound.refused(papers)


def test_a_deleted_step_is_gone_on_from_and_that_is_said(papers: Papers, rewound: Rewound) -> None:
    papers.change("3 ·", image=None)
    assert is_replay(rewound(papers))
    assert "Step 3 has no layer any more" in rewound.said.err


def test_a_document_without_its_history_says_so(papers: Papers, rewound: Rewound) -> None:
    papers.document = replace(papers.document, xmp=None)
    assert "history (XMP) is gone or damaged" in rewound.refused(papers)
    assert "history (XMP) is gone" in rewound.show(papers)


# What a program did to the whole file


@pytest.mark.parametrize("painted", [True, False])
@pytest.mark.parametrize(
    "way",
    [
        "Adobe RGB (1998)",
        pytest.param("Display P3", marks=SLOW),
        "dither",
        pytest.param("there and back", marks=SLOW),
    ],
)
def test_only_strokes_are_paint_after(
    papers: Papers, rewound: Rewound, way: str, painted: bool
) -> None:
    if painted:
        papers.paint("3 ·", BOX)
    if way == "dither":
        papers.repaint(dithered)
    elif way == "there and back":
        papers.convert("Adobe RGB (1998)")
        papers.convert("sRGB")
    else:
        papers.convert("Display P3" if way == "Display P3" else "Adobe RGB (1998)")
        papers.repaint(dithered)
    run = rewound(papers)
    assert is_replay(run) is not painted
    if way in ("dither", "Adobe RGB (1998)", "Display P3"):
        assert "levels do not count as painted" in rewound.said.err
    if painted:
        assert rewound.strokes == BOX
        left, top, right, bottom = BOX
        edit = rewound.inputs("rewind.edit")[top:bottom, left:right, :3]
        assert np.abs(edit.astype(int) - YELLOW).max() <= 6
    else:
        assert "painted on:" not in rewound.show(papers)
        assert is_replay(rewound(papers, "--mode", "replay"))


@pytest.mark.parametrize("stroke", [True, False])
@pytest.mark.parametrize(
    ("depth", "now", "profile", "assigned"),
    [
        (8, 8, "sRGB", False),
        (8, 8, "Adobe RGB (1998)", False),
        (8, 16, "Display P3", False),
        (16, 8, "sRGB", False),
        (8, 8, "Display P3", True),
    ],
)
def test_of_two_pictures_only_strokes_are_paint_whatever_became_of_the_document(
    depth: int, now: int, profile: Profile, assigned: bool, stroke: bool
) -> None:
    noise = np.random.default_rng(3).integers(40, 200, (48, 64, 4)).astype(np.uint8)
    noise[..., 3] = 255
    handed = Image(to_depth(noise, depth), "sRGB")
    numbers = handed.pixels if assigned else between(handed.pixels, "sRGB", profile)
    shown = to_depth(numbers, now).copy()
    if stroke:
        shown[12:36, 16:48, :3] = 0
    edit = painted_over(handed, Image(shown, profile))
    if not stroke:
        assert edit is None
        return
    assert edit is not None
    assert edit.profile == "sRGB"
    rows, columns = np.nonzero((edit.pixels != handed.pixels).any(axis=2))
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == BOX


def test_where_nothing_was_converted_the_faintest_stroke_is_paint() -> None:
    pixels = np.full((48, 64, 4), 255, np.uint8)
    handed, shown = Image(pixels, "sRGB"), pixels.copy()
    shown[20, 30, 0] = 254
    assert painted_over(handed, Image(shown, "sRGB")) is not None


def test_what_a_replay_changes_by_itself_is_no_paint_and_what_is_more_is() -> None:
    pixels = np.full((48, 64, 4), 200, np.uint8)
    pixels[..., 3] = 255
    shown = pixels.copy()
    shown[..., 1] += 8
    replayed = Image(pixels, "sRGB")
    assert painted_over(replayed, Image(shown, "sRGB"), replayed=True) is None
    shown[20, 30, 0] = 9
    edit = painted_over(replayed, Image(shown, "sRGB"), replayed=True)
    assert edit is not None
    assert np.argwhere((edit.pixels != pixels).any(axis=2)).tolist() == [[20, 30]]


def test_new_steps_are_written_in_the_profile_that_the_document_has_now(
    pentimento: Terminal, papers: Papers, rewound: Rewound
) -> None:
    before = papers.pixels(papers.layer("4 ·"))
    papers.convert("Adobe RGB (1998)")
    run = rewound(papers)
    made = Papers(rewound.out)
    (group,) = [
        one
        for one in walk(made.document.layers)
        if isinstance(one, Group) and run.id[:6] in one.name
    ]
    last = made.images[group.layers[-1].image or ""].pixels  # pyright: ignore[reportAttributeAccessIssue]
    np.testing.assert_array_equal(last, between(before, "sRGB", "Adobe RGB (1998)"))
    found = found_steps(made.document, made.images, history_of(made.document.xmp))
    assert found[f"{run.id}.3"].same
    again = rewound(made, "--run", run.id)
    assert is_replay(again)


class Handed:
    """A bridge that has the pictures of a file's run and nothing else."""

    def __init__(self, file: Path):
        made = Papers(file)
        steps = found_steps(made.document, made.images, history_of(made.document.xmp))
        self._images = {one.handed: one.own for one in steps.values()}

    async def image(self, id: str) -> Image:
        return self._images[id]


@pytest.mark.parametrize("colour", [YELLOW, None])
@pytest.mark.parametrize("painted", [True, False])
@pytest.mark.parametrize(
    "quality",
    [pytest.param(60, marks=SLOW), 75, pytest.param(90, marks=SLOW), pytest.param(97, marks=SLOW)],
)
async def test_losses_of_a_jpeg_are_no_paint(
    tmp_path: Path, quality: int, painted: bool, colour: tuple[int, int, int] | None
) -> None:
    papers = Papers(GOLDEN)
    left, top, right, bottom = box = (8, 8, 40, 32)
    if painted and colour:
        papers.paint("4 ·", box)
    elif painted:  # a soft stroke: a little brighter
        layer = papers.layer("4 ·")
        pixels = papers.pixels(layer)
        brighter = pixels[top:bottom, left:right, :3].astype(int) + 24
        pixels[top:bottom, left:right, :3] = np.clip(brighter, 0, 255)
        papers.change("4 ·", image=papers.keep(pixels))
    papers.repaint(lambda pixels: with_jpeg_losses(pixels, quality))
    file = papers.write(tmp_path / "in.psd")
    place = Place.of(file, file.read_bytes(), None, 4)
    standing = Standing(step=f"{place.run.id}.3", run=place.run)
    bridge: Bridge = Handed(GOLDEN)  # pyright: ignore[reportAssignmentType]
    edit, _ = await painted_on(place, Witness(bridge, standing, place), None)
    assert (edit.picture is not None) is painted
    if edit.picture is not None:
        found = (edit.picture.pixels != edit.handed.pixels).any(axis=2)
        assert found[top:bottom, left:right].mean() > (0.7 if colour else 0.2)
        found[: bottom + 16, : right + 16] = False  # JPEG's blocks of colour have 16 pixels
        assert not found.any()


@pytest.mark.parametrize("painted", [True, False])
@pytest.mark.parametrize("quality", [pytest.param(60, marks=SLOW), 90])
def test_an_edit_may_be_a_jpeg(
    papers: Papers, rewound: Rewound, tmp_path: Path, quality: int, painted: bool
) -> None:
    pixels = papers.pixels(papers.layer("3 ·"))[..., :3]
    left, top, right, bottom = BOX
    if painted:
        pixels[top:bottom, left:right] = YELLOW
    pil.fromarray(pixels).save(tmp_path / "edit.jpg", quality=quality)
    if not painted:
        said = rewound.refused(papers, "--edit", tmp_path / "edit.jpg")
        assert "nothing counts as painted" in said
        return
    rewound(papers, "--edit", tmp_path / "edit.jpg")
    found = rewound.inputs("rewind.mask")[..., 0] > 0
    assert found[top:bottom, left:right].mean() > 0.9
    found[max(0, top - 16) : bottom + 16, max(0, left - 16) : right + 16] = False
    assert not found.any()


@pytest.mark.parametrize("painted", [True, pytest.param(False, marks=SLOW)])
def test_a_document_of_16_bits_that_became_8_is_no_paint(
    pentimento: Terminal, rewound: Rewound, tmp_path: Path, painted: bool
) -> None:
    values = np.random.default_rng(2).integers(0, 65535, (48, 64, 3)).astype(np.uint16)
    cv2.imwrite(str(tmp_path / "deep.png"), values)
    made = tmp_path / "deep.psd"
    pentimento.works(*RUN[:3], "--steps", "4", "--init", tmp_path / "deep.png", "-o", made)
    papers = Papers(made)
    assert papers.document.depth == 16
    papers.document = replace(papers.document, depth=8)
    papers.repaint(lambda pixels: dithered((pixels >> 8).astype(np.uint8)))
    if painted:
        papers.paint("3 ·", BOX)
    assert is_replay(rewound(papers)) is not painted
    if painted:
        assert rewound.strokes == BOX


@pytest.mark.parametrize("painted", [True, False])
@pytest.mark.parametrize(
    ("how", "corner"),
    [
        pytest.param("larger", (20, 10), marks=SLOW),
        ("crop", (-12, -8)),
        pytest.param("cut", (-12, -8), marks=SLOW),
    ],
)
def test_crop_and_canvas_are_places_and_the_branch_lies_there(
    papers: Papers, rewound: Rewound, how: str, corner: tuple[int, int], painted: bool
) -> None:
    if painted:
        papers.paint("3 ·", BOX)
    if how == "cut":
        papers.cut((12, 8, 56, 40))
    else:
        papers.move(*corner, (120, 90) if how == "larger" else (44, 32))
    run = rewound(papers)
    assert is_replay(run) is not painted
    assert not painted or rewound.strokes == BOX
    assert "lie" in rewound.said.err
    made = Papers(rewound.out)
    found = found_steps(made.document, made.images, history_of(made.document.xmp))
    assert (found[f"{run.id}.3"].left, found[f"{run.id}.3"].top) == corner


@pytest.mark.parametrize(
    ("how", "work"),
    [
        ("flipped horizontally", np.fliplr),
        pytest.param("flipped vertically", np.flipud, marks=SLOW),
        pytest.param("turned by 180°", lambda pixels: np.rot90(pixels, 2), marks=SLOW),
        pytest.param("turned by 90° clockwise", lambda pixels: np.rot90(pixels, -1), marks=SLOW),
        ("turned by 90° counterclockwise", np.rot90),
    ],
)
def test_a_document_that_was_turned_is_noticed(
    papers: Papers, rewound: Rewound, how: str, work: object
) -> None:
    papers.paint("3 ·", BOX)
    papers.repaint(work)  # pyright: ignore[reportArgumentType]
    if "90" in how:
        papers.document = replace(papers.document, width=SIZE[1], height=SIZE[0])
    shown = rewound.show(papers)
    assert how in shown
    assert "rewind goes on from its steps only when that is undone" in shown
    assert "only rewind can tell" not in shown
    said = rewound.refused(papers)
    assert how in said
    assert "run --init" in said


@pytest.mark.parametrize(
    "size", [(32, 24), pytest.param((96, 72), marks=SLOW), pytest.param((50, 40), marks=SLOW)]
)
def test_another_image_size_is_noticed_and_a_way_on_is_offered(
    papers: Papers, rewound: Rewound, size: tuple[int, int]
) -> None:
    papers.document = replace(papers.document, width=size[0], height=size[1])
    papers.repaint(lambda pixels: np.asarray(pil.fromarray(pixels).resize(size)))
    shown = rewound.show(papers)
    assert f"another size: {size[0]}x{size[1]}, the run 64x48" in shown
    assert "painted on" not in shown
    said = rewound.refused(papers)
    assert f"{size[0]}x{size[1]}" in said
    assert "run --init" in said


def test_layers_that_were_all_changed_all_over_are_refused_not_repainted(
    papers: Papers, rewound: Rewound
) -> None:
    papers.repaint(lambda p: np.concatenate([255 - p[..., :3], p[..., 3:]], axis=2))
    assert "changed as a whole" in rewound.refused(papers)


def test_strokes_on_every_layer_are_strokes(papers: Papers, rewound: Rewound) -> None:
    for number in range(1, 5):
        papers.paint(f"{number} ·", BOX)
    rewound(papers)
    assert rewound.strokes == BOX


def test_a_profile_that_was_dropped_changes_no_number(
    pentimento: Terminal, rewound: Rewound, tmp_path: Path
) -> None:
    first = Image(np.full((48, 64, 3), (200, 40, 60), np.uint8), "Display P3")
    (tmp_path / "p3.png").write_bytes(to_png(first))
    made = tmp_path / "p3.psd"
    pentimento.works(*RUN[:3], "--steps", "4", "--init", tmp_path / "p3.png", "-o", made)
    papers = Papers(made)
    papers.document = replace(papers.document, profile="sRGB")
    run = rewound(papers)
    assert is_replay(run)
    assert "has lost the profile Display P3" in rewound.said.err
    after = Papers(rewound.out)
    found = found_steps(after.document, after.images, history_of(after.document.xmp))
    before = next(one for one in found.values() if one.step.endswith(".3"))
    assert run.id not in before.step
    np.testing.assert_array_equal(
        found[f"{run.id}.3"].raw.pixels, before.raw.pixels, "numbers are as they were"
    )


# What `show` says, and what it costs


def test_show_says_of_every_layer_what_was_found(papers: Papers, rewound: Rewound) -> None:
    papers.paint("2 ·", BOX)
    papers.change("3 ·", left=5)
    papers.change("4 ·", opacity=0.5)
    facts = json.loads(rewound.show(papers, "--json"))
    states = [step["found"] for step in facts["runs"][0]["steps"]]
    assert states == [["as handed out"], ["painted"], ["moved"], ["as handed out", "masked"]]
    assert {state for step in states for state in step} <= set(LAYERS)
    papers.convert("Adobe RGB (1998)")
    assert "converted to Adobe RGB (1998)" in rewound.show(papers)
