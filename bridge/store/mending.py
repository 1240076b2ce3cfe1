"""A store and its twin, made the same again; what neither has whole is set aside and named.

Broken      what no row can mend: the file has to be built anew (recovery.py)
examine     raise Broken where the file's own structure is damaged
mend        compare every small row with its twin; what was done, as sentences for a painter
count_on    the number of the newest event, in agreement with the events
set_aside   put a row among the damaged ones: nothing reads it any more, nothing of it is destroyed
named       what a row is to a painter: "step 4 of Painting 2"
listed      everything that was set aside
"""

from __future__ import annotations

import sqlite3
import time

import msgspec

from pipelines.said import said

from .checks import KEYS, ROWS, fits, sum_of
from .database import Broken
from .migrations import MIGRATIONS
from .remade import refer, remade
from .twin import HEADS, TABLES, Difference, Row, commits, differences

_SMALL = 64 * 2**20  # bytes of a file that is examined whole at every start: some 0.1 s


def examine(db: sqlite3.Connection, *, whole: bool = False) -> None:
    """Raise Broken where the file's structure is damaged; of a large one only its small tables."""
    if _schema(db) != _right_schema():
        raise Broken("its list of tables is damaged")
    pages, size = (db.execute(f"PRAGMA main.{name}").fetchone()[0] for name in _SIZE)
    suspect = db.execute("SELECT 1 FROM meta WHERE key = 'suspect'").fetchone() is not None
    whole = whole or suspect or pages * size <= _SMALL
    tables = ("",) if whole else ("(runs)", "(steps)", "(pictures)", "(events)", "(meta)")
    for table in tables:
        said = db.execute(f"PRAGMA main.integrity_check{table}").fetchone()[0]
        if said != "ok":
            raise Broken(f"its pages are damaged ({' '.join(str(said).split())[:120]})")


def mend(db: sqlite3.Connection) -> list[str]:
    """Make both the same again. Raises Broken where more is missing than rows."""
    mine, other = commits(db, "main.meta"), commits(db, "twin.kept_meta")
    if 0 <= mine < other:
        raise Broken("what was stored last is missing")
    said: list[str] = []
    restored = 0
    db.execute("BEGIN IMMEDIATE")
    try:
        for found in list(differences(db)):
            if found.table in HEADS:
                said += _mend_head(db, found, ahead=mine > other)
            elif _whole(found.table, found.main):
                _put(db, f"twin.kept_{found.table}", found.main)
            elif found.main is None and (mine > other or not _whole(found.table, found.twin)):
                _drop(db, f"twin.kept_{found.table}", found.table, found.key)
            elif _whole(found.table, found.twin):
                _put(db, f"main.{found.table}", found.twin)
                restored += 1
            else:
                said += _lost(db, found, alone=other < 0)
        said += _related(db)
        db.execute("COMMIT")
    except BaseException as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(error, UnicodeEncodeError):  # a key that cannot even be asked for
            raise Broken("a key in it is damaged") from None
        raise
    if restored:
        said.insert(0, _restored(restored))
    return said


def count_on(db: sqlite3.Connection) -> None:
    """See to it that no event lies behind the counter, or nobody would hear of the next ones."""
    newest = db.execute("SELECT coalesce(max(seq), 0) FROM main.events").fetchone()[0]
    rows = db.execute("SELECT value FROM main.meta WHERE key = 'counters'").fetchall()
    made, seq = map(int, rows[0][0].split()) if rows else (1, 0)
    if seq < newest or not rows:
        row = ("counters", f"{made} {newest}")
        _put(db, "main.meta", (*row, sum_of("meta", *row)))


def set_aside(db: sqlite3.Connection, table: str, key: Row, reason: str, found: object) -> None:
    """Put a row among the damaged ones."""
    data = found if isinstance(found, bytes) else repr(found).encode("utf-8", "surrogateescape")
    text = " ".join(str(part) for part in key).encode("utf-8", "replace").decode()
    db.execute(
        "INSERT INTO damaged VALUES (?, ?, ?, ?, ?)", (time.time(), table, text, reason, data)
    )
    _drop(db, f"main.{table}", table, key)
    if table in TABLES:
        _drop(db, f"twin.kept_{table}", table, key)


def named(db: sqlite3.Connection, table: str, key: Row) -> str:
    """What a row is to a painter."""
    if table in ("steps", "records"):
        run, _, index = str(key[0]).partition(".")
        where = _painting(db, run)
        return f"step {int(index) + 1} of {where}" if index.isdecimal() else f"a step of {where}"
    if table == "runs":
        return _painting(db, str(key[0]))
    if table == "pictures":
        return f"a picture of {named(db, 'steps', key)}"
    return f"an image ({str(key[0])[:6]})" if table == "images" else "a note of the store"


def listed(db: sqlite3.Connection) -> list[dict[str, str]]:
    """What was set aside, as painters call it, why, and when."""
    rows = db.execute("SELECT at, kind, key, reason FROM damaged ORDER BY at").fetchall()
    return [
        {
            "what": named(db, kind, (key.partition(" ")[0],)),
            "why": reason,
            "when": time.strftime("%Y-%m-%d %H:%M", time.localtime(at)),
        }
        for at, kind, key, reason in rows
    ]


def _painting(db: sqlite3.Connection, run: str) -> str:
    """A run as painters call it."""
    twin = any(name == "twin" for _, name, _ in db.execute("PRAGMA database_list"))
    for table in ("main.runs", "twin.kept_runs") if twin else ("main.runs",):
        for (number,) in db.execute(f"SELECT number FROM {table} WHERE id = ?", (run,)):
            if isinstance(number, int):
                return f"Painting {number}"
    return f"a painting ({run[:6]})"


_SIZE = ("page_count", "page_size")


def _schema(db: sqlite3.Connection) -> set[Row]:
    """The tables and indexes of a file as they were made."""
    rows = db.execute("SELECT type, name, tbl_name, sql FROM main.sqlite_master")
    return {(*names, "".join((sql or "").split())) for *names, sql in rows}


def _right_schema() -> set[Row]:
    db = sqlite3.connect(":memory:")
    db.create_function("row_sum", -1, sum_of)
    for change in MIGRATIONS:
        change(db)
    right = _schema(db)
    db.close()
    return right


def _whole(table: str, row: Row | None) -> bool:
    return row is not None and fits(table, row)


def _put(db: sqlite3.Connection, name: str, row: Row | None) -> None:
    assert row is not None  # it was found to be whole
    places = ", ".join("?" * len(row))
    db.execute(f"INSERT OR REPLACE INTO {name} VALUES ({places})", row)


def _drop(db: sqlite3.Connection, name: str, table: str, key: Row) -> None:
    columns = ROWS[table][: KEYS[table]]
    try:
        where = " AND ".join(f"{column} IS ?" for column in columns)
        db.execute(f"DELETE FROM {name} WHERE {where}", key)
    except UnicodeEncodeError:  # a damaged key may be no text that can be asked for
        where = " AND ".join(f"CAST({column} AS BLOB) IS ?" for column in columns)
        raw = [str(part).encode("utf-8", "surrogateescape") for part in key]
        db.execute(f"DELETE FROM {name} WHERE {where}", raw)


def _mend_head(db: sqlite3.Connection, found: Difference, *, ahead: bool) -> list[str]:
    """What describes a record or an image."""
    table, names = found.table, ROWS[found.table]
    if found.main is None:
        if not ahead and _whole(table, found.twin):
            raise Broken(f"{named(db, table, found.key)} cannot be found in it")
        _drop(db, f"twin.kept_{table}", table, found.key)
        return []
    if _whole(table, found.twin):
        assert found.twin is not None  # it is whole
        size = names.index("size")
        if found.twin[size] != found.main[size]:
            raise Broken(f"{named(db, table, found.key)} has another length than it had")
        columns = ", ".join(f"{name} = ?" for name in names[1:size])
        db.execute(
            f"UPDATE main.{table} SET {columns} WHERE {names[0]} = ?",
            (*found.twin[1:size], found.key[0]),
        )
        return [_restored(1)]
    query = f"SELECT crc FROM main.{table} WHERE {names[0]} = ?"  # takes long, so not read before
    row = (*found.main, db.execute(query, found.key).fetchone()[0])
    _put(db, f"twin.kept_{table}", (*row, sum_of(table, *row)))
    return []


def _lost(db: sqlite3.Connection, found: Difference, *, alone: bool) -> list[str]:
    """A row that is whole in neither file; `alone`: there was no twin before."""
    name = named(db, found.table, found.key)
    set_aside(db, found.table, found.key, "its checksum does not fit", (found.main, found.twin))
    if found.table == "meta" or (found.twin is None and not alone):
        return []  # counters are counted again; a row under a damaged key is there under its own
    run = remade(db, found.key[0]) if found.table == "runs" else None
    if run is None:
        return [f"{_capital(name)} is damaged and was set aside."]
    row = (run.id, run.number, run.state, int(run.kept), msgspec.json.encode(said(run)))
    _put(db, "main.runs", (*row, sum_of("runs", *row)))
    return [f"What was noted of {name} was damaged; it was made again of its steps."]


_NO_IMAGE = "its image is lost"
_NEEDED = (  # of these rows, why they are useless, and which are
    ("steps", "its painting is lost", "run NOT IN (SELECT id FROM main.runs)"),
    ("steps", "its record is lost", "id NOT IN (SELECT step FROM twin.kept_records)"),
    ("pictures", "its step is lost", "step NOT IN (SELECT id FROM main.steps)"),
    ("pictures", _NO_IMAGE, "image NOT IN (SELECT id FROM twin.kept_images)"),
)


def _related(db: sqlite3.Connection) -> list[str]:
    """What hangs on a row that is not there any more."""
    said = list[str]()
    for table, why, query in _NEEDED:
        columns = ", ".join((*ROWS[table], "sum"))
        for row in db.execute(f"SELECT {columns} FROM main.{table} WHERE {query}").fetchall():
            key = row[: KEYS[table]]
            name = _capital(named(db, table, key))
            set_aside(db, table, key, why, row)
            if table == "steps":
                said.append(f"{name} was set aside: {why}.")
            elif why == _NO_IMAGE:
                said.append(f"{name} was damaged; it is made again when it is asked for.")
    refer(db, db.execute("SELECT id, run FROM main.runs").fetchall())
    return said


def _restored(count: int) -> str:
    what = "A note" if count == 1 else f"{count} notes"
    return f"{what} of the store had been damaged and was restored from its second copy."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
