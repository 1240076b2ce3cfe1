"""Paints runs with one worker; that refines pictures while none waits.

Painter   the loop of one worker

Variations of one request are painted together, as many as fit into memory: a step of all of them is
one call of the model. Each is stored, told, cancelled and finished by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from statistics import median

from msgspec.structs import replace

from pipelines.recipe import StepId

from ..made import BATCH
from ..store.database import Missing, StoreDamaged, StoreFull
from ..store.store import Store
from ..wire import Notice, Queued, Run, RunId, Started, Step, Stepped
from ..worker import protocol
from ..worker.homes import WorkerBroke, WorkerDied, in_thread
from ..worker.models import Models
from ..worker.protocol import Blob, Close, Ended, HasRoom, Made, Next, Open, Painted, Reply, Room
from .endings import UNEXPECTED, Endings
from .pictures import Pictures, images_of, records_of
from .planning import difference, planned
from .queue import Queue
from .refiner import Refiner

log = logging.getLogger(__name__)

_DEATHS = 2  # of workers at the same step, until its runs are given up
_MEASURED = 8  # steps whose median says how long one takes


class Painter:
    """One worker's painter. A run found in the store goes on from its last stored step."""

    def __init__(
        self,
        store: Store,
        models: Models,
        pictures: Pictures,
        queue: Queue,
        endings: Endings,
        refiner: Refiner,
    ):
        self._store = store
        self._models = models
        self._pictures = pictures
        self._queue = queue
        self._endings = endings
        self._refiner = refiner
        self._going: list[RunId] = []  # the runs that are being painted
        self._seconds: deque[float] = deque(maxlen=_MEASURED)  # of their steps

    async def work(self) -> None:
        """Paint what waits, oldest first; else refine, the newest painting first; for ever."""
        while True:
            ids = self._queue.next(self._models)
            if not ids and await self._refiner.refine(self._models):
                continue
            self._going = ids or await self._queue.rest(self._models)
            if self._going:
                await self._turn()

    async def _turn(self) -> None:
        """The turn of runs that are painted together."""
        try:
            self._queue.announce()
            await self._paint()
        except (ValueError, WorkerBroke, StoreFull, StoreDamaged) as error:
            self._fail(str(error), fewer=isinstance(error, WorkerBroke))
        except Exception:  # the top of a run: whatever else goes wrong ends its runs only
            log.exception("runs %s", self._going)
            self._fail(UNEXPECTED)

    def _fail(self, why: str, *, fewer: bool = False) -> None:
        """A run that is painted by itself has failed; several wait again, to be painted apart.

        fewer: half as many at a time may do, as where memory was too small.
        """
        count = len(self._going)
        if count == 1:
            self._over(self._going[0], failed=why)
        elif fewer:
            most = count // 2
            self._split(0, most, f"Painting {count} variations at a time failed, {why}; they go on")
        else:
            self._queue.back(self._going, 1)

    def _split(self, kept: int, most: int, said: str) -> None:
        """All beyond those kept wait again; no more than `most` are painted at a time."""
        apace = f"{most} at a time" if most > 1 else "one by one"
        self._endings.tell(Notice(seq=0, message=f"{said} {apace}.", run=self._going[0]))
        later, self._going = self._going[kept:], self._going[:kept]
        self._queue.back(later, most)

    def _over(self, id: RunId, *, failed: str = "") -> None:
        """A run's turn is over: it is painted, it was cancelled, or it has failed."""
        self._going.remove(id)
        if failed:
            self._endings.failed(id, failed)
        elif self._queue.is_cancelled(id):
            self._endings.cancelled(id)
        else:
            self._refiner.add(id)
        self._queue.over(id)

    async def _paint(self) -> None:
        deaths: dict[int, int] = {}  # by how many steps were stored
        self._seconds.clear()
        model = self._named(self._going[0]).recipe.model
        async with self._models.pinned(model):
            while self._going:
                try:
                    await self._models.load(model)
                    await self._fit()
                    await self._follow()
                except WorkerDied:
                    done = len(self._store.steps(self._going[0]))
                    deaths[done] = deaths.get(done, 0) + 1
                    if deaths[done] >= _DEATHS:
                        raise WorkerBroke(
                            f"the painting process ended {_DEATHS} times at step {done + 1}, "
                            "probably for lack of memory; a smaller picture needs less"
                        ) from None

    async def _fit(self) -> None:
        """Let those wait again for which memory has no room."""
        if len(self._going) == 1:
            return
        recipe = self._planned(self._going[0]).recipe
        reply = await self._models.ask(recipe.model, Room(recipe=recipe))
        assert isinstance(reply, HasRoom)  # what Room is answered with
        if reply.lines < (count := len(self._going)):
            said = f"More may not fit into memory: {count} variations are painted"
            self._split(reply.lines, reply.lines, said)

    def _started(self, run: Run) -> Run:
        """The run as it is now that its turn has come; announced."""
        now, before = self._models.made_with(run.recipe.model), run.made_with
        if len(self._going) > 1:
            now = now | {BATCH: str(len(self._going))}
        approximate = run.approximate
        if self._store.steps(run.id):  # taken up again
            approximate = approximate or difference(before, now)
            now = before or now
        elif run.rewind is not None and run.rewind.mode == "replay" and run.parent:
            left = self._store.run(run.parent.partition(".")[0])
            approximate = difference(left.made_with, now) if left else ""
        run = replace(run, state="running", made_with=now, approximate=approximate)
        self._store.save(Queued(seq=0, run=run, position=0), Started(seq=0, run=run.id), run=run)
        return run

    async def _follow(self) -> None:
        """Store one record of each after the other; the next are being painted meanwhile."""
        runs = [self._started(self._planned(id)) for id in self._going]
        model = runs[0].recipe.model
        painting: asyncio.Task[Reply] | None = None
        try:
            for run in runs:
                steps = await in_thread(self._store.whole_steps, run.id)
                if steps and steps[-1].index == run.last:
                    self._over(run.id)
                else:
                    await self._open(run, steps[-1].id if steps else None)
            if self._going:
                painting = self._next(model, self._going)
            while painting is not None and self._going:
                reply = await painting
                assert isinstance(reply, Painted)  # what Next is answered with
                for id in [id for id in self._going if self._queue.is_cancelled(id)]:
                    self._over(id)
                more = [id for id in self._going if not _is_last(reply.made.get(id))]
                if more:
                    painting = self._next(model, more)
                for id in list(self._going):
                    if id in reply.made:
                        await self._add_step(id, reply)
                    if id not in more:
                        self._over(id)
        finally:
            with suppress(ValueError, WorkerBroke, WorkerDied):
                if painting is not None:
                    await painting
                await self._models.ask(model, Close())

    def _next(self, model: str, runs: Sequence[RunId]) -> asyncio.Task[Reply]:
        return asyncio.create_task(self._models.ask(model, Next(runs=tuple(runs))))

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
        made = reply.made[id]
        steps = self._store.steps(id)
        run = self._store.run(id)  # as it is now: a client may have said Keep meanwhile
        assert run is not None  # runs that are painted are not dropped
        if not steps:
            run = replace(run, recipe=made.recipe, first=made.index, last=made.last)
        self._seconds.append(reply.seconds)
        step = Step(
            id=f"{id}.{made.index}",
            run=id,
            parent=steps[-1].id if steps else self._parent_of_first(run),
            index=made.index,
            sigma=made.sigma,
            seconds=reply.seconds,
        )
        left = (made.last - made.index) * median(self._seconds)
        refined = len(self._going) - self._going.index(id)  # it and those after it: they go first
        left += refined * (made.last - run.first + 1) * self._pictures.seconds
        event = Stepped(seq=0, step=step, seconds_left=left)
        thumbnail = protocol.unpack_image(reply.thumbnails[id])
        changed = None if steps else run
        record = reply.records[id].data
        await in_thread(self._store.add_step, step, record, thumbnail, event, changed)

    def _parent_of_first(self, run: Run) -> StepId | None:
        left = None if run.parent is None else self._store.step(run.parent)
        return None if left is None else left.parent

    def _planned(self, id: RunId) -> Run:
        run = self._named(id)
        return planned(run, self._models.facts(run.recipe.model))

    def _named(self, id: RunId) -> Run:
        run = self._store.run(id)
        if run is None:
            raise Missing(f"there is no run {id}")
        return run


def _is_last(made: Made | None) -> bool:
    """Whether a line has no record after this one, or had none to begin with."""
    return made is None or made.index >= made.last
