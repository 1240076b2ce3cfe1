"""Short words for tests that paint: recipes, whole lines, edits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from pipelines.asking import Asking, Denoiser
from pipelines.model import Model
from pipelines.pixels import Pixels, image_id
from pipelines.preview import picture
from pipelines.recipe import ImageId, Recipe
from pipelines.record import Inputs, StepRecord
from pipelines.run import follow, start

SIDE = 64  # pixels; eight latent cells
STEP = "0" * 32 + ".3"
LAST = "0" * 32 + ".7"


def recipe_of(**changes: Any) -> Recipe:  # Any: fields of several types
    """A small recipe."""
    defaults: dict[str, Any] = {
        "prompt": "a red tree",
        "negative_prompt": "to",
        "width": SIDE,
        "height": SIDE,
        "num_inference_steps": 8,
    }
    return Recipe(**(defaults | changes))


def line(model: Model, recipe: Recipe, inputs: Inputs | None = None) -> list[StepRecord]:
    """All records of a recipe."""
    inputs = inputs or Inputs()
    first = start(model, recipe, inputs)
    return [first, *follow(model, first, inputs)]


def on(model: Model, record: StepRecord, inputs: Inputs | None = None) -> list[StepRecord]:
    """The record and all that follow it."""
    return [record, *follow(model, record, inputs or Inputs())]


def knowing(predict: Callable[[Tensor, float], Tensor]) -> Denoiser:
    """A denoiser that asks nothing."""

    def denoise(latents: Tensor, sigma: float) -> Asking[Tensor]:
        yield from ()
        return predict(latents, sigma)

    return denoise


def unasked(asking: Tensor | Asking[Tensor]) -> Tensor:
    """The result of what asks nothing."""
    if isinstance(asking, Tensor):
        return asking
    with pytest.raises(StopIteration) as done:
        next(asking)
    return done.value.value


def noise(*shape: int, dtype: type[np.uint8 | np.uint16] = np.uint8) -> Pixels:
    """Seeded pixels of every value."""
    return np.random.default_rng(sum(shape)).integers(0, np.iinfo(dtype).max, shape, dtype, True)


class Paint:
    """What a painter does to a record's picture: a square of one colour, and the ids of it all."""

    def __init__(self, model: Model, record: StepRecord, inputs: Inputs | None = None) -> None:
        self.handed = picture(model, record, inputs or Inputs())
        self.edited = self.handed.copy()
        self.edited[16:32, 24:40] = [255, 0, 0, 255]
        self.mask = np.zeros((record.recipe.height, record.recipe.width, 1), np.uint8)
        self.mask[16:32, 24:40] = 255

    @property
    def images(self) -> dict[ImageId, Pixels]:
        """As Inputs holds them."""
        return {image_id(pixels): pixels for pixels in (self.handed, self.edited, self.mask)}

    @property
    def ids(self) -> dict[str, ImageId]:
        """As Rewind names them, the mask left out."""
        return {"edit": image_id(self.edited), "handed": image_id(self.handed)}


def outside(pixels: int = 8) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """[8, 8]: latent cells that the square, grown by one cell, leaves alone."""
    cells = np.ones((SIDE // 8, SIDE // 8), bool)
    cells[1:5, 2:6] = False
    return cells
