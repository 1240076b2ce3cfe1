"""Options that are fields of a recipe as they are, made of what pipelines/fields.py has of them.

add_to   options for a struct's fields
given    what was given of them
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import msgspec

from pipelines.fields import Field, fields_of

from .amounts import Real, Whole

Add = Callable[..., object]  # argparse's add_argument


def add_to(add: Add, kind: type[msgspec.Struct], *roles: str) -> None:
    """An option for each field that names one and has one of the roles; none: for any.

    None of them has a default here: what was given is told from what was not.
    """
    for name, field in fields_of(kind).items():
        option, _, metavar = field.said.get("option", "").partition(" ")
        if option and (not roles or field.said.get("role") in roles):
            value = {"metavar": metavar} if metavar else {}
            add(option, dest=name, help=_help(field), **_reading(field), **value)


def given(options: argparse.Namespace, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """What was given of those, by the fields' names."""
    names = [name for name, field in fields_of(kind).items() if "option" in field.said]
    values = {name: getattr(options, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _reading(field: Field) -> dict[str, Any]:  # add_argument's own arguments
    if field.choices:
        return {"choices": field.choices}
    if field.kind is bool:
        return {"action": "store_const", "const": True}
    if field.kind is int:
        return {"type": Whole(int(field.low), int(field.high))}
    if field.kind is float:
        return {"type": Real(field.low, field.high, above="exclusiveMinimum" in field.said)}
    return {}


def _help(field: Field) -> str:
    """What it says, and the default, where there is a word for that."""
    usual, said = field.default, field.said["description"]
    if isinstance(usual, int | float) and not isinstance(usual, bool):
        usual = f"{usual:g}"
    usual = field.said.get("usual", usual)
    return f"{said} ({usual})" if isinstance(usual, str) and usual else said
