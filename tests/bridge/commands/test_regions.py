"""Regions from the command line: options, palettes and layers in, documents with all of it out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from bridge.commands.palette import Background, Brush, Palette, to_json
from bridge.history.history import found_steps, history_of
from bridge.images.image import Image, Pixels, in_profile, to_png
from bridge.psd.document import Document, Group, PixelLayer, walk
from bridge.psd.files import read_document, write_document
from bridge.wire import Run
from pipelines.pixels import image_id

from ..cli import Terminal, data_folder, picture, served
from ..psd.samples import Album

SMALL = ("--prompt", "the sea", "--size", "32x24", "--steps", "3")
LEFT = np.zeros((24, 32, 1), np.uint8)
LEFT[:, :16] = 255
SOFT = LEFT // 2


def grey(file: Path, mask: Pixels) -> Path:
    cv2.imwrite(str(file), mask[..., 0])
    return file


def run_of(file: Path) -> Run:
    (run,) = history_of(read_document(file.read_bytes())[0].xmp).runs
    return run


def names_of(file: Path) -> list[str]:
    return [layer.name for layer in walk(read_document(file.read_bytes())[0].layers)]


def test_regions_of_prompts_and_masks(pentimento: Terminal, tmp_path: Path) -> None:
    left, soft = grey(tmp_path / "a=b.png", LEFT), grey(tmp_path / "soft.png", SOFT)
    out = tmp_path / "out.psd"
    command = ("run", *SMALL, "--region", f"f(x)=y, a house={left}", "--region", f"a boat={soft}")
    pentimento.works(*command, "--isolate", 2, "--blur", 3, "-o", out)
    one, two = run_of(out).recipe.regions
    assert (one.prompt, one.mask, two.mask) == ("f(x)=y, a house", image_id(LEFT), image_id(SOFT))
    assert (one.mode, one.isolate_steps, one.blur) == ("isolate", 2, 3.0)
    assert names_of(out)[:2] == ["regions.0.mask", "regions.1.mask"]


def test_without_a_size_the_masks_say_it(pentimento: Terminal, tmp_path: Path) -> None:
    left = grey(tmp_path / "left.png", LEFT)
    out = tmp_path / "out.psd"
    pentimento.works("run", "--prompt", "a", "--steps", 1, "--region", f"b={left}", "-o", out)
    recipe = run_of(out).recipe
    assert (recipe.width, recipe.height) == (32, 24)
    assert recipe.regions[0].mode == "blend"


@pytest.mark.slow
def test_a_run_with_regions_is_replayed_and_rewound_from_its_document_alone(
    pentimento: Terminal, tmp_path: Path, tiny_folder: Path
) -> None:
    left = grey(tmp_path / "left.png", LEFT)
    out, again = tmp_path / "out.psd", tmp_path / "again.psd"
    pentimento.works("run", *SMALL, "--region", f"a house={left}", "-o", out)
    with data_folder(tmp_path / "elsewhere") as folder, served(folder, tiny_folder / "sd"):
        said = pentimento.works("rewind", out, "--step", 2, "--mode", "replay", "-o", again)
    assert "exactly as it was" in said.out + said.err
    runs = history_of(read_document(again.read_bytes())[0].xmp).runs
    assert [len(run.recipe.regions) for run in runs] == [1, 1]


def test_one_region_of_a_document_goes_back_and_the_rest_stays_to_the_bit(
    pentimento: Terminal, tmp_path: Path
) -> None:
    side = ("--prompt", "the sea", "--size", "96x64", "--steps", "4")
    left = np.zeros((64, 96, 1), np.uint8)
    left[:, :24] = 255
    right = np.zeros((64, 96, 1), np.uint8)
    right[:, 64:] = 255
    masks = [grey(tmp_path / f"{n}.png", mask) for n, mask in enumerate((left, right))]
    regions = ("--region", f"a house={masks[0]}", "--region", f"a boat={masks[1]}")
    out, back = tmp_path / "out.psd", tmp_path / "back.psd"
    pentimento.works("run", *side, *regions, "-o", out)
    said = pentimento.works("rewind", out, "--step", 2, "--region", "1=a tree", "-o", back)
    document, images = read_document(back.read_bytes())
    old, new = history_of(document.xmp).runs
    assert [region.prompt for region in new.recipe.regions] == ["a tree", "a boat"]
    assert new.rewind is not None
    assert new.recipe.kept is not None
    assert (new.rewind.region, new.rewind.mode, new.rewind.keep_outside) == (0, "repaint", True)
    found = found_steps(document, images, history_of(document.xmp))
    before, after = (found[f"{run.id}.3"].picture.pixels for run in (old, new))
    np.testing.assert_array_equal(after[:, 44:], before[:, 44:])
    assert (after[:, :24] != before[:, :24]).any(2).mean() > 0.9
    beyond = 64 * int((after != before).any(2)[:, 24:].any(0).sum())  # whole columns
    told = re.search(r"seam around it: (\d+) pixels beyond it, up to (\d+) away", said.err)
    assert told is not None
    assert 0 < beyond <= int(told[1]) == 64 * int(told[2])
    exactly = ("--region", "1=a tree", "--mask", masks[0])
    said = pentimento.works("rewind", out, "--step", 2, *exactly, "-o", back)
    assert "seam" not in said.err
    document, images = read_document(back.read_bytes())
    found = found_steps(document, images, history_of(document.xmp))
    last = history_of(document.xmp).runs[1].id
    np.testing.assert_array_equal(found[f"{last}.3"].picture.pixels[:, 24:], before[:, 24:])
    for wrong, sentence in (
        ("3", "--region must be in 1..2, got 3"),
        ("0", "--region must be N or N=PROMPT, N from 1 on, got '0'"),
        ("house", "--region must be N or N=PROMPT, N from 1 on, got 'house'"),
    ):
        said = pentimento("rewind", out, "--step", 2, "--region", wrong, "-o", back)
        assert said.status == 2
        assert sentence in said.err


def palette_file(folder: Path, **changes: object) -> Path:
    grey(folder / "left.png", LEFT)
    brushes = (
        Brush(prompt="a house", name="House", colour="#ff0000", mask="left.png"),
        Brush(prompt="a boat", name="Boat", colour="#0000ff", alpha=0.9),
        Brush(prompt="a dog", name="Dog", colour="#00ff00", on=False),
    )
    fields: dict[str, object] = {
        "brushes": brushes,
        "background": Background(prompt="hills", negative_prompt="fog"),
        "seed": 11,
    }
    palette = Palette(**(fields | changes))  # pyright: ignore[reportArgumentType] # checked there
    file = folder / "palette.json"
    file.write_bytes(to_json(palette))
    return file


def test_a_palette_with_masks_of_its_own_and_masks_for_its_brushes(
    pentimento: Terminal, tmp_path: Path
) -> None:
    palette, soft = palette_file(tmp_path), grey(tmp_path / "soft.png", SOFT)
    out = tmp_path / "out.psd"
    command = ("run", "--palette", palette, "--region", f"Boat={soft}", "--steps", 2)
    pentimento.works(*command, "-o", out)
    recipe = run_of(out).recipe
    assert (recipe.prompt, recipe.negative_prompt, recipe.seed) == ("hills", "fog", 11)
    assert [(r.prompt, r.alpha, r.mask) for r in recipe.regions] == [
        ("a house", 1.0, image_id(LEFT)),
        ("a boat", 0.9, image_id(SOFT)),
    ]


def test_a_layout_in_the_brushes_colours(pentimento: Terminal, tmp_path: Path) -> None:
    brushes = (
        Brush(prompt="a house", colour="#ff0000"),
        Brush(prompt="a boat", colour="#0000ff"),
        Brush(prompt="a dog", colour="#00ff00"),
    )
    palette = palette_file(tmp_path, brushes=brushes)
    layout = np.full((24, 32, 4), 255, np.uint8)  # white is nobody's colour
    layout[:, :10, :3] = (3, 2, 250)  # BGR
    layout[:, 20:, :3] = (255, 0, 0)
    layout[:, 20:, 3] = 100
    cv2.imwrite(str(tmp_path / "layout.png"), layout)
    out = tmp_path / "out.psd"
    command = ("run", "--palette", palette, "--layout", tmp_path / "layout.png", "--steps", 1)
    pentimento.works(*command, "-o", out)
    house, boat = run_of(out).recipe.regions
    wanted = np.zeros((24, 32, 1), np.uint8)
    wanted[:, :10] = 255
    assert (house.prompt, house.mask) == ("a house", image_id(wanted))
    wanted = np.zeros((24, 32, 1), np.uint8)
    wanted[:, 20:] = 100
    assert (boat.prompt, boat.mask) == ("a boat", image_id(wanted))


RED, BLUE = Brush(prompt="a boat", colour="#ff0000"), Brush(prompt="a dog", colour="#0000ff")


def laid(folder: Path, pixels: Pixels, *brushes: Brush) -> tuple[object, ...]:
    """The options of a palette and a layout of these colours, RGB."""
    cv2.imwrite(str(folder / "lay.png"), pixels[..., [2, 1, 0, *range(3, pixels.shape[2])]])
    palette = palette_file(folder, brushes=brushes)
    layout = ("--palette", palette, "--layout", folder / "lay.png")
    return ("run", "--steps", 1, *layout, "-o", folder / "out.psd")


def halves(left: tuple[int, ...], right: tuple[int, ...]) -> Pixels:
    pixels = np.empty((24, 32, len(left)), np.uint8)
    pixels[:, :16], pixels[:, 16:] = left, right
    return pixels


def test_a_layout_in_another_profile_is_seen_in_the_brushes_colours(
    pentimento: Terminal, tmp_path: Path
) -> None:
    card = halves((40, 180, 60), (200, 40, 40))
    tree = Brush(prompt="a tree", colour="#28b43c")
    house = Brush(prompt="a house", colour="#c82828")
    command = laid(tmp_path, card, tree, house)
    for profile in ("Adobe RGB (1998)", "Display P3"):
        moved = in_profile(Image(card), profile)
        (tmp_path / "lay.png").write_bytes(to_png(moved))
        assert pentimento.works(*command).err == ""
        document, _ = read_document((tmp_path / "out.psd").read_bytes())
        (run,) = history_of(document.xmp).runs
        assert [region.prompt for region in run.recipe.regions] == ["a tree", "a house"]


@pytest.mark.parametrize(
    ("colour", "named"),
    [
        ((238, 60, 60), "#ee3c3c"),
        ((0, 255, 0), "#00ff00"),
        ((255, 255, 255), "#ffffff"),
        ((255, 0, 0, 0), "nothing but transparency"),
    ],
)
def test_a_layout_without_any_brush_is_refused(
    pentimento: Terminal, tmp_path: Path, colour: tuple[int, ...], named: str
) -> None:
    said = pentimento(*laid(tmp_path, halves(colour, colour), RED, BLUE))
    assert said.status == 2
    assert f"lay.png: none of the brushes' colours is in it: it has {named}, " in said.err
    assert 'the brushes have #ff0000 ("a boat"), #0000ff ("a dog")' in said.err


def test_what_of_a_layout_or_a_palette_is_left_out_is_said(
    pentimento: Terminal, tmp_path: Path
) -> None:
    said = pentimento.works(*laid(tmp_path, halves((255, 0, 0), (1, 200, 3)), RED, BLUE))
    assert 'lay.png: nowhere in it, and left out: "a dog" (#0000ff)' in said.err
    assert "lay.png: 50.0% of it are in the colour of no brush (#01c803)" in said.err
    one = halves((255, 0, 0), (255, 255, 255))
    one[:, 15:17] = (255, 128, 128)  # a soft edge
    assert "lay.png" not in pentimento.works(*laid(tmp_path, one, RED)).err
    events = pentimento.works(*laid(tmp_path, one, RED, BLUE), "--json").events
    assert ["a dog" in event["message"] for event in events if event["type"] == "noticed"] == [True]
    off = Brush(prompt="a dog", colour="#0000ff", on=False)
    assert (
        "lay.png"
        not in pentimento.works(*laid(tmp_path, halves((255, 0, 0), (0, 0, 255)), RED, off)).err
    )


def test_two_brushes_of_one_colour_are_told_of_before_a_layout_drops_one(
    pentimento: Terminal, tmp_path: Path
) -> None:
    twin = Brush(prompt="a dog", colour="#FF0000")
    said = pentimento(*laid(tmp_path, halves((255, 0, 0), (0, 0, 255)), RED, BLUE, twin))
    assert said.status == 2
    assert 'the brushes "a boat" and "a dog" both have the colour #FF0000' in said.err
    said = pentimento(*laid(tmp_path, halves((255, 0, 0), (0, 0, 255)), RED, RED))
    assert 'the brushes "a boat" and "a boat" both have' in said.err


def test_a_layout_that_is_grey_or_of_another_size_is_named(
    pentimento: Terminal, tmp_path: Path
) -> None:
    command = laid(tmp_path, halves((255, 0, 0), (0, 0, 255)), RED, BLUE)
    said = pentimento(*command, "--size", "64x48")
    assert said.status == 2
    assert "lay.png: the layout must be 64x48 pixels like the picture, it is 32x24" in said.err
    cv2.imwrite(str(tmp_path / "lay.png"), LEFT)
    assert "lay.png: " in pentimento(*command).err


def test_a_palette_of_semantic_draw_says_what_it_ignores(
    pentimento: Terminal, tmp_path: Path
) -> None:
    exported = {"prompts": ["hills", "a"], "neg_prompts": ["", "b"], "prompt_names": ["-", "Girl"]}
    (tmp_path / "p.json").write_text(json.dumps(exported | {"model_id": "x"}))
    left = grey(tmp_path / "left.png", LEFT)
    command = ("run", "--palette", tmp_path / "p.json", "--region", f"Girl={left}", "--steps", 1)
    said = pentimento.works(*command, "-o", tmp_path / "out.psd")
    assert "p.json: without meaning here, ignored: model_id" in said.err
    (region,) = run_of(tmp_path / "out.psd").recipe.regions
    assert (region.prompt, region.negative_prompt, region.mode) == ("a", "b", "isolate")


def test_the_background_may_be_a_picture(pentimento: Terminal, tmp_path: Path) -> None:
    picture(tmp_path / "hills.png")
    background = Background(prompt="hills", image="hills.png")
    only = (Brush(prompt="a house", mask="left.png"),)
    palette = palette_file(tmp_path, background=background, brushes=only)
    out = tmp_path / "out.psd"
    pentimento.works("run", "--palette", palette, "--strength", 0.5, "--steps", 4, "-o", out)
    recipe = run_of(out).recipe
    assert recipe.init_image is not None
    assert recipe.strength == 0.5


def layered(file: Path) -> Path:
    """A picture, a house's ground in a group with a half-transparent layer, and a hidden note."""
    album = Album()
    rng = np.random.default_rng(1)
    ground = rng.integers(0, 256, (24, 32, 4), np.uint8)
    ground[..., 3] = 255
    house = np.zeros((10, 12, 4), np.uint8)
    house[..., 3] = 255
    boat = np.full((8, 8, 4), 128, np.uint8)
    ids = iter(range(1, 20))

    def layer(
        name: str, pixels: Pixels, left: int, top: int, *, visible: bool = True
    ) -> PixelLayer:
        image = Image(pixels)
        album.images[image.id] = image
        return PixelLayer(
            id=next(ids), name=name, image=image.id, left=left, top=top, visible=visible
        )

    layers = (
        layer("Background", ground, 0, 0),
        Group(
            id=next(ids),
            name="a red house",
            layers=(layer("walls", house, 2, 3), layer("roof", boat, 10, 9)),
        ),
        layer("a boat", boat, 24, -2),
        layer("note", boat, 0, 0, visible=False),
    )
    document = Document(width=32, height=24, layers=layers)
    file.write_bytes(write_document(document, album.images))
    return file


def test_layers_above_the_lowest_are_regions(pentimento: Terminal, tmp_path: Path) -> None:
    file, out = layered(tmp_path / "in.psd"), tmp_path / "out.psd"
    command = ("run", "--prompt", "hills", "--init", file, "--regions-from-layers", "--steps", 2)
    pentimento.works(*command, "--isolate", "-o", out)
    recipe = run_of(out).recipe
    assert [region.prompt for region in recipe.regions] == ["a red house", "a boat"]
    assert {(region.mode, region.isolate_steps) for region in recipe.regions} == {("isolate", None)}
    house = np.zeros((24, 32, 1), np.uint8)
    house[9:17, 10:18] = 128
    house[3:13, 2:14] = 255
    assert recipe.regions[0].mask == image_id(house)
    boat = np.zeros((24, 32, 1), np.uint8)
    boat[0:6, 24:32] = 128
    assert recipe.regions[1].mask == image_id(boat)
    assert names_of(out)[:5] == ["Background", "walls", "roof", "a red house", "a boat"]
    pentimento.works(
        "run", "--prompt", "x", "--init", out, "--regions-from-layers", "--steps", 1,
        "-o", tmp_path / "twice.psd",
    )  # fmt: skip
    document, _ = read_document((tmp_path / "twice.psd").read_bytes())
    second = history_of(document.xmp).runs[1].recipe
    assert second.regions[0].mask == image_id(house)  # a painted group is no region
    assert len(second.regions) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--region", "a house"), "--region must be \"PROMPT=MASK.png\", got 'a house'"),
        (("--region", "=left.png"), '--region must be "PROMPT=MASK.png"'),
        (("--region", "a house=nowhere.png"), "nowhere.png cannot be read: No such file"),
        (("--region", "a=small.png"), 'the mask of "a" must be 32x24 pixels like the picture'),
        (("--region", "a=notes.txt"), "notes.txt: this is no PNG, JPEG, TIFF or WebP picture"),
        (("--region", "a=in.psd"), "in.psd: say which layer is the mask: in.psd#LAYER"),
        (
            ("--region", "a=in.psd#no"),
            'in.psd: there is no layer "no"; the layers are "Background"',
        ),
        (("--palette", "nowhere.json"), "nowhere.json cannot be read: No such file or directory"),
        (("--palette", "notes.txt"), "notes.txt: it is not a palette's JSON"),
        (("--palette", "empty.json"), 'empty.json: it is not a palette: it has no "format"'),
        (("--palette", "palette.json"), 'nothing says where the brush "Boat" is; give it a "mask"'),
        (
            ("--layout", "left.png"),
            "--layout needs --palette: its colours are those of the brushes",
        ),
        (
            ("--palette", "palette.json", "--layout", "left.png"),
            "--layout must be a picture in colours, it is grey",
        ),
        (("--regions-from-layers",), "--regions-from-layers needs --init FILE.psd"),
        (
            ("--regions-from-layers", "--init", "one.psd"),
            "one.psd: no visible layer or group lies above the lowest",
        ),
        (
            ("--isolate", "-3", "--region", "a=left.png"),
            "--isolate must be a whole number in 1..250",
        ),
        (
            ("--blur", "-1", "--region", "a=left.png"),
            "--blur must be a number in 0..512, got '-1'",
        ),
    ],
)
def test_wrong_input_is_exit_code_2_and_one_sentence(
    pentimento: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    palette_file(tmp_path)
    layered(tmp_path / "in.psd")
    grey(tmp_path / "small.png", LEFT[:8])
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.json").write_text("{}")
    album = Album()
    image = Image(np.full((24, 32, 4), 255, np.uint8))
    album.images[image.id] = image
    one = Document(width=32, height=24, layers=(PixelLayer(id=1, name="a", image=image.id),))
    (tmp_path / "one.psd").write_bytes(write_document(one, album.images))
    size = () if "--init" in arguments else ("--size", "32x24")
    said = pentimento("run", "--prompt", "hills", *size, *arguments, "-o", "out.psd")
    assert said.status == 2, said.err
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not (tmp_path / "out.psd").exists()


def test_a_panorama_from_the_command_line(pentimento: Terminal, tmp_path: Path) -> None:
    out = tmp_path / "out.psd"
    command = ("run", "--prompt", "the sea", "--size", "256x64", "--steps", 1, "--panorama")
    pentimento.works(*command, "-o", out)
    run = run_of(out)
    assert run.recipe.panorama
    assert (run.working_width, run.working_height, run.enlarged) == (256, 64, 1.0)
    command = ("run", "--prompt", "the sea", "--size", "512x128", "--steps", 1, "--panorama")
    pentimento.works(*command, "-o", out)
    run = run_of(out)
    assert run.working_height <= 1.5 * 64 < run.working_width
