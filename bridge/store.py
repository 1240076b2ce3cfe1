"""The store: runs, steps, images and events in one SQLite file.

Everything is committed before it is announced, so what a client saw is on the disk even if the
bridge is killed in that instant. Blobs carry a checksum, which is verified on every read, because
SQLite does not notice a flipped bit. One bridge holds the file at a time.

Store      read and write; thread-safe, blocking
Snapshot   all a fresh client needs, of one instant
"""

from __future__ import annotations

import secrets
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
import numpy as np

from pipelines.recipe import ImageId, StepId

from . import schema
from .database import Missing, StoreDamaged, open_database, told_plainly
from .images import Image
from .quota import Quota
from .wire import Event, Quality, Run, RunId, Step, to_json

Which = Literal["denoised", "noisy"]
Look = Quality | Literal["thumbnail"]  # a picture's quality; a thumbnail has latent size

_KEPT_EVENTS = 20_000  # older ones are forgotten: who missed more starts over


@dataclass(frozen=True)
class Snapshot:
    """All a fresh client needs, of one instant."""

    seq: int  # of the newest event
    runs: tuple[Run, ...]
    steps: tuple[Step, ...]


class Store:
    """One bridge's memory."""

    def __init__(self, path: Path, quota_bytes: int):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.announce: Callable[[], None] = lambda: None  # after every commit that added an event
        self.tell: Callable[[Event], None] = lambda _: None  # an event that could not be stored
        self._lock = threading.RLock()
        self._db = open_database(path)
        self.quota = Quota(self._db, quota_bytes)
        self.id = self._meta("store", secrets.token_hex(16))

    def used(self) -> int:
        """Bytes that the store's content takes."""
        with self._lock:
            return self.quota.used()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    # Runs, steps and events

    def save(self, *events: Event, run: Run | None = None) -> None:
        """Store a run as it is now, and what is said about it, in one transaction.

        The events' `seq` is given here.
        """
        with self._write():
            if run is not None:
                self._put_run(run)
            for event in events:
                self._put_event(event)
        self._announce(events)

    def add_step(
        self, step: Step, record: bytes, thumbnail: Image, event: Event, run: Run | None = None
    ) -> None:
        """Store a step, its run where that has changed, and say so, in one transaction."""
        row = (step.id, step.run, step.index, msgspec.json.encode(step))
        with self._write(len(record) + thumbnail.pixels.nbytes):
            self._db.execute("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)", row)
            self._db.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?)",
                (step.id, record, zlib.crc32(record)),
            )
            self._put_picture(step.id, "denoised", "thumbnail", thumbnail, _pack(thumbnail))
            if run is not None:
                self._put_run(run)
            self._put_event(event)
        self._announce((event,))

    def snapshot(self) -> Snapshot:
        """Runs, steps and the newest event's seq, of one instant."""
        with self._lock:
            return Snapshot(self.seq, self.runs(), self.steps())

    @property
    def seq(self) -> int:
        """Number of the newest event; 0 before the first."""
        return self._one("SELECT seq FROM sqlite_sequence WHERE name = 'events'", default=0)

    def runs(self) -> tuple[Run, ...]:
        """All runs, oldest first."""
        rows = self._all("SELECT run FROM runs ORDER BY number")
        return tuple(msgspec.json.decode(text, type=Run) for (text,) in rows)

    def run(self, id: RunId) -> Run | None:
        """One run; None where there is none."""
        text = self._one("SELECT run FROM runs WHERE id = ?", id)
        return None if text is None else msgspec.json.decode(text, type=Run)

    def steps(self, run: RunId | None = None) -> tuple[Step, ...]:
        """The steps of one run or of all, in the order they were painted."""
        rows = self._all(
            "SELECT step FROM steps JOIN runs ON runs.id = steps.run"
            " WHERE ?1 IS NULL OR steps.run = ?1 ORDER BY number, idx",
            run,
        )
        return tuple(msgspec.json.decode(text, type=Step) for (text,) in rows)

    def step(self, id: StepId) -> Step | None:
        """One step; None where there is none."""
        text = self._one("SELECT step FROM steps WHERE id = ?", id)
        return None if text is None else msgspec.json.decode(text, type=Step)

    def unrefined(self, run: RunId) -> list[StepId]:
        """The run's steps without a full picture, newest first."""
        rows = self._all(
            "SELECT id FROM steps WHERE run = ? AND NOT EXISTS (SELECT 1 FROM pictures"
            " WHERE step = steps.id AND which = 'denoised' AND look = 'full') ORDER BY idx DESC",
            run,
        )
        return [id for (id,) in rows]

    def next_number(self) -> int:
        """The number of the next painting: one more than any run of this store ever had."""
        with self._write():
            number = int(self._meta("number", "0")) + 1
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'number'", (str(number),))
        return number

    def remembers(self, seen: int) -> bool:
        """Whether every event after `seen` is still here."""
        oldest = self._one("SELECT min(seq) FROM events", default=None)
        return seen == self.seq or (oldest is not None and oldest - 1 <= seen < self.seq)

    def events_after(self, seen: int, limit: int = 100) -> list[tuple[int, str]]:
        """The next events as (seq, JSON), oldest first."""
        return self._all(
            "SELECT seq, event FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seen, limit
        )

    # Blobs

    def record(self, id: StepId) -> bytes:
        """A step's record as it was stored. Raises Missing, StoreDamaged."""
        rows = self._all("SELECT data, crc FROM records WHERE step = ?", id)
        if not rows:
            raise Missing(f"there is no step {id}")
        data, crc = rows[0]
        return _checked(data, crc, f"step {id}")

    def put_image(
        self, image: Image, packed: bytes | None = None, *, fleeting: bool = False
    ) -> ImageId:
        """Store an image; one that is there already costs nothing.

        A fleeting one goes soon after it was last put or used, unless a run names it.
        """
        data = packed or _pack(image)
        with self._write(len(data)):
            self._put_image(image, data, fleeting)
            self.quota.sweep()
        return image.id

    def use(self, images: Iterable[ImageId]) -> None:
        """These are in use at this moment."""
        query = "UPDATE images SET used = iif(used < 0, -?1, ?1) WHERE id = ?2"
        if used := [(time.time(), id) for id in images]:
            with self._write():
                self._db.executemany(query, used)

    def image(self, id: ImageId) -> Image | None:
        """An image; None where there is none. Raises StoreDamaged."""
        rows = self._all(
            "SELECT data, crc, width, height, channels, depth, profile FROM images WHERE id = ?", id
        )
        if not rows:
            return None
        data, crc, width, height, channels, depth, profile = rows[0]
        raw = zlib.decompress(_checked(data, crc, f"image {id}"))
        pixels = np.frombuffer(raw, np.uint8 if depth == 8 else np.dtype("<u2"))
        shaped = cast("Any", pixels.reshape(height, width, channels))  # either depth's array
        return Image(shaped, profile)

    def has_image(self, id: ImageId) -> bool:
        """Whether an image is here, without reading it."""
        return self._one("SELECT 1 FROM images WHERE id = ?", id, default=0) == 1

    def image_size(self, id: ImageId) -> tuple[int, int, int]:
        """Width, height and channels of an image that is here. Raises Missing."""
        rows = self._all("SELECT width, height, channels FROM images WHERE id = ?", id)
        if not rows:
            raise Missing(f"there is no image {id}")
        return rows[0]

    def image_profile(self, id: ImageId) -> str:
        """The colour profile of an image that is here. Raises Missing."""
        rows = self._all("SELECT profile FROM images WHERE id = ?", id)
        if not rows:
            raise Missing(f"there is no image {id}")
        return rows[0][0]

    def add_picture(
        self, step: StepId, which: Which, look: Look, image: Image, *events: Event
    ) -> None:
        """Store a picture of a step, so that it can be handed out again, and named as `handed`."""
        data = _pack(image)
        with self._write(len(data)):
            self._put_picture(step, which, look, image, data)
            for event in events:
                self._put_event(event)
        self._announce(events)

    def picture(self, step: StepId, which: Which, look: Look) -> Image | None:
        """A step's picture, if it was made before."""
        id = self._one(
            "SELECT image FROM pictures WHERE step = ? AND which = ? AND look = ?",
            step,
            which,
            look,
        )
        return None if id is None else self.image(id)

    def looks(self, step: StepId, which: Which) -> set[Look]:
        """What pictures of a step there are."""
        rows = self._all("SELECT look FROM pictures WHERE step = ? AND which = ?", step, which)
        return {look for (look,) in rows}

    # Inside a transaction

    def _put_run(self, run: Run) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)",
            (run.id, run.number, run.state, run.kept, msgspec.json.encode(run)),
        )
        images, steps = schema.references(run)
        self._db.executemany(
            "INSERT OR IGNORE INTO image_refs VALUES (?, ?)", [(run.id, image) for image in images]
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO run_refs VALUES (?, ?)",
            [(run.id, step.partition(".")[0]) for step in steps],
        )

    def _put_event(self, event: Event) -> None:
        seq = self.seq + 1
        numbered = msgspec.structs.replace(event, seq=seq)
        self._db.execute("INSERT INTO events VALUES (?, ?)", (seq, to_json(numbered)))
        if seq % 1000 == 0:
            self._db.execute("DELETE FROM events WHERE seq <= ?", (seq - _KEPT_EVENTS,))

    def _put_image(self, image: Image, data: bytes, fleeting: bool = False) -> None:
        size = (image.width, image.height, image.channels, image.depth, image.profile)
        self._db.execute(
            "INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET used = CASE WHEN excluded.used > 0 OR used < 0"
            " THEN excluded.used ELSE used END",
            (image.id, *size, data, zlib.crc32(data), -time.time() if fleeting else time.time()),
        )

    def _put_picture(
        self, step: StepId, which: Which, look: Look, image: Image, data: bytes
    ) -> None:
        self._put_image(image, data)
        self._db.execute(
            "INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?)", (step, which, look, image.id)
        )

    # The file

    @contextmanager
    def _write(self, size: int = 0) -> Generator[None]:
        """One transaction that adds about `size` bytes, after making room for them."""
        said: list[Event] = []
        with self._lock, told_plainly(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                if size:
                    said = self.quota.make_room(size)
                    for event in said:
                        self._put_event(event)
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled it back already
                    self._db.execute("ROLLBACK")
                raise
        self._announce(tuple(said))

    def _announce(self, events: tuple[Event, ...]) -> None:
        if events:
            self.announce()

    def _all(self, sql: str, *values: object) -> list[Any]:  # rows are what the columns hold
        with self._lock, told_plainly(self.path):
            return self._db.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: object, default: Any = None) -> Any:  # see _all
        rows = self._all(sql, *values)
        return rows[0][0] if rows else default

    def _meta(self, key: str, default: str) -> str:
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, default))
        return self._one("SELECT value FROM meta WHERE key = ?", key)


def _pack(image: Image) -> bytes:
    return zlib.compress(image.raw, 1)


def _checked(data: bytes, crc: int, name: str) -> bytes:
    if zlib.crc32(data) != crc:
        raise StoreDamaged(f"{name} is damaged in the store: its checksum does not fit")
    return data
