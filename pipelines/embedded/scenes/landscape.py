"""Painters of what is far away: the sky with its clouds and lights, and the range below it."""

import numpy as np

from .canvas import Canvas, Field, banded, blend, disc, mixed, polygon, tinted
from .palettes import Palette
from .scene import CENTRES, Scene

LOW = {"dawn": 0.8, "sunset": 0.78}  # where the sun stands, share of the way down to the horizon
HIGH = 0.3


def paint_sky(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """Broad level strokes from the top colour to the one at the horizon; then what is up there."""
    depth = canvas.y / horizon + 0.06 * canvas.noise("stroke")
    canvas.cover(blend(palette.sky, banded(depth, 9)))
    if scene.stars:
        _paint_stars(canvas, palette, horizon)
    if scene.light:
        _paint_light(canvas, scene, palette, horizon)
    if scene.sky in ("overcast", "storm"):
        _paint_ceiling(canvas, scene, palette, horizon)
    elif scene.clouds:
        _paint_clouds(canvas, palette, horizon)


def light_at(canvas: Canvas, scene: Scene, horizon: float) -> tuple[float, float]:
    """Where the sun or the moon stands, in pixels."""
    assert scene.light is not None
    return CENTRES[scene.light] * canvas.width, horizon * LOW.get(scene.sky, HIGH)


def _paint_stars(canvas: Canvas, palette: Palette, horizon: float) -> None:
    """Points of several sizes, denser towards the top."""
    count = int(34 * canvas.width / canvas.height) + 6
    places = canvas.rng.random((count, 3))
    for across, down, bright in places:
        x, y = across * canvas.width, 0.92 * horizon * down**1.3
        radius = (0.7 + 0.9 * bright**3) * canvas.unit
        piece = canvas.within(x - 4 * radius, y - 4 * radius, x + 4 * radius, y + 4 * radius)
        star = disc(piece, x, y, radius, radius)
        piece.paint(star, palette.light, rough=0, opacity=0.5 + 0.5 * bright, soft=0.6)


def _paint_light(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """The sun or the moon: a glow that fills much of the sky, then the disc."""
    x, y = light_at(canvas, scene, horizon)
    radius = (7.5 if scene.sky != "sunset" else 9.0) * canvas.unit
    reach = np.hypot(canvas.x - x, (canvas.y - y) * 1.25) / canvas.unit
    strength = 0.75 if scene.sky in LOW else 0.5
    glow = strength * np.exp(-reach / 19)
    canvas.rgb[:] += glow[..., None] * (np.asarray(palette.light, np.float32) - canvas.rgb)
    piece = canvas.within(x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius)
    piece.paint(disc(piece, x, y, radius, radius), palette.light, rough=2)
    if scene.sky == "night":
        seas = disc(piece, x + 0.25 * radius, y - 0.1 * radius, 0.4 * radius, 0.3 * radius)
        piece.paint(seas, mixed(palette.light, (150, 150, 150), 0.3), rough=0, opacity=0.6, soft=2)


def _paint_clouds(canvas: Canvas, palette: Palette, horizon: float) -> None:
    """Banks of cloud: lit above, in shade below."""
    high = 1 - np.abs(canvas.y / horizon - 0.4) / 0.5  # few at the very top, none low down
    mass = canvas.noise("cloud") + 0.35 * canvas.noise("daub") + 1.5 * high - 1.5
    lit, shade = palette.cloud
    canvas.paint(mass * 8 * canvas.unit, shade, rough=3, opacity=0.8, soft=4)
    lift = max(1, round(3.5 * canvas.unit))
    above = np.vstack([mass[lift:], mass[-lift:]])  # the same bank, moved up
    canvas.paint(np.minimum(mass, above) * 8 * canvas.unit, lit, rough=4, opacity=0.95, soft=3.5)


def _paint_ceiling(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """A sky closed by cloud; in a storm it is heavy, and rain falls from it."""
    lit, shade = palette.cloud
    low = canvas.y / horizon
    mass = canvas.noise("cloud") + 0.5 * canvas.noise("stroke")
    heavy = 1.0 if scene.sky == "storm" else 0.5
    canvas.paint(
        (mass + 0.6 - 1.3 * low) * 7 * canvas.unit,
        shade,
        rough=5,
        opacity=0.55 * heavy + 0.15,
        soft=5,
    )
    canvas.paint(
        (canvas.noise("cloud") - 0.6 - 0.4 * low) * 7 * canvas.unit,
        lit,
        rough=5,
        opacity=0.6,
        soft=5,
    )
    if scene.sky == "storm":
        slant = canvas.x + 0.35 * canvas.y
        curtain = np.sin(slant / (2.3 * canvas.unit)) + 1.2 * canvas.noise("upright")
        falls = np.minimum((curtain - 0.9) * 3, (low - 0.35) * 30 * canvas.unit)
        canvas.paint(falls, mixed(lit, palette.sky[-1], 0.5), rough=0, opacity=0.3, soft=2)


def paint_backdrop(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """What stands along the horizon: hills, mountains with snow, or the edge of a forest."""
    match scene.backdrop:
        case "hills":
            canvas.near = 0.14
            _paint_hills(canvas, palette, horizon)
        case "mountains":
            canvas.near = 0.08
            _paint_mountains(canvas, palette, horizon)
        case "forest":
            canvas.near = 0.2
            _paint_forest(canvas, palette, horizon)
        case _:
            pass


def _profile(canvas: Canvas, grain: str) -> Field:
    """One row of noise [W]: the line of a range."""
    return canvas.noise(grain)[canvas.height // 2]


def _paint_hills(canvas: Canvas, palette: Palette, horizon: float) -> None:
    green = mixed(palette.hills, tinted((96, 140, 72), palette.land), 0.35)
    for rise, colour in ((0.11, palette.hills), (0.05, green)):
        line = canvas.height * np.clip(rise + 0.4 * rise * _profile(canvas, "wide"), 0.015, 0.22)
        canvas.paint(canvas.y - (horizon - line), colour, rough=5, touch=True)


def _paint_mountains(canvas: Canvas, palette: Palette, horizon: float) -> None:
    """Overlapping peaks, lit from the left, with snow on top."""
    rock = mixed(palette.hills, tinted((92, 96, 118), palette.land), 0.4)
    shade = mixed(rock, (20, 24, 44), 0.38)
    snow = mixed((250, 250, 252), palette.sky[-1], 0.25)
    snow = mixed(snow, tinted(snow, palette.land), 0.6)
    wide = 0.5 * canvas.height
    count = max(3, round(2.4 * canvas.width / wide))
    tall = canvas.rng.uniform(0.16, 0.36, count) * canvas.height
    places = (np.arange(count) + canvas.rng.uniform(0.1, 0.9, count)) / count * canvas.width
    for height, x in sorted(zip(tall.tolist(), places.tolist(), strict=True), reverse=True):
        half = height * canvas.rng.uniform(1.0, 1.35)
        lean = canvas.rng.uniform(-0.15, 0.2) * half
        top = horizon - height
        piece = canvas.within(x - half - 4, top - 4, x + half + 4, horizon + 4)
        wild = 1.1 * canvas.unit * piece.noise("daub")
        whole = (
            polygon(piece, (x, top), (x + half, horizon + 1), (x - half, horizon + 1)) + 0.5 * wild
        )
        dark = polygon(piece, (x, top), (x + half, horizon + 1), (x + lean, horizon + 1)) + wild
        piece.paint(whole, rock, rough=5, touch=True)
        piece.paint(np.minimum(whole, dark), shade, rough=5)
        line = top + 0.36 * height - piece.y + 1.8 * canvas.unit * piece.noise("leaf")
        piece.paint(np.minimum(whole, line), snow, rough=2)
        piece.paint(np.minimum(np.minimum(whole, line), dark), mixed(snow, shade, 0.4), rough=2)
    haze = canvas.y - (horizon - 0.06 * canvas.height)
    canvas.paint(haze, palette.sky[-1], rough=0, opacity=0.28, soft=8)


def _paint_forest(canvas: Canvas, palette: Palette, horizon: float) -> None:
    """Two rows of tree tops, the farther one paler."""
    dark = tinted((34, 74, 48), palette.land)
    for rise, share in ((0.14, 0.45), (0.085, 0.1)):
        tops = rise + 0.02 * _profile(canvas, "wide") + 0.022 * _profile(canvas, "leaf")
        line = horizon - canvas.height * np.clip(tops, 0.03, 0.3)
        wild = 1.6 * canvas.unit * canvas.noise("upright")
        canvas.paint(
            canvas.y - line + wild,
            mixed(dark, palette.hills, share),
            rough=5,
            grain="upright",
            touch=True,
        )
