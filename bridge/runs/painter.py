"""Paints runs with one worker, one after the other; that refines pictures while none waits.

Painter   the loop of one worker
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from statistics import median

from msgspec.structs import replace

from pipelines.recipe import StepId

from ..store.database import Missing, StoreDamaged, StoreFull
from ..store.store import Store
from ..wire import Notice, Queued, Run, RunId, Started, Step, Stepped
from ..worker import protocol
from ..worker.homes import WorkerBroke, WorkerDied, in_thread
from ..worker.models import Models
from ..worker.protocol import Blob, Close, Ended, Next, Open, Painted, Reply
from .endings import UNEXPECTED, Endings
from .pictures import Pictures, images_of, records_of
from .planning import difference, planned
from .queue import Queue
from .refiner import Refiner

log = logging.getLogger(__name__)

_DEATHS = 2  # of workers at the same step, until its run is given up
_MEASURED = 8  # steps whose median says how long one takes


class _Stopped(Exception):
    """The run was cancelled."""


class Painter:
    """One worker's painter. A run found in the store goes on from its last stored step."""

    def __init__(
        self, store: Store, models: Models, pictures: Pictures, queue: Queue, endings: Endings
    ):
        self._store = store
        self._models = models
        self._pictures = pictures
        self._queue = queue
        self._endings = endings
        self._seconds: deque[float] = deque(maxlen=_MEASURED)  # of the current run's steps

    async def work(self, refiner: Refiner) -> None:
        """Paint what waits, oldest first; else refine, the newest painting first; for ever."""
        while True:
            id = self._queue.next(self._models)
            if id is None and await refiner.refine(self._models):
                continue
            id = id or await self._queue.rest(self._models)
            if id is not None:
                if await self._turn(id):
                    refiner.add(id)
                self._queue.over(id)

    async def _turn(self, id: RunId) -> bool:
        """One run's turn; whether it was painted to its end."""
        try:
            self._queue.announce()
            await self._paint(id)
            if self._queue.is_cancelled(id):  # while its last step was being stored
                raise _Stopped
        except _Stopped:
            self._endings.cancelled(id)
        except (ValueError, WorkerBroke, StoreFull, StoreDamaged) as error:
            self._endings.failed(id, str(error))
        except Exception:  # the top of a run: whatever else goes wrong ends this run only
            log.exception("run %s", id)
            self._endings.failed(id, UNEXPECTED)
        else:
            return True
        return False

    async def _paint(self, id: RunId) -> None:
        deaths: dict[int, int] = {}  # by how many steps were stored
        self._seconds.clear()
        model = self._named(id).recipe.model
        async with self._models.pinned(model):
            while True:
                try:
                    await self._models.load(model)
                    return await self._follow(self._started(self._named(id)))
                except WorkerDied:
                    done = len(self._store.steps(id))
                    deaths[done] = deaths.get(done, 0) + 1
                    if deaths[done] >= _DEATHS:
                        raise WorkerBroke(
                            f"the painting process ended {_DEATHS} times at step {done + 1}, "
                            "probably for lack of memory; a smaller picture needs less"
                        ) from None

    def _started(self, run: Run) -> Run:
        """The run as it is now that its turn has come; announced."""
        now, before = self._models.made_with(run.recipe.model), run.made_with
        approximate = run.approximate
        if self._store.steps(run.id):  # taken up again
            approximate = approximate or difference(before, now)
        elif run.rewind is not None and run.rewind.mode == "replay" and run.parent:
            left = self._store.run(run.parent.partition(".")[0])
            approximate = difference(left.made_with, now) if left else ""
        run = planned(run, self._models.facts(run.recipe.model))
        run = replace(run, state="running", made_with=before or now, approximate=approximate)
        self._store.save(Queued(seq=0, run=run, position=0), Started(seq=0, run=run.id), run=run)
        return run

    async def _follow(self, run: Run) -> None:
        """Store one record after the other; the next is being painted meanwhile."""
        steps = await in_thread(self._store.whole_steps, run.id)
        if steps and steps[-1].index == run.last:
            return
        await self._open(run, steps[-1].id if steps else None)
        painting = asyncio.create_task(self._next(run))
        try:
            while True:
                reply = await painting
                if self._queue.is_cancelled(run.id):
                    raise _Stopped
                if not isinstance(reply, Painted):
                    return
                if reply.index < reply.last:
                    painting = asyncio.create_task(self._next(run))
                await self._add_step(run.id, reply)
                if reply.index >= reply.last:
                    return
        finally:
            with suppress(ValueError, WorkerBroke, WorkerDied):
                await painting
                await self._models.ask(run.recipe.model, Close(run=run.id))

    async def _next(self, run: Run) -> Reply:
        return await self._models.ask(run.recipe.model, Next(run=run.id))

    async def _open(self, run: Run, done: StepId | None) -> None:
        """Open the run's line: after its last stored step, or where it begins."""
        left = run.parent if done is None else None
        last = picture = None
        if left is not None and run.rewind is not None and run.rewind.keep_outside:
            last = self._store.steps(left.partition(".")[0])[-1].id
            picture = (await self._pictures.make(last, "denoised", "full", self._models)).id
        record = done or left
        request = Open(
            run=run.id,
            recipe=run.recipe,
            images=await in_thread(images_of, self._store, run, [picture]),
            records=await in_thread(records_of, self._store, run, [last]),
            record=Blob(await in_thread(self._store.record, record)) if record else None,
            step=left,
            rewind=None if left is None else run.rewind,
            last=last,
            picture=picture,
        )
        reply = await self._models.ask(run.recipe.model, request)
        if done is None and isinstance(reply, Ended):
            said = [Notice(seq=0, message=text, run=run.id) for text in reply.unheard]
            await in_thread(self._store.save, *said)

    async def _add_step(self, id: RunId, reply: Painted) -> None:
        steps = self._store.steps(id)
        run = self._store.run(id)  # as it is now: a client may have said Keep meanwhile
        assert run is not None  # runs that are painted are not dropped
        if not steps:
            run = replace(run, recipe=reply.recipe, first=reply.index, last=reply.last)
        self._seconds.append(reply.seconds)
        step = Step(
            id=f"{id}.{reply.index}",
            run=id,
            parent=steps[-1].id if steps else self._parent_of_first(run),
            index=reply.index,
            sigma=reply.sigma,
            seconds=reply.seconds,
        )
        left = (reply.last - reply.index) * median(self._seconds)
        left += (reply.last - run.first + 1) * self._pictures.seconds
        event = Stepped(seq=0, step=step, seconds_left=left)
        thumbnail = protocol.unpack_image(reply.thumbnail)
        changed = None if steps else run
        await in_thread(self._store.add_step, step, reply.record.data, thumbnail, event, changed)

    def _parent_of_first(self, run: Run) -> StepId | None:
        left = None if run.parent is None else self._store.step(run.parent)
        return None if left is None else left.parent

    def _named(self, id: RunId) -> Run:
        run = self._store.run(id)
        if run is None:
            raise Missing(f"there is no run {id}")
        return run
