"""A chart of colours, and how different two colours look: for tests of every way pixels take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.colour import linear_table, to_xyz
from pipelines.pixels import Pixels, full
from pipelines.recipe import Profile

Doubles = NDArray[np.float64]

WHITE: Doubles = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])  # D65


def chart(depth: int, levels: int = 9) -> Pixels:
    """Every combination of so many levels of red, green and blue: [levels², levels, 3]."""
    most, kind = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    scale = np.rint(np.linspace(0, most, levels)).astype(kind)
    grid = np.stack(np.meshgrid(scale, scale, scale, indexing="ij"), axis=-1)
    return np.ascontiguousarray(grid.reshape(levels * levels, levels, 3))


def lab(pixels: Pixels, profile: Profile) -> Doubles:
    """CIE L*a*b* under D65."""
    light = linear_table(profile, full(pixels))[pixels[..., :3]].astype(np.float64)
    ratio = light @ to_xyz(profile).T / WHITE
    small = (6 / 29) ** 3
    f = np.where(ratio > small, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(one: Doubles, other: Doubles) -> Doubles:
    """CIEDE2000 of L*a*b* colours (CIE 142-2001); below 1 nobody sees it."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    chroma = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(chroma / (chroma + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    hue = np.where(grey, h1 + h2, h1 + turn / 2)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    angle = 60 * np.exp(-(((hue % 360 - 275) / 25) ** 2))
    rt = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(angle))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rt * dc * dh, 0))
