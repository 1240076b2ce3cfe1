"""Values as options have them. Complaints say what was given and what is allowed.

Whole    a whole number, in a range
Real     a number, in a range
size     WIDTHxHEIGHT
Text     something: scripts give nothing where a variable is not set
wanted   what an option's value must be, in words
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.recipe import MAX_SIDE, MIN_SIDE

_SIZE = f"WIDTHxHEIGHT in pixels such as 512x384, each side in {MIN_SIDE}..{MAX_SIDE}"
_SHOWN = 60  # characters of what was given


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    low: int | None = None
    high: int | None = None

    def __call__(self, text: str) -> int:
        """The number."""
        if not re.fullmatch(r"[+-]?[0-9]{1,30}", text.strip()):
            raise complaint(self.wanted, text)
        number = int(text)
        if (self.low is not None and number < self.low) or (
            self.high is not None and number > self.high
        ):
            raise complaint(self.wanted, text)
        return number

    @property
    def wanted(self) -> str:
        """What it must be."""
        return (
            "a whole number" if self.low is None else f"a whole number in {self.low}..{self.high}"
        )


@dataclass(frozen=True)
class Real:
    """A number."""

    low: float
    high: float
    above: bool = False  # low itself is none

    def __call__(self, text: str) -> float:
        """The number."""
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not self.low <= number <= self.high or (self.above and number == self.low):
            raise complaint(self.wanted, text)
        return number

    @property
    def wanted(self) -> str:
        """What it must be."""
        if self.above:
            return f"a number above {self.low:g} and at most {self.high:g}"
        return f"a number in {self.low:g}..{self.high:g}"


@dataclass(frozen=True)
class Text:
    """Anything but nothing."""

    wanted: str  # what it must be

    def __call__(self, text: str) -> str:
        """The text."""
        if not text.strip():
            raise complaint(self.wanted, text)
        return text


def size(text: str) -> tuple[int, int]:
    """Width and height of "640x480"."""
    sides = re.fullmatch(r"([0-9]{1,6})[x×]([0-9]{1,6})", text.strip().lower())
    if sides is None:
        raise complaint(_SIZE, text)
    width, height = int(sides[1]), int(sides[2])
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise complaint(_SIZE, text)
    return width, height


def wanted(kind: Callable[[str], object] | None) -> str:
    """What a value that `kind` reads must be; empty: anything."""
    return _SIZE if kind is size else str(getattr(kind, "wanted", ""))


def complaint(right: str, text: str) -> argparse.ArgumentTypeError:
    """What the value must be, and what was given."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return argparse.ArgumentTypeError(f"must be {right}, got {shown!r}")
