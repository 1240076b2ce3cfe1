"""What can be in a picture: the tables of attributes, and the scenes drawn from them.

A new sky is a row in `PALETTES`; a new thing a name in `THINGS` and a painter in `things.PAINTERS`.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .canvas import Colour

SKIES = ("day", "sunset", "night")
GROUNDS = ("water", "grass", "snow")
THINGS = ("tree", "house", "boat")
SIDES = ("left", "centre", "right")

HELD_OUT = 10_000_000  # scenes from this seed on are never trained on

CENTRES = {"left": 0.24, "centre": 0.5, "right": 0.76}  # of a thing, share of the width


@dataclass(frozen=True)
class Thing:
    """One large object of a scene."""

    kind: str  # one of THINGS
    side: str  # one of SIDES
    x: float  # centre, share of the width
    height: float  # share of the picture's height


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything that is in a picture. `seed` decides brushwork and small colour changes."""

    seed: int
    sky: str  # one of SKIES
    ground: str  # one of GROUNDS
    things: tuple[Thing, ...] = ()  # none, one or two, on different sides
    light: str | None = None  # side of the sun or the moon; None: it is out of the picture
    hills: bool = False
    clouds: bool = False
    horizon: float = 0.56  # share of the height, from the top

    def __post_init__(self) -> None:
        if self.sky not in SKIES:
            raise ValueError(f"sky must be one of {', '.join(SKIES)}, got {self.sky!r}")
        if self.ground not in GROUNDS:
            raise ValueError(f"ground must be one of {', '.join(GROUNDS)}, got {self.ground!r}")
        for thing in self.things:
            if thing.kind not in THINGS:
                raise ValueError(f"a thing must be one of {', '.join(THINGS)}, got {thing.kind!r}")
            if thing.side not in SIDES:
                raise ValueError(f"a side must be one of {', '.join(SIDES)}, got {thing.side!r}")


@dataclass(frozen=True)
class Palette:
    """The colours of a time of day, 0..255."""

    sky: tuple[Colour, Colour, Colour]  # top, middle, at the horizon
    water: tuple[Colour, Colour]  # far, near
    grass: tuple[Colour, Colour]
    snow: tuple[Colour, Colour]
    hills: Colour
    cloud: Colour
    light: Colour  # sun or moon
    tint: Colour  # 0..1, multiplies the colours of things
    window: Colour


PALETTES = {
    "day": Palette(
        sky=((62, 132, 214), (118, 180, 232), (206, 230, 240)),
        water=((96, 166, 204), (34, 98, 158)),
        grass=((150, 186, 78), (84, 142, 48)),
        snow=((246, 249, 252), (212, 226, 242)),
        hills=(124, 158, 186),
        cloud=(250, 250, 248),
        light=(255, 240, 150),
        tint=(1.0, 1.0, 1.0),
        window=(96, 132, 160),
    ),
    "sunset": Palette(
        sky=((104, 72, 138), (232, 112, 96), (255, 200, 110)),
        water=((246, 168, 108), (112, 70, 118)),
        grass=((156, 144, 58), (84, 98, 42)),
        snow=((255, 226, 206), (206, 172, 196)),
        hills=(136, 84, 122),
        cloud=(255, 164, 122),
        light=(255, 236, 150),
        tint=(0.98, 0.84, 0.78),
        window=(255, 214, 112),
    ),
    "night": Palette(
        sky=((12, 18, 50), (24, 36, 84), (56, 76, 130)),
        water=((42, 62, 116), (14, 24, 62)),
        grass=((48, 98, 60), (22, 62, 42)),
        snow=((150, 168, 208), (104, 122, 174)),
        hills=(30, 40, 82),
        cloud=(62, 78, 124),
        light=(250, 244, 214),
        tint=(0.64, 0.66, 0.78),
        window=(255, 210, 104),
    ),
}


def scene(seed: int) -> Scene:
    """The scene of a seed, drawn from the training distribution."""
    if seed < 0:
        raise ValueError(f"a scene's seed must not be negative, got {seed}")
    rng = np.random.default_rng((seed, 1))
    sky = SKIES[rng.integers(3)]
    ground = GROUNDS[rng.integers(3)]
    kinds: list[str] = []
    if rng.random() < 0.85:
        kinds = [_draw_kind(rng, ground)]
        if rng.random() < 0.25:
            kinds.append(_draw_kind(rng, ground, but=kinds[0]))
    sides = [str(side) for side in rng.permutation(SIDES if len(kinds) < 2 else ("left", "right"))]
    return Scene(
        seed=seed,
        sky=sky,
        ground=ground,
        things=tuple(
            _draw_thing(rng, kind, side) for kind, side in zip(kinds, sides, strict=False)
        ),
        light=str(rng.choice(SIDES)) if rng.random() < 0.5 else None,
        hills=bool(rng.random() < 0.4),
        clouds=bool(rng.random() < 0.4),
        horizon=float(rng.uniform(0.53, 0.6)),
    )


def _draw_kind(rng: np.random.Generator, ground: str, but: str = "") -> str:
    """A kind of thing that suits the ground: boats are on water, and half the things there."""
    weights = {"tree": 1.0, "house": 1.0, "boat": 2.0 if ground == "water" else 0.0}
    weights.pop(but, None)
    kinds = list(weights)
    share = np.array([weights[kind] for kind in kinds])
    return kinds[int(rng.choice(len(kinds), p=share / share.sum()))]


def _draw_thing(rng: np.random.Generator, kind: str, side: str) -> Thing:
    x = CENTRES[side] + float(rng.uniform(-0.03, 0.03))
    return Thing(kind, side, x, float(rng.uniform(0.44, 0.54)))


def jittered(palette: Palette, rng: np.random.Generator) -> Palette:
    """The palette as a painter mixed it on one day: a little warmer, cooler, lighter, darker."""
    shift = rng.normal(0, 5, 3)  # levels; one mixture for the whole picture, so it stays in tune
    sky = tuple(_mixed(colour, shift, rng) for colour in palette.sky)
    return replace(
        palette,
        sky=(sky[0], sky[1], sky[2]),
        water=(_mixed(palette.water[0], shift, rng), _mixed(palette.water[1], shift, rng)),
        grass=(_mixed(palette.grass[0], shift, rng), _mixed(palette.grass[1], shift, rng)),
        snow=(_mixed(palette.snow[0], shift, rng), _mixed(palette.snow[1], shift, rng)),
        hills=_mixed(palette.hills, shift, rng),
    )


def _mixed(colour: Colour, shift: NDArray[np.float64], rng: np.random.Generator) -> Colour:
    red, green, blue = np.clip(np.asarray(colour) + shift + rng.normal(0, 4, 3), 0, 255)
    return float(red), float(green), float(blue)
