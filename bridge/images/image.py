"""Images: pixels that are named by their content.

Image        pixels with depth and profile; `id` is their hash, see pixels.image_id
in_profile   an Image in another colour profile
to_png       an Image to PNG with its profile, for everybody but the panel
seen         a live frame no larger than the panel shows it
check_size   the limits, before any pixel is read
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image as pil
from PIL.Image import Image as PilImage

from pipelines.colour import from_srgb, to_srgb
from pipelines.pixels import Pixels, image_id

from ..config import Limits
from .profiles import SRGB, icc_of, known

if TYPE_CHECKING:
    from pipelines.recipe import ImageId, Profile

SEEN = 768  # pixels of a side that a panel's column shows, twice over on a fine screen
PIL_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # by channel count


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels, row by row, straight alpha. 16-bit values span 0..65535."""

    pixels: Pixels  # [H, W, C]
    profile: str = SRGB

    def __post_init__(self) -> None:
        channels = self.pixels.shape[2] if self.pixels.ndim == 3 else 0
        if channels not in PIL_MODES:
            raise ValueError(f"pixels must be [H, W, 1, 3 or 4], got {self.pixels.shape}")
        if self.pixels.dtype.str[1:] not in ("u1", "u2"):
            raise ValueError(f"pixels must have 8 or 16 bits, got {self.pixels.dtype}")
        if not (
            0 < len(self.profile) <= 100 and self.profile.isascii() and self.profile.isprintable()
        ):
            raise ValueError(f"profile must be a short ASCII name, got {self.profile[:100]!r}")

    @property
    def width(self) -> int:  # noqa: D102 - says it
        return self.pixels.shape[1]

    @property
    def height(self) -> int:  # noqa: D102 - says it
        return self.pixels.shape[0]

    @property
    def channels(self) -> int:
        """1 grey, 3 RGB, 4 RGBA."""
        return self.pixels.shape[2]

    @property
    def depth(self) -> Literal[8, 16]:
        """Bits per channel."""
        return 8 if self.pixels.dtype == np.uint8 else 16

    @cached_property
    def id(self) -> ImageId:
        """Content hash of size, channels, depth, profile and pixels."""
        return image_id(self.pixels, self.profile)

    @property
    def raw(self) -> bytes:
        """The pixels as bytes: chunky, 16-bit little-endian."""
        return self.pixels.astype(self.pixels.dtype.newbyteorder("<"), copy=False).tobytes()


def from_raw(
    data: bytes, *, width: int, height: int, channels: int, depth: int, profile: str, limits: Limits
) -> Image:
    """Raw pixels, as `Image.raw` gives them. Raises ValueError where data and size disagree."""
    check_size(width, height, limits)
    if channels not in PIL_MODES:
        raise ValueError(f"channels must be 1, 3 or 4, got {channels}")
    if depth not in (8, 16):
        raise ValueError(f"depth must be 8 or 16, got {depth}")
    expected = width * height * channels * depth // 8
    if len(data) != expected:
        raise ValueError(
            f"{width}x{height}x{channels} at {depth} bits are {expected} bytes, got {len(data)}"
        )
    shape = (height, width, channels)
    if depth == 8:
        return Image(np.frombuffer(data, np.uint8).reshape(shape), profile)
    return Image(np.frombuffer(data, "<u2").astype(np.uint16, copy=False).reshape(shape), profile)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raise ValueError unless an image of this size may be taken in."""
    if not (1 <= width <= limits.side and 1 <= height <= limits.side):
        raise ValueError(f"an image's sides must be in 1..{limits.side}, got {width}x{height}")
    if width * height > limits.area:
        raise ValueError(f"an image has at most {limits.area} pixels, got {width}x{height}")


def in_profile(image: Image, profile: Profile) -> Image:
    """The same colours in another profile, clipped to sRGB; unknown ones and grey stay."""
    own = known(image.profile)
    if own is None or own == profile or image.channels == 1:
        return image
    seen = to_srgb(image.pixels, own)
    colours = from_srgb(seen[..., :3], profile, image.depth)
    return Image(np.concatenate([colours, image.pixels[..., 3:]], axis=2), profile)


def to_png(image: Image) -> bytes:
    """The image as a PNG of the same depth, with its profile where that is not sRGB."""
    profile = known(image.profile)
    icc = None if profile in (None, SRGB) or image.channels == 1 else icc_of(profile)
    if image.depth == 16:
        import imagecodecs  # a tenth of a second to import, and 16-bit files are rare

        pixels = image.pixels[..., 0] if image.channels == 1 else image.pixels
        data = bytes(imagecodecs.png_encode(pixels, level=1))
        return data if icc is None else _with_profile(data, icc)
    out = io.BytesIO()
    to_pil(image).save(out, "PNG", compress_level=1, icc_profile=icc)
    return out.getvalue()


def seen(frame: Image) -> Image:
    """A frame, RGBA, as a panel shows it: at 8 bits, neither side above SEEN pixels.

    One of 2048 x 2048 pixels takes 260 ms to become a PNG, and like this a fifth of that.
    """
    times = math.ceil(max(frame.width, frame.height) / SEEN)
    small = to_pil(frame)
    if times > 1:  # by alpha, so that no black seeps in from where nothing is
        small = small.convert("RGBa").reduce(times).convert("RGBA")
    return Image(np.asarray(small), frame.profile)


def _with_profile(png: bytes, icc: bytes) -> bytes:
    """The PNG with an iCCP chunk, which imagecodecs does not write, behind its header."""
    body = b"iCCPICC profile\0\0" + zlib.compress(icc)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    header = 8 + 4 + 4 + 13 + 4  # signature; length, name, data and check of IHDR
    return png[:header] + chunk + png[header:]


def to_pil(image: Image) -> PilImage:
    """The image for Pillow, which knows 8 bits only."""
    pixels = image.pixels if image.depth == 8 else (image.pixels >> 8).astype(np.uint8)
    return pil.fromarray(pixels[..., 0] if image.channels == 1 else pixels)
