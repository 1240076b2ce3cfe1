"""A run that a document knows and the store lost: what has to be painted again, and in which order.

replay_of        how far it has come, and what is to be painted next
as_in_document   a run of the store, its lineage in the document's ids
renamed_step     a step under its run's other id

What was painted again stays in the store under an id of its own. It is known by its recipe: equal
recipes give equal pictures, so whatever run has that recipe and that parent is the one, unless the
document has it as a run of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from pipelines.recipe import ImageId, Recipe, Rewind, StepId, images_named

from ..made import Difference, differences
from ..wire import Continue, Generate, Run, RunId, Step
from .history import History, history_in


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """A lost run as the store has it again."""

    lost: RunId
    run: RunId
    differs: tuple[Difference, ...]  # empty: exactly as it was


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be painted."""

    lost: RunId
    command: Generate | Continue  # its request for the client to choose
    images: dict[str, ImageId]  # that it names, by field


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """How far a lost run has come."""

    done: tuple[Again, ...] = ()  # the runs it left, oldest first, and perhaps itself
    next: Order | None = None  # None: all is done
    orphan: RunId | None = None  # the document does not know the run that this one left


class Lost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document's run that is to be painted again."""

    index: str  # the document's list of runs and steps
    run: RunId
    made: dict[RunId, RunId] = {}  # what of it was painted just now: the lost id, the store's

    def replay(self, stored: Sequence[Run], steps: Sequence[Step]) -> Replay:
        """How far it has come in a store. ValueError: the document does not know the run."""
        history = history_in(self.index)
        if (run := history.run(self.run)) is None:
            raise ValueError(f"the document's list has no run {self.run[:80]} that can be read")
        return replay_of(run, run.last, history, stored, {step.id for step in steps}, self.made)


def lost_from(data: bytes) -> Lost:
    """Out of JSON. ValueError: it is none."""
    try:
        return msgspec.json.decode(data, type=Lost)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"replay: {error}") from None


def replay_of(
    wanted: Run,
    index: int,
    history: History,
    stored: Sequence[Run],
    steps: Collection[StepId],
    made: Mapping[RunId, RunId],
) -> Replay:
    """What a step of a run of the document lacks in a store of these runs and steps."""
    ids = {run.id for run in stored}
    chain = [(wanted, index)]
    while (run := chain[0][0]).parent is not None and run.rewind is not None:
        id, _, number = run.parent.partition(".")
        if id in ids and run.parent in steps:
            break
        if (left := history.run(id)) is None:
            return Replay(orphan=run.id)
        chain.insert(0, (left, int(number)))
    renamed, done = dict[RunId, RunId](), list[Again]()
    for run, index in chain:
        again = next((one for one in stored if one.id == made.get(run.id)), None)
        again = again or _painted_earlier(run, index, history, stored, steps, renamed)
        if again is None:
            return Replay(done=tuple(done), next=_order(run, renamed))
        renamed[run.id] = again.id
        done.append(
            Again(lost=run.id, run=again.id, differs=differences(run.made_with, again.made_with))
        )
    return Replay(done=tuple(done))


def as_in_document(run: Run, renamed: Mapping[RunId, RunId]) -> Run:
    """A run of the store, its lineage in the document's ids; renamed: document's -> store's."""
    back = {stored: ours for ours, stored in renamed.items()}
    parent = run.parent and renamed_step(run.parent, back)
    return replace(run, recipe=_renamed(run.recipe, back), parent=parent)


def renamed_step(step: StepId, renamed: Mapping[RunId, RunId]) -> StepId:
    """The step under its run's other id."""
    run, _, index = step.partition(".")
    return f"{renamed.get(run, run)}.{index}"


def _order(run: Run, renamed: Mapping[RunId, RunId]) -> Order:
    recipe = _renamed(_as_asked(run.recipe, run.rewind), renamed)
    if run.parent is None or run.rewind is None:
        command = Generate(request="replay", recipe=recipe)
    else:
        step = renamed_step(run.parent, renamed)
        command = Continue(request="replay", step=step, rewind=run.rewind, recipe=recipe)
    return Order(lost=run.id, command=command, images=images_named(recipe, run.rewind))


def _painted_earlier(
    run: Run,
    index: int,
    history: History,
    stored: Sequence[Run],
    steps: Collection[StepId],
    renamed: Mapping[RunId, RunId],
) -> Run | None:
    """A run of the store with the same recipe from the same step on.

    One that other versions painted counts only if the newest run was painted by those as well:
    else painting it now may be more exact.
    """
    newest = sorted(stored, key=lambda one: one.number, reverse=True)
    equal = [
        one
        for one in newest
        if one.state == "finished" and f"{one.id}.{index}" in steps and history.run(one.id) is None
        if _made_of(as_in_document(one, renamed)) == _made_of(run)
    ]
    now = next((one.made_with for one in newest if one.recipe.model == run.recipe.model), {})
    return next(
        (one for one in equal if not differences(run.made_with, one.made_with)),
        next((one for one in equal if not differences(one.made_with, now)), None),
    )


def _made_of(run: Run) -> tuple[Recipe, StepId | None, Rewind | None]:
    return _as_asked(run.recipe, run.rewind), run.parent, run.rewind


def _as_asked(recipe: Recipe, rewind: Rewind | None) -> Recipe:
    """The recipe as the rewind was asked for: what the rewind itself adds is left out again."""
    hold = None if rewind and rewind.mode == "hold" else recipe.hold
    kept = None if rewind and rewind.keep_outside else recipe.kept
    return replace(recipe, hold=hold, kept=kept)


def _renamed(recipe: Recipe, renamed: Mapping[RunId, RunId]) -> Recipe:
    """The recipe, its steps under their runs' other ids."""
    hold, kept = recipe.hold, recipe.kept
    return replace(
        recipe,
        hold=hold and replace(hold, step=renamed_step(hold.step, renamed)),
        kept=kept and replace(kept, step=renamed_step(kept.step, renamed)),
    )
