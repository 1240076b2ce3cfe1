"""A run painted by the bridge, with everything a document needs of it.

painted   send a command, report what happens, and give the finished runs with their pictures
gathered  a finished run of the store, with its pictures

Pictures are fetched and compressed while the bridge still refines others, so that little is left
to do after the last step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pipelines.recipe import StepId, images_named

from .. import wire
from ..client import Bridge
from ..images import Image
from ..painting import Painting
from ..psd_channels import Channels, encode
from ..wire import Cancel, Continue, Event, Generate, RunId

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
    runs: dict[RunId, bool] = {}  # in the order they wait; whether each is over
    fetched: dict[StepId, asyncio.Task[tuple[Image, Channels]]] = {}
    try:
        async for event in bridge.paint(command):
            report(event)
            match event:
                case wire.Queued(run=run):
                    runs.setdefault(run.id, False)
                case wire.Refined(step=step, quality="full"):
                    fetched[step] = asyncio.create_task(_fetch(bridge, step))
                case wire.Finished(run=run):
                    runs[run] = True
                case wire.Failed(message=message):
                    runs[event.run or ""] = True
                    raise RunFailed(message)
                case wire.Cancelled(run=run):
                    runs[run] = True
                    raise RunFailed("the run was cancelled from elsewhere; what it painted is kept")
                case _:
                    pass
        return [await _gather(bridge, run, fetched, left, top) for run in runs]
    except (asyncio.CancelledError, RunFailed):
        await asyncio.shield(_cancel(bridge, {run for run, over in runs.items() if not over}))
        raise
    finally:
        for task in fetched.values():
            task.cancel()


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


async def _cancel(bridge: Bridge, waiting: set[RunId]) -> None:
    """Stop the runs, and wait until they are stopped: a step in progress is finished."""
    for run in waiting:
        await bridge.send(Cancel(run=run))
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(CANCEL_PATIENCE):
            events = bridge.events()
            while waiting:
                event = await anext(events)
                if isinstance(event, wire.Cancelled | wire.Finished | wire.Failed):
                    waiting.discard(event.run or "")
