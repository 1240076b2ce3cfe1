"""What the golden latents are made of; read by their test and by scripts/make_golden.py."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from pipelines.model import Model
from pipelines.recipe import SAMPLER_NAMES

from .painting import line, recipe_of

GOLDEN = Path(__file__).parents[1] / "golden" / "latents" / "samplers.safetensors"


def golden_latents(model: Model) -> dict[str, Tensor]:
    """The finished latents of a line by each sampler, [1, 4, 8, 8] float32."""
    return {
        sampler: line(model, recipe_of(sampler=sampler, seed=11))[-1].denoised.contiguous()
        for sampler in SAMPLER_NAMES
    }
