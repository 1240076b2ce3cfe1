"""What a session does when its worker or its store fails it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bridge.config import Config
from bridge.http.client import Bridge, Refused
from bridge.images.image import Image
from bridge.runs.planning import difference
from bridge.store import schema
from bridge.store.store import Store
from bridge.wire import Continue, Event, Failed, Finished, Generate, Keep, Notice, Stepped
from bridge.worker.homes import Home, ThreadHome, WorkerDied
from bridge.worker.protocol import Decode, Load, Next, Reply, Request
from bridge.worker.worker import Worker
from pipelines.recipe import MAX_SEED, Rewind

from ..conftest import bridge_of, recipe, steps_of


class Mortal:
    """A worker's home in which it dies at chosen requests, as a process does."""

    def __init__(self, home: Home, dies: Callable[[Request], bool]):
        self._home = home
        self._dies = dies
        self._alive = True
        self.lives = 1

    async def ask(self, request: Request) -> Reply:
        if self._alive and self._dies(request):
            self._alive = False
        if not self._alive:
            raise WorkerDied("the worker ended while it was working")
        return await self._home.ask(request)

    async def restart(self) -> None:
        self._alive = True
        self.lives += 1

    async def close(self) -> None:
        await self._home.close()


@dataclass
class Lot:
    """Workers that die."""

    homes: list[Home]
    mortals: list[Mortal] = field(default_factory=list[Mortal])

    def dying(self, dies: Callable[[Request], bool]) -> list[Mortal]:
        """Their homes; which of them dies is whoever is asked."""
        self.mortals = [Mortal(home, dies) for home in self.homes]
        return self.mortals

    @property
    def lives(self) -> int:
        """More than their number, by those that were replaced."""
        return sum(mortal.lives for mortal in self.mortals)


@pytest.fixture
def lot(homes: list[Home]) -> Lot:
    """One worker, and again two."""
    return Lot(homes)


def at(kind: type[Request], *turns: int) -> Callable[[Request], bool]:
    """Die at these requests of a kind, counted from 1."""
    count = 0

    def dies(request: Request) -> bool:
        nonlocal count
        count += isinstance(request, kind)
        return isinstance(request, kind) and count in turns

    return dies


async def painted(bridge: Bridge, command: Generate | Continue) -> list[Event]:
    return [event async for event in bridge.paint(command)]


async def test_a_worker_that_dies_at_different_steps_is_replaced_each_time(
    config: Config, lot: Lot
):
    async with bridge_of(config, *lot.dying(at(Next, 3, 7))) as bridge:
        events = await painted(bridge, Generate(request="r", recipe=recipe(num_inference_steps=8)))
    assert isinstance(events[-1], Finished)
    assert [event.step.index for event in steps_of(events)] == list(range(8))
    assert sum(isinstance(event, Notice) for event in events) == 2
    assert lot.lives == len(lot.homes) + 2


async def test_a_run_whose_worker_dies_twice_at_the_same_step_fails_and_the_next_goes_on(
    config: Config, lot: Lot
):
    async with bridge_of(config, *lot.dying(at(Next, 3, 4))) as bridge:
        events = await painted(bridge, Generate(request="r", recipe=recipe()))
        assert isinstance(events[-1], Failed)
        assert events[-1].message == (
            "the painting process ended 2 times at step 3, probably for lack of memory; "
            "a smaller picture needs less"
        )
        run = await bridge.run(events[-1].run or "")
        assert (run.run.state, len(run.steps)) == ("failed", 2)
        events = await painted(bridge, Generate(request="again", recipe=recipe()))
        assert isinstance(events[-1], Finished)


async def test_a_worker_that_dies_while_it_decodes_is_asked_again(config: Config, lot: Lot):
    async with bridge_of(config, *lot.dying(at(Decode, 2))) as bridge:
        events = await painted(bridge, Generate(request="r", recipe=recipe()))
        assert isinstance(events[-1], Finished)


async def test_a_worker_that_dies_while_it_loads_is_asked_again(config: Config, lot: Lot):
    async with bridge_of(config, *lot.dying(at(Load, 1))) as bridge:
        events = await painted(bridge, Generate(request="r", recipe=recipe()))
        assert isinstance(events[-1], Finished)


async def test_a_model_that_cannot_be_loaded_is_said_and_fails_runs_only(
    config: Config, home: Home, tmp_path: Path
):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "model_index.json").write_text("{}")
    async with bridge_of(replace(config, model=broken), home) as bridge:
        events = await painted(bridge, Generate(request="r", recipe=recipe(model="broken")))
        assert isinstance(events[-1], Failed)
        assert "supported are StableDiffusionPipeline" in events[-1].message
        report = await bridge.doctor()
        assert report["model"]["state"] == "failed"
        assert report["model"]["message"] == events[-1].message


async def test_a_recipe_may_name_another_model_and_come_back(
    config: Config, home: Home, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    models = {"sd": tiny_folder / "sd", "sd_v": tiny_folder / "sd_v"}
    monkeypatch.setattr(Config, "models", property(lambda _: models))
    async with bridge_of(config, home) as bridge:
        first = steps_of(await painted(bridge, Generate(request="a", recipe=recipe())))
        other = Generate(request="b", recipe=recipe(model="sd_v"))
        assert isinstance((await painted(bridge, other))[-1], Finished)
        noisy = await bridge.picture(first[1].step.id, "noisy")
        assert noisy.channels == 4


async def test_a_full_disk_stops_the_run_with_a_sentence_and_its_last_step_can_be_gone_on_from(
    config: Config, home: Home, monkeypatch: pytest.MonkeyPatch
):
    prepare = schema.prepare

    def prepare_small(db: sqlite3.Connection) -> list[str]:
        said = prepare(db)
        db.execute("PRAGMA max_page_count = 90")  # SQLite's own way to meet a full disk
        return said

    monkeypatch.setattr(schema, "prepare", prepare_small)
    command = Generate(request="r", recipe=recipe(num_inference_steps=50, width=96, height=72))
    async with bridge_of(config, home) as bridge:
        events = await painted(bridge, command)
        assert isinstance(events[-1], Failed)
        assert "is full; free some space, earlier steps are safe" in events[-1].message
        run = await bridge.run(events[-1].run or "")
        seen = [event.step.id for event in steps_of(events)]
        assert [step.id for step in run.steps] == seen
        assert 5 < len(seen) < 50
    monkeypatch.setattr(schema, "prepare", prepare)
    async with bridge_of(config, home) as bridge:
        onward = Continue(request="c", step=seen[-1], rewind=Rewind(mode="replay"))
        events = await painted(bridge, onward)
    assert isinstance(events[-1], Finished)
    assert [event.step.index for event in steps_of(events)] == list(range(len(seen) - 1, 50))


async def test_keep_that_comes_while_a_run_is_painted_is_not_forgotten(bridge: Bridge):
    run = ""
    async for event in bridge.paint(Generate(request="r", recipe=recipe(num_inference_steps=30))):
        if isinstance(event, Stepped) and event.step.index == 0:
            run = event.step.run
            await bridge.send(Keep(run=run, keep=True))
    assert (await bridge.run(run)).run.kept


async def test_a_replay_on_another_machine_is_named_approximate(config: Config, worker: Worker):
    async with bridge_of(config, ThreadHome(worker.answer)) as bridge:
        first = steps_of(await painted(bridge, Generate(request="r", recipe=recipe())))

    def elsewhere(request: Request) -> Reply:
        reply = worker.answer(request)
        if isinstance(request, Load):
            made_with = getattr(reply, "made_with")  # noqa: B009 - Loaded, as Load is answered
            made_with["sd"]["torch"] = "9.9"
        return reply

    async with bridge_of(config, ThreadHome(elsewhere)) as bridge:
        replay = Continue(request="c", step=first[1].step.id, rewind=Rewind(mode="replay"))
        events = await painted(bridge, replay)
        run = (await bridge.run(steps_of(events)[0].step.run)).run
        assert run.approximate.startswith("torch was 2.")
        assert run.approximate.endswith(", is 9.9")


async def test_a_data_folder_that_is_removed_is_said_and_nothing_more_is_promised(
    config: Config, home: Home
):
    async with bridge_of(config, home) as bridge:
        events = await painted(bridge, Generate(request="r", recipe=recipe()))
        last = steps_of(events)[-1].step.id
        shutil.rmtree(config.data)
        notice = await anext(event async for event in bridge.events() if isinstance(event, Notice))
        assert notice.message.startswith(f"The data folder {config.data} was removed or replaced")
        with pytest.raises(Refused, match="nothing new is kept; save your documents"):
            await painted(bridge, Generate(request="s", recipe=recipe()))
        assert (await bridge.picture(last)).width == 32


async def test_a_run_that_a_newer_version_left_waiting_is_not_painted_without_what_it_asked(
    config: Config, home: Home
):
    async with bridge_of(config, home) as bridge:
        await painted(bridge, Generate(request="r", recipe=recipe()))
        (made,) = await bridge.runs()
    store = Store(config.store_path, 2**30)
    more = msgspec.to_builtins(made.run) | {"id": "e" * 32, "number": 2, "state": "queued"}
    more["recipe"]["strokes"] = ["of tomorrow"]
    with store._write():  # pyright: ignore[reportPrivateUsage]
        store._put("runs", more["id"], 2, "queued", 0, msgspec.json.encode(more))  # pyright: ignore[reportPrivateUsage]
    store.close()
    async with bridge_of(config, home) as bridge:
        left = (await bridge.run("e" * 32)).run
        assert (left.state, left.recipe) == ("failed", made.run.recipe)
        assert "does not know (recipe.strokes); update Pentimento" in left.message
        events = await painted(bridge, Generate(request="again", recipe=recipe()))
        assert isinstance(events[-1], Finished)


def test_what_has_not_changed_makes_no_difference():
    now = {"torch": "2.13.0", "threads": "2"}
    assert difference(now, now) == ""
    assert difference({}, now) == ""
    assert difference(now | {"threads": "4"}, now) == "threads was 4, is 2"


@pytest.mark.parametrize(("value", "allowed"), [(0, False), (63, False), (64, True)])
async def test_a_mask_under_which_nothing_changes_is_refused(
    bridge: Bridge, value: int, allowed: bool
):
    init = await bridge.put_image(Image(np.zeros((24, 32, 3), np.uint8)))
    mask = await bridge.put_image(Image(np.full((24, 32, 1), value, np.uint8)))
    command = Generate(request="r", recipe=recipe(init_image=init, mask=mask))  # of four steps
    if allowed:
        assert len(steps_of(await painted(bridge, command))) == 4
        return
    with pytest.raises(Refused, match=r"recipe\.mask is empty, or too dark"):
        await painted(bridge, command)
    assert not await bridge.runs()


async def test_of_a_count_that_goes_beyond_the_last_seed_nothing_is_painted(bridge: Bridge):
    with pytest.raises(Refused, match="seed must be in"):
        await painted(bridge, Generate(request="r", recipe=recipe(seed=MAX_SEED), count=2))
    assert not await bridge.runs()


async def test_rolls_of_an_unpainted_step_all_differ_and_their_records_paint_them_again(
    bridge: Bridge,
):
    steps = steps_of(await painted(bridge, Generate(request="r", recipe=recipe(sampler="ddim"))))
    plain, left = [steps[index].step.id for index in (-1, 1)]
    roll = Continue(request="r", step=left, rewind=Rewind(), anew=True, roll=True)
    rolled = [steps_of(await painted(bridge, roll))[-1].step for _ in range(5)]
    last = [plain, *(step.id for step in rolled)]
    pictures = [(await bridge.picture(id)).pixels.astype(int) for id in last]
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert abs(one - other).mean() > 1, "of 255"
    made = (await bridge.run(rolled[0].run)).run
    assert made.rewind
    again = Continue(request="r", step=left, rewind=made.rewind, recipe=made.recipe)
    replayed = steps_of(await painted(bridge, again))[-1].step.id
    assert np.array_equal((await bridge.picture(replayed)).pixels, pictures[1])
