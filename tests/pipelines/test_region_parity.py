"""Isolated regions are the published algorithm: the same latents as a double of its arithmetic."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pipelines import backdrop
from pipelines.backdrop import Backdrop
from pipelines.model import Model
from pipelines.pixels import Pixels
from pipelines.recipe import Recipe
from pipelines.samplers import Purpose, step_noise
from pipelines.schedule import schedule_for, training_sigmas
from pipelines.sources import encoded

from .painting import SIDE, line, noise
from .reference_double import Brush, Defects, Reference
from .region_words import Layout, box

SIZE = (SIDE, SIDE)
LEFT, RIGHT = box((0, 1, 3, 5)), box((5, 4, 8, 8))
ONE, TWO = "a tree", "red"
LEAK = 300.0  # squared latents
NONE = Defects()

pytestmark = pytest.mark.usefixtures("whole_windows")  # as in the paper and its code


def soft(cells: tuple[int, int, int, int]) -> Pixels:
    """A box whose cells rise from 0 on the left to full on the right."""
    mask = box(cells)
    ramp = np.repeat(np.linspace(0, 255, cells[2] - cells[0]).astype(np.uint8), 8)
    mask[:, 8 * cells[0] : 8 * cells[2], 0] = np.minimum(
        mask[:, 8 * cells[0] : 8 * cells[2], 0], ramp
    )
    return mask


def layout(one: Pixels = LEFT, two: Pixels = RIGHT, **options: Any) -> Layout:
    """Two isolated regions over the ground."""
    strengths = options.pop("strengths", (1.0, 1.0))
    recipe = {
        key: options.pop(key)
        for key in ("guidance_scale", "init_image", "mask", "num_inference_steps")
        if key in options
    }
    chosen = {"mode": "isolate", "quantisation": "discrete", "bootstrap_steps": 1} | options
    brushes = [
        (prompt, mask, chosen | {"prompt_strength": strength})
        for prompt, mask, strength in zip((ONE, TWO), (one, two), strengths, strict=True)
    ]
    defaults: dict[str, Any] = {"sampler": "lcm", "num_inference_steps": 5, "guidance_scale": 1.0}
    return Layout(*brushes, **(defaults | recipe))


def reference(model: Model, laid: Layout, **options: Any) -> Reference:
    """The double with this model's weights, and the noise that ours draws."""
    recipe = laid.recipe
    schedule = schedule_for(model.training, "lcm", recipe.num_inference_steps)
    like = torch.empty(model.latent_shape(SIZE))
    start = step_noise(recipe.seed, Purpose.START, like)(0)
    picture = None
    if recipe.init_image:
        sigma = schedule.sigmas[0]
        picture = encoded(model, recipe, "init_image", recipe.init_image, laid.inputs)
        start = (picture + sigma * start) / (sigma**2 + 1) ** 0.5
    white = model.encode_image(np.full((SIDE, SIDE, 3), 255, np.uint8))
    return Reference(
        unet=model.pipeline.unet,
        timesteps=schedule.timesteps,
        alphas_cumprod=torch.from_numpy(1 / (training_sigmas(model.training) ** 2 + 1)),
        guidance_scale=recipe.guidance_scale,
        start=start,
        step_noise=step_noise(recipe.seed, Purpose.STEP, like),
        backdrop_noise=step_noise(recipe.seed, Purpose.BACKDROP, like),
        white=white,
        picture=picture,
        **options,
    )


def brushes(model: Model, recipe: Recipe, *masks: Pixels) -> tuple[Brush, list[Brush]]:
    """The ground and the regions for the double; masks as latent cells."""

    def embeds(prompt: str) -> Tensor:
        return model.encode_prompt(prompt, SIZE).prompt_embeds

    negative = embeds(recipe.negative_prompt)
    ground = Brush(embeds=embeds(recipe.prompt), negative=negative, mask=torch.ones(8, 8))
    return ground, [
        Brush(
            embeds=embeds(region.prompt),
            negative=negative if region.negative_prompt is None else embeds(region.negative_prompt),
            mask=torch.from_numpy(mask[4::8, 4::8, 0].astype(np.float32) / 255),
            alpha=region.alpha,
            strength=region.prompt_strength,
        )
        for region, mask in zip(recipe.regions, masks, strict=True)
    ]


def apart(ours: list[Tensor], theirs: list[Tensor]) -> float:
    """The largest relative difference over all steps."""
    return max(
        float((one - other).norm() / other.norm()) for one, other in zip(ours, theirs, strict=True)
    )


def compared(
    model: Model, laid: Layout, *masks: Pixels, defects: Defects = NONE, **options: Any
) -> float:
    ours = [record.denoised for record in line(model, laid.recipe, laid.inputs)]
    ground, regions = brushes(model, laid.recipe, *masks)
    return apart(ours, reference(model, laid, **options).run(ground, regions, defects))


@pytest.mark.parametrize("bootstrap_steps", [0, 1, 2])
@pytest.mark.parametrize("quantisation", ["discrete", "semi", "continuous"])
def test_the_code_one_shot(tiny: Model, quantisation: str, bootstrap_steps: int) -> None:
    laid = layout(quantisation=quantisation, bootstrap_steps=bootstrap_steps)
    options: dict[str, Any] = {"quantisation": quantisation, "bootstrap_steps": bootstrap_steps}
    assert compared(tiny, laid, LEFT, RIGHT, **options) < 1e-4


@pytest.mark.parametrize("quantisation", ["discrete", "semi", "continuous"])
def test_soft_masks_overlap_prompt_strength_and_guidance(tiny: Model, quantisation: str) -> None:
    one, two = soft((0, 0, 6, 6)), soft((3, 2, 8, 8))
    laid = layout(one, two, quantisation=quantisation, strengths=(0.7, 0.4), guidance_scale=2.5)
    assert compared(tiny, laid, one, two, quantisation=quantisation) < 1e-4


def test_mask_alpha_begins_later(tiny: Model) -> None:
    laid = layout(alpha=0.9)
    assert compared(tiny, laid, LEFT, RIGHT) < 1e-4


@pytest.fixture
def sensitive(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an untrained model predicts is far from white: leaks are looked for further away."""
    monkeypatch.setattr(backdrop, "SENSITIVITY", LEAK)


@pytest.mark.usefixtures("sensitive")
def test_leaks_are_suppressed_as_in_the_code(tiny: Model) -> None:
    options: dict[str, Any] = {"bootstrap_steps": 2, "leak_sensitivity": LEAK}
    laid = layout(bootstrap_steps=2)
    assert compared(tiny, laid, LEFT, RIGHT, **options) < 1e-4
    assert (
        compared(tiny, laid, LEFT, RIGHT, **dict[str, Any](options, leak_sensitivity=None)) > 1e-3
    )


def test_the_papers_algorithm_has_no_leakage_suppression(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backdrop, "left_behind", lambda _, p: torch.ones_like(p[:, :1]))
    options: dict[str, Any] = {"bootstrap_steps": 2, "leak_sensitivity": None}
    assert compared(tiny, layout(bootstrap_steps=2), LEFT, RIGHT, **options) < 1e-4


def over_a_picture() -> Layout:
    picture = noise(SIDE, SIDE, 3)
    laid = layout(bootstrap_steps=2)
    laid.changes |= {
        "init_image": laid.with_image(picture),
        "mask": laid.with_image(np.maximum(LEFT, RIGHT)),
    }
    return laid


def test_over_a_picture_what_no_region_has_stays(tiny: Model) -> None:
    assert compared(tiny, over_a_picture(), LEFT, RIGHT, bootstrap_steps=2) < 1e-4


@pytest.mark.usefixtures("sensitive")
@pytest.mark.parametrize("defect", [field.name for field in fields(Defects)])
def test_every_known_defect_is_one(tiny: Model, defect: str) -> None:
    """With its switch on, the double leaves us: what is switched off in the other tests matters."""
    one, two = LEFT, RIGHT
    options: dict[str, Any] = {"bootstrap_steps": 2, "leak_sensitivity": LEAK}
    laid = over_a_picture() if defect == "white_over_picture" else layout(bootstrap_steps=2)
    if defect == "overlap_averaged":
        one, two = box((0, 0, 6, 6)), box((2, 2, 8, 8))
        laid = layout(one, two, bootstrap_steps=2)
    if defect == "alpha_of_255":
        laid = layout(alpha=0.9, bootstrap_steps=2)
    assert compared(tiny, laid, one, two, **options) < 1e-4
    assert compared(tiny, laid, one, two, defects=replace(NONE, **{defect: True}), **options) > 1e-3
