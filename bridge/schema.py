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
meta        the store's id, the last painting's number
"""

from __future__ import annotations

import sqlite3

from pipelines.recipe import ImageId, StepId, images_named

from .wire import Run

VERSION = 1
_APPLICATION = 0x50454E54  # "PENT", marks the file as ours

_TABLES = """
CREATE TABLE runs (id TEXT PRIMARY KEY, number INTEGER, state TEXT, kept INTEGER, run BLOB);
CREATE TABLE steps (id TEXT PRIMARY KEY, run TEXT, idx INTEGER, step BLOB);
CREATE INDEX steps_run ON steps (run, idx);
CREATE TABLE records (step TEXT PRIMARY KEY, data BLOB, crc INTEGER);
CREATE TABLE images (
    id TEXT PRIMARY KEY, width INTEGER, height INTEGER, channels INTEGER, depth INTEGER,
    profile TEXT, data BLOB, crc INTEGER, used REAL
);
CREATE TABLE pictures (
    step TEXT, which TEXT, look TEXT, image TEXT, PRIMARY KEY (step, which, look)
) WITHOUT ROWID;
CREATE INDEX pictures_image ON pictures (image);
CREATE TABLE image_refs (run TEXT, image TEXT, PRIMARY KEY (run, image)) WITHOUT ROWID;
CREATE INDEX image_refs_image ON image_refs (image);
CREATE TABLE run_refs (run TEXT, other TEXT, PRIMARY KEY (run, other)) WITHOUT ROWID;
CREATE INDEX run_refs_other ON run_refs (other);
CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables of a new file; check an old one. Raises ValueError: why it cannot be used."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if version == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
        db.executescript(
            f"BEGIN EXCLUSIVE; {_TABLES}"
            f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;"
        )
    elif application != _APPLICATION:
        raise ValueError("it is another program's file")
    elif version != VERSION:
        raise ValueError(f"it has version {version}; this program reads version {VERSION}")
    else:
        db.execute("BEGIN EXCLUSIVE")  # takes the lock that keeps a second bridge away
        db.execute("COMMIT")


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
