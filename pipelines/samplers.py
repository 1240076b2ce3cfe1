"""Update rules: from one record to the latents of the next noise level. Pure; nothing is kept.

euler, heun, dpmpp_2m, lcm   the rules; SAMPLERS names them with their presets
step_noise                   noise addressed by purpose, region and index
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from .asking import Asking, Denoiser
from .recipe import Recipe
from .record import StepRecord

Noise = Callable[[int], Tensor]  # index of the record to be made -> unit normal, [1, C, h, w]


class Purpose(IntEnum):
    """What noise is for. Two purposes never share a draw."""

    START = 0
    STEP = 1
    REPAINT = 2
    BACKDROP = 3


class Sampler(Protocol):
    """An update rule."""

    def __call__(
        self, record: StepRecord, sigma_next: float, noise: Noise, denoise: Denoiser
    ) -> Tensor | Asking[Tensor]:
        """The latents at `sigma_next`, or what is asked on the way to them."""
        ...


def euler(
    record: StepRecord, sigma_next: float, noise: Noise, denoise: Denoiser, *, eta: float = 0.0
) -> Tensor:
    """Euler's method. eta=0 is DDIM (arXiv:2010.02502), eta=1 its ancestral form, DDPM."""
    sigma = record.sigma
    sigma_up = eta * sigma_next * math.sqrt(1 - (sigma_next / sigma) ** 2)
    sigma_down = math.sqrt(sigma_next**2 - sigma_up**2)
    latents = torch.lerp(record.denoised, record.latents, sigma_down / sigma)
    return latents + sigma_up * noise(record.index + 1) if sigma_up else latents


def heun(record: StepRecord, sigma_next: float, noise: Noise, denoise: Denoiser) -> Asking[Tensor]:
    """Heun's method, arXiv:2206.00364, algorithm 1: the mean of the slopes at both ends."""
    sigma = record.sigma
    slope = (record.latents - record.denoised) / sigma
    ahead = record.latents + (sigma_next - sigma) * slope
    slope_ahead = (ahead - (yield from denoise(ahead, sigma_next))) / sigma_next
    return record.latents + (sigma_next - sigma) * (slope + slope_ahead) / 2


def dpmpp_2m(record: StepRecord, sigma_next: float, noise: Noise, denoise: Denoiser) -> Tensor:
    """DPM-Solver++(2M), arXiv:2211.01095, algorithm 2. First order where history is cut."""
    h = math.log(record.sigma / sigma_next)
    denoised = record.denoised
    if record.history is not None and record.previous_sigma is not None:
        ratio = math.log(record.previous_sigma / record.sigma) / h
        denoised = torch.lerp(record.history, denoised, 1 + 1 / (2 * ratio))
    return torch.lerp(denoised, record.latents, sigma_next / record.sigma)


def lcm(record: StepRecord, sigma_next: float, noise: Noise, denoise: Denoiser) -> Tensor:
    """Multistep consistency sampling, arXiv:2310.04378, algorithm 3."""
    return record.denoised + sigma_next * noise(record.index + 1)


SAMPLERS: dict[str, Sampler] = {
    "ddim": euler,
    "euler": euler,
    "euler_ancestral": partial(euler, eta=1.0),  # as much fresh noise as DDPM has
    "dpmpp_2m": dpmpp_2m,
    "dpmpp_2m_karras": dpmpp_2m,
    "heun": heun,
    "lcm": lcm,
}
MULTISTEP = frozenset({"dpmpp_2m", "dpmpp_2m_karras"})  # those that read a record's history


def sampler_for(recipe: Recipe) -> Sampler:
    """The recipe's update rule."""
    return partial(euler, eta=recipe.eta) if recipe.eta else SAMPLERS[recipe.sampler]


def step_noise(
    seed: int, purpose: Purpose, like: Tensor, *, region: int = 0, variation: int = 0
) -> Noise:
    """Noise addressed by step, so a rewind repeats it and a new seed changes only later steps.

    Drawn by numpy on the CPU: it takes all of the hash, where torch's CPU generator looks at 32
    bits, and gives the same numbers whatever the device. The address is a spawn_key because
    SeedSequence((0, 5)) equals SeedSequence((0, 5, 0)).
    """

    def noise(index: int) -> Tensor:
        address = (purpose, region, index, variation)
        generator = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(seed, spawn_key=address))
        )
        return torch.from_numpy(generator.standard_normal(like.shape, np.float32)).to(like.device)

    return noise
