"""Several workers: what is painted at the same time, by whom, and that nobody can tell."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from bridge.config import MAX_WORKERS, Config
from bridge.http.client import Bridge
from bridge.wire import (
    Cancel,
    Cancelled,
    Event,
    Failed,
    Finished,
    Frame,
    Generate,
    Live,
    Queued,
    Ready,
    Started,
    Stepped,
    to_json,
)
from bridge.worker.homes import ThreadHome
from bridge.worker.protocol import Advance, Decode, Load, Loaded, Next, Open, Reply, Request
from bridge.worker.worker import Worker
from pipelines.model import Model, load_model
from pipelines.recipe import Recipe

from ..conftest import bridge_of, recipe


class Watched(ThreadHome):
    """A home that remembers what it was asked; steps of runs take a while."""

    def __init__(self, worker: Worker, pause: float = 0.02):
        super().__init__(worker.answer)
        self.asked: list[Request] = []
        self.loaded = asyncio.Event()
        self._pause = pause

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        if isinstance(request, Next):
            await asyncio.sleep(self._pause)
        reply = await super().ask(request)
        if isinstance(reply, Loaded):
            self.loaded.set()
        return reply

    def count(self, kind: type[Request]) -> int:
        return sum(isinstance(request, kind) for request in self.asked)


@pytest.fixture
def homes(workers: Sequence[Worker]) -> list[Watched]:
    """Two."""
    return [Watched(worker) for worker in workers]


async def ready(homes: list[Watched]) -> None:
    for home in homes:
        await home.loaded.wait()


async def heard(bridge: Bridge, ends: int) -> list[Event]:
    """Everything until so many runs have ended."""
    events: list[Event] = []
    async with asyncio.timeout(120):
        async for event in bridge.events():
            events.append(event)
            assert not isinstance(event, Failed), event.message
            if sum(isinstance(one, Finished | Cancelled) for one in events) == ends:
                break
    return events


async def ask_for(bridge: Bridge, *recipes: Recipe) -> None:
    for number, one in enumerate(recipes):
        await bridge.send(Generate(request=str(number), recipe=one))


def order(events: list[Event], kind: type[Started] | type[Finished]) -> list[str]:
    """Runs of which that was told, by their place in the queue."""
    place = {event.run.id: event.run.request for event in events if isinstance(event, Queued)}
    return [place[event.run] for event in events if isinstance(event, kind)]


async def pixels(bridge: Bridge, events: list[Event]) -> dict[str, list[str]]:
    """The hashes of a run's pictures, by its request."""
    place = {event.run.id: event.run.request for event in events if isinstance(event, Queued)}
    found: dict[str, list[str]] = {name: [] for name in sorted(place.values())}
    for event in events:
        if isinstance(event, Stepped):
            picture = await bridge.picture(event.step.id)
            found[place[event.step.run]].append(picture.id)
    return found


async def test_two_runs_are_painted_at_the_same_time_the_oldest_first_to_the_bit(
    config: Config, tmp_path: Path, worker: Worker, homes: list[Watched]
):
    paintings = [recipe(seed=seed, num_inference_steps=6) for seed in range(5)]
    async with bridge_of(config, *homes) as bridge:
        await ready(homes)
        await ask_for(bridge, *paintings)
        events = await heard(bridge, 5)
        together = await pixels(bridge, events)
        runs = [(await bridge.run(event.run)).run for event in events if isinstance(event, Started)]
    assert order(events, Started) == ["0", "1", "2", "3", "4"]
    assert [home.count(Open) for home in homes] in ([3, 2], [2, 3])
    steps = [event.step.run for event in events if isinstance(event, Stepped)]
    assert len(set(steps[:6])) == 2, "one after the other"
    other = Config(port=0, data=tmp_path / "o", model=config.model, device="cpu", threads=1)
    async with bridge_of(other, ThreadHome(worker.answer)) as bridge:
        await ask_for(bridge, *paintings)
        alone_events = await heard(bridge, 5)
        assert await pixels(bridge, alone_events) == together
        alone = [
            await bridge.run(event.run) for event in alone_events if isinstance(event, Started)
        ]
    made = {tuple(sorted(run.made_with.items())) for run in runs}
    assert made == {tuple(sorted(one.run.made_with.items())) for one in alone}
    assert {run.approximate for run in runs} == {""}


async def test_no_event_tells_who_painted(config: Config, homes: list[Watched]):
    """The same events of the same fields, whoever does it; and of a model that is ready, one."""
    async with bridge_of(config, *homes, seen=0) as bridge:
        await ready(homes)
        await ask_for(bridge, recipe(), recipe())
        events = await heard(bridge, 2)
        assert (await bridge.doctor())["workers"] == 2
    assert all(home.count(Open) for home in homes)
    assert sum(isinstance(event, Ready) for event in events) == 1
    told = " ".join(to_json(event) for event in events).lower()
    assert not {word for word in ("worker", "home", "pid", "place", "cards") if f'"{word}' in told}
    first, second = (
        [type(e) for e in events if isinstance(e, Started | Stepped | Finished) and of(e) == run]
        for run in {of(e) for e in events if isinstance(e, Started)}
    )
    assert first == second


def of(event: Started | Stepped | Finished) -> str:
    return event.step.run if isinstance(event, Stepped) else event.run


async def test_a_cancel_stops_the_run_that_it_names_and_not_the_one_beside_it(
    config: Config, homes: list[Watched]
):
    async with bridge_of(config, *homes) as bridge:
        await ready(homes)
        await ask_for(bridge, recipe(num_inference_steps=40), recipe(num_inference_steps=40))
        seen: dict[str, int] = {}
        events: list[Event] = []
        async for event in bridge.events():
            events.append(event)
            if isinstance(event, Stepped):
                seen[event.step.run] = event.step.index
            if len(seen) == 2:
                break
        stopped, goes_on = seen
        await bridge.send(Cancel(run=stopped))
        events += await heard(bridge, 2)
        assert [e.run for e in events if isinstance(e, Cancelled)] == [stopped]
        assert [e.run for e in events if isinstance(e, Finished)] == [goes_on]
        assert len((await bridge.run(goes_on)).steps) == 40


async def test_a_run_goes_to_the_worker_that_holds_its_model(
    config: Config, homes: list[Watched], tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    models = {"sd": tiny_folder / "sd", "sd_v": tiny_folder / "sd_v"}
    monkeypatch.setattr(Config, "models", property(lambda _: models))
    async with bridge_of(config, *homes) as bridge:
        await ready(homes)
        for model in ("sd_v", "sd", "sd_v", "sd"):  # one at a time: both workers rest before each
            await ask_for(bridge, recipe(model=model))
            await heard(bridge, 1)
        noisy = [
            step.id for one in await bridge.runs() for step in (await bridge.run(one.run.id)).steps
        ]
        for step in noisy[:6]:  # of either model: asked of whoever holds it
            assert (await bridge.picture(step, "noisy")).channels == 4
    assert [home.count(Load) for home in homes] in ([2, 1], [1, 2])


async def test_idle_workers_refine_different_steps_each_once(config: Config, homes: list[Watched]):
    async with bridge_of(config, *homes) as bridge:
        await ready(homes)
        await ask_for(bridge, recipe(num_inference_steps=12))
        events = await heard(bridge, 1)
    assert sum(isinstance(event, Finished) for event in events) == 1
    assert sum(home.count(Decode) for home in homes) == 12
    assert all(home.count(Decode) for home in homes)


async def test_a_stream_stays_on_its_worker_and_plays_beside_a_run(
    config: Config, homes: list[Watched]
):
    async with bridge_of(config, *homes) as bridge:
        await ready(homes)
        still = recipe(sampler="lcm", guidance_scale=1.0)
        await bridge.send(Live(request="live", recipe=still, variation=True))
        frames = 0
        async for event in bridge.events():
            frames += isinstance(event, Frame)
            if frames == 2:
                break
        await ask_for(bridge, recipe(num_inference_steps=30))
        events = await heard(bridge, 1)
    streaming = [home for home in homes if home.count(Advance)]
    assert len(streaming) == 1
    assert not streaming[0].count(Open), "the other one rests"
    first, last = (
        [n for n, event in enumerate(events) if isinstance(event, Stepped)][end] for end in (0, -1)
    )
    assert sum(isinstance(event, Frame) for event in events[first:last]) >= 2


async def test_a_stream_stands_still_while_its_own_worker_paints(
    config: Config, homes: list[Watched]
):
    async with bridge_of(config, *homes) as bridge:
        await ready(homes)
        still = recipe(sampler="lcm", guidance_scale=1.0)
        await bridge.send(Live(request="live", recipe=still, variation=True))
        async for event in bridge.events():
            if isinstance(event, Frame):
                break
        await ask_for(bridge, *(recipe(num_inference_steps=20, seed=seed) for seed in (1, 2)))
        events = await heard(bridge, 2)
    busy = [n for n, event in enumerate(events) if isinstance(event, Stepped)]
    runs = {event.step.run for event in events if isinstance(event, Stepped)}
    both = [max(n for n in busy if of(events[n]) == run) for run in runs]  # pyright: ignore[reportArgumentType] # steps, see busy
    begun = [min(n for n in busy if of(events[n]) == run) for run in runs]  # pyright: ignore[reportArgumentType] # likewise
    between = events[max(begun) : min(both)]
    assert len([event for event in between if isinstance(event, Frame)]) <= 1


@pytest.mark.parametrize("workers", [0, -1, MAX_WORKERS + 1])
def test_a_number_of_workers_that_cannot_be_is_refused(workers: int):
    with pytest.raises(ValueError, match=rf"workers must be in 1\.\.{MAX_WORKERS}, got {workers}"):
        Config(workers=workers)


def test_several_workers_share_the_processors(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.cpu_count", lambda: 10)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert Config().worker_threads is None
    assert Config(workers=1).worker_threads is None
    assert Config(workers=3).worker_threads == 3
    assert Config(workers=8).worker_threads == 1
    assert Config(workers=3, threads=5).worker_threads == 5
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert Config(workers=3).worker_threads is None


# Several cards, of which there are none here


def test_each_worker_has_a_card_of_its_own_and_does_not_tell_which(
    config: Config, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    given: list[str] = []

    def load(folder: Path, device: str) -> Model:
        given.append(device)
        return load_model(folder, "cpu")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    told: list[Reply] = []
    for device, place in (("auto", 0), ("cuda", 2), ("auto", 4), ("cuda:1", 1), ("cpu", 1)):
        load_it = Load(
            name="sd",
            folder=str(tiny_folder / "sd"),
            few=None,
            device=device,
            threads=None,
            place=place,
        )
        told.append(Worker(load).answer(load_it))
    assert given == ["auto", "cuda:2", "cuda:1", "cuda:1", "cpu"]
    loaded = [reply for reply in told if isinstance(reply, Loaded)]
    assert [reply.cards for reply in loaded] == [3, 3, 3, 1, 1]
    assert [reply.model.device for reply in loaded] == ["cuda", "cuda", "cuda", "cpu", "cpu"]
    assert loaded[0].made_with == loaded[1].made_with == loaded[2].made_with


async def test_where_nobody_said_how_many_there_are_as_many_as_cards(
    config: Config, workers: Sequence[Worker], monkeypatch: pytest.MonkeyPatch
):
    class Card(Watched):
        async def ask(self, request: Request) -> Reply:
            reply = await super().ask(request)
            return replace(reply, cards=2) if isinstance(reply, Loaded) else reply

    cards = [Card(worker) for worker in workers]
    left = list(cards)
    monkeypatch.setattr("bridge.worker.workers.ProcessHome", lambda: left.pop(0))
    async with bridge_of(config, seen=0) as bridge:
        await ready([*cards])
        assert (await bridge.doctor())["workers"] == 2
        await ask_for(bridge, recipe(), recipe())
        events = await heard(bridge, 2)
    assert sum(isinstance(event, Ready) for event in events) == 1
    assert [card.count(Open) for card in cards] == [1, 1]
