"""Picture files to pixels: one way in for uploads, the command line, masks, edits and regions.

Decoded   an image, and what is to be said of it
decode    PNG, JPEG, TIFF or WebP, by its contents; depth and known colours stay
as_mask   the same for a mask: its numbers are amounts and stay what they are, whatever profile
named     what kind of picture a file is, by how it begins
FORMATS   what may be uploaded

Pixels come upright, with straight alpha, grey in its profile's own grey. What a file says that does
not fit, or is left out, is a sentence of `notices`: the command line says it on standard error,
with --json as an event `noticed`; HTTP in its answer. Colours in a mask are refused on the command
line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.pixels import Pixels, full

from ..config import Limits
from . import decode_jpeg, decode_png, decode_tiff, decode_webp
from .image import Image
from .profiles import BAND, Coloured, from_cmyk, in_colours, is_grey
from .raster import Raster

FORMATS = ("image/png", "image/jpeg", "image/tiff", "image/webp")

_KINDS: tuple[tuple[str, tuple[bytes, ...], Callable[[bytes, Limits], Raster]], ...] = (
    ("PNG", (b"\x89PNG\r\n\x1a\n",), decode_png.read),
    ("JPEG", (b"\xff\xd8\xff",), decode_jpeg.read),
    ("TIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), decode_tiff.read),
    ("WebP", (b"RIFF",), decode_webp.read),
)
_OTHERS = {  # what painters have besides, by where and how such files say it
    b"ftyphei": (4, "HEIC"), b"ftypmif1": (4, "HEIC"), b"ftypavif": (4, "AVIF"),
    b"GIF8": (0, "GIF"), b"BM": (0, "BMP"), b"\xff\x0a": (0, "JPEG XL"), b"JXL ": (4, "JPEG XL"),
    b"jP  ": (4, "JPEG 2000"), b"%PDF": (0, "PDF"), b"8BPS": (0, "PSD"),
    b"\x76\x2f\x31\x01": (0, "OpenEXR"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Decoded:
    """An image, and what of its file was left out or understood, a sentence each."""

    image: Image
    notices: tuple[str, ...] = ()
    lossy: bool = False  # differences from what was saved lie all over it
    converted: bool = False  # its numbers are others than the file's
    more: int = 0  # channels that were left out


def decode(data: bytes, limits: Limits) -> Decoded:
    """A file as upright pixels with straight alpha, in its own colours or in sRGB.

    Raises ValueError saying what is wrong with it.
    """
    return _finished(_raster(data, limits), in_colours)


def as_mask(data: bytes, limits: Limits) -> Decoded:
    """A file whose greys are amounts. Raises ValueError saying what is wrong with it."""
    return _finished(_raster(data, limits), lambda pixels, _: Coloured(pixels))


def _raster(data: bytes, limits: Limits) -> Raster:
    if not data:
        raise ValueError("the file is empty, it has 0 bytes")
    for _, beginnings, read in _KINDS:
        if data.startswith(beginnings):
            return read(data, limits)
    but = f" but {name}" if (name := named(data)) else ""
    raise ValueError(f"this is no PNG, JPEG, TIFF or WebP picture{but}; save it as one of those")


def named(data: bytes) -> str | None:
    """The kind of picture that a file is, by its first bytes; None: no kind that is known."""
    for name, beginnings, _ in _KINDS:
        if data.startswith(beginnings):
            return name
    return next((name for sign, (at, name) in _OTHERS.items() if data.startswith(sign, at)), None)


def check_type(content_type: str) -> None:
    """ValueError unless a file may be sent as that; which of them it is, its contents say."""
    if content_type not in FORMATS:
        raise ValueError(
            f"Content-Type must be one of {', '.join(FORMATS)} or application/octet-stream, "
            f"got {content_type[:80]!r}"
        )


def _finished(raster: Raster, colours: Callable[[Pixels, bytes], Coloured]) -> Decoded:
    pixels = raster.pixels
    if raster.associated:
        pixels = _divided(pixels)
    if raster.palette and is_grey(raster.icc) and (pixels[..., :3] == pixels[..., :1]).all():
        pixels = np.delete(pixels, (1, 2), axis=2)
    coloured = from_cmyk(pixels, raster.icc) if raster.cmyk else colours(pixels, raster.icc)
    image = Image(_upright(_whole(coloured), raster.orientation), coloured.profile)
    return Decoded(
        image,
        raster.notices + coloured.notices,
        lossy=raster.lossy or raster.palette,  # few colours, often dithered
        converted=coloured.converted,
        more=raster.more,
    )


def _whole(coloured: Coloured) -> Pixels:
    """1, 3 or 4 channels: grey with alpha is kept as colour."""
    pixels = coloured.pixels
    return pixels[..., [0, 0, 0, 1]] if pixels.shape[2] == 2 else pixels


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """The picture as it was seen (EXIF 2.3, 4.6.4)."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    down, right = (-1 if orientation in back else 1 for back in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return np.ascontiguousarray(turned[::down, ::right])


def _divided(pixels: Pixels) -> Pixels:
    """Colours that were multiplied by alpha, the last channel, as they were before."""
    made, most = np.empty_like(pixels), full(pixels)
    step = max(1, BAND // pixels.shape[1])
    for top in range(0, pixels.shape[0], step):
        band = pixels[top : top + step].astype(np.uint64)
        alpha = band[..., -1:]
        colours = np.minimum((band[..., :-1] * most + alpha // 2) // np.maximum(alpha, 1), most)
        made[top : top + step, :, :-1] = np.where(alpha > 0, colours, 0)
    made[..., -1] = pixels[..., -1]
    return made
