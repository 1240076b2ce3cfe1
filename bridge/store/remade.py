"""A run whose row is lost, made again of what else the store knows of it.

remade      of the events that told of it, and of its steps' records, which carry the recipe
refer       what runs refer to, made again of the runs
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Iterable
from typing import cast

import msgspec
from msgspec.structs import replace

from pipelines.recipe import Recipe

from ..versions import value_of
from ..wire import Cancelled, Dropped, Event, Failed, Finished, Queued, Run, RunId, Started, State
from .checks import fits
from .schema import named_in

_EVENT = cast("type[Event]", Event)  # any of them


class _Header(msgspec.Struct):
    """All that is needed of a record's header."""

    recipe: Recipe
    index: int


def remade(db: sqlite3.Connection, id: RunId) -> Run | None:
    """A run as it was last told of; None where nothing tells of it."""
    run = _of_events(db, id)
    headers = [header for header in _headers(db, id) if header is not None]
    if not headers:
        return run
    headers.sort(key=lambda header: header.index)
    first, recipe = headers[0].index, headers[0].recipe
    if run is not None:
        last = run.last if run.state in ("queued", "running") else headers[-1].index
        return replace(run, recipe=recipe, first=first, last=last)
    size = recipe.working_width or recipe.width, recipe.working_height or recipe.height
    numbers = db.execute("SELECT coalesce(max(number), 0) + 1 FROM runs").fetchone()
    return Run(
        id=id,
        number=numbers[0],
        request="",
        recipe=recipe,
        state="cancelled",
        first=first,
        last=headers[-1].index,
        working_width=size[0],
        working_height=size[1],
        enlarged=max(1.0, recipe.width / size[0], recipe.height / size[1]),
        message="made again after the store was damaged",
    )


def refer(db: sqlite3.Connection, rows: Iterable[tuple[RunId, bytes]]) -> None:
    """What the store's runs refer to, stored again where it is not what they say."""
    images, others = set[tuple[str, str]](), set[tuple[str, str]]()
    for id, row in rows:
        named, runs = named_in(row)
        images |= {(id, image) for image in named}
        others |= {(id, run) for run in runs - {id}}
    for table, right in (("image_refs", images), ("run_refs", others)):
        if set(db.execute(f"SELECT * FROM {table}")) != right:
            db.execute(f"DELETE FROM {table}")
            db.executemany(f"INSERT INTO {table} VALUES (?, ?)", sorted(right))


def _of_events(db: sqlite3.Connection, id: RunId) -> Run | None:
    """A run as its events tell of it."""
    run: Run | None = None
    rows = db.execute(
        "SELECT seq, event, sum FROM events WHERE instr(event, ?) ORDER BY seq", (id,)
    )
    for row in rows:
        if not fits("events", row):
            continue
        try:
            event = value_of(row[1], _EVENT)
        except msgspec.DecodeError:  # a newer version's
            continue
        if isinstance(event, Queued) and event.run.id == id:
            run = event.run
        elif run is not None and not isinstance(event, Dropped):
            state = _state(event, id)
            run = run if state is None else replace(run, state=state)
    return run


def _state(event: Event, id: RunId) -> State | None:
    match event:
        case Started(run=run) if run == id:
            return "running"
        case Finished(run=run) if run == id:
            return "finished"
        case Cancelled(run=run) if run == id:
            return "cancelled"
        case Failed(run=run) if run == id:
            return "failed"
        case _:
            return None


def _headers(db: sqlite3.Connection, id: RunId) -> list[_Header | None]:
    rows = db.execute("SELECT data FROM records WHERE substr(step, 1, 33) = ?", (f"{id}.",))
    return [_header(data) for (data,) in rows]


def _header(data: bytes) -> _Header | None:
    """The header of a record, without its tensors; None where it cannot be read."""
    try:
        (size,) = struct.unpack("<Q", data[:8])
        text = json.loads(data[8 : 8 + size])["__metadata__"]["step"]
        return value_of(text, _Header)
    except (ValueError, KeyError, TypeError, struct.error, RecursionError):
        return None
