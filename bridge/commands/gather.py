"""A run painted by the bridge, with everything a document needs of it.

painted   send a command, report what happens, and give the finished runs with their pictures
ours      a command at work, whose runs are stopped where we do not wait for their end
gathered  a finished run of the store, with its pictures

Pictures are fetched and compressed while the bridge still refines others, so that little is left
to do after the last step.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from pipelines.recipe import StepId, images_named

from .. import wire
from ..client import Bridge, Order
from ..images import Image
from ..painting import Painting
from ..psd_channels import Channels, encode
from ..wire import Continue, Event, Generate, RunId

CANCEL_PATIENCE = 60.0  # seconds a step may still take after Ctrl-C


@dataclass(frozen=True, eq=False)
class Gathered:
    """A painting, and its layers' pixels compressed already, by image id."""

    painting: Painting
    encoded: dict[str, Channels]


class RunFailed(RuntimeError):
    """The run came to nothing; the text is the bridge's sentence."""


async def painted(
    bridge: Bridge,
    command: Generate | Continue,
    report: Callable[[Event], None],
    *,
    left: int = 0,
    top: int = 0,
) -> list[Gathered]:
    """Paint, and gather what was painted, in order. Raises RunFailed, Refused, Lost."""
    runs: dict[RunId, None] = {}  # in the order they wait
    fetched: dict[StepId, asyncio.Task[tuple[Image, Channels]]] = {}
    try:
        async with ours(bridge, command) as order:
            async for event in order:
                report(event)
                match event:
                    case wire.Queued(run=run):
                        runs[run.id] = None
                    case wire.Refined(step=step, quality="full"):
                        fetched[step] = asyncio.create_task(_fetch(bridge, step))
                    case _:
                        came_to_something(event)
        return [await _gather(bridge, run, fetched, left, top) for run in runs]
    finally:
        for task in fetched.values():
            task.cancel()


def came_to_something(event: Event) -> None:
    """Raises RunFailed where a run of ours will have no end."""
    match event:
        case wire.Failed(message=message):
            raise RunFailed(message)
        case wire.Cancelled():
            raise RunFailed("the run was cancelled from elsewhere; what it painted is kept")
        case _:
            pass


@asynccontextmanager
async def ours(bridge: Bridge, command: Generate | Continue) -> AsyncGenerator[Order]:
    """A command at work. What ends our waiting, such as Ctrl-C, stops its runs and no others."""
    order = bridge.paint(command)
    try:
        yield order
    except BaseException:
        await asyncio.shield(_stopped(order))
        raise


async def gathered(bridge: Bridge, run: RunId, *, left: int = 0, top: int = 0) -> Gathered:
    """A finished run of the store."""
    return await _gather(bridge, run, {}, left, top)


async def _gather(
    bridge: Bridge,
    id: RunId,
    fetched: dict[StepId, asyncio.Task[tuple[Image, Channels]]],
    left: int,
    top: int,
) -> Gathered:
    found = await bridge.run(id)
    pictures = [await (fetched.get(s.id) or _fetch(bridge, s.id)) for s in found.steps]
    names = images_named(found.run.recipe, found.run.rewind)
    inputs = {name: await bridge.image(image) for name, image in names.items()}
    steps = tuple(zip(found.steps, (image for image, _ in pictures), strict=True))
    return Gathered(
        Painting(run=found.run, steps=steps, inputs=inputs, left=left, top=top),
        {image.id: channels for image, channels in pictures},
    )


async def _fetch(bridge: Bridge, step: StepId) -> tuple[Image, Channels]:
    image = await bridge.picture(step, quality="full")
    return image, await asyncio.to_thread(encode, image.pixels, image.depth)


async def _stopped(order: Order) -> None:
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(CANCEL_PATIENCE):
            await order.cancel()
