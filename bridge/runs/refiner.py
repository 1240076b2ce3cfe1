"""Full pictures of what is painted, made by workers that have nothing else to do.

Refiner   one for all workers; the newest painting first
"""

from __future__ import annotations

import logging

from pipelines.recipe import StepId

from ..store.database import StoreDamaged, StoreFull
from ..store.store import Store
from ..wire import RunId
from ..worker.homes import WorkerBroke, WorkerDied
from ..worker.models import Models
from ..worker.workers import Workers
from .endings import UNEXPECTED, Endings
from .pictures import Pictures

log = logging.getLogger(__name__)


class Refiner:
    """Runs that are painted, until every step has its full picture: then they are finished."""

    def __init__(self, store: Store, workers: Workers, pictures: Pictures, endings: Endings):
        self._store = store
        self._workers = workers
        self._pictures = pictures
        self._endings = endings
        self._runs: list[RunId] = []
        self._making: set[StepId] = set()  # each by another worker

    def add(self, id: RunId) -> None:
        """A run is painted."""
        self._runs.append(id)

    def drop(self, id: RunId) -> None:
        """A run is to be refined no further."""
        if id in self._runs:
            self._runs.remove(id)

    async def refine(self, models: Models) -> bool:
        """Make one picture with this worker, or say what is finished; False: nothing is to do."""
        for id in reversed(self._runs):
            run = self._store.run(id)
            if run is not None and not self._workers.is_for(models, run.recipe.model):
                continue
            todo = self._store.unrefined(id)
            step = next((step for step in todo if step not in self._making), None)
            if step is not None or not todo:
                await self._turn(id, step, models)
                return True
        return False

    async def _turn(self, id: RunId, step: StepId | None, models: Models) -> None:
        """The next picture of a run; it is finished where there is none."""
        try:
            if step is not None:
                await self._make(step, models)
                return
            self._endings.finished(id, self._store.steps(id)[-1].id)
        except (ValueError, WorkerBroke, WorkerDied, StoreFull, StoreDamaged) as error:
            self._fail(id, str(error))
        except Exception:  # the top of refining, as in Painter
            log.exception("refining run %s", id)
            self._fail(id, UNEXPECTED)
        self.drop(id)

    async def _make(self, step: StepId, models: Models) -> None:
        self._making.add(step)
        try:
            await self._pictures.make(step, "denoised", "full", models)
        finally:
            self._making.discard(step)

    def _fail(self, id: RunId, message: str) -> None:
        if id in self._runs:  # it was not cancelled meanwhile, nor failed by another
            self._endings.failed(id, message)
