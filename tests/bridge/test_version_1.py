"""Stores and documents of version 1, written by the program of commit 21e6c3a, open for ever."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bridge.config import Config
from bridge.history.history import found_steps, history_of
from bridge.http.client import connect
from bridge.http.serving import serving
from bridge.images.image import Image, Pixels
from bridge.psd.files import read_document
from bridge.store import migrations
from bridge.store.store import Store
from bridge.wire import Continue, Finished, Run, Step
from bridge.worker.homes import ThreadHome
from bridge.worker.worker import Worker
from pipelines.recipe import Rewind

from ..force import updates
from ..force.flips import QUOTA, content, flip
from ..force.flips_v1 import GOLDEN, closed, killed
from .cli import Terminal, data_folder, served
from .conftest import steps_of
from .test_versions import grown, in_packet, noted, saved

EMBEDDED = Path(__file__).parents[2] / "pipelines" / "embedded" / "weights"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Generator[sqlite3.Connection]:
    """What lies in the file, read without the program."""
    path = closed(tmp_path_factory.mktemp("v1") / "raw")
    with closing(sqlite3.connect(path)) as db:
        yield db


@pytest.mark.parametrize("made", [closed, killed])
def test_everything_in_a_store_of_version_1_is_read_to_the_bit(
    tmp_path: Path, written: sqlite3.Connection, made: object
):
    store = Store(made(tmp_path / "data"), QUOTA)  # pyright: ignore[reportCallIssue]
    try:
        assert store.found == []
        rows = written.execute("SELECT run FROM runs ORDER BY number").fetchall()
        assert store.runs() == tuple(msgspec.json.decode(text, type=Run) for (text,) in rows)
        rows = written.execute("SELECT step FROM steps").fetchall()
        steps = {msgspec.json.decode(text, type=Step) for (text,) in rows}
        assert set(store.steps()) == steps
        assert len(steps) == 25
        for id, data in written.execute("SELECT step, data FROM records"):
            assert store.record(id) == data
        for step, which, look, id in written.execute("SELECT * FROM pictures"):
            picture = store.picture(step, which, look)
            assert picture is not None
            assert picture.id == id
            assert Image(picture.pixels, picture.profile).id == id  # and so is every pixel
        events = written.execute("SELECT seq, event FROM events ORDER BY seq").fetchall()
        assert store.events_after(0, 1000) == events
        assert store.seq == events[-1][0]
        assert (
            store.id == written.execute("SELECT value FROM meta WHERE key = 'store'").fetchone()[0]
        )
        assert store.next_number() == 7
    finally:
        store.close()


def test_a_kill_in_the_middle_of_the_change_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = closed(tmp_path / "data")
    before = path.read_bytes()
    first, change = migrations.MIGRATIONS

    def killed_at_the_end(db: sqlite3.Connection) -> None:
        change(db)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (first, killed_at_the_end))
        with pytest.raises(KeyboardInterrupt):
            Store(path, QUOTA)
    copy = path.with_name(path.name + migrations.COPY)
    assert copy.read_bytes() == before  # a copy lies beside it until all is done
    store = Store(path, QUOTA)
    assert (len(store.runs()), len(store.steps()), store.found) == (6, 25, [])
    assert not copy.exists()
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_update_that_is_killed_at_ten_random_moments_loses_nothing():
    assert updates.run(10, seed=secrets.randbelow(10**6)).startswith("10 of 10 updates killed")


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flipped_bit_in_the_log_of_a_killed_store_is_put_right(tmp_path: Path, place: float):
    whole = Store(killed(tmp_path / "whole"), QUOTA)
    path = killed(tmp_path / "flipped")
    log = path.with_name(path.name + "-wal")
    flip(log, int(place * 8 * log.stat().st_size))
    store = Store(path, QUOTA)
    assert store.found == ["A bit of what was stored last had flipped; it is put right."]
    assert content(store) == content(whole)
    store.close()
    whole.close()


def test_a_bad_row_of_version_1_is_made_again_of_its_events(tmp_path: Path):
    path = closed(tmp_path / "data")
    with closing(sqlite3.connect(path)) as db:
        text = db.execute("SELECT run FROM runs WHERE number = 5").fetchone()[0]
        db.execute("UPDATE runs SET run = ? WHERE number = 5", (text.replace(b'"', b"#", 1),))
        db.commit()
    store = Store(path, QUOTA)
    assert "Painting 5" in " ".join(store.found)
    right = msgspec.json.decode(text, type=Run)
    assert store.runs()[4] == right
    assert len(store.steps(right.id)) == right.last - right.first + 1
    store.close()


@pytest.mark.slow
async def test_a_bridge_on_it_paints_on_from_an_old_step(tmp_path: Path):
    path = closed(tmp_path / "data")
    config = Config(port=0, data=path.parent, device="cpu", threads=1)
    async with serving(config, ThreadHome(Worker().answer)) as where, connect(where) as bridge:
        old = bridge.welcome.runs[0]
        step = next(one for one in bridge.welcome.steps if one.run == old.id and one.index == 3)
        command = Continue(request="r", step=step.id, rewind=Rewind(mode="replay"))
        events = [event async for event in bridge.paint(command)]
        last = steps_of(events)[-1].step
        assert isinstance(events[-1], Finished)
        run = next(r for r in await bridge.runs() if r.run.id == last.run).run
        exact = run.approximate == ""
        made = await bridge.picture(last.id, quality="full")
        was = await bridge.picture(f"{old.id}.{old.last}", quality="full")
    assert same(made.pixels, was.pixels, exact=exact)


@pytest.fixture(scope="module")
def served_folder(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The data folder of a bridge with the model that the documents were painted with."""
    folder = tmp_path_factory.mktemp("data")
    with data_folder(folder), served(folder, EMBEDDED):
        yield folder


DOCUMENTS = ("plain", "deep", "regions", "painted", "rewound", "held", "kept")


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_version_1_is_shown_and_replays_to_the_bit(
    served_folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
):
    terminal, file, out = Terminal(capsys), GOLDEN / f"{name}.psd", tmp_path / "out.psd"
    old = history_of(read_document(file.read_bytes())[0].xmp).runs
    shown = terminal.works("show", file).out
    assert all(f"Painting {run.number} · {run.id[:6]}" in shown for run in old)
    chosen = old[-1]
    step = str(chosen.last)  # counted from 1: the one before the last
    terminal.works(
        "rewind", file, "--run", chosen.id, "--step", step, "--mode", "replay", "-o", out
    )
    document, images = read_document(out.read_bytes())
    history = history_of(document.xmp)
    again = next(run for run in history.runs if run.id not in {run.id for run in old})
    found = found_steps(document, images, history)
    for index in range(again.first, again.last + 1):
        made, was = (found[f"{id}.{index}"].picture.pixels for id in (again.id, chosen.id))
        assert same(made, was, exact=not again.approximate)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["regions", "held", "kept"])
def test_a_document_with_fields_of_tomorrow_is_gone_on_from_and_keeps_them(
    served_folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
):
    terminal, out = Terminal(capsys), tmp_path / "out.psd"
    told = grown(noted(name))
    file = saved(tmp_path / "in.psd", name, told)
    chosen = told["runs"][-1]
    assert "than this one knows (zz, recipe.zz" in terminal.works("show", file).out
    terminal.works(
        "rewind", file, "--run", chosen["id"], "--step", chosen["last"], "--mode", "replay",
        "-o", out,
    )  # fmt: skip
    after = in_packet(read_document(out.read_bytes())[0].xmp)
    runs, steps = len(told["runs"]), len(told["steps"])
    assert (after["runs"][:runs], after["steps"][:steps]) == (told["runs"], told["steps"])
    assert (after["zz"], len(after["runs"])) == (told["zz"], runs + 1)


def same(made: Pixels, was: Pixels, *, exact: bool) -> bool:
    """Whether these are the same to the bit; nearly so where the machine is another."""
    apart = np.abs(made.astype(int) - was.astype(int))
    return not apart.any() if exact else bool(apart.mean() < 0.03 * np.iinfo(made.dtype).max)
