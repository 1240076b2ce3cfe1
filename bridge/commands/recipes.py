"""The options that make a recipe, shared by `run` and `rewind`.

add_to_run, add_to_rewind   the options
given                       what was asked for, by the recipe's own field names
recipe_from                 a recipe of a JSON file, options and defaults
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.recipe import MAX_SEED, MAX_STEPS, SAMPLER_NAMES, Recipe

from . import amounts
from .places import FILE, no_picture, read_bytes
from .texts import json_of
from .worded import made_of

MAX_RECIPE = 256 * 1024  # bytes of a recipe's file

Add = Callable[..., object]  # argparse's add_argument
Fields = dict[str, Any]  # a recipe's fields as JSON has them, checked when the Recipe is made


def add_to_rewind(parser: argparse.ArgumentParser) -> None:
    """What may change from an old step on."""
    group = parser.add_argument_group("recipe", "what is painted; unchanged where not given")
    _add_changeable(group.add_argument)


def add_to_run(parser: argparse.ArgumentParser) -> None:
    """A whole recipe."""
    group = parser.add_argument_group("recipe", "what is painted, in front of RECIPE.json")
    _add_changeable(group.add_argument)
    group.add_argument(
        "--size",
        type=amounts.size,
        metavar="WxH",
        help="pixels; the default is --init's size, or what the model likes",
    )
    group.add_argument(
        "--steps",
        dest="num_inference_steps",
        type=amounts.Whole(1, MAX_STEPS),
        metavar="N",
        help="steps of the schedule (20)",
    )
    group.add_argument(
        "--init",
        type=FILE,
        metavar="FILE[#LAYER]",
        help="picture to start from: an image, a PSD, or a layer of a PSD",
    )
    group.add_argument(
        "--strength",
        type=amounts.Real(0, 1, above=True),
        metavar="0..1",
        help="how much of the schedule is run over --init (1)",
    )
    group.add_argument(
        "--mask",
        type=FILE,
        metavar="FILE[#LAYER]",
        help="where --init may change: a grey image (white may change), the alpha of one with "
        "transparency, or a PSD layer's mask or alpha",
    )


def _add_changeable(add: Add) -> None:
    add("--prompt", metavar="TEXT", help="what the picture shows")
    add("--negative-prompt", metavar="TEXT", help="what it does not show")
    add(
        "--guidance-scale",
        type=amounts.Real(0, 100),
        metavar="S",
        help="how closely the prompt is followed; 1 is off",
    )
    add(
        "--seed",
        type=amounts.Whole(0, MAX_SEED),
        metavar="N",
        help="equal seeds give equal pictures (0)",
    )
    add("--sampler", choices=SAMPLER_NAMES, help="how a step is made (dpmpp_2m)")
    add(
        "--eta", type=amounts.Real(0, 1), metavar="0..1", help="fresh noise per step; ddim only (0)"
    )


def given(options: argparse.Namespace) -> Fields:
    """What the options ask for, by the recipe's field names."""
    names = Recipe.__struct_fields__
    fields = {name: value for name, value in vars(options).items() if name in names}
    for name in ("mask", "model"):  # files, not what the recipe calls them
        fields.pop(name, None)
    asked = {name: value for name, value in fields.items() if value is not None}
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
