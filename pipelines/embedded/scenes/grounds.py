"""Painters of the ground from the horizon down: waters and fields."""

import numpy as np

from .canvas import Canvas, Field, banded, blend, mixed, tinted
from .landscape import light_at
from .palettes import BANK, FURROW, Palette, soil_colours
from .scene import Scene


def paint_ground(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """What lies below the horizon, with the light on it."""
    below = canvas.y - horizon
    depth = below / (canvas.height - horizon)  # 0 at the horizon, 1 at the lower edge
    canvas.recede(below, 0.22 + 0.78 * np.clip(depth, 0, 1))
    PAINTERS[scene.ground](canvas, scene, palette, below, depth)


def _sea(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """Open water to the horizon, with waves that grow towards the painter."""
    wild = depth + 0.09 * canvas.noise("stroke")
    canvas.paint(below, blend(palette.water, banded(wild, 6)), rough=2)
    swell = np.sin(14 * np.sqrt(np.clip(depth, 0.001, 1.2)) * 3.1 + 1.1 * canvas.noise("stroke"))
    crest = (swell - 0.72 + 0.25 * canvas.noise("ripple")) * 4 * canvas.unit
    foam = mixed(palette.water[0], (255, 255, 255), 0.35)
    canvas.paint(np.minimum(below, crest), foam, rough=0, opacity=0.5, soft=1.6)
    _glints(canvas, scene, palette, below, 0.35)


def _lake(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """Calm water that mirrors the far shore, and the grass of the near one."""
    water = (
        mixed(palette.water[0], palette.sky[-1], 0.5),
        mixed(*palette.water, 0.45),
        palette.water[1],
    )
    canvas.paint(below, blend(water, depth + 0.06 * canvas.noise("ripple")), rough=2)
    green = soil_colours("grass", palette)
    shore = 0.035 * canvas.height + 1.5 * canvas.unit * canvas.noise("wide")
    canvas.paint(
        np.minimum(below + 1, shore - below),
        mixed(green[2], palette.hills, 0.3),
        rough=7,
        grain="upright",
    )
    mirror = 2.6 * shore + 2 * canvas.unit * canvas.noise("ripple") - below
    canvas.paint(
        np.minimum(below - shore, mirror),
        mixed(green[2], palette.water[1], 0.45),
        rough=2,
        opacity=0.65,
        soft=3,
    )
    _glints(canvas, scene, palette, below - shore, 0.2)
    line = 0.86 + 0.035 * canvas.noise("wide") + 0.025 * canvas.noise("upright")
    bank = (depth - line) * canvas.height * 0.45
    canvas.paint(bank, blend(green[1:], (depth - 0.8) * 5), rough=7, grain="upright")


def _river(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """A meadow and a band of water that winds down to the painter."""
    _grass(canvas, scene, palette, below, depth)
    down = np.clip(depth, 0, 1.1)
    turn = canvas.rng.choice([-1.0, 1.0]) * (
        0.16 * np.sin(4.4 * np.sqrt(down) - 0.4) * np.sqrt(down)
    )
    middle = (0.5 + turn) * canvas.width
    half = (0.035 + 0.3 * down**1.25) * canvas.width + canvas.unit * canvas.noise("daub")
    inside = np.minimum(below, half - np.abs(canvas.x - middle))
    canvas.paint(
        inside + 2.2 * canvas.unit, tinted(mixed(BANK, (96, 70, 44), 0.5), palette.land), rough=8
    )
    water = (mixed(palette.water[0], palette.sky[-1], 0.4), *palette.water)
    canvas.paint(inside, blend(water, banded(depth + 0.07 * canvas.noise("ripple"), 5)), rough=2)
    _glints(canvas, scene, palette, inside, 0.35)


def _beach(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """The sea, a line of foam, and sand in front."""
    _sea(canvas, scene, palette, below, depth * 1.4)
    slope = canvas.rng.uniform(-0.14, 0.14)
    line = 0.42 + slope * (canvas.x / canvas.width - 0.5) + 0.02 * canvas.noise("wide")
    sand = (depth - line) * (canvas.height * 0.45)
    foam = tinted((252, 252, 248), palette.tint, 0.8)
    wet = soil_colours("beach", palette)
    canvas.paint(sand + 4 * canvas.unit + canvas.unit * canvas.noise("ripple"), foam, rough=4)
    canvas.paint(sand, mixed(wet[2], palette.water[1], 0.25), rough=3)
    canvas.paint(sand - 5 * canvas.unit, blend(wet, (depth - 0.4) * 1.6), rough=5, grain="ripple")


def _grass(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """A meadow: patches of light, and blades that grow towards the painter."""
    wild = depth + 0.13 * canvas.noise("wide")
    canvas.paint(
        below, blend(soil_colours("grass", palette), banded(wild, 6)), rough=6, grain="upright"
    )


def _wheat(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """Gold ears, with the lanes that the sower left."""
    soil = soil_colours("wheat", palette)
    wild = depth + 0.1 * canvas.noise("stroke")
    canvas.paint(below, blend(soil, banded(wild, 6)), rough=8, grain="upright")
    ears = canvas.noise("upright") * np.clip(depth + 0.35, 0, 1)
    canvas.paint(
        np.minimum(below, (ears - 0.75) * 4),
        mixed(soil[0], (255, 244, 190), 0.35),
        rough=3,
        opacity=0.6,
        soft=1.5,
    )
    lanes = _rows(canvas, below, 0.34, canvas.rng.uniform(0.3, 0.7)) - 0.86
    canvas.paint(
        np.minimum(below, lanes * 14 * canvas.unit),
        mixed(soil[2], (90, 60, 20), 0.3),
        rough=6,
        opacity=0.55,
        soft=2,
    )


def _lavender(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """Violet rows that run to a point on the horizon, with green between them."""
    soil = soil_colours("lavender", palette)
    canvas.paint(below, tinted(FURROW, palette.land), rough=8)
    rows = _rows(canvas, below, 0.22, canvas.rng.uniform(0.3, 0.7))
    far = np.clip(1 - depth * 3.2, 0, 1) * 1.6
    inside = (rows + 0.45 + far + 0.18 * canvas.noise("leaf")) * 9 * canvas.unit
    canvas.paint(
        np.minimum(below, inside),
        blend(soil, depth + 0.08 * canvas.noise("daub")),
        rough=5,
        grain="leaf",
        soft=1.2,
    )
    tops = (rows - 0.45 + 0.3 * canvas.noise("leaf")) * 7 * canvas.unit
    canvas.paint(np.minimum(below, tops), soil[0], rough=6, grain="leaf", opacity=0.7, soft=1.5)


def _rows(canvas: Canvas, below: Field, spacing: float, vanishing: float) -> Field:
    """-1..1 across rows that meet at the horizon; 1 in the middle of each."""
    across = (canvas.x - vanishing * canvas.width) / (below + 0.06 * canvas.height)
    return np.cos(across * (2 * np.pi / (2.2 * spacing)))


def _snow(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """Drifts with blue shade in their hollows."""
    soil = soil_colours("snow", palette)
    drift = depth + 0.24 * canvas.noise("wide")
    canvas.paint(below, blend(soil, banded(drift, 4)), rough=3)
    hollow = canvas.noise("cloud") - 0.85
    canvas.paint(
        np.minimum(below, hollow * 7 * canvas.unit),
        mixed(soil[2], (110, 140, 200), 0.3),
        rough=2,
        opacity=0.5,
        soft=5,
    )


def _sand(canvas: Canvas, scene: Scene, palette: Palette, below: Field, depth: Field) -> None:
    """Dunes, one behind the other, each with its lee in shade."""
    soil = soil_colours("sand", palette)
    canvas.paint(
        below,
        blend(soil, banded(depth + 0.05 * canvas.noise("stroke"), 5)),
        rough=4,
        grain="ripple",
    )
    for line in (0.14, 0.42, 0.74):
        crest = line + 0.085 * canvas.noise("wide")[canvas.height // 2]
        lee = (depth - crest) * 0.45 * canvas.height
        fade = np.clip(1 - (depth - crest) * 5.5, 0, 1)
        canvas.paint(
            np.minimum(lee, fade * 9 * canvas.unit - 1),
            mixed(soil[2], tinted((120, 80, 50), palette.land), 0.35),
            rough=4,
            opacity=0.6,
            soft=3.2,
        )


def _glints(canvas: Canvas, scene: Scene, palette: Palette, inside: Field, much: float) -> None:
    """Light on the ripples: everywhere a little, and a path of it below the sun or the moon."""
    strokes = canvas.noise("ripple")
    canvas.paint(
        np.minimum(inside, (strokes - 1.3) * 4), palette.sky[-1], rough=0, opacity=much, soft=2
    )
    if scene.light:
        x, _ = light_at(canvas, scene, scene.horizon * canvas.height)
        spread = 6 * canvas.unit + 0.1 * np.clip(inside, 0, None)
        path = (strokes + 1.5 - np.abs(canvas.x - x) / spread) * 4
        canvas.paint(np.minimum(inside, path), palette.light, rough=0, opacity=0.65, soft=2)


PAINTERS = {
    "sea": _sea,
    "lake": _lake,
    "river": _river,
    "beach": _beach,
    "grass": _grass,
    "wheat": _wheat,
    "lavender": _lavender,
    "snow": _snow,
    "sand": _sand,
}
