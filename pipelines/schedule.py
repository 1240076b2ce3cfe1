"""Noise levels of a run: the sigmas of a sampler's own diffusers scheduler.

Training     how the model was trained: what every schedule is computed from
Schedule     the sigmas of a sampler, and how its first latents are made
schedule_for the table: each sampler's diffusers class with its full configuration
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
)
from numpy.typing import NDArray

from .recipe import SAMPLER_NAMES, Recipe

LCM_LEVELS = 50  # steps that latent consistency models were distilled on, arXiv:2310.04378


@dataclass(frozen=True, kw_only=True)
class Training:
    """The part of a scheduler's configuration that belongs to the model, by diffusers' names."""

    num_train_timesteps: int = 1000
    beta_start: float = 0.00085
    beta_end: float = 0.012
    beta_schedule: str = "scaled_linear"
    trained_betas: tuple[float, ...] | None = None
    prediction_type: str = "epsilon"
    rescale_betas_zero_snr: bool = False

    @staticmethod
    def of(
        config: Mapping[str, Any],
    ) -> Training:  # Any: a scheduler_config.json as diffusers reads it
        """Read from the configuration of any diffusers scheduler."""
        known = {key: config[key] for key in asdict(Training()) if key in config}
        if known.get("trained_betas") is not None:
            known["trained_betas"] = tuple(known["trained_betas"])
        return Training(**known)

    def options(self) -> dict[str, Any]:  # Any: keyword arguments of diffusers' classes
        """As keyword arguments of a scheduler."""
        options = asdict(self)
        return options if self.rescale_betas_zero_snr else _without_zero_snr(options)


@dataclass(frozen=True)
class Schedule:
    """Strictly falling noise levels. There is no trailing 0: the last prediction is the picture."""

    sigmas: tuple[float, ...]
    timesteps: tuple[int, ...]  # what the UNet is told at each; Model finds the same from sigma
    start: float  # text-to-image begins with noise times this

    def below(self, sigma: float) -> tuple[float, ...]:
        """What is left to run after a record at `sigma`, also one made on another schedule."""
        return tuple(level for level in self.sigmas if level < sigma)

    def index(self, sigma: float) -> int:
        """The step at a noise level, also at one of a schedule that a rewind has left."""
        return max(0, len(self.sigmas) - len(self.below(sigma)) - 1)


@cache
def training_sigmas(training: Training) -> NDArray[np.float64]:
    """The noise level of every training timestep, rising. Zero terminal SNR ends at 4096."""
    scheduler = EulerDiscreteScheduler(**training.options())
    alphas = scheduler.alphas_cumprod.double().numpy()
    return np.sqrt((1 - alphas) / alphas)


def first_index(recipe: Recipe) -> int:
    """Where image-to-image enters the schedule, as diffusers' `get_timesteps` has it."""
    n = recipe.num_inference_steps
    return n - min(int(n * recipe.strength), n)


def samplers_of(training: Training) -> tuple[str, ...]:
    """The samplers that work with a model trained so."""
    return tuple(name for name in SAMPLER_NAMES if not _refusal(training, name))


@cache
def schedule_for(training: Training, sampler: str, n: int) -> Schedule:
    """The noise levels of `n` steps. Raises ValueError where sampler and model do not fit."""
    if refusal := _refusal(training, sampler):
        raise ValueError(refusal)
    if sampler == "lcm" and n > LCM_LEVELS:
        raise ValueError(f"num_inference_steps must be at most {LCM_LEVELS} with lcm, got {n}")
    return _TABLE[sampler](training, n)


def _refusal(training: Training, sampler: str) -> str:
    """Why a sampler cannot be used; empty where it can."""
    if not training.rescale_betas_zero_snr:
        return ""
    if training.prediction_type == "epsilon":
        return "a model with zero terminal SNR must predict v; this one predicts epsilon"
    if sampler in ("dpmpp_2m_karras", "heun"):
        return f"sampler {sampler} cannot be used with a zero-terminal-SNR model; use dpmpp_2m"
    return ""


def _ddim(training: Training, n: int) -> Schedule:
    # Leading: DDIM steps to t - 1000 // n, which only this spacing keeps to for every n.
    scheduler = DDIMScheduler(
        **training.options(),
        clip_sample=False,
        set_alpha_to_one=True,
        timestep_spacing="leading",
        steps_offset=1,
    )
    scheduler.set_timesteps(n)
    return _variance_preserving(training, scheduler.timesteps.tolist())


def _lcm(training: Training, n: int) -> Schedule:
    scheduler = LCMScheduler(**training.options(), original_inference_steps=LCM_LEVELS)
    scheduler.set_timesteps(n)
    return _variance_preserving(training, scheduler.timesteps.tolist())


def _dpmpp_2m(training: Training, n: int, *, karras: bool = False) -> Schedule:
    scheduler = DPMSolverMultistepScheduler(
        **training.options(),
        solver_order=2,
        algorithm_type="dpmsolver++",
        solver_type="midpoint",
        use_karras_sigmas=karras,
        final_sigmas_type="zero",
        timestep_spacing="linspace",
    )
    scheduler.set_timesteps(n)
    sigmas = tuple(scheduler.sigmas[:-1].tolist())
    return Schedule(sigmas, tuple(scheduler.timesteps.tolist()), _unit_variance(sigmas[0]))


def _euler(training: Training, n: int) -> Schedule:
    scheduler = EulerDiscreteScheduler(**training.options(), timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    return _sigma_space(scheduler.sigmas.tolist(), scheduler.timesteps.tolist(), n)


def _euler_ancestral(training: Training, n: int) -> Schedule:
    scheduler = EulerAncestralDiscreteScheduler(**training.options(), timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    return _sigma_space(scheduler.sigmas.tolist(), scheduler.timesteps.tolist(), n)


def _heun(training: Training, n: int) -> Schedule:
    scheduler = HeunDiscreteScheduler(**training.options(), timestep_spacing="trailing")
    scheduler.set_timesteps(n)
    # Every level but the first stands twice in it, once for each evaluation.
    return _sigma_space(scheduler.sigmas.tolist()[::2], scheduler.timesteps.tolist()[::2], n)


def _sigma_space(sigmas: list[float], timesteps: list[float], n: int) -> Schedule:
    """For classes whose first latents are noise times the largest sigma.

    Cut to n: for a few step counts (61, 103, ...) trailing spacing rounds to one level too many.
    """
    return Schedule(tuple(sigmas[:n]), tuple(round(t) for t in timesteps[:n]), sigmas[0])


def _variance_preserving(training: Training, timesteps: list[int]) -> Schedule:
    sigmas = tuple(float(training_sigmas(training)[t]) for t in timesteps)
    return Schedule(sigmas, tuple(timesteps), _unit_variance(sigmas[0]))


def _unit_variance(sigma: float) -> float:
    """For classes that start with unit noise in variance-preserving latents."""
    return (sigma**2 + 1) ** 0.5


def _without_zero_snr(options: dict[str, Any]) -> dict[str, Any]:  # Any: see options
    """HeunDiscreteScheduler does not know the option; False is every other class's default."""
    return {key: value for key, value in options.items() if key != "rescale_betas_zero_snr"}


_TABLE: dict[str, Callable[[Training, int], Schedule]] = {
    "ddim": _ddim,
    "euler": _euler,
    "euler_ancestral": _euler_ancestral,
    "dpmpp_2m": _dpmpp_2m,
    "dpmpp_2m_karras": lambda training, n: _dpmpp_2m(training, n, karras=True),
    "heun": _heun,
    "lcm": _lcm,
}
