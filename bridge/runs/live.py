"""Live streams: one for each connection, of whatever its client last asked to see.

Stream   begins frames of the newest state, a step of the worker at a time, and shows them

A state is shown by one frame, unless variation asks for more: equal recipes give equal frames, so
a scene that does not change costs nothing. Runs go first: a painter who asks for a picture waits
for it, so while one waits, or is painted by the stream's own worker, no frame is taken further, and
the frames in flight go on after it. Pictures that are refined take turns with frames. Nothing
queues up anywhere: the newest state takes the place of one that was not begun, the newest frame of
one that was not read.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from pipelines.recipe import MAX_SEED, ImageId, Recipe, images_named

from ..images.image import Image
from ..store.database import Missing, StoreDamaged, StoreFull
from ..store.quota import FLEETING
from ..store.store import Store
from ..wire import Event, Failed, Frame, Live
from ..worker import protocol
from ..worker.homes import WorkerBroke, WorkerDied, in_thread
from ..worker.models import Models
from ..worker.protocol import Advance, Advanced, Blob, Drop
from .queue import Queue

log = logging.getLogger(__name__)


class Client(Protocol):
    """Who hears of frames."""

    def show(self, frame: Frame) -> None:
        """Tell of a frame; the newest only."""
        ...

    def tell(self, event: Event) -> None:
        """Say something else."""
        ...


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """A frame in flight."""

    request: str
    seed: int
    left: int | None
    asked: float  # when its state arrived, by time.perf_counter
    at: float  # when it was begun


class Stream:
    """One client's stream, on one worker. Made inside a running event loop."""

    def __init__(self, store: Store, models: Models, queue: Queue, client: Client):
        self.id = secrets.token_hex(16)
        self.shown: tuple[int, Image] | None = None  # the newest frame and its number
        self._store = store
        self._models = models
        self._queue = queue
        self._client = client
        self._wanted: Live | None = None
        self._asked = 0.0  # when that arrived
        self._left: int | None = 0  # frames of it still to be begun; None: no end
        self._new = False  # no frame shows it yet
        self._begun: dict[int, _Begun] = {}
        self._number = 0  # of the frame that was begun last
        self._images: dict[ImageId, Blob] = {}  # of the state that was begun last
        self._ready = 0.0  # when the last frame was
        self._changed = asyncio.Event()
        self._work = asyncio.create_task(self._run())
        models.streams += 1
        self._work.add_done_callback(self._leave)

    def show(self, wanted: Live) -> None:
        """From the next frame on, this."""
        self._wanted, self._asked, self._left = wanted, time.perf_counter(), wanted.frames
        self._new = True
        self._changed.set()

    def stop(self) -> asyncio.Task[None]:
        """End; the task is done when the worker has forgotten the frames in flight."""
        self._work.cancel()
        return self._work

    async def _run(self) -> None:
        deaths = 0
        staying = asyncio.create_task(self._stay())
        try:
            while True:
                await self._queue.free(self._models)
                wanted = self._wanted
                if wanted is None or not (self._due() or self._begun):
                    self._changed.clear()
                    await self._changed.wait()
                    continue
                try:
                    await self._advance(wanted)
                    deaths = 0
                except WorkerDied as error:  # a fresh one begins the newest state again
                    deaths += 1
                    self._lose()
                    if deaths > 1:
                        self._fail(wanted, f"{error}; a smaller picture needs less memory")
                except (ValueError, Missing, StoreFull, StoreDamaged, WorkerBroke) as error:
                    self._fail(wanted, str(error))
                except Exception:  # the top of a stream, as in http/websocket.py
                    log.exception("live stream")
                    self._fail(wanted, "Something went wrong inside the bridge; see its log file.")
        finally:
            staying.cancel()
            await self._forget()

    async def _stay(self) -> None:
        """The images of what is shown stay, whatever else is painted: it may be kept."""
        while True:
            await asyncio.sleep(FLEETING / 2)
            try:
                await in_thread(self._store.use, self._images)
            except Exception:  # such as a full disk: the stream goes on, the next time may do
                log.exception("live stream")

    def _due(self) -> bool:
        """Whether a frame is to be begun."""
        if self._wanted is None or self._left == 0:
            return False
        return self._left is not None or self._new or self._wanted.variation

    async def _advance(self, wanted: Live) -> None:
        request = Advance(live=self.id)
        if self._due():
            recipe = self._recipe(wanted)
            images = await in_thread(self._blobs, recipe)
            if wanted is not self._wanted:  # another has come meanwhile
                return
            request = self._beginning(wanted, recipe, images)
        reply = await self._models.ask(wanted.recipe.model, request)
        assert isinstance(reply, Advanced)  # what Advance is answered with
        if reply.number is not None and reply.picture is not None:
            self._show(reply.number, reply.picture)
        if not reply.flying and self._begun:  # the model was another's meanwhile
            self._lose()

    def _recipe(self, wanted: Live) -> Recipe:
        if not wanted.variation:
            return wanted.recipe
        seed = (wanted.recipe.seed + self._number) % (MAX_SEED + 1)
        return replace(wanted.recipe, seed=seed)

    def _beginning(self, wanted: Live, recipe: Recipe, images: dict[ImageId, Blob]) -> Advance:
        self._number += 1
        self._new = False
        self._left = None if self._left is None else self._left - 1
        self._begun[self._number] = _Begun(
            request=wanted.request,
            seed=recipe.seed,
            left=self._left,
            asked=self._asked,
            at=time.perf_counter(),
        )
        return Advance(live=self.id, number=self._number, begin=recipe, images=images)

    def _blobs(self, recipe: Recipe) -> dict[ImageId, Blob]:
        """A recipe's images, those read again that the state before did not name."""
        images: dict[ImageId, Blob] = {}
        for id in set(images_named(recipe).values()):
            if (packed := self._images.get(id)) is None:
                image = self._store.image(id)
                if image is None:
                    raise Missing(f"there is no image {id}; upload it first")
                packed = protocol.pack_image(image)
            images[id] = packed
        news, self._images = images.keys() - self._images.keys(), images
        self._store.use(news)  # the others are said to be in use now and then, see _stay
        return images

    def _show(self, number: int, picture: Blob) -> None:
        if (begun := self._begun.get(number)) is None:  # it was let go
            return
        self._begun = {n: b for n, b in self._begun.items() if n > number}
        now, before = time.perf_counter(), max(self._ready, begun.at)
        self._ready = now
        self.shown = number, protocol.unpack_image(picture)
        self._client.show(
            Frame(
                seq=0,
                live=self.id,
                number=number,
                request=begun.request,
                seed=begun.seed,
                left=begun.left,
                seconds=now - before,
                latency=now - begun.asked,
            )
        )

    def _lose(self) -> None:
        """Frames in flight are gone: the newest state is begun again."""
        if self._begun and self._left is not None:
            self._left += len(self._begun)
        self._begun, self._new = {}, True

    def _fail(self, wanted: Live, message: str) -> None:
        """This state cannot be shown. Frames in flight, of states before it, are let go."""
        self._begun = {}
        if wanted is self._wanted:  # no newer one has come meanwhile
            self._left, self._new = 0, False
        self._client.tell(Failed(seq=0, message=message, request=wanted.request))

    def _leave(self, _: asyncio.Task[None]) -> None:
        self._models.streams -= 1

    async def _forget(self) -> None:
        model = self._wanted and self._wanted.recipe.model
        if model and self._models.holds(model):  # a worker that loads forgets by itself
            with suppress(ValueError, WorkerBroke, WorkerDied):
                await self._models.ask(model, Drop(live=self.id))
