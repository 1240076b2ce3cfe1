"""The store's twin: a second file beside it, with every small row once more.

What one flipped bit destroys in either file is whole in the other. Runs, steps, pictures and meta
are there as they are; of records and images, which may be gigabytes, only the key, what describes
them and the checksum: those can be missed, and found damaged, but not restored. Events are not
there: a client that has missed some starts over.

twin_path   where it lies
attach      open it beside an open store; one that is broken or another store's begins anew
commits     how many transactions a file has seen: the one with fewer has lost some
Difference  a row that is not the same in both
differences what is not the same
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checks import KEYS, ROWS, fits

TABLES = tuple(table for table in ROWS if table != "events")
HEADS = ("records", "images")  # of these the twin has what describes a row, not its data

Row = tuple[Any, ...]  # what the columns hold


def twin_path(store: Path) -> Path:
    """Where a store's twin lies."""
    return store.with_name(store.name + ".twin")


def attach(db: sqlite3.Connection, path: Path) -> None:
    """Open the twin of an open store, and keep it the same from now on."""
    try:
        _open(db, path)
        if _problem(db):
            raise sqlite3.DatabaseError("the twin is damaged, or another store's")
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_FULL")):
            raise
        if any(name == "twin" for _, name, _ in db.execute("PRAGMA database_list")):
            db.execute("DETACH twin")
        remove(path)
        _open(db, path)
    for table in TABLES:
        _follow(db, table)


def remove(path: Path) -> None:
    """A twin and its log, if they are there."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def commits(db: sqlite3.Connection, table: str) -> int:
    """How many transactions a file has seen; -1 where it cannot be told."""
    rows = db.execute(f"SELECT key, value, sum FROM {table} WHERE key = 'counters'").fetchall()
    return int(rows[0][1].split()[0]) if rows and fits("meta", rows[0]) else -1


@dataclass(frozen=True)
class Difference:
    """A row that is not the same in both; None where it is missing. Both have their sum last."""

    table: str
    key: Row
    main: Row | None  # of records and images without checksums: reading them takes long
    twin: Row | None


def differences(db: sqlite3.Connection) -> Iterator[Difference]:
    """What is not the same in the store and its twin."""
    for table in TABLES:
        names, keys = ROWS[table], ROWS[table][: KEYS[table]]
        compared = names[:-1] if table in HEADS else (*names, "sum")
        mine = ", ".join(_main(table, name) for name in compared)
        theirs = ", ".join(f"k.{name}" for name in (*names, "sum"))
        same = " AND ".join(f"{_main(table, name)} IS k.{name}" for name in compared)
        own = ", ".join(f"k.{name}" for name in names)  # equal rows may be equally damaged
        same += f" AND row_sum('{table}', {own}) IS k.sum"
        key = " AND ".join(f"m.{name} = k.{name}" for name in keys)
        join = f"twin.kept_{table} k LEFT JOIN main.{table} m ON {key}"
        for row in db.execute(f"SELECT {theirs}, {mine} FROM {join} WHERE NOT ({same})").fetchall():
            twin, main = row[: len(names) + 1], row[len(names) + 1 :]
            yield Difference(table, twin[: len(keys)], main if main[0] is not None else None, twin)
        here = f"SELECT {mine} FROM main.{table} m LEFT JOIN twin.kept_{table} k ON {key}"
        for main in db.execute(f"{here} WHERE k.{keys[0]} IS NULL").fetchall():
            yield Difference(table, main[: len(keys)], main, None)


def _main(table: str, name: str) -> str:
    return "length(m.data)" if table in HEADS and name == "size" else f"m.{name}"


def _open(db: sqlite3.Connection, path: Path) -> None:
    db.execute("ATTACH ? AS twin", (str(path),))
    db.execute("PRAGMA twin.page_size = 1024")  # of a new one: a commit writes the pages it changed
    db.execute("PRAGMA twin.locking_mode = EXCLUSIVE")
    db.execute("PRAGMA twin.journal_mode = WAL")
    db.execute("PRAGMA twin.synchronous = NORMAL")
    if db.execute("SELECT 1 FROM twin.sqlite_master").fetchone():
        return
    for table in TABLES:
        columns = ", ".join((*ROWS[table], "sum"))
        key = ", ".join(ROWS[table][: KEYS[table]])
        db.execute(f"CREATE TABLE twin.kept_{table} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")


def _problem(db: sqlite3.Connection) -> bool:
    """Whether this twin is broken, or another store's."""
    if db.execute("PRAGMA twin.integrity_check(1)").fetchone()[0] != "ok":
        return True
    ids = [
        db.execute(f"SELECT key, value, sum FROM {table} WHERE key = 'store'").fetchall()
        for table in ("main.meta", "twin.kept_meta")
    ]
    for table in TABLES:  # an error where the twin is not as we made it
        db.execute(f"SELECT {', '.join(ROWS[table])}, sum FROM twin.kept_{table} LIMIT 0")
    known = [rows[0] for rows in ids if rows and fits("meta", rows[0])]
    return len(known) == 2 and known[0] != known[1]


def _follow(db: sqlite3.Connection, table: str) -> None:
    """Triggers of this connection: what is done to a table is done to its twin."""
    keys = " AND ".join(f"{key} = OLD.{key}" for key in ROWS[table][: KEYS[table]])
    if table in HEADS:
        names = ["length(NEW.data)" if name == "size" else f"NEW.{name}" for name in ROWS[table]]
        row = f"{', '.join(names)}, row_sum('{table}', {', '.join(names)})"
        events = ["INSERT"]  # they never change; `used` is nobody's business here
    else:
        row = ", ".join(f"NEW.{name}" for name in (*ROWS[table], "sum"))
        events = ["INSERT", "UPDATE"]
    for event in events:
        db.execute(
            f"CREATE TEMP TRIGGER {table}_{event} AFTER {event} ON main.{table}"
            f" BEGIN INSERT OR REPLACE INTO kept_{table} VALUES ({row}); END"
        )
    db.execute(
        f"CREATE TEMP TRIGGER {table}_DELETE AFTER DELETE ON main.{table}"
        f" BEGIN DELETE FROM kept_{table} WHERE {keys}; END"
    )
