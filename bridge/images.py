"""Images: pixels that are named by their content.

Image        pixels with depth and profile; `id` is their hash, as docs/contracts.md says
decode       PNG, JPEG, TIFF or WebP to an Image, within limits; depth and known profiles stay
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
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil
from PIL import ImageCms, ImageOps, UnidentifiedImageError
from PIL.Image import Image as PilImage

from pipelines.colour import from_srgb, to_srgb
from pipelines.pixels import Pixels, image_id

from .config import Limits
from .profiles import SRGB, from_icc, icc_of, known, name_of, opened_profile

if TYPE_CHECKING:
    from pipelines.recipe import ImageId, Profile

FORMATS = {  # what may be uploaded: Content-Type and Pillow's name
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
}
_UNCOLOURED = ("1", "L", "LA", "CMYK")  # Pillow's modes that an RGB profile does not speak of
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


def decode(data: bytes, content_type: str, limits: Limits) -> Image:
    """An uploaded file as pixels of its own profile where pictures may have that, else in sRGB.

    Raises ValueError saying what is wrong with it.
    """
    if content_type not in FORMATS:
        raise ValueError(
            f"Content-Type must be one of {', '.join(FORMATS)} or application/octet-stream, "
            f"got {content_type[:80]!r}"
        )
    name = FORMATS[content_type]
    with _told_plainly(name):
        file = pil.open(io.BytesIO(data), formats=[name])
    check_size(file.width, file.height, limits)
    icc: bytes = file.info.get("icc_profile") or b""
    own = known(name_of(icc))
    if _bits(file, data) == 16 and file.mode != "CMYK":
        pixels: Pixels = _decode16(data)
    else:
        with _told_plainly(name):
            file.load()
        pixels = _decode8(file, as_it_is=own is not None)
    if own is not None:
        return Image(pixels, own)
    return Image(from_icc(pixels, icc) if file.mode not in _UNCOLOURED else pixels)


def in_profile(image: Image, profile: Profile) -> Image:
    """The same colours in another profile, clipped to sRGB; unknown ones and grey stay."""
    own = known(image.profile)
    if own is None or own == profile or image.channels == 1:
        return image
    seen = to_srgb(image.pixels, own)
    colours = from_srgb(seen[..., :3], profile, image.depth)
    return Image(np.concatenate([colours, image.pixels[..., 3:]], axis=2), profile)


@contextmanager
def _told_plainly(name: str) -> Generator[None]:
    """What Pillow says of a broken file, as a sentence."""
    try:
        yield
    except UnidentifiedImageError:
        raise ValueError(f"this is not a {name} file") from None
    except (OSError, SyntaxError, ValueError, struct.error, EOFError) as error:
        raise ValueError(f"the {name} file is broken: {error}") from None
    except pil.DecompressionBombError as error:
        raise ValueError(f"the {name} file is too large: {error}") from None


def to_png(image: Image) -> bytes:
    """The image as a PNG of the same depth, with its profile where that is not sRGB."""
    profile = known(image.profile)
    icc = None if profile in (None, SRGB) or image.channels == 1 else icc_of(profile)
    if image.depth == 16:
        import cv2  # a fifth of a second to import, and 16-bit files are rare

        order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[image.channels]  # OpenCV has blue first
        done, data = cv2.imencode(".png", image.pixels[..., order])
        if not done:
            raise RuntimeError(f"OpenCV could not write a {image.width}x{image.height} PNG")
        return data.tobytes() if icc is None else _with_profile(data.tobytes(), icc)
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
    """The PNG with an iCCP chunk, which OpenCV does not write, behind its header."""
    body = b"iCCPICC profile\0\0" + zlib.compress(icc)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    header = 8 + 4 + 4 + 13 + 4  # signature; length, name, data and check of IHDR
    return png[:header] + chunk + png[header:]


def to_pil(image: Image) -> PilImage:
    """The image for Pillow, which knows 8 bits only."""
    pixels = image.pixels if image.depth == 8 else (image.pixels >> 8).astype(np.uint8)
    return pil.fromarray(pixels[..., 0] if image.channels == 1 else pixels)


def _bits(file: PilImage, data: bytes) -> int:
    """Bits per channel of an opened file; Pillow itself reads 16-bit colour at 8."""
    if file.format == "PNG":
        return data[24]  # IHDR is always first: 8 signature, 8 chunk head, 4 width, 4 height
    if file.format == "TIFF":
        bits = cast("dict[int, tuple[int, ...]]", getattr(file, "tag_v2", {})).get(258, (1,))
        if max(bits) > 16:
            raise ValueError(f"TIFF files may have 8 or 16 bits per channel, got {max(bits)}")
        return max(bits)
    return 8


def _decode16(data: bytes) -> NDArray[np.uint16]:
    import cv2  # a fifth of a second to import, and 16-bit files are rare

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise ValueError("the 16-bit file is broken: its pixels cannot be read")
    if pixels.ndim == 2:
        return cast("NDArray[np.uint16]", pixels[..., None])
    order = [2, 1, 0, 3] if pixels.shape[2] == 4 else [2, 1, 0]  # OpenCV has blue first
    return cast("NDArray[np.uint16]", np.ascontiguousarray(pixels[..., order]))


def _decode8(file: PilImage, *, as_it_is: bool) -> NDArray[np.uint8]:
    """The file's pixels; grey and CMYK in sRGB unless their numbers count as they are."""
    upright = ImageOps.exif_transpose(file)
    transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    if upright.mode in ("I", "F"):
        raise ValueError("grey files with 32 bits are not supported; save it with 8 or 16 bits")
    if upright.mode.startswith("I;16"):
        upright = pil.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    if upright.mode in _UNCOLOURED and not as_it_is:
        upright = _to_srgb(upright)
    if upright.mode in ("1", "L") and not transparent:
        return np.asarray(upright.convert("L"))[..., None]
    return np.asarray(upright.convert("RGBA" if transparent else "RGB"))


def _to_srgb(file: PilImage) -> PilImage:
    """Colours as sRGB says them, at 8 bits: Pillow's colour management knows no more."""
    alpha = file.convert("RGBA").getchannel("A") if "A" in file.getbands() else None
    plain = file if file.mode in ("RGB", "CMYK", "L") else file.convert("RGB")
    target = ImageCms.createProfile("sRGB")
    try:
        converted = ImageCms.profileToProfile(
            plain, opened_profile(file.info["icc_profile"]), target, outputMode="RGB"
        )
    except ImageCms.PyCMSError as error:
        raise ValueError(f"the file's colour profile does not fit its pixels: {error}") from None
    if converted is None:
        raise RuntimeError("Pillow converted the colours in place, though not asked to")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted
