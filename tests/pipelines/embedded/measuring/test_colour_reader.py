"""Colours alone say what is in renders that were not fitted to, and nothing of what is not."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pipelines.embedded.measuring.colour_reader import (
    COLUMNS,
    FIRST,
    LEVELS,
    ROWS,
    Reader,
    counted,
    fitted,
    read,
)
from pipelines.embedded.scenes.scene import HELD_OUT, scene
from pipelines.embedded.training.dataset import held_out
from pipelines.embedded.training.session import SEEDS

COUNT = 150


@cache
def reader() -> Reader:
    return fitted(1500)


@cache
def renders() -> np.ndarray:
    return np.stack(list(held_out(COUNT, 128, 128)))


SCENES = [scene(seed) for seed in range(HELD_OUT, HELD_OUT + COUNT)]


def test_each_parts_shares_add_up_to_one() -> None:
    rows = counted(renders()[:4])
    shares = (rows[:, :-1] ** 2).reshape(4, ROWS * COLUMNS, -1).sum(axis=2)
    np.testing.assert_allclose(shares, 1, rtol=1e-5)
    assert (rows[:, -1] == 1).all()
    with pytest.raises(ValueError, match=r"pictures are \[N, 128, 128, 3\], got \[1, 8, 8, 3\]"):
        counted(np.zeros((1, 8, 8, 3), np.uint8))


def test_a_colour_between_levels_counts_to_both() -> None:
    """The middle of level n of L is 256 (n + 1/2) / L - 1/2; a third of the way on, a third."""
    middles = [256 * (level + 0.5) / LEVELS - 0.5 for level in (1, 2)]
    red = round(middles[0] * 2 / 3 + middles[1] / 3)
    third = (red - middles[0]) / (middles[1] - middles[0])
    (row,) = counted(np.full((1, 128, 128, 3), (red, 0, 255), np.uint8))
    shares = (row[:-1] ** 2).reshape(ROWS * COLUMNS, LEVELS, LEVELS, LEVELS)
    np.testing.assert_allclose(shares[:, 1, 0, -1], 1 - third, rtol=1e-5)
    np.testing.assert_allclose(shares[:, 2, 0, -1], third, rtol=1e-5)
    np.testing.assert_allclose(shares.sum(axis=(1, 2, 3)), 1, rtol=1e-5)


@pytest.mark.slow
def test_renders_never_fitted_to_are_read_rightly_and_others_captions_are_not() -> None:
    found = read(reader(), SCENES, renders())
    assert found["sky"] > 0.97
    assert found["ground"] > 0.85
    assert found["object side"] > 0.75
    shuffled = read(reader(), SCENES[1:] + SCENES[:1], renders())
    assert shuffled["object side"] < 0.3
    assert shuffled["sky"] < 0.4


@pytest.mark.slow
def test_in_a_mirror_left_is_right() -> None:
    plain, mirrored = (reader().verdicts(seen) for seen in (renders(), renders()[:, :, ::-1]))
    other = {"left": "right", "centre": "centre", "right": "left"}
    pairs = [
        (thing.side, two.things.get(thing.kind))
        for asked, one, two in zip(SCENES, plain, mirrored, strict=True)
        for thing in asked.things
        if one.things.get(thing.kind) == thing.side
    ]
    assert len(pairs) > COUNT / 2
    assert np.mean([other[one] == two for one, two in pairs]) > 0.75


def test_what_is_fitted_to_no_sitting_has_seen() -> None:
    assert HELD_OUT > FIRST + 4000
    assert SEEDS * 20 < FIRST  # twenty sittings
