"""Painters of small things in the foreground: a path, flowers, a fence."""

import numpy as np

from .canvas import Canvas, blend, box, disc, mixed, tinted
from .palettes import PATH, PETALS, TIMBER, Palette
from .scene import Scene


def paint_path(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """A trodden way that winds from the lower edge to the horizon."""
    below = canvas.y - horizon
    down = np.clip(below / (canvas.height - horizon), 0, 1.1)
    swing = canvas.rng.choice([-1.0, 1.0]) * 0.14 * np.sin(5.2 * np.sqrt(down))
    middle = (0.5 + swing + 0.1 * (down - 0.5)) * canvas.width
    half = (0.012 + 0.15 * down**1.2) * canvas.width + canvas.unit * canvas.noise("leaf")
    way = np.minimum(below, half - np.abs(canvas.x - middle))
    earth = PATH if scene.ground != "snow" else mixed(PATH, (150, 130, 120), 0.5)
    near = tinted(mixed(earth, (130, 90, 60), 0.2), palette.land)
    canvas.paint(
        way, blend((tinted(earth, palette.land), near), down), rough=7, grain="ripple", soft=1.2
    )


def paint_flowers(canvas: Canvas, scene: Scene, palette: Palette, horizon: float) -> None:
    """Dabs of one colour all over the meadow, larger towards the painter."""
    hue = tinted(PETALS[scene.flowers], palette.tint, 0.8)
    depth = (canvas.y - horizon) / (canvas.height - horizon)
    far = np.minimum((canvas.noise("fine") - 1.05) * 3, (depth - 0.06) * 30) * canvas.unit
    canvas.paint(np.where(depth < 0.5, far, -9), hue, rough=6, opacity=0.85)
    count = int(46 * canvas.width / canvas.height)
    for across, down in canvas.rng.random((count, 2)):
        deep = 0.3 + 0.68 * np.sqrt(down)
        x, y = across * canvas.width, horizon + deep * (canvas.height - horizon)
        radius = (0.8 + 2.5 * deep**2) * canvas.unit
        piece = canvas.within(x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius)
        piece.paint(disc(piece, x, y, 1.1 * radius, radius), hue, rough=9)
        piece.paint(
            disc(piece, x, y, 0.35 * radius, 0.3 * radius), mixed(hue, (90, 60, 20), 0.5), rough=0
        )


def paint_fence(canvas: Canvas, scene: Scene, palette: Palette) -> None:
    """Posts and two rails along the lower edge, a little askew."""
    wood = tinted(TIMBER, palette.tint)
    foot, tall = 0.965 * canvas.height, 0.15 * canvas.height
    piece = canvas.within(0, foot - 1.5 * tall, canvas.width, canvas.height)
    lean = canvas.rng.uniform(-0.03, 0.03)
    for rise in (0.4, 0.78):
        middle = foot - rise * tall + lean * (piece.x - 0.5 * piece.width)
        rail = 0.085 * tall - np.abs(piece.y - middle)
        piece.paint(rail, mixed(wood, (60, 40, 30), 0.15), rough=7, grain="ripple", touch=True)
    step = 0.17 * canvas.height
    first = canvas.rng.uniform(0, step)
    for x in np.arange(first, canvas.width, step):
        top = foot - tall * canvas.rng.uniform(0.95, 1.1) + lean * (x - 0.5 * canvas.width)
        post = canvas.within(x - 0.08 * step - 3, top - 3, x + 0.08 * step + 3, canvas.height)
        post.near = canvas.near
        shape = box(post, x - 0.075 * step, top, x + 0.075 * step, foot + 2)
        post.paint(shape, wood, rough=8, grain="upright", touch=True)
        post.paint(
            np.minimum(shape, post.x - x - 0.015 * step), mixed(wood, (30, 20, 20), 0.4), rough=3
        )
