"""One bridge at work: what clients ask for, what becomes of it, and who hears of it.

Session    commands in, events out; runs belong to it, not to connections
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from msgspec.structs import replace

from pipelines.pixels import Pixels, lets_change
from pipelines.recipe import ImageId, Recipe, Rewind, images_named, steps_named
from pipelines.resolving import mask_of

from .. import wire
from ..access.pairing import Pairings
from ..config import Config
from ..images.image import Image, in_profile
from ..store.database import Missing, StoreFull
from ..store.store import Store
from ..wire import (
    MAX_FRAMES,
    Cancel,
    Continue,
    Event,
    Generate,
    Keep,
    Live,
    Run,
    Welcome,
)
from ..worker.homes import Home, WorkerBroke, WorkerDied, in_thread
from ..worker.models import Models, unknown_model
from ..worker.workers import Workers
from .endings import Endings
from .listener import Listener
from .live import Stream
from .painter import Painter
from .pictures import Pictures
from .queue import Queue
from .refiner import Refiner
from .watching import watched

log = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds that the end of a session waits for what it has told to stop
_ROLLS = 2**32  # seeds that a roll is drawn from
_LARGER = 4  # times a picture's side, that the model may paint for it


class Session:
    """Runs, images and the workers, each in its home. Made inside a running event loop."""

    def __init__(self, store: Store, homes: Sequence[Home], config: Config):
        self.store = store
        self.config = config
        self.workers = Workers(homes, config, store.save)
        self.pictures = Pictures(store, self.workers)
        self.pairings = Pairings()
        self._endings = Endings(store)
        self._queue = Queue(store, self.workers, self._endings)
        self._refiner = Refiner(store, self.workers, self.pictures, self._endings)
        self._listeners: set[Listener] = set()
        self._alone = asyncio.Event()  # nobody listens
        self._alone.set()
        self._streams: dict[Listener, Stream] = {}
        self._ending: set[asyncio.Task[None]] = set()  # streams that are being forgotten
        self._work: list[asyncio.Task[None]] = []  # one for each worker
        self._watch: asyncio.Task[None] | None = None
        self._unloaded = set[str]()  # why a model cannot be loaded, as it was told
        self._why_not = ""  # nothing can be stored any more; empty: it can
        loop = asyncio.get_running_loop()
        store.announce = partial(_soon, loop, self._wake)
        store.tell = self._tell

    def start(self) -> None:
        """Load the models and go on with what an earlier bridge left unfinished.

        What was damaged in the store is told first.
        """
        self.store.save(*(wire.Notice(seq=0, message=text) for text in self.store.found))
        self._queue.take_up()
        self._watch = asyncio.create_task(watched(self.store.path, self._gone))
        for models in self.workers:
            self._begin(models)

    async def close(self) -> None:
        """Stop at once; the next start goes on from the last stored step.

        Whoever works is told to stop before the worker goes, so that nobody takes its end for a
        death, and nobody is waited for longer than PATIENCE.
        """
        ending = set(self._ending)
        for task in (*self._work, *([self._watch] if self._watch else [])):
            task.cancel()
            ending.add(task)
        for listener in tuple(self._streams):
            self.stop(listener)
        ending |= self._ending | self.pictures.stop()
        await self.workers.close()
        if ending:
            _, late = await asyncio.wait(ending, timeout=PATIENCE)
            for task in late:
                log.warning("still at work when the bridge was stopped: %r", task)
        self.store.close()

    @contextmanager
    def listener(self, seen: int) -> Generator[Listener]:
        """A place in the stream of events, after the event `seen`."""
        listener = Listener(self.store, seen)
        self._listeners.add(listener)
        self._alone.clear()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self.stop(listener)
            if not self._listeners:
                self._alone.set()

    async def alone(self) -> None:
        """Until no client is connected."""
        await self._alone.wait()

    def welcome(self, seen: int | None) -> Welcome:
        """Everything of this instant. `resumed` if what came after `seen` can still be told."""
        now = self.store.snapshot()
        return Welcome(
            protocol=wire.PROTOCOL,
            version=program_version(),
            store=self.store.id,
            seq=now.seq,
            model=self.workers.info,
            runs=now.runs,
            steps=now.steps,
            resumed=seen is not None and self.store.remembers(seen),
            store_bytes=self.store.used(),
            quota_bytes=self.config.quota_bytes,
        )

    async def generate(self, command: Generate) -> None:
        """Let a recipe's variations wait to be painted. Raises ValueError, Missing, StoreFull."""
        self._check(command.request, command.recipe, command.count)
        await in_thread(self._check_mask, command.recipe)
        seeds = range(command.recipe.seed, command.recipe.seed + command.count)
        for recipe in [replace(command.recipe, seed=seed) for seed in seeds]:  # all or none
            self._queue.add(self._new_run(command.request, recipe))

    async def continue_(self, command: Continue) -> None:
        """Let a rewind wait to be painted. Raises ValueError, Missing, StoreFull."""
        step = self.store.step(command.step)
        left = None if step is None else self.store.run(step.run)
        if left is None:
            raise Missing(f"there is no step {command.step[:80]}")
        recipe = command.recipe or left.recipe
        rewind = command.rewind
        if command.roll:  # at random: of lines that went with their documents nothing is known
            rewind = replace(rewind, variation_seed=secrets.randbelow(_ROLLS))
        self._check(command.request, recipe, 1)
        rewind = await in_thread(self._in_profile, rewind, recipe)
        for field in ("edit", "handed", "mask"):
            self._check_image(f"rewind.{field}", getattr(rewind, field), recipe)
        rewind = await in_thread(self._resolved, rewind, recipe, command.anew)
        run = self._new_run(command.request, recipe)
        self._queue.add(replace(run, parent=command.step, rewind=rewind))

    def cancel(self, command: Cancel) -> None:
        """Stop a run within one step. Raises Missing."""
        run = self._run_named(command.run)
        self._refiner.drop(run.id)
        self._queue.cancel(run)

    def keep(self, command: Keep) -> None:
        """Say whether the quota may drop a run. Raises Missing."""
        self.store.save(run=replace(self._run_named(command.run), kept=command.keep))

    def live(self, command: Live, listener: Listener) -> None:
        """Let a client's stream show this from now on. Raises ValueError, Missing."""
        self._check(command.request, command.recipe, 0)
        if command.frames is not None and not 0 <= command.frames <= MAX_FRAMES:
            raise ValueError(f"frames must be in 0..{MAX_FRAMES}, got {command.frames}")
        if listener not in self._streams:
            models = self.workers.for_stream(command.recipe.model)
            self._streams[listener] = Stream(self.store, models, self._queue, listener)
        self._streams[listener].show(command)

    def stop(self, listener: Listener) -> None:
        """End a client's stream, if it has one."""
        if (stream := self._streams.pop(listener, None)) is not None:
            task = stream.stop()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def live_picture(self, live: str) -> tuple[int, Image]:
        """The newest frame of a stream and its number. Raises Missing."""
        shown = next((s.shown for s in self._streams.values() if s.id == live), None)
        if shown is None:
            raise Missing("there is no such live stream, or it has no frame yet")
        return shown

    def _run_named(self, id: wire.RunId) -> Run:
        run = self.store.run(id)
        if run is None:
            raise Missing(f"there is no run {id[:80]}")
        return run

    def _new_run(self, request: str, recipe: Recipe) -> Run:
        return Run(
            id=secrets.token_hex(16),
            number=self.store.next_number(),
            request=request,
            recipe=recipe,
            state="queued",
            first=0,
            last=recipe.num_inference_steps - 1,
            working_width=recipe.working_width or recipe.width,
            working_height=recipe.working_height or recipe.height,
            enlarged=1.0,
            created=time.time(),
        )

    def _check(self, request: str, recipe: Recipe, count: int) -> None:
        """What can be known to be wrong before the worker sees it."""
        if self._why_not:
            raise StoreFull(self._why_not)
        if len(request) > 100:
            raise ValueError(f"request must be at most 100 characters, got {len(request)}")
        if recipe.model not in self.config.models:
            raise ValueError(unknown_model(recipe.model, self.config))
        info = self.workers.facts(recipe.model)
        if info is not None and recipe.sampler not in info.samplers:
            raise ValueError(
                f"sampler must be one of {', '.join(info.samplers)} with this model, "
                f"got {recipe.sampler!r}"
            )
        for side in ("width", "height"):
            given, picture = getattr(recipe, f"working_{side}"), getattr(recipe, side)
            if given is not None and given > _LARGER * max(8, picture):
                raise ValueError(
                    f"recipe.working_{side} must be at most {_LARGER} times the picture's {side}, "
                    f"{picture}, got {given}"
                )
        if len(self._queue) + count > self.config.limits.queue:
            raise ValueError(f"at most {self.config.limits.queue} runs can wait; cancel some first")
        for field, id in images_named(recipe).items():
            self._check_image(f"recipe.{field}", id, recipe)
        for field, step in steps_named(recipe).items():
            if self.store.step(step) is None:
                raise Missing(f"recipe.{field} names a step that the bridge does not have: {step}")
        for field, id in images_named(recipe).items():
            if field.endswith("mask") and self.store.image_size(id)[2] != 1:
                raise ValueError(f"recipe.{field} must be a grey image of one channel")

    def _check_image(self, field: str, id: ImageId | None, recipe: Recipe) -> None:
        if id is None:
            return
        if not self.store.has_image(id):
            raise Missing(f"{field} names an image that the bridge does not have; upload it first")
        width, height, channels = self.store.image_size(id)
        if (width, height) != (recipe.width, recipe.height):
            raise ValueError(
                f"{field} must be {recipe.width}x{recipe.height} pixels like the recipe, "
                f"got {width}x{height}"
            )
        profile = self.store.image_profile(id)
        if channels > 1 and profile != recipe.profile:
            raise ValueError(
                f"{field} must have the recipe's colour profile, {recipe.profile}, got {profile}; "
                "say so in recipe.profile or convert the image"
            )

    def _check_mask(self, recipe: Recipe) -> None:
        mask = None if recipe.mask is None else self.store.image(recipe.mask)
        if mask is not None and not lets_change(mask.pixels, recipe.num_inference_steps):
            raise ValueError(
                "recipe.mask is empty, or too dark for anything to change in "
                f"{recipe.num_inference_steps} steps; full is where the picture changes"
            )

    def _in_profile(self, rewind: Rewind, recipe: Recipe) -> Rewind:
        """Pictures out of a document of another profile in the recipe's: both alike."""
        converted: dict[str, ImageId] = {}
        for field in ("edit", "handed"):
            id: ImageId | None = getattr(rewind, field)
            image = None if id is None else self.store.image(id)
            if image is not None and image.profile != recipe.profile:
                converted[field] = self.store.put_image(in_profile(image, recipe.profile))
        return replace(rewind, **converted) if converted else rewind

    def _resolved(self, rewind: Rewind, recipe: Recipe, anew: bool) -> Rewind:
        """With the mask of what it is about. Raises ValueError, Missing."""
        try:
            mask = mask_of(rewind, recipe, self._pixels, anew=anew)
        except ValueError as error:
            raise ValueError(f"rewind.{error}") from None
        return rewind if mask is None else replace(rewind, mask=self.store.put_image(Image(mask)))

    def _pixels(self, field: str, id: ImageId) -> Pixels:
        image = self.store.image(id)
        if image is None:
            raise Missing(f"an image of rewind.{field} has just left the store; upload it again")
        return image.pixels

    def _begin(self, models: Models) -> None:
        self._work.append(asyncio.create_task(self._run(models)))

    async def _run(self, models: Models) -> None:
        """One worker's work, for ever."""
        try:
            await models.load(self.config.default_model)
        except (ValueError, WorkerBroke, WorkerDied, StoreFull) as error:
            log.error("the model cannot be loaded: %s", error)
            if str(error) not in self._unloaded:
                self._unloaded.add(str(error))
                self._tell(wire.Notice(seq=0, message=f"The model cannot be loaded: {error}"))
        for another in self.workers.grown():
            self._begin(another)
        painter = Painter(
            self.store, models, self.pictures, self._queue, self._endings, self._refiner
        )
        await painter.work()

    def _gone(self, why: str) -> None:
        """Nothing can be stored any more: everybody hears it, now and with each request."""
        log.error("%s", why)
        self._why_not = why
        self._tell(wire.Notice(seq=0, message=f"{why[0].upper()}{why[1:]}."))

    def _wake(self) -> None:
        for listener in self._listeners:
            listener.wake.set()

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener.tell(event)


def program_version() -> str:
    """The installed program's version; 0 in a checkout that is not installed."""
    try:
        return version("pentimento")
    except PackageNotFoundError:
        return "0"


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call from any thread; a loop that has just been closed has nobody left to tell."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call)
