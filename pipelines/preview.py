"""Pictures of a record: small and next to free, or full size and exactly as the VAE has it.

linear_map   latents -> RGB, fitted by least squares to whatever VAE is loaded
thumbnail    linear, latent size
picture      full size RGBA; what a layer shows

A picture has the recipe's `width` x `height`, depth and profile. Its alpha is the recipe's mask,
full everywhere without one, and its colours are 0 where that is 0. Where a rewind keeps everything
else, colours outside `kept.mask` are those of `kept.picture`, to the bit. "denoised" shows the
prediction that the sampler used, "noisy" the record's latents; linear, tiny and full say how it was
made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .colour import from_srgb
from .model import Model
from .pixels import CELL, Floats, Pixels, framed, from_working, resize, rgb_of
from .recipe import Recipe
from .record import Inputs, StepRecord
from .sources import picture_sized

Quality = Literal["linear", "tiny", "full"]
Which = Literal["denoised", "noisy"]

SAMPLES = 20  # pictures the linear map is fitted to; more change nothing that can be seen
SAMPLE_SIDE = 128  # pixels


@dataclass(frozen=True, eq=False)
class LinearMap:
    """RGB of a latent cell as an affine function of its channels."""

    weights: Tensor  # [C + 1, 3]; the last row is the bias
    r_squared: float  # share of the colours' variance it explains, on pictures not fitted to

    def __call__(self, latents: Tensor) -> Floats:
        """[h, w, 3] in 0..1 of latents [1, C, h, w]."""
        channels = latents[0].permute(1, 2, 0)
        rgb = channels @ self.weights[:-1] + self.weights[-1]
        return rgb.clamp(0, 1).cpu().numpy()


_maps: WeakKeyDictionary[Model, LinearMap] = WeakKeyDictionary()


def linear_map(model: Model) -> LinearMap:
    """The model's map, fitted the first time it is asked for: always the same for the same VAE."""
    if model not in _maps:
        _maps[model] = _fitted(model)
    return _maps[model]


def thumbnail(model: Model, denoised: Tensor) -> Pixels:
    """The clean latents as [h, w, 3] uint8, a pixel for each cell."""
    return _quantised(linear_map(model)(denoised), 8)


@torch.no_grad()
def picture(
    model: Model,
    record: StepRecord,
    inputs: Inputs,
    quality: Quality = "full",
    which: Which = "denoised",
) -> Pixels:
    """The record at the recipe's size, depth and profile, [H, W, 4], as pixels.framed has it."""
    recipe = record.recipe
    plain = recipe.profile == "sRGB" and recipe.depth == 8
    pixels = _quantised(_image(model, _shown(record, which), quality), 8 if plain else 16)
    pixels = from_working(pixels, (recipe.width, recipe.height))
    pixels = from_srgb(pixels, recipe.profile, recipe.depth, _source(recipe, inputs))
    mask = picture_sized(recipe, "mask", recipe.mask, inputs) if recipe.mask else None
    kept = None
    if recipe.kept:
        kept = (
            picture_sized(recipe, "kept.picture", recipe.kept.picture, inputs),
            picture_sized(recipe, "kept.mask", recipe.kept.mask, inputs),
        )
    return framed(pixels, mask, kept)


def _source(recipe: Recipe, inputs: Inputs) -> Pixels | None:
    """What the model started from, RGB; None: nothing, or nothing that it did not see."""
    if recipe.init_image is None or recipe.profile == "sRGB":
        return None
    return rgb_of(picture_sized(recipe, "init_image", recipe.init_image, inputs))


def _shown(record: StepRecord, which: Which) -> Tensor:
    """Noisy latents are shown at the variance the VAE knows, as the UNet sees them."""
    if which == "denoised":
        return record.denoised
    return record.latents * (record.sigma**2 + 1) ** -0.5


def _image(model: Model, latents: Tensor, quality: Quality) -> Floats:
    """[H, W, 3] in 0..1 at working size."""
    match quality:
        case "full":
            return model.decode(latents)
        case "tiny":
            return model.decode_tiny(latents)
        case "linear":
            small = _quantised(linear_map(model)(latents), 16)
            height, width = small.shape[:2]
            return resize(small, (width * CELL, height * CELL)).astype(np.float32) / np.float32(
                65535
            )


def _quantised(image: Floats, depth: Literal[8, 16]) -> Pixels:
    if depth == 16:
        return np.rint(image * np.float32(65535)).astype(np.uint16)
    return np.rint(image * np.float32(255)).astype(np.uint8)


@torch.no_grad()
def _fitted(model: Model) -> LinearMap:
    """Least squares with a bias (without one R² falls from .98 to .90), the last quarter held out.

    Both sides go through the decoder: the map must say what the VAE will say.
    """
    cells, colours = zip(*(_sample(model, index) for index in range(SAMPLES)), strict=True)
    split = SAMPLES * 3 // 4
    known, wanted = torch.cat(cells[:split]), torch.cat(colours[:split])
    weights = torch.linalg.lstsq(known, wanted).solution
    held, truth = torch.cat(cells[split:]), torch.cat(colours[split:])
    unexplained = (held @ weights - truth).square().sum()
    total = (truth - truth.mean(0)).square().sum()
    return LinearMap(weights.float().to(model.device), float(1 - unexplained / total))


def _sample(model: Model, index: int) -> tuple[Tensor, Tensor]:
    """Latent cells [n, C + 1] (with a 1 for the bias) and their decoded colours [n, 3]."""
    latents = model.encode_image(_scene(index))
    decoded = torch.from_numpy(model.decode(latents))
    high, wide = latents.shape[2:]
    colours = decoded.reshape(high, CELL, wide, CELL, 3).mean(dim=(1, 3)).reshape(-1, 3)
    channels = latents[0].permute(1, 2, 0).reshape(len(colours), -1).cpu()
    return torch.cat([channels, torch.ones(len(colours), 1)], dim=1).double(), colours.double()


def _scene(index: int) -> NDArray[np.uint8]:
    """Colours at every scale, as pictures have them: noise summed over octaves, [S, S, 3]."""
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(0, spawn_key=(index,))))
    total = np.zeros((SAMPLE_SIDE, SAMPLE_SIDE, 3), np.float32)
    for octave in range(6):
        side = 2 << octave
        coarse = generator.integers(0, 256, (side, side, 3)).astype(np.uint8)
        total += resize(coarse, (SAMPLE_SIDE, SAMPLE_SIDE)).astype(np.float32) / 2**octave
    low, high = total.min(), total.max()
    return ((total - low) / (high - low) * 255).astype(np.uint8)
