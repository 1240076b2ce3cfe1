"""ICC profiles for tests: ordinary ones, odd ones, and tables, each made of formulas."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from bridge.images.icc import D65_TO_D50, built, built_grey, gamma_curve
from pipelines.colour import to_xyz
from pipelines.pixels import Pixels, full
from pipelines.recipe import Profile

NOBODYS = "Nobody's colours"
NOBODYS_GAMMA = 1.8


def nobodys(name: str = NOBODYS, gamma: float = NOBODYS_GAMMA) -> bytes:
    """Adobe RGB's primaries with another curve: none that we know."""
    return like("Adobe RGB (1998)", gamma_curve(gamma), name)


def like(profile: Profile, curve: bytes, name: str) -> bytes:
    """The primaries of a known profile, with a curve."""
    return built(D65_TO_D50 @ to_xyz(profile), curve, name)


def grey(gamma: float, name: str = "Grey") -> bytes:
    """A grey profile of one exponent."""
    return built_grey(gamma_curve(gamma), name)


def grey_table(light: Callable[[np.ndarray], np.ndarray], count: int = 256) -> bytes:
    """A grey profile with a table of so many values, as dot gains have them."""
    values = np.rint(65535 * light(np.linspace(0, 1, count))).astype(">u2")
    return built_grey(b"curv\0\0\0\0" + struct.pack(">I", count) + values.tobytes(), "Dot Gain")


def srgb_number(light: np.ndarray) -> np.ndarray:
    """sRGB's number for light, both 0..1 (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def expected_grey(pixels: Pixels, light: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What such grey is in sRGB, unrounded."""
    return srgb_number(light(pixels / full(pixels))) * full(pixels)


def renamed(icc: bytes, head: bytes, **tags: bytes) -> bytes:
    """A profile with other bytes at its head's beginning or in tags that it has."""
    data = bytearray(icc)
    data[: len(head)] = head
    (count,) = struct.unpack(">I", icc[128:132])
    for at in range(132, 132 + 12 * count, 12):
        name, offset, _ = struct.unpack(">4sII", icc[at : at + 12])
        if (body := tags.get(name.decode())) is not None:
            data[offset : offset + len(body)] = body
    return bytes(data)


def inks(grid: int = 5, *, wide: int = 2) -> bytes:
    """A CMYK profile with a table: L* is 100 less all ink, a* and b* are 0 (ICC.1:2022, 10.10)."""
    return _with_table(b"CMYK", 4, grid, wide, lambda ink: np.clip(1 - ink.sum(axis=-1), 0, 1))


def brightness(grid: int = 9, *, wide: int = 2) -> bytes:
    """An RGB profile with a table: L* is the mean of the three, a* and b* are 0."""
    return _with_table(b"RGB ", 3, grid, wide, lambda rgb: rgb.mean(axis=-1))


def _with_table(
    space: bytes, channels: int, grid: int, wide: int, light: Callable[[np.ndarray], np.ndarray]
) -> bytes:
    axes = np.meshgrid(*[np.linspace(0, 1, grid)] * channels, indexing="ij")
    lightness = light(np.stack(axes, axis=-1))
    most, neutral = (65280, 32768) if wide == 2 else (255, 128)  # Lab's legacy encoding (10.10)
    table = np.full((*lightness.shape, 3), neutral, np.float64)
    table[..., 0] = lightness * most
    kind = b"mft2" if wide == 2 else b"mft1"
    head = kind + bytes(4) + bytes([channels, 3, grid, 0])
    head += struct.pack(">9i", *(65536 * np.eye(3, dtype=int)).ravel())
    if wide == 2:
        ends = struct.pack(">2H", 0, 65535)
        body = struct.pack(">2H", 2, 2) + ends * channels
        body += np.rint(table).astype(">u2").tobytes() + ends * 3
    else:
        ends = bytes(range(256))
        body = ends * channels + np.rint(table).astype(np.uint8).tobytes() + ends * 3
    base = grey(1.0, "Table")
    tag = head + body
    named = bytearray(base[:128])
    named[12:24] = b"prtr" + space + b"Lab "
    text = b"desc\0\0\0\0\0\0\0\6Table\0".ljust(100, b"\0")
    at = 132 + 24
    table_of_tags = struct.pack(">I4sII4sII", 2, b"desc", at, 100, b"A2B0", at + 100, len(tag))
    named[8:12] = b"\2\x40\0\0"
    named[:4] = struct.pack(">I", at + 100 + len(tag))
    return bytes(named) + table_of_tags + text + tag
