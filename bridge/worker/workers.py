"""All workers of a bridge: whom to ask, and what is known of their models.

Workers   one Models for each home; nobody else knows how many there are
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

from ..config import MAX_WORKERS, Config
from ..wire import Event, ModelInfo, Ready
from .homes import Home, ProcessHome
from .models import Models, State
from .protocol import Reply, Request


class Workers:
    """The workers, in these homes or in processes. `announce` stores an event, tells everybody."""

    def __init__(self, homes: Sequence[Home], config: Config, announce: Callable[[Event], None]):
        self._config = config
        self._announce = announce
        self._told: ModelInfo | None = None  # of the last Ready
        self._all: list[Models] = []
        self._may_grow = not homes and config.workers is None
        for home in homes or [ProcessHome() for _ in range(config.workers or 1)]:
            self._add(home)

    def __iter__(self) -> Iterator[Models]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def grown(self) -> list[Models]:
        """Further workers, where nobody said how many and there are more cards; else none."""
        cards = max(models.cards for models in self._all)
        more = min(cards, MAX_WORKERS) - len(self._all) if self._may_grow else 0
        return [self._add(ProcessHome()) for _ in range(more)]

    @property
    def info(self) -> ModelInfo | None:
        """The model that was ready last, of those that are held."""
        held = [models.info for models in self._all if models.info is not None]
        return self._told if self._told in held else held[-1] if held else None

    @property
    def state(self) -> State:
        """Whether anybody can paint, or will soon be able to."""
        states = {models.state for models in self._all}
        return next(state for state in ("ready", "loading", "failed") if state in states)

    @property
    def message(self) -> str:
        """Why they failed; empty where one did not."""
        return self._all[0].message if self.state == "failed" else ""

    def facts(self, model: str) -> ModelInfo | None:
        """What is known of the model with which a recipe that names this one would be painted."""
        return next(filter(None, (models.facts(model) for models in self._all)), None)

    def made_with(self, model: str) -> dict[str, str]:
        """See Models.made_with."""
        return next((m.made_with(model) for m in self._all if m.holds(model)), {})

    def is_for(self, models: Models, model: str) -> bool:
        """Whether this worker is to do what can wait: it holds the model, or nobody does."""
        return models.holds(model) or not any(other.holds(model) for other in self._all)

    async def ask(self, model: str, request: Request) -> Reply:
        """An answer of whoever has it soonest. Raises as Models.ask does."""
        soonest = min(self._all, key=lambda m: (not m.holds(model), m.is_painting, m.asked))
        return await soonest.ask(model, request)

    def for_stream(self, model: str) -> Models:
        """The worker on which a new stream is to live."""
        return min(self._all, key=lambda m: (m.streams, not m.holds(model), m.is_painting))

    async def close(self) -> None:
        """End them all at the same time."""
        await asyncio.gather(*(models.close() for models in self._all))

    def _add(self, home: Home) -> Models:
        models = Models(home, self._config, self._tell, len(self._all))
        self._all.append(models)
        return models

    def _tell(self, event: Event) -> None:
        """A model that another worker holds already is no news."""
        if isinstance(event, Ready):
            self._told = event.model
            if sum(models.info == event.model for models in self._all) > 1:
                return
        self._announce(event)
