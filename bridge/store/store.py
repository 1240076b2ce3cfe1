"""The store: runs, steps, images and events in one SQLite file, and its small rows in a twin.

Everything is committed before it is announced, so what a client saw is on the disk even if the
bridge is killed in that instant. Rows and blobs carry checksums, which are verified on every read,
because SQLite does not notice a flipped bit. One bridge holds the files at a time.

Store      read and write; thread-safe, blocking
Snapshot   all a fresh client needs, of one instant
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
import numpy as np

from pipelines.recipe import ImageId, StepId

from ..images.image import Image
from ..versions import NOTHING, Unread, read, value_of, why, written
from ..wire import Event, Notice, Quality, Run, RunId, Step, to_json
from . import mending, schema
from .checks import ROWS, fits, sum_of
from .database import Broken, Missing, StoreDamaged, told_plainly, which_file
from .opening import open_store
from .pages import lenient
from .quota import Quota

log = logging.getLogger(__name__)

Which = Literal["denoised", "noisy"]
Look = Quality | Literal["thumbnail"]  # a picture's quality; a thumbnail has latent size

_QUICK = 2**30  # bytes of a store that is examined whole in a second or two
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
        self.path = path
        self.announce: Callable[[], None] = lambda: None  # after every commit that added an event
        self.tell: Callable[[Event], None] = lambda _: None  # an event that could not be stored
        self._lock = threading.RLock()
        self._db, self.found = open_store(path)  # found: what was damaged and what was done
        self._place = which_file(path)
        self._counted = (0, 0)  # commits and the newest seq, inside a transaction
        self.quota = Quota(self._db, quota_bytes)
        self.id = self._meta("store", secrets.token_hex(16))
        self.unread = self._unread()  # runs of a newer version that cannot be read: a sentence each
        self.found += self.unread.values()

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
        with self._write(len(record) + thumbnail.pixels.nbytes):
            self._put("steps", step.id, step.run, step.index, self._over("steps", step))
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
        return self._counters()[1]

    def runs(self) -> tuple[Run, ...]:
        """All runs that can be read, oldest first."""
        rows = self._rows("runs", "ORDER BY number")
        return tuple(value_of(row[-1], Run) for row in rows if row[0] not in self.unread)

    def run(self, id: RunId) -> Run | None:
        """One run; None where there is none. Raises Missing where it cannot be read."""
        if id in self.unread:
            raise Missing(self.unread[id].removesuffix("."))
        rows = self._rows("runs", "WHERE id = ?", id)
        return value_of(rows[0][-1], Run) if rows else None

    def unknown(self, id: RunId) -> str:
        """What a newer version wants painted of a run that this one does not know, by name."""
        rows = self._rows("runs", "WHERE id = ?", id)
        names = read(rows[0][-1], Run)[1].names() if rows else ()
        return ", ".join(name for name in names if name.startswith(("recipe.", "rewind")))

    def steps(self, run: RunId | None = None) -> tuple[Step, ...]:
        """The steps of one run or of all that can be read, in the order they were painted."""
        rows = self._rows(
            "steps",
            "JOIN runs ON runs.id = steps.run WHERE ?1 IS NULL OR steps.run = ?1"
            " ORDER BY runs.number, idx",
            run,
        )
        return tuple(value_of(row[-1], Step) for row in rows if row[1] not in self.unread)

    def step(self, id: StepId) -> Step | None:
        """One step; None where there is none."""
        rows = self._rows("steps", "WHERE id = ?", id)
        return value_of(rows[0][-1], Step) if rows else None

    def whole_steps(self, run: RunId) -> tuple[Step, ...]:
        """The steps of a run up to the last one whose record can be read."""
        while steps := self.steps(run):
            with suppress(StoreDamaged, Missing):
                self.record(steps[-1].id)
                return steps
            if self.steps(run) == steps:
                raise StoreDamaged("the store is damaged; start the bridge again to mend it")
        return ()

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
            highest = self._one("SELECT coalesce(max(number), 0) FROM runs")
            number = max(int(self._meta("number", "0")), highest) + 1
            self._put("meta", "number", str(number))
        return number

    def remembers(self, seen: int) -> bool:
        """Whether every event after `seen` is still here."""
        there = self._one("SELECT count(*) FROM events WHERE seq > ?", seen)
        return 0 <= self.seq - seen == there

    def events_after(self, seen: int, limit: int = 100) -> list[tuple[int, str]]:
        """The next events as (seq, JSON), oldest first."""
        rows = self._all(
            "SELECT seq, event, sum FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seen, limit
        )
        return [row[:2] if fits("events", row) else self._told_again(row) for row in rows]

    def damaged(self) -> list[dict[str, str]]:
        """What was set aside, why, and when."""
        with self._lock, told_plainly(self.path):
            return mending.listed(self._db)

    def look_through(self) -> list[str]:
        """Read every record and image; what was damaged is set aside and named."""
        said: list[str] = []
        for table, key in (("records", "step"), ("images", "id")):
            for (id,) in self._all(f"SELECT {key} FROM {table}"):
                try:
                    self._blob(table, key, id)
                except StoreDamaged as error:
                    said.append(str(error))
        return said

    # Blobs

    def record(self, id: StepId) -> bytes:
        """A step's record as it was stored. Raises Missing, StoreDamaged."""
        data = self._blob("records", "step", id)
        if data is None:
            raise Missing(f"there is no step {id}")
        return data

    def put_image(self, image: Image, *, fleeting: bool = False) -> ImageId:
        """Store an image; one that is there already costs nothing.

        A fleeting one goes soon after it was last put or used, unless a run names it.
        """
        data = _pack(image)
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
        data = self._blob("images", "id", id)
        rows = self._rows("images", "WHERE id = ?", id)
        if data is None or not rows:
            return None
        _, width, height, channels, depth, profile, *_ = rows[0]
        size = width * height * channels * depth // 8
        raw = zlib.decompress(data, bufsize=max(1, size))  # in one piece: parts are copied together
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
        rows = self._rows(
            "pictures", "WHERE step = ? AND which = ? AND look = ?", step, which, look
        )
        return self.image(rows[0][-1]) if rows else None

    def looks(self, step: StepId, which: Which) -> set[Look]:
        """What pictures of a step there are."""
        rows = self._all("SELECT look FROM pictures WHERE step = ? AND which = ?", step, which)
        return {look for (look,) in rows}

    # Inside a transaction

    def _put_run(self, run: Run) -> None:
        text = self._over("runs", run)
        self._put("runs", run.id, run.number, run.state, int(run.kept), text)
        images, runs = schema.named_in(text)
        self._db.executemany(
            "INSERT OR IGNORE INTO image_refs VALUES (?, ?)", [(run.id, image) for image in images]
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO run_refs VALUES (?, ?)",
            [(run.id, other) for other in runs - {run.id}],
        )

    def _over(self, table: str, value: Run | Step) -> bytes:
        """A row's JSON, and in it what a newer version wrote of the same."""
        rows = self._rows(table, "WHERE id = ?", value.id)
        rest = read(rows[0][-1], type(value))[1] if rows else NOTHING
        return msgspec.json.encode(written(value, rest))

    def _put_event(self, event: Event) -> None:
        commits, seq = self._counted[0], self._counted[1] + 1
        self._counted = commits, seq
        self._put("events", seq, to_json(msgspec.structs.replace(event, seq=seq)))
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
        self._put("pictures", step, which, look, image.id)

    def _put(self, table: str, *columns: object) -> None:
        """A row with its checksum."""
        places = ", ".join("?" * (len(columns) + 1))
        row = (*columns, sum_of(table, *columns))
        self._db.execute(f"INSERT OR REPLACE INTO main.{table} VALUES ({places})", row)

    def _unread(self) -> dict[RunId, str]:
        """The runs that only a newer version reads, a sentence each."""
        runs = {row[0]: row[-1] for row in self._rows("runs", "ORDER BY number")}
        steps = ((row[1], row[-1], Step) for row in self._rows("steps", ""))
        said: dict[RunId, str] = {}
        for id, row, kind in (*((id, row, Run) for id, row in runs.items()), *steps):
            try:
                value_of(row, kind)
            except msgspec.DecodeError as error:
                said[id] = Unread(0, msgspec.json.decode(runs[id]), why(error)).sentence()
        return said

    # Damage

    def _rows(self, table: str, where: str, *values: object) -> list[Any]:
        """A table's rows, without their checksums, after looking at those."""
        shown = "kept_images" if table == "images" else table
        columns = ", ".join(f"{shown}.{name}" for name in (*ROWS[table], "sum"))
        sql = f"SELECT {columns} FROM {shown} {where}"
        rows = self._all(sql, *values)
        if not all(fits(table, row) for row in rows):
            self._mend()
            rows = [row for row in self._all(sql, *values) if fits(table, row)]
        return [row[:-1] for row in rows]

    def _blob(self, table: str, key: str, id: str) -> bytes | None:
        """A record's or an image's data; None where there is none. Raises StoreDamaged."""
        sql = f"SELECT data, m.crc, k.crc FROM {table} m LEFT JOIN kept_{table} k USING ({key})"
        try:
            rows = self._all(f"{sql} WHERE {key} = ?", id)
        except StoreDamaged:
            rows = [(b"", None, None)]  # its pages cannot be followed
        if not rows:
            return None
        data, *crcs = rows[0]
        if zlib.crc32(data) in crcs:
            return data
        with self._lock:
            name = mending.named(self._db, table, (id,))
            self._set_aside(table, id, data)
        raise StoreDamaged(f"{name} is damaged in the store: its checksum does not fit")

    def _set_aside(self, table: str, id: str, data: bytes) -> None:
        """Put a blob aside, and what hangs on it."""
        why, key = "its checksum does not fit", (id,)
        try:
            mending.examine(self._db, whole=self.used() < _QUICK)
        except StoreDamaged:  # what was freed now might be somebody else's: the next start mends
            with self._write():
                self._put("meta", "suspect", "1")
                if table == "records":
                    mending.set_aside(self._db, "steps", key, why, b"")
            return
        with self._write():
            mending.set_aside(self._db, table, key, why, data)
        self._mend()

    def _mend(self) -> None:
        """Make store and twin the same again, and say what was done."""
        with self._lock:
            if self._db.in_transaction:
                return
            try:
                said = mending.mend(self._db)
            except Broken as error:
                said = [f"The store is damaged: {error}. The bridge's next start mends it."]
        for sentence in said:
            log.warning("%s", sentence)
        self.save(*(Notice(seq=0, message=sentence) for sentence in said))

    def _told_again(self, row: tuple[int, str, int]) -> tuple[int, str]:
        """What is said in the place of an event that is damaged."""
        text = "Something that was told is damaged in the store; connect again to see all as it is."
        with self._write():
            mending.set_aside(self._db, "events", row[:1], "its checksum does not fit", row)
            self._put("events", row[0], to_json(Notice(seq=row[0], message=text)))
        return row[0], to_json(Notice(seq=row[0], message=text))

    # The file

    @contextmanager
    def _write(self, size: int = 0) -> Generator[None]:
        """One transaction that adds about `size` bytes, after making room for them."""
        said: list[Event] = []
        with self._lock, told_plainly(self.path):
            if which_file(self.path) != self._place:
                raise StoreDamaged(
                    f"{self.path} was removed or replaced while the bridge ran, so nothing more "
                    "can be stored; put it back, or start the bridge again"
                )
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._counted = self._counters()
                if size:
                    said = self.quota.make_room(size)
                    for event in said:
                        self._put_event(event)
                yield
                commits, seq = self._counted
                self._put("meta", "counters", f"{commits + 1} {seq}")
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
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if "decode" not in str(error):
                    raise
                self._db.text_factory = lenient  # a text is damaged: its checksum will tell
                return self._db.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: object, default: Any = None) -> Any:  # see _all
        rows = self._all(sql, *values)
        return rows[0][0] if rows else default

    def _meta(self, key: str, default: str) -> str:
        rows = self._rows("meta", "WHERE key = ?", key)
        if not rows:
            self._put("meta", key, default)
        return rows[0][1] if rows else default

    def _counters(self) -> tuple[int, int]:
        """Commits, and the newest event's seq."""
        rows = self._rows("meta", "WHERE key = 'counters'")
        if not rows:  # lost in both files: counted again
            return 0, self._one("SELECT coalesce(max(seq), 0) FROM events")
        commits, seq = rows[0][1].split()
        return int(commits), int(seq)


def _pack(image: Image) -> bytes:
    return zlib.compress(image.raw, 1)
