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
meta        the store's id, the last painting's number, and counters: commits and the newest seq
damaged     what was set aside: since when, what it was, why, and the row as it was found

`sum` is a row's checksum (checks.py). image_refs and run_refs are made of runs and have none;
`used` has none: it decides no more than when an image goes that nothing refers to.

prepare     make a new file's tables, bring an old one's up to date
references  what a run needs
"""

from __future__ import annotations

import sqlite3

from pipelines.recipe import ImageId, StepId, images_named

from .checks import sum_of
from .database import Broken
from .migrations import MIGRATIONS, migrate
from .wire import Run

VERSION = len(MIGRATIONS)
APPLICATION = 0x50454E54  # "PENT", marks the file as ours
_FAR = 1000  # no version will be as high: a number beyond is a flipped bit


class Foreign(ValueError):
    """The file is another program's, or of a newer version: it is left alone."""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables of a new file; bring an old one up to date. Raises Foreign, Broken."""
    db.create_function("row_sum", -1, sum_of, deterministic=True)
    db.execute("BEGIN EXCLUSIVE")  # takes the lock that keeps a second bridge away
    db.execute("COMMIT")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    application = db.execute("PRAGMA application_id").fetchone()[0]
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if version == 0 and not tables:
        db.execute(f"PRAGMA application_id = {APPLICATION}")
    else:
        _check_mark(application, version, tables)
    migrate(db, version)


def _check_mark(application: int, version: int, tables: set[str]) -> None:
    """What a file says it is. One bit of that may have flipped: then its tables tell otherwise."""
    if application != APPLICATION:
        if _bits(application, APPLICATION) == 1 and "records" in tables:
            raise Broken("its first page is damaged")
        raise Foreign("it is another program's file")
    right = VERSION if "damaged" in tables else 1
    if version == right:
        return
    if version == 0 or version > _FAR or (version > VERSION and right < VERSION):
        raise Broken("its first page is damaged")
    if version > VERSION:
        raise Foreign(
            f"it has version {version}; this program reads version {VERSION}: update Pentimento"
        )


def _bits(one: int, other: int) -> int:
    return ((one ^ other) & 0xFFFFFFFF).bit_count()


def references(run: Run) -> tuple[set[ImageId], set[StepId]]:
    """The images and the steps of other runs that a run needs."""
    recipe = run.recipe
    steps = [run.parent]
    if recipe.hold is not None:
        steps += [recipe.hold.step]
    if recipe.kept is not None:
        steps += [recipe.kept.step]
    return (
        set(images_named(recipe, run.rewind).values()),
        {step for step in steps if step is not None and not step.startswith(f"{run.id}.")},
    )
