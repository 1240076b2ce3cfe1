"""Bootstrapping of isolated regions: in the first steps each is seen before a plain backdrop.

Backdrop      clean latents behind a region: flat white, or the picture that is painted over
Centred       a View: the region before its backdrop, in the middle where that is flat
backdrop_for  a recipe's

A model puts what it is asked for into the middle of what it sees, arXiv:2302.08113 and
arXiv:2403.09055 section 3.3. A picture stays where it is: its content is where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .model import Model
from .recipe import Recipe
from .record import Inputs
from .samplers import Purpose, step_noise
from .schedule import schedule_for
from .sources import encoded, size_of
from .windows import Cells, Window, extent, shifted

SENSITIVITY = 0.2  # of leakage suppression, in squared latents; arXiv:2403.09055's code


@dataclass(frozen=True, eq=False)
class Backdrop:
    """What lies behind an isolated region while it is bootstrapped."""

    make: Callable[[], Tensor]  # clean latents of the whole picture, [1, C, h, w]
    noise: Callable[[float], Tensor]  # at a sigma, of unit variance
    flat: bool
    window: Window | None = None  # the part; None: the whole

    def within(self, window: Window) -> Backdrop:
        """The same behind a window."""
        return Backdrop(self.make, self.noise, self.flat, window)

    def clean(self) -> Tensor:
        """Its latents, [1, C, h, w] of the window."""
        latents = self.make()
        return self.window.see(latents) if self.window else latents

    def noisy(self, sigma: float) -> Tensor:
        """The same under noise."""
        noise = self.noise(sigma)
        return self.clean() + sigma * (self.window.see(noise) if self.window else noise)

    def left_behind(self, prediction: Tensor) -> Tensor:
        """0..1, [1, 1, h, w]: how far a prediction is not the flat backdrop, but drawn."""
        if not self.flat:
            return torch.ones_like(prediction[:, :1])
        leak = (prediction - self.clean()).square().mean(1, keepdim=True)
        return 2 * torch.sigmoid(leak / SENSITIVITY) - 1


class Centred:
    """The View of a region before its backdrop."""

    def __init__(
        self, window: Window, share: Tensor, backdrop: Backdrop, sigma: float, *, centre: bool
    ) -> None:
        self.window = window
        self._share = share
        self._behind = backdrop.noisy(sigma)
        self._shift = to_the_middle(share, window.size) if centre and backdrop.flat else (0, 0)

    @property
    def size(self) -> Cells:
        """Height and width in cells."""
        return self.window.size

    def see(self, latents: Tensor) -> Tensor:
        """The region's latents, backdrop around them; what comes in at a side is backdrop."""
        shown = torch.lerp(self._behind, self.window.see(latents), self._share)
        return shifted(shown, *self._shift, fill=self._behind)

    def back(self, prediction: Tensor) -> Tensor:
        """The prediction where the region is. What was not seen is 0, and outside the region."""
        down, right = self._shift
        return shifted(prediction, -down, -right, fill=torch.zeros_like(prediction))


def to_the_middle(share: Tensor, size: Cells) -> tuple[int, int]:
    """How far down and right a region has to move to lie in the middle."""
    held = extent(share)
    if held is None:
        return 0, 0
    down = size[0] // 2 - (held.top + held.height // 2)
    return down, size[1] // 2 - (held.left + held.width // 2)


def backdrop_for(model: Model, recipe: Recipe, inputs: Inputs) -> Backdrop:
    """The picture that is painted over, or flat white."""
    size = size_of(model, recipe)
    like = torch.empty(model.latent_shape(size), device=model.device)
    drawn = step_noise(recipe.seed, Purpose.BACKDROP, like)
    schedule = schedule_for(model.training, recipe.sampler, recipe.num_inference_steps)

    def noise(sigma: float) -> Tensor:
        return drawn(schedule.index(sigma))

    def picture() -> Tensor:
        assert recipe.init_image is not None  # used only then
        return encoded(model, recipe, "init_image", recipe.init_image, inputs)

    def white() -> Tensor:
        plain = np.full((size[1], size[0], 3), 255, np.uint8)
        return model.remember(("white", size), lambda: model.encode_image(plain))

    flat = recipe.init_image is None
    return Backdrop(white if flat else picture, noise, flat)
