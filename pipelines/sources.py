"""What a recipe names, as the model paints it: sizes, masks as cells, images as clean latents.

size_of                          what the model paints, in pixels
conditioning_for                 its prompts, as the UNet hears them
picture_sized                    an image that must fit the recipe
encoded, edit_delta              images and edits as clean latents
grown_cells                      a mask in latent cells
inpainted_from, kept_from        from which sigma a cell may change
held_target                      what a hold pulls towards
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from .colour import to_srgb
from .model import Conditioning, Model
from .pixels import (
    Pixels,
    Size,
    cells,
    laid_over,
    rgb_of,
    steps_free,
    to_working,
    working_size,
)
from .recipe import Hold, ImageId, Kept, Recipe
from .record import Inputs
from .schedule import schedule_for


def size_of(model: Model, recipe: Recipe) -> Size:
    """Width and height that the model paints, in pixels."""
    if recipe.working_width and recipe.working_height:
        return recipe.working_width, recipe.working_height
    native = model.info.native
    return working_size(recipe.width, recipe.height, native, panorama=recipe.panorama)


def conditioning_for(
    model: Model, recipe: Recipe, prompt: str, role: Literal["positive", "negative"] = "positive"
) -> Conditioning:
    """What the UNet hears of a prompt in a recipe's picture."""
    clip_skip = recipe.clip_skip if role == "positive" else None  # as in diffusers
    return model.encode_prompt(prompt, size_of(model, recipe), role, clip_skip=clip_skip)


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
    index = n - steps_free(share, n)
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
