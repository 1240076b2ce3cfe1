"""A damaged store: what is whole works, the rest is set aside and named, nobody is locked out."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from bridge.__main__ import main
from bridge.config import Config
from bridge.http.client import Order
from bridge.store import checkup, recovery, schema
from bridge.store.checks import sum_of
from bridge.store.database import StoreDamaged, StoreForeign, StoreFull, StoreUnusable
from bridge.store.store import Store
from bridge.store.twin import twin_path
from bridge.store.wal import Log
from bridge.wire import Event, Finished, Generate, Notice, Queued, Run
from bridge.worker.homes import Home

from ...force.flips import Content, content, flip
from ..conftest import bridge_of, recipe, steps_of
from .test_store import MIB, add, run, step

NO_ONE = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may all")


def filled(folder: Path, runs: int = 2, steps: int = 4) -> Path:
    """A store with a few paintings, closed."""
    path = folder / "store.sqlite"
    store = Store(path, 64 * MIB)
    for _ in range(runs):
        one = run(store.next_number())
        store.save(Queued(seq=0, run=one, position=0), run=one)
        for index in range(steps):
            add(store, one, index, 20_000)
        store.save(Finished(seq=0, run=one.id, step=f"{one.id}.{steps - 1}"))
    store.close()
    return path


def read(path: Path) -> tuple[Content, list[str]]:
    """What is in a store, and what was said when it was opened."""
    store = Store(path, 64 * MIB)
    found = content(store), store.found
    store.close()
    return found


def change(path: Path, *statements: str) -> None:
    """Change a store's file behind the program's back."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET run = replace(run, 'a house', 'b house') WHERE number = 1",
        "UPDATE runs SET run = x'7b22' WHERE number = 1",
        "UPDATE runs SET state = 'running'",
        "UPDATE steps SET step = x'00'",
        "UPDATE steps SET idx = 7 WHERE idx = 2",
        "DELETE FROM steps WHERE idx = 1",
        "DELETE FROM pictures",
        "UPDATE pictures SET image = 'x'",
        "UPDATE meta SET value = '1 1' WHERE key = 'counters'",
        "UPDATE images SET profile = 'Display P3'",
    ],
)
def test_a_changed_row_is_restored_from_the_twin(tmp_path: Path, statement: str):
    path = filled(tmp_path)
    before, _ = read(path)
    change(path, statement)
    after, said = read(path)
    assert after == before
    assert len(said) >= 1
    assert "restored from its second copy" in said[0]
    assert read(path) == (before, [])


def test_what_a_run_names_is_derived_again(tmp_path: Path):
    path = filled(tmp_path, runs=1)
    store = Store(path, 64 * MIB)
    child = run(2, parent=step(run(1)).id)
    store.save(run=child)
    store.close()
    change(path, "DELETE FROM run_refs")
    read(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT * FROM run_refs").fetchall() == [(child.id, run(1).id)]


def test_a_run_that_is_damaged_in_both_files_is_made_again_of_its_events(tmp_path: Path):
    path = filled(tmp_path)
    before, _ = read(path)
    change(path, "UPDATE runs SET run = x'7b' WHERE number = 2")
    change(twin_path(path), "UPDATE kept_runs SET run = x'7b' WHERE number = 2")
    after, said = read(path)
    assert said == ["What was noted of Painting 2 was damaged; it was made again of its steps."]
    assert after == before


def test_a_step_whose_record_is_damaged_is_set_aside_and_the_others_stay(tmp_path: Path):
    path = filled(tmp_path, runs=1)
    change(path, "UPDATE records SET data = zeroblob(length(data)) WHERE step LIKE '%.2'")
    store = Store(path, 64 * MIB)
    assert store.found == []  # records are looked at when they are read
    with pytest.raises(StoreDamaged, match="step 3 of Painting 1 is damaged in the store"):
        store.record(f"{run(1).id}.2")
    assert [one.index for one in store.steps()] == [0, 1, 3]
    assert all(len(store.record(one.id)) == 20_000 for one in store.steps())
    said = [text for _, text in store.events_after(0, 100) if "notice" in text]
    assert "Step 3 of Painting 1 was set aside" in said[-1]
    assert {one["what"] for one in store.damaged()} >= {"step 3 of Painting 1"}
    store.close()
    with closing(sqlite3.connect(path)) as db:  # nothing of it is destroyed
        found = db.execute("SELECT found FROM damaged WHERE kind = 'records'").fetchone()[0]
    assert found == bytes(20_000)


async def test_a_run_goes_on_from_its_last_whole_step(config: Config, home: Home):
    async with bridge_of(config, home) as bridge:
        asked = Generate(request="r", recipe=recipe(num_inference_steps=6))
        events = [event async for event in bridge.paint(asked)]
        last = steps_of(events)[-1].step
    store = Store(config.store_path, config.quota_bytes)
    whole, painted = store.record(last.id), store.run(last.run)
    assert painted is not None
    store.close()
    as_if_killed(config.store_path, painted)
    zeros = "UPDATE records SET data = zeroblob(length(data))"
    change(config.store_path, f"{zeros} WHERE step = '{last.id}'")
    async with bridge_of(config, home, seen=events[-1].seq) as bridge:
        async for event in bridge.events():
            events.append(event)
            if isinstance(event, Finished):
                break
    assert steps_of(events)[-1].step.id == last.id
    assert sum(isinstance(event, Notice) for event in events) == 1
    store = Store(config.store_path, config.quota_bytes)
    assert store.record(last.id) == whole  # painted again, to the bit
    store.close()


def as_if_killed(path: Path, painted: Run) -> None:
    """Let a run be one that an earlier bridge did not finish."""
    store = Store(path, 64 * MIB)
    store.save(run=replace(painted, state="running"))
    store.close()


async def test_a_start_tells_what_was_mended(config: Config, home: Home):
    filled(config.data)
    change(config.store_path, "UPDATE runs SET run = x'7b22' WHERE number = 1")
    async with bridge_of(config, home, seen=0) as bridge:
        assert len(bridge.welcome.runs) == 2
        async for event in bridge.events():
            if isinstance(event, Notice):
                assert "restored from its second copy" in event.message
                return


def garbage(place: int, size: int = 4096) -> Callable[[Path], None]:
    """Write nonsense into a file, at a page."""

    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(place * 4096)
            file.write(os.urandom(size))

    return damage


@pytest.mark.parametrize("page", [0, 1, 2, 3, 4, 5])
def test_a_page_of_nonsense_leaves_all_that_did_not_lie_in_it(tmp_path: Path, page: int):
    path = filled(tmp_path)
    before, _ = read(path)
    garbage(page)(path)
    after, said = read(path)
    assert "built anew" in said[0]
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1
    assert {key: value for key, value in after.items() if key[0] in ("run", "step", "record")} == {
        key: value for key, value in before.items() if key[0] in ("run", "step", "record")
    }
    assert read(path)[1] == []


@pytest.mark.parametrize(("has_twin", "page"), [(True, 0), (False, 1)])
async def test_a_store_that_was_built_anew_still_tells_what_happens(
    tmp_path: Path, config: Config, home: Home, has_twin: bool, page: int
):
    path = filled(config.data)
    store = Store(path, 64 * MIB)
    seq = store.seq
    store.close()
    garbage(page)(path)
    if not has_twin:
        twin_path(path).unlink()
    async with bridge_of(config, home) as bridge:
        assert bridge.welcome.seq > seq
        assert len(bridge.welcome.runs) == (2 if has_twin else 0)
        order = bridge.paint(Generate(request="r", recipe=recipe()))
        events = await asyncio.wait_for(_all(order), 60)
        assert all(event.seq > seq for event in events)


def test_a_counter_that_an_earlier_version_left_behind_is_put_right(tmp_path: Path):
    path = filled(tmp_path)
    total = sum_of("meta", "counters", "20 1")
    change(path, f"UPDATE meta SET value = '20 1', sum = {total} WHERE key = 'counters'")
    change(
        twin_path(path),
        f"UPDATE kept_meta SET value = '20 1', sum = {total} WHERE key = 'counters'",
    )
    store = Store(path, 64 * MIB)
    seq = store.seq
    assert list(store.events_after(seq)) == []
    store.save(Notice(seq=0, message="news"))
    assert [number for number, _ in store.events_after(seq)] == [seq + 1]
    store.close()


async def _all(order: Order) -> list[Event]:
    return [event async for event in order]


def test_a_store_cut_in_half_keeps_what_is_in_the_first_half(tmp_path: Path):
    path = filled(tmp_path)
    before, _ = read(path)
    os.truncate(path, path.stat().st_size // 2)
    after, said = read(path)
    records = [key for key in after if key[0] == "record"]
    assert 0 < len(records) < 8
    assert all(after[key] == before[key] for key in records)
    lost = sorted(key[1] for key in before if key[0] == "record" and key not in after)
    for id in lost:
        number, index = int(id.partition(".")[0], 16), int(id.partition(".")[2])
        assert f"Step {index + 1} of Painting {number} is lost." in said


@pytest.mark.parametrize(
    "damage", [Path.unlink, garbage(0), garbage(1, 100), lambda p: p.write_bytes(b"")]
)
def test_a_twin_that_is_gone_or_broken_is_made_again(
    tmp_path: Path, damage: Callable[[Path], object]
):
    path = filled(tmp_path)
    before, _ = read(path)
    damage(twin_path(path))
    assert read(path) == (before, [])
    change(path, "DELETE FROM runs")
    assert read(path)[0] == before


def test_a_twin_of_another_store_is_not_believed(tmp_path: Path):
    one, other = filled(tmp_path / "one"), filled(tmp_path / "other", runs=1)
    before, _ = read(one)
    shutil.copyfile(twin_path(other), twin_path(one))
    assert read(one) == (before, [])


def killed(tmp_path: Path) -> tuple[Path, Path, Content]:
    """A store that was killed with nearly everything in its log, and the log."""
    store = Store(tmp_path / "a" / "store.sqlite", 64 * MIB)
    for index in range(8):
        add(store, run(1), index, 20_000)
    (tmp_path / "b").mkdir()
    for file in store.path.parent.iterdir():
        shutil.copy(file, tmp_path / "b")
    before = content(store)
    store.close()
    path = tmp_path / "b" / "store.sqlite"
    return path, path.with_name(path.name + "-wal"), before


def test_a_log_that_was_cut_short_by_a_kill_is_not_called_damaged(tmp_path: Path):
    path, log, before = killed(tmp_path)
    torn = bytearray(log.read_bytes()[32 : 32 + 2 * 4120])  # it did not come to its end
    torn[4:8] = torn[4120 + 4 : 4120 + 8] = bytes(4)
    with log.open("ab") as file:
        file.write(torn + b"half a frame")
    assert not Log.of(log).damaged
    assert read(path) == (before, [])


def test_a_flipped_bit_of_a_log_is_put_right_or_left_to_the_rows_checksums(tmp_path: Path):
    _, log, _ = killed(tmp_path)
    data = log.read_bytes()
    copy, righted = tmp_path / "log", list[bool]()
    for bit in (*range(0, 256, 17), *range(256, 8 * 4120, 2401), *range(300_000, 900_000, 50_021)):
        copy.write_bytes(data)
        flip(copy, bit)
        found = Log.of(copy)
        assert found.damaged, bit
        assert not Log(found.resealed()).damaged, bit
        right = found.righted()  # the sums of a word's high bits do not tell which word it was
        assert right in (data, None), bit
        righted.append(right is not None)
    assert sum(righted) > len(righted) / 2


def test_a_log_with_more_damage_loses_what_was_hit_and_names_it(tmp_path: Path):
    path, log, before = killed(tmp_path)
    at = log.read_bytes().find(before["record", f"{run(1).id}.3"][5000:5100])  # pyright: ignore[reportIndexIssue]
    with log.open("r+b") as file:
        file.seek(at)
        file.write(bytes(50))
    after, said = read(path)
    lost = {key[1] for key in before if key[0] == "record" and after.get(key) != before[key]}
    assert lost == {f"{run(1).id}.3"}
    assert said == [
        "What was stored last is damaged; whatever of it is not whole is set aside and named."
    ]
    store = Store(path, 64 * MIB)
    assert store.damaged()[0]["what"] == "step 4 of Painting 1"
    store.close()


def test_a_log_that_vanished_is_noticed_and_what_was_in_it_named(tmp_path: Path):
    path, log, _ = killed(tmp_path)
    log.unlink()
    after, said = read(path)
    assert "built anew" in said[0]
    assert [f"Step {n} of Painting 1 is lost." in said for n in range(1, 9)] == [True] * 8
    assert not [key for key in after if key[0] == "record"]


def test_a_kill_while_a_store_is_built_anew_loses_nothing(tmp_path: Path):
    path = filled(tmp_path)
    before, _ = read(path)
    path.replace(path.with_name(path.name + ".new"))  # the old one is aside, the new not in place
    assert read(path) == (before, [])


def newer(path: Path, version: int) -> None:
    """Let a store be what a program of that version leaves behind."""
    total = sum_of("meta", "version", str(version))
    row = f"VALUES ('version', '{version}', {total})"
    change(path, f"INSERT OR REPLACE INTO meta {row}", f"PRAGMA user_version = {version}")
    change(twin_path(path), f"INSERT OR REPLACE INTO kept_meta {row}")


@pytest.mark.parametrize("version", [3, 99])
@pytest.mark.parametrize(
    "damage",
    ["SELECT 1", "PRAGMA user_version = 2", "DELETE FROM meta WHERE key = 'version'"],
)
def test_a_newer_version_says_to_update_and_not_a_byte_is_changed(
    tmp_path: Path, version: int, damage: str
):
    path = filled(tmp_path)
    newer(path, version)
    change(path, damage)
    before = path.read_bytes(), twin_path(path).read_bytes()
    with pytest.raises(StoreForeign, match=f"it has version {version}; .* update Pentimento"):
        Store(path, 64 * MIB)
    assert (path.read_bytes(), twin_path(path).read_bytes()) == before


@pytest.mark.parametrize("place", [60, 68])  # user_version, application_id
@pytest.mark.parametrize("bit", range(32))
def test_a_bit_of_the_version_or_the_mark_is_put_right_and_told(
    tmp_path: Path, place: int, bit: int
):
    path = filled(tmp_path, runs=1, steps=1)
    before, _ = read(path)
    flip(path, 8 * place + bit)
    told = ["The head of the store's file was damaged and was put right; nothing is lost."]
    assert read(path) == (before, told)
    assert read(path) == (before, [])


@pytest.mark.parametrize("bit", [5, 18 * 8 + 2, *range(0, 800, 37)])
def test_one_bit_of_what_the_file_says_it_is_locks_nobody_out(tmp_path: Path, bit: int):
    path = filled(tmp_path, runs=1, steps=1)
    before, _ = read(path)
    flip(path, bit)
    assert read(path)[0] == before
    assert read(path) == (before, [])


def test_a_store_that_is_a_folder_is_said_to_be_one(tmp_path: Path):
    (tmp_path / "store.sqlite").mkdir()
    with pytest.raises(StoreUnusable, match="is a folder, and the store is a file"):
        Store(tmp_path / "store.sqlite", 64 * MIB)


def test_a_data_folder_that_is_a_file_is_said_to_be_of_no_use(tmp_path: Path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreUnusable, match=r"the folder .*data cannot be used \(File exists\)"):
        Store(tmp_path / "data" / "store.sqlite", 64 * MIB)


@NO_ONE
def test_a_folder_that_cannot_be_written_to_is_said_to_be_such(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnusable, match="it cannot be written to"):
        Store(tmp_path / "store.sqlite", 64 * MIB)
    tmp_path.chmod(0o700)


def test_a_store_that_is_removed_while_it_is_used_says_so_at_the_next_step(tmp_path: Path):
    store = Store(tmp_path / "data" / "store.sqlite", 64 * MIB)
    add(store, run(1))
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(StoreDamaged, match="was removed or replaced while the bridge ran"):
        add(store, run(1), 1)
    assert len(store.steps()) == 1
    store.close()


def test_a_disk_that_is_full_at_the_start_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    prepare = schema.prepare

    def no_room(db: sqlite3.Connection) -> list[str]:
        db.execute("PRAGMA max_page_count = 3")
        return prepare(db)

    monkeypatch.setattr(schema, "prepare", no_room)
    with pytest.raises(StoreFull, match=r"the disk with .* is full"):
        Store(tmp_path / "store.sqlite", 64 * MIB)


def test_doctor_looks_at_every_row_and_every_pixel_and_changes_nothing(tmp_path: Path):
    path = filled(tmp_path)
    assert checkup.found(path)["problems"] == []
    change(
        path,
        "UPDATE records SET data = zeroblob(20000) WHERE step LIKE '%.2'",
        "UPDATE runs SET kept = 1 - kept WHERE number = 2",
    )
    before = path.read_bytes()
    (said,) = checkup.found(path)["problems"]
    assert said == ("damaged in the store: Painting 2, step 3 of Painting 1, step 3 of Painting 2")
    assert path.read_bytes() == before
    checkup.mended(path, 64 * MIB)
    assert checkup.found(path)["problems"] == []


def test_doctor_finds_and_mends_with_no_bridge(tmp_path: Path):
    path = filled(tmp_path, runs=1)
    lists = {"problems": [], "by_hand": [], "damaged": [], "aside": []}
    assert checkup.found(path) == lists | {"unread": False}
    change(path, "UPDATE records SET data = zeroblob(length(data)) WHERE step LIKE '%.2'")
    said = checkup.mended(path, 64 * MIB)
    assert said == [
        "step 3 of Painting 1 is damaged in the store: its checksum does not fit; it was set aside."
    ]
    assert checkup.found(path)["damaged"][0]["what"] == "step 3 of Painting 1"
    garbage(1)(path)
    assert "the store is damaged" in checkup.found(path)["problems"][0]
    assert "built anew" in checkup.mended(path, 64 * MIB)[0]
    found = checkup.found(path)
    assert not found["problems"]
    assert len(found["aside"]) == 1
    assert json.dumps(found)
    assert checkup.mended(path, 64 * MIB) == ["Every row, record and image of the store is whole."]


def of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE photos (name TEXT)")


def in_a_folders_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("how", "what"),
    [
        (of_another_program, "it is another program's file"),
        (in_a_folders_place, "is no file, and the store is one"),
        (Path.unlink, "was deleted or moved; store.sqlite.twin, which goes with it, is still"),
    ],
)
def test_doctor_sees_what_only_people_can_mend(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    how: Callable[[Path], object],
    what: str,
):
    path = filled(tmp_path, runs=1)
    how(path)
    before = sorted(tmp_path.iterdir())
    (found,) = checkup.found(path)["by_hand"]
    assert what in found["what"]
    assert sorted(tmp_path.iterdir()) == before
    monkeypatch.setenv("PENTIMENTO_DATA", str(tmp_path))
    assert main(["doctor"]) == 1
    assert f"WRONG     {found['what']}. To mend it: {found['mend']}" in capsys.readouterr().out


def test_what_is_put_aside_has_a_name_of_its_own_each_time(tmp_path: Path):
    path = filled(tmp_path)
    for _ in range(3):
        garbage(1)(path)
        read(path)
    assert len(list(tmp_path.glob("*.damaged-*"))) == 3
    recovery.finish(path)
    assert path.exists()


@pytest.mark.parametrize("name", ["store.sqlite", "store.sqlite.twin"])
@pytest.mark.parametrize("text", [b"CREATE TABLE", b"sqlite_autoindex", b"steps"])
def test_a_name_in_the_file_that_is_no_text_any_more_stops_no_start(
    tmp_path: Path, name: str, text: bytes
):
    """SQLite's own complaint about it cannot be read then."""
    path = tmp_path / "store.sqlite"
    Store(path, 2**30).close()
    good = (tmp_path / name).read_bytes()
    for place in [at for at in range(len(good)) if good.startswith(text, at)]:
        flipped = bytearray(good)
        flipped[place + 3] ^= 0x80
        (tmp_path / name).write_bytes(flipped)
        Store(path, 2**30).close()
