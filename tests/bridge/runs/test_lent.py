"""Images that are lent to a stream: there while it shows them, and gone soon after."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from bridge.config import Config
from bridge.http.client import Bridge, Refused
from bridge.images.image import Image
from bridge.wire import Failed, Finished, Frame, Generate, Live
from bridge.worker.homes import ThreadHome
from bridge.worker.protocol import Next, Reply, Request
from bridge.worker.worker import Worker
from pipelines.recipe import Recipe, Region

from ..conftest import bridge_of, recipe
from .test_live import played

SOON = 0.4  # seconds instead of two minutes


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.runs.live.FLEETING", SOON)
    monkeypatch.setattr("bridge.store.quota.FLEETING", SOON)
    monkeypatch.setattr("bridge.store.quota._SWEEP", 0.0)


def mask(left: int) -> Image:
    pixels = np.zeros((24, 32, 1), np.uint8)
    pixels[:, left : left + 8] = 255
    return Image(pixels)


def painted(image: Image) -> Recipe:
    region = Region(prompt="a house", mask=image.id)
    return recipe(sampler="lcm", guidance_scale=1.0, regions=(region,))


async def lend(bridge: Bridge, image: Image) -> None:
    assert await bridge.put_image(image, fleeting=True) == image.id


async def shown(bridge: Bridge, image: Image) -> None:
    await lend(bridge, image)
    await bridge.send(Live(request=image.id[:8], recipe=painted(image)))
    async with asyncio.timeout(30):
        async for event in bridge.events():
            assert not isinstance(event, Failed), event.message
            if isinstance(event, Frame) and event.request == image.id[:8]:
                return


class Slow(ThreadHome):
    """A home where each step of a run takes half of the time that an image is lent."""

    async def ask(self, request: Request) -> Reply:
        if isinstance(request, Next):
            await asyncio.sleep(SOON / 2)
        return await super().ask(request)


async def there(bridge: Bridge, image: Image) -> bool:
    await lend(bridge, mask(31))  # when the bridge looks for what is over
    try:
        await bridge.image(image.id)
    except Refused:
        return False
    return True


async def test_what_a_stream_shows_stays_also_while_it_rests_and_what_it_showed_goes(
    bridge: Bridge,
):
    before, now = mask(0), mask(8)
    await shown(bridge, before)
    await shown(bridge, now)
    await asyncio.sleep(3 * SOON)
    assert [await there(bridge, one) for one in (before, now)] == [False, True]


async def test_a_stream_that_plays_on_says_what_it_uses_when_that_changes(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
):
    said: list[set[str]] = []
    monkeypatch.setattr("bridge.runs.live.FLEETING", 600.0)
    monkeypatch.setattr("bridge.store.store.Store.use", lambda _, images: said.append(set(images)))
    one, other = mask(0), mask(8)
    for image in (one, other):
        await lend(bridge, image)
    for request, variation in ((one, True), (other, False), (other, True)):
        await bridge.send(
            Live(request=request.id[:8], recipe=painted(request), variation=variation, frames=6)
        )
        await played(bridge)
    assert [images for images in said if images] == [{one.id}, {other.id}]


async def test_what_a_stream_shows_stays_also_while_a_run_is_painted(
    config: Config, worker: Worker
):
    shows = mask(0)
    async with bridge_of(config, Slow(worker.answer)) as bridge:
        await shown(bridge, shows)
        painting = bridge.paint(Generate(request="run", recipe=recipe(num_inference_steps=6)))
        assert isinstance([event async for event in painting][-1], Finished)
        assert await there(bridge, shows)


async def test_a_kept_frame_keeps_its_images(bridge: Bridge):
    kept = mask(0)
    await shown(bridge, kept)
    painting = bridge.paint(Generate(request="keep", recipe=painted(kept)))
    assert isinstance([event async for event in painting][-1], Finished)
    await shown(bridge, mask(8))
    await asyncio.sleep(3 * SOON)
    assert await there(bridge, kept)
