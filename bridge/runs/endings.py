"""How runs end: stored and told to everybody, or at least told where there is no room.

Endings      finished, cancelled, failed
UNEXPECTED   the sentence for what nobody foresaw
"""

from __future__ import annotations

import logging

from msgspec.structs import replace

from pipelines.recipe import StepId

from ..store.database import StoreFull
from ..store.store import Store
from ..wire import Cancelled, Event, Failed, Finished, Run, RunId

log = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong inside the bridge; its log file says more."


class Endings:
    """Ends runs. What could not be stored the next start takes up."""

    def __init__(self, store: Store):
        self._store = store

    def finished(self, id: RunId, step: StepId) -> None:
        """Every step has its full picture; `step` is the last."""
        self._say(Finished(seq=0, run=id, step=step), id, state="finished")

    def cancelled(self, id: RunId) -> None:
        """It was stopped."""
        self._say(Cancelled(seq=0, run=id), id, state="cancelled")

    def failed(self, id: RunId, message: str) -> None:
        """It cannot go on, and why."""
        log.warning("run %s failed: %s", id, message)
        run = self._store.run(id)
        event = Failed(seq=0, message=message, run=id, request=run.request if run else None)
        self._say(event, id, state="failed", message=message)

    def tell(self, event: Event, run: Run | None = None) -> None:
        """Store an event, and what a run has become by it; at least tell it."""
        try:
            self._store.save(event, run=run)
        except StoreFull:
            self._store.tell(event)

    def _say(self, event: Event, id: RunId, **changes: str) -> None:
        run = self._store.run(id)
        self.tell(event, run and replace(run, **changes))
