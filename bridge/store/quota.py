"""The store's quota: what goes when room is needed, and what is said about it.

First go images that nothing refers to, then runs, oldest first: only those that are over, that
nobody keeps and that no other run refers to. Each is announced; near the quota a Notice says so.

Fleeting images, such as the masks of a stream's strokes, go soon, room or not, unless a run has
come to name them: `used` is negative for them.
"""

from __future__ import annotations

import sqlite3
import time

from ..wire import Dropped, Event, Notice, RunId
from .database import StoreFull

_NEAR = 0.9  # share of the quota from which a painter is told, once
_UNUSED = (
    "NOT EXISTS (SELECT 1 FROM image_refs WHERE image = images.id)"
    " AND NOT EXISTS (SELECT 1 FROM pictures WHERE image = images.id)"
)
_AGE = 3600.0  # seconds an upload that nothing refers to stays: its run may be about to come
FLEETING = 120.0  # seconds that a fleeting one stays after it was last put or shown
_SWEEP = FLEETING / 4  # seconds between two looks for those


class Quota:
    """Measures the file and makes room in it. Used inside the store's transactions."""

    def __init__(self, db: sqlite3.Connection, quota_bytes: int):
        self.bytes = quota_bytes
        self._db = db
        self._told = False
        self._swept = time.time()

    def used(self) -> int:
        """Bytes that the store's content takes."""
        pages, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def make_room(self, size: int) -> list[Event]:
        """Drop what may go until `size` more bytes fit; what was dropped, to be announced."""
        used = self.used() + size
        if used <= self.bytes:
            return self._warning(used)
        self._drop_unused_images()
        dropped: list[RunId] = []
        while self.used() + size > self.bytes:
            run = self._oldest_droppable()
            if run is None:
                raise StoreFull(
                    f"the store's quota of {self.bytes >> 20} MiB is used up by paintings that are "
                    "kept or still needed; close or remove some, or raise the quota"
                )
            self._drop(run)
            dropped.append(run)
        return [Dropped(seq=0, runs=tuple(dropped))] if dropped else []

    def _warning(self, used: int) -> list[Event]:
        near = used > _NEAR * self.bytes
        tell, self._told = near and not self._told, near
        if not tell:
            return []
        share = f"{used >> 20} of {self.bytes >> 20} MiB"
        text = (
            f"The store is nearly full ({share}): the oldest paintings that are not kept go next."
        )
        return [Notice(seq=0, message=text)]

    def _oldest_droppable(self) -> RunId | None:
        row = self._db.execute(
            "SELECT id FROM runs WHERE NOT kept AND state IN ('finished', 'cancelled', 'failed')"
            " AND NOT EXISTS (SELECT 1 FROM run_refs WHERE other = runs.id) ORDER BY number LIMIT 1"
        ).fetchone()
        return None if row is None else row[0]

    def _drop(self, run: RunId) -> None:
        steps = "(SELECT id FROM steps WHERE run = ?)"
        pictures = self._db.execute(f"SELECT image FROM pictures WHERE step IN {steps}", (run,))
        images = pictures.fetchall()
        self._db.execute(f"DELETE FROM records WHERE step IN {steps}", (run,))
        self._db.execute(f"DELETE FROM pictures WHERE step IN {steps}", (run,))
        for table, column in (("steps", "run"), ("image_refs", "run"), ("run_refs", "run")):
            self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", (run,))
        self._db.execute("DELETE FROM runs WHERE id = ?", (run,))
        self._db.executemany(f"DELETE FROM images WHERE id = ? AND {_UNUSED}", images)
        self._drop_unused_images()

    def _drop_unused_images(self) -> None:
        old = time.time() - _AGE
        self._db.execute(f"DELETE FROM images WHERE abs(used) < ? AND {_UNUSED}", (old,))

    def sweep(self) -> None:
        """Drop fleeting images whose time is over; looks now and then."""
        now = time.time()
        if now - self._swept < _SWEEP:
            return
        self._swept = now
        query = f"DELETE FROM images WHERE used < 0 AND -used < ? AND {_UNUSED}"
        self._db.execute(query, (now - FLEETING,))
