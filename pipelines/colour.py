"""Colours of the profiles that documents have, and sRGB, which models are trained on. No torch.

to_srgb        a document's pixels as the model sees them
from_srgb      the model's pixels in the document's profile and depth
between        pixels of one profile in another
linear_table   light of each number; to_xyz what the primaries are: for profiles in files

Profiles are those of recipe.Profile. All have the white D65, so one matrix leads from any to any
and grey stays grey. Transparency is passed through. sRGB itself stays to the bit, both ways.

The model sees sRGB at 16 bits, clipped; what it makes is converted back before it is quantised. A
colour beyond sRGB, which it never saw, is given back where it left the colour alone, fading out as
far as NEAR: else every refinement would make the picture duller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .pixels import Floats, Pixels, full, to_depth
from .recipe import Profile

NEAR = 0.25  # of the range: a colour that the model moved by more is no longer the source's

ROUNDING = 1e-6  # what float32 may make of a colour on sRGB's edge

Doubles = NDArray[np.float64]


def to_srgb(pixels: Pixels, profile: Profile) -> Pixels:
    """The pixels in sRGB, at 16 bit so that nothing is lost; clipped where it has no such colour.

    Grey has no colour to convert: the curves of sRGB and Display P3 are the same.
    """
    if profile == "sRGB" or pixels.shape[2] == 1:
        return pixels
    colours = _encoded(_linear_srgb(pixels[..., :3], profile), "sRGB")
    return np.concatenate([_quantised(colours, 16), to_depth(pixels[..., 3:], 16)], axis=2)


def from_srgb(pixels: Pixels, profile: Profile, depth: int, source: Pixels | None = None) -> Pixels:
    """RGB of the model in the document's profile and depth.

    source: the pixels that the model started from, in that profile, RGB. What of their colours
    sRGB cannot say, and the model therefore never saw, is given back where it kept the colour.
    """
    if profile == "sRGB":
        return to_depth(pixels, depth)
    colours = _converted(pixels, profile)
    if source is not None:
        _give_back(colours, pixels, source, profile)
    return _quantised(colours, depth)


def between(pixels: Pixels, profile: Profile, other: Profile) -> Pixels:
    """RGB or RGBA of one profile in another, at the same depth; clipped to what that has."""
    if profile == other or pixels.shape[2] == 1:
        return pixels
    linear = linear_table(profile, full(pixels))[pixels[..., :3]] @ _between(profile, other).T
    colours = _quantised(_encoded(linear, other), 8 * pixels.itemsize)
    return np.concatenate([colours, pixels[..., 3:]], axis=2)


def _give_back(colours: Floats, pixels: Pixels, source: Pixels, profile: Profile) -> None:
    """Add to `colours` what the source has beyond sRGB, fading out towards NEAR."""
    linear = _linear_srgb(source, profile)
    rows, columns = np.nonzero((np.abs(linear - 0.5) > 0.5 + ROUNDING).any(axis=2))
    if not len(rows):
        return
    known = _quantised(_encoded(linear[rows, columns][None], "sRGB"), 16)
    made = to_depth(pixels, 16)[rows, columns]
    moved = np.abs(known[0].astype(np.float32) - made).max(axis=1, keepdims=True) / 65535
    beyond = _units(source[rows, columns]) - _converted(known, profile)[0]
    colours[rows, columns] += beyond * np.clip(1 - moved / NEAR, 0, 1)


def _converted(pixels: Pixels, profile: Profile) -> Floats:
    """sRGB pixels in another profile, 0..1."""
    linear = linear_table("sRGB", full(pixels))[pixels]
    return _encoded(linear @ _between("sRGB", profile).T, profile)


def _linear_srgb(pixels: Pixels, profile: Profile) -> Floats:
    """Light of sRGB's primaries; below 0 or above 1 where sRGB has no such colour."""
    return linear_table(profile, full(pixels))[pixels] @ _between(profile, "sRGB").T


def _encoded(linear: Floats, profile: Profile) -> Floats:
    return _SPACES[profile].encode(np.clip(linear, 0, 1))


def _units(pixels: Pixels) -> Floats:
    return pixels.astype(np.float32) / np.float32(full(pixels))


def _quantised(colours: Floats, depth: int) -> Pixels:
    most, kind = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    return np.rint(np.clip(colours, 0, 1) * np.float32(most)).astype(kind)


@dataclass(frozen=True, kw_only=True)
class _Space:
    """What the numbers of a profile mean."""

    primaries: tuple[float, ...]  # CIE 1931 x and y of red, green and blue
    encode: Callable[[Floats], Floats]  # light 0..1 -> number 0..1
    decode: Callable[[Doubles], Doubles]


def _srgb_encode(light: Floats) -> Floats:  # IEC 61966-2-1
    bright = np.float32(1.055) * light ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(light <= 0.0031308, np.float32(12.92) * light, bright)


def _srgb_decode(value: Doubles) -> Doubles:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


ADOBE_GAMMA = 563 / 256  # Adobe RGB (1998) Color Image Encoding, 4.3.4.2
_WHITE = (0.3127, 0.3290)  # D65, x and y

_SPACES: dict[Profile, _Space] = {
    "sRGB": _Space(  # IEC 61966-2-1
        primaries=(0.64, 0.33, 0.30, 0.60, 0.15, 0.06), encode=_srgb_encode, decode=_srgb_decode
    ),
    "Display P3": _Space(  # SMPTE RP 431-2's primaries with sRGB's curve and white
        primaries=(0.68, 0.32, 0.265, 0.69, 0.15, 0.06), encode=_srgb_encode, decode=_srgb_decode
    ),
    "Adobe RGB (1998)": _Space(
        primaries=(0.64, 0.33, 0.21, 0.71, 0.15, 0.06),
        encode=lambda light: light ** np.float32(1 / ADOBE_GAMMA),
        decode=lambda value: value**ADOBE_GAMMA,
    ),
}


@cache
def linear_table(profile: Profile, most: int) -> Floats:
    """Light for each number of a depth."""
    values = np.arange(most + 1, dtype=np.float64) / most
    return _SPACES[profile].decode(values).astype(np.float32)


@cache
def _between(one: Profile, other: Profile) -> Floats:
    """The matrix from linear light of one profile to that of the other."""
    return np.linalg.solve(to_xyz(other), to_xyz(one)).astype(np.float32)


def to_xyz(profile: Profile) -> Doubles:
    """Linear RGB -> CIE XYZ: each primary scaled so that together they are white."""
    columns = np.array([_xyz(*xy) for xy in _pairs(_SPACES[profile].primaries)]).T
    return columns * np.linalg.solve(columns, _xyz(*_WHITE))


def _pairs(values: tuple[float, ...]) -> list[tuple[float, float]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _xyz(x: float, y: float) -> Doubles:
    return np.array([x / y, 1, (1 - x - y) / y])
