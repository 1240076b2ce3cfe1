"""Colour profiles as files carry them (ICC) and as pictures name them.

SRGB          the name that counts where a file has no profile
name_of       the name of a file's profile: one of recipe.PROFILE_NAMES where it is one of those
icc_of        a profile for files, by its name
known         that name as the recipe has it
from_icc      pixels of any profile in sRGB; to_icc the way back

Profiles made of a matrix and three curves (all that cameras, screens and painting programs use as
working spaces) are calculated here, at either depth; tables are left to littleCMS, at 8 bits.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pil
from PIL import ImageCms

from pipelines.colour import ADOBE_GAMMA, linear_table, to_xyz
from pipelines.pixels import Floats, Pixels, full, to_depth
from pipelines.recipe import PROFILE_NAMES, Profile

SRGB: Profile = "sRGB"

Doubles = NDArray[np.float64]

# The white of ICC's connection space, and Bradford's way there from D65 (ICC.1:2022, annex E)
D50 = (0.9642, 1.0, 0.8249)
D65_TO_D50: Doubles = np.array(
    [[1.0479, 0.0229, -0.0502], [0.0296, 0.9904, -0.0171], [-0.0092, 0.0151, 0.7517]]
)


def name_of(icc: bytes) -> str:
    """What a file's profile is called; sRGB where it is empty. ValueError: it is broken."""
    if not icc:
        return SRGB
    try:
        name = ImageCms.getProfileDescription(opened_profile(icc)).strip()
    except ImageCms.PyCMSError as error:
        raise ValueError(f"the file's colour profile is broken: {error}") from None
    if "srgb" in name.lower():
        return SRGB
    for known in PROFILE_NAMES:
        if known in name:
            return known
    return "".join(char for char in name if char.isascii() and char.isprintable())[:100] or SRGB


def known(name: str) -> Profile | None:
    """The name as one that pictures may have while they are painted; None: it is none of those."""
    return name if name in PROFILE_NAMES else None


@cache
def icc_of(profile: Profile) -> bytes:
    """A profile for files: ICC version 4, a matrix and one curve."""
    if profile == SRGB:
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    colorants = _colorants(profile)
    curve = _GAMMA if profile == "Adobe RGB (1998)" else _SRGB_CURVE
    tags = {
        b"desc": _text(profile),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(D50),
        b"chad": b"sf32\0\0\0\0" + _fixed(*D65_TO_D50.ravel()),
        **{name: _xyz(colorants[:, n]) for n, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _file(tags)


def from_icc(pixels: Pixels, icc: bytes) -> Pixels:
    """RGB or RGBA of that profile in sRGB, at the same depth. ValueError: it does not fit."""
    shape = _matrix_shape(icc)
    if shape is None:
        return _by_tables(pixels, icc, backwards=False)
    linear = np.stack(
        [curve[_index(pixels[..., c])] for c, curve in enumerate(shape.curves)], axis=2
    )
    matrix = np.linalg.solve(_colorants(SRGB), shape.colorants)
    return _with_colours(pixels, _inverted(linear @ matrix.T, [linear_table(SRGB, 65535)] * 3))


def to_icc(pixels: Pixels, icc: bytes) -> Pixels:
    """RGB or RGBA of sRGB in that profile, at the same depth."""
    shape = _matrix_shape(icc)
    if shape is None:
        return _by_tables(pixels, icc, backwards=True)
    linear = linear_table(SRGB, 65535)[_index(pixels[..., :3])]
    matrix = np.linalg.solve(shape.colorants, _colorants(SRGB))
    return _with_colours(pixels, _inverted(linear @ matrix.T, shape.curves))


@dataclass(frozen=True, eq=False)
class _MatrixShape:
    """A profile of a matrix and curves."""

    curves: list[Floats]  # for red, green, blue: light of each of 65536 numbers
    colorants: Doubles  # linear RGB -> XYZ under D50


def _index(pixels: Pixels) -> Pixels:
    return to_depth(pixels, 16)


def _inverted(linear: Doubles, curves: list[Floats]) -> Floats:
    """The numbers that stand for this light, 0..1."""
    steps = np.linspace(0, 1, 65536)
    planes = [np.interp(linear[..., c], curve, steps) for c, curve in enumerate(curves)]
    return np.stack(planes, axis=2).astype(np.float32)


def _with_colours(pixels: Pixels, colours: Floats) -> Pixels:
    """The same alpha and depth with other colours, 0..1."""
    rgb = np.rint(np.clip(colours, 0, 1) * full(pixels)).astype(pixels.dtype)
    return np.concatenate([rgb, pixels[..., 3:]], axis=2)


def _by_tables(pixels: Pixels, icc: bytes, *, backwards: bool) -> Pixels:
    """What littleCMS makes of a profile with tables; it knows 8 bits."""
    theirs, ours = opened_profile(icc), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    way = (ours, theirs) if backwards else (theirs, ours)
    eight = pil.fromarray(np.ascontiguousarray(to_depth(pixels[..., :3], 8)))
    try:
        made = ImageCms.profileToProfile(eight, *way, outputMode="RGB")
    except ImageCms.PyCMSError as error:
        raise ValueError(f"the file's colour profile does not fit its pixels: {error}") from None
    colours = np.asarray(made)
    return _with_colours(pixels, colours.astype(np.float32) / np.float32(255))


def opened_profile(icc: bytes) -> ImageCms.ImageCmsProfile:
    """For littleCMS. ValueError: it is broken."""
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except (OSError, ImageCms.PyCMSError) as error:
        raise ValueError(f"the file's colour profile is broken: {error}") from None


@cache
def _matrix_shape(icc: bytes) -> _MatrixShape | None:
    """The matrix and curves of a profile; None: it is made of something else."""
    if icc[16:20] != b"RGB " or icc[20:24] != b"XYZ ":
        return None
    tags = _tags(icc)
    names = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
    if b"A2B0" in tags or not all(name in tags for name in names):
        return None
    colorants = [struct.unpack(">3i", tags[name][8:20]) for name in names[:3]]
    curves = [_curve(tags[name]) for name in names[3:]]
    if any(curve is None for curve in curves):
        return None
    return _MatrixShape([c for c in curves if c is not None], np.array(colorants).T / 65536)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack(">I", icc[128:132])
    entries = (struct.unpack(">4sII", icc[at : at + 12]) for at in range(132, 132 + 12 * count, 12))
    return {name: icc[offset : offset + length] for name, offset, length in entries}


def _curve(tag: bytes) -> Floats | None:
    """Light of each of 65536 numbers, as a `curv` or `para` tag says (ICC.1:2022, 10.6, 10.18)."""
    x = np.linspace(0, 1, 65536)
    if tag[:4] == b"curv":
        (count,) = struct.unpack(">I", tag[8:12])
        values = np.frombuffer(tag[12 : 12 + 2 * count], ">u2").astype(np.float64)
        if count == 0:
            y = x
        elif count == 1:
            y = x ** (values[0] / 256)
        else:
            y = np.interp(x, np.linspace(0, 1, count), values / 65535)
    elif tag[:4] == b"para" and (shape := _PARAMETRIC.get(tag[9])) is not None:
        count, function = shape
        y = function(x, *(v / 65536 for v in struct.unpack(f">{count}i", tag[12 : 12 + 4 * count])))
    else:
        return None
    return np.maximum.accumulate(np.clip(y, 0, 1)).astype(np.float32)


def _power(base: Doubles, exponent: float) -> Doubles:
    return np.maximum(base, 0) ** exponent


# By function type: how many parameters, and the function (ICC.1:2022, table 68)
_PARAMETRIC: dict[int, tuple[int, Callable[..., Doubles]]] = {
    0: (1, lambda x, g: _power(x, g)),
    1: (3, lambda x, g, a, b: np.where(x >= -b / a, _power(a * x + b, g), 0)),
    2: (4, lambda x, g, a, b, c: np.where(x >= -b / a, _power(a * x + b, g) + c, c)),
    3: (5, lambda x, g, a, b, c, d: np.where(x >= d, _power(a * x + b, g), c * x)),
    4: (7, lambda x, g, a, b, c, d, e, f: np.where(x >= d, _power(a * x + b, g) + e, c * x + f)),
}


def _colorants(profile: Profile) -> Doubles:
    """Linear RGB -> XYZ under D50."""
    return D65_TO_D50 @ to_xyz(profile)


def _fixed(*values: float) -> bytes:
    """s15Fixed16 numbers."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _xyz(values: tuple[float, float, float] | Doubles) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _text(text: str) -> bytes:
    """A text in one language (multiLocalizedUnicode)."""
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(data), 28) + data


def _file(tags: dict[bytes, bytes]) -> bytes:
    """Header, table and tags; equal tags are written once."""
    places: dict[bytes, int] = {}
    body, start = b"", 132 + 12 * len(tags)
    for data in tags.values():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
    table = b"".join(
        struct.pack(">4sII", name, places[data], len(data)) for name, data in tags.items()
    )
    date = struct.pack(">6H", 2020, 1, 1, 0, 0, 0)  # fixed: equal profiles are equal bytes
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    head += date + b"acsp" + bytes(28) + _fixed(*D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


_GAMMA = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(ADOBE_GAMMA * 256))
_SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
