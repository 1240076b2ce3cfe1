"""WebP files: chunks walked by hand, pixels by libwebp through Pillow.

read   a file as a raster

The size is read before Pillow sees the file: it makes room for the canvas when it opens one.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image as pil

from ..config import Limits
from .image import check_size
from .raster import Raster, broken, orientation_of


def read(data: bytes, limits: Limits) -> Raster:
    """ValueError: one sentence on what is wrong with it."""
    if data[8:12] != b"WEBP":
        raise ValueError("this is no PNG, JPEG, TIFF or WebP picture")
    with broken("WebP"):
        chunks = dict(reversed(list(_chunks(data))))
        for width, height in _sizes(chunks):
            check_size(width, height, limits)
        with pil.open(io.BytesIO(data), formats=["WEBP"]) as file:
            check_size(file.width, file.height, limits)
            pixels = np.asarray(file.convert("RGBA" if "A" in file.mode else "RGB"))
    notices = ()
    if b"ANIM" in chunks:
        notices = ("the file is an animation; its first picture counts",)
    exif = chunks.get(b"EXIF", b"").removeprefix(b"Exif\0\0")
    return Raster(
        pixels=pixels,
        lossy=b"VP8L" not in chunks,
        icc=chunks.get(b"ICCP", b""),
        orientation=orientation_of(exif)[0],
        notices=notices,
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and contents; ValueError: the file was cut."""
    (length,) = struct.unpack("<I", data[4:8])
    if length + 8 > len(data) + 1:  # the last padding may lack
        raise ValueError("the WebP file is broken: it ends before its picture does")
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack("<4sI", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _sizes(chunks: dict[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Width and height wherever the file says them (RFC 9649)."""
    if len(body := chunks.get(b"VP8X", b"")) >= 10:
        yield 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if len(body := chunks.get(b"VP8 ", b"")) >= 10:
        width, height = struct.unpack("<HH", body[6:10])
        yield width & 0x3FFF, height & 0x3FFF
    if len(body := chunks.get(b"VP8L", b"")) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        yield 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
