"""The arithmetic of region-based multi-diffusion, written from the formulas of its paper and code.

One-shot, with latent pre-averaging, centred bootstrapping and quantised masks: arXiv:2403.09055,
algorithm S2, and what its released code adds (a white first backdrop, leakage suppression). Plain
loops in variance-preserving latents, on a UNet called directly: nothing of `pipelines` is used but
tensors that the test hands over. What that code does differently from its paper, or what went
wrong in it, is a switch of `Defects`; with all of them off this is what `isolate` has to equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Defects:
    """Where the released code departs from what is right; each one moves the result."""

    alpha_of_255: bool = False  # masks times 0..255: strength and quantisation are dead
    overlap_averaged: bool = False  # regions sent one by one: no upper one covers a lower one
    leak_against_noise: bool = False  # a clean prediction is compared with the noised backdrop
    leak_cancelled: bool = False  # sums are divided by the suppressed weights: nothing is dropped
    wrapped: bool = False  # centring by rolling: what leaves on one side comes in on the other
    always_centred: bool = False  # the stream rolls at every step, not the bootstrapped ones only
    white_over_picture: bool = False  # step 0 sees white, and is centred, though a picture is given
    ground_bootstrapped: bool = False  # the background prompt is one of the regions


@dataclass(frozen=True, kw_only=True)
class Brush:
    """A region: embeddings, its mask at latent size, and its sliders."""

    embeds: Tensor  # [1, tokens, D]
    negative: Tensor
    mask: Tensor  # [h, w] in 0..1
    alpha: float = 1.0
    strength: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One picture: everything random and everything learnt comes from outside."""

    unet: Any  # Any: called as diffusers' UNet2DConditionModel
    timesteps: tuple[int, ...]
    alphas_cumprod: Tensor  # of every training timestep
    guidance_scale: float
    start: Tensor  # [1, C, h, w], variance preserving
    step_noise: Callable[[int], Tensor]
    backdrop_noise: Callable[[int], Tensor]
    white: Tensor  # clean latents
    picture: Tensor | None = None  # clean latents of the background image
    bootstrap_steps: int = 1
    quantisation: str = "discrete"
    leak_sensitivity: float | None = 0.2  # the code's; None: the paper's algorithm has none

    def run(
        self, ground: Brush, brushes: list[Brush], defects: Defects = Defects()
    ) -> list[Tensor]:
        """The clean latents after each step."""
        levels = [math.sqrt(1 - float(self.alphas_cumprod[t])) for t in self.timesteps]
        claims = [brush.mask * brush.alpha for brush in brushes]
        if defects.alpha_of_255:
            claims = [255 * brush.mask for brush in brushes]
        made: list[Tensor] = []
        x = self.start
        for i, t in enumerate(self.timesteps):
            alpha, beta = math.sqrt(1 - levels[i] ** 2), levels[i]
            following = levels[i + 1] if i + 1 < len(levels) else 0.0
            masks = [self._mask(claim, levels[i], following) for claim in claims]
            if not defects.overlap_averaged:
                masks = _covered(masks)
            clean = self._step(x, i, t, alpha, beta, ground, brushes, masks, defects)
            made.append(clean)
            if following:
                x = math.sqrt(1 - following**2) * clean + following * self.step_noise(i + 1)
        return made

    def _mask(self, claim: Tensor, level: float, following: float) -> Tensor:
        last = following == 0
        if self.quantisation == "discrete" or (self.quantisation == "semi" and not last):
            return (claim > level).float()
        return ((claim - following) / (level - following)).clip(0, 1)

    def _step(
        self,
        x: Tensor,
        i: int,
        t: int,
        alpha: float,
        beta: float,
        ground: Brush,
        brushes: list[Brush],
        masks: list[Tensor],
        defects: Defects,
    ) -> Tensor:
        value, count = torch.zeros_like(x), torch.zeros_like(x[:, :1])
        boot = i < self.bootstrap_steps
        whiten = self.picture is None or (defects.white_over_picture and i == 0)
        behind = self.white if whiten or self.picture is None else self.picture
        noised = alpha * behind + beta * self.backdrop_noise(i)
        for brush, mask in zip(brushes, masks, strict=True):
            if not mask.any():
                continue
            seen, back = x, lambda clean: clean
            if boot:
                seen = (1 - mask) * noised + mask * x
            if (boot and whiten) or defects.always_centred:
                down, right = _to_centre(mask)
                seen = _moved(seen, down, right, noised, wrapped=defects.wrapped)
                back = _back(down, right, wrapped=defects.wrapped)
            embeds = torch.lerp(ground.embeds, brush.embeds, brush.strength)
            negative = torch.lerp(ground.negative, brush.negative, brush.strength)
            clean = back(self._clean(seen, t, alpha, beta, embeds, negative))
            weight = mask
            if boot and whiten and self.leak_sensitivity:
                against = noised if defects.leak_against_noise else behind
                leak = (clean - against).square().mean(1, keepdim=True)
                weight = mask * (2 * torch.sigmoid(leak / self.leak_sensitivity) - 1)
            value, count = value + weight * clean, count + weight
        if defects.leak_cancelled or defects.overlap_averaged:
            value = torch.where(count > 0, value / count.clip(min=1e-9), value)
            count = (count > 0).float()
        rest = 1 - count
        if self.picture is not None:
            return value + rest * self.picture
        seen = x
        if boot and defects.ground_bootstrapped:
            seen = (1 - rest) * noised + rest * x
        return value + rest * self._clean(seen, t, alpha, beta, ground.embeds, ground.negative)

    def _clean(
        self, x: Tensor, t: int, alpha: float, beta: float, embeds: Tensor, negative: Tensor
    ) -> Tensor:
        """Always both samples, also where the scale is 1: the same numbers at twice the cost."""
        with torch.no_grad():
            both = self.unet(torch.cat([x, x]), t, torch.cat([negative, embeds])).sample
        unconditional, conditional = both.chunk(2)
        noise = unconditional + self.guidance_scale * (conditional - unconditional)
        return (x - beta * noise) / alpha


def _covered(masks: list[Tensor]) -> list[Tensor]:
    """An upper region leaves to a lower one what it does not take."""
    left = torch.ones_like(masks[0])
    covered: list[Tensor] = []
    for mask in reversed(masks):
        covered.insert(0, torch.minimum(mask, left))
        left = left - covered[0]
    return covered


def _to_centre(mask: Tensor) -> tuple[int, int]:
    rows, columns = torch.where(mask > 0)
    middle = (
        (int(rows.min()) + int(rows.max()) + 1) // 2,
        (int(columns.min()) + int(columns.max()) + 1) // 2,
    )
    return mask.shape[0] // 2 - middle[0], mask.shape[1] // 2 - middle[1]


def _moved(x: Tensor, down: int, right: int, fill: Tensor, *, wrapped: bool) -> Tensor:
    rolled = torch.roll(x, (down, right), (2, 3))
    if wrapped:
        return rolled
    came = torch.ones_like(x)
    height, width = x.shape[2:]
    came[:, :, : max(down, 0)] = 0
    came[:, :, height + min(down, 0) :] = 0
    came[..., : max(right, 0)] = 0
    came[..., width + min(right, 0) :] = 0
    return torch.where(came > 0, rolled, fill)


def _back(down: int, right: int, *, wrapped: bool) -> Callable[[Tensor], Tensor]:
    def back(clean: Tensor) -> Tensor:
        return _moved(clean, -down, -right, torch.zeros_like(clean), wrapped=wrapped)

    return back
