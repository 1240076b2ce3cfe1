"""Pictures as other programs write them: each pixel is what it was meant to be, or says why not.

Every expectation is written down beside the file, by the words of the format's specification.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from itertools import product

import numpy as np
import pytest
import tifffile
from PIL import Image as pil

from bridge.config import Limits
from bridge.images.decoding import decode
from bridge.images.image import Image
from pipelines.pixels import Pixels

from .picture_samples import chunk, exif, noise, png, png_rows, saved, tiff

LIMITS = Limits()
# EXIF 2.3, 4.6.4: where the stored first row and first column are in the picture as it was seen
SEEN = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


def shown(data: bytes) -> Pixels:
    """The pixels of a file of which there is nothing to say."""
    decoded = decode(data, LIMITS)
    assert decoded.notices == ()
    return decoded.image.pixels


def same(pixels: Pixels, expected: np.ndarray) -> None:
    assert pixels.dtype == expected.dtype
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("kind", ["png8", "png16", "tiff8", "tiff16", "webp", "jpeg"])
def test_pictures_stand_upright_in_every_kind_and_depth(turned: int, kind: str):
    stored = noise(16, 24, 3, 16 if kind.endswith("16") else 8)
    if kind.startswith("png"):
        data = png(stored, chunk(b"eXIf", exif(turned)))
    elif kind.startswith("tiff"):
        data = tiff(stored, photometric="rgb", extratags=[(274, "H", 1, turned, True)])
    elif kind == "webp":
        data = saved(stored, "webp", lossless=True, exif=b"Exif\0\0" + exif(turned))
    else:
        data = saved(stored, "jpeg", exif=b"Exif\0\0" + exif(turned))
        with pil.open(io.BytesIO(data)) as file:
            stored = np.asarray(file)
    same(shown(data), SEEN[turned](stored))


def test_an_orientation_in_a_text_counts_as_imagemagick_writes_it():
    notes = b"Exif\0\0" + exif(6)
    text = b"\nexif\n%8d\n" % len(notes) + notes.hex().encode()
    stored = noise(4, 6, 3, 16)
    whole = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))
    same(shown(png(stored, whole)), SEEN[6](stored))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_transparent_grey_value_is_transparency_at_every_depth(bits: int):
    most = 2**bits - 1
    values = np.array([0, 1, most // 2, most], np.uint32)
    packed = sum(int(v) << bits * (3 - n) for n, v in enumerate(values)) << (-4 * bits % 8)
    row = packed.to_bytes(-(-4 * bits // 8), "big")
    data = png_rows((4, 1), bits, 0, [row], chunk(b"tRNS", struct.pack(">H", 1)))
    full, kind = (65535, np.uint16) if bits == 16 else (255, np.uint8)
    grey = np.rint(values * full / most).astype(kind)
    alpha = np.where(values == 1, 0, full).astype(kind)
    same(shown(data), np.stack([grey, grey, grey, alpha], axis=1)[None])


@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_colour_is_transparency(depth: int):
    stored = noise(3, 5, 3, depth)
    clear = tuple(int(v) for v in stored[1, 2])
    alpha = np.full((3, 5, 1), 65535 if depth == 16 else 255, stored.dtype)
    alpha[1, 2] = 0
    data = png(stored, chunk(b"tRNS", struct.pack(">3H", *clear)))
    same(shown(data), np.concatenate([stored, alpha], axis=2))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_palette_has_its_colours_and_its_transparency(bits: int):
    palette = np.array([[10, 20, 30], [40, 50, 60]], np.uint8)
    row = (1 << bits * (8 // bits - 1)).to_bytes(1, "big")  # colour 1, then 0 where there is room
    width = 8 // bits
    chosen = [1] + [0] * (width - 1)
    chunks = [chunk(b"PLTE", palette.tobytes()), chunk(b"tRNS", b"\x07")]
    alpha = np.array([7, 255], np.uint8)[:, None]
    expected = np.concatenate([palette, alpha], axis=1)[chosen][None]
    same(shown(png_rows((width, 1), bits, 3, [row], *chunks)), expected)


def test_grey_with_alpha_keeps_sixteen_bits():
    stored = noise(5, 4, 2, 16)
    same(shown(png(stored)), stored[..., [0, 0, 0, 1]])


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("channels", [2, 4])
def test_colours_multiplied_by_their_alpha_are_divided_by_it(depth: int, channels: int):
    most, kind = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    straight = noise(32, 32, channels, depth)
    straight[0, :, -1] = 0
    straight[1, :, -1] = most
    alpha = straight[..., -1:].astype(np.float64)
    stored = straight.copy()
    stored[..., :-1] = np.rint(straight[..., :-1] * (alpha / most))
    data = tiff(
        stored,
        photometric="rgb" if channels == 4 else "minisblack",
        planarconfig="contig",
        extrasamples=["assocalpha"],
    )
    colours = stored[..., :-1] * float(most) / np.maximum(alpha, 1)
    expected = np.where(alpha > 0, np.minimum(np.rint(colours), most), 0).astype(kind)
    expected = np.concatenate([expected, straight[..., -1:]], axis=2)
    pixels = shown(data)
    apart = pixels.astype(int) - (expected if channels == 4 else expected[..., [0, 0, 0, 1]])
    assert np.abs(apart).max() <= 1  # halves may be rounded either way
    opaque = (alpha == most)[..., 0]
    np.testing.assert_array_equal(pixels[opaque][:, 0], straight[opaque][:, 0])
    assert (pixels[0, :, :3] == 0).all()


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 12, 16])
@pytest.mark.parametrize("white", [False, True])
def test_grey_of_any_bits_spans_its_range_and_white_may_be_zero(bits: int, white: bool):
    most = 2**bits - 1
    values = noise(9, 16, 1, 16)[..., 0].astype(np.uint32) * most // 65535
    photometric = "miniswhite" if white else "minisblack"
    if bits == 1:
        data = tiff(values.astype(bool), photometric=photometric)
    else:
        kind = np.uint8 if bits <= 8 else np.uint16
        data = tiff(values.astype(kind), photometric=photometric, bitspersample=bits)
    full, kind = (255, np.uint8) if bits <= 8 else (65535, np.uint16)
    seen = most - values if white else values
    same(shown(data), np.rint(seen * full / most).astype(kind)[..., None])


LAYOUTS = [
    {},
    {"tile": (16, 32)},
    {"byteorder": ">"},
    {"bigtiff": True},
    {"planarconfig": "separate"},
    {"planarconfig": "separate", "tile": (16, 16), "byteorder": ">"},
    {"rowsperstrip": 7},
]
PACKED: list[dict[str, object]] = [
    {},
    *({"compression": name} for name in ("lzw", "zlib", "zstd", "packbits", "lzma")),
    *({"compression": name, "predictor": True} for name in ("lzw", "zlib", "zstd")),
]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_a_tiff_is_the_same_however_it_is_laid_out_and_packed(depth: int, layout: int):
    pixels = noise(40, 50, 3, depth)
    options = LAYOUTS[layout]
    apart = options.get("planarconfig") == "separate"
    stored = np.ascontiguousarray(np.moveaxis(pixels, 2, 0)) if apart else pixels
    for packed in PACKED:
        same(shown(tiff(stored, photometric="rgb", **options, **packed)), pixels)


def test_a_tiffs_palette_is_looked_up():
    table = np.zeros((3, 256), np.uint16)
    table[:, 5] = (257 * 10, 257 * 20, 257 * 255)
    indices = np.full((3, 4), 5, np.uint8)
    expected = np.broadcast_to(np.array([10, 20, 255], np.uint8), (3, 4, 3))
    same(shown(tiff(indices, photometric="palette", colormap=table)), expected)


@pytest.mark.parametrize(
    ("extra", "channels"), [((), 4), (("unassalpha",), 4), (("unspecified",), 3)]
)
def test_a_fourth_channel_is_transparency_unless_it_is_said_to_be_something_else(
    extra: tuple[str, ...], channels: int
):
    stored = noise(4, 5, 4)
    data = tiff(stored, photometric="rgb", extrasamples=list(extra) or ["unassalpha"])
    if not extra:  # as ImageMagick of old wrote it: tag 338 renamed to one that nobody knows
        data = data.replace(struct.pack("<HHI", 338, 3, 1), struct.pack("<HHI", 65000, 3, 1))
    decoded = decode(data, LIMITS)
    same(decoded.image.pixels, stored[..., :channels])
    said = ("channels beside colours and transparency are left out",) if channels == 3 else ()
    assert decoded.notices == said


def several_pages() -> bytes:
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        for seed in range(3):
            file.write(noise(4, 5, 3, seed=seed), photometric="rgb", metadata=None)
    return out.getvalue()


def with_small_copies(*small: bool) -> bytes:
    """Pages, some of which say that they are reduced copies."""
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        for seed, is_small in enumerate(small):
            values = noise(4, 5, 3, seed=seed)
            file.write(values, photometric="rgb", subfiletype=int(is_small), metadata=None)
    return out.getvalue()


@pytest.mark.parametrize(
    ("small", "seed", "said"),
    [
        ((True, False), 1, ()),
        ((False, True, True), 0, ()),
        ((True, False, False), 1, ("the first that is no small copy",)),
        ((False, True, False), 0, ("its first one",)),
    ],
)
def test_small_copies_are_no_pages_of_their_own(
    small: tuple[bool, ...], seed: int, said: tuple[str, ...]
):
    decoded = decode(with_small_copies(*small), LIMITS)
    same(decoded.image.pixels, noise(4, 5, 3, seed=seed))
    assert decoded.notices == tuple(f"the file has several pages; {one} counts" for one in said)


def moving(kind: str) -> bytes:
    first, *others = (pil.fromarray(noise(4, 5, 3, seed=seed)) for seed in range(3))
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=others, lossless=True)
    return out.getvalue()


def mpo() -> tuple[bytes, Pixels]:
    first, *others = (pil.fromarray(noise(16, 24, 3, seed=seed)) for seed in range(2))
    out, alone = io.BytesIO(), io.BytesIO()
    first.save(out, "MPO", save_all=True, append_images=others)
    first.save(alone, "JPEG")
    with pil.open(alone) as file:
        return out.getvalue(), np.asarray(file)


FIRST = noise(4, 5, 3, seed=0)


@pytest.mark.parametrize(
    ("data", "expected", "notice"),
    [
        (several_pages(), FIRST, "the file has several pages; its first one counts"),
        (moving("png"), FIRST, "the file is an animation; its first picture counts"),
        (moving("webp"), FIRST, "the file is an animation; its first picture counts"),
        (*mpo(), "the file holds several pictures; its first one counts"),
    ],
    ids=["pages", "animated PNG", "animated WebP", "MPO"],
)
def test_of_several_pictures_the_first_counts_and_it_is_said(
    data: bytes, expected: Pixels, notice: str
):
    decoded = decode(data, LIMITS)
    same(decoded.image.pixels[..., :3], expected)
    assert decoded.notices == (notice,)


def test_texts_of_any_length_do_not_matter():
    stored = noise(4, 5, 4)
    bomb = zlib.compress(bytes(100 * 2**20), 1)
    texts = [
        chunk(b"zTXt", b"workflow\0\0" + bomb),
        chunk(b"iTXt", b"prompt\0\1\0\0\0" + bomb),
        chunk(b"tEXt", b"parameters\0" + bytes(3 * 2**20)),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb),
    ]
    same(shown(png(stored, *texts)), stored)


@pytest.mark.parametrize(("height", "width", "depth"), list(product([1, 3], [1, 5], [8, 16])))
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_the_smallest_pictures_are_pictures(height: int, width: int, depth: int, kind: str):
    for channels in (1, 3, 4):
        pixels = noise(height, width, channels, depth)
        options = {"photometric": "rgb"} if channels > 1 else {"photometric": "minisblack"}
        if channels == 4:
            options |= {"extrasamples": ["unassalpha"]}
        stored = pixels[..., 0] if channels == 1 else pixels
        same(shown(png(pixels) if kind == "png" else tiff(stored, **options)), pixels)


def test_ink_is_as_screens_mix_it_where_no_profile_says_more():
    ink = noise(16, 16, 4)
    left = (255 - ink[..., :3].astype(int)) * (255 - ink[..., 3:].astype(int))
    data = tiff(ink, photometric="separated", planarconfig="contig")
    decoded = decode(data, LIMITS)
    np.testing.assert_array_equal(decoded.image.pixels, np.rint(left / 255).astype(np.uint8))
    assert decoded.notices == (
        "the picture is CMYK without a colour profile; its colours are as screens mix them",
    )
    deep = decode(tiff(ink.astype(np.uint16) * 257, photometric="separated"), LIMITS).image
    assert np.abs(deep.pixels / 257 - left / 255).max() < 0.01


def test_a_cmyk_jpeg_is_no_negative():
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 1] = 200
    out = io.BytesIO()
    pil.fromarray(ink, "CMYK").save(out, "JPEG", quality=100)
    assert b"Adobe" in out.getvalue()
    seen = decode(out.getvalue(), LIMITS).image.pixels[8, 8].astype(int)
    assert np.abs(seen - (255, 55, 255)).max() <= 2


@pytest.mark.parametrize("said", [{0xA001: 0xFFFF, 0xA005: {1: "R03"}}, {0xA001: 2}])
def test_a_camera_that_notes_adobe_rgb_without_a_profile_means_it(said: dict[int, object]):
    notes = pil.Exif()
    notes[0x8769] = said
    decoded = decode(saved(noise(8, 8, 3), "jpeg", exif=notes), LIMITS)
    assert decoded.image.profile == "Adobe RGB (1998)"
    assert decoded.notices == ("the camera's notes say that the colours are Adobe RGB",)


def short_palette() -> bytes:
    """Pixels 0 to 7 of a palette of four colours."""
    out = io.BytesIO()
    picture = pil.fromarray((np.arange(64).reshape(8, 8) % 8).astype(np.uint8), "P")
    picture.putpalette([n % 256 for n in range(768)])
    picture.save(out, "PNG")
    data = out.getvalue()
    at = data.index(b"PLTE") - 4
    (length,) = struct.unpack(">I", data[at : at + 4])
    return data[:at] + chunk(b"PLTE", data[at + 8 : at + 20]) + data[at + 12 + length :]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (tiff(np.zeros((4, 4), np.float32)), "8 or 16 bits per channel, it has 32 floating point"),
        (tiff(np.zeros((4, 4), np.float16)), "8 or 16 bits per channel, it has 16 floating point"),
        (tiff(np.zeros((4, 4), np.uint32)), "8 or 16 bits per channel, it has 32; save it with 16"),
        (tiff(np.zeros((4, 4), np.int16)), "8 or 16 bits per channel, it has 16 signed"),
        (tiff(noise(4, 4, 3), photometric="cielab"), "colours are Lab; save it as RGB or grey"),
        (tiff(noise(16, 16, 3), compression="jpeg2000"), "is compressed as JPEG2000"),
        (b"GIF89a", "this is no PNG, JPEG, TIFF or WebP picture but GIF; save it as one"),
        (b"\0\0\0\x18ftypheic", "this is no PNG, JPEG, TIFF or WebP picture but HEIC"),
        (b"a text", "this is no PNG, JPEG, TIFF or WebP picture"),
        (b"", "the file is empty, it has 0 bytes"),
        (png(noise(1, 1, 1))[:33], "the PNG file is broken: it ends before its picture does"),
        (saved(noise(64, 64, 3), "jpeg")[:2000], "the JPEG file is broken: its pixels cannot be"),
        (tiff(noise(64, 64, 3))[:9000], "the TIFF file is broken: it ends before its picture does"),
        (short_palette(), "the PNG file is broken: its palette is too short"),
        (saved(noise(64, 64, 3), "webp")[:900], "the WebP file is broken: it ends before its"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(data: bytes, sentence: str):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        decode(data, LIMITS)


def damaged(how: str) -> bytes:
    """A JPEG that a bad card, a bad copy or a bad program left; Pillow reads all of these."""
    down, along = np.mgrid[:200, :300]
    smooth = np.stack([along * 255 / 300, down * 255 / 200, np.sin(along / 9) * 99 + 128], -1)
    good = saved(smooth.astype(np.uint8), "jpeg")
    middle = len(good) // 2
    match how:
        case "zeros":
            return good[:middle] + bytes(400) + good[middle + 400 :]
        case "a piece is missing":
            return good[:middle] + good[middle + 300 :]
        case "it ends in the middle":
            return good[:middle] + b"\xff\xd9" + good[middle:]
        case "random bytes":
            junk = np.random.default_rng(3).integers(0, 255, 60).astype(np.uint8).tobytes()
            return good[:middle] + junk + good[middle + 60 :]
        case "higher":
            frame = good.index(b"\xff\xc0") + 5
            return good[:frame] + (2000).to_bytes(2, "big") + good[frame + 2 :]
        case "twice":
            return good[: middle + 200] + good[middle:]
        case _:
            return good


@pytest.mark.parametrize(
    "how", ["zeros", "a piece is missing", "it ends in the middle", "random bytes", "higher"]
)
def test_a_jpeg_whose_middle_is_damaged_is_no_picture_with_a_grey_part(how: str):
    data = damaged(how)
    with pil.open(io.BytesIO(data)) as file:
        file.load()  # without a word
    with pytest.raises(ValueError, match="a part of its data is damaged or missing"):
        decode(data, LIMITS)


def test_a_jpeg_with_bytes_too_many_is_opened_and_that_is_said():
    good = damaged("")
    decoded = decode(damaged("twice"), LIMITS)
    assert decoded.image.pixels.shape == (200, 300, 3)
    assert decoded.notices == ("the file's data is damaged; look whether the picture is whole",)
    assert decode(good, LIMITS).notices == ()


def thumbnailed(*, whole: bool, **options: object) -> bytes:
    """A TIFF whose first page is a reduced copy."""
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        file.write(noise(8, 12, 3), subfiletype=1, metadata=None, **options)  # pyright: ignore[reportArgumentType] # its own options
        if whole:
            file.write(noise(32, 48, 3), metadata=None)
    return out.getvalue()


def test_a_tiff_that_begins_with_a_thumbnail_is_the_picture_behind_it():
    decoded = decode(thumbnailed(whole=True), LIMITS)
    np.testing.assert_array_equal(decoded.image.pixels, noise(32, 48, 3))


@pytest.mark.parametrize("tags", [[], [(50706, "B", 4, bytes([1, 4, 0, 0]), True)]])
def test_a_cameras_raw_file_is_no_picture_of_a_thumbnails_size(tags: list[object]):
    for whole in (False, True) if tags else (False,):
        with pytest.raises(ValueError, match="a camera's raw picture, or a small copy of one"):
            decode(thumbnailed(whole=whole, extratags=tags), LIMITS)


def test_an_upright_picture_is_the_same_memory_layout_whatever_its_orientation():
    """Whoever hashes or stores pixels takes rows one after the other."""
    decoded = decode(png(noise(4, 6, 3), chunk(b"eXIf", exif(8))), LIMITS).image
    assert decoded.pixels.flags.c_contiguous
    assert decoded.id == Image(decoded.pixels.copy()).id
