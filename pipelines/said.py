"""Values as plain data for what is read again later: documents, stores and records.

said   a value as objects and lists, without what newer versions added where that says nothing

Older versions refuse fields that they do not know. So a field that came after version 1 is marked,
Annotated[..., field(since="0.2")], and left out while it has its default.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from .fields import fields_of


def said(value: Any) -> Any:
    """A value as plain data."""
    if isinstance(value, msgspec.Struct):
        new = _newer(type(value))
        parts = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {name: said(part) for name, part in parts if name not in new or part != new[name]}
    if isinstance(value, tuple | list):
        return [said(part) for part in value]
    return value


@cache
def _newer(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields that came after version 1, with their defaults."""
    return {name: one.default for name, one in fields_of(kind).items() if "since" in one.said}
