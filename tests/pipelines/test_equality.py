"""The same pictures as diffusers: its own pipelines and schedulers, on the same tiny models.

Trajectory and final latents of every sampler, text-to-image and image-to-image, with epsilon and v
prediction, on SD- and SDXL-shaped models; where a sampler draws noise, diffusers is fed ours.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
)
from torch import Tensor

from pipelines.model import Model, load_model
from pipelines.pixels import image_id
from pipelines.recipe import SAMPLER_NAMES, Recipe, Sampler
from pipelines.record import Inputs, StepRecord
from pipelines.run import follow, start
from pipelines.samplers import Purpose, step_noise
from pipelines.schedule import schedule_for

TOLERANCE = 1e-4  # relative
STEPS = 8
SIZE = 64
# Written out again, not read from schedule.py: the test must not follow a mistake there.
SCHEDULERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "ddim": (
        DDIMScheduler,
        {"clip_sample": False, "set_alpha_to_one": True, "timestep_spacing": "leading"},
    ),
    "euler": (EulerDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "euler_ancestral": (EulerAncestralDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "dpmpp_2m": (
        DPMSolverMultistepScheduler,
        {"algorithm_type": "dpmsolver++", "timestep_spacing": "linspace"},
    ),
    "dpmpp_2m_karras": (
        DPMSolverMultistepScheduler,
        {
            "algorithm_type": "dpmsolver++",
            "timestep_spacing": "linspace",
            "use_karras_sigmas": True,
        },
    ),
    "heun": (HeunDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "lcm": (LCMScheduler, {"original_inference_steps": 50}),
}
VARIANCE_PRESERVING = ("ddim", "dpmpp_2m", "dpmpp_2m_karras", "lcm")


def recipe_of(sampler: Sampler, **changes: Any) -> Recipe:
    defaults: dict[str, Any] = {
        "prompt": "a red tree",
        "negative_prompt": "to",
        "width": SIZE,
        "height": SIZE,
        "num_inference_steps": STEPS,
        "guidance_scale": 3.0,
        "seed": 7,
    }
    return Recipe(sampler=sampler, **(defaults | changes))


def run(model: Model, recipe: Recipe, inputs: Inputs | None = None) -> list[StepRecord]:
    inputs = inputs or Inputs()
    first = start(model, recipe, inputs)
    return [first, *follow(model, first, inputs)]


def pipeline_with(model: Model, kind: str, sampler: str) -> Any:
    family = "StableDiffusionXL" if model.info.family == "sdxl" else "StableDiffusion"
    scheduler, options = SCHEDULERS[sampler]
    config = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "prediction_type": model.training.prediction_type,
        "rescale_betas_zero_snr": model.training.rescale_betas_zero_snr,
    }
    if scheduler is HeunDiscreteScheduler:
        del config["rescale_betas_zero_snr"]
    if scheduler is DDIMScheduler:
        config["steps_offset"] = 1
    parts = model.pipeline.components | {"scheduler": scheduler(**config, **options)}
    extra = {} if family == "StableDiffusionXL" else {"requires_safety_checker": False}
    pipeline = getattr(diffusers, f"{family}{kind}Pipeline")(**parts, **extra)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def call(pipeline: Any, recipe: Recipe, **arguments: Any) -> list[Tensor]:
    """The latents after every diffusers step; the last one is the result."""
    seen: list[Tensor] = []

    def keep(pipe: Any, index: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        seen.append(values["latents"].clone())
        return values

    pipeline(
        prompt=recipe.prompt,
        negative_prompt=recipe.negative_prompt,
        num_inference_steps=recipe.num_inference_steps,
        guidance_scale=recipe.guidance_scale,
        output_type="latent",
        callback_on_step_end=keep,
        **({"eta": recipe.eta} if recipe.eta else {}),
        **arguments,
    )
    return seen


def feed_noise(
    monkeypatch: pytest.MonkeyPatch, module: str, draws: Callable[[int], Tensor], first: int
) -> None:
    """Let a diffusers module draw from `draws`, beginning with index `first`."""
    index = iter(range(first, 1000))

    def randn_tensor(*_: Any, **__: Any) -> Tensor:
        return draws(next(index))

    monkeypatch.setattr(f"diffusers.{module}.randn_tensor", randn_tensor)


def feed_step_noise(monkeypatch: pytest.MonkeyPatch, recipe: Recipe, first: StepRecord) -> None:
    module = {
        "ddim": "schedulers.scheduling_ddim",
        "euler_ancestral": "schedulers.scheduling_euler_ancestral_discrete",
        "lcm": "schedulers.scheduling_lcm",
    }.get(recipe.sampler)
    if module:
        noise = step_noise(recipe.seed, Purpose.STEP, first.latents)
        feed_noise(monkeypatch, module, noise, first.index + 1)


def in_their_space(recipe: Recipe, record: StepRecord) -> Tensor:
    scale = (record.sigma**2 + 1) ** -0.5 if recipe.sampler in VARIANCE_PRESERVING else 1.0
    return record.latents * scale


def assert_same_trajectory(recipe: Recipe, ours: list[StepRecord], theirs: list[Tensor]) -> None:
    if recipe.sampler == "heun":  # two calls a step; the second gives the step's latents
        theirs = [*theirs[1:-1:2], theirs[-1]]
    assert len(theirs) == len(ours)
    for record, latents in zip(ours[1:], theirs[:-1], strict=True):
        assert relative(in_their_space(recipe, record), latents) < TOLERANCE
    assert relative(ours[-1].denoised, theirs[-1]) < TOLERANCE


def relative(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).norm() / theirs.norm())


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_text_to_image_is_the_diffusers_one(
    each_tiny: Model, sampler: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(sampler)
    ours = run(each_tiny, recipe)
    feed_step_noise(monkeypatch, recipe, ours[0])
    # The pipeline multiplies by the scheduler's own init_noise_sigma.
    unit = step_noise(recipe.seed, Purpose.START, ours[0].latents)(0)
    size = {"width": SIZE, "height": SIZE}
    theirs = call(pipeline_with(each_tiny, "", sampler), recipe, latents=unit, **size)
    assert_same_trajectory(recipe, ours, theirs)


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_image_to_image_is_the_diffusers_one(
    each_tiny: Model, sampler: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
    recipe = recipe_of(sampler, init_image=image_id(picture), strength=0.6)
    ours = run(each_tiny, recipe, Inputs({image_id(picture): picture}))
    assert ours[0].index == STEPS - int(STEPS * 0.6)
    feed_step_noise(monkeypatch, recipe, ours[0])
    folder = "stable_diffusion_xl" if each_tiny.info.family == "sdxl" else "stable_diffusion"
    module = f"pipelines.{folder}.pipeline_{folder}_img2img"
    feed_noise(
        monkeypatch,
        module,
        step_noise(recipe.seed, Purpose.START, ours[0].latents),
        ours[0].index,
    )
    known = each_tiny.encode_image(picture)
    pipeline = pipeline_with(each_tiny, "Img2Img", sampler)
    theirs = call(pipeline, recipe, image=known, strength=recipe.strength)
    assert_same_trajectory(recipe, ours, theirs)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_is_the_diffusers_one_for_every_eta(
    each_tiny: Model, eta: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of("ddim", eta=eta, num_inference_steps=11)  # does not divide 1000
    ours = run(each_tiny, recipe)
    feed_step_noise(monkeypatch, recipe, ours[0])
    unit = step_noise(recipe.seed, Purpose.START, ours[0].latents)(0)
    theirs = call(pipeline_with(each_tiny, "", "ddim"), recipe, latents=unit, width=64, height=64)
    assert_same_trajectory(recipe, ours, theirs)


@pytest.mark.parametrize("sampler", ["euler", "euler_ancestral", "dpmpp_2m", "lcm"])
def test_zero_terminal_snr_is_the_diffusers_one(
    tiny_folder: Path, sampler: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(tiny_folder / "sd_zero_snr")
    assert max(schedule_for(model.training, sampler, STEPS).sigmas) == pytest.approx(4096, rel=1e-3)
    recipe = recipe_of(sampler)
    ours = run(model, recipe)
    feed_step_noise(monkeypatch, recipe, ours[0])
    unit = step_noise(recipe.seed, Purpose.START, ours[0].latents)(0)
    theirs = call(pipeline_with(model, "", sampler), recipe, latents=unit, width=64, height=64)
    assert_same_trajectory(recipe, ours, theirs)


def test_a_guidance_scale_of_one_is_the_diffusers_run_without_guidance(tiny: Model) -> None:
    recipe = recipe_of("euler", guidance_scale=1.0)
    ours = run(tiny, recipe)
    unit = step_noise(recipe.seed, Purpose.START, ours[0].latents)(0)
    theirs = call(pipeline_with(tiny, "", "euler"), recipe, latents=unit, width=64, height=64)
    assert_same_trajectory(recipe, ours, theirs)


def test_ancestral_runs_are_equal_only_because_they_share_their_noise(tiny: Model) -> None:
    recipe = recipe_of("euler_ancestral")
    ours = run(tiny, recipe)
    unit = step_noise(recipe.seed, Purpose.START, ours[0].latents)(0)
    pipeline = pipeline_with(tiny, "", "euler_ancestral")
    theirs = call(pipeline, recipe, latents=unit, width=64, height=64)
    assert relative(ours[-1].denoised, theirs[-1]) > 100 * TOLERANCE
