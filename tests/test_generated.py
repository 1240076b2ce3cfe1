"""What the panel has of Python's messages and fields is what Python says now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.fields import fields_of
from pipelines.recipe import Recipe, Rewind, images_named
from scripts.generate import FILES

from .pipelines.test_fields import ID, WHOLE


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


def test_the_panel_looks_for_images_where_a_recipe_names_them():
    table = next(made() for path, made in FILES.items() if path.suffix == ".js")
    paths = table.partition("IMAGES = [")[2].partition("]")[0]
    named = images_named(WHOLE, Rewind(edit=ID, handed=ID, mask=ID))
    assert set(re.findall(r'"(.+)"', paths)) == {re.sub(r"\d+", "*", name) for name in named}
