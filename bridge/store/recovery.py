"""A store's file that SQLite cannot be trusted with, built anew of what is whole in it.

build_anew   every row whose checksum fits, out of the damaged file, its log and its twin, into a
             new file; the damaged one is set aside with its date. Says what was lost
finish       end what a kill interrupted between the two

The twin says which rows there should be. Without one, every row that is whole counts.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np

from ..images.image import Image
from . import schema
from .checks import ROWS, fits, sum_of
from .mending import count_on, named
from .pages import Value, lenient, rows_of
from .sane import sane
from .twin import TABLES, Row, remove, twin_path

_BATCH = 64  # rows with data that are stored at once


def finish(path: Path) -> None:
    """Put a new file that was complete in its place, if a kill came before that."""
    new = _new(path)
    if new.exists() and not path.exists():
        new.replace(path)
    _forget(new)


def build_anew(path: Path, log: Path, reason: str) -> list[str]:
    """Build the file anew, of it and of this log of it; what happened, as sentences."""
    new = _new(path)
    _forget(new)
    kept = _twin_rows(twin_path(path))
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # flushed once, when all is there
        schema.prepare(db)
        db.execute("DELETE FROM meta WHERE key = 'counters'")  # an empty file's
        _Rescue(db, kept).run(path, log)
        said = _missing(db, kept) if kept else []
        db.execute("PRAGMA synchronous = FULL")
        db.execute("DELETE FROM meta WHERE key = 'suspect'")
        counts = [db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _COUNTED]
    aside = _free_name(path)
    remove(twin_path(path))
    if log.exists():
        log.replace(aside.with_name(aside.name + "-wal"))
    path.replace(aside)
    new.replace(path)
    whole = f"{counts[0]} painting{_s(counts[0])} with {counts[1]} step{_s(counts[1])}"
    return [
        f"The store was damaged: {reason}. It was built anew with {whole}; "
        f"the damaged file is kept as {aside.name}.",
        *said,
    ]


_COUNTED = ("runs", "steps")


class _Rescue:
    """Rows into a new file, each if it is whole and should be there."""

    def __init__(self, db: sqlite3.Connection, kept: dict[str, dict[Value, list[Row]]]):
        self._db = db
        self._kept = kept

    def run(self, path: Path, log: Path) -> None:
        """All of them."""
        self._db.execute("BEGIN")
        for table in ("meta", "runs", "steps", "pictures"):
            for rows in self._kept.get(table, {}).values():
                for row in rows:
                    self._put(table, row)
        for number, (rowid, values) in enumerate(rows_of(path, log)):
            with suppress(ValueError, TypeError, zlib.error):  # no row of ours
                self._take(rowid, values)
            if number % _BATCH == 0:
                self._db.execute("COMMIT")
                self._db.execute("BEGIN")
        count_on(self._db)
        self._db.execute("COMMIT")

    def _take(self, rowid: int, values: list[Value]) -> None:
        match values:
            case [str(), bytes() as data, int() as crc] if zlib.crc32(data) == crc:
                self._record(values, ("records", (values[0], len(data), crc)))
            case [_, _, _, _, _, _, bytes() as data, int() as crc, float() | int()] if (
                zlib.crc32(data) == crc
            ):
                self._image(values, data, crc)
            case [None, str() as text, *_]:
                self._small("events", (rowid, text, *values[2:]))
            case [str(), str(), int(), bytes(), *_]:
                self._small("steps", values)
            case [str(), int(), str(), int(), bytes(), *_]:
                self._small("runs", values)
            case _:
                return

    def _small(self, table: str, values: Sequence[Value]) -> None:
        """A row of version 2 has a sum, one of version 1 makes sense or does not."""
        columns = len(ROWS[table])
        plain = tuple(values[:columns])
        whole = fits(table, values) if len(values) == columns + 1 else sane(table, plain)
        if whole and (table == "events" or table not in self._kept):
            self._put(table, (*plain, sum_of(table, *plain)))

    def _record(self, values: list[Value], head: tuple[str, Row]) -> None:
        if self._expected(*head):
            self._put("records", values)

    def _image(self, values: list[Value], data: bytes, crc: int) -> None:
        columns = tuple(values[:6])
        kept = self._kept.get("images", {}).get(values[0])
        if kept is not None:
            columns = kept[0][:6]
        elif "images" in self._kept:
            return
        known = kept is not None and (len(data), crc) == kept[0][6:8]
        if known or _is_image(columns, data):
            self._put("images", (*columns, data, crc, time.time()))

    def _expected(self, table: str, head: Row) -> bool:
        if table not in self._kept:
            return True
        return any(row[:-1] == head for row in self._kept[table].get(head[0], []))

    def _put(self, table: str, row: Sequence[Value]) -> None:
        places = ", ".join("?" * len(row))
        self._db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", tuple(row))


def _is_image(columns: Sequence[Any], data: bytes) -> bool:
    """Whether these pixels have the hash that is the image's name."""
    id, width, height, channels, depth, profile = columns
    raw = np.frombuffer(zlib.decompress(data), np.uint8 if depth == 8 else np.dtype("<u2"))
    shaped = cast("Any", raw.reshape(height, width, channels))
    return Image(shaped, profile).id == id


def _twin_rows(path: Path) -> dict[str, dict[Value, list[Row]]]:
    """Every row of the twin by the first column of its key; nothing where it is not whole."""
    if not path.exists():
        return {}
    rows: dict[str, dict[Value, list[Row]]] = {}
    try:
        with closing(sqlite3.connect(path)) as db:
            db.text_factory = lenient
            if db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                return {}
            for table in TABLES:
                columns = ", ".join((*ROWS[table], "sum"))
                rows[table] = {}
                for row in db.execute(f"SELECT {columns} FROM kept_{table}"):
                    if fits(table, row):
                        rows[table].setdefault(row[0], []).append(row)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return {}
    return rows


def _missing(db: sqlite3.Connection, kept: dict[str, dict[Value, list[Row]]]) -> list[str]:
    """What the twin knows of and was not found."""
    said = list[str]()
    for table, key in (("records", "step"), ("images", "id")):
        here = {id for (id,) in db.execute(f"SELECT {key} FROM {table}")}
        for id in kept[table].keys() - here:
            name = named(db, table, (id,))
            db.execute(
                "INSERT INTO damaged VALUES (?, ?, ?, ?, ?)",
                (time.time(), table, id, "it could not be found", b""),
            )
            said.append(f"{name[:1].upper()}{name[1:]} is lost.")
    return said


def _new(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _forget(new: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        new.with_name(new.name + end).unlink(missing_ok=True)


def _free_name(path: Path) -> Path:
    """A name for the damaged file, with the date."""
    stem = f"{path.name}.damaged-{time.strftime('%Y-%m-%d-%H%M%S')}"
    names = (path.with_name(stem + (f"-{n}" if n else "")) for n in range(1000))
    return next(name for name in names if not name.exists())


def _s(count: int) -> str:
    return "" if count == 1 else "s"
