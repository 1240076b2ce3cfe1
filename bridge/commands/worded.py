"""Fields of people's own JSON files, made into what they are said to be; what is wrong, in words.

made_of   fields -> a structure. ValueError: the field, what was found, what would be right

Messages of programs to the bridge keep msgspec's words: see wire.py.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

S = TypeVar("S", bound=msgspec.Struct)

_PLACED = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list in []",
    "object": "an object in {}",
    "null": "null",
}
_LONGEST = 60  # characters of what was found that are shown


def made_of(fields: dict[str, Any], kind: type[S]) -> S:
    """The structure that the fields say."""
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise ValueError(_worded(str(error), fields, kind)) from None


def _worded(text: str, fields: Any, kind: type[msgspec.Struct]) -> str:
    placed = _PLACED.fullmatch(text)
    assert placed is not None  # it takes everything
    what, path = placed[1], placed[2] or ""
    type_, found = _reached(inspect.type_info(kind), fields, path)
    shown = json.dumps(found, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
    inside = f" in {path}" if path else ""
    if name := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        names = [f.encode_name for f in _only(type_, inspect.StructType).fields]
        near = difflib.get_close_matches(name[1].lower(), names, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        return f"there is no field {name[1][:_LONGEST]}{inside}; {hint}"
    if name := re.fullmatch(r"Object missing required field `(.*)`", what):
        return f"{name[1]} is missing{inside}"
    if what.startswith("Invalid enum value"):
        choices = ", ".join(str(one) for one in _only(type_, inspect.LiteralType).values)
        return f"{path} must be one of {choices}, got {shown}"
    if wanted := re.fullmatch(r"Expected `(.*)`, got `.*`", what):
        right = " or ".join(_WORDS.get(one, one) for one in wanted[1].split(" | "))
        return f"{path or 'it'} must be {right}, got {shown}"
    return f"{path}: {what}" if path else what


def _reached(type_: inspect.Type, found: Any, path: str) -> tuple[inspect.Type, Any]:
    """What is wanted at a path, and what was found there."""
    for name, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if number:
            type_, found = _only(type_, inspect.CollectionType).item_type, found[int(number)]
        else:
            fields = _only(type_, inspect.StructType).fields
            type_ = next(field.type for field in fields if field.encode_name == name)
            found = found[name]
    return type_, found


T = TypeVar("T", bound=inspect.Type)


def _only(type_: inspect.Type, kind: type[T]) -> T:
    """The type, or that of its kind among the types that it may be."""
    return next(one for one in _leaves(type_) if isinstance(one, kind))


def _leaves(type_: inspect.Type) -> Iterator[inspect.Type]:
    """The types that it may be, without what is said around them."""
    if isinstance(type_, inspect.Metadata):
        yield from _leaves(type_.type)
    elif isinstance(type_, inspect.UnionType):
        yield from (leaf for one in type_.types for leaf in _leaves(one))
    else:
        yield type_
