"""One client's place in the stream of events: stored ones, its own, and the newest frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from msgspec.structs import replace

from .. import wire
from ..store.store import Store
from ..wire import Event, Frame

_UNSTORED = 100  # messages to one client that wait at most; it reads, or loses the oldest


class Listener:
    """One client's place in the stream. Events wait in the store: slow readers cost nothing."""

    def __init__(self, store: Store, seen: int):
        self.seen = seen
        self.wake = asyncio.Event()
        self._store = store
        self._own: deque[Event] = deque(maxlen=_UNSTORED)
        self._frame: Frame | None = None

    def tell(self, event: Event) -> None:
        """Say something to this client only, or that could not be stored."""
        self._own.append(replace(event, seq=self._store.seq))
        self.wake.set()

    def show(self, frame: Frame) -> None:
        """Tell of a frame; one that was not read yet is forgotten."""
        self._frame = replace(frame, seq=self._store.seq)
        self.wake.set()

    async def texts(self) -> AsyncIterator[str]:
        """The events as JSON, from the first that was not seen, for ever."""
        while True:
            self.wake.clear()
            for seq, text in self._store.events_after(self.seen):
                yield text
                self.seen = seq
                self.wake.set()  # there may be more
            while self._own:
                yield wire.to_json(self._own.popleft())
            if self._frame is not None:
                frame, self._frame = self._frame, None
                yield wire.to_json(frame)
            await self.wake.wait()
