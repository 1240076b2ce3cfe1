"""A stream of frames of a recipe that changes while they are painted.

Stream   takes every frame in flight one step further in one UNet call; a begun frame a call keeps
         it at one finished frame a call
Frame    a finished one

A frame is painted from its first step to its last by the recipe it was begun with: an edit shows
in the next one begun, nothing is flushed, and nothing of two recipes is ever in one picture. It is
what run.start and run.follow give of that recipe, but for the last bits: a UNet sums in another
order in a larger batch (1e-5 of the latents' range). Noise comes from the recipe's seed, so equal
recipes give equal frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .model import Conditioning, Model, stack
from .recipe import Recipe
from .record import Inputs, StepRecord
from .run import Way, opening, way_from
from .samplers import EVALUATED_TWICE

STEPS = 50  # of one frame, at most: each is a frame that waits, and a row of every call


@dataclass(frozen=True, eq=False)
class Frame:
    """A finished frame."""

    number: int  # counts those begun, from 1
    record: StepRecord  # the last of its line, without its parents
    inputs: Inputs


@dataclass(frozen=True, eq=False)
class _Slot:
    """A frame in flight: what the model is to see next."""

    number: int
    way: Way
    inputs: Inputs
    before: StepRecord | None  # None: it has just begun, and `next` is its first record
    next: StepRecord  # its prediction is still to be made


class Stream:
    """Frames in flight. Not for several threads."""

    def __init__(self, model: Model) -> None:
        self._model = _Together(model)
        self._slots: list[_Slot] = []  # oldest first
        self._begun = 0

    def __len__(self) -> int:
        """Frames in flight."""
        return len(self._slots)

    def begin(self, recipe: Recipe, inputs: Inputs, number: int | None = None) -> int:
        """Begin a frame; its number, or the one it is given, which must be above all before.

        Raises ValueError: it cannot be streamed, or not be painted at all.
        """
        _check(recipe)
        first = opening(self._model, recipe, inputs)
        way = way_from(self._model, first, inputs)
        self._begun = self._begun + 1 if number is None else number
        self._slots.append(_Slot(self._begun, way, inputs, None, first))
        return self._begun

    @torch.no_grad()
    def advance(self) -> Frame | None:
        """Take every frame one step further; the newest that is finished now.

        One UNet call for each size of latents that is seen: one, but for isolated regions and for
        the calls after the picture's size has changed.
        """
        denoised = self._model.together([(s.way, s.next) for s in self._slots])
        records = [_record(slot, d) for slot, d in zip(self._slots, denoised, strict=True)]
        done: Frame | None = None
        flying: list[_Slot] = []
        for slot, record in zip(self._slots, records, strict=True):
            below = [sigma for sigma in slot.way.sigmas if sigma < record.sigma]
            if below:
                flying.append(_onward(slot, record, below[0]))
            else:
                done = Frame(slot.number, replace(record, parent=None), slot.inputs)
        if done is not None:  # frames of fewer steps overtake those begun before them
            flying = [slot for slot in flying if slot.number > done.number]
        self._slots = flying
        return done

    def drop(self) -> None:
        """Let go of all frames in flight."""
        self._slots = []


def _check(recipe: Recipe) -> None:
    if recipe.sampler in EVALUATED_TWICE:
        raise ValueError(
            f"sampler {recipe.sampler} asks the model twice at each step and cannot be streamed; "
            "use lcm, euler, ddim or dpmpp_2m"
        )
    if recipe.num_inference_steps > STEPS:
        raise ValueError(
            f"num_inference_steps must be at most {STEPS} in a stream, "
            f"got {recipe.num_inference_steps}"
        )
    if recipe.hold is not None or recipe.kept is not None:
        raise ValueError("hold and kept belong to rewinds; a stream paints from the first step on")


def _record(slot: _Slot, denoised: Tensor) -> StepRecord:
    if slot.before is None:
        return replace(slot.next, denoised=denoised)
    return slot.way.arrived(slot.before, slot.next.sigma, slot.next.latents, denoised)


def _onward(slot: _Slot, record: StepRecord, sigma: float) -> _Slot:
    record = replace(record, parent=None)  # frames in flight keep no more than their last step
    latents = slot.way.onward(record, sigma)
    ahead = replace(record, sigma=sigma, latents=latents)
    return replace(slot, before=record, next=ahead)


@dataclass(frozen=True, eq=False)
class _Asked:
    """One call of `predict`, put off."""

    latents: Tensor
    sigma: float
    conditioning: Conditioning


class _Together(Model):
    """A model whose predictions for several denoisers are made in one call.

    Each denoiser is called twice: first to hear what it asks, with stand-ins for answers, then
    with the answers. What a denoiser asks does not hang on what it is answered.
    """

    def __init__(self, model: Model) -> None:
        super().__init__(model.pipeline, model.training, model.info, model.tiny)
        self._remembered = model._remembered  # what one has encoded the other knows
        self._model = model
        self._asked: list[_Asked] = []
        self._answers: Iterator[Tensor] | None = None

    def predict(self, latents: Tensor, sigma: float, conditioning: Conditioning) -> Tensor:
        """An answer that has been made, or one to be made."""
        if self._answers is not None:
            return next(self._answers)
        latents = latents.expand(len(conditioning.prompt_embeds), -1, -1, -1)
        self._asked.append(_Asked(latents, sigma, conditioning))
        return latents

    def together(self, lines: list[tuple[Way, StepRecord]]) -> list[Tensor]:
        """What each way's denoiser makes of the record's latents."""
        self._asked = []
        for way, record in lines:
            way.denoise(record.latents, record.sigma)
        answers, self._answers = self._answered(self._asked), None
        try:
            self._answers = iter(answers)
            return [way.denoise(record.latents, record.sigma) for way, record in lines]
        finally:
            self._answers, self._asked = None, []

    def _answered(self, asked: list[_Asked]) -> list[Tensor]:
        sizes: dict[torch.Size, list[int]] = {}
        for number, one in enumerate(asked):
            sizes.setdefault(one.latents.shape[2:], []).append(number)
        answers: dict[int, Tensor] = {}
        for numbers in sizes.values():
            group = [asked[number] for number in numbers]
            rows = [len(one.latents) for one in group]
            sigmas = [
                one.sigma for one, count in zip(group, rows, strict=True) for _ in range(count)
            ]
            predicted = self._model.predict_rows(
                torch.cat([one.latents for one in group]),
                sigmas,
                stack([one.conditioning for one in group]),
            )
            answers |= zip(numbers, predicted.split(rows), strict=True)
        return [answers[number] for number in range(len(asked))]
