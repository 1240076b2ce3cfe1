"""Which model a worker holds, and a worker that is there when asked.

Models   ask a worker with a given model loaded; load it, restart a dead worker, say so
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from ..config import Config
from ..wire import Event, ModelInfo, Notice, Ready
from .homes import CLOSED, Home, WorkerBroke, WorkerDied
from .protocol import Load, Loaded, Reply, Request

log = logging.getLogger(__name__)

State = Literal["loading", "ready", "failed"]
_DIED = "The painting process ended unexpectedly and was started again; nothing stored is lost."


class Models:
    """One worker and its model. `announce` stores an event and tells everybody."""

    def __init__(
        self, home: Home, config: Config, announce: Callable[[Event], None], place: int = 0
    ):
        self.info: ModelInfo | None = None
        self.state: State = "loading"
        self.message = ""  # why it failed
        self.streams = 0  # live ones, that live on this worker
        self.asked = 0  # requests that wait for their answer
        self.cards = 1  # that this machine has for workers, once a model is loaded
        self._place = place  # among all workers
        self._home = home
        self._config = config
        self._announce = announce
        self._made_with: dict[str, dict[str, str]] = {}
        self._life = 0  # counts workers, so that a death is noticed once
        self._lost = False
        self._closed = False
        self._loading = asyncio.Lock()
        self._free = asyncio.Condition()
        self._pinned: str | None = None  # model that a run is being painted with

    def holds(self, model: str) -> bool:
        """Whether a recipe that names this model can be painted without loading another."""
        return self.info is not None and self.info.name == self._config.whole(model)

    @property
    def is_painting(self) -> bool:
        """Whether a run is painted, with whichever model."""
        return self._pinned is not None

    def made_with(self, model: str) -> dict[str, str]:
        """What exactness hangs on with this model, see Run.made_with; nothing before it is held."""
        return self._made_with.get(model, {})

    def facts(self, model: str) -> ModelInfo | None:
        """What is known of the model that a recipe names; None: another is held, or none."""
        return self.info if self.holds(model) else None

    async def ask(self, model: str, request: Request) -> Reply:
        """The worker's answer, given with this model. Raises ValueError, WorkerBroke, WorkerDied.

        Waits while a run is painted with another model.
        """
        self.asked += 1
        try:
            async with self._free:
                whole = self._config.whole(model)
                await self._free.wait_for(lambda: self._pinned in (None, whole))
            while not self.holds(model):  # another may load its own meanwhile
                await self.load(model)
            return await self._ask(request)
        finally:
            self.asked -= 1

    @asynccontextmanager
    async def pinned(self, model: str) -> AsyncGenerator[None]:
        """Keep this model loaded: open lines end with the model they were opened on."""
        self._pinned = self._config.whole(model)
        try:
            yield
        finally:
            async with self._free:
                self._pinned = None
                self._free.notify_all()

    async def load(self, model: str) -> None:
        """Load a model unless it is loaded. Raises ValueError: why it cannot be; WorkerDied."""
        async with self._loading:
            if self._closed:  # nobody starts a worker again
                raise WorkerDied(CLOSED)
            if self._lost:
                await self._home.restart()
                self._lost = False
                self._announce(Notice(seq=0, message=_DIED))
            if not self.holds(model):
                await self._load(self._config.whole(model))

    async def close(self) -> None:
        """End the worker. What is asked from now on, or waits for an answer, is WorkerDied."""
        self._closed, self.info = True, None
        await self._home.close()

    async def _load(self, model: str) -> None:
        folder = self._config.models.get(model)
        if folder is None:
            raise ValueError(unknown_model(model, self._config))
        self.state, self.message, self.info = "loading", "", None
        config, sibling = self._config, self._config.sibling(model)
        request = Load(
            name=model,
            folder=str(folder),
            few=None if sibling is None else (sibling, str(config.models[sibling])),
            device=config.device,
            threads=config.worker_threads,
            place=self._place,
        )
        try:
            reply = await self._ask(request)
        except (ValueError, WorkerBroke, WorkerDied) as error:
            self.state, self.message = "failed", str(error)
            raise
        assert isinstance(reply, Loaded)  # what Load is answered with
        self.info, self._made_with, self.state = reply.model, reply.made_with, "ready"
        self.cards = reply.cards
        log.info("model %s is ready on %s", reply.model.name, reply.model.device)
        self._announce(Ready(seq=0, model=reply.model))

    async def _ask(self, request: Request) -> Reply:
        life = self._life
        try:
            return await self._home.ask(request)
        except WorkerDied:
            if life == self._life:
                log.warning("the worker died at %s", type(request).__name__)
                self._life += 1
                self._lost, self.info = True, None
            raise


def unknown_model(model: str, config: Config) -> str:
    """The sentence for a recipe that names a model this bridge does not have."""
    return f"recipe.model must be one of {', '.join(config.models)}, got {model!r}"
