"""JPEG files: segments walked by hand, pixels by libjpeg-turbo through Pillow and simplejpeg.

read    a file as a raster
plain   a JPEG without its notes, and those; ValueError where it asks for too much work

Progressive files refine the whole picture with each scan. Programs write ten or so; a small file
may ask for thousands, and each costs as much as the picture is large.

Where bytes are lost or changed in the middle, decoders fill what is missing with grey and go on;
libjpeg says so in a warning, which Pillow swallows. So the data is walked once more, at an eighth
of the size, by a reader that hands warnings on.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass, field

import numpy as np
import simplejpeg
from PIL import Image as pil

from ..config import Limits
from .icc import MAX_ICC
from .image import check_size
from .profiles import icc_of
from .raster import Raster, broken, orientation_of

MAX_WORK = 2**31  # pixels, each as often as there are scans: 32 scans of the largest picture
MAX_SCANS = 500  # of small ones

_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")  # in data, any but stuffing and restarts
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9
_NOTES = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # all but JFIF's and Adobe's, which say what colours are


@dataclass(kw_only=True)
class Notes:
    """What a JPEG says of itself."""

    width: int = 0
    height: int = 0
    bits: int = 8
    scans: int = 0
    exif: bytes = b""
    icc: dict[int, bytes] = field(default_factory=dict[int, bytes])
    several: bool = False  # further pictures follow the first


def read(data: bytes, limits: Limits) -> Raster:
    """ValueError: one sentence on what is wrong with it."""
    with broken("JPEG"):
        picture, notes = plain(data)
        check_size(notes.width, notes.height, limits)
        if notes.bits != 8:
            raise ValueError(f"the JPEG file must have 8 bits per channel, it has {notes.bits}")
        with pil.open(io.BytesIO(picture), formats=["JPEG"]) as file:
            check_size(file.width, file.height, limits)
            pixels = np.asarray(file)
        notices = _damage(picture)
    orientation, adobe = orientation_of(notes.exif)
    if notes.several:
        notices += ("the file holds several pictures; its first one counts",)
    icc = b"".join(part for _, part in sorted(notes.icc.items()))
    if not icc and adobe and pixels.ndim == 3 and pixels.shape[2] == 3:
        icc = icc_of("Adobe RGB (1998)")
        notices += ("the camera's notes say that the colours are Adobe RGB",)
    return Raster(
        pixels=pixels if pixels.ndim == 3 else pixels[..., None],
        cmyk=pixels.ndim == 3 and pixels.shape[2] == 4,
        lossy=True,
        icc=icc,
        orientation=orientation,
        notices=notices,
    )


def _damage(picture: bytes) -> tuple[str, ...]:
    """What is to be said of bytes too many. ValueError: some are missing, so that pixels are."""
    try:
        simplejpeg.decode_jpeg(picture, "GRAY", fastdct=True, min_height=1, min_width=1)
    except ValueError as error:
        if "extraneous bytes" in str(error):  # harmless at the end, where some cameras leave them
            return ("the file's data is damaged; look whether the picture is whole",)
        if str(error).startswith(("Corrupt JPEG data", "Premature end")):
            raise ValueError(
                "the JPEG file is broken: a part of its data is damaged or missing; copy it again"
            ) from None
    return ()


def plain(data: bytes) -> tuple[bytes, Notes]:
    """The picture alone, and what was noted beside it."""
    notes, kept, at = Notes(), [data[:2]], 2
    while found := _MARKER.search(data, at):
        marker, begin = found[1][0], found.start()
        if notes.scans:
            kept.append(data[at:begin])  # the pixels of the scan before
        if marker == _END:
            kept.append(b"\xff\xd9")
            break
        if marker in (0x01, 0xD8):
            at = found.end()
            continue
        (length,) = struct.unpack(">H", data[found.end() : found.end() + 2].rjust(2, b"\0"))
        at = found.end() + length
        if length < 2 or at > len(data):
            raise ValueError("the JPEG file is broken: it ends before its picture does")
        body = data[found.end() + 2 : at]
        _note(notes, marker, body)
        if marker not in _NOTES:
            kept.append(b"\xff" + data[found.end() - 1 : at])
    else:
        kept.append(data[at:])
    if not notes.width or not notes.scans:
        raise ValueError("the JPEG file is broken: it holds no picture")
    return b"".join(kept), notes


def _note(notes: Notes, marker: int, body: bytes) -> None:
    """Keep what a segment says. ValueError: too much work is asked for."""
    if marker in _FRAMES and len(body) >= 6:
        notes.bits, notes.height, notes.width = struct.unpack(">BHH", body[:5])
    elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
        notes.exif = notes.exif or body[6:]
    elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0") and len(body) > 14:
        if len(notes.icc) * 2**16 < MAX_ICC:
            notes.icc.setdefault(body[12], body[14:])
    elif marker == 0xE2 and body.startswith(b"MPF\0"):
        notes.several = True
    elif marker == _SCAN:
        notes.scans += 1
        work = notes.scans * notes.width * notes.height
        if notes.scans > MAX_SCANS or work > MAX_WORK:
            raise ValueError(
                f"the JPEG file has more than {notes.scans - 1} scans, more work than a picture "
                "needs; save it anew"
            )
