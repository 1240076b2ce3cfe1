"""What regions look like, painted by the embedded model and measured in pixels."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pipelines import regions
from pipelines.embedded import WEIGHTS
from pipelines.embedded.measuring.fidelity import fidelity, layout, painted
from pipelines.embedded.measuring.judge import open_judge, verdicts
from pipelines.model import Model, load_model
from pipelines.pixels import Floats, Pixels, image_id
from pipelines.preview import picture
from pipelines.recipe import Recipe, Region, RegionMode
from pipelines.record import Inputs
from pipelines.windows import Window

from .painting import line

pytestmark = pytest.mark.slow

SIDE = 128  # pixels
UPPER = np.zeros((SIDE, SIDE, 1), np.uint8)
UPPER[: SIDE // 2] = 255
LEAST = {"blend": 0.95, "isolate": 0.9, "both": 0.95}  # of what prompts contain alone
MODES: tuple[RegionMode, ...] = ("blend", "isolate")


@cache
def embedded() -> Model:
    return load_model(WEIGHTS, "cpu")


def shown(recipe: Recipe, images: dict[str, Pixels]) -> Floats:
    """The finished picture, [H, W, 3] in 0..255."""
    inputs = Inputs(images=images)
    last = line(embedded(), recipe, inputs)[-1]
    return picture(embedded(), last, inputs)[..., :3].astype(np.float32)


def night_over_day(**options: Any) -> Floats:
    """A meadow by day; in the upper half a region that asks for night."""
    night = Region(prompt="a dark night sky", mask=image_id(UPPER), **options)
    recipe = Recipe(
        prompt="a meadow under a blue sky", width=SIDE, height=SIDE, working_width=SIDE,
        working_height=SIDE, num_inference_steps=10, seed=3, regions=(night,) if options else (),
        guidance_scale=embedded().info.guidance_scale,
    )  # fmt: skip
    return shown(recipe, {image_id(UPPER): UPPER})


@cache
def by_day() -> Floats:
    return night_over_day()


def darker(one: Floats, rows: slice) -> float:
    """How much darker than by day, in levels."""
    return float((by_day() - one)[rows].mean())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("slider", ["alpha", "prompt_strength"])
def test_at_0_a_region_is_gone_at_1_it_is_full_and_between_it_grows(
    mode: RegionMode, slider: str
) -> None:
    """Shares of the full effect; the table with more of them is in docs/regions.md."""
    inside = slice(0, SIDE // 2 - 8)
    full = darker(night_over_day(mode=mode), inside)
    assert full > 60  # levels: night has come
    shares = [
        darker(night_over_day(mode=mode, **{slider: value}), inside) / full
        for value in (0.0, 0.3, 0.6, 0.8, 0.95)
    ] + [1.0]
    assert abs(shares[0]) < 0.02, shares
    assert all(after > before - 0.02 for before, after in pairwise(shares)), shares


def test_blur_softens_a_blended_regions_edge_and_an_isolated_one_recedes() -> None:
    """An isolated region's soft edge comes later, so it recedes: arXiv:2403.09055, figure 4."""
    within, beyond = slice(SIDE // 2 - 16, SIDE // 2), slice(SIDE // 2, SIDE // 2 + 16)
    blended = [night_over_day(mode="blend", blur=blur) for blur in (0.0, 8.0, 24.0)]
    steps = [darker(one, within) - darker(one, beyond) for one in blended]
    assert steps == sorted(steps, reverse=True), steps
    isolated = [night_over_day(mode="isolate", blur=blur) for blur in (0.0, 8.0, 24.0)]
    left = [darker(one, within) for one in isolated]
    assert left == sorted(left, reverse=True), left
    assert left[0] > 1.2 * left[-1], left


# What regions contain, by the judge

LAYOUTS = 6


def test_regions_contain_what_their_prompts_say() -> None:
    """Nearly as often as the same prompts alone, and more often than if regions were ignored.

    `scripts/bench.py --fidelity 100` measures it; six layouts are too few to say more.
    """
    told: list[int] = []
    found = fidelity(WEIGHTS, LAYOUTS, lambda done, _: told.append(done))
    assert told == list(range(1, LAYOUTS + 1))
    ratios = {way: kinds["all"].ratio for way, kinds in found.items()}
    assert all(ratio >= LEAST[way] for way, ratio in ratios.items()), ratios
    counted = found["blend"]
    assert counted["all"].asked == sum(t.asked for kind, t in counted.items() if kind != "all")
    laid = [layout(seed) for seed in range(LAYOUTS)]
    ignored = np.stack([painted(embedded(), one, {}, regions=()) for one in laid])
    hits = sum(
        asked.in_region(verdict)
        for one, verdict in zip(laid, verdicts(open_judge(WEIGHTS), ignored), strict=True)
        for asked in one.asked
    )
    assert hits < LEAST["isolate"] * counted["all"].alone, (hits, counted["all"].alone)


# Panoramas

WIDE = (512, 128)  # pixels
REACH = 6  # pixels on either side whose means are compared
PROMPTS = ("sunset over the sea", "snow at night, hills")


def panorama(prompt: str, seed: int) -> Floats:
    recipe = Recipe(
        prompt=prompt, width=WIDE[0], height=WIDE[1], panorama=True, working_width=WIDE[0],
        working_height=WIDE[1], num_inference_steps=10, seed=seed,
        guidance_scale=embedded().info.guidance_scale,
    )  # fmt: skip
    return shown(recipe, {})


def seams(pictures: list[Floats]) -> float:
    """How far colours jump at multiples of a window's side, over how far they do elsewhere.

    Means of patches left and right of a column, so that texture does not count.
    """
    ratios: list[float] = []
    for one in pictures:
        rows = one.reshape(16, -1, *one.shape[1:]).mean(1)
        sums = np.pad(rows, ((0, 0), (1, 0), (0, 0))).cumsum(axis=1)
        patches = (sums[:, REACH:] - sums[:, :-REACH]) / REACH
        jumps = np.abs(patches[:, REACH:] - patches[:, :-REACH]).mean((0, 2))
        border = (np.arange(len(jumps)) + REACH) % SIDE == 0
        ratios.append(float(jumps[border].mean() / jumps[~border].mean()))
    return float(np.mean(ratios))


def period(pictures: list[Floats]) -> float:
    """How much liker a picture is to itself moved by a window, or by half of one, than by others.

    Others are a quarter and a half more or less than that, so what fades with distance cancels out.
    """
    found: list[float] = []
    for one in pictures:
        grey = one.mean(2)
        grey = grey - grey.mean(1, keepdims=True)

        def alike(lag: int, grey: Floats = grey) -> float:
            pair = np.corrcoef(grey[:, :-lag].ravel(), grey[:, lag:].ravel())
            return float(pair[0, 1])

        for lag in (SIDE // 2, SIDE):
            found.append(alike(lag) - (alike(3 * lag // 4) + alike(5 * lag // 4)) / 2)
    return float(np.mean(found))


def side_by_side(whole: Window, native: int, turn: float) -> list[tuple[Window, Tensor]]:
    """Windows that neither overlap nor move."""
    return [
        (Window(0, left, whole.height, native), torch.ones(whole.height, native))
        for left in range(0, whole.width, native)
    ]


def test_a_panorama_has_no_seam_and_no_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours jump at a window's distance as they do anywhere: .7 to 1.2 as often; else 2.4."""
    pictures = [panorama(prompt, seed) for prompt in PROMPTS for seed in (0, 1)]
    assert all(one.shape == (*WIDE[::-1], 3) for one in pictures)
    assert seams(pictures) < 1.3
    assert abs(period(pictures)) < 0.1
    monkeypatch.setattr(regions, "tiles", side_by_side)
    assert seams([panorama(prompt, 0) for prompt in PROMPTS]) > 1.8
