"""A run painted by the bridge, with everything a document needs of it.

painted   send a command, report what happens, and give the finished runs with their pictures
gathered  a finished run of the store, with its pictures

Pictures are fetched, compressed and laid on disk while the bridge still refines others, so that
little is left to do after the last step, and little memory is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pipelines.recipe import ImageId, StepId, images_named

from .. import wire
from ..client import Bridge
from ..painting import Painting
from ..spool import Spool, Spooled
from ..wire import Cancel, Continue, Event, Generate, RunId

AT_ONCE = 2  # pictures that are fetched and compressed at a time
CANCEL_PATIENCE = 60.0  # seconds a step may still take after Ctrl-C


@dataclass(frozen=True, eq=False)
class Gathered:
    """A painting whose pictures lie on disk."""

    painting: Painting


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
    fetched: dict[StepId, asyncio.Task[Spooled]] = {}
    shelf = Shelf(bridge)
    try:
        async for event in bridge.paint(command):
            report(event)
            match event:
                case wire.Queued(run=run):
                    runs.setdefault(run.id, False)
                case wire.Refined(step=step, quality="full"):
                    fetched[step] = asyncio.create_task(shelf.picture(step))
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
        return [await _gather(bridge, shelf, run, fetched, left, top) for run in runs]
    except (asyncio.CancelledError, RunFailed):
        await asyncio.shield(_cancel(bridge, {run for run, over in runs.items() if not over}))
        raise
    finally:
        for task in fetched.values():
            task.cancel()


async def gathered(bridge: Bridge, run: RunId, *, left: int = 0, top: int = 0) -> Gathered:
    """A finished run of the store."""
    return await _gather(bridge, Shelf(bridge), run, {}, left, top)


async def _gather(
    bridge: Bridge,
    shelf: Shelf,
    id: RunId,
    fetched: dict[StepId, asyncio.Task[Spooled]],
    left: int,
    top: int,
) -> Gathered:
    found = await bridge.run(id)
    pictures = [await (fetched.get(s.id) or shelf.picture(s.id)) for s in found.steps]
    names = images_named(found.run.recipe, found.run.rewind)
    inputs = {name: await shelf.image(image) for name, image in names.items()}
    steps = tuple(zip(found.steps, pictures, strict=True))
    painting = Painting(run=found.run, steps=steps, inputs=inputs, left=left, top=top)
    return Gathered(painting)


class Shelf:
    """Fetches pictures and lays them on disk, at most AT_ONCE in memory."""

    def __init__(self, bridge: Bridge):
        self._bridge = bridge
        self._spool = Spool()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def picture(self, step: StepId) -> Spooled:
        """A step's picture."""
        async with self._turns:
            image = await self._bridge.picture(step, quality="full")
            return await asyncio.to_thread(self._spool.keep, image)

    async def image(self, id: ImageId) -> Spooled:
        """An image of the store."""
        async with self._turns:
            image = await self._bridge.image(id)
            return await asyncio.to_thread(self._spool.keep, image)


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
