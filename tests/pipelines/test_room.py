"""How many lines fit into memory: a bound that holds, and one where nothing is known."""

from __future__ import annotations

import sys

import pytest
import torch

from pipelines import room as rooms
from pipelines.embedded import WEIGHTS
from pipelines.model import Model, load_model, stack
from pipelines.room import free, room, row_bytes
from tests import peak

from .painting import recipe_of
from .region_words import Layout, box


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a peak")
def test_a_row_takes_no_more_than_is_counted_for_it() -> None:
    model, recipe, rows = load_model(WEIGHTS, "cpu"), recipe_of(width=256, height=256), 8
    conditioning = stack([model.encode_prompt("a house", (256, 256))] * rows)
    latents = torch.randn(model.latent_shape((256, 256)))
    model.predict(latents, 1.0, stack([model.encode_prompt("a house", (256, 256))]))
    before = peak.forget()
    model.predict(latents, 1.0, conditioning)
    taken = (peak.held() - before) / rows
    assert row_bytes(model, recipe) / 4 < taken <= row_bytes(model, recipe)


def test_as_many_fit_as_half_of_what_is_free_holds(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of()
    row = row_bytes(tiny, recipe)
    monkeypatch.setattr(rooms, "free", lambda _: 24 * row)
    assert room(tiny, recipe) == 6  # prompt and negative prompt
    assert room(tiny, recipe_of(guidance_scale=1.0)) == 12
    left, right = box((0, 0, 4, 8)), box((4, 0, 8, 8))
    both = Layout(("a tree", left, {"mode": "isolate"}), ("red", right, {"mode": "blend"}))
    assert room(tiny, both.recipe) == 3  # one region by itself, and the ground
    monkeypatch.setattr(rooms, "free", lambda _: row)
    assert room(tiny, recipe) == 1


def test_what_is_free_is_what_the_system_says() -> None:
    assert 2**20 < free(torch.device("cpu")) < 2**50


def test_what_torch_keeps_of_a_card_for_later_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _: (10, 100))
    monkeypatch.setattr("torch.cuda.memory_reserved", lambda _: 7)
    monkeypatch.setattr("torch.cuda.memory_allocated", lambda _: 5)
    assert free(torch.device("cuda:1")) == 12
