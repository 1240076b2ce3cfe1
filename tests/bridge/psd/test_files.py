"""PSD and PSB files that Photoshop and other programs wrote, and files that nobody should write."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from psd_tools import PSDImage
from psd_tools.psd.document import PSD

from bridge.images.image import Image
from bridge.psd.append import append_groups, next_layer_id
from bridge.psd.document import Document, Group, PixelLayer, pixel_layers
from bridge.psd.files import (
    layer_info,
    merged_pixels,
    opened,
    read_document,
    write_document,
    xmp_of,
)

from .samples import SHARED, Album, painting
from .table import PAGE, page, rows

FILES = sorted(SHARED.rglob("*.ps[db]"))
NO_FILES = f"no sample files: {SHARED} is not there"


@pytest.fixture(params=FILES or [None], ids=lambda path: path.name if path else "none")
def data(request: pytest.FixtureRequest) -> bytes:
    if request.param is None:
        pytest.skip(NO_FILES)
    return Path(request.param).read_bytes()


@pytest.fixture
def fit(data: bytes) -> bytes:
    """A file that we can read."""
    try:
        opened(data)
    except ValueError:
        pytest.skip("not a file for us: see the test of refusals")
    return data


def test_a_file_is_read_or_refused_in_one_sentence(data: bytes) -> None:
    depth = PSD.frombytes(data).header.depth
    if depth in (8, 16):
        document, images = read_document(data)
        assert all(layer.image in (None, *images) for layer in pixel_layers(document.layers))
    else:
        with pytest.raises(ValueError, match=f"8 or 16 bits per channel, it has {depth}"):
            read_document(data)


def test_a_files_pixels_are_those_that_psd_tools_reads(fit: bytes) -> None:
    document, images = read_document(fit)
    theirs = {
        layer.layer_id: layer
        for layer in PSDImage.open(io.BytesIO(fit)).descendants()
        if layer.has_pixels() and layer.layer_id > 0
    }
    for layer in pixel_layers(document.layers):
        if layer.image is None or layer.id not in theirs:
            continue
        ours = images[layer.image].pixels
        other = theirs[layer.id].numpy(real_mask=False)
        assert other is not None
        grey = other.shape[2] < 3
        channels = [0, 3] if grey else [0, 1, 2, 3]
        np.testing.assert_allclose(
            ours[..., channels[: other.shape[2]]] / np.iinfo(ours.dtype).max, other, atol=1e-6
        )


def test_a_files_flattened_picture_is_the_one_psd_tools_shows(fit: bytes) -> None:
    ours = merged_pixels(opened(fit))
    theirs = PSDImage.open(io.BytesIO(fit)).numpy()
    most = np.iinfo(ours.dtype).max
    seen = ours[..., 3] == most
    colours = 3 if theirs.shape[2] >= 3 else 1  # grey comes as one channel there
    np.testing.assert_allclose(
        (ours[..., :colours] / most)[seen], theirs[..., :colours][seen], atol=1e-6
    )


def test_a_group_more_leaves_every_old_byte_of_layers_and_resources(fit: bytes) -> None:
    before = opened(fit)
    if before.header.color_mode.name != "RGB":
        pytest.skip("grey files take no coloured layers")
    album = Album()
    number = next_layer_id(before)
    layer = PixelLayer(id=number + 1, name="σ", image=album.noise(9, 8), left=-2, top=3)
    added = append_groups(
        fit, (Group(id=number, name="G", layers=(layer,)),), album.images, xmp="<x/>"
    )
    after = opened(added)
    old, new = layer_info(before), layer_info(after)
    count = len(old.layer_records)
    flat = 0 if count else 1  # a flat file's picture becomes its background layer
    assert len(new.layer_records) == count + flat + 3
    for n in range(count):
        version = before.header.version
        assert old.layer_records[n].tobytes(version=version) == new.layer_records[n].tobytes(
            version=version
        )
        assert old.channel_image_data[n].tobytes() == new.channel_image_data[n].tobytes()
    for key, resource in before.image_resources.items():
        if key not in (1026, 1060, 1072):
            assert resource.tobytes() == after.image_resources[key].tobytes()
    assert xmp_of(after) == "<x/>"
    document, images = read_document(added)
    found = list(pixel_layers(document.layers))[-1]
    assert (found.name, found.left, found.top) == ("σ", -2, 3)
    assert layer.image is not None
    assert found.image is not None
    ours = album.images[layer.image].pixels
    wide = ours if document.depth == 8 else ours.astype(np.uint16) * 257
    np.testing.assert_array_equal(images[found.image].pixels, wide)
    assert flat or merged_pixels(after).shape == merged_pixels(before).shape


def test_the_flattened_picture_shows_the_added_layer() -> None:
    album = Album()
    first = write_document(painting(album), album.images)
    layer = PixelLayer(id=101, name="new", image=album.noise(10, 10, opaque=True), left=20, top=10)
    added = append_groups(first, (Group(id=100, name="G", layers=(layer,)),), album.images, xmp="")
    before, after = merged_pixels(opened(first)), merged_pixels(opened(added))
    assert layer.image is not None
    np.testing.assert_array_equal(after[10:20, 20:30], album.images[layer.image].pixels)
    after[10:20, 20:30] = before[10:20, 20:30]
    np.testing.assert_array_equal(after, before)


def test_a_16_bit_document_takes_a_group_more() -> None:
    album = Album(16)
    first = write_document(painting(album, 16), album.images)
    layer = PixelLayer(id=101, name="new", image=album.noise(10, 10))
    added = append_groups(first, (Group(id=100, name="G", layers=(layer,)),), album.images, xmp="")
    document, images = read_document(added)
    assert document.layers[:2] == painting(Album(16), 16).layers
    assert images.keys() == album.images.keys()


# Files that nobody should write


def _broken() -> Iterator[tuple[str, bytes, str]]:
    album = Album()
    good = write_document(painting(album), album.images)
    yield "nothing", b"", "the file is empty"
    yield "a PNG", b"\x89PNG\r\n\x1a\n" + bytes(64), "not a PSD"
    yield "cut short", good[:900], "the PSD file is broken: it ends before it should"
    yield "a header alone", good[:26], "the PSD file is broken"
    yield "CMYK", good[:24] + b"\0\4" + good[26:], "must be RGB or grayscale, it is Cmyk"
    yield "32 bits", good[:22] + b"\0\x20" + good[24:], "8 or 16 bits per channel, it has 32"
    huge = good[:14] + struct.pack(">II", 30_000, 30_000) + good[22:]
    yield "a huge canvas", huge, "must have at most"
    wide = good[:14] + struct.pack(">II", 1, 300_000) + good[22:]
    yield "a wide canvas", wide, "must be 1..30000 pixels"
    yield "too few channels", good[:12] + b"\0\2" + good[14:], "an RGB file with 2 channels"
    start = 26 + 4 + 4 + struct.unpack(">I", good[30:34])[0]
    lying = good[:start] + b"\xff\xff\xff\xff" + good[start + 4 :]
    yield "a section that ends nowhere", lying, "the PSD file is broken: it ends before it should"


@pytest.mark.parametrize(
    ("name", "bad", "message"), list(_broken()), ids=lambda value: str(value)[:30]
)
def test_a_broken_file_is_refused_in_one_sentence(name: str, bad: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        read_document(bad)
    assert "\n" not in str(caught.value), name


def test_a_layer_that_unpacks_to_more_than_it_says_is_refused_early() -> None:
    layer = Image(np.zeros((100, 100, 4), np.uint8))
    document_layers = (PixelLayer(id=1, name="bomb", image=layer.id),)
    good = write_document(
        Document(width=100, height=100, layers=document_layers), {layer.id: layer}
    )
    psd = opened(good)
    bomb = zlib.compress(bytes(200 * 2**20), 9)
    info = layer_info(psd)
    info.channel_image_data[0][1].compression = 2
    info.channel_image_data[0][1].data = bomb
    bad = psd.tobytes()
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"a channel has \d+ bytes of pixels"):
        read_document(bad)
    assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    tracemalloc.stop()


def test_a_layer_larger_than_any_canvas_is_refused() -> None:
    layer = Image(np.zeros((10, 10, 4), np.uint8))
    document = Document(
        width=10, height=10, layers=(PixelLayer(id=1, name="wide", image=layer.id),)
    )
    psd = opened(write_document(document, {layer.id: layer}))
    layer_info(psd).layer_records[0].right = 2**30
    with pytest.raises(ValueError, match="unpack to more than"):
        read_document(psd.tobytes())


def test_one_flipped_byte_never_raises_anything_but_a_sentence() -> None:
    album = Album()
    good = write_document(painting(album), album.images)
    random = np.random.default_rng(0)
    for place in random.integers(0, min(len(good), 6000), 300):
        bad = bytearray(good)
        bad[place] ^= int(random.integers(1, 256))
        with suppress(ValueError):
            read_document(bytes(bad))


@pytest.mark.skipif(not FILES, reason=NO_FILES)
def test_at_least_45_of_60_files_have_psd_tools_pixels_and_the_page_says_which() -> None:
    found = rows()
    equal = [row for row in found if not row.trouble]
    assert len(found) >= 60
    assert len(equal) >= 45
    assert not [row for row in found if "differs" in row.trouble]
    assert PAGE.read_text(encoding="utf-8") == page(found), (
        "write the page anew: python -m tests.bridge.psd.table"
    )
