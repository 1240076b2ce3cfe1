"""Schedules: strictly falling, as long as asked for, and known to the model by sigma alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipelines.model import Model, load_model
from pipelines.recipe import SAMPLER_NAMES, Recipe
from pipelines.schedule import Training, first_index, samplers_of, schedule_for

EPSILON = Training()
ZERO_SNR = Training(rescale_betas_zero_snr=True, prediction_type="v_prediction")
IMAGE = "0" * 64


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_every_step_count_gives_that_many_falling_sigmas(sampler: str) -> None:
    for n in [*range(1, 51)] if sampler == "lcm" else [*range(1, 40), 61, 103, 122, 250]:
        sigmas = schedule_for(EPSILON, sampler, n).sigmas
        assert len(sigmas) == n
        assert np.all(np.diff(sigmas) < 0)
        assert sigmas[-1] > 0


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_the_model_finds_every_timestep_from_sigma_alone(tiny: Model, sampler: str) -> None:
    for n in (1, 7, 20, 30, 50):
        schedule = schedule_for(tiny.training, sampler, n)
        assert [tiny.timestep(sigma) for sigma in schedule.sigmas] == list(schedule.timesteps)


def test_what_is_left_lies_below_the_sigma_also_of_another_schedule() -> None:
    schedule = schedule_for(EPSILON, "euler", 10)
    assert schedule.below(schedule.sigmas[3]) == schedule.sigmas[4:]
    foreign = schedule_for(EPSILON, "dpmpp_2m_karras", 10).sigmas[4]
    assert all(sigma < foreign for sigma in schedule.below(foreign))
    assert len(schedule.below(foreign)) == sum(sigma < foreign for sigma in schedule.sigmas)


@pytest.mark.parametrize(
    ("steps", "strength", "index"), [(20, 1.0, 0), (20, 0.5, 10), (20, 0.05, 19), (8, 0.6, 4)]
)
def test_image_to_image_enters_at_diffusers_index(steps: int, strength: float, index: int) -> None:
    recipe = Recipe(
        prompt="",
        width=8,
        height=8,
        num_inference_steps=steps,
        init_image=IMAGE,
        strength=strength,
    )
    assert first_index(recipe) == index


def test_a_zero_snr_model_is_refused_karras_and_heun() -> None:
    assert set(SAMPLER_NAMES) - set(samplers_of(ZERO_SNR)) == {"dpmpp_2m_karras", "heun"}
    for sampler in ("dpmpp_2m_karras", "heun"):
        with pytest.raises(ValueError, match=f"sampler {sampler} cannot be used with a zero-term"):
            schedule_for(ZERO_SNR, sampler, 10)


def test_a_zero_snr_model_must_predict_v() -> None:
    training = Training(rescale_betas_zero_snr=True)
    with pytest.raises(ValueError, match="must predict v; this one predicts epsilon"):
        schedule_for(training, "euler", 10)


def test_lcm_takes_at_most_fifty_steps() -> None:
    with pytest.raises(ValueError, match="num_inference_steps must be at most 50 with lcm, got 51"):
        schedule_for(EPSILON, "lcm", 51)


def test_the_training_is_read_from_any_schedulers_configuration(tiny_folder: Path) -> None:
    assert load_model(tiny_folder / "sd_zero_snr").training == ZERO_SNR
    betas = {"trained_betas": [0.1, 0.2], "num_train_timesteps": 2, "_class_name": "Whatever"}
    assert Training.of(betas).trained_betas == (0.1, 0.2)
