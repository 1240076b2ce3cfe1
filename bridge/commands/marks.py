"""Pictures that commands wrote are known again: a PNG says what it was when it was written.

marked       a picture as a PNG with that mark
as_written   whether a file is still what a command wrote

A mark is a text chunk with the hash of the rest of the file. Whoever paints on the picture and
saves it drops the mark, or leaves one that does not fit any more.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

from ..images.image import Image, to_png

_HEADER = 8 + 25  # bytes of a PNG's signature and its IHDR
_KEY = b"tEXtpentimento\0"  # a chunk's name, and the text's
_HASH = 64  # hex digits
_LENGTH = 4 + len(_KEY) + _HASH + 4


def marked(image: Image) -> bytes:
    """The image as a PNG that is known again."""
    png = to_png(image)
    return png[:_HEADER] + _mark(png) + png[_HEADER:]


def as_written(data: bytes) -> bool:
    """Whether a PNG file is just as a command wrote it."""
    mark = data[_HEADER : _HEADER + _LENGTH]
    return mark == _mark(data[:_HEADER] + data[_HEADER + _LENGTH :])


def _mark(png: bytes) -> bytes:
    body = _KEY + hashlib.sha256(png).hexdigest().encode("ascii")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
