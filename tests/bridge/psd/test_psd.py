"""PSD files: what is written is read again, by us and by everybody else."""

import io
import subprocess
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image as pil
from psd_tools import PSDImage
from psd_tools.constants import Compression

from bridge.images.image import Image
from bridge.psd.channels import encode
from bridge.psd.document import Document, Group, Layer, Mask, Metadata, PixelLayer, layer_named
from bridge.psd.files import layer_info, merged_pixels, opened, read_document, write_document
from bridge.psd.metadata import DOCUMENT, layer_note
from bridge.psd.records import LOCKS
from bridge.psd.render import rendered
from bridge.psd.xmp import xmp_value
from pipelines.recipe import PROFILE_NAMES, Profile

from .samples import Album, image_magick, painting


@pytest.mark.parametrize("depth", [8, 16])
def test_a_document_is_read_as_it_was_written(depth: int) -> None:
    album = Album(depth)
    document = painting(album, depth)
    again, images = read_document(write_document(document, album.images))
    assert again == document
    assert {id: image.raw for id, image in images.items()} == {
        id: image.raw for id, image in album.images.items()
    }


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("profile", PROFILE_NAMES)
def test_psd_tools_saves_it_again_with_every_pixel_and_block(profile: Profile, depth: int) -> None:
    album = Album(depth, profile=profile)
    document = replace(painting(album, depth), profile=profile)
    first = write_document(document, album.images)
    out = io.BytesIO()
    PSDImage.open(io.BytesIO(first)).save(out)
    again, images = read_document(out.getvalue())
    assert again == document
    assert images.keys() == album.images.keys()
    before, after = opened(first), opened(out.getvalue())
    for one, other in zip(
        layer_info(before).layer_records, layer_info(after).layer_records, strict=True
    ):
        assert one.tobytes() == other.tobytes()
    assert before.image_resources.tobytes() == after.image_resources.tobytes()
    assert before.image_data.data == after.image_data.data


def test_layers_compressed_beforehand_make_the_same_file() -> None:
    album = Album()
    document = painting(album)
    encoded = {id: encode(image.pixels, 8) for id, image in album.images.items()}
    assert write_document(document, album.images, encoded) == write_document(document, album.images)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("background", [True, False], ids=["opaque", "transparent"])
def test_the_flattened_picture_is_what_psd_tools_composites(depth: int, background: bool) -> None:
    album = Album(depth)
    psd = opened(write_document(painting(album, depth, background=background), album.images))
    ours, theirs = merged_pixels(psd), rendered(psd)
    np.testing.assert_allclose(ours[..., 3], theirs[..., 3], atol=1)
    seen = ours[..., 3] == np.iinfo(ours.dtype).max  # elsewhere straight colours are rounded
    assert seen.any() == background
    np.testing.assert_allclose(ours[seen], theirs[seen], atol=1)
    over_white = np.rint(_over_white(ours) - _over_white(theirs))
    assert np.abs(over_white).max() <= 2


def test_psd_tools_reads_every_pixel_and_every_note() -> None:
    album = Album()
    document = painting(album)
    layers = {
        layer.layer_id: layer
        for layer in PSDImage.open(io.BytesIO(write_document(document, album.images))).descendants()
    }
    group = document.layers[1]
    assert isinstance(group, Group)
    assert layers[7].name == group.name
    assert not layers[8].visible
    for wanted in (document.layers[0], *group.layers[:2]):
        assert isinstance(wanted, PixelLayer)
        assert wanted.image is not None
        found = layers[wanted.id]
        assert (found.left, found.top, found.name) == (wanted.left, wanted.top, wanted.name)
        pixels = np.asarray(found.topil())  # pyright: ignore[reportArgumentType] - it has pixels
        np.testing.assert_array_equal(pixels, album.images[wanted.image].pixels)
    mask = layers[9].mask
    assert mask is not None
    assert group.layers[1].mask is not None
    np.testing.assert_array_equal(
        np.asarray(mask.topil()),  # pyright: ignore[reportArgumentType] - it has pixels
        album.images[group.layers[1].mask.image].pixels[..., 0],
    )


def test_pillow_shows_the_flattened_picture() -> None:
    album = Album()
    data = write_document(painting(album), album.images)
    with pil.open(io.BytesIO(data)) as file:
        assert file.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(file), merged_pixels(opened(data))[..., :3])


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("background", [True, False], ids=["opaque", "transparent"])
def test_imagemagick_shows_the_flattened_picture(
    tmp_path: Path, depth: int, background: bool
) -> None:
    program = image_magick()
    if program is None:
        pytest.skip("ImageMagick is not installed: apt-get install imagemagick")
    album = Album(depth)
    data = write_document(painting(album, depth, background=background), album.images)
    (tmp_path / "a.psd").write_bytes(data)
    subprocess.run([program, f"{tmp_path / 'a.psd'}[0]", str(tmp_path / "a.png")], check=True)
    shown = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED)
    assert shown is not None
    ours = merged_pixels(opened(data))
    if background:
        np.testing.assert_array_equal(shown[..., 2::-1], ours[..., :3])
    else:
        np.testing.assert_array_equal(shown[..., 3], ours[..., 3])
        np.testing.assert_allclose(_over_white(shown[..., [2, 1, 0, 3]]), _over_white(ours), atol=2)


def test_notes_and_xmp_come_back_from_either_place() -> None:
    album = Album()
    document, _ = read_document(write_document(painting(album), album.images))
    assert xmp_value(document.xmp, DOCUMENT) == '{"v": 1, "prompt": "海 & <sky>"}'
    group = document.layers[1]
    assert layer_note(group.metadata) == {"v": 1, "run": "ü😀 <&>"}
    for kept in (Metadata(xmp=group.metadata.xmp), Metadata(settings=group.metadata.settings)):
        assert layer_note(kept) == {"v": 1, "run": "ü😀 <&>"}


def test_a_name_loses_nothing_but_zeros() -> None:
    album = Album()
    named = replace(painting(album).layers[0], name="a\0 b\0")
    document = replace(painting(album), layers=(named,))
    read, _ = read_document(write_document(document, album.images))
    assert read.layers[0].name == "a b"


def test_a_layer_that_lies_too_far_away_is_named() -> None:
    with pytest.raises(ValueError, match=r'layer "far" must lie within .*: move it, or delete it'):
        PixelLayer(id=1, name="far", left=2**21)


def test_other_blend_modes_are_composited_by_psd_tools() -> None:
    album = Album()
    ground = PixelLayer(id=1, name="ground", image=album.noise(4, 4, opaque=True))
    layer = PixelLayer(id=2, name="layer", image=album.noise(4, 4, opaque=True), blend="multiply")
    document = Document(width=4, height=4, layers=(ground, layer))
    merged = merged_pixels(opened(write_document(document, album.images)))
    assert ground.image is not None
    assert layer.image is not None
    below, above = (album.images[id].pixels[..., :3] / 255 for id in (ground.image, layer.image))
    np.testing.assert_allclose(merged[..., :3], below * above * 255, atol=1)


def test_a_16_bit_image_is_not_narrowed_in_silence() -> None:
    album = Album(16)
    layer = PixelLayer(id=1, name="deep", image=album.noise(4, 4))
    with pytest.raises(ValueError, match="the image has 16 bits and the document 8"):
        write_document(Document(width=4, height=4, layers=(layer,)), album.images)


def test_an_8_bit_image_is_widened_exactly() -> None:
    album = Album(8)
    layer = PixelLayer(id=1, name="layer", image=album.noise(4, 4))
    document = Document(width=4, height=4, depth=16, layers=(layer,))
    again, images = read_document(write_document(document, album.images))
    assert layer.image is not None
    found = layer_named(again, "layer").image
    assert found is not None
    np.testing.assert_array_equal(
        images[found].pixels, album.images[layer.image].pixels.astype(np.uint16) * 257
    )


def test_a_missing_image_and_a_coloured_mask_are_named() -> None:
    album = Album()
    layer = PixelLayer(id=1, name="lost", image="0" * 64)
    with pytest.raises(ValueError, match='the image of layer "lost" is not here'):
        write_document(Document(width=4, height=4, layers=(layer,)), {})
    mask = Mask(image=album.noise(2, 2, 3))
    layer = PixelLayer(id=1, name="lost", image=album.noise(4, 4), mask=mask)
    with pytest.raises(ValueError, match='the mask of layer "lost" must be grey'):
        write_document(Document(width=4, height=4, layers=(layer,)), album.images)


def test_a_run_whose_layers_are_compressed_is_saved_in_well_under_two_seconds() -> None:
    random = np.random.default_rng(0)
    soft = cv2.resize(random.integers(0, 256, (64, 64, 4)).astype(np.uint8), (1024, 1024))
    images = [Image(np.roll(soft, 40 * n, axis=0).astype(np.uint8)) for n in range(24)]
    layers = tuple(
        PixelLayer(id=n + 1, name=str(n), image=image.id, visible=n == 23)
        for n, image in enumerate(images)
    )
    encoded = {image.id: encode(image.pixels, 8) for image in images}
    began = time.process_time()  # other programs take none of it
    data = write_document(
        Document(width=1024, height=1024, layers=layers), {i.id: i for i in images}, encoded
    )
    assert time.process_time() - began < 2
    assert opened(data).image_data.compression is Compression.RLE


names = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=40
)
places = st.integers(-30, 90)


@st.composite
def documents(draw: st.DrawFn) -> tuple[Document, Album]:
    depth = draw(st.sampled_from((8, 16)))
    album = Album(depth, draw(st.integers(0, 9)), draw(st.sampled_from(PROFILE_NAMES)))
    count = iter(range(1, 1000))

    def mask() -> Mask | None:
        if not draw(st.booleans()):
            return None
        size = draw(st.integers(1, 9)), draw(st.integers(1, 9))
        return Mask(
            image=album.noise(*size, 1),
            left=draw(places),
            top=draw(places),
            outside=draw(st.booleans()),
        )

    def layer(level: int) -> Layer:
        common: dict[str, Any] = {  # Any: keyword arguments of both classes
            "id": next(count),
            "name": draw(names),
            "visible": draw(st.booleans()),
            "opacity": draw(st.integers(0, 255)) / 255,
            "mask": mask(),
            "locks": tuple(draw(st.lists(st.sampled_from(list(LOCKS)), unique=True, max_size=4))),
        }
        if level and draw(st.booleans()):
            children = tuple(layer(level - 1) for _ in range(draw(st.integers(0, 3))))
            blend = draw(st.sampled_from(("normal", "passThrough")))
            return Group(**common, layers=children, open=draw(st.booleans()), blend=blend)
        if not draw(st.booleans()):
            return PixelLayer(**common)
        image = album.noise(draw(st.integers(1, 9)), draw(st.integers(1, 9)))
        return PixelLayer(**common, image=image, left=draw(places), top=draw(places))

    layers = tuple(layer(2) for _ in range(draw(st.integers(0, 4))))
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    colours: dict[str, Any] = {"depth": depth, "profile": album.profile}  # Any: literals
    return Document(width=width, height=height, layers=layers, **colours), album


@settings(max_examples=60, deadline=None)
@given(documents())
def test_any_document_comes_back(made: tuple[Document, Album]) -> None:
    document, album = made
    data = write_document(document, album.images)
    again, images = read_document(data)
    assert _sorted(again) == _sorted(document)
    assert images.keys() == album.images.keys()


def _sorted(layer: Any) -> Any:  # a Document or any Layer
    """Locks are a set: the same whatever their order."""
    fields: dict[str, Any] = {}
    if not isinstance(layer, Document):
        fields["locks"] = tuple(sorted(layer.locks))
    if not isinstance(layer, PixelLayer):
        fields["layers"] = tuple(_sorted(child) for child in layer.layers)
    return replace(layer, **fields)


def _over_white(pixels: NDArray[Any]) -> NDArray[np.float64]:
    most = np.iinfo(pixels.dtype).max
    alpha = pixels[..., 3:] / most
    return (pixels[..., :3] * alpha + most * (1 - alpha)) / most * 255
