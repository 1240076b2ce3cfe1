"""What a run was made with, and what of it would be other today.

BATCH         how many runs were painted together; absent: it was by itself
differences   what is not as it was
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

BATCH = "batch"
_ALONE = {BATCH: "1"}


class Difference(msgspec.Struct, frozen=True):
    """Something that is not as it was when a run was first painted."""

    name: str  # such as torch
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.name} was {self.was}, is {self.now}"


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Difference, ...]:
    """Of two runs' made_with, by name; "?" where one does not say."""
    old, new = _ALONE | dict(before), _ALONE | dict(now)
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return tuple(Difference(name, old.get(name, "?"), new.get(name, "?")) for name in names)
