"""What a picture file holds, before its colours and its orientation are seen to.

Raster         pixels as the file has them, and what it says of them
broken         what a library says of a broken file, as a sentence
orientation_of how EXIF notes say that the camera was held, and whether they mean Adobe RGB
unpacked       what was deflated, up to a bound
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image as pil
from PIL.ExifTags import IFD, Base

from pipelines.pixels import Pixels

warnings.filterwarnings("ignore", module=r"PIL\.")  # what matters is raised

MAX_EXIF = 2**20  # bytes; a JPEG has at most 64 KiB of it


@dataclass(frozen=True, eq=False, kw_only=True)
class Raster:
    """Pixels [H, W, C]: grey, grey + alpha, RGB, RGBA; CMYK, CMYK + alpha where it says so."""

    pixels: Pixels
    cmyk: bool = False  # full is full ink
    palette: bool = False  # the colours are out of a table, which may be one of greys
    more: int = 0  # channels beside colours and transparency, which are left out
    lossy: bool = False  # what was saved is not to the bit what the file holds
    associated: bool = False  # colours are multiplied by alpha
    icc: bytes = b""
    orientation: int = 1  # EXIF 2.3, 4.6.4
    notices: tuple[str, ...] = ()


_UNREADABLE = (
    "the {} file is broken: its pixels cannot be read to the end; copy it again, or save it anew"
)


@contextmanager
def broken(kind: str) -> Generator[None]:
    """Whatever a library raises for a broken file, as one sentence."""
    try:
        yield
    except ValueError as error:
        if error.args and str(error).startswith(("the ", "this ", "an ", kind)):
            raise  # a sentence of ours
        raise ValueError(_UNREADABLE.format(kind)) from None
    except MemoryError:
        raise ValueError(f"the {kind} file needs more memory than can be had") from None
    except Exception:  # libraries raise whatever a broken byte leads to
        raise ValueError(_UNREADABLE.format(kind)) from None


def orientation_of(exif: bytes) -> tuple[int, bool]:
    """The orientation, 1 to 8, of EXIF notes, and whether a camera meant Adobe RGB (DCF 2.0)."""
    if not 8 <= len(exif) <= MAX_EXIF:
        return 1, False
    try:
        notes = pil.Exif()
        notes.load(exif)
        turned = notes.get(Base.Orientation, 1)
        space = notes.get_ifd(IFD.Exif).get(Base.ColorSpace)
        named = str(notes.get_ifd(IFD.Interop).get(1)).startswith("R03")
        adobe = space == 2 or (space == 0xFFFF and named)  # 2: cameras older than the standard
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return 1, False  # notes that nobody can read say nothing
    return (turned if isinstance(turned, int) and 1 <= turned <= 8 else 1), adobe


def unpacked(data: bytes, most: int) -> bytes | None:
    """What was deflated; None: it is broken, or more than that."""
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, most)
    except zlib.error:
        return None
    return found if unpacker.eof else None
