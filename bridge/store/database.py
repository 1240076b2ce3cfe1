"""What can be wrong with a store, and SQLite's errors told plainly.

StoreFull      quota or disk are used up; what was stored before is untouched
StoreDamaged   something in the store is not what was written
StoreForeign   the file is another program's, or of a newer version
StoreUnusable  there can be no store where it should lie
StoreBusy      another bridge holds the file
Broken         the file has to be built anew; the store does so when it is opened
Missing        what was named is not in the store
held           whether a process has the file open as its store
which_file     which file lies at a path, to notice that another has taken its place
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

_SPARE = 16 * 2**20  # bytes; with less free disk an I/O error means a full disk


class StoreFull(RuntimeError):
    """Nothing more can be stored; what was stored before is untouched."""


class StoreDamaged(RuntimeError):
    """A row's or a blob's checksum does not fit, or the file cannot be used."""


class StoreForeign(StoreDamaged):
    """The file is another program's, or of a newer version; it is left alone."""


class StoreUnusable(StoreDamaged):
    """There can be no store where it should lie."""


class Broken(StoreDamaged):
    """The file's structure is damaged; it has to be built anew."""


class StoreBusy(RuntimeError):
    """Another process holds the store."""


class Missing(ValueError):
    """A run, step or image that is not in the store."""


def held(path: Path) -> bool:
    """Whether a process has the file open as its store; nothing is changed."""
    if not path.is_file():
        return False
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=0)) as db:
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return False


def which_file(path: Path) -> tuple[int, int] | None:
    """Which file lies there, by the system's own numbers; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


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
    except UnicodeDecodeError:  # SQLite's own words about a name in which a bit has flipped
        raise StoreDamaged(f"the store {path} is damaged: a name in it is no text") from None
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"the store {path} is damaged: {error}") from None
