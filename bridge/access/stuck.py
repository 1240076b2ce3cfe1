"""A bridge that holds the data folder and does not answer: stopped, or on a machine that swaps.

stuck      its process, where there is one
sentence   what is said of it

Its port takes connections, since the system does that for it, but no answer comes; and its store is
held. Both together are no other program's doing, and waiting for such a bridge may last for ever.
"""

from __future__ import annotations

from ..config import Config
from ..store.database import held
from . import access

PATIENCE = 6.0  # seconds for an answer that is always quick


def stuck(config: Config) -> int | None:
    """The process of a bridge that runs on this data folder and does not answer."""
    silent = access.silent(config.data, PATIENCE)
    return silent.pid if silent and held(config.store_path) else None


def sentence(process: int) -> str:
    """What to do about it."""
    return f"a bridge (process {process}) is running but does not answer; end it, or wait"
