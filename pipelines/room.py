"""How many lines of a recipe fit into memory at a time.

room      lines, by what a UNet takes at most and what is free
row_bytes what one row of a UNet's batch takes at most
"""

from __future__ import annotations

import psutil
import torch

from .model import Model
from .recipe import Recipe
from .sources import size_of

WIDE = 80  # times its outermost layer's output that a row takes: 47 to 70 seen of SD 1.5's and ours
SHARE = 0.5  # of what is free that is taken: other programs need some as well
OVERLAP = 4  # times over that a panorama's windows see a cell, at most


def room(model: Model, recipe: Recipe) -> int:
    """Lines that surely fit at a time, at least 1."""
    passes = 1 + sum(region.mode == "isolate" for region in recipe.regions)
    rows = passes * (OVERLAP if recipe.panorama else 1) * (1 if recipe.guidance_scale == 1 else 2)
    return max(1, int(SHARE * free(model.device) / (rows * row_bytes(model, recipe))))


def row_bytes(model: Model, recipe: Recipe) -> int:
    """Bytes that one row of a UNet's batch takes at most, at a recipe's working size."""
    _, _, height, width = model.latent_shape(size_of(model, recipe))
    unet = model.pipeline.unet
    return WIDE * unet.config["block_out_channels"][0] * height * width * unet.dtype.itemsize


def free(device: torch.device) -> int:
    """Bytes of a device's memory that can be had."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return psutil.virtual_memory().available
