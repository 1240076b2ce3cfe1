"""Painters of the things in a scene: each paints one large, plain, recognisable object."""

from collections.abc import Callable

import numpy as np

from .canvas import Canvas, Colour, Field, disc, polygon
from .scenes import Palette, Scene, Thing

WALL: Colour = (240, 212, 160)
ROOF: Colour = (196, 48, 38)
DOOR: Colour = (104, 62, 40)
TRUNK: Colour = (98, 62, 38)
LEAVES: Colour = (38, 104, 50)
LIT_LEAVES: Colour = (82, 148, 62)
HULL: Colour = (92, 46, 34)
RIM: Colour = (222, 190, 130)
SAIL: Colour = (252, 248, 236)
BANK: Colour = (122, 140, 66)


def paint_tree(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette) -> None:
    """A round leafy tree, lit from the upper left."""
    size, x, base = _placed(canvas, thing, scene)
    _paint_footing(canvas, scene, palette, x, base, 0.34 * size)
    trunk = 0.055 * size
    foot = polygon(
        canvas,
        (x - trunk, base - 0.5 * size),
        (x + trunk, base - 0.5 * size),
        (x + 1.5 * trunk, base),
        (x - 1.5 * trunk, base),
    )
    canvas.paint(foot, tinted(TRUNK, palette), touch=True)
    middle = base - 0.64 * size
    crown = disc(canvas, x, middle, 0.36 * size, 0.33 * size)
    for turn in canvas.rng.uniform(0, 2 * np.pi, 1) + np.arange(5) * 2 * np.pi / 5:
        lobe_x, lobe_y = x + 0.22 * size * np.cos(turn), middle + 0.19 * size * np.sin(turn)
        crown = np.maximum(crown, disc(canvas, lobe_x, lobe_y, 0.19 * size, 0.17 * size))
    canvas.paint(crown, tinted(LEAVES, palette), rough=7, touch=True)
    lit = disc(canvas, x - 0.1 * size, middle - 0.1 * size, 0.26 * size, 0.22 * size)
    daubs = lit + 3.5 * canvas.unit * canvas.noise("daub") - 2 * canvas.unit
    canvas.paint(np.minimum(crown, daubs), tinted(LIT_LEAVES, palette), opacity=0.85, soft=2)


def paint_house(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette) -> None:
    """A cottage seen from the front: warm walls, a red roof, a door, two windows, a chimney."""
    size, x, base = _placed(canvas, thing, scene)
    size *= 0.84  # it is wider than high
    _paint_footing(canvas, scene, palette, x, base, 0.62 * size)
    half = 0.5 * size
    eaves = base - 0.5 * size
    chimney = box(canvas, x + 0.2 * size, base - 1.02 * size, x + 0.32 * size, eaves)
    canvas.paint(chimney, tinted(DOOR, palette), touch=True)
    canvas.paint(
        box(canvas, x - half, eaves - 1, x + half, base), tinted(WALL, palette), touch=True
    )
    shade = tuple(0.8 * level for level in WALL)
    canvas.paint(
        box(canvas, x - half, eaves, x + half, eaves + 0.07 * size),
        tinted((shade[0], shade[1], shade[2]), palette),
    )
    roof = polygon(
        canvas,
        (x - 0.36 * size, base - 0.94 * size),
        (x + 0.36 * size, base - 0.94 * size),
        (x + 0.61 * size, eaves),
        (x - 0.61 * size, eaves),
    )
    canvas.paint(roof, tinted(ROOF, palette), rough=9, grain="stroke", touch=True)
    canvas.paint(
        box(canvas, x - 0.1 * size, base - 0.33 * size, x + 0.1 * size, base),
        tinted(DOOR, palette),
    )
    for side in (-1, 1):
        middle = x + side * 0.3 * size
        canvas.paint(
            box(
                canvas,
                middle - 0.1 * size,
                base - 0.37 * size,
                middle + 0.1 * size,
                base - 0.16 * size,
            ),
            palette.window,
            rough=2,
        )


def paint_boat(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette) -> None:
    """A sailing boat: a dark hull with a light rim, a mast, two white sails."""
    size, x, base = _placed(canvas, thing, scene)
    deck = base - 0.22 * size
    mirror = disc(canvas, x, base + 0.04 * size, 0.4 * size, 0.1 * size)
    canvas.paint(mirror, tinted(HULL, palette), opacity=0.45, soft=3)
    mast = box(canvas, x - 0.02 * size, base - size, x + 0.02 * size, deck)
    canvas.paint(mast, tinted(TRUNK, palette), touch=True)
    main = polygon(
        canvas,
        (x + 0.03 * size, base - 0.98 * size),
        (x + 0.44 * size, deck - 0.06 * size),
        (x + 0.03 * size, deck - 0.06 * size),
    )
    canvas.paint(main, tinted(SAIL, palette, 0.45), rough=3, grain="upright", touch=True)
    jib = polygon(
        canvas,
        (x - 0.03 * size, base - 0.86 * size),
        (x - 0.03 * size, deck - 0.06 * size),
        (x - 0.36 * size, deck - 0.06 * size),
    )
    canvas.paint(jib, tinted(SAIL, palette, 0.6), rough=3, grain="upright", touch=True)
    hull = polygon(
        canvas,
        (x - 0.52 * size, deck),
        (x + 0.52 * size, deck),
        (x + 0.32 * size, base),
        (x - 0.34 * size, base),
    )
    canvas.paint(hull, tinted(HULL, palette), touch=True)
    rim = np.minimum(hull, deck + 0.055 * size - canvas.y)
    canvas.paint(rim, tinted(RIM, palette), rough=2)


PAINTERS: dict[str, Callable[[Canvas, Thing, Scene, Palette], None]] = {
    "tree": paint_tree,
    "house": paint_house,
    "boat": paint_boat,
}


def _placed(canvas: Canvas, thing: Thing, scene: Scene) -> tuple[float, float, float]:
    """Size, centre and foot of a thing in pixels: it stands a little below the horizon."""
    size = thing.height * min(canvas.height, 1.25 * canvas.width)
    base = scene.horizon * canvas.height + 0.33 * size
    return size, thing.x * canvas.width, base


def _paint_footing(
    canvas: Canvas, scene: Scene, palette: Palette, x: float, base: float, half: float
) -> None:
    """What a thing stands on: a bank in the water, else its shadow."""
    if scene.ground == "water":
        bank = disc(canvas, x, base + 1.5 * canvas.unit, 1.25 * half, 0.09 * canvas.height)
        canvas.paint(bank, tinted(BANK, palette), rough=8)
    else:
        shadow = disc(canvas, x + 0.2 * half, base, 1.15 * half, 0.035 * canvas.height)
        canvas.paint(shadow, tinted((52, 64, 92), palette), rough=0, opacity=0.45, soft=2)


def box(canvas: Canvas, left: float, top: float, right: float, bottom: float) -> Field:
    """Signed distance to an upright rectangle."""
    return polygon(canvas, (left, top), (right, top), (right, bottom), (left, bottom))


def tinted(colour: Colour, palette: Palette, share: float = 1.0) -> Colour:
    """A colour in the light of the hour; `share` 0 keeps it as it is."""
    red, green, blue = (
        level * (1 - share + share * tint) for level, tint in zip(colour, palette.tint, strict=True)
    )
    return red, green, blue
