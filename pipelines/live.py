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

from .asking import Asking, together
from .model import Model
from .recipe import Recipe
from .record import Inputs, StepRecord
from .run import Way, opening, way_from

STEPS = 50  # of one frame, at most: each is a frame that waits, and a row of every call


@dataclass(frozen=True, eq=False)
class Frame:
    """A finished frame."""

    number: int  # counts those begun, from 1
    record: StepRecord  # the last of its line, without its parents
    inputs: Inputs


@dataclass(eq=False)
class _Slot:
    """A frame in flight."""

    number: int
    inputs: Inputs
    way: Way
    sigmas: Iterator[float]  # of the steps after the next
    step: Asking[StepRecord]  # the next


class Stream:
    """Frames in flight. Not for several threads."""

    def __init__(self, model: Model) -> None:
        self._model = model
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
        slot = _Slot(self._begun, inputs, way, iter(way.sigmas), way.seen(first))
        self._slots.append(slot)
        return self._begun

    @torch.no_grad()
    def advance(self) -> Frame | None:
        """Take every frame one step further; the newest that is finished now.

        One UNet call for each size of latents that is seen: one, but for isolated regions and for
        the calls after the picture's size has changed; and as many again where Heun asks twice.
        """
        slots, self._slots = self._slots, []  # where the model fails, no step can be asked again
        records = together(self._model, [slot.step for slot in slots])
        done: Frame | None = None
        flying: list[_Slot] = []
        for slot, made in zip(slots, records, strict=True):
            record = replace(made, parent=None)  # no more is kept than the last step
            if sigma := next(slot.sigmas, None):
                slot.step = slot.way.step(record, sigma)
                flying.append(slot)
            else:
                done = Frame(slot.number, record, slot.inputs)
        if done is not None:  # frames of fewer steps overtake those begun before them
            flying = [slot for slot in flying if slot.number > done.number]
        self._slots = flying
        return done

    def drop(self) -> None:
        """Let go of all frames in flight."""
        self._slots = []


def _check(recipe: Recipe) -> None:
    if recipe.num_inference_steps > STEPS:
        raise ValueError(
            f"num_inference_steps must be at most {STEPS} in a stream, "
            f"got {recipe.num_inference_steps}"
        )
    if recipe.hold is not None or recipe.kept is not None:
        raise ValueError("hold and kept belong to rewinds; a stream paints from the first step on")
