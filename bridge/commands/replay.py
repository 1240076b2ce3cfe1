"""Old steps of a document in the bridge's store: those it has, and those it must paint again.

Standing    where a document's step is in the store, and how exactly
standing    find a step there, or replay its run from the recipe in the document

What was painted again stays in the store under an id of its own. It is known by its recipe: equal
recipes give equal pictures, so whatever run has that recipe and that parent is the one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from pipelines.recipe import ImageId, Recipe, Rewind, StepId, images_named

from .. import wire
from ..history.history import History
from ..http.client import Bridge
from ..images.image import Image
from ..runs.planning import ALONE
from ..wire import Continue, Generate, Run, RunId
from .gather import came_to_something, ours
from .progress import Report


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a document's step is in the store."""

    step: StepId
    run: Run  # as the store has it
    approximate: str = ""  # why it may differ from the document's in the last bits
    renamed: dict[RunId, RunId] = field(default_factory=dict[RunId, RunId])  # document's -> store's
    painted: bool = False  # just now

    @property
    def replayed(self) -> bool:
        """Whether it had to be painted again, now or earlier."""
        return bool(self.renamed)


async def standing(
    bridge: Bridge,
    run: Run,
    index: int,
    history: History,
    inputs: Mapping[ImageId, Image],
    report: Report,
) -> Standing:
    """A step in the store. ValueError: the document lacks what a replay needs."""
    step = f"{run.id}.{index}"
    stored = next((one for one in bridge.welcome.runs if one.id == run.id), None)
    if stored is not None and any(one.id == step for one in bridge.welcome.steps):
        return Standing(step=step, run=stored)
    return await _replayed(bridge, run, index, history, inputs, report)


async def _replayed(
    bridge: Bridge,
    run: Run,
    index: int,
    history: History,
    inputs: Mapping[ImageId, Image],
    report: Report,
) -> Standing:
    """The run as it was painted again, now or earlier, and before it the runs that it left."""
    before = None
    if run.parent is None or run.rewind is None:
        command = Generate(request="replay", recipe=run.recipe)
    else:
        left = history.run(run.parent.partition(".")[0])
        if left is None:
            raise ValueError(f"the document's history lacks the run that {run.id[:6]} left")
        parent = int(run.parent.partition(".")[2])
        before = await standing(bridge, left, parent, history, inputs, report)
        command = Continue(
            request="replay",
            step=before.step,
            rewind=run.rewind,
            recipe=_as_asked(run.recipe, run.rewind, before.renamed),
        )
    renamed = before.renamed if before else {}
    again = _painted_earlier(bridge, run, index, renamed)
    is_new = again is None
    if again is None:
        await _hand_over(bridge, command, inputs)
        again = await _paint(bridge, command, report)
    return Standing(
        step=f"{again.id}.{index}",
        run=again,
        approximate=_difference(run, again) or (before.approximate if before else ""),
        renamed={run.id: again.id} | renamed,
        painted=is_new or (before is not None and before.painted),
    )


def _painted_earlier(
    bridge: Bridge, run: Run, index: int, renamed: Mapping[RunId, RunId]
) -> Run | None:
    """A run of the store with the same recipe from the same step on.

    One that other versions painted counts only if the newest run was painted by those as well:
    else painting it now may be more exact.
    """
    stored = sorted(bridge.welcome.runs, key=lambda one: one.number, reverse=True)
    steps = {step.id for step in bridge.welcome.steps}
    equal = [
        one
        for one in stored
        if one.state == "finished" and f"{one.id}.{index}" in steps and _is_equal(one, run, renamed)
    ]
    model = run.recipe.model
    now = next((one.made_with | ALONE for one in stored if one.recipe.model == model), None)
    return next(
        (one for one in equal if not _difference(run, one)),
        next((one for one in equal if one.made_with | ALONE == now), None),
    )


def _is_equal(stored: Run, run: Run, renamed: Mapping[RunId, RunId]) -> bool:
    ours = as_in_document(stored, renamed)
    return (ours.recipe, ours.parent, ours.rewind) == (run.recipe, run.parent, run.rewind)


async def _hand_over(
    bridge: Bridge, command: Generate | Continue, inputs: Mapping[ImageId, Image]
) -> None:
    """Hand the images that a command names to the bridge. ValueError: the document lacks one."""
    recipe = command.recipe
    assert recipe is not None  # a replay always says what it paints
    rewind = command.rewind if isinstance(command, Continue) else None
    for name, id in images_named(recipe, rewind).items():
        if id not in inputs:
            raise ValueError(
                f"the run is not in the store any more and cannot be replayed: its {name} is not "
                "among the document's layers as it was"
            )
        await bridge.put_image(inputs[id])


async def _paint(bridge: Bridge, command: Generate | Continue, report: Report) -> Run:
    made: RunId | None = None
    async with ours(bridge, command) as order:
        async for event in order:
            report(event)
            if isinstance(event, wire.Queued):
                made = event.run.id
            came_to_something(event)
    assert made is not None  # paint ends after a run of its own
    return (await bridge.run(made)).run


def _as_asked(recipe: Recipe, rewind: Rewind, renamed: Mapping[RunId, RunId]) -> Recipe:
    """The recipe as the rewind was asked for: what the rewind itself adds is left out again."""
    hold = None if rewind.mode == "hold" else recipe.hold
    kept = None if rewind.keep_outside else recipe.kept
    return replace(
        recipe,
        hold=hold and replace(hold, step=in_other_words(hold.step, renamed)),
        kept=kept and replace(kept, step=in_other_words(kept.step, renamed)),
    )


def in_other_words(step: StepId, renamed: Mapping[RunId, RunId]) -> StepId:
    """The step under its run's other id."""
    run, _, index = step.partition(".")
    return f"{renamed.get(run, run)}.{index}"


def as_in_document(run: Run, renamed: Mapping[RunId, RunId]) -> Run:
    """A new run whose lineage names the document's runs, not the store's."""
    back = {stored: ours for ours, stored in renamed.items()}
    hold, kept = run.recipe.hold, run.recipe.kept
    recipe = replace(
        run.recipe,
        hold=hold and replace(hold, step=in_other_words(hold.step, back)),
        kept=kept and replace(kept, step=in_other_words(kept.step, back)),
    )
    return replace(run, recipe=recipe, parent=run.parent and in_other_words(run.parent, back))


def _difference(before: Run, now: Run) -> str:
    """What is not as it was when the run was first painted."""
    old, new = ALONE | before.made_with, ALONE | now.made_with
    other = [name for name in sorted(old | new) if old.get(name) != new.get(name)]
    return "; ".join(f"{n} was {old.get(n, '?')}, is {new.get(n, '?')}" for n in other)
