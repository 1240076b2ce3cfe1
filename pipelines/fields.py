"""What is said of a recipe's fields, once, where each stands; lists of fields are made from it.

within, text, listed, like   what values may be, as part of a type
fixed, predicting, updating  a field of a recipe, by what a rewind may do with it
field                        a field of anything else
Field, field_of, fields_of   what is said of a field; of a struct's fields, by name
with_role                    those a rewind may do the same with
named_in                     the images or steps that a value names, by the field that names them
check                        ValueError where a value is not what its field says

All of it is msgspec.Meta. Ranges are JSON Schema's words, which msgspec hands on to
/openapi.json and does not check: what is wrong is said here, beginning with the field's name.
docs/adding-a-field.md shows what a new field needs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, structs

_UNFIT = re.compile("[\ud800-\udfff\0]")  # in a text


def within(low: float, high: float, *, above: bool = False, step: int | None = None) -> Meta:
    """A number in low..high. above: `low` itself is none. step: a multiple of it."""
    words: dict[str, float] = {"exclusiveMinimum" if above else "minimum": low}
    words |= {} if math.isinf(high) else {"maximum": high}
    words |= {} if step is None else {"multipleOf": step}
    return Meta(extra_json_schema=words)


def text(most: int) -> Meta:
    """Unicode text of at most so many characters, without NUL."""
    return Meta(extra_json_schema={"maxLength": most})


def listed(most: int) -> Meta:
    """A list of at most so many."""
    return Meta(extra_json_schema={"maxItems": most})


def like(pattern: re.Pattern[str], wanted: str, *, names: str = "") -> Meta:
    """Text of a pattern. wanted: what that is, in words; names: the type of such names."""
    schema = {"pattern": f"^({pattern.pattern})$"}
    return Meta(extra_json_schema=schema, extra={"like": pattern, "wanted": wanted, "names": names})


def field(
    words: str = "",
    option: str = "",
    *,
    usual: str = "",
    since: str = "",
    role: str = "",
    shown: bool = False,
) -> Meta:
    """A field. Empty: nothing is said.

    words: what it says, in one line for people. option: of the command line, with its value's
    name, such as "--steps N". usual: the default in words, where the type's own is not it. since:
    the version it came with, see said.py. shown: the panel shows it as it is, a number.
    """
    marks = {"option": option, "usual": usual, "since": since, "role": role, "shown": shown}
    said = {name: mark for name, mark in marks.items() if mark}
    return Meta(description=words or None, extra=said)


fixed = partial(field, role="fixed")
"""It decides what latents are: a rewind cannot change it."""
predicting = partial(field, role="predicting")
"""It decides what is predicted at given latents: a change makes the model predict again."""
updating = partial(field, role="updating")
"""It decides how latents go on from a prediction: a change is heard at the next step."""


@dataclass(frozen=True)
class Field:
    """What is said of a field."""

    kind: Any  # its type, without None and without what is said around it
    none: bool  # it may be None
    default: Any  # msgspec.NODEFAULT: it must be given
    said: Mapping[str, Any]  # JSON Schema's words, and ours: role, option, usual, since, ...

    @property
    def choices(self) -> tuple[Any, ...]:
        """All that it may be; empty: no Literal."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    @property
    def low(self) -> float:
        """The least it may be, or what it must be above."""
        return self.said.get("minimum", self.said.get("exclusiveMinimum", -math.inf))

    @property
    def high(self) -> float:
        """The most it may be."""
        return self.said.get("maximum", math.inf)

    def wrong(self, value: Any) -> str:
        """What a value must be and is not, in words that follow its name; empty: it fits."""
        said, size = self.said, len(value) if hasattr(value, "__len__") else 0
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(map(str, self.choices))}, got {value!r}"
        if "like" in said and not said["like"].fullmatch(value):
            return f"must be {said['wanted']}, got {value[:80]!r}"
        if (most := said.get("maxLength", math.inf)) < size:
            return f"must be at most {most} characters, got {size}"
        if "maxLength" in said and _UNFIT.search(value):
            return "must be valid Unicode text without NUL characters"
        if (most := said.get("maxItems", math.inf)) < size:
            return f"must be at most {most}, got {size}"
        if "exclusiveMinimum" in said and not self.low < value <= self.high:
            return f"must be above {self.low} and at most {self.high}, got {value}"
        if "minimum" in said and not (self.low <= value <= self.high and math.isfinite(value)):
            return f"must be in {self.low}..{self.high}, got {value}"
        if "multipleOf" in said and value % said["multipleOf"]:
            return f"must be a multiple of {said['multipleOf']}, got {value}"
        return ""


@cache
def fields_of(kind: type[msgspec.Struct]) -> dict[str, Field]:
    """What is said of a struct's fields, by name."""
    return {one.name: field_of(one.type, one.default) for one in structs.fields(kind)}


def with_role(kind: type[msgspec.Struct], *roles: str) -> list[str]:
    """The names of a struct's fields of these roles."""
    return [name for name, one in fields_of(kind).items() if one.said.get("role") in roles]


def named_in(value: msgspec.Struct, names: str) -> dict[str, str]:
    """The ids of that type in a value, by the fields that name them, such as "hold.edit"."""
    found: dict[str, str] = {}
    for name, one in fields_of(type(value)).items():
        part = getattr(value, name)
        if one.said.get("names") == names and part is not None:
            found[name] = part
        several = isinstance(part, tuple)
        for number, inner in enumerate(part if several else (part,)):
            if isinstance(inner, msgspec.Struct):
                where = f"{name}.{number}" if several else name
                found |= {f"{where}.{key}": id for key, id in named_in(inner, names).items()}
    return found


def check(value: msgspec.Struct, prefix: str = "") -> None:
    """ValueError, with the field's name after `prefix`, where one is not what is said of it."""
    for name, one in _checked(type(value)).items():
        part = getattr(value, name)
        if part is not None and (wrong := one.wrong(part)):
            raise ValueError(f"{prefix}{name} {wrong}")


@cache
def _checked(kind: type[msgspec.Struct]) -> dict[str, Field]:
    """The fields of which something is said that values can miss."""
    limits = {"like", "maxLength", "maxItems", "minimum", "exclusiveMinimum"}
    every = fields_of(kind).items()
    return {name: one for name, one in every if one.choices or limits & one.said.keys()}


def field_of(kind: Any, default: Any = msgspec.NODEFAULT) -> Field:
    """A field of a type, through all that is said around its parts; the outermost has the say."""
    said: dict[str, Any] = {}
    none = False
    while True:
        origin, parts = get_origin(kind), get_args(kind)
        if origin is Annotated:
            for meta in reversed(parts[1:]):
                words = {"description": meta.description} if meta.description else {}
                said = words | (meta.extra_json_schema or {}) | (meta.extra or {}) | said
            kind = parts[0]
        elif origin in (Union, UnionType) and NoneType in parts:
            none = True
            kind = next(one for one in parts if one is not NoneType)
        else:
            return Field(kind, none, default, said)
