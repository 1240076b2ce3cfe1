"""Colour profiles at the bridge: what fits together, what is converted, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from psd_tools.constants import Resource

from bridge.commands.edit_files import given
from bridge.history.likeness import CONVERTED, NARROWED
from bridge.http.client import Bridge, Refused
from bridge.images.image import Image, in_profile, to_png
from bridge.images.profiles import from_icc, icc_of
from bridge.psd.document import Document, Group, PixelLayer
from bridge.psd.files import opened, write_document
from bridge.psd.picture import shown_document
from bridge.wire import Continue, Event, Finished, Generate
from pipelines.colour import between
from pipelines.pixels import to_depth
from pipelines.recipe import Recipe, Rewind

from ..conftest import recipe, steps_of
from ..psd.samples import Album


def noise(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    shape = (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


async def painted(bridge: Bridge, command: Generate | Continue) -> list[Event]:
    return [event async for event in bridge.paint(command)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"depth": 12}, "depth must be 8 or 16 bits per channel, got 12"),
        (
            {"profile": "ProPhoto RGB"},
            r"profile must be one of sRGB, Display P3, Adobe RGB \(1998\), got 'ProPhoto RGB'; "
            "convert the picture to one of them first",
        ),
    ],
)
def test_a_recipe_of_other_colours_is_refused(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        recipe(**fields)


async def test_an_image_of_another_profile_than_the_recipes_is_refused(bridge: Bridge) -> None:
    image = await bridge.put_image(Image(noise(24, 32, 3), "Display P3"))
    with pytest.raises(Refused) as refused:
        await painted(bridge, Generate(request="r", recipe=recipe(init_image=image)))
    assert str(refused.value) == (
        "recipe.init_image must have the recipe's colour profile, sRGB, got Display P3; "
        "say so in recipe.profile or convert the image"
    )


@pytest.mark.parametrize("depth", [8, 16])
async def test_every_picture_of_a_run_has_the_recipes_depth_and_profile(
    bridge: Bridge, depth: int
) -> None:
    source = Image(to_depth(noise(24, 32, 3), depth), "Display P3")
    init = await bridge.put_image(source)
    colours = {"depth": depth, "profile": "Display P3", "strength": 0.5, "init_image": init}
    events = await painted(bridge, Generate(request="r", recipe=recipe(**colours)))
    assert isinstance(events[-1], Finished)
    step = steps_of(events)[-1].step.id
    for quality in ("linear", "full", "best"):
        shown = await bridge.picture(step, quality=quality)
        assert (shown.depth, shown.profile) == (depth, "Display P3")
    noisy = await bridge.picture(step, "noisy")
    assert (noisy.depth, noisy.profile) == (depth, "Display P3")


async def test_a_step_painted_on_in_a_document_of_another_profile_is_an_edit_where_it_was(
    bridge: Bridge,
) -> None:
    events = await painted(bridge, Generate(request="r", recipe=recipe()))
    step = steps_of(events)[1].step.id
    handed = in_profile(await bridge.picture(step), "Display P3")
    pixels = handed.pixels.copy()
    pixels[4:12, 6:20, :3] = (255, 0, 0)
    edit = Image(pixels, "Display P3")
    rewind = Rewind(edit=await bridge.put_image(edit), handed=await bridge.put_image(handed))
    events = await painted(bridge, Continue(request="s", step=step, rewind=rewind))
    assert isinstance(events[-1], Finished)
    run = (await bridge.run(events[-1].run)).run
    assert run.rewind is not None
    assert run.rewind.mask is not None
    assert run.rewind.edit is not None
    touched = (await bridge.image(run.rewind.mask)).pixels[..., 0] > 0
    expected = np.zeros((24, 32), bool)
    expected[4:12, 6:20] = True
    np.testing.assert_array_equal(touched, expected)
    assert (await bridge.image(run.rewind.edit)).profile == "sRGB"


def test_an_edit_of_another_profile_is_converted_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "edit.png"
    file.write_bytes(to_png(Image(noise(24, 32, 3), "Display P3")))
    wanted = Recipe(prompt="a boat", width=32, height=24)
    edit = given(str(file), wanted)
    np.testing.assert_array_equal(
        edit.image.pixels, between(noise(24, 32, 3), "Display P3", "sRGB")
    )
    assert (edit.image.profile, edit.levels) == ("sRGB", CONVERTED)
    deep = given(str(file), replace(wanted, profile="Display P3", depth=16))
    assert (deep.image.depth, deep.image.profile, deep.levels) == (16, "Display P3", NARROWED)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_file_of_another_profile_opens_in_srgb_for_who_keeps_few(depth: int) -> None:
    album = Album(depth, profile="Adobe RGB (1998)")
    inner = PixelLayer(id=2, name="in", left=3, top=-1, image=album.noise(5, 7))
    layers = (Group(id=3, name="group", layers=(inner,)), PixelLayer(id=4, name="empty"))
    colours = {"depth": depth, "profile": "Adobe RGB (1998)"}
    document = Document(width=9, height=8, layers=layers, **colours)  # pyright: ignore[reportArgumentType] # literals
    data = write_document(document, album.images)
    same, _ = shown_document(data, ("sRGB", "Adobe RGB (1998)"))
    assert same == document
    other, images = shown_document(data, ("sRGB", "Display P3"))
    assert (other.profile, other.depth) == ("sRGB", depth)
    (group, empty) = other.layers
    assert isinstance(group, Group)
    (found,) = group.layers
    assert isinstance(found, PixelLayer)
    assert (found.left, found.top, empty) == (3, -1, layers[1])
    assert inner.image is not None
    before = album.images[inner.image].pixels
    expected = from_icc(before, icc_of("Adobe RGB (1998)"))
    np.testing.assert_array_equal(images[found.image or ""].pixels, expected)
    np.testing.assert_array_equal(expected[..., 3], before[..., 3])


def test_a_flat_file_opens_as_one_layer() -> None:
    empty = Document(width=4, height=3)
    psd = opened(write_document(empty, {}))
    assert Resource.ICC_PROFILE in psd.image_resources
    document, images = shown_document(psd.tobytes(), ("sRGB",))
    (layer,) = document.layers
    assert isinstance(layer, PixelLayer)
    assert (layer.name, images[layer.image or ""].pixels.shape) == ("Background", (3, 4, 4))
