"""TIFF files: what they say of their pixels by tifffile, the pixels by imagecodecs.

read   a file's first page as a raster

Sections are those of TIFF 6.0. Everything that says how much is to be unpacked is compared with
the file and the picture before it is.
"""

from __future__ import annotations

import io
import itertools
import logging
from typing import Any

import numpy as np

from pipelines.pixels import Pixels, full

from ..config import Limits
from .decode_jpeg import plain
from .image import check_size
from .raster import Raster, broken

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, SEPARATED, YCBCR = 0, 1, 2, 3, 5, 6
JPEG = 7
_COMPRESSIONS = (1, 2, 3, 4, 5, JPEG, 8, 32946, 32773, 34925, 50000)  # the last two: LZMA, zstd
_COLOURS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, SEPARATED: 4, YCBCR: 3}
_ASSOCIATED, _STRAIGHT = 1, 2  # ExtraSamples (section 18)
_DNG = 50706  # the tag DNGVersion
_MOSAIC = 32803  # colours of a sensor
_MORE = "channels beside colours and transparency are left out"
_PAGES = 64  # that are looked at
_MORE_SAMPLES = 16  # beside the colours: saved selections
_TILE = 2**22  # values; a small picture may have a tile that is larger
_WORDS = {8: "Lab", 9: "Lab", 10: "Lab", 32803: "a camera's raw data", 34892: "linear raw data"}

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what matters is raised


def read(data: bytes, limits: Limits) -> Raster:
    """ValueError: one sentence on what is wrong with it."""
    import tifffile  # a tenth of a second to import

    no: dict[str, Any] = dict.fromkeys(("is_lsm", "is_scanimage", "is_ndpi"), False)  # microscopes'
    with broken("TIFF"), tifffile.TiffFile(io.BytesIO(data), _multifile=False, **no) as file:
        page, pages = _page(file, data)
        _check(page, data, limits)
        planes = page.asarray(maxworkers=1, squeeze=False)[:, 0]  # [S, H, W, C], S or C is 1
        pixels = np.moveaxis(planes, 0, 2).reshape(*planes.shape[1:3], -1)
        colours = _COLOURS[int(page.photometric)]
        extra = [int(kind) for kind in page.extrasamples] or [_STRAIGHT]
        alpha = _alpha(extra, pixels.shape[2] - colours)
        more = pixels.shape[2] - colours - (alpha is not None)
        if page.photometric not in (WHITE_IS_ZERO, PALETTE) and (not more and not alpha):
            shown = _spread(pixels, page.bitspersample)  # as it is: no copy of a large picture
        else:
            shown = _as_colours(page, pixels[..., :colours])
            if alpha is not None:
                opacity = _spread(pixels[..., [colours + alpha]], page.bitspersample)
                shown = np.concatenate([shown, opacity.astype(shown.dtype, copy=False)], axis=2)
        notices = (*pages, *((_MORE,) if more else ()))
        return Raster(
            pixels=shown,
            cmyk=page.photometric == SEPARATED,
            palette=page.photometric == PALETTE,
            lossy=page.compression == JPEG,
            more=more,
            associated=alpha is not None and extra[alpha] == _ASSOCIATED,
            icc=bytes(page.iccprofile or b""),
            orientation=_orientation(page),
            notices=notices,
        )


def _page(file: Any, data: bytes) -> tuple[Any, tuple[str, ...]]:  # tifffile's
    """The first page that is no reduced copy of another, and what is to be said of the others.

    ValueError: a camera's raw file.
    """
    pages = list(itertools.islice(file.pages, _PAGES))
    whole = [page for page in pages if not page.is_reduced]
    if not pages:
        raise ValueError("the TIFF file is broken: it holds no picture")
    raw = data[8:10] == b"CR" or _DNG in pages[0].tags or int(pages[0].photometric) == _MOSAIC
    if raw or not whole:
        raise ValueError(
            "the TIFF file is a camera's raw picture, or a small copy of one; develop it, and save "
            "it as TIFF or JPEG"
        )
    if len(whole) == 1:
        return whole[0], ()
    which = "its first one" if whole[0] is pages[0] else "the first that is no small copy"
    return whole[0], (f"the file has several pages; {which} counts",)


def _check(page: Any, data: bytes, limits: Limits) -> None:  # tifffile's page
    """ValueError unless its pixels are of a kind we know, and all within the file."""
    check_size(page.imagewidth, page.imagelength, limits)
    bits, form = page.bitspersample, page.sampleformat
    if form not in (1, 4) or not isinstance(bits, int) or not 1 <= bits <= 16:
        kind = "" if form in (1, 4) else " floating point" if form == 3 else " signed"
        raise ValueError(
            f"the TIFF file may have 8 or 16 bits per channel, it has {bits}{kind}; "
            "save it with 16 bits"
        )
    photometric = int(page.photometric)
    if photometric not in _COLOURS or (photometric == YCBCR and page.compression != JPEG):
        word = _WORDS.get(photometric, getattr(page.photometric, "name", str(photometric)))
        raise ValueError(f"the TIFF file's colours are {word}; save it as RGB or grey")
    if page.compression not in _COMPRESSIONS:
        word = getattr(page.compression, "name", "something")
        raise ValueError(
            f"the TIFF file is compressed as {word}, which is unknown here; save it with LZW or ZIP"
        )
    more = page.samplesperpixel - _COLOURS[photometric]
    if not 0 <= more <= _MORE_SAMPLES or page.imagedepth != 1 or page.predictor not in (1, 2):
        raise ValueError("the TIFF file is broken: its pixels are of no known kind")
    values = page.imagewidth * page.imagelength * page.samplesperpixel
    tile = page.tilewidth * page.tilelength * page.samplesperpixel if page.is_tiled else 0
    if tile > max(4 * values, _TILE):
        raise ValueError("the TIFF file is broken: its tiles are far larger than its picture")
    _check_parts(page, data)


def _check_parts(page: Any, data: bytes) -> None:
    """ValueError unless every strip or tile lies within the file and is unpacked once."""
    parts = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if not parts or any(not size or at + size > len(data) for at, size in parts):
        raise ValueError("the TIFF file is broken: it ends before its picture does")
    if sum(size for _, size in parts) > 2 * len(data):
        raise ValueError("the TIFF file is broken: its strips lie one over the other")
    if page.compression != JPEG:
        return
    width = page.tilewidth if page.is_tiled else page.imagewidth
    height = page.tilelength if page.is_tiled else page.imagelength
    for at, size in parts:
        _, notes = plain(data[at : at + size])
        if notes.width > width + 64 or notes.height > height + 64:
            raise ValueError("the TIFF file is broken: its strips are larger than its picture")


def _alpha(extra: list[int], count: int) -> int | None:
    """Which of the further channels is transparency."""
    for number, kind in enumerate(extra[:count]):
        if kind in (_ASSOCIATED, _STRAIGHT):
            return number
    return None


def _as_colours(page: Any, pixels: Pixels) -> Pixels:
    """Grey, RGB or CMYK over the whole range of 8 or 16 bits."""
    if page.photometric == PALETTE:
        table = np.asarray(page.colormap)
        if table.ndim != 2 or table.shape[0] != 3 or table.shape[1] <= int(pixels.max()):
            raise ValueError("the TIFF file is broken: its palette is too short")
        eight = table >> 8 if table.max() > 255 else table  # some write 8 bits
        return np.ascontiguousarray(eight.astype(np.uint8).T[pixels[..., 0]])
    spread = _spread(pixels, page.bitspersample)
    return full(spread) - spread if page.photometric == WHITE_IS_ZERO else spread


def _spread(pixels: Pixels, bits: int) -> Pixels:
    """Values of so many bits over the whole range of 8 or 16."""
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * np.uint8(255)
    if bits in (8, 16):
        return np.ascontiguousarray(pixels)
    kind, most = (np.uint8, 255) if bits < 8 else (np.uint16, 65535)
    levels = 2**bits - 1
    return ((pixels.astype(np.uint32) * most + levels // 2) // levels).astype(kind)


def _orientation(page: Any) -> int:
    tag = page.tags.get(274)
    value = tag.value if tag is not None else 1
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else 1
