"""Whether regions contain what their prompts say: random layouts, painted and judged.

A layout is two to six regions, a sky over a ground and things before them, with one caption each.
Every region counts once for each way of painting, and once for its prompt alone on the whole
canvas with the same seed; a thing has to stand where its region is, alone it may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...model import Model, load_model
from ...pixels import Pixels, image_id
from ...preview import picture
from ...recipe import Recipe, Region
from ...record import Inputs
from ...run import follow, start
from ..scenes.captions import flowers, named, pick
from ..scenes.palettes import PETALS
from ..scenes.scene import CENTRES, GROUNDS, SKIES, THINGS
from ..scenes.words import GROUND_WORDS, SKY_WORDS
from .judge import Verdict, open_judge, verdicts

SIDE = 128  # pixels
STEPS = 8
Kind = Literal["sky", "ground", "thing", "flowers"]
STRENGTH = 0.85  # a region hears a little of the whole too: grounds and skies suit each other
WAYS: dict[str, dict[str, Any]] = {  # Any: fields of Region
    "blend": {"mode": "blend", "prompt_strength": STRENGTH},
    "isolate": {"mode": "isolate", "prompt_strength": STRENGTH},
    "both": {"mode": "isolate", "prompt_strength": STRENGTH, "isolate_steps": STEPS // 2},
}


@dataclass(frozen=True, eq=False)
class Asked:
    """A region of a layout: its prompt, its place, and what the judge should say."""

    kind: Kind
    name: str  # of a sky, a ground or a thing; of flowers the colour
    side: str  # of a thing; "": all of the width
    prompt: str
    mask: Pixels

    def in_region(self, verdict: Verdict) -> bool:
        """Whether a picture of the whole layout contains it, where it belongs."""
        return self.alone(verdict) and self.side in ("", verdict.things.get(self.name))

    def alone(self, verdict: Verdict) -> bool:
        """Whether a picture contains it at all."""
        match self.kind:
            case "sky":
                return verdict.sky == self.name
            case "ground":
                return verdict.ground == self.name
            case "flowers":
                return verdict.colours.get("flowers") == self.name
            case "thing":
                return self.name in verdict.things


@dataclass(frozen=True, eq=False)
class Layout:
    """Regions, lowest first."""

    seed: int
    asked: tuple[Asked, ...]

    @property
    def prompt(self) -> str:
        """What is said of the whole: sky and ground."""
        return ", ".join(a.prompt for a in self.asked if a.kind in ("sky", "ground"))


def layout(seed: int) -> Layout:
    """A random layout: sky and ground, up to three things, flowers where grass is."""
    rng = np.random.default_rng((seed, 7))
    sky, ground = str(rng.choice(SKIES)), str(rng.choice(GROUNDS))
    horizon = rng.uniform(0.48, 0.56)
    asked = [
        Asked("sky", sky, "", pick(SKY_WORDS[sky], rng), rectangle(0, 0, 1, horizon)),
        Asked("ground", ground, "", pick(GROUND_WORDS[ground], rng), rectangle(0, horizon, 1, 1)),
    ]
    if ground == "grass" and rng.random() < 0.7:
        colour = str(rng.choice(tuple(PETALS)))
        asked.append(Asked("flowers", colour, "", flowers(colour, rng), rectangle(0, 0.75, 1, 1)))
    kinds = [kind for kind, row in THINGS.items() if ground in row.grounds]
    count = min(int(rng.integers(4)), len(kinds))
    sides = rng.permutation(["left", "right"] if count < 3 else list(CENTRES))[:count]
    half = 0.16 if count == 3 else 0.22
    for side, kind in zip(sides, rng.choice(kinds, count, replace=False), strict=True):
        colours = THINGS[kind].colours
        colour = str(rng.choice(colours)) if colours else ""
        text = named(str(kind), colour, rng)
        centre, top, foot = CENTRES[side], rng.uniform(0.14, 0.26), rng.uniform(0.74, 0.86)
        place = rectangle(centre - half, top, centre + half, foot)
        asked.append(Asked("thing", str(kind), str(side), text, place))
    return Layout(seed, tuple(asked))


def rectangle(left: float, top: float, right: float, bottom: float) -> Pixels:
    """A mask, its edges in shares of the side."""
    mask = np.zeros((SIDE, SIDE, 1), np.uint8)
    columns = slice(max(0, round(left * SIDE)), round(right * SIDE))
    mask[round(top * SIDE) : round(bottom * SIDE), columns] = 255
    return mask


def painted(model: Model, laid: Layout, way: dict[str, Any], **changes: Any) -> NDArray[np.uint8]:
    """A layout's picture [H, W, 3], its regions painted one way. Any: fields of Region, Recipe."""
    images = {image_id(asked.mask): asked.mask for asked in laid.asked}
    regions = tuple(
        Region(prompt=asked.prompt, mask=image_id(asked.mask), **way) for asked in laid.asked
    )
    fields: dict[str, Any] = {"prompt": laid.prompt, "regions": regions} | changes
    recipe = Recipe(
        width=SIDE, height=SIDE, working_width=SIDE, working_height=SIDE, seed=laid.seed,
        num_inference_steps=STEPS, guidance_scale=model.info.guidance_scale, **fields,
    )  # fmt: skip
    inputs = Inputs(images=images)
    first = start(model, recipe, inputs)
    *_, last = follow(model, first, inputs)
    return picture(model, last, inputs)[..., :3].astype(np.uint8)


def alone(model: Model, laid: Layout, asked: Asked) -> NDArray[np.uint8]:
    """What a region's prompt gives on the whole canvas."""
    return painted(model, laid, {}, prompt=asked.prompt, regions=())


@dataclass
class Tally:
    """How often a kind of region was asked for, and contained what it should."""

    asked: int = 0
    alone: int = 0
    regions: int = 0

    @property
    def ratio(self) -> float:
        """Regions over the prompts alone."""
        return self.regions / max(self.alone, 1)


Fidelity = dict[str, dict[str, Tally]]  # way -> kind, or "all" -> counts


def fidelity(weights: Path, count: int, say: Callable[[int, Fidelity], None]) -> Fidelity:
    """So many layouts. `say` hears the counts after each."""
    model, judge = load_model(weights, "cpu"), open_judge(weights)
    found: Fidelity = {way: {} for way in WAYS}
    for seed in range(count):
        laid = layout(seed)
        pictures = [alone(model, laid, asked) for asked in laid.asked]
        pictures += [painted(model, laid, way) for way in WAYS.values()]
        said = verdicts(judge, np.stack(pictures))
        by_themselves, together = said[: len(laid.asked)], said[len(laid.asked) :]
        for way, verdict in zip(WAYS, together, strict=True):
            for asked, by_itself in zip(laid.asked, by_themselves, strict=True):
                for kind in (asked.kind, "all"):
                    tally = found[way].setdefault(kind, Tally())
                    tally.asked += 1
                    tally.alone += asked.alone(by_itself)
                    tally.regions += asked.in_region(verdict)
        say(seed + 1, found)
    return found
