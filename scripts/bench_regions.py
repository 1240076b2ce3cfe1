"""What regions cost: pairs in one process, interleaved, CPU seconds of one thread, medians.

    .venv/bin/python scripts/bench.py --regions [--pairs 9] [--json FILE]

blend_P_over_1        a frame with P blended regions over one with a single region; aim <= 1.15 at 8
blend_1_over_bare     a frame with one region over the bare UNet on the same batch; aim <= 1.05
isolate_4_quarters    a step with four isolated quarters over one full pass; aim <= 1.6; of the
                      embedded model at three sides, and guided, where each has two rows
isolate_first_step    the same for a bootstrapped step, which sees the ground as well
masks_ms              from a changed mask of 512 x 512 pixels to its cells under a blur of 32

A frame is two steps without guidance, as few-step models paint. Two models: a UNet of SD 1.5's
shape with a quarter of its channels, untrained, at 512 x 512 pixels, and the embedded model.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor

from bridge.config import Config
from pipelines.asking import Denoiser, answered
from pipelines.guidance import denoiser_for
from pipelines.masks import in_cells, soft_mask, stacked
from pipelines.model import Model, ModelFacts, load_model
from pipelines.pixels import Pixels, image_id
from pipelines.recipe import Recipe, Region
from pipelines.record import Inputs
from pipelines.samplers import Purpose, step_noise
from pipelines.schedule import Training, schedule_for

TOKENS, WIDTH = 77, 768  # of SD 1.5's prompts
STEPS = 2

Work = Callable[[], object]


def measured(pairs: int) -> dict[str, Any]:
    """All figures."""
    torch.set_num_threads(1)
    config = Config()
    embedded = load_model(config.models[config.default_model], "cpu", name=config.default_model)
    with torch.no_grad():
        return {
            "middle": _of_model(middle_model(), 512, pairs),
            "embedded": _of_model(embedded, 2 * embedded.info.native, pairs)
            | _sides(embedded, pairs),
            "masks_ms": _masks(pairs),
            "pairs": pairs,
        }


def middle_model() -> Model:
    """A UNet of SD 1.5's shape with a quarter of its channels, and prompts that are noise."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=64, block_out_channels=(80, 160, 320, 320), norm_num_groups=16,
        cross_attention_dim=WIDTH, attention_head_dim=8,
    ).eval()  # fmt: skip
    four: dict[str, Any] = {
        "block_out_channels": (8,) * 4,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    }
    vae = AutoencoderKL(**four, norm_num_groups=4, latent_channels=4).eval()

    def encode_prompt(prompt: str, **_: object) -> tuple[Tensor, None]:
        draws = torch.Generator().manual_seed(sum(prompt.encode()))
        return torch.randn(1, TOKENS, WIDTH, generator=draws), None

    pipeline = SimpleNamespace(unet=unet, vae=vae, encode_prompt=encode_prompt)
    info = ModelFacts(
        name="middle", hash="", family="sd", native=512, guidance_scale=1.0, device="cpu",
        samplers=("lcm",),
    )  # fmt: skip
    return Model(pipeline, Training(), info)


def _of_model(model: Model, side: int, pairs: int) -> dict[str, Any]:
    columns = {count: side_by_side(side, count) for count in (1, 2, 4, 8)}
    frames = {count: _frame(model, side, masks, "blend") for count, masks in columns.items()}
    plain = _frame(model, side, [], "blend")
    embeds = model.encode_prompt("0", (side, side))
    sigmas = _sigmas(model)
    latents = _latents(model, side)

    def bare() -> None:
        for sigma in sigmas:
            model.predict(latents, sigma, embeds)

    works: dict[str, Work] = {f"blend {count}": work for count, work in frames.items()}
    works |= {"plain": plain, "bare": bare} | _isolated(model, side, 1.0)
    seconds = _interleaved(f"{model.info.name} {side}", works, pairs)
    return {
        **{f"blend_{n}_over_1": _ratio(seconds, f"blend {n}", "blend 1") for n in (2, 4, 8)},
        "blend_1_over_bare": _ratio(seconds, "blend 1", "bare"),
        "plain_over_bare": _ratio(seconds, "plain", "bare"),
        "isolate_4_quarters": _ratio(seconds, "isolate", "whole"),
        "isolate_first_step": _ratio(seconds, "isolate first", "whole"),
        "seconds_per_frame": statistics.median(seconds["blend 1"]),
    }


def _sides(model: Model, pairs: int) -> dict[str, Any]:
    """Four isolated quarters at other sides, and guided."""
    figures: dict[str, Any] = {}
    for side in (1, 2, 4):
        for guidance in (1.0, 3.0):
            pixels = side * model.info.native
            name = f"isolate_{pixels}" + ("_guided" if guidance > 1 else "")
            seconds = _interleaved(name, _isolated(model, pixels, guidance), pairs)
            figures[name] = _ratio(seconds, "isolate", "whole")
    return figures


def _isolated(model: Model, side: int, guidance: float) -> dict[str, Work]:
    """One full pass; four isolated quarters in a settled step and in a bootstrapped one."""
    latents, (first, settled) = _latents(model, side), _sigmas(model)
    isolate = _denoiser(model, side, _quarters(side), "isolate", guidance)
    whole = _denoiser(model, side, [], "blend", guidance)
    return {
        "whole": lambda: answered(model, whole(latents, settled)),
        "isolate": lambda: answered(model, isolate(latents, settled)),
        "isolate first": lambda: answered(model, isolate(latents, first)),
    }


def side_by_side(side: int, count: int) -> list[Pixels]:
    """Regions side by side over the left three quarters; the rest is the ground's."""
    edges = np.linspace(0, 0.75 * side, count + 1).astype(int)
    masks: list[Pixels] = [np.zeros((side, side, 1), np.uint8) for _ in range(count)]
    for mask, left, right in zip(masks, edges[:-1], edges[1:], strict=True):
        mask[:, left:right] = 255
    return masks


def _quarters(side: int) -> list[Pixels]:
    half = side // 2
    masks: list[Pixels] = [np.zeros((side, side, 1), np.uint8) for _ in range(4)]
    for n, mask in enumerate(masks):
        top, left = n // 2 * half, n % 2 * half
        mask[top : top + half, left : left + half] = 255
    return masks


def _denoiser(
    model: Model, side: int, masks: list[Pixels], mode: Any, guidance: float = 1.0
) -> Denoiser:
    regions = tuple(
        Region(prompt=f"{n + 1}", mask=image_id(mask), mode=mode) for n, mask in enumerate(masks)
    )
    recipe = Recipe(
        prompt="0", width=side, height=side, working_width=side, working_height=side,
        num_inference_steps=STEPS, guidance_scale=guidance, sampler="lcm", regions=regions,
    )  # fmt: skip
    return denoiser_for(model, recipe, Inputs(images={image_id(mask): mask for mask in masks}))


def _frame(model: Model, side: int, masks: list[Pixels], mode: str) -> Work:
    denoise, latents = _denoiser(model, side, masks, mode), _latents(model, side)

    def frame() -> None:
        for sigma in _sigmas(model):
            answered(model, denoise(latents, sigma))

    return frame


def _latents(model: Model, side: int) -> Tensor:
    return step_noise(0, Purpose.START, torch.empty(model.latent_shape((side, side))))(0)


def _sigmas(model: Model) -> tuple[float, ...]:
    return schedule_for(model.training, "lcm", STEPS).sigmas


def _masks(pairs: int) -> dict[str, float]:
    """Milliseconds from a stroke's mask to latent cells; the first one also makes its matrices."""
    random = np.random.default_rng(0)
    seconds: list[float] = []
    for _ in range(pairs + 1):
        mask = np.zeros((512, 512, 1), np.uint8)
        top, left = random.integers(0, 300, 2)
        mask[top : top + 200, left : left + 200] = 255
        began = time.perf_counter()
        in_cells(stacked([soft_mask(mask, (512, 512), 32.0)], [1.0]))
        seconds.append(1000 * (time.perf_counter() - began))
    return {"first": seconds[0], "median": statistics.median(seconds[1:])}


def _interleaved(what: str, works: dict[str, Work], pairs: int) -> dict[str, list[float]]:
    """CPU seconds of each, every round in another order; the first round warms up.

    How far it is, and for how long, is said on the way.
    """
    seconds: dict[str, list[float]] = {name: [] for name in works}
    names, start = list(works), time.monotonic()
    for number in range(pairs + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            began = time.process_time()
            works[name]()
            if number:
                seconds[name].append(time.process_time() - began)
        left = (time.monotonic() - start) / (number + 1) * (pairs - number)
        told = f"{what}: round {number + 1} of {pairs + 1}, {left:.0f} s left"
        print(told, file=sys.stderr, flush=True)
    return seconds


def _ratio(seconds: dict[str, list[float]], one: str, other: str) -> dict[str, float]:
    """Median of the rounds' ratios, and the smallest and largest."""
    ratios = [a / b for a, b in zip(seconds[one], seconds[other], strict=True)]
    return {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}


def shown(figures: dict[str, Any]) -> str:
    """The figures as lines of text."""
    lines: list[str] = []
    for model in ("middle", "embedded"):
        lines.append(f"{model} model")
        for name, value in figures[model].items():
            if isinstance(value, dict):
                spread: dict[str, float] = value
                told = f"{spread['median']:.3f}  ({spread['min']:.3f} to {spread['max']:.3f})"
            else:
                told = f"{value:.3f}"
            lines.append(f"  {name:22} {told}")
    masks = figures["masks_ms"]
    lines.append(f"masks_ms                 {masks['median']:.2f}  (first {masks['first']:.2f})")
    return "\n".join(lines)
