"""A stream of frames of a recipe that changes while they are painted.

Stream   takes every frame in flight one question further in one UNet call; a frame begun at each
         call keeps it at one finished frame a call
Frame    a finished one

A frame is painted from its first step to its last by the recipe it was begun with: an edit shows
in the next one begun, nothing is flushed, and nothing of two recipes is ever in one picture. It is
what run.start and run.follow give of that recipe, but for the last bits: a UNet sums in another
order in a larger batch (1e-5 of the latents' range). Noise comes from the recipe's seed, so equal
recipes give equal frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .asking import Line, Query, answers
from .model import Model
from .recipe import Recipe
from .record import Inputs, StepRecord
from .run import line_from, opening

STEPS = 50  # of one frame, at most: each is a frame that waits, and a row of every call; Heun: two


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
    line: Line
    record: StepRecord  # the newest
    asked: list[Query] = field(default_factory=list[Query])  # what the model is to answer next

    def asks_after(self, said: list[Query] | StepRecord | None) -> bool:
        """Whether the line, having said this, asks for more."""
        while isinstance(said, StepRecord):
            self.record, said = said, next(self.line, None)
        self.asked = said or []
        return said is not None


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
        line = line_from(self._model, first, inputs, seen=False)
        slot = _Slot(self._begun + 1 if number is None else number, inputs, line, first)
        slot.asks_after(next(line))
        self._begun = slot.number
        self._slots.append(slot)
        return self._begun

    def advance(self) -> Frame | None:
        """Take every frame one question further; the newest that is finished now.

        One UNet call for each size of latents that is seen: one, but for isolated regions and for
        the calls after the picture's size has changed.
        """
        given = answers(self._model, [slot.asked for slot in self._slots])
        slots, self._slots = self._slots, []  # a line that fails cannot be asked again
        done: Frame | None = None
        flying: list[_Slot] = []
        for slot, answer in zip(slots, given, strict=True):
            if slot.asks_after(slot.line.send(answer)):
                flying.append(slot)
            else:
                done = Frame(slot.number, slot.record, slot.inputs)
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
