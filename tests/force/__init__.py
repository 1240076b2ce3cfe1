"""Force: mutators and attacks, each a module that says what must hold and counts what did.

A module has QUICK and LONG, how many times it tries in the ordinary tests and on demand, and

    def run(count: int, seed: int) -> str

which raises AssertionError, naming seed and try, where something did not hold, and else gives a
sentence with figures; where it takes `workers` as well, its bridge may have several.
`scripts/reliability.py` runs them; `tests/bridge/test_force.py` runs each quickly.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Protocol, cast


class Force(Protocol):
    """What each module here offers."""

    QUICK: int
    LONG: int
    run: Callable[..., str]  # count, seed: a sentence with figures


def names() -> list[str]:
    """The forces there are; modules that begin with _ are their helpers."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in found if not name.startswith("_"))


def named(name: str) -> Force:
    """A force by its module's name."""
    return cast("Force", importlib.import_module(f"{__name__}.{name}"))
