"""Processes that are killed: nothing that was seen is lost, and no bit of a picture changes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from safetensors.numpy import load

from bridge.access import access
from bridge.access.access import Access
from bridge.config import Config
from bridge.http.client import Bridge, Lost, connect
from bridge.http.serving import serving
from bridge.store.database import StoreBusy
from bridge.store.store import Store
from bridge.wire import Event, Failed, Finished, Generate, Notice, Queued, Stepped
from bridge.worker.homes import ProcessHome, ThreadHome
from bridge.worker.protocol import Load, Reply, Request
from bridge.worker.worker import Worker
from pipelines.recipe import SAMPLER_NAMES, Recipe

from .cli import PATIENCE, ROOT
from .conftest import recipe, steps_of

pytestmark = pytest.mark.slow


@asynccontextmanager
async def process(
    config: Config, workers: int = 1
) -> AsyncGenerator[tuple[subprocess.Popen[bytes], Access]]:
    """A real bridge with a real worker, as `pentimento serve` starts them."""
    command = [sys.executable, "-m", "bridge", "serve", "--port", "0", "--device", "cpu"]
    command += ["--model", str(config.model), "--workers", str(workers)]
    environment = os.environ | {"PENTIMENTO_DATA": str(config.data), "OMP_NUM_THREADS": "1"}
    bridge = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while (where := access.find(config.data)) is None or where.pid != bridge.pid:
            assert time.monotonic() < deadline, "the bridge did not answer"
            await asyncio.sleep(0.05)
        yield bridge, where
    finally:
        bridge.kill()
        bridge.wait()


async def until(bridge: Bridge, events: list[Event], index: int, request: str = "r") -> None:
    """Listen until a step of a request is announced."""
    runs: set[str] = set()
    async for event in bridge.events():
        events.append(event)
        if isinstance(event, Queued) and event.run.request == request:
            runs.add(event.run.id)
        if isinstance(event, Stepped) and event.step.run in runs and event.step.index == index:
            return


def runs_of(events: list[Event]) -> list[str]:
    """The runs that were queued, in order."""
    return list(dict.fromkeys(event.run.id for event in events if isinstance(event, Queued)))


async def to_the_end(bridge: Bridge, events: list[Event], runs: int = 1) -> None:
    """Listen until so many runs are finished."""
    async for event in bridge.events():
        events.append(event)
        assert not isinstance(event, Failed), event.message
        if sum(isinstance(event, Finished) for event in events) == runs:
            return


def records(config: Config, run: str) -> list[dict[str, bytes]]:
    """Every tensor of every step of a run, as it lies in the store of a bridge that has ended."""
    store = Store(config.store_path, config.quota_bytes)
    try:
        steps = [store.record(step.id) for step in store.steps(run)]
    finally:
        store.close()
    return [{name: array.tobytes() for name, array in load(data).items()} for data in steps]


async def uninterrupted(config: Config, worker: Worker, *paintings: Recipe) -> list[str]:
    """The same paintings in one go; their runs' ids."""
    runs: list[str] = []
    async with serving(config, ThreadHome(worker.answer)) as where, connect(where) as bridge:
        for painting in paintings:
            events = [event async for event in bridge.paint(Generate(request="r", recipe=painting))]
            runs.append(steps_of(events)[0].step.run)
    return runs


@pytest.mark.parametrize("count", [1, 2])
async def test_a_bridge_that_is_killed_goes_on_where_it_was_to_the_bit(
    config: Config, worker: Worker, tmp_path: Path, count: int
):
    """One painting per sampler waits; the kill comes in the middle of the fourth."""
    paintings = [recipe(num_inference_steps=40, sampler=sampler) for sampler in SAMPLER_NAMES]
    events: list[Event] = []
    async with process(config, count) as (killed, where), connect(where) as bridge:
        for painting in paintings:
            await bridge.send(Generate(request=painting.sampler, recipe=painting))
        await until(bridge, events, 8, request=SAMPLER_NAMES[3])
        killed.kill()
        with pytest.raises(Lost):  # what was on its way is seen as well
            await to_the_end(bridge, events, len(paintings))
    seen = [event.step.id for event in steps_of(events)]
    assert not any(isinstance(event, Finished) for event in events), "killed too late"
    async with (
        process(config, count) as (_, where),
        connect(where, seen=events[-1].seq) as bridge,
    ):
        assert bridge.welcome.resumed
        assert set(seen) <= {step.id for step in bridge.welcome.steps}
        await to_the_end(bridge, events, len(paintings))
    announced = [event.step.id for event in steps_of(events)]
    assert announced[: len(seen)] == seen
    assert len(announced) == len(set(announced)) == 40 * len(paintings)
    other = Config(port=0, data=tmp_path / "other", model=config.model, device="cpu", threads=1)
    for run, same in zip(
        runs_of(events), await uninterrupted(other, worker, *paintings), strict=True
    ):
        assert records(config, run) == records(other, same)


@pytest.mark.parametrize("count", [1, 2])
async def test_the_workers_leave_when_the_bridge_is_killed(config: Config, count: int):
    async with process(config, count) as (killed, where):
        async with connect(where) as bridge:
            painting = recipe(num_inference_steps=250)
            await bridge.send(Generate(request="r", recipe=painting))
            await until(bridge, [], 3)
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(killed.pid)], capture_output=True, text=True
        )
        processes = [int(pid) for pid in children.stdout.split()]
        assert len(processes) == count
        killed.kill()
        deadline = time.monotonic() + PATIENCE
        while any(_lives(process) for process in processes):
            assert time.monotonic() < deadline, "a worker stayed"
            await asyncio.sleep(0.05)


def _lives(pid: int) -> bool:
    """Whether a process works; one that has ended but was not yet buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Loading(ProcessHome):
    """A home that says when its worker has loaded a model."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = asyncio.Event()

    async def ask(self, request: Request) -> Reply:
        reply = await super().ask(request)
        if isinstance(request, Load):
            self.loaded.set()
        return reply


@pytest.mark.parametrize("count", [1, 2])
async def test_workers_that_are_killed_are_replaced_and_no_bit_changes(
    config: Config, worker: Worker, tmp_path: Path, count: int
):
    """All at once, each in the middle of a painting of its own."""
    paintings = [recipe(num_inference_steps=80, seed=seed) for seed in range(count)]
    homes = [Loading() for _ in paintings]
    events: list[Event] = []
    async with serving(config, *homes) as where, connect(where) as bridge:
        await asyncio.gather(*(home.loaded.wait() for home in homes))
        for painting in paintings:
            await bridge.send(Generate(request=f"r{painting.seed}", recipe=painting))
        await until(bridge, events, 10, request=f"r{count - 1}")
        for home in homes:
            assert home.pid is not None
            os.kill(home.pid, signal.SIGKILL)
        await to_the_end(bridge, events, count)
    assert isinstance(events[-1], Finished)
    notices = [event.message for event in events if isinstance(event, Notice)]
    assert notices == count * [
        "The painting process ended unexpectedly and was started again; nothing stored is lost."
    ]
    other = Config(port=0, data=tmp_path / "other", model=config.model, device="cpu", threads=1)
    same = await uninterrupted(other, worker, *paintings)
    for run, its_like in zip(runs_of(events), same, strict=True):
        indexes = [event.step.index for event in steps_of(events) if event.step.run == run]
        assert indexes == list(range(80))
        assert records(config, run) == records(other, its_like)


async def test_a_second_bridge_finds_the_first(config: Config):
    async with process(config) as (first, where):
        found = access.find(config.data)
        assert found is not None
        assert (found, found.pid) == (where, first.pid)
        with pytest.raises(StoreBusy, match="another bridge is using"):
            Store(config.store_path, config.quota_bytes)
        command = [sys.executable, "-m", "bridge", "serve", "--port", "0"]
        environment = os.environ | {"PENTIMENTO_DATA": str(config.data)}
        second = await asyncio.to_thread(
            subprocess.run, command, env=environment, cwd=ROOT, capture_output=True, text=True
        )
        assert second.returncode == 0
        assert where.address in second.stdout
    assert access.find(config.data) is None
