"""The runs that wait: which is next, and for whom.

Queue   one for all painters, which ask it for their next run or rest until there is one

The oldest is next for whoever is there. Where several rest, it is for the one that suits it best:
that holds its model, and on which no stream lives. A worker is known by its Models.
"""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from ..store.store import Store
from ..wire import Queued, Run, RunId
from ..worker.models import Models
from ..worker.workers import Workers
from .endings import Endings
from .planning import planned


class Queue:
    """Who waits and who paints. Lives on the event loop; a run is on one list only."""

    def __init__(self, store: Store, workers: Workers, endings: Endings):
        self._store = store
        self._workers = workers
        self._endings = endings
        self._waiting: list[RunId] = []
        self._painting: dict[RunId, Models] = {}
        self._cancelled: set[RunId] = set()  # of those that are painted
        self._resting: dict[Models, asyncio.Future[RunId | None]] = {}
        self._moved = asyncio.Event()  # set for an instant when one waits or is painted no more

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, run: Run) -> None:
        """Store a run and let it wait for its turn."""
        run = planned(run, self._workers.facts(run.recipe.model))
        self._store.save(Queued(seq=0, run=run, position=len(self._waiting)), run=run)
        self._waiting.append(run.id)
        asyncio.get_running_loop().call_soon(self._deal)

    def take_up(self) -> None:
        """Let the runs wait again that an earlier bridge has not finished."""
        for run in self._store.runs():
            if run.state not in ("queued", "running"):
                continue
            if unknown := self._store.unknown(run.id):
                newer = f"a newer Pentimento began it, with what this one does not know ({unknown})"
                self._endings.failed(run.id, f"{newer}; update Pentimento, and paint it again")
            else:
                self.add(replace(run, state="queued"))

    def cancel(self, run: Run) -> None:
        """Stop a run: at once where it waits, after the step in progress where it is painted."""
        if run.id in self._painting:
            self._cancelled.add(run.id)
            return
        if run.id in self._waiting:
            self._waiting.remove(run.id)
            self._tell()
        if run.state in ("queued", "running"):
            self._endings.cancelled(run.id)
            self.announce()

    def is_cancelled(self, id: RunId) -> bool:
        """Whether a run that is painted is to stop."""
        return id in self._cancelled

    def next(self, models: Models) -> RunId | None:
        """The oldest run that waits, for this worker to paint; it says when that is over."""
        if not self._waiting:
            return None
        id = self._waiting.pop(0)
        self._painting[id] = models
        self._tell()
        return id

    def over(self, id: RunId) -> None:
        """A run is painted no more; whoever rests may have something to refine."""
        del self._painting[id]
        self._cancelled.discard(id)
        self._tell()
        for resting in self._resting.values():
            _answer(resting, None)
        self._resting.clear()

    async def rest(self, models: Models) -> RunId | None:
        """Until there is a run for this worker, or, None, there may be something else to do."""
        self._resting[models] = asyncio.get_running_loop().create_future()
        try:
            return await self._resting[models]
        finally:
            self._resting.pop(models, None)

    async def free(self, models: Models) -> None:
        """Until no run waits, nor is painted by this worker; pictures may still be refined."""
        while self._waiting or models in self._painting.values():
            await self._moved.wait()

    def announce(self) -> None:
        """Tell everybody of everyone's position."""
        for position, id in enumerate(self._waiting):
            if (run := self._store.run(id)) is not None:
                self._store.save(Queued(seq=0, run=run, position=position))

    def _deal(self) -> None:
        """Hand what waits to those that rest."""
        while self._waiting and self._resting:
            run = self._store.run(self._waiting[0])
            model = "" if run is None else run.recipe.model
            best = min(self._resting, key=lambda models: (not models.holds(model), models.streams))
            _answer(self._resting.pop(best), self.next(best))

    def _tell(self) -> None:
        self._moved.set()
        self._moved.clear()


def _answer(resting: asyncio.Future[RunId | None], id: RunId | None) -> None:
    if not resting.done():  # its painter was stopped
        resting.set_result(id)
