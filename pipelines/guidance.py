"""Guidance as arithmetic: a recipe becomes one denoiser, (latents, sigma) -> what is asked.

hold, keep_outside   wrappers: a denoiser in, a denoiser out
denoiser_for         the whole recipe; reads in the order things apply
history_for          where a multistep sampler may not look back across a change
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .asking import Asking, Denoiser
from .model import Model
from .recipe import Recipe
from .record import Inputs, StepRecord
from .regions import regional, turning
from .samplers import MULTISTEP
from .sources import conditioning_for, encoded, held_target, inpainted_from, kept_from
from .terms import cfg, weighted_sum

History = Callable[[StepRecord, float, Tensor], Tensor | None]
"""(record, sigma of the next, its denoised) -> what that next record may extrapolate from."""


def hold(
    denoise: Denoiser, target: Tensor, mask: Tensor, *, weight: float, until: float
) -> Denoiser:
    """While sigma > until, pull predictions inside `mask` a share `weight` of the way to `target`.

    target: [1, C, h, w] clean latents; mask: [1, 1, h, w] in 0..1.
    """
    pull = weight * mask

    def held(latents: Tensor, sigma: float) -> Asking[Tensor]:
        denoised = yield from denoise(latents, sigma)
        return torch.lerp(denoised, target, pull) if sigma > until else denoised

    return held


def keep_outside(denoise: Denoiser, free_from: Tensor, known: Tensor) -> Denoiser:
    """Inpaint: where sigma > free_from the prediction is `known`, whatever the model says.

    free_from: [1, 1, h, w] sigmas; known: [1, C, h, w] clean latents. With latents that start as
    known + sigma * noise the kept part follows the noised image exactly and ends on `known`
    itself; no sampler needs to hear of it. Outermost: nothing after it may touch the kept part.
    """

    def kept(latents: Tensor, sigma: float) -> Asking[Tensor]:
        denoised = yield from denoise(latents, sigma)
        return torch.where(free_from >= sigma, denoised, known)

    return kept


def denoiser_for(model: Model, recipe: Recipe, inputs: Inputs) -> Denoiser:
    """Turn a recipe into the function a run calls. Reads in the order things apply.

    To add a kind of guidance: a field in Recipe, a function in guidance.py, a line here.
    """
    if recipe.regions or recipe.panorama:
        denoise = regional(model, recipe, inputs)
    else:
        positive = conditioning_for(model, recipe, recipe.prompt)
        negative = conditioning_for(model, recipe, recipe.negative_prompt, "negative")
        denoise = weighted_sum(cfg(positive, negative, recipe.guidance_scale))
    if recipe.hold:
        target, mask = held_target(model, recipe, recipe.hold, inputs)
        denoise = hold(denoise, target, mask, weight=recipe.hold.weight, until=recipe.hold.until)
    if (free_from := inpainted_from(model, recipe, inputs)) is not None and recipe.init_image:
        known = encoded(model, recipe, "init_image", recipe.init_image, inputs)
        denoise = keep_outside(denoise, free_from, known)
    if recipe.kept:
        known = inputs.record("kept.step", recipe.kept.step).denoised
        denoise = keep_outside(denoise, kept_from(model, recipe, recipe.kept, inputs), known)
    return denoise


def history_for(model: Model, recipe: Recipe, inputs: Inputs) -> History:
    """The last prediction, cut where a pixel is painted in another way than the step before.

    It has just become free, a hold has just let go, or a region has just taken it over.
    """
    if recipe.sampler not in MULTISTEP:
        return lambda record, sigma, denoised: None
    free_from = inpainted_from(model, recipe, inputs)
    until = recipe.hold.until if recipe.hold else 0.0
    turned = turning(model, recipe, inputs)

    def history(record: StepRecord, sigma: float, denoised: Tensor) -> Tensor | None:
        if record.nudge is not None or record.sigma > until >= sigma:
            return None
        known = record.denoised
        if free_from is not None:
            freed = (free_from >= sigma) & (free_from < record.sigma)
            known = torch.where(freed, denoised, known)
        if (cells := turned(record.sigma, sigma)) is not None:
            known = torch.where(cells, denoised, known)
        return known

    return history
