"""What a PNG file says of its colours, as an ICC profile.

profile_of   out of the chunks cICP, iCCP, sRGB, gAMA and cHRM, the first that is there

The order is the specification's (4.3). gAMA 0.45455 without other primaries than sRGB's is what
programs write that mean sRGB, and counts as that.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np

from pipelines.recipe import Profile

from .icc import D50, D65_TO_D50, MAX_ICC, Doubles, built, built_grey, gamma_curve
from .profiles import icc_of
from .raster import unpacked

_CODED: dict[bytes, Profile] = {b"\x01\x0d": "sRGB", b"\x0c\x0d": "Display P3"}  # ITU-T H.273
_SRGB = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)  # white, red, green, blue
_NEAR = 500  # of 100000: primaries written with two digits
_USUAL = 45455, 0.05  # 1 / 2.2, and what is as good as that
_BRADFORD: Doubles = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def profile_of(told: Mapping[bytes, bytes], *, grey: bool) -> tuple[bytes, tuple[str, ...]]:
    """A profile, empty for sRGB, and what of the chunks is not understood."""
    notices: tuple[str, ...] = ()
    if coded := told.get(b"cICP"):
        if coded[3:4] == b"\0":
            notices = ("the file's colours are said to span a video's narrow range (cICP) and are "
                       "taken as they are: black may look grey",)  # fmt: skip
        if (name := _CODED.get(coded[:2])) is not None:
            return (b"" if grey or name == "sRGB" else icc_of(name)), notices
        numbers = "/".join(str(number) for number in coded[:2])
        notices = (f"the file's colours are said to be of the kind {numbers} (cICP), which is "
                   "unknown here and left out",)  # fmt: skip
    if (packed := told.get(b"iCCP")) is not None:
        icc = unpacked(packed.partition(b"\0")[2][1:], MAX_ICC)
        if icc is not None:
            return icc, notices
        return b"", (*notices, "the file's colour profile is broken; it is left out, the colours "
                     "count as sRGB")  # fmt: skip
    if b"sRGB" in told or len(told.get(b"gAMA", b"")) != 4:
        return b"", notices
    (gamma,) = struct.unpack(">I", told[b"gAMA"])
    primaries = told.get(b"cHRM", b"")
    numbers = struct.unpack(">8I", primaries) if len(primaries) == 32 and not grey else _SRGB
    usual = abs(gamma / _USUAL[0] - 1) <= _USUAL[1]
    if usual and all(abs(a - b) <= _NEAR for a, b in zip(numbers, _SRGB, strict=True)):
        return b"", notices
    try:
        curve, name = gamma_curve(100000 / gamma), f"gamma {100000 / gamma:.2f}"
        icc = built_grey(curve, name) if grey else built(_colorants(numbers), curve, name)
    except (ArithmeticError, ValueError, struct.error):
        return b"", (*notices, "the file's gamma and primaries make no sense and are left out")
    return icc, notices


def _colorants(numbers: tuple[int, ...]) -> Doubles:
    """Linear RGB -> XYZ under D50, Bradford's way from the file's white."""
    white, *primaries = (
        np.array([x / y, 1, (100000 - x - y) / y])
        for x, y in zip(numbers[::2], numbers[1::2], strict=True)
    )
    columns = np.array(primaries).T
    scaled = columns * np.linalg.solve(columns, white)
    if numbers[:2] == _SRGB[:2]:  # as rounded as in all profiles of that white
        return D65_TO_D50 @ scaled
    cones = (_BRADFORD @ np.array(D50)) / (_BRADFORD @ white)
    return np.linalg.solve(_BRADFORD, cones[:, None] * _BRADFORD) @ scaled
