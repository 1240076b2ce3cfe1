"""The store's tables, and what in a run refers to what.

runs        number counts paintings; run is the wire's Run as JSON
steps       step is the wire's Step as JSON; its tensors are in records
records     safetensors bytes of a step, with checksum
images      pixels by content hash, zlib, with checksum; used = when last put or shown live, seconds
            since 1970, negative while it is fleeting (see quota.py)
pictures    which image is the picture of a step: by denoised or noisy, and by look
image_refs  run -> images its recipe and rewind name
run_refs    run -> runs it left or holds on to
events      what was announced, as JSON
meta        the store's id, the last painting's number, the file's version, and counters: commits
            and the newest seq
damaged     what was set aside: since when, what it was, why, and the row as it was found

`sum` is a row's checksum (checks.py). image_refs and run_refs are made of runs and have none;
`used` has none: it decides no more than when an image goes that nothing refers to.

version_of  what version a file is of
prepare     make a new file's tables, bring an old one's up to date
references  what a run needs
named_in    the same of a run's row, whatever version wrote it
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from pipelines.recipe import ImageId, StepId, images_named, steps_named

from ..wire import Run, RunId
from .checks import fits, sum_of
from .database import Broken
from .migrations import MIGRATIONS, NOTED, migrate
from .twin import TABLES, twin_path

VERSION = len(MIGRATIONS)
APPLICATION = 0x50454E54  # "PENT", marks the file as ours
_OURS = set(TABLES) | {"events", "image_refs", "run_refs"}  # tables of every version
_RIGHTED = "The head of the store's file was damaged and was put right; nothing is lost."


class Foreign(ValueError):
    """The file is another program's, or of a newer version: it is left alone."""


def prepare(db: sqlite3.Connection) -> list[str]:
    """Make the tables of a new file; bring an old one up to date; what was mended, as sentences.

    Raises Foreign, Broken.
    """
    db.create_function("row_sum", -1, sum_of, deterministic=True)
    db.execute("BEGIN EXCLUSIVE")  # takes the lock that keeps a second bridge away
    db.execute("COMMIT")
    version = version_of(db)
    new = version == 0
    marks = {"application_id": APPLICATION} | ({} if new else {"user_version": version})
    wrong = [mark for mark, right in marks.items() if _marked(db, mark) != right]
    for mark in wrong:
        db.execute(f"PRAGMA {mark} = {marks[mark]}")
    migrate(db, version)
    return [_RIGHTED] if wrong and not new else []


def version_of(db: sqlite3.Connection) -> int:
    """A file's version; 0: it is empty. Raises Foreign, Broken.

    What its header says of that has no checksum. It is believed where something else agrees: a row
    that notes the version, or the tables.
    """
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and _marked(db, "user_version") == 0:
        return 0
    if not tables >= _OURS:
        if _marked(db, "application_id") != APPLICATION:
            raise Foreign("it is another program's file")
        raise Broken("its list of tables is damaged")
    version = _witnessed(db) or (2 if "damaged" in tables else 1)
    if version > VERSION:
        raise Foreign(
            f"it has version {version}; this program reads version {VERSION}: update Pentimento"
        )
    return version


def _marked(db: sqlite3.Connection, mark: str) -> int:
    return db.execute(f"PRAGMA {mark}").fetchone()[0]


def _witnessed(db: sqlite3.Connection) -> int | None:
    """The version that the file or its twin notes; None: neither does, as before version 2."""
    query = f"SELECT key, value, sum FROM {{}} WHERE key = '{NOTED}'"
    try:
        rows = db.execute(query.format("meta")).fetchall()
        if not rows or not fits("meta", rows[0]):
            file = Path(db.execute("PRAGMA database_list").fetchone()[2])
            twin = f"{twin_path(file).absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(twin, uri=True)) as other:
                rows = other.execute(query.format("kept_meta")).fetchall()
    except sqlite3.Error:  # a table of version 1, a damaged page, or no twin
        return None
    return int(rows[0][1]) if rows and fits("meta", rows[0]) else None


def references(run: Run) -> tuple[set[ImageId], set[StepId]]:
    """The images and the steps of other runs that a run needs."""
    steps = [run.parent, *steps_named(run.recipe).values()]
    return (
        set(images_named(run.recipe, run.rewind).values()),
        {step for step in steps if step is not None and not step.startswith(f"{run.id}.")},
    )


_IMAGES, _STEPS = re.compile(rb'"([0-9a-f]{64})"'), re.compile(rb'"([0-9a-f]{32})\.\d{1,4}"')


def named_in(row: bytes) -> tuple[set[ImageId], set[RunId]]:
    """The images, and the runs whose steps, a run's row names in fields known or not."""
    images, runs = ({id.decode() for id in ids.findall(row)} for ids in (_IMAGES, _STEPS))
    return images, runs
