"""What the panel has of Python's messages and fields is what Python says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.fields import fields_of
from pipelines.recipe import Recipe
from scripts.generate import FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_was_made_of_python_is_not_old(path: Path):
    now = FILES[path]()
    assert path.read_text("utf-8") == now, "it is old: .venv/bin/python scripts/generate.py"
    assert now == FILES[path]()


def test_a_recipe_of_the_panel_has_every_field():
    types = next(made() for path, made in FILES.items() if path.name == "wire.d.ts")
    recipe = types.partition("export interface Recipe {")[2].partition("\n}")[0]
    names = [line.strip().partition(":")[0].rstrip("?") for line in recipe.strip().splitlines()]
    assert names == list(fields_of(Recipe))
