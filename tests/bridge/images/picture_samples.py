"""Picture files for tests, written by hand where no library writes such."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image as pil

from pipelines.pixels import Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> colour type of a PNG


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(pixels: Pixels, *chunks: bytes) -> bytes:
    """Pixels, [H, W, C] of 8 or 16 bits, as a PNG with further chunks before them."""
    height, width, channels = pixels.shape
    rows = pixels.astype(pixels.dtype.newbyteorder(">"))
    return png_rows(
        (width, height),
        8 * pixels.itemsize,
        _KINDS[channels],
        [row.tobytes() for row in rows],
        *chunks,
    )


def png_rows(
    size: tuple[int, int], bits: int, kind: int, rows: list[bytes], *chunks: bytes
) -> bytes:
    """A PNG of packed rows."""
    head = chunk(b"IHDR", struct.pack(">2I5B", *size, bits, kind, 0, 0, 0))
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return SIGNATURE + head + b"".join(chunks) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def iccp(icc: bytes) -> bytes:
    """A profile as a PNG's chunk."""
    return chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc))


def tiff(pixels: NDArray[np.generic], **options: object) -> bytes:
    """Pixels as a TIFF, by tifffile."""
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, metadata=None, **options)  # pyright: ignore[reportArgumentType] # its own options
    return out.getvalue()


def saved(pixels: Pixels, kind: str, **options: object) -> bytes:
    """Pixels of 8 bits as a file of Pillow's."""
    out = io.BytesIO()
    squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    picture = pil.fromarray(squeezed)
    assert picture.mode == mode
    picture.save(out, kind, **options)  # pyright: ignore[reportArgumentType] # its own options
    return out.getvalue()


def exif(orientation: int) -> bytes:
    """EXIF notes that say how a camera was held."""
    notes = pil.Exif()
    notes[0x0112] = orientation
    return notes.tobytes().removeprefix(b"Exif\0\0")


def noise(height: int, width: int, channels: int, depth: int = 8, seed: int = 0) -> Pixels:
    """Any pixels."""
    most, kind = (65536, np.uint16) if depth == 16 else (256, np.uint8)
    shape = (height, width, channels)
    return np.random.default_rng(seed).integers(0, most, shape).astype(kind)
