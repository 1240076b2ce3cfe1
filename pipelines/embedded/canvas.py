"""A canvas of floats with a rough brush: what the renderer paints on."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.floating]  # [H, W]
Colour = tuple[float, float, float]  # 0..255 each

POOL = 512  # pixels; side of the noise pictures that every canvas takes its pieces from
GRAINS = {  # name -> size of a noise cell in pixels of a 128-pixel picture (across, down)
    "fine": (5, 3),
    "daub": (9, 9),
    "stroke": (34, 7),
    "upright": (5, 14),
    "wide": (40, 40),
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

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self.width, self.height, self.rng = width, height, rng
        self.unit = min(width, height) / 128  # one pixel of a 128-pixel picture
        shake = 0.9 * self.unit
        self.x: Field = np.arange(width, dtype=np.float32) + 0.5 + shake * self.noise("daub")
        self.y: Field = (
            np.arange(height, dtype=np.float32)[:, None] + 0.5 + shake * self.noise("daub")
        )
        self._rgb = np.zeros((height, width, 3), np.float32)
        self._touched = np.zeros((height, width), np.float32)

    def noise(self, grain: str) -> Field:
        """A fresh piece of brush noise [H, W], unit deviation."""
        across, down = (round(side / self.unit) for side in (self.width, self.height))
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
        of a 128-pixel picture, `touch` counts the stroke towards `touched`.
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
            touched = self._touched[band]
            touched += alpha * (1 - touched)

    def start_touching(self) -> None:
        """Forget what was touched so far."""
        self._touched[:] = 0

    def touched(self) -> Field:
        """How much of each pixel the strokes painted with `touch` cover, 0..1."""
        return self._touched.copy()

    def pixels(self) -> NDArray[np.uint8]:
        """The picture [H, W, 3], with the grain of the paper over it."""
        paper = 1.6 * self.noise("fine")
        return np.clip(self._rgb + paper[..., None] + 0.5, 0, 255).astype(np.uint8)


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
