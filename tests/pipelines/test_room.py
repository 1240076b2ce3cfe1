"""How many lines fit into memory: a bound that holds, and one where nothing is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from pipelines import room as rooms
from pipelines.model import Model
from pipelines.room import free, room, row_bytes

from .painting import recipe_of
from .region_words import Layout, box

ROOT = Path(__file__).parents[2]


SCRIPT = """
import torch
from pipelines.embedded import WEIGHTS
from pipelines.model import load_model, stack
from pipelines.recipe import Recipe
from pipelines.room import row_bytes
from tests import peak

torch.set_num_threads(1)
model, rows = load_model(WEIGHTS, "cpu"), 24
one = stack([model.encode_prompt("a house", (256, 256))])
all = stack([model.encode_prompt("a house", (256, 256))] * rows)
latents = torch.randn(model.latent_shape((256, 256)))
model.predict(latents, 1.0, one)
before = peak.forget()
model.predict(latents, 1.0, all)
print((peak.held() - before) / rows, row_bytes(model, Recipe(prompt="", width=256, height=256)))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a peak")
def test_a_row_takes_no_more_than_is_counted_for_it() -> None:
    """In a process of its own: what another test gave back would be taken again unseen."""
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    taken, counted = map(float, done.stdout.split())
    assert counted / 4 < taken <= counted


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
