"""A canvas of floats with a rough brush: what the renderer paints on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.floating]  # [H, W]
Colour = tuple[float, float, float]  # 0..255 each

POOL = 512  # pixels; side of the noise pictures that every canvas takes its pieces from
GRAINS = {  # name -> size of a noise cell in pixels of a 128-pixel picture (across, down)
    "fine": (3, 2),
    "daub": (9, 9),
    "leaf": (5, 4),
    "stroke": (34, 7),
    "ripple": (16, 3),
    "upright": (4, 13),
    "wide": (40, 40),
    "cloud": (46, 20),
}


@lru_cache(maxsize=1)
def _pool() -> dict[str, Field]:
    """The noise pictures: zero mean, unit deviation, the same in every process."""
    rng = np.random.default_rng(20240229)
    pool: dict[str, Field] = {}
    for name, (across, down) in GRAINS.items():
        cells = rng.standard_normal((POOL // down + 1, POOL // across + 1)).astype(np.float32)
        picture = Image.fromarray(cells).resize((POOL, POOL), Image.Resampling.BICUBIC)
        field = np.asarray(picture, np.float32)
        pool[name] = (field - field.mean()) / field.std()
    return pool


class Canvas:
    """Pixels being painted, with coordinates that shake a little, as a hand does."""

    def __init__(
        self, width: int, height: int, rng: np.random.Generator, shake: float = 0.8
    ) -> None:
        self.width, self.height, self.rng = width, height, rng
        self.unit = min(width, height) / 128  # one pixel of a 128-pixel picture
        shake *= self.unit
        self.x: Field = np.arange(width, dtype=np.float32) + 0.5 + shake * self.noise("daub")
        self.y: Field = (
            np.arange(height, dtype=np.float32)[:, None] + 0.5 + shake * self.noise("daub")
        )
        self.near = 0.0  # how near the next strokes are: 0 the sky, 1 the painter's feet
        self._rgb = np.zeros((height, width, 3), np.float32)
        self._touched = np.zeros((height, width), np.float32)
        self._near = np.zeros((height, width), np.float32)

    def within(self, left: float, top: float, right: float, bottom: float) -> Canvas:
        """A piece of this canvas, in the same coordinates: what is painted there is here too."""
        columns = _span(left, right, self.width)
        rows = _span(top, bottom, self.height)
        piece = object.__new__(Canvas)
        piece.width, piece.height = columns.stop - columns.start, rows.stop - rows.start
        piece.rng, piece.unit, piece.near = self.rng, self.unit, self.near
        piece.x, piece.y = self.x[rows, columns], self.y[rows, columns]
        piece._rgb = self._rgb[rows, columns]
        piece._touched = self._touched[rows, columns]
        piece._near = self._near[rows, columns]
        return piece

    def noise(self, grain: str) -> Field:
        """A fresh piece of brush noise [H, W], unit deviation."""
        across, down = (max(1, round(side / self.unit)) for side in (self.width, self.height))
        field = _pool()[grain]
        if max(across, down) >= POOL:  # a very long canvas: the noise is stretched to fit
            across, down = min(across, POOL - 1), min(down, POOL - 1)
        left = int(self.rng.integers(POOL - across))
        top = int(self.rng.integers(POOL - down))
        piece = field[top : top + down, left : left + across]
        if piece.shape == (self.height, self.width):
            return piece
        picture = Image.fromarray(np.ascontiguousarray(piece))
        return np.asarray(picture.resize((self.width, self.height), Image.Resampling.BILINEAR))

    def cover(self, field: NDArray[np.floating]) -> None:
        """Lay colours [H, W, 3] over everything."""
        self._rgb[:] = field

    def paint(
        self,
        inside: Field,
        colour: Colour | NDArray[np.floating],
        *,
        rough: float = 6.0,
        grain: str = "daub",
        opacity: float = 1.0,
        soft: float = 0.7,
        touch: bool = False,
    ) -> None:
        """Paint where `inside` (signed distance in pixels, positive within) says.

        `rough` is the deviation of the brushwork in levels, `soft` half the edge's width in pixels
        of a 128-pixel picture, `touch` counts the stroke towards `touched` and the depth map.
        """
        edge = 2 * soft * self.unit
        rows = np.flatnonzero((inside > -edge / 2).any(axis=1))
        if not rows.size:
            return
        band = slice(int(rows[0]), int(rows[-1]) + 1)
        alpha = np.clip(inside[band] / edge + 0.5, 0, 1) * opacity
        paint = np.asarray(colour, np.float32)
        if paint.ndim == 3:
            paint = paint[band]
        if rough:
            paint = paint + (rough * self.noise(grain)[band])[..., None]
        rgb = self._rgb[band]
        rgb += alpha[..., None] * (paint - rgb)
        if touch:
            touched, near = self._touched[band], self._near[band]
            touched += alpha * (1 - touched)
            near += alpha * (self.near - near)

    def recede(self, inside: Field, near: Field | float) -> None:
        """Say how near (0..1) the surface is that `inside` covers."""
        np.copyto(self._near, np.asarray(near, np.float32), where=inside > 0)

    def start_touching(self, near: float = 0.0) -> None:
        """Forget what was touched so far; what is touched now is so near (0..1)."""
        self._touched[:] = 0
        self.near = near

    def touched(self) -> Field:
        """How much of each pixel the strokes painted with `touch` cover, 0..1."""
        return self._touched.copy()

    def nearness(self) -> Field:
        """The depth map [H, W]: 0 the sky, 1 the nearest ground."""
        return self._near.copy()

    @property
    def rgb(self) -> NDArray[np.float32]:
        """The colours so far [H, W, 3], about 0..255."""
        return self._rgb


def _span(first: float, last: float, count: int) -> slice:
    """Whole pixels from `first` to `last`, at least one, within 0..count."""
    start = min(max(int(np.floor(first)), 0), count - 1)
    return slice(start, max(min(int(np.ceil(last)), count), start + 1))


def disc(canvas: Canvas, x: float, y: float, across: float, down: float) -> Field:
    """Signed distance (about, in pixels) to an ellipse with these half axes."""
    radius = np.hypot((canvas.x - x) / across, (canvas.y - y) / down)
    return (1 - radius) * min(across, down)


def polygon(canvas: Canvas, *corners: tuple[float, float]) -> Field:
    """Signed distance to a convex polygon, corners (x, y) in pixels, clockwise on the screen."""
    inside: Field | None = None
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        length = float(np.hypot(x1 - x0, y1 - y0)) or 1.0
        across = (x1 - x0) / length
        down = (y1 - y0) / length
        side = (canvas.y - y0) * across - (canvas.x - x0) * down
        inside = side if inside is None else np.minimum(inside, side)
    assert inside is not None
    return inside


def box(canvas: Canvas, left: float, top: float, right: float, bottom: float) -> Field:
    """Signed distance to an upright rectangle."""
    across = np.minimum(canvas.x - left, right - canvas.x)
    return np.minimum(across, np.minimum(canvas.y - top, bottom - canvas.y))


def blend(colours: tuple[Colour, ...], where: Field) -> NDArray[np.floating]:
    """The colours laid out evenly over 0..1, read at `where` [H, W]; gives [H, W, 3]."""
    table = np.asarray(colours, np.float32)
    place = np.clip(where, 0, 1) * (len(colours) - 1)
    lower = np.minimum(place.astype(np.intp), len(colours) - 2)
    return (
        table[lower] + (place - lower)[..., None].astype(np.float32) * np.diff(table, axis=0)[lower]
    )


def banded(depth: Field, count: int) -> Field:
    """Depths 0..1 pulled towards `count` levels: strokes of flat paint with soft borders."""
    level = np.clip(depth, 0, 1) * count
    part = level % 1
    return ((level - part + part * part * (3 - 2 * part)) / count).astype(np.float32)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` (0..1) of the other colour in the one."""
    red, green, blue = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    return red, green, blue


def tinted(colour: Colour, tint: Colour, share: float = 1.0) -> Colour:
    """A colour in the light of the hour; `share` 0 keeps it as it is."""
    red, green, blue = (
        level * (1 - share + share * light) for level, light in zip(colour, tint, strict=True)
    )
    return red, green, blue
