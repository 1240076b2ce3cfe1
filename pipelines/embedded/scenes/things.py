"""Painters of the things in a scene: each paints one large, plain, recognisable object."""

from collections.abc import Callable

import numpy as np

from .canvas import Canvas, Field, box, disc, mixed, polygon, tinted
from .palettes import (
    BANK,
    CROWNS,
    DOOR,
    HULLS,
    ROCK,
    SAIL,
    SHADOW,
    STONE,
    TRUNK,
    WALLS,
    Palette,
    soil_colours,
)
from .scene import FIELDS, Scene, Thing

Place = tuple[float, float, float]  # size, x of the middle, y of the foot; pixels
Box = tuple[float, float, float, float]  # left, top, right, bottom; pixels

REACHES = {  # kind -> how far it reaches beside its middle, above and below its foot, in sizes
    "tree": (0.48, 1.04, 0.04),
    "autumn": (0.48, 1.04, 0.04),
    "conifer": (0.38, 1.03, 0.04),
    "house": (0.6, 0.96, 0.08),
    "boat": (0.54, 1.02, 0.1),
    "lighthouse": (0.4, 1.03, 0.12),
    "bridge": (0.72, 0.46, 0.08),
}


def paint_thing(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette) -> None:
    """Paint one thing and what it stands on, in a piece of the canvas around it."""
    size, x, base = placed(thing, scene, canvas.width, canvas.height)
    wide = 0.85 * size
    piece = canvas.within(x - wide, base - 1.15 * size, x + wide, base + 0.3 * size)
    PAINTERS[thing.kind](piece, thing, scene, palette, (size, x, base))


def placed(thing: Thing, scene: Scene, width: int, height: int) -> Place:
    """Where a thing stands on a canvas of this size."""
    size = thing.height * min(height, 1.25 * width)
    horizon = scene.horizon * height
    return size, thing.x * width, horizon + thing.foot * (height - horizon)


def bounds(thing: Thing, scene: Scene, width: int, height: int) -> Box:
    """What a thing fills of a canvas of this size, about; it may reach beyond the edges."""
    size, x, base = placed(thing, scene, width, height)
    beside, above, below = (reach * size for reach in REACHES[thing.kind])
    return x - beside, base - above, x + beside, base + below


def _tree(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette, place: Place) -> None:
    """A leafy tree: a trunk that forks, a crown of several masses, lit from the upper left."""
    size, x, base = place
    _footing(canvas, scene, palette, x, base, 0.34 * size)
    bark = tinted(TRUNK, palette.tint)
    thin = 0.045 * size
    foot = polygon(
        canvas,
        (x - thin, base - 0.5 * size),
        (x + thin, base - 0.5 * size),
        (x + 1.7 * thin, base),
        (x - 1.7 * thin, base),
    )
    canvas.paint(foot, bark, touch=True)
    canvas.paint(np.minimum(foot, canvas.x - x), mixed(bark, (20, 16, 20), 0.35), rough=4)
    shade, body, lit = (tinted(colour, palette.tint) for colour in CROWNS[thing.kind])
    middle = base - 0.64 * size
    lobes = [(x, middle, 0.32 * size, 0.29 * size)]
    for turn in canvas.rng.uniform(0, 2 * np.pi) + np.arange(6) * np.pi / 3:
        reach = canvas.rng.uniform(0.75, 1.1)
        lobes.append(
            (
                x + 0.25 * size * reach * np.cos(turn),
                middle + 0.2 * size * reach * np.sin(turn),
                0.17 * size,
                0.15 * size,
            )
        )
    wild = 0.03 * size * canvas.noise("leaf")
    crown = disc(canvas, *lobes[0])
    for lobe in lobes[1:]:
        crown = np.maximum(crown, disc(canvas, *lobe))
    crown = crown + wild
    canvas.paint(crown, shade, rough=5, grain="leaf", touch=True)
    lift = 0.05 * size
    leaves = canvas.noise("leaf") * 0.05 * size
    upper = disc(canvas, x - lift, middle - lift, 0.36 * size, 0.3 * size)
    canvas.paint(np.minimum(crown, upper + leaves), body, rough=5, grain="leaf", soft=1.2)
    for lobe_x, lobe_y, across, down in lobes:
        dab = disc(canvas, lobe_x - 0.4 * across, lobe_y - 0.45 * down, 0.6 * across, 0.5 * down)
        canvas.paint(
            np.minimum(crown, dab + 0.8 * leaves), lit, rough=5, grain="leaf", opacity=0.8, soft=1.5
        )
    if scene.ground == "snow":
        cap = np.minimum(
            crown, disc(canvas, x - lift, middle - 0.24 * size, 0.3 * size, 0.12 * size) + leaves
        )
        canvas.paint(cap, soil_colours("snow", palette)[0], rough=3, opacity=0.9)


def _conifer(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette, place: Place) -> None:
    """A fir: tiers of hanging branches, the right side in shade."""
    size, x, base = place
    _footing(canvas, scene, palette, x, base, 0.3 * size)
    bark = tinted(TRUNK, palette.tint)
    canvas.paint(
        box(canvas, x - 0.04 * size, base - 0.16 * size, x + 0.04 * size, base), bark, touch=True
    )
    shade, body, lit = (tinted(colour, palette.tint) for colour in CROWNS["conifer"])
    snow = soil_colours("snow", palette)[0]
    wild = 0.024 * size * canvas.noise("upright")
    for tier in range(4):
        top, low = (
            base - (0.62, 0.74, 0.87, 1.0)[tier] * size,
            base - (0.1, 0.32, 0.53, 0.72)[tier] * size,
        )
        half = (0.34, 0.27, 0.2, 0.13)[tier] * size
        branch = polygon(canvas, (x, top), (x + half, low), (x - half, low)) + wild
        canvas.paint(branch, body, rough=7, grain="upright", touch=True)
        canvas.paint(
            np.minimum(branch, canvas.x - x - 0.2 * half + wild), shade, rough=5, grain="upright"
        )
        left = np.minimum(branch, x - 0.15 * half - canvas.x + 1.5 * wild)
        canvas.paint(left - 0.1 * half, lit, rough=6, grain="upright", opacity=0.6, soft=1.5)
        if scene.ground == "snow":
            heap = np.minimum(branch, top + 0.42 * (low - top) - canvas.y + 2 * wild)
            canvas.paint(heap, snow, rough=3, opacity=0.92)


def _house(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette, place: Place) -> None:
    """A cottage seen from a corner: a gable with its door, a long wall in shade, one great roof."""
    size, x, base = place
    size *= 0.9
    _footing(canvas, scene, palette, x, base, 0.56 * size)
    wall, roof = WALLS[thing.colour]
    wall, roof = tinted(wall, palette.tint), tinted(roof, palette.tint)
    shade = mixed(wall, (44, 44, 70), 0.24)
    left, corner, right = x - 0.56 * size, x - 0.08 * size, x + 0.58 * size
    eaves, ridge = base - 0.46 * size, base - 0.9 * size
    peak = (left + corner) / 2
    chimney = box(canvas, x + 0.26 * size, ridge - 0.12 * size, x + 0.37 * size, eaves)
    canvas.paint(chimney, tinted(mixed(DOOR, STONE, 0.3), palette.tint), touch=True)
    canvas.paint(box(canvas, corner - 1, eaves, right, base), shade, touch=True)
    gable = polygon(
        canvas, (peak, ridge), (corner, eaves), (corner, base), (left, base), (left, eaves)
    )
    canvas.paint(gable, wall, rough=4, touch=True)
    slope = polygon(
        canvas,
        (peak, ridge - 0.04 * size),
        (right - 0.16 * size, ridge - 0.04 * size),
        (right + 0.07 * size, eaves + 0.04 * size),
        (corner + 0.06 * size, eaves + 0.04 * size),
    )
    canvas.paint(slope, roof, rough=9, grain="ripple", touch=True)
    thick = 0.09 * size
    verge = polygon(
        canvas,
        (peak, ridge - 0.05 * size),
        (peak, ridge + thick),
        (left - 0.04 * size, eaves + thick),
        (left - 0.08 * size, eaves + 0.02 * size),
    )
    canvas.paint(verge, mixed(roof, (30, 20, 20), 0.2), rough=4, touch=True)
    verge = polygon(
        canvas,
        (peak, ridge - 0.05 * size),
        (corner + 0.08 * size, eaves + 0.04 * size),
        (corner, eaves + thick),
        (peak, ridge + thick),
    )
    canvas.paint(verge, mixed(roof, (30, 20, 20), 0.2), rough=4, touch=True)
    door = (left + corner) / 2
    canvas.paint(
        box(canvas, door - 0.085 * size, base - 0.3 * size, door + 0.085 * size, base),
        tinted(DOOR, palette.tint),
        rough=4,
    )
    for middle in (corner + 0.18 * size, corner + 0.46 * size):
        window = box(
            canvas,
            middle - 0.085 * size,
            base - 0.35 * size,
            middle + 0.085 * size,
            base - 0.15 * size,
        )
        canvas.paint(window + 0.025 * size, tinted((250, 246, 236), palette.tint), rough=2)
        canvas.paint(window, palette.window, rough=3)
    if scene.ground == "snow":
        cap = np.minimum(
            slope, ridge + 0.2 * size - canvas.y + 2 * canvas.unit * canvas.noise("daub")
        )
        canvas.paint(cap, soil_colours("snow", palette)[0], rough=2)


def _boat(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette, place: Place) -> None:
    """A sailing boat: a coloured hull with a light rim, a mast, two white sails; their mirror."""
    size, x, base = place
    deck = base - 0.22 * size
    hue = tinted(HULLS[thing.colour], palette.tint)
    broken = 2 * canvas.unit * canvas.noise("ripple")
    mirror = disc(canvas, x, base + 0.03 * size, 0.42 * size, 0.12 * size) + broken
    canvas.paint(mirror, mixed(hue, palette.water[1], 0.45), opacity=0.6, soft=2.5)
    pale = disc(canvas, x + 0.06 * size, base + 0.17 * size, 0.2 * size, 0.09 * size) + broken
    canvas.paint(pale, tinted(SAIL, palette.tint, 0.7), rough=2, opacity=0.4, soft=3)
    mast = box(canvas, x - 0.02 * size, base - size, x + 0.02 * size, deck)
    canvas.paint(mast, tinted(TRUNK, palette.tint), touch=True)
    main = polygon(
        canvas,
        (x + 0.03 * size, base - 0.98 * size),
        (x + 0.44 * size, deck - 0.06 * size),
        (x + 0.03 * size, deck - 0.06 * size),
    )
    sail = tinted(SAIL, palette.tint, 0.75)
    canvas.paint(main, sail, rough=3, grain="upright", touch=True)
    canvas.paint(
        np.minimum(main, canvas.x - x - 0.17 * size + broken),
        mixed(sail, SHADOW, 0.18),
        rough=2,
        soft=2,
    )
    jib = polygon(
        canvas,
        (x - 0.03 * size, base - 0.86 * size),
        (x - 0.03 * size, deck - 0.06 * size),
        (x - 0.36 * size, deck - 0.06 * size),
    )
    canvas.paint(jib, mixed(sail, SHADOW, 0.1), rough=3, grain="upright", touch=True)
    hull = polygon(
        canvas,
        (x - 0.52 * size, deck),
        (x + 0.52 * size, deck),
        (x + 0.32 * size, base),
        (x - 0.34 * size, base),
    )
    canvas.paint(hull, hue, touch=True)
    canvas.paint(
        np.minimum(hull, canvas.y - base + 0.07 * size), mixed(hue, (16, 20, 40), 0.4), rough=3
    )
    rim = tinted((236, 208, 150), palette.tint)
    canvas.paint(np.minimum(hull, deck + 0.05 * size - canvas.y), rim, rough=2)


def _lighthouse(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette, place: Place) -> None:
    """A white tower with red bands on a rock; its lamp burns when it is dark."""
    size, x, base = place
    if scene.ground in FIELDS or scene.ground == "beach":
        _footing(canvas, scene, palette, x, base, 0.2 * size)
    else:
        rock = disc(
            canvas, x, base + 0.02 * size, 0.42 * size, 0.13 * size
        ) + 2 * canvas.unit * canvas.noise("leaf")
        canvas.paint(rock, tinted(ROCK, palette.tint), rough=8, grain="leaf", touch=True)
    lamp = base - 0.86 * size
    lit = scene.sky in ("night", "storm", "sunset", "dawn")
    if lit:
        glow = np.exp(-np.hypot(canvas.x - x, canvas.y - lamp) / (0.13 * size))
        canvas.rgb[:] += (0.85 * glow)[..., None] * (
            np.array([255, 236, 150], np.float32) - canvas.rgb
        )
    white = tinted((248, 246, 240), palette.tint)
    tower = polygon(
        canvas,
        (x - 0.095 * size, base - 0.78 * size),
        (x + 0.095 * size, base - 0.78 * size),
        (x + 0.15 * size, base),
        (x - 0.15 * size, base),
    )
    canvas.paint(tower, white, rough=3, touch=True)
    red = tinted((206, 40, 34), palette.tint)
    for top in (0.64, 0.32):
        band = np.minimum(canvas.y - (base - top * size), base - (top - 0.16) * size - canvas.y)
        canvas.paint(np.minimum(tower, band), red, rough=4)
    canvas.paint(
        np.minimum(tower, canvas.x - x - 0.035 * size),
        mixed(white, SHADOW, 0.55),
        rough=2,
        opacity=0.45,
        soft=1.5,
    )
    canvas.paint(
        box(canvas, x - 0.13 * size, base - 0.81 * size, x + 0.13 * size, base - 0.76 * size),
        tinted((70, 62, 62), palette.tint),
        rough=3,
        touch=True,
    )
    room = box(canvas, x - 0.07 * size, base - 0.91 * size, x + 0.07 * size, base - 0.8 * size)
    canvas.paint(
        room, (255, 240, 170) if lit else tinted((170, 196, 206), palette.tint), rough=2, touch=True
    )
    cap = polygon(
        canvas,
        (x, base - 1.01 * size),
        (x + 0.11 * size, base - 0.9 * size),
        (x - 0.11 * size, base - 0.9 * size),
    )
    canvas.paint(cap, red, rough=4, touch=True)


def _bridge(canvas: Canvas, thing: Thing, scene: Scene, palette: Palette, place: Place) -> None:
    """A stone bridge with two round arches and a humped back."""
    size, x, base = place
    half = 0.7 * size
    hump = 0.12 * size * np.clip(1 - ((canvas.x - x) / half) ** 2, 0, 1)
    top = base - 0.3 * size - hump
    body: Field = np.minimum(
        np.minimum(canvas.y - top, base + 0.04 * size - canvas.y), half - np.abs(canvas.x - x)
    )
    for middle in (x - 0.31 * size, x + 0.31 * size):
        body = np.minimum(body, -disc(canvas, middle, base + 0.03 * size, 0.22 * size, 0.25 * size))
    stone = tinted(STONE, palette.tint)
    canvas.paint(body, stone, rough=8, grain="leaf", touch=True)
    soffit = body - 0.05 * size
    canvas.paint(
        np.minimum(body, -soffit), mixed(stone, SHADOW, 0.5), rough=6, opacity=0.55, soft=1
    )
    rail = np.minimum(np.minimum(body + 1, top + 0.09 * size - canvas.y), canvas.y - top)
    canvas.paint(rail, mixed(stone, (255, 250, 240), 0.45), rough=6)


PAINTERS: dict[str, Callable[[Canvas, Thing, Scene, Palette, Place], None]] = {
    "tree": _tree,
    "autumn": _tree,
    "conifer": _conifer,
    "house": _house,
    "boat": _boat,
    "lighthouse": _lighthouse,
    "bridge": _bridge,
}


def _footing(
    canvas: Canvas, scene: Scene, palette: Palette, x: float, base: float, half: float
) -> None:
    """What a thing stands on: a bank in the water, else its shadow."""
    if scene.ground in ("sea", "lake", "river"):
        bank = disc(canvas, x, base + 2 * canvas.unit, 1.3 * half, 0.17 * half + 3 * canvas.unit)
        canvas.paint(bank + canvas.unit * canvas.noise("leaf"), tinted(BANK, palette.land), rough=9)
    else:
        shadow = disc(canvas, x + 0.25 * half, base, 1.25 * half, 0.13 * half + 2 * canvas.unit)
        canvas.paint(shadow, tinted(SHADOW, palette.land), rough=0, opacity=0.45, soft=2.5)
