"""Variations that are painted together: what each is, tells and costs, as if it were by itself."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from safetensors.numpy import load

from bridge.config import Config
from bridge.http.client import Bridge
from bridge.store.store import Store
from bridge.wire import (
    Cancel,
    Cancelled,
    Continue,
    Event,
    Failed,
    Finished,
    Generate,
    Notice,
    Queued,
    Run,
    Stepped,
)
from bridge.worker.homes import ProcessHome, ThreadHome, WorkerDied
from bridge.worker.protocol import Broken, HasRoom, Load, Next, Refused, Reply, Request, Room
from bridge.worker.worker import Worker
from pipelines.recipe import SAMPLER_NAMES, Recipe, Rewind

from ..conftest import bridge_of, recipe, steps_of

NEAR = 1e-5  # of the largest latent: a UNet sums in another order in a larger batch
STEPS = 6
Answer = Callable[[Request], Reply | None]
Tensors = dict[str, np.ndarray]  # of a record
Alone = Callable[..., Awaitable[list[list[Tensors]]]]


class Batching(ThreadHome):
    """A worker of which a test knows who was painted together, and answers for it at times."""

    def __init__(self, worker: Worker, instead: Answer = lambda _: None):
        super().__init__(worker.answer)
        self.batches: list[tuple[str, ...]] = []  # of each step
        self.lives = 1
        self.loaded = asyncio.Event()
        self._instead = instead

    @property
    def sizes(self) -> list[int]:
        """How many were painted together, step by step."""
        return [len(runs) for runs in self.batches]

    async def ask(self, request: Request) -> Reply:
        if isinstance(request, Next):
            self.batches.append(request.runs)
            await asyncio.sleep(0.01)  # the bridge has time to hear of a cancel
        if (reply := self._instead(request)) is not None:
            return await ThreadHome(lambda _: reply).ask(request)
        reply = await super().ask(request)
        if isinstance(request, Load):
            self.loaded.set()
        return reply

    async def restart(self) -> None:
        self.lives += 1


def asked(count: int, **changes: object) -> Generate:
    return Generate(
        request="r", recipe=recipe(**({"num_inference_steps": STEPS} | changes)), count=count
    )


def seeded(count: int, steps: int = STEPS) -> list[Recipe]:
    return [recipe(num_inference_steps=steps, seed=seed) for seed in range(count)]


async def painted(bridge: Bridge, command: Generate | Continue) -> list[Event]:
    async with asyncio.timeout(120):
        return [event async for event in bridge.paint(command)]


def runs_of(events: Sequence[Event]) -> list[str]:
    return list(dict.fromkeys(event.run.id for event in events if isinstance(event, Queued)))


def notices(events: Sequence[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def assert_whole(events: Sequence[Event], count: int, steps: int = STEPS) -> None:
    """Every run told each of its steps once, in order, and is finished."""
    runs = runs_of(events)
    assert len(runs) == count
    for run in runs:
        told = [one.step.index for one in steps_of([*events]) if one.step.run == run]
        assert told == list(range(steps))
    assert {e.run for e in events if isinstance(e, Finished)} == set(runs)


def lines(config: Config, runs: Sequence[str]) -> list[tuple[Run, list[Tensors]]]:
    """Runs and all tensors of their steps, as they lie in a store of a bridge that has ended."""
    store = Store(config.store_path, config.quota_bytes)
    try:
        found = [store.run(id) for id in runs]
        return [
            (run, [load(store.record(step.id)) for step in store.steps(run.id)])
            for run in found
            if run is not None
        ]
    finally:
        store.close()


def assert_near(found: Sequence[Tensors], wanted: Sequence[Tensors]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.keys() == other.keys()
        for name in ("latents", "denoised"):
            most = float(np.abs(other[name]).max())
            assert float(np.abs(one[name] - other[name]).max()) <= NEAR * most


@pytest.fixture
def alone(config: Config, tmp_path: Path, worker: Worker) -> Alone:
    """The same recipes painted one by one in another store."""

    async def paint(*recipes: Recipe) -> list[list[Tensors]]:
        other = Config(port=0, data=tmp_path / "one", model=config.model, device="cpu", threads=1)
        runs: list[str] = []
        async with bridge_of(other, ThreadHome(worker.answer)) as bridge:
            for one in recipes:
                runs += runs_of(await painted(bridge, Generate(request="one", recipe=one)))
        return [records for _, records in lines(other, runs)]

    return paint


def assert_alike(config: Config, events: list[Event], alone: list[list[Tensors]]):
    for (_, found), wanted in zip(lines(config, runs_of(events)), alone, strict=True):
        assert_near(found, wanted)


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
async def test_variations_are_one_batch_and_what_each_is_by_itself(
    config: Config, worker: Worker, alone: Alone, sampler: str
):
    home = Batching(worker)
    async with bridge_of(config, home) as bridge:
        events = await painted(bridge, asked(4, sampler=sampler))
    assert_whole(events, 4)
    assert home.sizes == [4] * STEPS
    seeds = [replace(one, sampler=sampler) for one in seeded(4)]
    made = lines(config, runs_of(events))
    assert [run.recipe.seed for run, _ in made] == [0, 1, 2, 3]
    for (_, found), wanted in zip(made, await alone(*seeds), strict=True):
        assert_near(found, wanted)


async def test_what_was_painted_in_a_batch_is_named_where_a_replay_differs_in_the_last_bits(
    config: Config, worker: Worker
):
    replays: list[str] = []
    async with bridge_of(config, Batching(worker)) as bridge:
        batch = runs_of(await painted(bridge, asked(3)))
        single = runs_of(await painted(bridge, asked(1)))
        for run, name in ((batch[1], "batch was 3, is 1"), (single[0], "")):
            replay = Continue(request="c", step=f"{run}.0", rewind=Rewind(mode="replay"))
            again = (await bridge.run(runs_of(await painted(bridge, replay))[0])).run
            assert again.approximate == name
            replays.append(again.id)
            made = (await bridge.run(run)).run
            assert (made.approximate, made.made_with.get("batch")) == ("", "3" if name else None)
    near, exact, was, wanted = (
        records for _, records in lines(config, [*replays, batch[1], single[0]])
    )
    assert_near(near, was)
    assert all(np.array_equal(a[k], b[k]) for a, b in zip(exact, wanted, strict=True) for k in a)


async def test_a_cancel_stops_one_of_a_batch_at_once_and_it_costs_nothing_more(
    config: Config, worker: Worker, alone: Alone
):
    home, steps = Batching(worker), 20
    events: list[Event] = []
    async with bridge_of(config, home) as bridge:
        stopped = ""
        async for event in bridge.paint(asked(3, num_inference_steps=steps)):
            events.append(event)
            if isinstance(event, Stepped) and event.step.index == 2 and not stopped:
                stopped = runs_of(events)[1]
                await bridge.send(Cancel(run=stopped))
    runs = runs_of(events)
    ends = [e for e in events if isinstance(e, Cancelled | Finished)]
    assert [e.run for e in ends if isinstance(e, Cancelled)] == [stopped]
    after = events[events.index(ends[0]) :]
    assert {e.step.run for e in after if isinstance(e, Stepped)} == {runs[0], runs[2]}
    assert home.sizes == sorted(home.sizes, reverse=True)
    assert home.sizes.count(3) < steps / 2
    assert set(home.sizes) == {3, 2}
    wanted = await alone(*seeded(3, steps))
    (_, first), (_, third) = lines(config, [runs[0], runs[2]])
    assert_near(first, wanted[0])
    assert_near(third, wanted[2])


async def test_a_batch_whose_worker_dies_goes_on_each_from_its_own_last_step(
    config: Config, worker: Worker, alone: Alone
):
    turns = 0

    def dies(request: Request) -> None:
        nonlocal turns
        turns += isinstance(request, Next)
        if isinstance(request, Next) and turns == 3:
            raise WorkerDied("it was killed")

    home = Batching(worker, dies)
    async with bridge_of(config, home) as bridge:
        events = await painted(bridge, asked(3))
    assert_whole(events, 3)
    assert home.lives == 2
    assert home.sizes == [3] * (STEPS + 1)
    assert_alike(config, events, await alone(*seeded(3)))


@pytest.mark.slow
async def test_a_process_that_is_killed_in_a_batch_is_replaced(config: Config, alone: Alone):
    home, events, steps = ProcessHome(), list[Event](), 40
    async with bridge_of(config, home) as bridge:
        async for event in bridge.paint(asked(3, num_inference_steps=steps)):
            events.append(event)
            far = isinstance(event, Stepped) and event.step.index == 10
            if far and home.pid and not notices(events):
                os.kill(home.pid, signal.SIGKILL)
    assert_whole(events, 3, steps)
    assert_alike(config, events, await alone(*seeded(3, steps)))


async def test_a_bridge_that_ends_in_a_batch_goes_on_with_it(
    config: Config, worker: Worker, alone: Alone
):
    events: list[Event] = []
    async with bridge_of(config, Batching(worker)) as bridge:
        await bridge.send(asked(3))
        async for event in bridge.events():
            events.append(event)
            if isinstance(event, Stepped) and event.step.index == 2:
                break  # the other two may have this step, or not
    home = Batching(worker)
    async with bridge_of(config, home, seen=events[-1].seq) as bridge:
        async with asyncio.timeout(120):
            async for event in bridge.events():
                events.append(event)
                if sum(isinstance(one, Finished) for one in events) == 3:
                    break
    assert_whole(events, 3)
    assert home.sizes[0] == 3
    assert_alike(config, events, await alone(*seeded(3)))


async def test_a_batch_is_no_larger_than_memory_allows_and_that_is_said(
    config: Config, worker: Worker, alone: Alone
):
    home = Batching(worker, lambda one: HasRoom(lines=3) if isinstance(one, Room) else None)
    async with bridge_of(config, home) as bridge:
        events = await painted(bridge, asked(7))
        runs = await bridge.runs()
    assert_whole(events, 7)
    assert home.sizes == [3] * 2 * STEPS + [1] * STEPS
    said = "More may not fit into memory: 7 variations are painted 3 at a time."
    assert notices(events) == [said]
    assert [one.run.made_with.get("batch") for one in runs] == ["3"] * 6 + [None]
    assert_alike(config, events, await alone(*seeded(7)))


@pytest.mark.parametrize("room", [1, 2])
async def test_a_batch_that_memory_did_not_hold_is_painted_by_halves(
    config: Config, worker: Worker, alone: Alone, room: int
):
    def narrow(request: Request) -> Reply | None:
        if isinstance(request, Next) and len(request.runs) > room:
            return Broken(message="the machine ran out of memory; close something", traceback="")
        return None

    home = Batching(worker, narrow)
    async with bridge_of(config, home) as bridge:
        events = await painted(bridge, asked(4))
    assert_whole(events, 4)
    assert home.sizes[-STEPS:] == [room] * STEPS
    assert notices(events)[0] == (
        "Painting 4 variations at a time failed, the machine ran out of memory; close something; "
        "they go on 2 at a time."
    )
    found = lines(config, runs_of(events))
    assert {run.made_with.get("batch") for run, _ in found} == {"2" if room == 2 else None}
    assert {run.approximate for run, _ in found} == {""}  # nothing was stored of larger ones
    assert_alike(config, events, await alone(*seeded(4)))


async def test_a_batch_that_kills_its_worker_is_painted_one_by_one_in_the_end(
    config: Config, worker: Worker
):
    def deadly(request: Request) -> None:
        if isinstance(request, Next) and len(request.runs) > 1:
            raise WorkerDied("the system ended it")

    async with bridge_of(config, Batching(worker, deadly)) as bridge:
        events = await painted(bridge, asked(3))
    assert_whole(events, 3)
    assert any(said.endswith("they go on one by one.") for said in notices(events))


async def test_what_is_wrong_with_one_of_a_batch_ends_that_one_only(config: Config, worker: Worker):
    wrong: list[str] = []

    def refuses(request: Request) -> Reply | None:
        if not isinstance(request, Next):
            return None
        wrong.append(request.runs[len(request.runs) // 2])
        return Refused(message="no") if wrong[0] in request.runs else None

    async with bridge_of(config, Batching(worker, refuses)) as bridge:
        events = await painted(bridge, asked(3))
    assert [e.run for e in events if isinstance(e, Failed)] == [wrong[0]]
    done = {e.run for e in events if isinstance(e, Finished)}
    assert done == set(runs_of(events)) - {wrong[0]}


async def test_workers_that_rest_share_the_variations(config: Config, workers: Sequence[Worker]):
    homes = [Batching(worker) for worker in workers]
    async with bridge_of(config, *homes) as bridge:
        for home in homes:
            await home.loaded.wait()
        await painted(bridge, asked(2))
        for home in homes:
            home.batches.clear()
        events = await painted(bridge, asked(4))
    assert_whole(events, 4)
    assert sorted(size for home in homes for size in home.sizes) == [2] * 2 * STEPS


async def test_runs_that_were_not_asked_for_at_once_are_no_batch(config: Config, worker: Worker):
    home = Batching(worker)
    async with bridge_of(config, home) as bridge:
        for words in ("a house", "a tree"):
            await bridge.send(Generate(request="same", recipe=recipe(prompt=words)))
        await bridge.send(Generate(request="other", recipe=recipe(prompt="a tree")))
        ends = 0
        async with asyncio.timeout(120):
            async for event in bridge.events():
                ends += isinstance(event, Finished)
                if ends == 3:
                    break
    assert set(home.sizes) == {1}


async def test_the_time_left_counts_the_pictures_of_all_that_are_painted_together(
    config: Config, worker: Worker
):
    async with bridge_of(config, Batching(worker)) as bridge:
        await painted(bridge, asked(1))  # what a picture takes is known from here on
        events = await painted(bridge, asked(3))
    last = {e.step.run: e.seconds_left for e in steps_of(events) if e.step.index == STEPS - 1}
    one, two, three = (last[run] for run in runs_of(events))
    assert three > 0
    assert (one, two) == pytest.approx((3 * three, 2 * three))
