"""Update rules against closed forms, and noise that is addressed, not drawn in turn."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import pipelines
from pipelines.recipe import Recipe
from pipelines.record import StepRecord
from pipelines.samplers import MULTISTEP, SAMPLERS, Purpose, euler, step_noise

from .painting import knowing, unasked

MEAN, STD = 0.3, 0.5
HIGH, LOW = 10.0, 0.1
RECIPE = Recipe(prompt="", width=8, height=8)


def gaussian(latents: Tensor, sigma: float) -> Tensor:
    """The exact denoiser of data drawn from N(MEAN, STD)."""
    return (STD**2 * latents + sigma**2 * MEAN) / (STD**2 + sigma**2)


def exact(latents: Tensor) -> Tensor:
    """Where the probability flow takes latents from HIGH to LOW, for that data."""
    spread = math.sqrt((STD**2 + LOW**2) / (STD**2 + HIGH**2))
    return MEAN + (latents - MEAN) * spread


def error_on_gaussian(sampler: str, steps: int) -> float:
    sigmas = np.geomspace(HIGH, LOW, steps + 1).tolist()
    latents = torch.linspace(-12, 12, 9, dtype=torch.float64)
    wanted = exact(latents)
    record = StepRecord(
        recipe=RECIPE, index=0, sigma=HIGH, latents=latents, denoised=gaussian(latents, HIGH)
    )
    noise = step_noise(0, Purpose.STEP, latents)
    for sigma in sigmas[1:]:
        latents = unasked(SAMPLERS[sampler](record, sigma, noise, knowing(gaussian)))
        record = StepRecord(
            recipe=RECIPE,
            index=record.index + 1,
            sigma=sigma,
            latents=latents,
            denoised=gaussian(latents, sigma),
            history=record.denoised if sampler in MULTISTEP else None,
            previous_sigma=record.sigma,
        )
    return float((record.latents - wanted).abs().max())


@pytest.mark.parametrize(("sampler", "order"), [("euler", 1), ("dpmpp_2m", 2), ("heun", 2)])
def test_halving_the_step_divides_the_error_by_two_to_the_order(sampler: str, order: int) -> None:
    coarse, fine = error_on_gaussian(sampler, 80), error_on_gaussian(sampler, 160)
    assert math.log2(coarse / fine) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_an_euler_step_with_eta_keeps_the_deviation_of_its_noise_level(eta: float) -> None:
    many = torch.from_numpy(np.random.default_rng(0).standard_normal(200_000))
    record = StepRecord(
        recipe=RECIPE, index=0, sigma=2.0, latents=2.0 * many, denoised=torch.zeros_like(many)
    )
    noise = step_noise(0, Purpose.STEP, many)
    latents = euler(record, 1.5, noise, knowing(gaussian), eta=eta)
    assert float(latents.std()) == pytest.approx(1.5, rel=0.01)


def test_noise_repeats_at_its_address_and_nowhere_else() -> None:
    like = torch.empty(1, 4, 16, 16)
    addresses = [
        (seed, purpose, region, variation, index)
        for seed in (0, 2**32, 5)
        for purpose in Purpose
        for region in (0, 1)
        for variation in (0, 1)
        for index in (0, 1)
    ]
    draws = [
        step_noise(seed, purpose, like, region=region, variation=variation)(index).flatten()
        for seed, purpose, region, variation, index in addresses
    ]
    again = step_noise(0, Purpose.START, like)(0).flatten()
    assert torch.equal(again, draws[0])
    correlations = torch.corrcoef(torch.stack(draws)) - torch.eye(len(draws))
    assert float(correlations.abs().max()) < 0.15  # of 1024 numbers each: five deviations


def test_noise_is_standard_normal() -> None:
    draw = step_noise(3, Purpose.STEP, torch.empty(1, 4, 256, 256))(5)
    assert float(draw.mean()) == pytest.approx(0, abs=0.01)
    assert float(draw.std()) == pytest.approx(1, abs=0.01)


def test_the_first_ancestral_step_shares_no_noise_with_the_start() -> None:
    like = torch.empty(1, 4, 64, 64)
    start = step_noise(0, Purpose.START, like)(0)
    step = step_noise(0, Purpose.STEP, like)(0)
    assert float((start + step).std()) == pytest.approx(math.sqrt(2), rel=0.02)


def test_random_numbers_come_from_step_noise_only() -> None:
    folder = Path(pipelines.__path__[0])
    drawn = re.compile(r"torch\.(randn|rand|randint|normal|manual_seed|Generator)\b")
    found = [path.name for path in folder.glob("*.py") if drawn.search(path.read_text())]
    assert found == []
