"""A store's file, opened: whole, or mended, or built anew; whatever lies there, painting goes on.

open_store   the open file and its twin, and what had to be done, as sentences for a painter

What is left alone and refused: a folder, a file of another program, a store of a newer version,
one that another bridge uses, a place that cannot be written to, a full disk.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from pathlib import Path

from . import mending, recovery, schema, twin
from .database import (
    Broken,
    StoreBusy,
    StoreDamaged,
    StoreForeign,
    StoreFull,
    StoreUnusable,
    told_plainly,
)
from .pages import lenient
from .wal import Log

log = logging.getLogger(__name__)

_ASIDE = ".log"  # ends the name of the log that a kill left, until all of it is known to be whole
_UNREACHABLE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR")
_ELSEWHERE = "set PENTIMENTO_DATA to a folder of your own with room in it"


def open_store(path: Path) -> tuple[sqlite3.Connection, list[str]]:
    """Held by this process alone. Raises StoreBusy, StoreForeign, StoreUnusable, StoreFull."""
    _check_place(path)
    recovery.finish(path)
    aside = _log_aside(path)
    try:
        db, said = _opened(path, aside)
    except Broken as error:
        log.error("the store %s: %s", path, error)
        db, said = _righted(path, aside) or _anew(path, aside, str(error))
    aside.unlink(missing_ok=True)
    for sentence in said:
        log.warning("%s", sentence)
    return db, said


def _righted(path: Path, aside: Path) -> tuple[sqlite3.Connection, list[str]] | None:
    """The file with its log, in which a bit is put right; None where that is not what is wrong."""
    found = Log.of(aside)
    if not found.damaged:
        return None
    data, text = found.righted(), "A bit of what was stored last had flipped; it is put right."
    if data is None:  # then SQLite may read it as it is, and rows tell by their own checksums
        data, text = (
            found.resealed(),
            "What was stored last is damaged; whatever of it is not whole is set aside and named.",
        )
    path.with_name(path.name + "-wal").write_bytes(data)
    mended = aside.with_name(aside.name + ".mended")
    mended.write_bytes(data)
    try:
        db, said = _opened(path, mended)
    except Broken:
        return None
    finally:
        mended.unlink()
    return db, [text, *said]


def _anew(path: Path, aside: Path, reason: str) -> tuple[sqlite3.Connection, list[str]]:
    """The file, built anew of what is whole in it."""
    with told_plainly(path):
        told = recovery.build_anew(path, aside, reason)
    db, said = _opened(path, aside)
    return db, told + said


def _opened(path: Path, aside: Path) -> tuple[sqlite3.Connection, list[str]]:
    """The file as it is. Raises Broken where it has to be built anew."""
    db = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    db.text_factory = lenient
    try:
        with told_plainly(path):
            db.execute("PRAGMA cell_size_check = ON")
            db.execute("PRAGMA locking_mode = EXCLUSIVE")  # let go of by the system if we die
            schema.version_of(db)  # before the file is written to: another program's is not
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing
            said = schema.prepare(db)
            if Log.of(aside).damaged:
                raise Broken("what was written last is damaged")
            mending.examine(db)
            twin.attach(db, twin.twin_path(path))
            said += mending.mend(db)
            mending.count_on(db)
            db.execute("DELETE FROM meta WHERE key = 'suspect'")  # it was examined whole
            db.text_factory = str  # which is faster
            return db, said
    except BaseException as error:
        db.close()
        raise _reason(path, error) from None


def _reason(path: Path, error: BaseException) -> BaseException:
    """Why a store cannot be opened."""
    if isinstance(error, schema.Foreign):
        return StoreForeign(
            f"the store {path} cannot be used ({error}); move it away to start a new one"
        )
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusy(f"another bridge is using {path}")
    writable = os.access(path, os.R_OK | os.W_OK)  # else a flipped bit says that it is not
    if name.startswith(_UNREACHABLE) and not (writable and name.startswith("SQLITE_READONLY")):
        return StoreUnusable(f"the store {path} cannot be written to ({error}); {_ELSEWHERE}")
    if isinstance(error, sqlite3.DatabaseError | StoreDamaged) and not isinstance(error, Broken):
        if not _ours(path):
            return StoreForeign(
                f"the store {path} cannot be used (file is not a database); "
                "move it away to start a new one"
            )
        return Broken(f"it cannot be read ({error})")
    return error


def _check_place(path: Path) -> None:
    """Raise StoreUnusable where no file can be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_place(path, error.strerror or str(error)) from None
    if path.is_dir():
        raise StoreUnusable(f"{path} is a folder, and the store is a file; move the folder away")
    if path.exists() and not path.is_file():
        raise StoreUnusable(f"{path} is no file, and the store is one; move it away")
    if not os.access(path.parent, os.W_OK):  # SQLite needs to put its log beside the file
        raise _no_place(path, "it cannot be written to")


def _no_place(path: Path, why: str) -> StoreUnusable:
    return StoreUnusable(f"the folder {path.parent} cannot be used ({why}); {_ELSEWHERE}")


def _log_aside(path: Path) -> Path:
    """A copy of the log that a kill left: SQLite removes a log with all that it cannot read."""
    left, aside = path.with_name(path.name + "-wal"), path.with_name(path.name + _ASIDE)
    try:
        if left.is_file() and left.stat().st_size:
            shutil.copyfile(left, aside)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreFull(f"the disk with {path.parent} is full; free some space") from None
        raise _no_place(path, error.strerror or str(error)) from None
    return aside


def _ours(path: Path) -> bool:
    """Whether a file that cannot be read was a store: its twin is there, or its mark."""
    if twin.twin_path(path).exists():
        return True
    with path.open("rb") as file:
        head = file.read(100)
    mark = int.from_bytes(head[68:72], "big")
    return mark != 0 and _near(mark, schema.APPLICATION)


def _near(one: int, other: int) -> bool:
    return (one ^ other).bit_count() <= 1
