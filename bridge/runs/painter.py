"""Paints the runs that wait, one after the other, and refines pictures while none does.

Painter   the queue and the loop that works on it
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from statistics import median

from msgspec.structs import replace

from pipelines.pixels import padded_size, working_size
from pipelines.recipe import StepId

from ..store.database import Missing, StoreDamaged, StoreFull
from ..store.store import Store
from ..wire import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Notice,
    Queued,
    Run,
    RunId,
    Started,
    Step,
    Stepped,
)
from ..worker import protocol
from ..worker.homes import WorkerBroke, WorkerDied, in_thread
from ..worker.models import Models
from ..worker.protocol import Blobs, Close, Ended, Next, Open, Painted, Reply
from .pictures import Pictures, images_of, records_of

log = logging.getLogger(__name__)

_DEATHS = 2  # of workers at the same step, until its run is given up
_MEASURED = 8  # steps whose median says how long one takes


class _Stopped(Exception):
    """The run was cancelled."""


class Painter:
    """The queue. A run found in the store goes on from its last stored step."""

    def __init__(self, store: Store, models: Models, pictures: Pictures):
        self._store = store
        self._models = models
        self._pictures = pictures
        self._waiting: list[RunId] = []
        self._unrefined: list[RunId] = []  # painted; not every step has its full picture yet
        self._current: RunId | None = None
        self._cancelled: set[RunId] = set()
        self._changed = asyncio.Event()
        self._free = asyncio.Event()  # no run waits or is being painted
        self._free.set()
        self._seconds: deque[float] = deque(maxlen=_MEASURED)  # of the current run's steps

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, run: Run) -> None:
        """Store a run and let it wait for its turn."""
        run = self._planned(run)
        self._store.save(Queued(seq=0, run=run, position=len(self._waiting)), run=run)
        self._waiting.append(run.id)
        self._free.clear()
        self._changed.set()

    async def free(self) -> None:
        """Until no run waits or is being painted; pictures may still be refined."""
        await self._free.wait()

    def take_up(self) -> None:
        """Let the runs wait again that an earlier bridge has not finished."""
        for run in self._store.runs():
            if run.state not in ("queued", "running"):
                continue
            if unknown := self._store.unknown(run.id):
                newer = f"a newer Pentimento began it, with what this one does not know ({unknown})"
                self._fail(run.id, f"{newer}; update Pentimento, and paint it again")
            else:
                self.add(replace(run, state="queued"))

    def cancel(self, run: Run) -> None:
        """Stop a run: at once where it waits, after the step in progress where it is painted."""
        if run.id == self._current:
            self._cancelled.add(run.id)
            return
        for queue in (self._waiting, self._unrefined):
            if run.id in queue:
                queue.remove(run.id)
        self._settle()
        if run.state in ("queued", "running"):
            self._say(Cancelled(seq=0, run=run.id), run.id, state="cancelled")
            self._announce_positions()

    async def work(self) -> None:
        """Paint what waits, oldest first; else refine, the newest painting first; for ever."""
        while True:
            if self._waiting:
                await self._turn(self._waiting.pop(0))
            elif self._unrefined:
                await self._refine(self._unrefined[-1])
            else:
                self._changed.clear()
                await self._changed.wait()

    async def _turn(self, id: RunId) -> None:
        """One run's turn, whatever comes of it."""
        self._current = id
        try:
            self._announce_positions()
            await self._paint(id)
            if id in self._cancelled:  # while its last step was being stored
                raise _Stopped
            self._unrefined.append(id)
        except _Stopped:
            self._say(Cancelled(seq=0, run=id), id, state="cancelled")
        except (ValueError, WorkerBroke, StoreFull, StoreDamaged) as error:
            self._fail(id, str(error))
        except Exception:  # the top of a run: whatever else goes wrong ends this run only
            log.exception("run %s", id)
            self._fail(id, "Something went wrong inside the bridge; its log file says more.")
        finally:
            self._current = None
            self._cancelled.discard(id)
            self._settle()

    def _settle(self) -> None:
        if self._current is None and not self._waiting:
            self._free.set()

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
        run = self._planned(run)
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
                reply, blobs = await painting
                if run.id in self._cancelled:
                    raise _Stopped
                if not isinstance(reply, Painted):
                    return
                if reply.index < reply.last:
                    painting = asyncio.create_task(self._next(run))
                await self._add_step(run.id, reply, blobs)
                if reply.index >= reply.last:
                    return
        finally:
            with suppress(ValueError, WorkerBroke, WorkerDied):
                await painting
                await self._models.ask(run.recipe.model, Close(run=run.id))

    async def _next(self, run: Run) -> tuple[Reply, Blobs]:
        return await self._models.ask(run.recipe.model, Next(run=run.id))

    async def _open(self, run: Run, done: StepId | None) -> None:
        """Open the run's line: after its last stored step, or where it begins."""
        left = run.parent if done is None else None
        last = picture = None
        if left is not None and run.rewind is not None and run.rewind.keep_outside:
            last = self._store.steps(left.partition(".")[0])[-1].id
            picture = (await self._pictures.make(last, "denoised", "full")).id
        request = Open(
            run=run.id,
            recipe=run.recipe,
            step=left,
            rewind=None if left is None else run.rewind,
            last=last,
            picture=picture,
        )
        blobs = await in_thread(self._blobs_for, run, done or left, last, picture)
        reply, _ = await self._models.ask(run.recipe.model, request, blobs)
        if done is None and isinstance(reply, Ended):
            said = [Notice(seq=0, message=text, run=run.id) for text in reply.unheard]
            await in_thread(self._store.save, *said)

    def _blobs_for(
        self, run: Run, step: StepId | None, last: StepId | None, picture: str | None
    ) -> Blobs:
        blobs = images_of(self._store, run, [picture]) | records_of(self._store, run, [last])
        return blobs if step is None else {**blobs, "record": self._store.record(step)}

    async def _add_step(self, id: RunId, reply: Painted, blobs: Blobs) -> None:
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
        thumbnail = protocol.unpack_image(blobs["thumbnail"])
        changed = None if steps else run
        await in_thread(self._store.add_step, step, blobs["record"], thumbnail, event, changed)

    def _parent_of_first(self, run: Run) -> StepId | None:
        left = None if run.parent is None else self._store.step(run.parent)
        return None if left is None else left.parent

    async def _refine(self, id: RunId) -> None:
        """Make the next full picture of a run; say so when it was the last."""
        todo = self._store.unrefined(id)
        try:
            if todo:
                await self._pictures.make(todo[0], "denoised", "full")
                return
            last = self._store.steps(id)[-1].id
            self._say(Finished(seq=0, run=id, step=last), id, state="finished")
        except (ValueError, WorkerBroke, WorkerDied, StoreFull, StoreDamaged) as error:
            self._fail(id, str(error))
        except Exception:  # the top of refining, as in _turn
            log.exception("refining run %s", id)
            self._fail(id, "Something went wrong inside the bridge; its log file says more.")
        if id in self._unrefined:
            self._unrefined.remove(id)

    def _planned(self, run: Run) -> Run:
        """The run with its working size, which hangs on the model once one is loaded."""
        recipe, info = run.recipe, self._models.info
        if recipe.working_width is not None and recipe.working_height is not None:
            size = recipe.working_width, recipe.working_height
        elif info is None or not self._models.holds(recipe.model):
            size = padded_size(recipe.width, recipe.height)
        else:
            size = working_size(recipe.width, recipe.height, info.native, panorama=recipe.panorama)
            recipe = replace(recipe, working_width=size[0], working_height=size[1])
        enlarged = max(1.0, recipe.width / size[0], recipe.height / size[1])
        return replace(
            run, recipe=recipe, working_width=size[0], working_height=size[1], enlarged=enlarged
        )

    def _announce_positions(self) -> None:
        for position, id in enumerate(self._waiting):
            if (run := self._store.run(id)) is not None:
                self._store.save(Queued(seq=0, run=run, position=position))

    def _named(self, id: RunId) -> Run:
        run = self._store.run(id)
        if run is None:
            raise Missing(f"there is no run {id}")
        return run

    def _fail(self, id: RunId, message: str) -> None:
        log.warning("run %s failed: %s", id, message)
        run = self._store.run(id)
        event = Failed(seq=0, message=message, run=id, request=run.request if run else None)
        self._say(event, id, state="failed", message=message)

    def _say(self, event: Event, id: RunId, **changes: str) -> None:
        """How a run ended. Told unstored when there is no room: the next start takes it up."""
        run = self._store.run(id)
        try:
            self._store.save(event, run=run and replace(run, **changes))
        except StoreFull:
            self._store.tell(event)


def difference(before: dict[str, str], now: dict[str, str]) -> str:
    """Why a replay may differ in the last bits; empty where nothing has changed."""
    changed = [
        f"{name} was {before[name]}, is {now[name]}"
        for name in before.keys() & now.keys()
        if before[name] != now[name]
    ]
    return "; ".join(sorted(changed))
