"""What newer versions of Pentimento wrote, read by this one, and kept where it is written back.

read      JSON of a document or a store -> a value of this version's types, and the rest
value_of  the value alone
why       what is wrong with it, in words
written   the value as it is now, with that rest at its places, as plain data
Rest      fields that no type here has, and items that this version cannot take
Unread    such an item: a run with a sampler of tomorrow

Documents and stores grow; the wire, where two programs speak with each other now, stays strict.

- A new field is a minor change. No number says so: `v` stays, and the field is written only where
  it says something (pipelines/said.py), so that older versions, which may be strict, read on.
- A field that is not known is kept and written back, at its place: of objects in a list by their
  `id`, of others by position. No type and no code here ever sees it.
- An item with an `id` whose known fields hold what this version cannot take is left out, kept whole
  and written back; the rest works.
- What older versions must not touch raises `v`, a store's number of migrations; whoever reads looks
  at that first, and refuses a higher one in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import msgspec
import msgspec.inspect as mi

from pipelines.said import said

T = TypeVar("T")

Key = str | int  # a field's name, an item's id or position


@dataclass(frozen=True)
class Unread:
    """An item of a list as it was found, since this version cannot take it."""

    place: int
    item: dict[str, Any]
    why: str  # where and what

    @property
    def id(self) -> str:  # noqa: D102 - says it
        return self.item["id"]

    def sentence(self) -> str:
        """What a painter should know of it, where it is a run."""
        number = self.item.get("number")
        name = f"Painting {number if isinstance(number, int) else '?'} ({self.id[:6]})"
        return (
            f"{name} cannot be read ({self.why}); it is kept as it is: update Pentimento, if a "
            "newer one painted it."
        )


@dataclass(frozen=True)
class Rest:
    """What of some JSON a value does not hold."""

    unknown: dict[str, Any] = field(default_factory=dict[str, Any])  # fields, by name
    below: dict[Key, Rest] = field(default_factory=dict["Key", "Rest"])  # in known ones
    unread: list[Unread] = field(default_factory=list[Unread])  # in a list

    def __bool__(self) -> bool:
        return bool(self.unknown or self.below or self.unread)

    def names(self) -> Iterator[str]:
        """The unknown fields, as paths: recipe.strokes."""
        yield from self.unknown
        for key, rest in self.below.items():
            yield from (f"{key}.{name}" for name in rest.names())


NOTHING = Rest()


def read(text: str | bytes, kind: type[T]) -> tuple[T, Rest]:
    """The value and the rest. msgspec.MsgspecError, RecursionError: it is no JSON of this kind."""
    data, rest = _split(msgspec.json.decode(text), _info(kind))
    return msgspec.convert(data, kind), rest


def value_of(text: str | bytes, kind: type[T]) -> T:
    """The value alone; raises what `read` does."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError:
        return read(text, kind)[0]


def why(error: msgspec.MsgspecError) -> str:
    """msgspec's message with the field in front."""
    what, _, where = str(error).rpartition(" - at `$.")
    return f"{where.rstrip('`')}: {what[:100]}" if what else where[:100]


def written(value: msgspec.Struct, rest: Rest = NOTHING) -> dict[str, Any]:
    """Plain data for JSON."""
    return _merged(said(value), rest)


_info = cache(mi.type_info)


def _split(data: Any, kind: mi.Type) -> tuple[Any, Rest]:
    """Plain data without what this kind does not know, and that."""
    kind = _chosen(data, kind)
    if isinstance(kind, mi.StructType) and isinstance(data, dict):
        return _split_object(data, kind)
    if isinstance(kind, mi.VarTupleType | mi.ListType) and isinstance(data, list):
        return _split_list(data, kind.item_type)
    return data, NOTHING


def _split_object(data: dict[str, Any], kind: mi.StructType) -> tuple[dict[str, Any], Rest]:
    known, rest = dict[str, Any](), Rest()
    kinds = {one.encode_name: one.type for one in kind.fields}
    if kind.tag_field:
        kinds[kind.tag_field] = mi.AnyType()
    for name, value in data.items():
        if name not in kinds:
            rest.unknown[name] = value
            continue
        known[name], below = _split(value, kinds[name])
        if below:
            rest.below[name] = below
    return known, rest


def _split_list(data: list[Any], kind: mi.Type) -> tuple[list[Any], Rest]:
    known, rest = list[Any](), Rest()
    for place, item in enumerate(data):
        part, below = _split(item, kind)
        if isinstance(kind, mi.StructType) and (id := _id(item)) is not None:
            try:
                msgspec.convert(part, kind.cls)
            except msgspec.ValidationError as error:
                rest.unread.append(Unread(place, item, why(error)))
                continue
            place = id
        known.append(part)
        if below:
            rest.below[place] = below
    return known, rest


def _merged(data: Any, rest: Rest) -> Any:
    """Plain data of ours with the rest in it."""
    if isinstance(data, dict):
        ours: dict[str, Any] = {
            name: _merged(value, rest.below.get(name, NOTHING)) for name, value in data.items()
        }
        return ours | {name: one for name, one in rest.unknown.items() if name not in ours}
    if not isinstance(data, list) or not rest:
        return data
    keys = [_id(item) or place for place, item in enumerate(data)]
    items = [
        _merged(item, rest.below.get(key, NOTHING)) for key, item in zip(keys, data, strict=True)
    ]
    for one in rest.unread:
        items.insert(one.place, one.item)
    return items


def _chosen(data: Any, kind: mi.Type) -> mi.Type:
    """What a value is of several kinds, as far as it matters here."""
    if isinstance(kind, mi.Metadata):
        return _chosen(data, kind.type)
    if not isinstance(kind, mi.UnionType):
        return kind
    for one in (_chosen(data, one) for one in kind.types):
        if isinstance(one, mi.VarTupleType | mi.ListType) and isinstance(data, list):
            return one
        if isinstance(one, mi.StructType) and isinstance(data, dict) and _has_tag(data, one):
            return one
    return kind


def _has_tag(data: dict[str, Any], kind: mi.StructType) -> bool:
    return kind.tag_field is None or data.get(kind.tag_field) == kind.tag


def _id(item: Any) -> str | None:
    id = item.get("id") if isinstance(item, dict) else None
    return id if isinstance(id, str) else None
