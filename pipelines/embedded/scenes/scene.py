"""What can be in a picture: the tables of attributes, and the scenes drawn from them.

A new sky is a row in `palettes.PALETTES`; a new thing a row in `THINGS` and a painter in
`things.PAINTERS`; its words are in `words`.
"""

from dataclasses import dataclass, replace

import numpy as np

from .palettes import HULLS, PETALS, WALLS

SKIES = ("day", "sunset", "night", "dawn", "overcast", "storm")
GROUNDS = ("sea", "lake", "river", "beach", "grass", "wheat", "lavender", "snow", "sand")
FIELDS = ("grass", "wheat", "lavender", "snow", "sand")
BACKDROPS = ("none", "hills", "mountains", "forest")
SIDES = ("left", "centre", "right")
STYLES = ("gouache", "oil", "watercolour", "ink")
SIZES = ("ordinary", "small", "large")
PLACES = ("ordinary", "far", "near")
CLEAR = ("day", "sunset", "night", "dawn")  # the skies that show a sun or a moon

HELD_OUT = 10_000_000  # scenes from this seed on are never trained on
CENTRES = {"left": 0.24, "centre": 0.5, "right": 0.76}  # of a thing, share of the width


@dataclass(frozen=True)
class Kind:
    """What there is to know of a kind of thing before it is painted."""

    grounds: dict[str, float]  # where it may stand -> how often
    colours: tuple[str, ...] = ()  # it may have; (): it has its own


_ON_LAND = dict.fromkeys(FIELDS, 1.0) | {"lake": 0.6, "river": 1.0, "beach": 0.6, "sea": 0.2}
_GREEN = _ON_LAND | {"sand": 0.4}

THINGS = {
    "tree": Kind(_GREEN),
    "house": Kind(_ON_LAND, tuple(WALLS)),
    "boat": Kind({"sea": 3.0, "lake": 2.5, "river": 1.0, "beach": 2.0}, tuple(HULLS)),
    "conifer": Kind(_GREEN | {"snow": 1.6}),
    "autumn": Kind(_GREEN | {"snow": 0.3}),
    "lighthouse": Kind({"sea": 1.6, "beach": 1.6, "lake": 0.6, "grass": 0.4, "sand": 0.3}),
    "bridge": Kind({"river": 3.0, "lake": 0.7}),
}
HEIGHTS = {"ordinary": (0.42, 0.52), "small": (0.28, 0.34), "large": (0.6, 0.7)}
IN_A_CROWD = (0.3, 0.4)  # heights of things on three sides
FEET = {"ordinary": (0.3, 0.42), "far": (0.1, 0.16), "near": (0.56, 0.66)}


@dataclass(frozen=True)
class Thing:
    """One large object of a scene."""

    kind: str  # one of THINGS
    side: str  # one of SIDES
    x: float  # centre, share of the width
    height: float  # share of the picture's height
    colour: str = ""  # one of its kind's; "": its kind has none
    size: str = "ordinary"  # one of SIZES
    place: str = "ordinary"  # one of PLACES
    foot: float = 0.36  # where it stands: 0 at the horizon, 1 at the lower edge


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Everything that is in a picture. `seed` decides brushwork and small colour changes."""

    seed: int
    sky: str  # one of SKIES
    ground: str  # one of GROUNDS
    things: tuple[Thing, ...] = ()  # none, one or two on different sides; three in a crowd
    light: str | None = None  # side of the sun or the moon; None: it is out of the picture
    backdrop: str = "none"  # one of BACKDROPS
    clouds: bool = False
    stars: bool = False
    flowers: str = ""  # their colour; "": there are none
    fence: bool = False
    path: bool = False
    style: str = "gouache"  # one of STYLES
    horizon: float = 0.54  # share of the height, from the top

    def __post_init__(self) -> None:
        _check("sky", self.sky, SKIES)
        _check("ground", self.ground, GROUNDS)
        _check("backdrop", self.backdrop, BACKDROPS)
        _check("style", self.style, STYLES)
        if self.flowers:
            _check("the flowers' colour", self.flowers, tuple(PETALS))
        for thing in self.things:
            _check("a thing", thing.kind, tuple(THINGS))
            _check("a side", thing.side, SIDES)
            if colours := THINGS[thing.kind].colours:
                _check(f"the colour of a {thing.kind}", thing.colour, colours)


def _check(what: str, found: str, right: tuple[str, ...]) -> None:
    if found not in right:
        raise ValueError(f"{what} must be one of {', '.join(right)}, got {found!r}")


def scene(seed: int, *, crowded: bool = False) -> Scene:
    """The scene of a seed, drawn from the training distribution.

    Crowded: with a thing on every side. Captions of the whole have no room for so many; such
    scenes are told in regions.
    """
    if seed < 0:
        raise ValueError(f"a scene's seed must not be negative, got {seed}")
    rng = np.random.default_rng((seed, 4))
    sky = SKIES[rng.integers(len(SKIES))]
    ground = GROUNDS[rng.integers(len(GROUNDS))]
    land = ground in FIELDS and ground != "sand"
    count = int(np.searchsorted((0.12, 0.74), rng.random()))
    count = len(SIDES) if crowded else count
    far = (0.72, 0.86, 0.96) if ground in ("sea", "beach") else (0.4, 0.62, 0.82)
    return Scene(
        seed=seed,
        sky=sky,
        ground=ground,
        things=_things(rng, ground, count),
        light=SIDES[rng.integers(3)] if sky in CLEAR and rng.random() < 0.5 else None,
        backdrop=BACKDROPS[int(np.searchsorted(far, rng.random()))],
        clouds=bool(sky not in CLEAR or rng.random() < 0.4),
        stars=bool(sky == "night" and rng.random() < 0.6),
        flowers=tuple(PETALS)[rng.integers(4)] if ground == "grass" and rng.random() < 0.3 else "",
        fence=bool(land and rng.random() < 0.14),
        path=bool(land and rng.random() < 0.2),
        style=STYLES[int(np.searchsorted((0.64, 0.76, 0.88), rng.random()))],
        horizon=float(rng.uniform(0.5, 0.58)),
    )


def _things(rng: np.random.Generator, ground: str, count: int) -> tuple[Thing, ...]:
    """So many things that suit the ground, of different kinds, on different sides."""
    weights = {kind: row.grounds.get(ground, 0.0) for kind, row in THINGS.items()}
    sides = ("left", "right") if count == 2 else SIDES
    things: list[Thing] = []
    for side in rng.permutation(sides)[:count]:
        kinds = list(weights)
        share = np.array(list(weights.values()))
        kind = kinds[int(rng.choice(len(kinds), p=share / share.sum()))]
        del weights[kind]
        things.append(_thing(rng, kind, str(side), ground, alone=count == 1))
    if count == len(SIDES):
        things = [
            replace(thing, height=float(rng.uniform(*IN_A_CROWD)), size="ordinary")
            for thing in things
        ]
    return tuple(things)


def _thing(rng: np.random.Generator, kind: str, side: str, ground: str, *, alone: bool) -> Thing:
    size = SIZES[int(np.searchsorted((0.66, 0.84 if alone else 1), rng.random()))]
    place = PLACES[int(np.searchsorted((0.7, 0.85), rng.random()))]
    if size == "large" and place == "far":
        place = "ordinary"
    if kind == "bridge" or (ground == "beach" and kind == "boat"):
        place = "ordinary"
    foot = float(rng.uniform(*FEET["near" if kind == "bridge" else place]))
    if ground == "beach":  # boats on the water, the rest on the sand
        foot = float(rng.uniform(0.16, 0.26)) if kind == "boat" else max(foot, 0.5)
    return Thing(
        kind,
        side,
        x=CENTRES[side] + float(rng.uniform(-0.03, 0.03)),
        height=float(rng.uniform(*HEIGHTS[size])) * {"far": 0.8, "near": 1.08}.get(place, 1.0),
        colour=str(rng.choice(THINGS[kind].colours)) if THINGS[kind].colours else "",
        size=size,
        place=place,
        foot=foot,
    )
