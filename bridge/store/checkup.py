"""A store looked through for `pentimento doctor`, with no bridge on it.

found      what is wrong with it, what was set aside before, and which damaged files lie beside it;
           nothing is changed
mended     the same as a start of the bridge does, and every record and image read besides
aside      damaged files that were kept beside it
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

from . import mending, schema, twin
from .checks import KEYS, ROWS, fits
from .database import StoreDamaged
from .pages import lenient
from .store import Store
from .wal import Log

MOVE = "move it away, and the next start begins an empty store"

LOOKED_AT = 2**30  # bytes of a store that is read whole: seconds

_ROWS = ("runs", "steps", "pictures", "events", "meta")
_BLOBS = {"records": "step", "images": "id"}
_NAMED = 5  # damaged things that a sentence names

Facts = dict[str, Any]  # JSON


def found(path: Path) -> Facts:
    """What is wrong, as sentences, what only people can mend, and what is kept aside."""
    facts: Facts = {"problems": [], "by_hand": [], "damaged": [], "aside": aside(path)}
    facts["unread"] = False  # whether records and images are left to --mend
    if (by_hand := _by_hand(path)) is not None:
        what, mend = by_hand
        return facts | {"by_hand": [{"what": what, "mend": mend}]}
    if not path.is_file() or not path.stat().st_size:
        if path.exists():
            facts["problems"] = [f"{path} is empty"]
        return facts
    log = path.with_name(path.name + "-wal")
    if log.is_file() and log.stat().st_size:  # what lies there only a start can look through
        if Log.of(log).damaged:
            facts["problems"] = ["what was stored last is damaged"]
        return facts
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as db:
            db.text_factory = lenient
            try:
                schema.version_of(db)
            except schema.Foreign as error:
                what = f"{path} cannot be used ({error})"
                return facts | {"by_hand": [{"what": what, "mend": MOVE}]}
            if "damaged" in {name for (name,) in db.execute("SELECT name FROM sqlite_master")}:
                mending.examine(db)
                facts["damaged"] = mending.listed(db)
                if path.stat().st_size <= LOOKED_AT:
                    facts["problems"] = _unsound(db)
                else:
                    facts["unread"] = True
    except (sqlite3.Error, StoreDamaged) as error:
        facts["problems"] = [f"the store is damaged: {error}"]
    return facts


def _unsound(db: sqlite3.Connection) -> list[str]:
    """Rows, records and images whose checksums do not fit, as one sentence at most."""
    names: list[str] = []
    for table in _ROWS:
        for row in db.execute(f"SELECT {', '.join((*ROWS[table], 'sum'))} FROM {table}"):
            if not fits(table, row):
                names.append(mending.named(db, table, row[: KEYS[table]]))
    for table, key in _BLOBS.items():
        for id, data, crc in db.execute(f"SELECT {key}, data, crc FROM {table}"):
            if not isinstance(data, bytes) or zlib.crc32(data) != crc:
                names.append(mending.named(db, table, (id,)))
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"damaged in the store: {', '.join(names[:_NAMED])}{more}"] if names else []


def _by_hand(path: Path) -> tuple[str, str] | None:
    """What is wrong with the place of the store, and what mends it."""
    second = twin.twin_path(path)
    if path.exists() and not path.is_file():
        return f"{path} is no file, and the store is one", MOVE
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return f"{path} cannot be read and written by this user", "give it back to this user"
    if not path.exists() and second.exists():
        return (
            f"{path} was deleted or moved; {second.name}, which goes with it, is still there",
            "put it back; without it the next start begins an empty store",
        )
    return None


def mended(path: Path, quota_bytes: int) -> list[str]:
    """Mend what can be mended; what was done, as sentences. Raises what Store does."""
    store = Store(path, quota_bytes)
    try:
        said = [
            *store.found,
            *(f"{sentence}; it was set aside." for sentence in store.look_through()),
        ]
        return said or ["Every row, record and image of the store is whole."]
    finally:
        store.close()


def aside(path: Path) -> list[Facts]:
    """Damaged files that were kept beside the store."""
    files = sorted(path.parent.glob(f"{path.name}.damaged-*")) if path.parent.is_dir() else []
    return [{"file": str(file), "bytes": file.stat().st_size} for file in files]
