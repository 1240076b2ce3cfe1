"""The options that make a recipe, shared by `run` and `rewind`.

add_to_run, add_to_rewind   the options
given                       what was asked for, by the recipe's own field names
recipe_from                 a recipe of a JSON file, options and defaults
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pipelines.recipe import Recipe

from . import amounts, field_options
from .places import FILE, no_picture, read_bytes
from .texts import json_of
from .worded import made_of

MAX_RECIPE = 256 * 1024  # bytes of a recipe's file

CHANGEABLE = ("predicting", "updating")  # what a rewind may change, see fields.py
Fields = dict[str, Any]  # a recipe's fields as JSON has them, checked when the Recipe is made


def add_to_rewind(parser: argparse.ArgumentParser) -> None:
    """What may change from an old step on."""
    group = parser.add_argument_group("recipe", "what is painted; unchanged where not given")
    field_options.add_to(group.add_argument, Recipe, *CHANGEABLE)


def add_to_run(parser: argparse.ArgumentParser) -> None:
    """A whole recipe."""
    group = parser.add_argument_group("recipe", "what is painted, in front of RECIPE.json")
    field_options.add_to(group.add_argument, Recipe, *CHANGEABLE)
    group.add_argument(
        "--size",
        type=amounts.size,
        metavar="WxH",
        help="pixels; the default is --init's size, or what the model likes",
    )
    field_options.add_to(group.add_argument, Recipe, "fixed")
    group.add_argument(
        "--init",
        type=FILE,
        metavar="FILE[#LAYER]",
        help="picture to start from: an image, a PSD, or a layer of a PSD",
    )
    group.add_argument(
        "--mask",
        type=FILE,
        metavar="FILE[#LAYER]",
        help="where --init may change: a grey image (white may change), the alpha of one with "
        "transparency, or a PSD layer's mask or alpha",
    )


def given(options: argparse.Namespace) -> Fields:
    """What the options ask for, by the recipe's field names."""
    asked = field_options.given(options, Recipe)
    if getattr(options, "size", None) is not None:
        asked["width"], asked["height"] = options.size
    return asked


def recipe_from(file: Path | None, asked: Fields, defaults: Fields) -> Recipe:
    """A recipe: what was asked for, before what the file says, before the defaults.

    ValueError names the field, what was found and what would be right, and the file if it is that.
    """
    written = _read(file)
    fields = defaults | written | asked
    if fields.get("regions"):
        fields = {"prompt": ""} | fields  # the ground may hear nothing
    if "prompt" not in fields:
        raise ValueError("prompt is missing: say what to paint with --prompt or in RECIPE.json")
    try:
        return made_of(fields, Recipe)
    except ValueError as error:
        try:
            made_of({"prompt": ""} | defaults | asked, Recipe)
        except ValueError:
            raise error from None
        raise ValueError(f"{file}: {error}") from None


def _read(file: Path | None) -> Fields:
    if file is None:
        return {}
    no_picture(file, "recipe", "a picture to start from is given by --init")
    data = read_bytes(file, MAX_RECIPE)
    try:
        return json_of(data)
    except ValueError as error:
        raise ValueError(f"{file} is not a recipe: {error}") from None
