"""PSD files of 16 bits and other colour profiles on the command line: painted on and rewound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from psd_tools.constants import Resource

from bridge.commands.files import read_source
from bridge.config import Limits
from bridge.history.history import Found, found_steps, history_of
from bridge.images.decoding import decode
from bridge.images.image import Image, Pixels, to_png
from bridge.images.profiles import from_icc
from bridge.psd.document import Document, Group, Layer, PixelLayer, layer_named, pixel_layers
from bridge.psd.files import canvas_of, icc_in, merged_pixels, opened, read_document, write_document
from pipelines.pixels import full
from tests.pipelines.colour_chart import difference, lab

from ..cli import Terminal, paint_on
from ..images.profile_samples import NOBODYS, nobodys

STEPS = ("--prompt", "a boat", "--steps", "4", "--strength", "0.5")


def picture(depth: int) -> Pixels:
    """Soft colours of the whole gamut, 32 x 24, opaque."""
    y, x = np.mgrid[0:24, 0:32] / 31
    colours = np.stack([x, y, 1 - x, np.ones_like(x)], axis=2)
    most, kind = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    return np.rint(colours.clip(0, 1) * most).astype(kind)


def mask(depth: int) -> Pixels:
    """The left half, opaque."""
    pixels = picture(depth)
    pixels[:, 16:, 3] = 0
    return pixels


def source(folder: Path, depth: int, profile: str) -> Path:
    """A PSD with a picture and a layer that says where it may change."""
    images = [Image(picture(depth), profile), Image(mask(depth), profile)]
    document = Document(
        width=32,
        height=24,
        depth=16 if depth == 16 else 8,
        profile=profile,
        layers=(
            PixelLayer(id=2, name="where", visible=False, image=images[1].id),
            PixelLayer(id=1, name="picture", image=images[0].id),
        ),
    )
    file = folder / "in.psd"
    file.write_bytes(write_document(document, {image.id: image for image in images}))
    return file


def in_nobodys(file: Path) -> bytes:
    """Give the file a profile that has no name we know, and say which."""
    icc = nobodys()
    psd = opened(file.read_bytes())
    psd.image_resources[Resource.ICC_PROFILE].data = icc
    file.write_bytes(psd.tobytes())
    assert canvas_of(opened(file.read_bytes())).profile == NOBODYS
    return icc


def steps(file: Path) -> list[Found]:
    """The steps' layers, noisiest first."""
    document, images = read_document(file.read_bytes())
    found = found_steps(document, images, history_of(document.xmp))
    return [found[step] for step in sorted(found)]


def with_image(layer: Layer, id: int, image: str) -> Layer:
    """The layer, with other pixels where it is the one of that id."""
    if isinstance(layer, Group):
        return replace(layer, layers=tuple(with_image(one, id, image) for one in layer.layers))
    return replace(layer, image=image) if layer.id == id else layer


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("profile", ["sRGB", "Display P3", "Adobe RGB (1998)"])
def test_a_psd_keeps_its_depth_and_profile_and_every_pixel_outside_the_mask(
    pentimento: Terminal, tmp_path: Path, depth: int, profile: str
) -> None:
    file, out = source(tmp_path, depth, profile), tmp_path / "out.psd"
    pentimento.works(
        "run", *STEPS, "--init", f"{file}#picture", "--mask", f"{file}#where", "-o", out
    )
    document, images = read_document(out.read_bytes())
    assert (document.depth, document.profile) == (depth, profile)
    (run,) = history_of(document.xmp).runs
    assert (run.recipe.depth, run.recipe.profile) == (depth, profile)
    assert not any(step.painted for step in steps(out))
    last = steps(out)[-1].picture.pixels
    assert 8 * last.itemsize == depth
    assert (last[:, 16:] == 0).all()
    assert (last[:, :16, 3] == full(last)).all()
    merged = merged_pixels(opened(out.read_bytes()))
    np.testing.assert_array_equal(merged[:, 16:], picture(depth)[:, 16:])
    init = images[layer_named(document, "init_image").image or ""]
    np.testing.assert_array_equal(init.pixels[..., :3], picture(depth)[..., :3])


def test_a_deep_step_painted_on_is_rewound(pentimento: Terminal, tmp_path: Path) -> None:
    file, out = source(tmp_path, 16, "Display P3"), tmp_path / "out.psd"
    pentimento.works("run", *STEPS, "--init", f"{file}#picture", "-o", out)
    document, images = read_document(out.read_bytes())
    first = steps(out)[0]
    pixels = first.picture.pixels.copy()
    pixels[4:12, 4:12, :3] = (65535, 0, 0)  # a red that sRGB does not have
    painted = Image(pixels, "Display P3")
    other = tmp_path / "painted.psd"
    layers = tuple(with_image(layer, first.layer.id, painted.id) for layer in document.layers)
    other.write_bytes(
        write_document(replace(document, layers=layers), {**images, painted.id: painted})
    )
    assert steps(other)[0].painted
    number = int(first.step.partition(".")[2]) + 1
    said = pentimento.works("rewind", other, "--step", number, "-o", tmp_path / "again.psd")
    assert "repaint" in said.out + said.err
    assert len(history_of(read_document((tmp_path / "again.psd").read_bytes())[0].xmp).runs) == 2


def test_a_file_of_a_profile_without_a_name_is_painted_in_its_own_colours(
    pentimento: Terminal, tmp_path: Path
) -> None:
    file, out = source(tmp_path, 8, "Adobe RGB (1998)"), tmp_path / "out.psd"
    icc = in_nobodys(file)
    pentimento.works("run", *STEPS, "--init", f"{file}#picture", "-o", out)
    assert icc_in(opened(out.read_bytes())) == icc
    document, images = read_document(out.read_bytes())
    (run,) = history_of(document.xmp).runs
    assert run.recipe.profile == "sRGB"
    assert not any(step.painted for step in steps(out))
    # what the model was given, and what it made of it, look like what lies in the file
    init = images[layer_named(document, "init_image").image or ""].pixels
    seen = from_icc(picture(8), icc)
    assert difference(lab(init, "sRGB"), lab(seen, "sRGB")).max() < 0.5
    last = from_icc(steps(out)[-1].picture.pixels, icc)
    png = tmp_path / "out.png"
    pentimento.works("run", *STEPS, "--init", f"{file}#picture", "-o", png)
    same = read_source(str(png)).image.pixels
    assert difference(lab(last, "sRGB"), lab(same, "sRGB")).mean() < 1


def test_a_step_in_a_profile_without_a_name_is_rewound_where_it_was_painted_on(
    pentimento: Terminal, tmp_path: Path
) -> None:
    file, out = source(tmp_path, 8, "Adobe RGB (1998)"), tmp_path / "out.psd"
    in_nobodys(file)
    pentimento.works("run", *STEPS, "--init", f"{file}#picture", "-o", out)
    number = int(steps(out)[0].step.partition(".")[2]) + 1
    paint_on(out, f"{number} ·", (4, 4, 12, 12), tmp_path / "painted.psd")
    again = tmp_path / "again.psd"
    pentimento.works("rewind", tmp_path / "painted.psd", "--step", number, "-o", again)
    document, images = read_document(again.read_bytes())
    (found,) = [layer for layer in pixel_layers(document.layers) if layer.name == "rewind.mask"]
    changed = images[found.image or ""].pixels[..., 0] > 0
    assert changed[4:12, 4:12].mean() > 0.9
    changed[4:12, 4:12] = False
    assert not changed.any(), "rounding between two profiles counts as no edit"


@pytest.mark.parametrize("depth", [8, 16])
def test_a_painting_over_a_grey_picture_is_in_colour(
    pentimento: Terminal, tmp_path: Path, depth: int
) -> None:
    grey = Image(np.ascontiguousarray(picture(depth)[..., :1]))
    file, limits, out = (tmp_path / name for name in ("grey.png", "mask.png", "out.png"))
    file.write_bytes(to_png(grey))
    where = np.zeros((grey.height, grey.width, 1), np.uint8)
    where[:, :16] = 255
    limits.write_bytes(to_png(Image(where)))
    pentimento.works("run", *STEPS, "--init", file, "--mask", limits, "-o", out)
    found = decode(out.read_bytes(), Limits()).image
    assert (found.channels, found.depth) == (3, depth)
    np.testing.assert_array_equal(found.pixels[:, 16:], grey.pixels[:, 16:].repeat(3, 2))
    painted = found.pixels[:, :16].astype(int)
    assert (painted.max(2) > painted.min(2)).any()
