"""Guidance as arithmetic: a recipe becomes one function (latents, sigma) -> denoised.

Term, cfg, weighted_sum   a guided prediction is a sum of predictions whose weights add up to 1
hold, keep_outside        wrappers: a denoiser in, a denoiser out
denoiser_for              the whole recipe; reads in the order things apply
history_for               where a multistep sampler may not look back across a change
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from .colour import to_srgb
from .model import Conditioning, Model, stack
from .pixels import Pixels, Size, cells, laid_over, rgb_of, to_working, working_size
from .recipe import Hold, ImageId, Kept, Recipe
from .record import Inputs, StepRecord
from .samplers import MULTISTEP, Denoiser
from .schedule import schedule_for

History = Callable[[StepRecord, float, Tensor], Tensor | None]
"""(record, sigma of the next, its denoised) -> what that next record may extrapolate from."""


@dataclass(frozen=True, eq=False)
class Term:
    """A conditioning and its share of the prediction."""

    conditioning: Conditioning
    weight: float | Tensor  # one number, or a map [1, 1, h, w]


def cfg(positive: Conditioning, negative: Conditioning, scale: float) -> list[Term]:
    """Classifier-free guidance, arXiv:2207.12598: negative + scale * (positive - negative)."""
    return [Term(positive, scale), Term(negative, 1 - scale)]


def weighted_sum(model: Model, terms: Sequence[Term]) -> Denoiser:
    """Evaluate all terms in one UNet call; equal conditionings once, those of weight 0 never."""
    weights: dict[Conditioning, float | Tensor] = {}
    for term in terms:
        weights[term.conditioning] = weights.get(term.conditioning, 0.0) + term.weight
    weights = {c: w for c, w in weights.items() if isinstance(w, Tensor) or w != 0}
    batch = stack(list(weights))
    shares = list(weights.values())

    def denoise(latents: Tensor, sigma: float) -> Tensor:
        predictions = model.predict(latents, sigma, batch).split(1)
        total = shares[0] * predictions[0]
        for share, prediction in zip(shares[1:], predictions[1:], strict=True):
            total = total + share * prediction
        return total

    return denoise


def hold(
    denoise: Denoiser, target: Tensor, mask: Tensor, *, weight: float, until: float
) -> Denoiser:
    """While sigma > until, pull predictions inside `mask` a share `weight` of the way to `target`.

    target: [1, C, h, w] clean latents; mask: [1, 1, h, w] in 0..1.
    """
    pull = weight * mask

    def held(latents: Tensor, sigma: float) -> Tensor:
        denoised = denoise(latents, sigma)
        return torch.lerp(denoised, target, pull) if sigma > until else denoised

    return held


def keep_outside(denoise: Denoiser, free_from: Tensor, known: Tensor) -> Denoiser:
    """Inpaint: where sigma > free_from the prediction is `known`, whatever the model says.

    free_from: [1, 1, h, w] sigmas; known: [1, C, h, w] clean latents. With latents that start as
    known + sigma * noise the kept part follows the noised image exactly and ends on `known`
    itself; no sampler needs to hear of it. Outermost: nothing after it may touch the kept part.
    """

    def kept(latents: Tensor, sigma: float) -> Tensor:
        return torch.where(free_from >= sigma, denoise(latents, sigma), known)

    return kept


def denoiser_for(model: Model, recipe: Recipe, inputs: Inputs) -> Denoiser:
    """Turn a recipe into the function a run calls. Reads in the order things apply.

    To add a kind of guidance: a field in Recipe, a function in guidance.py, a line here.
    """
    size = size_of(model, recipe)
    positive = model.encode_prompt(recipe.prompt, size)
    negative = model.encode_prompt(recipe.negative_prompt, size, "negative")
    denoise = weighted_sum(model, cfg(positive, negative, recipe.guidance_scale))
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
    """The last prediction, cut where a pixel has just become free or a hold has just let go."""
    if recipe.sampler not in MULTISTEP:
        return lambda record, sigma, denoised: None
    free_from = inpainted_from(model, recipe, inputs)
    until = recipe.hold.until if recipe.hold else 0.0

    def history(record: StepRecord, sigma: float, denoised: Tensor) -> Tensor | None:
        if record.nudge is not None or record.sigma > until >= sigma:
            return None
        if free_from is None:
            return record.denoised
        freed = (free_from >= sigma) & (free_from < record.sigma)
        return torch.where(freed, denoised, record.denoised)

    return history


def size_of(model: Model, recipe: Recipe) -> Size:
    """Width and height that the model paints, in pixels."""
    if recipe.working_width and recipe.working_height:
        return recipe.working_width, recipe.working_height
    return working_size(recipe.width, recipe.height, model.info.native)


def inpainted_from(model: Model, recipe: Recipe, inputs: Inputs) -> Tensor | None:
    """The sigma from which each cell is free, [1, 1, h, w]; None: the recipe has no mask.

    A soft mask says how far a pixel may change: with mask value m of n steps it is free from
    index n - floor(n * m) on, which is image-to-image at strength m for each pixel.
    """
    if recipe.mask is None:
        return None
    n = recipe.num_inference_steps
    sigmas = schedule_for(model.training, recipe.sampler, n).sigmas
    share = cells(picture_sized(recipe, "mask", recipe.mask, inputs), size_of(model, recipe))
    index = n - np.floor(n * share.astype(np.float64)).astype(np.intp)
    # Index 0 is free from any sigma, also from those of a schedule that a rewind has left.
    levels = np.array([np.inf, *sigmas[1:], -1.0], np.float32)
    return torch.from_numpy(levels[index])[None, None].to(model.device)


def kept_from(model: Model, recipe: Recipe, kept: Kept, inputs: Inputs) -> Tensor:
    """The same for a kept picture: free always or never. The composite softens the edge."""
    mask = grown_cells(model, recipe, picture_sized(recipe, "kept.mask", kept.mask, inputs))
    return torch.where(mask > 0, torch.inf, -1.0)


def held_target(model: Model, recipe: Recipe, hold: Hold, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """The prediction that was painted on plus what was painted, and the mask of it."""
    painted = inputs.record("hold.step", hold.step).denoised
    mask = grown_cells(model, recipe, picture_sized(recipe, "hold.mask", hold.mask, inputs))
    return painted + edit_delta(model, recipe, hold.edit, hold.handed, mask, inputs), mask


def edit_delta(
    model: Model, recipe: Recipe, edit: ImageId, handed: ImageId, mask: Tensor, inputs: Inputs
) -> Tensor:
    """What the painter's pixels add to clean latents, inside `mask`: [1, C, h, w].

    The difference of two encodings, so the VAE's round trip, 8-bit and clamp errors cancel.
    """
    size = size_of(model, recipe)
    before = picture_sized(recipe, "handed", handed, inputs)
    after = laid_over(before, picture_sized(recipe, "edit", edit, inputs))
    opaque = before if before.shape[2] == 1 else before[..., :3]
    return mask * (
        model.remember(("edit", handed, edit, size), lambda: _encode(model, recipe, after))
        - model.remember(("handed", handed, size), lambda: _encode(model, recipe, opaque))
    )


def encoded(model: Model, recipe: Recipe, name: str, id: ImageId, inputs: Inputs) -> Tensor:
    """A source image as clean latents; transparency is laid over white."""
    size = size_of(model, recipe)
    pixels = picture_sized(recipe, name, id, inputs)
    return model.remember(("image", id, size), lambda: _encode(model, recipe, pixels))


def grown_cells(model: Model, recipe: Recipe, mask: Pixels) -> Tensor:
    """A mask of the picture as latent cells [1, 1, h, w], grown by one cell: the VAE's reach."""
    grid = torch.from_numpy(cells(mask, size_of(model, recipe)))[None, None]
    return max_pool2d(grid, kernel_size=3, stride=1, padding=1).to(model.device)


def picture_sized(recipe: Recipe, name: str, id: ImageId, inputs: Inputs) -> Pixels:
    """An image that must have the size of the recipe's picture."""
    pixels = inputs.image(name, id)
    height, width = pixels.shape[:2]
    if (width, height) != (recipe.width, recipe.height):
        raise ValueError(
            f"{name} must be {recipe.width}x{recipe.height} pixels like the recipe, "
            f"got {width}x{height}"
        )
    return pixels


def _encode(model: Model, recipe: Recipe, pixels: Pixels) -> Tensor:
    seen = to_srgb(rgb_of(pixels), recipe.profile)
    return model.encode_image(to_working(seen, size_of(model, recipe)))
