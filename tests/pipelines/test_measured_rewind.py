"""On the embedded model: an edit moves less of the rest than RealtimeGen's fresh noise does."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.model import load_model
from pipelines.pixels import Pixels
from scripts.measure_rewind import FRESH, INDICES, WEIGHTS, Edit, effect, measure

EDITS = 3


def flat(value: int) -> Pixels:
    return np.full((4, 4, 4), value, np.uint8)


@pytest.mark.parametrize(("result", "survives"), [(10, 0.0), (110, 1.0), (60, 0.5)])
def test_survival_is_the_share_of_the_way_to_what_was_painted(result: int, survives: float) -> None:
    mask = np.zeros((4, 4, 1), np.uint8)
    mask[:2] = 255
    edit = Edit([], None, flat(0), flat(110), mask, flat(10))  # pyright: ignore[reportArgumentType] # no record is looked at
    found = effect(edit, flat(result))
    assert found.survives == pytest.approx(survives)
    assert found.moved == (result != 10)
    assert found.by == result - 10


@pytest.mark.slow
@pytest.mark.skipif(not WEIGHTS.exists(), reason="the embedded model is not here")
def test_a_repaint_moves_less_of_the_rest_than_fresh_noise_everywhere_at_every_step() -> None:
    methods = ("repaint", "repaint, keep everything else", FRESH)
    means = measure(load_model(WEIGHTS), EDITS, methods)
    for index in INDICES:
        repaint, fresh = means["repaint", index], means[FRESH, index]
        assert repaint.moved < fresh.moved
        assert repaint.by < 0.75 * fresh.by
        assert means["repaint, keep everything else", index].by == 0
