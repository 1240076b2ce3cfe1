"""The runs that wait: which is next, and for whom.

Queue   one for all painters, which ask it for their next run or rest until there is one

The oldest is next for whoever is there, together with the variations of it that wait: these are
painted as one batch, a share of it where several rest. One run is for the one of those that suits
it best: that holds its model, and on which no stream lives. A worker is known by its Models.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

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
        self._most: dict[RunId, int] = {}  # runs to be painted together with it, once that failed
        self._cancelled: set[RunId] = set()  # of those that are painted
        self._resting: dict[Models, asyncio.Future[list[RunId]]] = {}
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

    def next(self, models: Models) -> list[RunId]:
        """The oldest that waits and its variations, for this worker; none where none waits.

        It says of each when that is over.
        """
        if not self._waiting:
            return []
        oldest, *others = self._waiting
        variations = [id for id in others if self._are_variations(oldest, id)]
        share = math.ceil((1 + len(variations)) / (1 + len(self._resting)))
        ids = [oldest, *variations][: min(share, self._most.get(oldest, share))]
        for id in ids:
            self._waiting.remove(id)
            self._painting[id] = models
        self._tell()
        return ids

    def over(self, id: RunId) -> None:
        """A run is painted no more; whoever rests may have something to refine."""
        del self._painting[id]
        self._cancelled.discard(id)
        self._most.pop(id, None)
        self._tell()
        for resting in self._resting.values():
            _answer(resting, [])
        self._resting.clear()

    def back(self, ids: Sequence[RunId], most: int) -> None:
        """Let runs wait again, before all others; at most so many are to be painted together."""
        for id in ids:
            if self.is_cancelled(id):
                self._endings.cancelled(id)
                self.over(id)
        again = [id for id in ids if self._painting.pop(id, None)]
        self._most |= dict.fromkeys(again, most)
        self._waiting[:0] = again
        for position, id in enumerate(again):
            if (run := self._store.run(id)) is not None:
                run = replace(run, state="queued")
                self._endings.tell(Queued(seq=0, run=run, position=position), run)
        asyncio.get_running_loop().call_soon(self._deal)

    async def rest(self, models: Models) -> list[RunId]:
        """Until there are runs for this worker, or, none, there may be something else to do."""
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

    def _are_variations(self, one: RunId, other: RunId) -> bool:
        """Whether two runs were asked for at once and differ in nothing but their seed."""
        a, b = self._store.run(one), self._store.run(other)
        if a is None or b is None or a.request != b.request or a.parent or b.parent:
            return False
        return a.recipe == replace(b.recipe, seed=a.recipe.seed)

    def _tell(self) -> None:
        self._moved.set()
        self._moved.clear()


def _answer(resting: asyncio.Future[list[RunId]], ids: list[RunId]) -> None:
    if not resting.done():  # its painter was stopped
        resting.set_result(ids)
