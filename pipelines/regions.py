"""Semantic brushes: parts of the picture with prompts of their own, in one weighted sum.

regional    the denoiser of a recipe with regions, or of one painted through windows
check_place refuses a model in which they would not be heard
noise_for   noise with the regions' own seeds in it
turning     where another way of painting begins between two noise levels

Regions that blend share one pass: their prompts are mixed in its cross-attention (attention.py).
A region that is isolated is a prediction of its own, seen through its own window, as in
MultiDiffusion; predictions are merged before the sampler's update, so noise is added once (latent
pre-averaging, arXiv:2403.09055 section 3.2, is what is left when nothing is averaged after it).
What no region has is the ground's, which hears the recipe's own prompt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from .asking import Asking, Denoiser
from .attention import Mix, cross_attentions
from .backdrop import Backdrop, Centred, backdrop_for
from .masks import in_cells, quantised, soft_mask, stacked
from .model import Conditioning, Model
from .pixels import LEAST
from .prompts import averaged, between, heard
from .recipe import Recipe, Region
from .record import Inputs
from .samplers import Noise, Purpose, step_noise
from .schedule import first_index, schedule_for
from .sources import conditioning_for, picture_sized, size_of
from .terms import Guided, Term, View, cfg, evaluated
from .windows import Window, extent, tiles, window_around

BOOTSTRAPPED = 5 / 8  # of a run's steps, unless asked otherwise; docs/regions.md has others
GOLDEN = 0.618033988749895  # its multiples fall evenly between 0 and 1, however many
Turning = Callable[[float, float], Tensor | None]
"""(sigma, the next) -> the cells [1, 1, h, w] that are painted in another way from there on."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Ground:
    """A region as the model meets it."""

    region: Region
    claim: Tensor  # in 0..1, finer than cells, see masks.py
    positive: Conditioning
    negative: Conditioning
    isolated_until: float  # sigma; it is isolated above it
    bootstrapped_until: float

    def isolated(self, sigma: float) -> bool:
        """Whether it is seen through a window; what says nothing of its own is ground."""
        isolating = self.region.mode == "isolate" and self.region.prompt_strength > 0
        return isolating and sigma > self.isolated_until

    def bootstrapped(self, sigma: float) -> bool:
        return self.isolated(sigma) and sigma > self.bootstrapped_until


@dataclass(frozen=True, eq=False)
class _Piece:
    """A prediction of one part, and how it counts there among the pieces of its region."""

    guided: Guided
    window: Window
    weight: Tensor | float  # [height, width], or 1
    owner: int  # index of the region; -1: the ground
    backdrop: Backdrop | None = None  # what the region was seen before


class _Scene:
    """A recipe's regions, its ground, and what is painted of them at each noise level."""

    def __init__(self, model: Model, recipe: Recipe, inputs: Inputs) -> None:
        self.model = model
        self.recipe = recipe
        self.size = size_of(model, recipe)
        self.native = model.info.native // 8
        _, _, height, width = model.latent_shape(self.size)
        self.whole = Window(0, 0, height, width)
        self.schedule = schedule_for(model.training, recipe.sampler, recipe.num_inference_steps)
        self.backdrop = backdrop_for(model, recipe, inputs)
        claims = [claim_of(model, recipe, n, inputs) for n in range(len(recipe.regions))]
        with model.still():
            self.positive = conditioning_for(model, recipe, recipe.prompt)
            self.negative = conditioning_for(model, recipe, recipe.negative_prompt, "negative")
            grounds = list(map(self._ground, recipe.regions, claims))
        self.grounds = [ground for ground in grounds if ground.claim.any()]
        self._mixes: dict[tuple[tuple[int, ...], Window], list[Term]] = {}  # gone with the scene

    def _ground(self, region: Region, claim: Tensor) -> _Ground:
        model, recipe = self.model, self.recipe
        positive = conditioning_for(model, recipe, region.prompt)
        negative = self.negative
        if region.negative_prompt is not None:
            negative = conditioning_for(model, recipe, region.negative_prompt, "negative")
        share = region.prompt_strength
        return _Ground(
            region=region,
            claim=claim,
            positive=between(model, self.positive, positive, share),
            negative=between(model, self.negative, negative, share),
            isolated_until=self._sigma_after(region.isolate_steps),
            bootstrapped_until=self._sigma_after(self._bootstrap_steps(region, claim)),
        )

    def _bootstrap_steps(self, region: Region, claim: Tensor) -> int:
        """How many of the run's steps a region is bootstrapped for."""
        if region.bootstrap_steps is not None:
            return region.bootstrap_steps
        held, steps = extent(claim), len(self.schedule.sigmas) - first_index(self.recipe)
        if held is None or steps == 1 or held.width == claim.shape[1]:
            return 0
        return 0 if held.height == claim.shape[0] else max(1, int(BOOTSTRAPPED * steps))

    def _sigma_after(self, steps: int | None) -> float:
        """The noise level of the first step after so many of the run; 0: none comes after."""
        index = first_index(self.recipe) + (len(self.schedule.sigmas) if steps is None else steps)
        return self.schedule.sigmas[index] if index < len(self.schedule.sigmas) else 0.0

    def shares(self, sigma: float) -> list[Tensor]:
        """What each region has of each cell at this noise level, [h, w]."""
        below = self.schedule.below(sigma)
        level, following = _level(sigma), _level(below[0]) if below else 0.0
        claims = [
            quantised(g.claim, level, following, g.region.quantisation)
            if g.isolated(sigma)
            else g.claim
            for g in self.grounds
        ]
        return in_cells(stacked(claims, [g.region.weight for g in self.grounds]))

    def pieces(self, sigma: float) -> tuple[list[_Piece], list[Tensor]]:
        """What is predicted at this noise level, and the shares of those it is predicted for."""
        shares = self.shares(sigma)
        isolated = [n for n, g in enumerate(self.grounds) if g.isolated(sigma) and shares[n].any()]
        made: list[_Piece] = []
        for n in isolated:
            made += self._pieces_of(n, shares[n], sigma)
        left = torch.ones(self.whole.size, device=self.model.device)
        for n in isolated:
            left = left - shares[n]
        suppressed = any(piece.backdrop and piece.backdrop.flat for piece in made)
        if suppressed or bool((left > LEAST / 2).any()):
            blending = tuple(n for n, g in enumerate(self.grounds) if not g.isolated(sigma))
            made += self._pieces_of_ground(blending, sigma)
        else:
            shares = [share / (1 - left) for share in shares]
        return made, shares

    def _pieces_of(self, n: int, share: Tensor, sigma: float) -> list[_Piece]:
        ground, model = self.grounds[n], self.model
        around = window_around(in_cells([ground.claim])[0], self.native, model.multiple)
        assert around is not None  # regions without a claim are left out
        cut = self._cut(around, sigma)
        pieces: list[_Piece] = []
        for window, weight in cut:
            part = window.see(share)
            if not part.any():
                continue
            backdrop: Backdrop | None = None
            view: View = window
            if ground.bootstrapped(sigma):
                backdrop = self.backdrop.within(window)
                view = Centred(window, part, backdrop, sigma, centre=len(cut) == 1)
            terms = self._terms(ground.positive, ground.negative, window)
            pieces.append(_Piece(Guided(terms, self._seen(view)), window, weight, n, backdrop))
        return pieces

    def _pieces_of_ground(self, blending: tuple[int, ...], sigma: float) -> list[_Piece]:
        return [
            _Piece(Guided(self._mixed_terms(blending, window), self._seen(window)), window, w, -1)
            for window, w in self._cut(self.whole, sigma)
        ]

    def _cut(self, window: Window, sigma: float) -> list[tuple[Window, Tensor | float]]:
        """The window, or in a panorama overlapping ones of the native side."""
        if not self.recipe.panorama:
            return [(window, 1.0)]
        turn = self.schedule.index(sigma) * GOLDEN % 1
        device = self.model.device
        return [(cut, ramp.to(device)) for cut, ramp in tiles(window, self.native, turn)]

    def _seen(self, view: View) -> View | None:
        return None if view == self.whole else view

    def _terms(self, positive: Conditioning, negative: Conditioning, window: Window) -> list[Term]:
        scale = self.recipe.guidance_scale
        return cfg(self._placed(positive, window), self._placed(negative, window), scale)

    def _mixed_terms(self, blending: tuple[int, ...], window: Window) -> list[Term]:
        key = blending, window
        if key not in self._mixes:
            self._mixes[key] = self._new_mixed_terms(blending, window)
        return self._mixes[key]

    def _new_mixed_terms(self, blending: tuple[int, ...], window: Window) -> list[Term]:
        grounds = [self.grounds[n] for n in blending]
        claims = [g.claim for g in grounds]
        shares = in_cells(stacked(claims, [g.region.weight for g in grounds]))
        positive, negative = (
            self._mixed(ground, list(zip(others, shares, strict=True)), window)
            for ground, others in (
                (self.positive, [g.positive for g in grounds]),
                (self.negative, [g.negative for g in grounds]),
            )
        )
        return cfg(positive, negative, self.recipe.guidance_scale)

    def _mixed(
        self, ground: Conditioning, claimed: list[tuple[Conditioning, Tensor]], window: Window
    ) -> Conditioning:
        """Prompts by place: equal ones once, those with no share in the window never."""
        left = torch.ones(window.size, device=self.model.device)
        shares: dict[Conditioning, Tensor] = {}
        for conditioning, share in claimed:
            part = window.see(share)
            left = left - part
            shares[conditioning] = shares.get(conditioning, 0.0) + part
        shares[ground] = shares.get(ground, 0.0) + left.clamp(min=0)
        shares = {c: share for c, share in shares.items() if bool((share > LEAST / 2).any())}
        total = torch.stack(list(shares.values())).sum(0)
        shares = {c: share / total for c, share in shares.items()}
        if len(shares) == 1:
            return self._placed(next(iter(shares)), window)
        prompts = tuple(heard(self.model, c) for c in shares)
        base = self._placed(averaged(shares), window)
        return replace(base, effects=((Mix(prompts, tuple(shares.values())),),))

    def _placed(self, conditioning: Conditioning, window: Window) -> Conditioning:
        """The conditioning as SDXL likes to hear it: where in the picture the window lies."""
        if conditioning.time_ids is None or window == self.whole:
            return conditioning

        def placed() -> Conditioning:
            places = [self.size[1], self.size[0], window.top * 8, window.left * 8]
            places += [window.height * 8, window.width * 8]
            time_ids = torch.tensor([places]).to(conditioning.time_ids)
            return replace(conditioning, time_ids=time_ids)

        return self.model.remember(("placed", conditioning, window, self.size), placed)


def check_place(model: Model, recipe: Recipe) -> None:
    """Refuse regions that blend where the model has no place for them: ValueError."""
    if any(r.mode == "blend" or r.isolate_steps is not None for r in recipe.regions):
        cross_attentions(model.pipeline.unet)


def regional(model: Model, recipe: Recipe, inputs: Inputs) -> Denoiser:
    """A recipe's regions and its ground as one denoiser."""
    check_place(model, recipe)
    scene = _Scene(model, recipe, inputs)

    @cache
    def prepared(sigma: float):
        pieces, shares = scene.pieces(sigma)
        return pieces, shares, evaluated([piece.guided for piece in pieces])

    def denoise(latents: Tensor, sigma: float) -> Asking[Tensor]:
        pieces, shares, predict = prepared(sigma)
        predictions = yield from predict(latents, sigma)
        if len(pieces) == 1 and pieces[0].window == scene.whole and pieces[0].owner < 0:
            return predictions[0]
        total, left = torch.zeros_like(latents), torch.ones_like(latents[:, :1])
        for piece, prediction in zip(pieces, predictions, strict=True):
            share = piece.weight
            if piece.owner >= 0:
                share = piece.window.see(shares[piece.owner]) * share
                if piece.backdrop is not None:
                    share = share * piece.backdrop.left_behind(prediction)
                piece.window.see(left).sub_(share)
            else:  # the ground comes last: what the others have left
                share = piece.window.see(left) * share
            piece.window.see(total).add_(share * prediction)
        return total

    return denoise


def claim_of(model: Model, recipe: Recipe, number: int, inputs: Inputs) -> Tensor:
    """What a region would have if it were alone, in 0..1, on the model's device; see masks.py."""
    region = recipe.regions[number]
    name, size = f"regions.{number}.mask", size_of(model, recipe)
    mask = picture_sized(recipe, name, region.mask, inputs)
    if mask.shape[2] != 1:
        raise ValueError(f"{name} must be a grey image of one channel, got {mask.shape[2]}")
    key = ("soft", region.mask, region.blur, size)
    soft = model.remember(key, lambda: soft_mask(mask, size, region.blur).to(model.device))
    claim = region.alpha * soft
    return torch.where(claim > LEAST, claim, 0.0)


def noise_for(
    model: Model, recipe: Recipe, inputs: Inputs, purpose: Purpose, like: Tensor
) -> Noise:
    """Noise of a purpose; regions with a seed of their own have their own inside."""
    shared = step_noise(recipe.seed, purpose, like)
    if all(region.seed is None for region in recipe.regions):
        return shared
    numbers = range(len(recipe.regions))
    claims = [claim_of(model, recipe, n, inputs) for n in numbers]
    shares = in_cells(stacked(claims, [1.0] * len(claims)))
    own = [
        (step_noise(region.seed, purpose, like), share > 0.5)
        for region, share in zip(recipe.regions, shares, strict=True)
        if region.seed is not None
    ]

    def noise(index: int) -> Tensor:
        drawn = shared(index)
        for source, inside in own:
            drawn = torch.where(inside, source(index), drawn)
        return drawn

    return noise


def turning(model: Model, recipe: Recipe, inputs: Inputs) -> Turning:
    """Where a cell changes hands from one step to the next, or its region the way it is painted."""
    if not any(region.mode == "isolate" for region in recipe.regions):
        return lambda sigma, following: None
    scene = _Scene(model, recipe, inputs)

    def turned(sigma: float, following: float) -> Tensor:
        before, after = scene.shares(sigma), scene.shares(following)
        cells = torch.zeros(scene.whole.size, dtype=torch.bool, device=model.device)
        for ground, old, new in zip(scene.grounds, before, after, strict=True):
            cells |= (old > 0.5) != (new > 0.5)
            ways = ((ground.isolated(s), ground.bootstrapped(s)) for s in (sigma, following))
            if len(set(ways)) > 1:
                cells |= new > 0.5
        return cells[None, None]

    return turned


def _level(sigma: float) -> float:
    """The share of noise in variance-preserving latents, sqrt(1 - abar)."""
    return sigma / (sigma**2 + 1) ** 0.5
