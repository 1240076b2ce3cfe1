"""What the panel has of Python's messages and fields, made of them; a test says when it is old.

    .venv/bin/python scripts/generate.py

wire_types      ps-plugin/types/wire.d.ts: what travels between panel and bridge, as types
fields_table    ps-plugin/state/recipe_fields.js: what may stand in a recipe's fields
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from bridge import wire
from pipelines import recipe
from pipelines.fields import Field, field_of, fields_of

PANEL = Path(__file__).parent.parent / "ps-plugin"
WIDTH = 100  # letters of a line
NAMED = {  # types that have names, but structs
    "ImageId": recipe.ImageId,
    "StepId": recipe.StepId,
    "RunId": wire.RunId,
    "Mode": recipe.Mode,
    "Profile": recipe.Profile,
    "Sampler": recipe.Sampler,
    "Quality": wire.Quality,
}
PLAIN = {int: "number", float: "number", str: "string", bool: "boolean", NoneType: "null"}
SHOWN = "fields of a recipe that the panel shows as they are"
MADE = "Made by scripts/generate.py; never changed by hand."


def wire_types() -> str:
    """The types of `bridge/wire.py` and `pipelines/recipe.py`."""
    text = f"/** What travels between panel and bridge. {MADE} */\n"
    for name, kind in NAMED.items():
        text += f"\n{_alias(name, _unnamed(kind), field_of(kind).said.get('wanted', ''))}"
    text += f"\n{_alias('ShownField', ' | '.join(map(json.dumps, shown())) or 'never', SHOWN)}"
    for struct in dict.fromkeys((*_structs(wire.Command), *_structs(wire.Event))):
        text += f"\n{_interface(struct)}"
    for name in ("Event", "Command"):
        kinds = [struct.__name__ for struct in get_args(getattr(wire, name))]
        text += f"\n{_alias(name, ' | '.join(kinds))}"
    return text


def _interface(struct: type[msgspec.Struct]) -> str:
    said = (struct.__doc__ or "").partition("\n")[0]
    tag = struct.__struct_config__.tag
    lines = [f'  type: "{tag}";'] if tag else []
    for one in msgspec.structs.fields(struct):
        words = fields_of(struct)[one.name].said.get("description")
        optional = "" if one.required else "?"
        comment = f" // {words}" if words else ""
        lines.append(f"  {one.name}{optional}: {_typed(one.type)};{comment}")
    return f"/** {said} */\nexport interface {struct.__name__} {{\n" + "\n".join(lines) + "\n}\n"


def _typed(kind: Any) -> str:
    """A type as TypeScript has it."""
    for name, one in NAMED.items():
        if kind == one and kind is not str:
            return name
    return _unnamed(kind)


def _unnamed(kind: Any) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _typed(parts[0])
    if origin in (Union, UnionType):
        return " | ".join(map(_typed, parts))
    if origin is Literal:
        return " | ".join(json.dumps(one) for one in parts)
    if origin in (tuple, list):
        return f"readonly {_typed(parts[0])}[]"
    if origin is dict:
        return f"Record<{_typed(parts[0])}, {_typed(parts[1])}>"
    return PLAIN.get(kind) or kind.__name__


def _alias(name: str, right: str, words: str = "") -> str:
    """A type's name, one choice a line where they do not fit into one."""
    line = f"export type {name} = {right};"
    if len(line) <= WIDTH:
        return f"{line} // {words}\n" if words else f"{line}\n"
    choices = right.split(" | ")
    return f"export type {name} =\n" + "\n".join(f"  | {one}" for one in choices) + ";\n"


def _structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs of a type, those that others are made of first."""
    for part in get_args(kind):
        yield from _structs(part)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for one in msgspec.structs.fields(kind):
            yield from _structs(one.type)
        yield kind


def fields_table() -> str:
    """Ranges, choices and usual values of plain fields, and where the others name something."""
    rewinds = (f"rewind.{path}" for path in _paths(recipe.Rewind, "image"))
    images = *_paths(recipe.Recipe, "image"), *rewinds
    return f""""use strict";

/**
 * What pipelines/recipe.py says of its fields. {MADE}
 *
 * RECIPE, REGION          what each plain field may be, and what it is where nothing is said
 * SHOWN                   the recipe's that the panel shows as they are
 * IMAGES, STEPS           where a recipe names such; "*" stands for each of a list
 * DRAWS                   the samplers with fresh noise at each step
 * MIN_SIDE, MAX_SIDE      pixels
 * MAX_REGIONS             of a recipe
 *
 * @typedef {{import("./fields.js").Field & {{usual?: string | number | boolean | null}}}} Said
 */

/** @type {{Record<string, Said>}} */
const RECIPE = {_object(recipe.Recipe)};

/** @type {{Record<string, Said>}} */
const REGION = {_object(recipe.Region)};

/** @type {{Record<string, Said>}} */
const SHOWN = {{ {", ".join(f"{name}: RECIPE.{name}" for name in shown())} }};

const IMAGES = [
{"".join(f'  "{path}",{chr(10)}' for path in images)}];
const STEPS = {json.dumps([*_paths(recipe.Recipe, "step")])};

const DRAWS = {json.dumps(recipe.DRAWS)};
const MIN_SIDE = {recipe.MIN_SIDE};
const MAX_SIDE = {recipe.MAX_SIDE};
const MAX_REGIONS = {recipe.MAX_REGIONS};

module.exports = {{ RECIPE, REGION, SHOWN, IMAGES, STEPS, DRAWS, MIN_SIDE, MAX_SIDE, MAX_REGIONS }};
"""


def shown() -> list[str]:
    """The fields of a recipe that the panel shows as they are."""
    return [name for name, one in fields_of(recipe.Recipe).items() if one.said.get("shown")]


def _paths(kind: Any, names: str) -> Iterator[str]:
    """Where a struct names what is stored, such as hold.edit and regions.*.mask."""
    for name, one in fields_of(kind).items():
        several = get_origin(one.kind) is tuple
        inner = get_args(one.kind)[0] if several else one.kind
        if one.said.get("names") == names:
            yield name
        elif isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield from (f"{name}{'.*' if several else ''}.{path}" for path in _paths(inner, names))


def _object(struct: type[msgspec.Struct]) -> str:
    rows = ((name, _row(one)) for name, one in fields_of(struct).items())
    return "{\n" + "".join(_line(f"  {name}: ", row) for name, row in rows if row) + "}"


def _row(field: Field) -> dict[str, Any]:
    """What a field may be; empty: it is no plain value, or names something stored."""
    if "like" in field.said:
        return {}
    if field.choices:
        row: dict[str, Any] = {"one": field.choices}
    elif field.kind is bool:
        row = {"yes": True}
    elif field.kind is str:
        row = {"text": True}
    elif field.kind in (int, float):
        row = {"least": field.low, "most": field.high}
        row |= {"whole": True} if field.kind is int else {}
    else:
        return {}
    row |= {"none": True} if field.none else {}
    return row if field.default is msgspec.NODEFAULT else row | {"usual": field.default}


def _line(start: str, row: dict[str, Any]) -> str:
    """A row of a table, one of its parts a line where they do not fit into one."""
    parts = [f"{name}: {_value(one)}" for name, one in row.items()]
    line = f"{start}{{ {', '.join(parts)} }},\n"
    if len(line) <= WIDTH + 1:
        return line
    return f"{start}{{\n" + "".join(f"    {part},\n" for part in parts) + "  },\n"


def _value(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if whole else value)


FILES: dict[Path, Callable[[], str]] = {
    PANEL / "types" / "wire.d.ts": wire_types,
    PANEL / "state" / "recipe_fields.js": fields_table,
}


if __name__ == "__main__":
    for path, made in FILES.items():
        path.write_text(made(), encoding="utf-8", newline="\n")
