"""Painters of everything behind the things: sky, sun and moon, hills, and the ground."""

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas, Colour, Field, disc
from .scenes import CENTRES, Palette, Scene


def paint_sky(canvas: Canvas, palette: Palette, horizon: float, clouds: bool) -> None:
    """Broad level strokes from the top colour to the one at the horizon; then clouds."""
    depth = canvas.y / horizon + 0.05 * canvas.noise("stroke")
    canvas.cover(blend(palette.sky, banded(depth, 7)))
    if clouds:
        drift = canvas.noise("wide") + 0.7 * canvas.noise("stroke")
        high = 1 - np.abs(canvas.y / horizon - 0.4) / 0.42  # none at the very top, none low down
        canvas.paint(
            (drift + 1.2 * high - 1.5) * 8 * canvas.unit, palette.cloud, opacity=0.8, soft=3
        )


def paint_light(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """The sun, or at night the moon and stars: a glow first, then the disc."""
    assert scene.light is not None
    x = CENTRES[scene.light] * canvas.width
    y = horizon * {"day": 0.3, "sunset": 0.72, "night": 0.3}[scene.sky]
    radius = 8.5 * canvas.unit
    glow = disc(canvas, x, y, 3.2 * radius, 3.2 * radius)
    canvas.paint(glow, palette.light, rough=0, opacity=0.28, soft=20)
    if scene.sky == "night":
        for _ in range(14):
            star_x, star_y = canvas.rng.random(2) * (canvas.width, 0.75 * horizon)
            star = disc(canvas, star_x, star_y, 1.1 * canvas.unit, 1.1 * canvas.unit)
            canvas.paint(star, palette.light, rough=0, opacity=0.8)
    canvas.paint(disc(canvas, x, y, radius, radius), palette.light, rough=2)


def paint_hills(canvas: Canvas, palette: Palette, horizon: float) -> None:
    """A far range along the horizon, the colour of distance."""
    profile = canvas.noise("wide")[canvas.height // 2]
    crest = horizon - canvas.height * np.clip(0.085 + 0.035 * profile, 0.02, 0.2)
    canvas.paint(canvas.y - crest.astype(np.float32), palette.hills, rough=5)


def paint_ground(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """Water with glints, a meadow, or snow, from the horizon down."""
    depth = (canvas.y - horizon) / (canvas.height - horizon)
    inside = canvas.y - horizon
    match scene.ground:
        case "water":
            depth = depth + 0.1 * canvas.noise("stroke")
            canvas.paint(inside, blend(palette.water, banded(depth, 5)), rough=2)
            _paint_glints(canvas, scene, palette, inside, depth)
        case "grass":
            depth = depth + 0.1 * canvas.noise("wide")
            canvas.paint(inside, blend(palette.grass, banded(depth, 5)), rough=9, grain="upright")
        case _:
            depth = depth + 0.22 * canvas.noise("wide")
            canvas.paint(inside, blend(palette.snow, banded(depth, 4)), rough=3)


def _paint_glints(
    canvas: Canvas, scene: Scene, palette: Palette, inside: Field, depth: Field
) -> None:
    """Light on the ripples: everywhere a little, and a path of it below the sun or the moon."""
    strokes = canvas.noise("stroke")
    canvas.paint(
        np.minimum(inside, (strokes - 1.1) * 4), palette.sky[2], rough=0, opacity=0.4, soft=2
    )
    if scene.light:
        away = np.abs(canvas.x - CENTRES[scene.light] * canvas.width) / (9 * canvas.unit)
        path = (strokes + 1.3 - away) * 4
        canvas.paint(np.minimum(inside, path), palette.light, rough=0, opacity=0.5, soft=2)


def banded(depth: Field, count: int) -> Field:
    """Depths 0..1 pulled towards `count` levels: strokes of flat paint with soft borders."""
    level = np.clip(depth, 0, 1) * count
    part = level % 1
    return ((level - part + part * part * (3 - 2 * part)) / count).astype(np.float32)


def blend(colours: tuple[Colour, ...], where: Field) -> NDArray[np.float32]:
    """The colours laid out evenly over 0..1, read at `where` [H, W]; gives [H, W, 3]."""
    stops = np.linspace(0, 1, len(colours))
    channels = [np.interp(where, stops, [colour[c] for colour in colours]) for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)
