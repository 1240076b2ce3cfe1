"""Old steps of a document in the bridge's store: those it has, and those it must paint again.

Standing    where a document's step is in the store, and how exactly
standing    find a step there, or replay its run from the recipe in the document
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.recipe import ImageId, StepId

from .. import wire
from ..history.history import History
from ..history.replay import Order, renamed_step, replay_of
from ..http.client import Bridge
from ..http.routes import RunAndSteps
from ..images.image import Image
from ..wire import Run, RunId
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
    stored = {one.id: one for one in bridge.welcome.runs}
    steps = {one.id for one in bridge.welcome.steps}
    if run.id in stored and step in steps:
        return Standing(step=step, run=stored[run.id])
    made = dict[RunId, RunId]()
    while (replay := replay_of(run, index, history, [*stored.values()], steps, made)).next:
        again = await _paint(bridge, replay.next, inputs, report)
        stored[again.run.id] = again.run
        steps |= {one.id for one in again.steps}
        made[replay.next.lost] = again.run.id
    if replay.orphan:
        raise ValueError(f"the document's history lacks the run that {replay.orphan[:6]} left")
    renamed = {one.lost: one.run for one in replay.done}
    differs = next((one.differs for one in reversed(replay.done) if one.differs), ())
    return Standing(
        step=renamed_step(step, renamed),
        run=stored[renamed[run.id]],
        approximate="; ".join(map(str, differs)),
        renamed=renamed,
        painted=bool(made),
    )


async def _paint(
    bridge: Bridge, order: Order, inputs: Mapping[ImageId, Image], report: Report
) -> RunAndSteps:
    """ValueError: the document lacks an image that the run was made from."""
    for name, id in order.images.items():
        if id not in inputs:
            raise ValueError(
                f"the run is not in the store any more and cannot be replayed: its {name} is not "
                "among the document's layers as it was"
            )
        await bridge.put_image(inputs[id])
    made: RunId | None = None
    async with ours(bridge, order.command) as events:
        async for event in events:
            report(event)
            if isinstance(event, wire.Queued):
                made = event.run.id
            came_to_something(event)
    assert made is not None  # paint ends after a run of its own
    return await bridge.run(made)
