"""Files become pixels and pixels become ids: the same everywhere, within limits."""

from __future__ import annotations

import io
import struct
import zlib
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image as pil
from PIL import ImageCms

from bridge.config import Limits
from bridge.images.decoding import decode
from bridge.images.image import Image, from_raw, in_profile, seen, to_png
from bridge.images.profiles import name_of
from pipelines.colour import ADOBE_GAMMA, to_srgb
from pipelines.pixels import full
from tests.pipelines.colour_chart import chart, difference, lab

from .profile_samples import NOBODYS, NOBODYS_GAMMA, nobodys

LIMITS = Limits()


def encoded(picture: pil.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)  # pyright: ignore[reportArgumentType] # Pillow's own options
    return out.getvalue()


def noise(mode: str) -> pil.Image:
    values = np.random.default_rng(0).integers(0, 256, (7, 9, 4), np.uint8)
    return pil.fromarray(values).convert(mode)


def test_an_id_is_the_hash_that_the_contract_says():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert Image(pixels).id == sha256(b"3x2x4:8:sRGB\n" + bytes(range(24))).hexdigest()
    deep = np.array([[[1], [256]]], np.uint16)
    assert Image(deep).id == sha256(b"2x1x1:16:sRGB\n" + b"\1\0\0\1").hexdigest()


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 4), ("LA", 4)])
@pytest.mark.parametrize("kind", ["png", "tiff", "webp"])
def test_lossless_files_keep_every_pixel(mode: str, channels: int, kind: str):
    if kind == "webp" and channels == 1:
        channels = 3  # WebP knows no grey
    picture = noise(mode)
    image = decode(encoded(picture, kind, lossless=True, exact=True), LIMITS).image
    expected = picture.convert({1: "L", 3: "RGB", 4: "RGBA"}[channels])
    assert image.depth == 8
    assert (image.pixels == np.asarray(expected).reshape(7, 9, channels)).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_stay_sixteen_bits(channels: int):
    values = np.random.default_rng(0).integers(0, 2**16, (7, 9, channels)).astype(np.uint16)
    image = decode(to_png(Image(values)), LIMITS).image
    assert image.depth == 16
    assert (image.pixels == values).all()


def test_photographs_stand_upright():
    picture = noise("RGB")
    turned = pil.Exif()
    turned[0x0112] = 6  # Orientation: rotated by 90 degrees, EXIF 2.3 section 4.6.4
    image = decode(encoded(picture, "png", exif=turned), LIMITS).image
    assert (image.pixels == np.rot90(np.asarray(picture), -1)).all()


def test_an_embedded_profile_is_converted_to_srgb_and_srgb_itself_is_left_alone():
    grey = np.full((4, 4, 3), 128, np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    same = encoded(pil.fromarray(grey), "png", icc_profile=srgb.tobytes())
    assert (decode(same, LIMITS).image.pixels == 128).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_raw_pixels_make_the_round_trip(dtype: type[np.uint8 | np.uint16]):
    image = Image(np.arange(24).reshape(2, 3, 4).astype(dtype) * np.array(10, dtype), "Adobe RGB")
    again = from_raw(
        image.raw,
        width=3,
        height=2,
        channels=4,
        depth=image.depth,
        profile="Adobe RGB",
        limits=LIMITS,
    )
    assert again.id == image.id


@pytest.mark.parametrize(
    ("pixels", "sentence"),
    [
        (np.zeros((4, 4), np.uint8), r"pixels must be \[H, W, 1, 3 or 4\], got \(4, 4\)"),
        (np.zeros((4, 4, 2), np.uint8), r"pixels must be \[H, W, 1, 3 or 4\]"),
        (np.zeros((4, 4, 3), np.float32), "pixels must have 8 or 16 bits, got float32"),
    ],
)
def test_other_arrays_are_refused(pixels: np.ndarray, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        Image(pixels)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("profile", ["Display P3", "Adobe RGB (1998)"])
def test_a_known_profile_stays_in_a_file_and_comes_back_with_it(profile: str, depth: int):
    image = Image(chart(depth), profile)
    again = decode(to_png(image), LIMITS).image
    assert (again.id, again.profile) == (image.id, profile)
    with pil.open(io.BytesIO(to_png(image))) as file:
        description = ImageCms.getProfileDescription(
            ImageCms.ImageCmsProfile(io.BytesIO(file.info["icc_profile"]))
        )
    assert description.strip() == profile


@pytest.mark.parametrize("depth", [8, 16])
def test_a_file_of_another_profile_looks_the_same_in_srgb(depth: int):
    """Adobe RGB's primaries with another curve, which makes it none that we know."""
    icc = nobodys()
    source = chart(depth)
    assert name_of(icc) == NOBODYS
    png = to_png(Image(source))
    body = b"iCCPICC profile\0\0" + zlib.compress(icc)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    image = decode(png[:33] + chunk + png[33:], LIMITS).image
    values = (source / full(source)) ** (NOBODYS_GAMMA / ADOBE_GAMMA)
    seen = to_srgb(np.rint(values * 65535).astype(np.uint16), "Adobe RGB (1998)")
    assert (image.profile, image.depth) == ("sRGB", depth)
    assert difference(lab(image.pixels, "sRGB"), lab(seen, "sRGB")).max() < 0.5


def test_a_picture_in_another_profile_looks_the_same():
    alpha = np.arange(9, dtype=np.uint8).repeat(81).reshape(81, 9, 1)
    image = Image(np.concatenate([chart(8), alpha], axis=2))
    moved = in_profile(image, "Display P3")
    assert difference(lab(moved.pixels, "Display P3"), lab(image.pixels, "sRGB")).max() < 1
    assert (moved.pixels[..., 3:] == alpha).all()
    grey = Image(np.zeros((2, 2, 1), np.uint8))
    assert in_profile(grey, "Display P3") is grey


def test_a_frame_is_seen_at_8_bits_and_no_larger_than_a_panel_shows_it():
    frame = np.zeros((1000, 1600, 4), np.uint16)
    frame[:, :805] = (65535, 32768, 0, 65535)  # its edge falls within a pixel
    shown = seen(Image(frame, "Display P3"))
    assert (shown.width, shown.height, shown.depth, shown.profile) == (534, 334, 8, "Display P3")
    alpha = np.round(255 * np.clip(805 / 3 - np.arange(534), 0, 1))
    np.testing.assert_allclose(shown.pixels[0, :, 3], alpha, atol=1)
    colour = shown.pixels[0, shown.pixels[0, :, 3] > 0, :3].astype(int)
    assert abs(colour - (255, 128, 0)).max() <= 2  # none of what is nowhere
    small = Image(np.full((20, 30, 4), 200, np.uint8))
    assert seen(small).id == small.id
