"""A run: start, follow it, and leave it again at any old step.

start      the first record
follow     the records after one
paint      all of several recipes, such as one under several seeds, together
advance    one step of several lines, wherever each of them is
Way, Line  what a line asks at each step, for whoever takes many at once
rewind     the first record of a new line: a sibling of an old record

Records never change; a rewind makes a second child of the same parent.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec
import torch
from torch import Tensor

from .asking import Asking, Denoiser, answered, together
from .fields import with_role
from .guidance import History, denoiser_for, history_for
from .model import Model
from .pixels import Pixels
from .recipe import Hold, ImageId, Kept, Recipe, Rewind, StepId
from .record import Inputs, StepRecord
from .regions import noise_for
from .resolving import mask_of
from .samplers import Noise, Purpose, Sampler, sampler_for, step_noise
from .schedule import Schedule, first_index, schedule_for
from .sources import edit_delta, encoded, grown_cells, inpainted_from, picture_sized, size_of

Steps = Generator[Asking[StepRecord], StepRecord, None]
"""Yields what is asked for each record of a line in turn, and is sent the record."""

FIXED = with_role(Recipe, "fixed")
PREDICTING = with_role(Recipe, "predicting")


@torch.no_grad()  # not inference_mode: what is made here may enter autograd later
def start(model: Model, recipe: Recipe, inputs: Inputs) -> StepRecord:
    """The first record of a recipe: noise, or the initial image under noise, evaluated once."""
    return _predicted(model, opening(model, recipe, inputs), inputs)


@torch.no_grad()
def opening(model: Model, recipe: Recipe, inputs: Inputs) -> StepRecord:
    """The first record before the model has seen it: its prediction is its latents."""
    schedule = _schedule(model, recipe)
    index = first_index(recipe)
    sigma = schedule.sigmas[index]
    empty = torch.empty(model.latent_shape(size_of(model, recipe)), device=model.device)
    latents = noise_for(model, recipe, inputs, Purpose.START, empty)(index)
    if recipe.init_image:
        known = encoded(model, recipe, "init_image", recipe.init_image, inputs)
        latents = known + sigma * latents
    else:
        latents = schedule.start * latents
    return StepRecord(recipe=recipe, index=index, sigma=sigma, latents=latents, denoised=latents)


@torch.no_grad()
def follow(model: Model, record: StepRecord, inputs: Inputs) -> Iterator[StepRecord]:
    """Yield the records after `record`. The last one's `denoised` is the finished picture."""
    line = Line(way_from(model, record, inputs).after(record))
    while made := advance(model, [line])[0]:
        yield made


@torch.no_grad()
def paint(model: Model, recipes: Sequence[Recipe], inputs: Inputs) -> Iterator[list[StepRecord]]:
    """Yield what `start` and `follow` give of each recipe, all recipes' records of a step at once.

    A step is one UNet call for each size of latents (Heun: two), however many recipes there are:
    memory grows with them. Equal to the bit where there is one, to 1e-5 of the latents' range
    where there are more. Raises ValueError: the recipes differ in how many steps they take.
    """
    firsts = [opening(model, recipe, inputs) for recipe in recipes]
    ways = [way_from(model, first, inputs) for first in firsts]
    if len(counts := {1 + len(way.sigmas) for way in ways}) > 1:
        raise ValueError(
            f"recipes painted together must take equally many steps, got {sorted(counts)}"
        )
    lines = [Line(way.whole(first)) for way, first in zip(ways, firsts, strict=True)]
    while records := [made for made in advance(model, lines) if made]:
        yield records


@torch.no_grad()
def advance(model: Model, lines: Sequence[Line]) -> list[StepRecord | None]:
    """The next record of each line, None where it has ended; the only place where steps are taken.

    One UNet call for each size of latents, however many lines there are and wherever each of them
    is. A line by itself is the same to the bit, see asking.together. Where the model fails, the
    lines cannot be asked again.
    """
    askings = {line: asking for line in lines if (asking := line.asks()) is not None}
    for line, made in zip(askings, together(model, list(askings.values())), strict=True):
        line.made = made
    return [line.made if line in askings else None for line in lines]


@dataclass(frozen=True, eq=False, kw_only=True)
class Way:
    """What takes a line of one recipe from record to record."""

    sigmas: tuple[float, ...]  # of the records to come
    denoise: Denoiser
    sampler: Sampler
    noise: Noise
    history: History
    free_from: Tensor | None

    def seen(self, record: StepRecord) -> Asking[StepRecord]:
        """The record with the model's prediction at its latents."""
        denoised = yield from self.denoise(record.latents, record.sigma)
        return replace(record, denoised=denoised)

    def whole(self, first: StepRecord) -> Steps:
        """The steps of a line from its opening record on."""
        made = yield self.seen(first)
        yield from self.after(made)

    def after(self, record: StepRecord) -> Steps:
        """The steps of a line after a record."""
        for sigma in self.sigmas:
            record = yield self.step(record, sigma)

    def step(self, record: StepRecord, sigma: float) -> Asking[StepRecord]:
        """The record after one, at the next noise level."""
        within = _within_update(self.denoise, record, self.free_from)
        update = self.sampler(record, sigma, self.noise, within)
        latents = update if isinstance(update, Tensor) else (yield from update)
        denoised = yield from self.denoise(latents, sigma)
        known = self.history(record, sigma, denoised)
        return StepRecord(
            recipe=record.recipe,
            index=record.index + 1,
            sigma=sigma,
            latents=latents,
            denoised=denoised,
            parent=record,
            history=known,
            previous_sigma=None if known is None else record.sigma,
        )


class Line:
    """A line on its way: it asks for its next record, and is told it."""

    def __init__(self, steps: Steps) -> None:
        self.made: StepRecord | None = None  # the newest
        self._steps = steps

    def asks(self) -> Asking[StepRecord] | None:
        """What leads to the next record; None: there is none."""
        try:
            return next(self._steps) if self.made is None else self._steps.send(self.made)
        except StopIteration:
            return None


def known(record: StepRecord) -> Asking[StepRecord]:
    """A step that needs no more asking."""
    yield from ()
    return record


def way_from(model: Model, record: StepRecord, inputs: Inputs) -> Way:
    """The way of a record's line, from there on."""
    recipe = record.recipe
    return Way(
        sigmas=_schedule(model, recipe).below(record.sigma),
        denoise=denoiser_for(model, recipe, inputs),
        sampler=sampler_for(recipe),
        noise=noise_for(model, recipe, inputs, Purpose.STEP, record.latents),
        history=history_for(model, recipe, inputs),
        free_from=inpainted_from(model, recipe, inputs),
    )


def last_index(model: Model, record: StepRecord) -> int:
    """The index of the last record that `follow` will make of this one."""
    return record.index + len(_schedule(model, record.recipe).below(record.sigma))


@torch.no_grad()
def rewind(
    model: Model,
    record: StepRecord,
    recipe: Recipe,
    how: Rewind,
    inputs: Inputs,
    *,
    step: StepId | None = None,
    last: StepId | None = None,
    picture: ImageId | None = None,
) -> StepRecord:
    """The first record of a new line that leaves `record`; its recipe has hold and kept filled in.

    step: the record's own id, which a hold refers to. last, picture: the last record and the
    finished picture of the line that is left, which keep_outside refers to.
    """
    _check_fixed(record.recipe, recipe)
    kept = _with_kept(recipe, how, last, picture)
    if how.edit is None and how.mask is None:
        return branch(model, record, kept, inputs)
    edit = _edit_of(model, record, kept, how, inputs)
    if how.mode == "nudge":
        return _nudge(branch(model, record, kept, inputs), edit)
    latents = record.latents
    if how.mode == "keep":
        latents = latents + edit.delta
    elif how.mode == "repaint":
        latents = _repainted(record, recipe.seed, how, edit)
    resolved = _with_hold(model, record, kept, how, step)
    edited = replace(record, recipe=resolved, latents=latents, nudge=None)
    edited = _predicted(model, edited, inputs)
    history = None if _predicts_anew(record.recipe, kept) else record.history
    if history is not None:  # no multistep sampler may extrapolate across the edit
        history = torch.lerp(history, edited.denoised, edit.mask)
    known = None if history is None else record.previous_sigma
    return replace(edited, history=history, previous_sigma=known)


def branch(model: Model, record: StepRecord, recipe: Recipe, inputs: Inputs) -> StepRecord:
    """The same step under another recipe: a sibling.

    Predicted again, with its history cut, where the recipe changes predictions; otherwise the
    same to the bit.
    """
    sibling = replace(record, recipe=recipe)
    if not _predicts_anew(record.recipe, recipe):
        return sibling
    sibling = replace(sibling, history=None, previous_sigma=None, nudge=None)
    return _predicted(model, sibling, inputs)


@dataclass(frozen=True, eq=False)
class _Edit:
    """What a painter did, in latents."""

    mask: Tensor  # [1, 1, h, w] in 0..1, grown by one cell
    delta: Tensor  # [1, C, h, w], 0 outside the mask


def _edit_of(
    model: Model, record: StepRecord, recipe: Recipe, how: Rewind, inputs: Inputs
) -> _Edit:
    mask = grown_cells(model, recipe, _touched(recipe, how, inputs))
    if (free_from := inpainted_from(model, recipe, inputs)) is not None:
        mask = mask * (free_from > 0)
    if not mask.any():
        raise ValueError("edit lies wholly outside the recipe's mask, where nothing may change")
    if how.edit is None or how.handed is None:
        return _Edit(mask, torch.zeros_like(record.latents))
    return _Edit(mask, edit_delta(model, recipe, how.edit, how.handed, mask, inputs))


def _touched(recipe: Recipe, how: Rewind, inputs: Inputs) -> Pixels:
    """The pixels that the rewind is about."""
    if how.mask is not None:
        mask = picture_sized(recipe, "mask", how.mask, inputs)
        if not mask.any():
            raise ValueError("mask is empty; it must be above 0 where the edit counts")
        return mask
    mask = mask_of(how, recipe, lambda field, id: picture_sized(recipe, field, id, inputs))
    if mask is None:
        raise ValueError("a rewind needs an edit or a mask")
    return mask


def _repainted(record: StepRecord, seed: int, how: Rewind, edit: _Edit) -> Tensor:
    """Inside the mask the edited prediction under fresh noise; outside it not a bit changes.

    Where the mask is soft the old and the fresh noise share by square roots: mixed by halves they
    would lose a third of their deviation, which the model paints as blur.
    """
    old = record.latents - record.denoised
    variation = how.variation_seed
    noise = step_noise(seed, Purpose.REPAINT, record.latents, variation=variation)
    fresh = record.sigma * noise(record.index)
    changed = ((1 - edit.mask).sqrt() - 1) * old + edit.mask.sqrt() * fresh
    return record.latents + edit.delta + changed


def _nudge(line: StepRecord, edit: _Edit) -> StepRecord:
    """Latents kept, the prediction shifted for one update: the noise bends to the edit by itself.

    That is RealtimeGen's eps' = eps - sqrt(abar / (1 - abar)) * delta, with no formula for it.
    """
    return replace(
        line,
        denoised=line.denoised + edit.delta,
        nudge=edit.delta if line.nudge is None else line.nudge + edit.delta,
        history=None,
        previous_sigma=None,
    )


def _within_update(denoise: Denoiser, record: StepRecord, free_from: Tensor | None) -> Denoiser:
    """The denoiser as the update from `record` sees it: Heun's second evaluation.

    What holds for the first holds for it: the nudge, and which cells are not free yet.
    """
    if record.nudge is None and free_from is None:
        return denoise

    def second(latents: Tensor, sigma: float) -> Asking[Tensor]:
        denoised = yield from denoise(latents, sigma)
        if free_from is not None:
            denoised = torch.where(free_from >= record.sigma, denoised, record.denoised)
        return denoised if record.nudge is None else denoised + record.nudge

    return second


def _with_kept(recipe: Recipe, how: Rewind, last: StepId | None, picture: ImageId | None) -> Recipe:
    if not how.keep_outside:
        return recipe
    if how.mask is None or last is None or picture is None:
        raise ValueError(
            "keep_outside needs a mask, and the old line's last step and finished picture"
        )
    return msgspec.structs.replace(recipe, kept=Kept(step=last, picture=picture, mask=how.mask))


def _with_hold(
    model: Model, record: StepRecord, recipe: Recipe, how: Rewind, step: StepId | None
) -> Recipe:
    if how.mode != "hold":
        return recipe
    if how.edit is None or how.handed is None or how.mask is None or step is None:
        raise ValueError("mode hold needs an edit, what was handed out, a mask and the step's id")
    remaining = (record.sigma, *_schedule(model, recipe).below(record.sigma))
    held = int(how.release * len(remaining))
    hold = Hold(
        step=step,
        edit=how.edit,
        handed=how.handed,
        mask=how.mask,
        weight=how.weight,
        until=remaining[held] if held < len(remaining) else 0.0,
    )
    return msgspec.structs.replace(recipe, hold=hold)


def _predicted(model: Model, record: StepRecord, inputs: Inputs) -> StepRecord:
    """The record with what its recipe makes of its latents."""
    denoise = denoiser_for(model, record.recipe, inputs)
    return replace(record, denoised=answered(model, denoise(record.latents, record.sigma)))


def _predicts_anew(old: Recipe, new: Recipe) -> bool:
    return any(getattr(old, field) != getattr(new, field) for field in PREDICTING)


def _check_fixed(old: Recipe, new: Recipe) -> None:
    for field in FIXED:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            raise ValueError(
                f"{field} cannot change in a rewind: the step was made with {before}, "
                f"got {after}; start a new run instead"
            )


def _schedule(model: Model, recipe: Recipe) -> Schedule:
    return schedule_for(model.training, recipe.sampler, recipe.num_inference_steps)
