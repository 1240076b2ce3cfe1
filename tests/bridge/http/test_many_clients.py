"""Several clients of one bridge: each hears of its own runs, and stops no others'."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bridge import wire
from bridge.access.access import Access
from bridge.commands.gather import Gathered, RunFailed, painted
from bridge.commands.progress import Report
from bridge.commands.replay import standing
from bridge.config import Config
from bridge.history.history import History
from bridge.http.client import Bridge, Lost, Refused, connect
from bridge.http.own import Own, named
from bridge.http.serving import serving
from bridge.runs.queue import Queue
from bridge.store.database import StoreFull
from bridge.store.store import Store
from bridge.wire import (
    Cancel,
    Continue,
    Event,
    Failed,
    Finished,
    Frame,
    Generate,
    Live,
    Queued,
    Run,
    Started,
    Stepped,
)
from bridge.worker.homes import Home
from pipelines.recipe import MAX_SEED, Rewind

from ..conftest import recipe, steps_of


@pytest.fixture
async def access(config: Config, homes: list[Home]) -> AsyncGenerator[Access]:
    """Where a bridge of one worker listens, and again of two."""
    async with serving(config, *homes) as where:
        yield where


async def paint(access: Access, command: Generate | Continue) -> list[Gathered]:
    """A command as the command line gives it, over a connection of its own."""
    async with connect(access) as bridge:
        return await painted(bridge, command, lambda _: None)


async def begun(access: Access, **changes: object) -> tuple[asyncio.Task[list[Gathered]], str]:
    """A long run that is being painted, and its id."""
    started = asyncio.get_running_loop().create_future()

    def hear(event: Event) -> None:
        if isinstance(event, Stepped) and not started.done():
            started.set_result(event.step.run)

    async def whole() -> list[Gathered]:
        async with connect(access) as bridge:
            command = Generate(request="run", recipe=recipe(num_inference_steps=100, **changes))
            return await painted(bridge, command, hear)

    task = asyncio.create_task(whole())
    return task, await started


async def state(bridge: Bridge, run: str) -> str:
    return (await bridge.run(run)).run.state


async def settled(bridge: Bridge) -> dict[str, str]:
    """The states of all runs by prompt, once none waits or is painted."""
    while True:
        runs = [one.run for one in await bridge.runs()]
        if not any(run.state in ("queued", "running") for run in runs):
            return {run.recipe.prompt: run.state for run in runs}
        await asyncio.sleep(0.02)


# Each its own


async def test_two_equal_commands_at_once_bring_each_its_own_pictures(access: Access):
    prompts = [f"house {n}" for n in range(4)]
    commands = [Generate(request="run", recipe=recipe(prompt=prompt)) for prompt in prompts]
    made = await asyncio.gather(*(paint(access, command) for command in commands))
    assert [[one.painting.run.recipe.prompt for one in ones] for ones in made] == [
        [prompt] for prompt in prompts
    ]


async def test_variations_of_two_clients_are_counted_by_each_for_itself(access: Access):
    commands = [Generate(request="run", recipe=recipe(seed=seed), count=2) for seed in (10, 20)]
    made = await asyncio.gather(*(paint(access, command) for command in commands))
    seeds = [[one.painting.run.recipe.seed for one in ones] for ones in made]
    assert seeds == [[10, 11], [20, 21]]


async def test_branches_of_two_documents_lead_each_back_to_its_own_run(access: Access):
    boat, hill = [
        (await paint(access, Generate(request="run", recipe=recipe(prompt=prompt))))[0].painting
        for prompt in ("a boat", "a green hill")
    ]
    steps = [boat.steps[1][0].id, hill.steps[2][0].id]
    made = await asyncio.gather(
        *(
            paint(access, Continue(request="rewind", step=step, rewind=Rewind(mode="replay")))
            for step in steps
        )
    )
    assert [one.painting.run.parent for (one,) in made] == steps


async def test_a_refusal_is_nobody_elses(access: Access):
    task, _ = await begun(access, prompt="mine")
    with pytest.raises(Refused, match=r"recipe\.model must be one of"):
        await paint(access, Generate(request="run", recipe=recipe(model="other")))
    with pytest.raises(Refused, match="there is no step"):
        await paint(access, Continue(request="run", step="0" * 32 + ".0", rewind=Rewind()))
    (one,) = await task
    assert len(one.painting.steps) == 100


async def test_a_live_stream_hears_no_refusal_of_others(access: Access, bridge: Bridge):
    async with connect(access) as other:
        await bridge.show(Live(request="live", recipe=recipe(sampler="lcm", num_inference_steps=2)))
        with pytest.raises(Refused):
            await anext(other.paint(Generate(request="live", recipe=recipe(model="other"))))
        await other.show(Live(request="live", recipe=recipe(model="other")))
        assert isinstance(await anext(other.frames()), Failed)
        assert isinstance(await anext(bridge.frames()), Frame)
        changed = recipe(sampler="lcm", num_inference_steps=2, seed=5)
        await bridge.show(Live(request="live", recipe=changed))
        assert isinstance(await anext(bridge.frames()), Frame)


# Stopping


async def test_ctrl_c_stops_ones_own_runs_and_no_others(access: Access, bridge: Bridge):
    first, run = await begun(access, prompt="first")
    others = asyncio.create_task(paint(access, Generate(request="run", recipe=recipe(prompt="b"))))
    while len(await bridge.runs()) < 2:
        await asyncio.sleep(0.01)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await state(bridge, run) == "cancelled"
    await others
    assert await settled(bridge) == {"first": "cancelled", "b": "finished"}


async def test_ctrl_c_before_a_run_was_announced_stops_it_all_the_same(
    access: Access, bridge: Bridge
):
    async with connect(access) as other:
        command = Generate(request="run", recipe=recipe(prompt="a", num_inference_steps=100))
        task = asyncio.create_task(painted(other, replace(command, count=3), lambda _: None))
        await asyncio.sleep(0)  # sent, and nothing heard yet
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        runs = await bridge.runs()
    assert [one.run.state for one in runs] == ["cancelled"] * 3


async def test_ctrl_c_while_a_document_is_replayed_stops_the_replay(access: Access, bridge: Bridge):
    (one,) = await paint(access, Generate(request="run", recipe=recipe(num_inference_steps=100)))
    run = one.painting.run  # and one of a store that is elsewhere, which no run here is equal to
    known = replace(run, id="f" * 32, recipe=replace(run.recipe, seed=run.recipe.seed + 1))
    began = asyncio.Event()

    class Hearing(Report):
        def __call__(self, event: Event) -> None:
            if isinstance(event, Started):
                began.set()

    async with connect(access) as other:
        work = standing(other, known, 0, History(), {}, Hearing(as_json=False))
        task = asyncio.create_task(work)
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [one.run.state for one in await bridge.runs()] == ["finished", "cancelled"]


async def test_a_run_that_is_cancelled_from_elsewhere_ends_its_own_command_only(
    access: Access, bridge: Bridge
):
    first, run = await begun(access, prompt="first")
    others = asyncio.create_task(paint(access, Generate(request="run", recipe=recipe(prompt="b"))))
    await bridge.send(Cancel(run=run))
    with pytest.raises(RunFailed, match="cancelled from elsewhere"):
        await first
    assert len(await others) == 1


async def test_a_client_that_is_gone_harms_nobody_and_its_run_goes_on(
    access: Access, bridge: Bridge
):
    async with connect(access) as gone:
        command = Generate(request="run", recipe=recipe(prompt="first", num_inference_steps=60))
        async for event in gone.paint(command):
            if isinstance(event, Stepped):
                break
    await paint(access, Generate(request="run", recipe=recipe(prompt="b")))
    assert await settled(bridge) == {"first": "finished", "b": "finished"}


async def test_a_cancel_that_comes_while_the_last_step_is_stored_is_heeded(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
):
    add_step, last = Store.add_step, 9

    def slowly(self: Store, step: wire.Step, *rest: object) -> None:
        if step.index == last:
            time.sleep(0.5)
        add_step(self, step, *rest)  # pyright: ignore[reportArgumentType] # passed through

    monkeypatch.setattr(Store, "add_step", slowly)
    order = bridge.paint(Generate(request="run", recipe=recipe(num_inference_steps=last + 1)))
    events: list[Event] = []
    async for event in order:
        events.append(event)
        if isinstance(event, Stepped) and event.step.index == last - 1:
            await asyncio.sleep(0.1)
            await bridge.send(Cancel(run=event.step.run))
    assert isinstance(events[-1], wire.Cancelled)
    assert len(steps_of(events)) == last + 1


# What is refused, is so whole


async def test_variations_beyond_the_last_seed_are_refused_before_any_waits(bridge: Bridge):
    command = Generate(request="run", recipe=recipe(seed=MAX_SEED), count=2)
    with pytest.raises(Refused, match="seed must be in"):
        await painted(bridge, command, lambda _: None)
    assert await bridge.runs() == []


async def test_what_was_queued_before_the_disk_was_full_is_stopped(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
):
    add, added = Queue.add, list[Run]()

    def once(self: Queue, run: Run) -> None:
        if added:
            raise StoreFull("the disk is full")
        added.append(run)
        add(self, run)

    monkeypatch.setattr(Queue, "add", once)
    command = Generate(request="run", recipe=recipe(num_inference_steps=100), count=2)
    with pytest.raises(Refused, match="the disk is full"):
        await painted(bridge, command, lambda _: None)
    assert await state(bridge, added[0].id) == "cancelled"


@pytest.mark.parametrize("count", [0, -1, 17])
def test_a_count_that_cannot_be_is_no_command(count: int):
    with pytest.raises(ValueError, match=rf"count must be in 1\.\.16, got {count}"):
        Generate(request="run", recipe=recipe(), count=count)


# A bridge that goes


async def test_when_the_bridge_goes_each_hears_so_and_nobody_takes_what_it_left(
    config: Config, homes: list[Home]
):
    async with serving(config, *homes) as where:
        tasks = [(await begun(where, prompt="first"))[0]]
        second = Generate(request="run", recipe=recipe(prompt="second", num_inference_steps=100))
        tasks.append(asyncio.create_task(paint(where, second)))
        async with connect(where) as bridge:
            while len(await bridge.runs()) < 2:
                await asyncio.sleep(0.01)
    for task in tasks:
        with pytest.raises(Lost, match="the bridge closed the connection"):
            await task
    async with serving(config, *homes) as where:
        (one,) = await paint(where, Generate(request="run", recipe=recipe(prompt="third")))
        assert one.painting.run.recipe.prompt == "third"
        async with connect(where) as bridge:
            assert set((await settled(bridge)).values()) == {"finished"}


# What is one's own, event by event


def test_equal_commands_have_unequal_names_behind_the_callers_word():
    command = Generate(request="run", recipe=recipe())
    names = {named(command).request for _ in range(100)}
    assert len(names) == 100
    assert all(name.startswith("run ") and len(name) <= 100 for name in names)
    assert len(named(replace(command, request="x" * 1000)).request) <= 100


def a_run(number: int, request: str) -> Run:
    return Run(
        id=f"{number:032x}",
        number=number,
        request=request,
        recipe=recipe(),
        state="queued",
        first=0,
        last=3,
        working_width=32,
        working_height=24,
        enlarged=1.0,
    )


@given(
    count=st.integers(1, 4),
    heard=st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from("qsfcx"))),
)
def test_no_more_runs_than_were_asked_for_are_ones_own_whatever_is_repeated(
    count: int, heard: list[tuple[int, bool, str]]
):
    """Announcements in any order, repeated, some with the name copied by somebody else."""
    command = named(Generate(request="run", recipe=recipe(), count=count))
    own, mine, over = Own(command), dict[int, None](), set[int]()
    for number, named_so, kind in heard:
        run = a_run(number, command.request if named_so else "run")
        if kind == "q" and named_so and len(mine) < count:
            mine[number] = None
        event: Event = {
            "q": Queued(seq=1, run=run, position=0),
            "s": Started(seq=1, run=run.id),
            "f": Finished(seq=1, run=run.id, step=f"{run.id}.3"),
            "c": wire.Cancelled(seq=1, run=run.id),
            "x": Failed(seq=1, run=run.id, message="no", request=run.request),
        }[kind]
        assert own.concerns(event) == (number in mine)
        if kind in "fcx" and number in mine:
            over.add(number)
        assert own.over == (len(mine) == count and over == set(mine))
        assert own.going == {f"{n:032x}" for n in set(mine) - over}
