"""The store's file: opened safely, and its errors told plainly.

StoreFull      quota or disk are used up; what was stored before is untouched
StoreDamaged   the file is no store, or not what was written
StoreBusy      another bridge holds the file
Missing        what was named is not in the store
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from . import schema

_SPARE = 16 * 2**20  # bytes; with less free disk an I/O error means a full disk


class StoreFull(RuntimeError):
    """Nothing more can be stored; what was stored before is untouched."""


class StoreDamaged(RuntimeError):
    """A blob's checksum does not fit, or the file is no store."""


class StoreBusy(RuntimeError):
    """Another process holds the store."""


class Missing(ValueError):
    """A run, step or image that is not in the store."""


def open_database(path: Path) -> sqlite3.Connection:
    """A store's file, held by this process alone. Raises StoreBusy, StoreDamaged."""
    db = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # let go of by the system if we are killed
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing; see the design
        schema.prepare(db)
    except sqlite3.OperationalError as error:
        db.close()
        if "locked" in str(error):
            raise StoreBusy(f"another bridge is using {path}") from None
        raise StoreDamaged(f"the store {path} cannot be opened: {error}") from None
    except (sqlite3.DatabaseError, ValueError) as error:
        db.close()
        raise StoreDamaged(
            f"the store {path} cannot be used ({error}); move it away to start a new one"
        ) from None
    return db


@contextmanager
def told_plainly(path: Path) -> Generator[None]:
    """SQLite's errors as sentences."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", "")
        no_space = name.startswith("SQLITE_IOERR") and shutil.disk_usage(path.parent).free < _SPARE
        if name == "SQLITE_FULL" or no_space:
            raise StoreFull(
                f"the disk with {path.parent} is full; free some space, earlier steps are safe"
            ) from None
        raise
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"the store {path} is damaged: {error}") from None
