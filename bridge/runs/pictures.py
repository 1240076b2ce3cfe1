"""Pictures of stored steps: made once, remembered by id, the linear ones without the worker.

Pictures     a step's picture of a given quality
images_of    the images a run's recipe and rewind name, for the worker
records_of   the records they name, likewise
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from statistics import median

from pipelines.colour import from_srgb
from pipelines.pixels import CELL, Pixels, framed, from_working, resize, rgb_of, to_depth
from pipelines.recipe import ImageId, Recipe, StepId

from ..images.image import Image
from ..store import schema
from ..store.database import Missing
from ..store.store import Look, Store, Which
from ..wire import Quality, Refined, Run
from ..worker import protocol
from ..worker.homes import WorkerDied, in_thread
from ..worker.models import Models
from ..worker.protocol import Blob, Decode, Pictured
from ..worker.workers import Workers

QUALITIES: tuple[Quality, ...] = ("full", "tiny", "linear")  # best first


class Pictures:
    """Pictures from the store, and made where they are not there yet."""

    def __init__(self, store: Store, workers: Workers):
        self._store = store
        self._workers = workers
        self._making: dict[tuple[StepId, Which, Quality], asyncio.Task[Image]] = {}
        self._measured: deque[float] = deque(maxlen=8)  # seconds of full decodes

    @property
    def seconds(self) -> float:
        """What a full decode takes, from measured ones; 0 before the first."""
        return median(self._measured) if self._measured else 0.0

    async def best(self, step: StepId, which: Which) -> tuple[Image, Quality]:
        """The best picture there is without waiting for the VAE."""
        looks = await in_thread(self._store.looks, step, which)
        quality = _best(looks)
        return await self.make(step, which, quality), quality

    async def make(
        self, step: StepId, which: Which, quality: Quality, models: Models | None = None
    ) -> Image:
        """A picture of this very quality, made by this worker, or by any that is free.

        Raises Missing; ValueError: it cannot be made.
        """
        found = await in_thread(self._store.picture, step, which, quality)
        if found is not None:
            return found
        key = (step, which, quality)
        if key not in self._making:  # two who ask at the same time share the work
            task = self._making[key] = asyncio.create_task(self._make(*key, models))
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(self._making[key])

    def stop(self) -> set[asyncio.Task[Image]]:
        """Stop making pictures; the tasks that are ending."""
        for task in self._making.values():
            task.cancel()
        return set(self._making.values())

    async def thumbnail(self, step: StepId) -> Image:
        """The step's picture at latent size."""
        found = await in_thread(self._store.picture, step, "denoised", "thumbnail")
        if found is None:
            raise Missing(f"there is no step {step}")
        return found

    async def _make(
        self, step: StepId, which: Which, quality: Quality, models: Models | None
    ) -> Image:
        if quality == "linear" and which == "denoised":
            image = await in_thread(self._linear, step)
        else:
            image = await self._decode(step, which, quality, models or self._workers)
        said = [Refined(seq=0, step=step, quality=quality)] if _refines(which, quality) else []
        await in_thread(self._store.add_picture, step, which, quality, image, *said)
        return image

    def _linear(self, step: StepId) -> Image:
        small = self._store.picture(step, "denoised", "thumbnail")
        run = self._run_of(step)
        if small is None:
            raise Missing(f"there is no step {step}")
        cells = small.pixels if run.recipe.depth == 8 else to_depth(small.pixels, 16)
        large = resize(cells, (small.width * CELL, small.height * CELL))
        size = run.recipe.width, run.recipe.height
        layer = _layer(from_working(large, size), run.recipe, self._store)
        return Image(layer, run.recipe.profile)

    async def _decode(
        self, step: StepId, which: Which, quality: Quality, asked: Models | Workers
    ) -> Image:
        run = self._run_of(step)
        images = await in_thread(images_of, self._store, run)
        record = Blob(await in_thread(self._store.record, step))
        request = Decode(
            record=record, recipe=run.recipe, images=images, quality=quality, which=which
        )
        began = time.perf_counter()
        try:
            reply = await asked.ask(run.recipe.model, request)
        except WorkerDied:  # once more, with the worker that follows it
            reply = await asked.ask(run.recipe.model, request)
        if quality == "full":
            self._measured.append(time.perf_counter() - began)
        assert isinstance(reply, Pictured)  # what Decode is answered with
        return protocol.unpack_image(reply.picture)

    def _run_of(self, step: StepId) -> Run:
        run = self._store.run(step.partition(".")[0])
        if run is None or self._store.step(step) is None:
            raise Missing(f"there is no step {step}")
        return run


def _layer(colours: Pixels, recipe: Recipe, store: Store) -> Pixels:
    """sRGB colours as the recipe's layer, its images from the store. Raises Missing."""

    def stored(id: ImageId) -> Pixels:
        image = store.image(id)
        if image is None:
            raise Missing(f"there is no image {id}")
        return image.pixels

    beyond = recipe.init_image if recipe.profile != "sRGB" else None  # the model saw all of sRGB
    source = rgb_of(stored(beyond)) if beyond else None
    colours = from_srgb(colours, recipe.profile, recipe.depth, source)
    mask = stored(recipe.mask) if recipe.mask else None
    kept = (stored(recipe.kept.picture), stored(recipe.kept.mask)) if recipe.kept else None
    return framed(colours, mask, kept)


def images_of(store: Store, run: Run, more: Iterable[ImageId | None] = ()) -> dict[ImageId, Blob]:
    """The images that a run needs. Raises Missing."""
    blobs: dict[ImageId, Blob] = {}
    for id in schema.references(run)[0] | {id for id in more if id is not None}:
        image = store.image(id)
        if image is None:
            raise Missing(f"there is no image {id}; upload it first")
        blobs[id] = protocol.pack_image(image)
    return blobs


def records_of(store: Store, run: Run, more: Iterable[StepId | None] = ()) -> dict[StepId, Blob]:
    """The records that a run needs. Raises Missing."""
    steps = schema.references(run)[1] | {id for id in more if id is not None}
    return {step: Blob(store.record(step)) for step in steps}


def _best(looks: set[Look]) -> Quality:
    for quality in QUALITIES:
        if quality in looks:
            return quality
    return "linear"


def _refines(which: Which, quality: Quality) -> bool:
    return which == "denoised" and quality != "linear"
