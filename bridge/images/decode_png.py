"""PNG files: chunks walked by hand, pixels by libpng.

read   a file as a raster

Chunks that say nothing of the picture are left out before anybody unpacks them: other generators
keep megabytes of their workflow in texts, and a few bytes there may unpack to gigabytes.
Sections are those of the PNG specification, third edition.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Mapping

import numpy as np
from PIL import Image as pil

from ..config import Limits
from . import png_colour
from .image import check_size
from .raster import MAX_EXIF, Raster, broken, orientation_of, unpacked

_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_PALETTE = 3  # colour type
_TOLD = (b"acTL", b"eXIf", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
_TEXTS = (b"tEXt", b"zTXt")  # some programs keep EXIF notes in these
_RAW_EXIF = re.compile(rb"Raw profile type (?:exif|APP1)\0")


def read(data: bytes, limits: Limits) -> Raster:
    """ValueError: one sentence on what is wrong with it."""
    import imagecodecs  # a tenth of a second to import

    with broken("PNG"):
        chunks = list(_chunks(data))
        if chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 25:
            raise ValueError("the PNG file is broken: it has no header")
        check_size(*struct.unpack(">II", chunks[0][1][8:16]), limits)
        plain = data[:8] + b"".join(chunk for name, chunk in chunks if name in _PIXELS)
        pixels = imagecodecs.png_decode(plain)
        _check_palette(plain, {name: bytes(chunk[8:-4]) for name, chunk in chunks})
    told = {name: bytes(chunk[8:-4]) for name, chunk in reversed(chunks) if name in _TOLD}
    notices = ()
    if b"acTL" in told:
        notices = ("the file is an animation; its first picture counts",)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    icc, said = png_colour.profile_of(told, grey=pixels.shape[2] < 3)
    kind = chunks[0][1][17]
    return Raster(
        pixels=np.ascontiguousarray(pixels),
        palette=kind == _PALETTE,
        icc=icc,
        orientation=orientation_of(_exif(told, chunks))[0],
        notices=notices + said,
    )


def _check_palette(png: bytes, said: Mapping[bytes, bytes]) -> None:
    """ValueError: pixels name colours that the palette lacks; libpng paints those black."""
    bits, kind = said[b"IHDR"][8:10]
    count = len(said.get(b"PLTE", b"")) // 3
    if kind == _PALETTE and count < 2**bits:
        with pil.open(io.BytesIO(png), formats=["PNG"]) as file:
            if int(np.asarray(file).max()) >= count:
                raise ValueError("the PNG file is broken: its palette is too short")


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Names and contents, up to the end."""
    whole, at = memoryview(data), 8
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", whole[at : at + 8])
        if at + 12 + length > len(data):
            break
        yield name, whole[at : at + 12 + length]
        if name == b"IEND":
            return
        at += 12 + length
    raise ValueError("the PNG file is broken: it ends before its picture does")


def _exif(told: Mapping[bytes, bytes], chunks: list[tuple[bytes, memoryview]]) -> bytes:
    """EXIF notes: of their own chunk, or hexadecimal in a text, as ImageMagick writes them."""
    if b"eXIf" in told:
        return told[b"eXIf"].removeprefix(b"Exif\0\0")
    for name, chunk in chunks:
        if name in _TEXTS and (found := _RAW_EXIF.match(chunk, 8)):
            text = bytes(chunk[found.end() : -4])
            if name == b"zTXt":
                text = unpacked(text[1:], 4 * MAX_EXIF) or b""
            digits = b"".join(text.split(b"\n")[3:])
            if len(digits) <= 2 * MAX_EXIF and re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", digits):
                return bytes.fromhex(digits.decode("ascii")).removeprefix(b"Exif\0\0")
    return b""
