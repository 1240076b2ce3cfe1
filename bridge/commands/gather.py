"""A run painted by the bridge, with everything a document needs of it.

painted   send a command, report what happens, and give the finished runs with their pictures
ours      a command at work, whose runs are stopped where we do not wait for their end

Pictures are fetched, compressed and laid on disk while the bridge still refines others, so that
little is left to do after the last step, and little memory is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from pipelines.recipe import ImageId, StepId, images_named

from .. import wire
from ..history.run_layers import Painting
from ..http.client import Bridge, Order
from ..psd.spool import Spool, Spooled
from ..wire import Continue, Event, Generate, Notice, Run, RunId

AT_ONCE = 2  # pictures that are fetched and compressed at a time
_ELSEWHERE = "was cancelled from elsewhere; what it painted is kept"
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
    """Paint, and gather what was painted, in order.

    Of several variations one may fail, or be cancelled from elsewhere: that is told, and the others
    come. Raises RunFailed where none does; Refused, Lost.
    """
    count = command.count if isinstance(command, Generate) else 1
    runs: dict[RunId, Run] = {}  # in the order they wait
    lost: dict[RunId, str] = {}  # why
    fetched: dict[StepId, asyncio.Task[Spooled]] = {}
    shelf = Shelf(bridge)
    try:
        async with ours(bridge, command) as order:
            async for event in order:
                report(event)
                match event:
                    case wire.Queued(run=run):
                        runs.setdefault(run.id, run)  # announcements may be repeated
                    case wire.Refined(step=step, quality="full"):
                        fetched[step] = asyncio.create_task(shelf.picture(step))
                    case wire.Cancelled(run=str(run)) | wire.Failed(run=str(run)) if count > 1:
                        lost[run] = _lost(event, list(runs), runs[run], count)
                        report(Notice(seq=event.seq, message=lost[run]))
                    case _:
                        came_to_something(event)
        if len(lost) == len(runs):
            raise RunFailed("none of the variations was painted to its end")
        left_over = [id for id in runs if id not in lost]
        return [await _gather(bridge, shelf, id, fetched, left, top) for id in left_over]
    finally:
        for task in fetched.values():
            task.cancel()


def _lost(event: wire.Cancelled | wire.Failed, order: Sequence[RunId], run: Run, count: int) -> str:
    """Which of several variations has no end, and why."""
    which = f"Variation {order.index(run.id) + 1} of {count} (Painting {run.number})"
    if isinstance(event, wire.Cancelled):
        return f"{which} {_ELSEWHERE}."
    return f"{which} came to nothing: {event.message}"


def came_to_something(event: Event) -> None:
    """Raises RunFailed where a run of ours will have no end."""
    match event:
        case wire.Failed(message=message):
            raise RunFailed(message)
        case wire.Cancelled():
            raise RunFailed(f"the run {_ELSEWHERE}")
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


async def _stopped(order: Order) -> None:
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(CANCEL_PATIENCE):
            await order.cancel()
