"""Colour profiles as other programs write them: known by what they say, harmless when they lie."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest
from PIL import Image as pil
from PIL import ImageCms

from bridge.config import Limits
from bridge.images.decoding import Decoded, decode
from bridge.images.icc import D65_TO_D50, SRGB_CURVE, built, gamma_curve, parsed
from bridge.images.profiles import from_icc, icc_of, in_colours, name_of, to_icc
from pipelines.colour import ADOBE_GAMMA, to_srgb, to_xyz
from pipelines.pixels import Pixels, full, to_depth
from pipelines.recipe import PROFILE_NAMES, Profile
from tests.pipelines.colour_chart import chart, difference, lab

from .picture_samples import chunk, iccp, noise, png, png_rows, saved, tiff
from .profile_samples import (
    brightness,
    expected_grey,
    grey,
    grey_table,
    inks,
    like,
    nobodys,
    renamed,
    srgb_number,
)

LIMITS = Limits()
Memory = Callable[[Callable[[], Decoded]], tuple[Decoded, int]]
CONVERTED = "the greys were converted to sRGB from the profile"
DROPPED = "; it is left out, the colours count as sRGB"


@pytest.fixture
def memory() -> Memory:
    """What a call gives, and the most that Python and numpy held meanwhile, in bytes."""

    def measured(call: Callable[[], Decoded]) -> tuple[Decoded, int]:
        tracemalloc.start()
        try:
            return call(), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return measured


def ramp(depth: int) -> Pixels:
    """All greys of 8 bits, or as many of 16."""
    values = np.arange(256).reshape(16, 16, 1)
    return (values * 257).astype(np.uint16) if depth == 16 else values.astype(np.uint8)


def dot_gain(grey: np.ndarray) -> np.ndarray:
    """Light of a printed grey whose dots grow by a fifth (Yule and Nielsen, roughly)."""
    ink = (1 - grey) + 0.2 * 4 * grey * (1 - grey)
    return 1 - np.clip(ink, 0, 1)


Light = Callable[[np.ndarray], np.ndarray]
GREYS: dict[str, tuple[bytes, Light]] = {
    "gamma 1.8": (grey(1.8), lambda v: v**1.8),
    "gamma 2.2": (grey(2.2), lambda v: v**2.2),
    "linear": (grey(1.0), lambda v: v),
    "dot gain": (grey_table(dot_gain, 256), dot_gain),
    "a short table": (grey_table(lambda v: v**2, 4096), lambda v: v**2),
}


@pytest.mark.parametrize("name", GREYS)
@pytest.mark.parametrize("depth", [8, 16])
def test_grey_is_converted_in_its_own_profile_in_every_kind_of_file(name: str, depth: int):
    icc, light = GREYS[name]
    pixels = ramp(depth)
    expected = expected_grey(pixels, light)
    files = {"png": png(pixels, iccp(icc)), "tiff": tiff(pixels[..., 0], iccprofile=icc)}
    alpha = noise(16, 16, 1, depth)
    files["alpha"] = png(np.concatenate([pixels, alpha], axis=2), iccp(icc))
    for kind, data in files.items():
        decoded = decode(data, LIMITS)
        (said,) = decoded.notices
        assert said.startswith(CONVERTED)
        assert decoded.image.depth == depth
        assert decoded.image.channels == (4 if kind == "alpha" else 1)
        apart = np.abs(decoded.image.pixels[..., :1] - expected).max()
        # in a table light is written in 65535ths: in the dark, 12.92 of a number
        assert apart <= (0.51 if depth == 8 else 8 if b"curv" in icc else 1.5), kind
    np.testing.assert_array_equal(decode(files["alpha"], LIMITS).image.pixels[..., 3:], alpha)


def test_one_bit_of_grey_stays_black_and_white_in_any_profile():
    data = png_rows((8, 1), 1, 0, [b"\xa5"], iccp(grey(1.8)))
    pixels = decode(data, LIMITS).image.pixels
    np.testing.assert_array_equal(pixels.ravel(), [255, 0, 255, 0, 0, 255, 0, 255])


@pytest.mark.parametrize("clear", [b"", b"\xff\x30"])
def test_a_palette_of_greys_may_have_a_grey_profile(clear: bytes):
    greys = np.repeat(np.arange(0, 256, 17, dtype=np.uint8)[:, None], 3, axis=1)
    chunks = [iccp(grey(1.8)), chunk(b"PLTE", greys.tobytes())]
    chunks += [chunk(b"tRNS", clear)] if clear else []
    row = bytes((n << 4) | (n + 1) for n in range(0, 16, 2))  # 0, 1, 2, ... of four bits each
    decoded = decode(png_rows((16, 1), 4, 3, [row], *chunks), LIMITS)
    expected = expected_grey(greys[:, 0], lambda v: v**1.8)
    (said,) = decoded.notices
    assert said.startswith(CONVERTED)
    assert decoded.image.channels == (4 if clear else 1)
    assert np.abs(decoded.image.pixels[0, :, 0] - expected).max() <= 0.51
    table = np.zeros((3, 256), np.uint16)
    table[:, :16] = greys.T.astype(np.uint16) * 257
    data = tiff(np.arange(16, dtype=np.uint8)[None], photometric="palette", colormap=table,
                iccprofile=grey(1.8))  # fmt: skip
    assert np.abs(decode(data, LIMITS).image.pixels[0, :, 0] - expected).max() <= 0.51


def test_a_palette_of_colours_has_no_grey_profile():
    chunks = [iccp(grey(1.8)), chunk(b"PLTE", bytes(range(6)))]
    decoded = decode(png_rows((1, 1), 8, 3, [b"\1"], *chunks), LIMITS)
    np.testing.assert_array_equal(decoded.image.pixels, [[[3, 4, 5]]])
    assert "they are RGB, it is one of grey" in decoded.notices[0]


def test_a_grey_jpeg_is_converted_in_its_own_profile():
    pixels = np.repeat(ramp(8).reshape(1, 256, 1), 16, axis=0)
    plain = decode(saved(pixels, "jpeg", quality=100), LIMITS).image.pixels
    decoded = decode(saved(pixels, "jpeg", quality=100, icc_profile=grey(1.8)), LIMITS)
    apart = decoded.image.pixels - expected_grey(plain, lambda v: v**1.8)
    (said,) = decoded.notices
    assert said.startswith(CONVERTED)
    assert np.abs(apart).max() <= 0.51


def test_a_grey_curve_of_lightness_is_lightness():
    icc = renamed(grey(1.0), parsed(grey(1.0)).head[:20] + b"Lab ")
    middle = in_colours(np.full((1, 1, 1), 32768, np.uint16), icc).pixels
    light = ((50 + 16) / 116) ** 3  # L* = 50 (CIE 15)
    assert abs(int(middle[0, 0, 0]) - srgb_number(np.array(light)) * 65535) <= 2


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize(
    ("channels", "icc", "what"),
    [
        (1, icc_of("Display P3"), "they are grey, it is one of RGB"),
        (2, nobodys(), "they are grey, it is one of RGB"),
        (3, grey(2.2), "they are RGB, it is one of grey"),
        (4, grey(1.8), "they are RGB, it is one of grey"),
        (3, inks(), "they are RGB, it is one of CMYK"),
    ],
)
def test_a_profile_of_other_pixels_is_dropped_and_said(
    depth: int, channels: int, icc: bytes, what: str
):
    pixels = noise(4, 5, channels, depth)
    decoded = decode(png(pixels, iccp(icc)), LIMITS)
    expected = pixels[..., [0, 0, 0, 1]] if channels == 2 else pixels
    np.testing.assert_array_equal(decoded.image.pixels, expected)
    assert decoded.image.profile == "sRGB"
    assert decoded.notices == (
        f"the file's colour profile does not fit its pixels: {what}{DROPPED}",
    )


ADOBE = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(ADOBE_GAMMA * 256))
TABLE = np.rint(65535 * (np.arange(1024) / 1023) ** ADOBE_GAMMA).astype(">u2").tobytes()
ADOBE_TABLE = b"curv\0\0\0\0" + struct.pack(">I", 1024) + TABLE


@pytest.mark.parametrize(
    ("icc", "profile"),
    [
        (like("Adobe RGB (1998)", ADOBE, "Clone of a clone"), "Adobe RGB (1998)"),
        (like("Adobe RGB (1998)", gamma_curve(2.2), "2.2, as some write it"), "Adobe RGB (1998)"),
        (like("Adobe RGB (1998)", ADOBE_TABLE, "as a table"), "Adobe RGB (1998)"),
        (like("Display P3", SRGB_CURVE, "Color LCD"), "Display P3"),
        (like("sRGB", SRGB_CURVE, "c2"), "sRGB"),
        (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), "sRGB"),
        (imagecodecs.cms_profile("adobergb"), "Adobe RGB (1998)"),
    ],
)
def test_a_profile_is_known_by_what_it_says(icc: bytes, profile: Profile):
    pixels = noise(4, 5, 3, 16)
    decoded = decode(png(pixels, iccp(icc)), LIMITS)
    assert (decoded.image.profile, decoded.notices) == (profile, ())
    np.testing.assert_array_equal(decoded.image.pixels, pixels)


@pytest.mark.parametrize("name", PROFILE_NAMES)
@pytest.mark.parametrize("depth", [8, 16])
def test_a_profile_is_never_known_by_its_name(name: Profile, depth: int):
    """Linear light under a name that we know: converted, whatever it is called."""
    icc = like("sRGB", gamma_curve(1.0), name)
    pixels = chart(depth)
    decoded = decode(png(pixels, iccp(icc)), LIMITS)
    expected = srgb_number(pixels / full(pixels)) * full(pixels)
    assert decoded.image.profile == "sRGB"
    # our primaries are written in 65536ths: of full light no more than that
    assert np.abs(decoded.image.pixels - expected).max() <= (0.51 if depth == 8 else 26)
    assert name_of(icc) not in PROFILE_NAMES
    assert decoded.notices == (
        f'the colours were converted to sRGB from the profile "{name} (by name only)"',
    )


def test_primaries_that_count_as_the_same_look_the_same():
    moved = D65_TO_D50 @ to_xyz("Display P3") @ (np.eye(3) + 1.6e-4 * np.array(
        [[1, -1, 1], [1, 1, -1], [-1, 1, 1]]))  # fmt: skip
    icc = built(moved, SRGB_CURVE, "made elsewhere")
    assert name_of(icc) == "Display P3"
    other = built(moved + 2e-3, SRGB_CURVE, "of another display")
    assert name_of(other) == "of another display"
    apart = difference(lab(from_icc(chart(16), icc), "sRGB"),
                       lab(from_icc(chart(16), icc_of("Display P3")), "sRGB"))  # fmt: skip
    assert apart.max() < 0.25


@pytest.mark.parametrize("step", [-3, -1, 1, 3])
def test_the_tolerance_is_half_a_level_of_eight_bits(step: int):
    """A curve that moves a colour by less than half a level counts as the same, by more not."""
    x = np.linspace(0, 1, 4096)
    moved = np.clip(x + step * 0.25 / 255 * np.sin(np.pi * x), 0, 1)
    light = np.where(moved <= 0.04045, moved / 12.92, ((moved + 0.055) / 1.055) ** 2.4)
    values = np.rint(light * 65535).astype(">u2").tobytes()
    icc = like("sRGB", b"curv\0\0\0\0" + struct.pack(">I", 4096) + values, "nearly")
    assert (name_of(icc) == "sRGB") == (abs(step) == 1)


def test_littlecms_and_we_agree_on_profiles_of_curves_and_a_matrix():
    """An independent reader, at 16 bits: 106 of 65535 are the roundings of primaries in files."""
    for icc in (nobodys(), like("Display P3", gamma_curve(2.4), "x")):
        theirs = imagecodecs.cms_transform(
            chart(16), icc, icc_of("sRGB"), colorspace="rgb", outcolorspace="rgb",
            intent=1, flags=imagecodecs.CMS.FLAGS.NOOPTIMIZE,
        )  # fmt: skip
        assert np.abs(theirs.astype(int) - from_icc(chart(16), icc)).max() <= 106


@pytest.mark.parametrize("wide", [1, 2])
@pytest.mark.parametrize("depth", [8, 16])
def test_tables_are_converted_at_the_depth_of_the_picture(depth: int, wide: int):
    pixels = np.repeat(np.arange(1024, dtype=np.uint16)[None, :, None] * 64, 3, axis=2)
    pixels = to_depth(pixels, depth)
    seen = in_colours(pixels, brightness(wide=wide)).pixels
    lightness = lab(seen[:, 100:], "sRGB")[..., 0]  # in the dark a level is more than that
    expected = 100 * (pixels[:, 100:, 0] / full(pixels))
    assert np.abs(lightness - expected).max() < (0.4 if depth == 8 or wide == 1 else 0.02)
    if depth == 16:
        assert len(np.unique(seen[..., 0])) > 900


@pytest.mark.parametrize("kind", ["tiff8", "tiff16", "jpeg"])
def test_ink_is_converted_by_its_profile(kind: str):
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 3] = 51
    data = tiff(ink if kind == "tiff8" else ink.astype(np.uint16) * 257,
                photometric="separated", iccprofile=inks())  # fmt: skip
    if kind == "jpeg":
        out = io.BytesIO()
        picture = pil.fromarray(ink, "CMYK")
        picture.save(out, "JPEG", quality=100, icc_profile=inks())
        data = out.getvalue()
    decoded = decode(data, LIMITS)
    assert decoded.notices == ()
    lightness = lab(decoded.image.pixels, "sRGB")[8, 8]
    assert np.abs(lightness - (80, 0, 0)).max() < 0.5


def test_ink_with_a_profile_of_light_is_taken_without_it():
    ink = noise(4, 4, 4)
    decoded = decode(tiff(ink, photometric="separated", iccprofile=icc_of("sRGB")), LIMITS)
    plain = decode(tiff(ink, photometric="separated"), LIMITS)
    np.testing.assert_array_equal(decoded.image.pixels, plain.image.pixels)
    assert "does not fit its pixels: they are CMYK, it is one of RGB" in decoded.notices[0]


def lying() -> dict[str, bytes]:
    """Broken profiles by what is wrong with them."""
    good, table, ink = nobodys(), brightness(), inks()
    curve = b"curv\0\0\0\0\xff\xff\xff\xff"
    return {
        "nothing": b"",
        "a text": b"nonsense",
        "cut short": good[:200],
        "a curve of four thousand million values": renamed(good, b"", rTRC=curve),
        "a grey curve of as many": renamed(grey(1.0), b"", kTRC=curve),
        "as many tags": good[:128] + b"\xff\xff\xff\xff" + good[132:],
        "a flat curve": renamed(good, b"", rTRC=b"para\0\0\0\0\0\0\0\0\0\0\0\0"),
        "a curve of no kind": renamed(good, b"", rTRC=b"para\0\0\0\0\0\x63"),
        "one primary thrice": renamed(good, b"", **dict.fromkeys(
            ("rXYZ", "gXYZ", "bXYZ"), b"XYZ \0\0\0\0" + struct.pack(">3i", 1, 1, 1))),
        "a grid of 255 points": renamed(table, b"", A2B0=b"mft2\0\0\0\0\3\3\xff"),
        "a grid of 255 points of ink": renamed(ink, b"", A2B0=b"mft2\0\0\0\0\4\3\xff"),
        "a table of no channels": renamed(table, b"", A2B0=b"mft2\0\0\0\0\0\0"),
        "a table of a strange kind": renamed(table, b"", A2B0=b"mpet"),
        "a link": renamed(good, good[:12] + b"link"),
        "a spectrum": renamed(good, good[:16] + b"FCLR"),
    }  # fmt: skip


@pytest.mark.parametrize("what", lying())
def test_a_broken_profile_is_dropped_and_said_and_asks_for_nothing(what: str, memory: Memory):
    pixels = noise(4, 5, 1 if "grey" in what else 3)
    data = png(pixels, iccp(lying()[what])) if what != "nothing" else png(pixels, iccp(b"\0"))
    decoded, peak = memory(lambda: decode(data, LIMITS))
    np.testing.assert_array_equal(decoded.image.pixels, pixels)
    (notice,) = decoded.notices
    assert notice.startswith("the file's colour profile ")
    assert notice.endswith(DROPPED)
    assert peak < 20 * 2**20


def test_a_profile_that_unpacks_to_gigabytes_is_dropped(
    memory: Memory,
):
    packed = zlib.compressobj()
    bomb = b"".join([packed.compress(bytes(2**23)) for _ in range(4)]) + packed.flush()
    data = png(noise(4, 5, 3), chunk(b"iCCP", b"ICC profile\0\0" + bomb))
    decoded, peak = memory(lambda: decode(data, LIMITS))
    assert decoded.notices == (f"the file's colour profile is broken{DROPPED}",)
    assert peak < 64 * 2**20


def test_a_large_profile_is_a_profile():
    large = nobodys() + np.random.default_rng(0).bytes(3 * 2**20)
    pixels = noise(4, 5, 3)
    decoded = decode(png(pixels, iccp(large)), LIMITS)
    np.testing.assert_array_equal(decoded.image.pixels, from_icc(pixels, nobodys()))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("gamma", [1.8, 2.2])
def test_grey_goes_into_a_grey_profile_and_comes_out_again(depth: int, gamma: float):
    """As documents hold it: repeated as red, green and blue."""
    source = np.repeat(ramp(depth), 3, axis=2)
    back = from_icc(to_icc(source, grey(gamma)), grey(gamma))
    assert np.abs(back.astype(int) - source).max() <= (1 if depth == 8 else 12)
    np.testing.assert_array_equal(from_icc(source, grey(gamma))[..., :1],
                                  from_icc(ramp(depth), grey(gamma)))  # fmt: skip


CHRM = struct.Struct(">8I").pack
SRGB_PRIMARIES = CHRM(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
ADOBE_PRIMARIES = CHRM(31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


def gama(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


@pytest.mark.parametrize(
    ("chunks", "profile"),
    [
        ([chunk(b"sRGB", b"\0"), gama(100000)], "sRGB"),
        ([gama(45455)], "sRGB"),
        ([gama(45000), chunk(b"cHRM", SRGB_PRIMARIES)], "sRGB"),
        ([gama(45455), chunk(b"cHRM", ADOBE_PRIMARIES)], "Adobe RGB (1998)"),
        ([chunk(b"cICP", b"\x0c\x0d\0\1")], "Display P3"),
        ([chunk(b"cICP", b"\x01\x0d\0\1"), iccp(nobodys())], "sRGB"),
        ([chunk(b"cHRM", ADOBE_PRIMARIES)], "sRGB"),
    ],
)
def test_a_png_says_its_colours_in_chunks_too(chunks: list[bytes], profile: Profile):
    pixels = noise(4, 5, 3, 16)
    decoded = decode(png(pixels, *chunks), LIMITS)
    assert (decoded.image.profile, decoded.notices) == (profile, ())
    np.testing.assert_array_equal(decoded.image.pixels, pixels)


@pytest.mark.parametrize("channels", [1, 3])
def test_linear_light_by_gama_is_converted(channels: int):
    pixels = noise(16, 16, channels, 16)
    decoded = decode(png(pixels, gama(100000)), LIMITS)
    expected = srgb_number(pixels / 65535) * 65535
    assert np.abs(decoded.image.pixels - expected).max() <= 30  # primaries of four digits
    what = "greys" if channels == 1 else "colours"
    assert decoded.notices == (f'the {what} were converted to sRGB from the profile "gamma 1.00"',)


@pytest.mark.parametrize(
    ("chunks", "sentence"),
    [
        ([chunk(b"cICP", b"\x09\x10\0\1")], "are said to be of the kind 9/16 (cICP)"),
        ([chunk(b"cICP", b"\x01\x0d\0\0")], "a video's narrow range (cICP)"),
        ([gama(0)], "make no sense and are left out"),
        ([gama(1)], "make no sense and are left out"),
        ([gama(100000), chunk(b"cHRM", bytes(32))], "make no sense and are left out"),
    ],
)
def test_chunks_that_make_no_sense_are_left_out_and_said(chunks: list[bytes], sentence: str):
    pixels = noise(4, 5, 3)
    decoded = decode(png(pixels, *chunks), LIMITS)
    np.testing.assert_array_equal(decoded.image.pixels, pixels)
    (notice,) = decoded.notices
    assert sentence in notice


def test_a_wider_profile_looks_the_same_where_srgb_has_its_colours():
    source = chart(16)
    icc = nobodys()
    values = (source / 65535) ** (1.8 / ADOBE_GAMMA)
    expected = to_srgb(np.rint(values * 65535).astype(np.uint16), "Adobe RGB (1998)")
    assert difference(lab(from_icc(source, icc), "sRGB"), lab(expected, "sRGB")).max() < 0.1
