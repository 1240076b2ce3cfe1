"""Live streams through the bridge's own doors: states in, the newest frames out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import numpy as np
import pytest

from bridge import wire
from bridge.access.access import Access
from bridge.config import Config
from bridge.http.client import Bridge, Refused, connect
from bridge.images.image import Image
from bridge.runs.listener import Listener
from bridge.store.store import Store
from bridge.wire import Event, Failed, Finished, Frame, Generate, Live, Stepped, Stop
from bridge.worker.homes import ThreadHome
from bridge.worker.protocol import Advance, Drop, Reply, Request
from bridge.worker.worker import Worker
from pipelines.recipe import MAX_SEED, Recipe, Region

from ..conftest import bridge_of, recipe, steps_of
from .test_session import Lot, at, lot

__all__ = ["lot"]  # a fixture


def few(**changes: object) -> Recipe:
    return recipe(**({"sampler": "lcm", "guidance_scale": 1.0} | changes))


def state(name: str, frames: int | None = None, **changes: object) -> Live:
    return Live(request=name, recipe=few(**changes), frames=frames)


async def frames_of(bridge: Bridge, count: int) -> list[Frame]:
    found: list[Frame] = []
    async with asyncio.timeout(60):
        async for event in bridge.events():
            assert not isinstance(event, Failed), event.message
            found += [event] if isinstance(event, Frame) else []
            if len(found) == count:
                break
    return found


async def played(bridge: Bridge) -> Frame:
    """The last frame that was asked for."""
    while (frame := (await frames_of(bridge, 1))[0]).left != 0:
        pass
    return frame


async def silence(bridge: Bridge, seconds: float = 0.5) -> list[Event]:
    """What comes in that time."""
    heard: list[Event] = []
    try:
        async with asyncio.timeout(seconds):
            async for event in bridge.events():
                heard.append(event)
    except TimeoutError:
        pass
    return heard


async def until_silent(bridge: Bridge) -> None:
    """What is in flight when a stream is paused still comes, on a busy machine slowly."""
    async with asyncio.timeout(60):
        while await silence(bridge):
            pass


async def failure(bridge: Bridge) -> Failed:
    async with asyncio.timeout(30):
        async for event in bridge.events():
            if isinstance(event, Failed):
                return event
    raise AssertionError("events end with an exception only")


class Counted(ThreadHome):
    """A home that counts what it is asked."""

    def __init__(self, worker: Worker, pause: float = 0.0):
        super().__init__(worker.answer)
        self.asked: list[Request] = []
        self.pause = pause

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        if isinstance(request, Advance):
            await asyncio.sleep(self.pause)
        return await super().ask(request)

    def begun(self) -> list[Recipe]:
        return [r.begin for r in self.asked if isinstance(r, Advance) and r.begin is not None]


async def test_a_state_is_shown_by_one_frame_and_an_unchanged_scene_costs_nothing(
    config: Config, worker: Worker
):
    home = Counted(worker)
    async with bridge_of(config, home) as bridge:
        await bridge.send(state("a"))
        (frame,) = await frames_of(bridge, 1)
        assert (frame.request, frame.number, frame.seed, frame.left) == ("a", 1, 0, None)
        assert 0 < frame.seconds <= frame.latency < 60
        calls = len(home.asked)
        assert not await silence(bridge)
        assert len(home.asked) == calls == 1 + 4  # the model was loaded, and four steps
        await bridge.send(state("b", prompt="snow"))
        assert (await frames_of(bridge, 1))[0].request == "b"


async def test_variation_plays_on_with_new_seeds_until_it_is_paused(bridge: Bridge):
    endless = Live(request="v", recipe=few(seed=MAX_SEED - 2), variation=True)
    await bridge.send(endless)
    frames = await frames_of(bridge, 6)
    seeds = [(MAX_SEED - 2 + frame.number - 1) % (MAX_SEED + 1) for frame in frames]
    assert [frame.seed for frame in frames] == seeds
    await bridge.send(Live(request="p", recipe=few(), frames=0))
    await until_silent(bridge)


@pytest.mark.parametrize("count", [1, 4])
async def test_one_step_and_four(bridge: Bridge, count: int):
    await bridge.send(Live(request="s", recipe=few(), frames=count, variation=True))
    assert (await played(bridge)).number == count
    assert not await silence(bridge)
    await bridge.send(Live(request="t", recipe=few(), frames=1, variation=True))
    (frame,) = await frames_of(bridge, 1)
    assert (frame.request, frame.number) == ("t", count + 1)


async def test_only_the_newest_state_is_begun(config: Config, worker: Worker):
    home = Counted(worker, pause=0.02)
    async with bridge_of(config, home) as bridge:
        await bridge.send(state("0"))
        await frames_of(bridge, 1)
        for number in range(1, 200):
            await bridge.send(state(str(number), seed=number))
        while (await frames_of(bridge, 1))[0].request != "199":
            pass
        begun = [recipe.seed for recipe in home.begun()]
        assert begun == sorted(set(begun))
        assert begun[-1] == 199
        assert len(begun) < 100


async def test_a_frame_is_of_one_state_and_keeping_it_ends_in_its_picture(bridge: Bridge):
    mask = np.zeros((24, 32, 1), np.uint8)
    mask[:, 16:] = 255
    id = await bridge.put_image(Image(mask))
    region = Region(prompt="a tree", mask=id)
    live = Live(request="s", recipe=few(regions=(region,)), frames=3, variation=True)
    await bridge.send(live)
    frame = (await frames_of(bridge, 1))[0]
    while frame.left:
        (frame,) = await frames_of(bridge, 1)
    picture = await bridge.live_picture(frame.live)
    kept = few(regions=(region,), seed=frame.seed)
    events = [event async for event in bridge.paint(Generate(request="k", recipe=kept))]
    assert isinstance(events[-1], Finished)
    assert [event.step.index for event in steps_of(events)] == [0, 1, 2, 3]
    again = await bridge.picture(events[-1].step, quality="tiny")
    apart = np.abs(picture.pixels.astype(int) - again.pixels.astype(int))
    assert apart.max() <= 1
    assert picture.pixels.std() > 1


async def test_runs_go_first_and_the_stream_goes_on_after_them(config: Config, worker: Worker):
    home = Counted(worker)
    async with bridge_of(config, home) as bridge:
        await bridge.send(Live(request="v", recipe=few(), variation=True))
        await frames_of(bridge, 2)
        command = Generate(request="r", recipe=recipe(num_inference_steps=12))
        await bridge.send(command)
        heard: list[Event] = []
        async for event in bridge.events():
            heard.append(event)
            if sum(isinstance(event, Stepped) for event in heard) == 12:
                break
        first = next(n for n, event in enumerate(heard) if isinstance(event, Stepped))
        between = [event for event in heard[first:] if isinstance(event, Frame)]
        assert len(between) <= 1  # the one whose step was under way
        await frames_of(bridge, 3)


async def test_a_stream_ends_with_its_connection_and_with_stop(config: Config, worker: Worker):
    home = Counted(worker)
    async with bridge_of(config, home) as first:
        await first.send(Live(request="v", recipe=few(), variation=True))
        (frame,) = await frames_of(first, 1)
        await first.send(Stop())
        await until_silent(first)
        assert any(isinstance(request, Drop) for request in home.asked)
        with pytest.raises(Refused, match="no such live stream"):
            await first.live_picture(frame.live)
        calls = len(home.asked)
        assert not await silence(first)
        assert len(home.asked) == calls
        await first.send(state("again"))
        assert (await frames_of(first, 1))[0].live != frame.live


async def test_who_comes_back_starts_a_stream_of_its_own(access: Access):
    async with connect(access) as bridge:
        await bridge.send(Live(request="v", recipe=few(), variation=True))
        before = (await frames_of(bridge, 2))[-1]
    async with connect(access, seen=before.seq) as bridge:
        assert not [event for event in await silence(bridge) if isinstance(event, Frame)]
        await bridge.send(state("a"))
        (frame,) = await frames_of(bridge, 1)
        assert (frame.request, frame.number) == ("a", 1)
        assert frame.live != before.live


async def test_a_worker_that_dies_is_replaced_and_the_newest_state_begun_again(
    config: Config, lot: Lot
):
    async with bridge_of(config, *lot.dying(at(Advance, 3))) as bridge:
        await bridge.send(state("a"))
        (frame,) = await frames_of(bridge, 1)
        assert (frame.request, frame.number) == ("a", 2)


@pytest.mark.parametrize(
    ("changes", "frames", "sentence"),
    [
        ({"num_inference_steps": 51}, None, "num_inference_steps must be at most 50 in a stream"),
        ({"init_image": "a" * 64}, None, "recipe.init_image names an image that the bridge does"),
        ({}, 1001, "frames must be in 0..1000, got 1001"),
        ({"model": "none"}, None, "recipe.model must be one of"),
    ],
)
async def test_what_cannot_be_shown_is_refused_and_the_next_state_is_shown(
    bridge: Bridge, changes: dict[str, object], frames: int | None, sentence: str
):
    await bridge.send(state("wrong", frames, **changes))
    failed = await failure(bridge)
    assert failed.request == "wrong"
    assert sentence in failed.message
    await bridge.send(state("right"))
    assert (await frames_of(bridge, 1))[0].request == "right"


async def test_what_cannot_be_shown_takes_no_other_state_with_it(config: Config, worker: Worker):
    home = Counted(worker, pause=0.3)
    async with bridge_of(config, home) as bridge:

        async def asked(steps: int) -> None:
            while not any(recipe.num_inference_steps == steps for recipe in home.begun()):
                await asyncio.sleep(0.01)

        await bridge.send(state("before"))
        await asked(few().num_inference_steps)
        await bridge.send(state("wrong", num_inference_steps=51))
        await asked(51)
        await bridge.send(state("right", seed=1))  # before "wrong" is answered
        assert (await failure(bridge)).request == "wrong"
        assert [frame.request for frame in await frames_of(bridge, 1)] == ["right"]


async def test_a_client_that_does_not_read_finds_the_newest_frame_only(config: Config):
    store = Store(config.store_path, config.quota_bytes)
    try:
        listener = Listener(store, 0)
        told = [
            Frame(
                seq=0, live="1" * 32, number=n, request="", seed=0, left=None, seconds=0, latency=0
            )
            for n in range(1, 500)
        ]
        for frame in told:
            listener.show(frame)
        texts = listener.texts()
        assert numbers([wire.parse_event(await anext(texts))]) == [499]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(texts), 0.1)
    finally:
        store.close()


def numbers(events: Iterable[Event]) -> list[int]:
    return [event.number for event in events if isinstance(event, Frame)]
