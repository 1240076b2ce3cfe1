"""One flipped bit anywhere in a store of version 1: it opens, and what is lost is named.

The golden stores of version 1, one closed and one killed with nearly everything in its log, are
brought up to date with a random bit of their files flipped. The store must open. Version 1 keeps
checksums of records and images only, and has no twin, so no more than these can be compared: each
is what was stored, or a sentence names it; a run or step that is missing is named as well. A change
inside the JSON of a run, a step or an event that still makes sense cannot be noticed by anybody,
and a picture that is missing is only made again: neither is looked at. Then the store is opened
again, and there is nothing more to be said.
"""

from __future__ import annotations

import gzip
import tarfile
import tempfile
from pathlib import Path

from bridge.store.store import Store

from .flips import QUOTA, content, tried

QUICK, LONG = 20, 500

GOLDEN = Path(__file__).parents[1] / "golden" / "v1"
_NAME = "store.sqlite"


def run(count: int, seed: int) -> str:
    """Flip `count` bits, one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        sources = closed(Path(folder, "closed")).parent, killed(Path(folder, "killed")).parent
        store = Store(closed(Path(folder, "whole")), QUOTA)
        before = content(store)
        store.close()
        return f"version 1, {tried(count, seed, sources, before, _is_lost)}"


def closed(folder: Path) -> Path:
    """The store that was closed properly."""
    folder.mkdir()
    path = folder / _NAME
    path.write_bytes(gzip.decompress((GOLDEN / f"{_NAME}.gz").read_bytes()))
    return path


def killed(folder: Path) -> Path:
    """The store that was killed: nearly everything lies in its log."""
    with tarfile.open(GOLDEN / "killed.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / _NAME


def _is_lost(kind: str, was: object, now: object) -> bool:
    """Whether a sentence must tell of it."""
    match kind:
        case "record":
            return was != now
        case "run" | "step":
            return now is None
        case "picture":
            return now is not None and was != now
        case _:
            return False
