"""How a store of an older version becomes one of this version: in steps, one transaction each.

MIGRATIONS  the first makes the tables of a new file, each later one changes them; a file's version
            is how many of them it has seen, noted in its header and, from version 2 on, in a row
            with a checksum: that row is what counts, in every version to come
migrate     do what is still to be done

What is killed in the middle is rolled back when the file is opened next. While an old file is
changed, a copy of it lies beside it, as far as there is room on the disk.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from .checks import ROWS, sum_of
from .sane import sane

COPY = ".before-update"  # ends the name of the copy
NOTED = "version"  # key of the row of `meta` that notes the version, whatever the header says


def _first(db: sqlite3.Connection) -> None:
    for table in (
        "runs (id TEXT PRIMARY KEY, number INTEGER, state TEXT, kept INTEGER, run BLOB)",
        "steps (id TEXT PRIMARY KEY, run TEXT, idx INTEGER, step BLOB)",
        "records (step TEXT PRIMARY KEY, data BLOB, crc INTEGER)",
        "images (id TEXT PRIMARY KEY, width INTEGER, height INTEGER, channels INTEGER,"
        " depth INTEGER, profile TEXT, data BLOB, crc INTEGER, used REAL)",
        "pictures (step TEXT, which TEXT, look TEXT, image TEXT, PRIMARY KEY (step, which, look))"
        " WITHOUT ROWID",
        "image_refs (run TEXT, image TEXT, PRIMARY KEY (run, image)) WITHOUT ROWID",
        "run_refs (run TEXT, other TEXT, PRIMARY KEY (run, other)) WITHOUT ROWID",
        "events (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT)",
        "meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    ):
        db.execute(f"CREATE TABLE {table}")
    for index in (
        "steps_run ON steps (run, idx)",
        "pictures_image ON pictures (image)",
        "image_refs_image ON image_refs (image)",
        "run_refs_other ON run_refs (other)",
    ):
        db.execute(f"CREATE INDEX {index}")


def _checksums(db: sqlite3.Connection) -> None:
    """A checksum for every row; one that makes no sense gets none, so that it is noticed."""
    db.execute("CREATE TABLE damaged (at REAL, kind TEXT, key TEXT, reason TEXT, found BLOB)")
    newest = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    seq = newest[0] if newest else 0
    db.execute("INSERT OR REPLACE INTO meta VALUES ('counters', ?)", (f"1 {seq}",))
    db.create_function("sane_sum", -1, _sane_sum)
    for table in ("runs", "steps", "pictures", "events", "meta"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN sum INTEGER")
        db.execute(f"UPDATE {table} SET sum = sane_sum('{table}', {', '.join(ROWS[table])})")


def _sane_sum(table: str, *columns: object) -> int | None:
    return sum_of(table, *columns) if sane(table, columns) else None


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _checksums)


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Bring a file of this version up to date."""
    if 0 < version < len(MIGRATIONS):
        _copy(db)
    for number, change in enumerate(MIGRATIONS[version:], version + 1):
        db.execute("BEGIN EXCLUSIVE")
        try:
            change(db)
            if number > 1:
                row = (NOTED, str(number))
                db.execute(
                    "INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", (*row, sum_of("meta", *row))
                )
            db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
    _beside(db).unlink(missing_ok=True)  # also one that a kill left, all being done


def _copy(db: sqlite3.Connection) -> None:
    """A copy of the file beside it, where the disk has room for one."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = _file(db)
    if shutil.disk_usage(file.parent).free >= 2 * file.stat().st_size:
        shutil.copyfile(file, _beside(db))


def _file(db: sqlite3.Connection) -> Path:
    return Path(db.execute("PRAGMA database_list").fetchone()[2])


def _beside(db: sqlite3.Connection) -> Path:
    return _file(db).with_name(_file(db).name + COPY)
