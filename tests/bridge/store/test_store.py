"""The store: what it keeps, what it drops and says so, and what it does when there is no room."""

from __future__ import annotations

import sqlite3
import time
import tracemalloc
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from bridge.images.image import Image
from bridge.runs.listener import Listener
from bridge.store import schema
from bridge.store.database import Missing, StoreBusy, StoreDamaged, StoreFull
from bridge.store.quota import FLEETING
from bridge.store.store import Store
from bridge.wire import Dropped, Event, Notice, Run, State, Step, Stepped, parse_event
from pipelines.recipe import Rewind

from ..conftest import recipe

MIB = 2**20


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    opened = Store(tmp_path / "store.sqlite", 64 * MIB)
    yield opened
    opened.close()


def image(seed: int = 0, side: int = 8) -> Image:
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 4), np.uint8)
    return Image(noise)


def run(number: int, state: State = "finished", **changes: object) -> Run:
    plain: dict[str, object] = {
        "id": f"{number:032x}",
        "number": number,
        "request": "r",
        "recipe": recipe(),
        "state": state,
        "first": 0,
        "last": 3,
        "working_width": 32,
        "working_height": 24,
        "enlarged": 1.0,
    }
    return Run(**(plain | changes))  # pyright: ignore[reportArgumentType] # checked on reading


class Clock:
    """The time of day, as it is told to the store."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr("time.time", lambda: self.now)


def step(of: Run, index: int = 0) -> Step:
    return Step(id=f"{of.id}.{index}", run=of.id, parent=None, index=index, sigma=1.0, seconds=0.1)


def add(store: Store, of: Run, index: int = 0, size: int = 100) -> None:
    """A run's step with a record of so many bytes that do not compress."""
    stored = step(of, index)
    data = np.random.default_rng(index).bytes(size)
    store.add_step(stored, data, image(), Stepped(seq=0, step=stored, seconds_left=0), of)


def events(store: Store, after: int = 0) -> list[Event]:
    return [parse_event(text) for _, text in store.events_after(after, 10_000)]


def test_runs_steps_records_and_pictures_are_there_after_reopening(tmp_path: Path):
    first = Store(tmp_path / "s", 64 * MIB)
    add(first, run(1, rewind=Rewind()), 0, 1000)
    first.add_picture(step(run(1)).id, "denoised", "full", image(5))
    record, identity = first.record(step(run(1)).id), first.id
    first.close()
    again = Store(tmp_path / "s", 64 * MIB)
    assert again.runs() == (run(1, rewind=Rewind()),)
    assert again.steps() == again.steps(run(1).id) == (step(run(1)),)
    assert again.record(step(run(1)).id) == record
    picture = again.picture(step(run(1)).id, "denoised", "full")
    assert picture is not None
    assert picture.id == image(5).id
    assert again.looks(step(run(1)).id, "denoised") == {"full", "thumbnail"}
    assert again.id == identity
    again.close()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_images_come_back_as_they_were(
    store: Store, depth: type[np.uint8 | np.uint16], channels: int
):
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, channels)).astype(depth)
    stored = Image(pixels * np.array(251, depth), "Display P3")
    id = store.put_image(stored)
    back = store.image(id)
    assert back is not None
    assert (back.pixels == stored.pixels).all()
    assert (back.id, back.depth, back.profile) == (id, stored.depth, "Display P3")


def test_what_is_not_there_is_missing(store: Store):
    assert store.image("a" * 64) is None
    assert store.run("b" * 32) is None
    assert store.step("b" * 32 + ".0") is None
    with pytest.raises(Missing, match="there is no step"):
        store.record("b" * 32 + ".0")


def test_seq_grows_by_one_and_never_comes_twice_even_after_reopening(tmp_path: Path):
    for round_ in range(3):
        store = Store(tmp_path / "s", 64 * MIB)
        store.save(Notice(seq=0, message="a"), Notice(seq=0, message="b"))
        assert store.seq == 2 * round_ + 2
        store.close()
    store = Store(tmp_path / "s", 64 * MIB)
    assert [event.seq for event in events(store)] == [1, 2, 3, 4, 5, 6]
    assert store.remembers(0)
    assert store.remembers(6)
    assert not store.remembers(7)
    store.close()


def test_what_is_announced_is_stored_already(store: Store):
    heard: list[int] = []
    store.announce = lambda: heard.append(len(store.steps()))
    for index in range(3):
        add(store, run(1), index)
    assert heard == [1, 2, 3]


@pytest.mark.parametrize("table", ["records", "images"])
def test_a_flipped_bit_is_noticed(tmp_path: Path, table: str):
    store = Store(tmp_path / "s", 64 * MIB)
    add(store, run(1), 0, 1000)
    id = store.put_image(image(7))
    store.close()
    with sqlite3.connect(tmp_path / "s") as db:
        for row, data in db.execute(f"SELECT rowid, data FROM {table}").fetchall():
            flipped = bytes([data[0] ^ 1]) + data[1:]
            db.execute(f"UPDATE {table} SET data = ? WHERE rowid = ?", (flipped, row))
    db.close()
    store = Store(tmp_path / "s", 64 * MIB)
    with pytest.raises(StoreDamaged, match="is damaged in the store: its checksum does not fit"):
        store.record(step(run(1)).id) if table == "records" else store.image(id)
    store.close()


def test_a_store_is_held_by_one_bridge(store: Store):
    with pytest.raises(StoreBusy, match="another bridge is using"):
        Store(store.path, 64 * MIB)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path):
    with sqlite3.connect(tmp_path / "s") as db:
        db.execute("CREATE TABLE meta (key TEXT, value TEXT, sum INTEGER)")
    db.close()
    before = (tmp_path / "s").read_bytes()
    with pytest.raises(StoreDamaged, match="it is another program's file"):
        Store(tmp_path / "s", 64 * MIB)
    assert (tmp_path / "s").read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path):
    (tmp_path / "s").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreDamaged, match="file is not a database"):
        Store(tmp_path / "s", 64 * MIB)
    assert (tmp_path / "s").read_bytes().startswith(b"not a database")


def test_the_quota_drops_the_oldest_that_is_neither_kept_nor_needed_and_says_so(tmp_path: Path):
    store = Store(tmp_path / "s", 16 * MIB)
    add(store, run(1, kept=True), size=3 * MIB)
    add(store, run(2), size=3 * MIB)
    add(store, run(3), size=3 * MIB)
    add(store, run(4, parent=step(run(2)).id, rewind=Rewind()), size=3 * MIB)
    add(store, run(5, "running"), size=3 * MIB)
    add(store, run(5, "running"), 1, size=3 * MIB)
    dropped = [event.runs for event in events(store) if isinstance(event, Dropped)]
    assert dropped == [(run(3).id,)]  # 1 is kept, 4 needs 2
    assert [left.number for left in store.runs()] == [1, 2, 4, 5]
    with pytest.raises(Missing):
        store.record(step(run(3)).id)
    add(store, run(5, "running"), 2, size=3 * MIB)
    dropped = [event.runs for event in events(store) if isinstance(event, Dropped)]
    assert dropped == [(run(3).id,), (run(4).id,)]  # 2 could go from now on
    assert store.used() <= 16 * MIB
    store.close()


def test_when_nothing_may_go_the_store_is_full_and_loses_nothing(tmp_path: Path):
    store = Store(tmp_path / "s", 16 * MIB)
    for index in range(4):
        add(store, run(1, "running"), index, 3 * MIB)
    with pytest.raises(StoreFull, match="the store's quota of 16 MiB is used up by paintings that"):
        add(store, run(1, "running"), 4, 6 * MIB)
    assert [stored.index for stored in store.steps()] == [0, 1, 2, 3]
    assert all(len(store.record(stored.id)) == 3 * MIB for stored in store.steps())
    store.close()


def test_near_the_quota_it_is_said_once(tmp_path: Path):
    store = Store(tmp_path / "s", 16 * MIB)
    for index in range(15):
        add(store, run(1, "running"), index, MIB - 8192)
    notices = [event.message for event in events(store) if isinstance(event, Notice)]
    assert len(notices) == 1
    assert notices[0].startswith("The store is nearly full (14 of 16 MiB)")
    store.close()


def test_a_full_disk_is_a_sentence_and_loses_no_earlier_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    prepare = schema.prepare

    def prepare_small(db: sqlite3.Connection) -> list[str]:
        said = prepare(db)
        db.execute("PRAGMA max_page_count = 250")  # SQLite's own way to meet a full disk
        return said

    monkeypatch.setattr(schema, "prepare", prepare_small)
    store = Store(tmp_path / "s", 64 * MIB)
    count = 8  # eight fit, the ninth does not
    for index in range(count):
        add(store, run(1, "running"), index, 100_000)
    with pytest.raises(StoreFull, match=r"the disk with .* is full; free some space"):
        add(store, run(1, "running"), count, 400_000)
    assert [stored.index for stored in store.steps()] == list(range(count))
    assert all(len(store.record(stored.id)) == 100_000 for stored in store.steps())
    assert len(events(store)) == count
    store.close()


async def test_a_client_that_does_not_read_costs_no_memory(store: Store):
    listener = Listener(store, seen=0)
    texts = listener.texts()
    store.save(Notice(seq=0, message="first"))
    await anext(texts)  # from now on it does not read
    tracemalloc.start()
    for _ in range(3000):
        store.save(Notice(seq=0, message="x" * 2000))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < MIB  # of 6 MB that wait for it
    heard = [await anext(texts) for _ in range(3000)]
    assert [parse_event(text).seq for text in heard] == list(range(2, 3002))


def test_a_fleeting_image_goes_soon_unless_it_is_used_or_named_or_put_to_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    clock = Clock(monkeypatch)
    forgotten, used, named, stays, lasting = (image(seed) for seed in range(5))
    store.put_image(lasting)
    for one in (forgotten, used, named, stays, lasting):  # to stay is more than to go soon
        store.put_image(one, fleeting=True)
    store.put_image(stays)
    store.save(run=run(1, recipe=recipe(init_image=named.id, strength=0.5)))
    for _ in range(4):
        clock.now += FLEETING / 3
        store.use([used.id])
        store.put_image(image(9), fleeting=True)
    there = [store.has_image(one.id) for one in (forgotten, used, named, stays, lasting)]
    assert there == [False, True, True, True, True]
    clock.now += 30 * FLEETING  # no longer than an hour
    store.put_image(image(9), fleeting=True)
    there = [store.has_image(one.id) for one in (used, named, stays, lasting)]
    assert there == [False, True, True, True]


def test_a_stream_of_fleeting_images_does_not_make_the_store_grow(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    clock = Clock(monkeypatch)
    sizes: list[int] = []
    for seed in range(400):
        clock.now += FLEETING / 20
        store.put_image(image(seed, side=64), fleeting=True)
        sizes.append(store.used())
    assert max(sizes[40:]) <= 1.1 * max(sizes[:40])
