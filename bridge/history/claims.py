"""Which layers of a document show which steps, and what was laid over them.

Claim      a layer that shows a step, by its note or, where programs dropped that, by its name
claims_of  every such layer, bottom first
run_of     the run that a group holds
painters   the painter's own layers over a step inside the run's group: they count as paint on it
strays     layers in a run's group that are none of its steps
idle       adjustments and fills clipped onto a step or above it: they do not, and are named
beyond     the painter's visible layers over the run's group: they do not, and are named

A layer of the painter's belongs to the nearest visible step below it in its group, or, where none
is visible, to the nearest one. A step that the document's list has and no layer shows was taken
away: it is written again only when that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.recipe import ImageId, StepId

from ..psd.document import Document, Group, Layer, PixelLayer, base_of, clipped, pixel_layers
from ..psd.looks import adjustment_of, fill_of
from ..psd.metadata import Note, layer_note
from ..wire import Run
from .names import run_named, step_named
from .seen import Spot, spots

if TYPE_CHECKING:
    from .history import History


@dataclass(frozen=True, eq=False, kw_only=True)
class Claim:
    """A layer that shows a step."""

    step: StepId
    run: Run | None  # None: the document's history does not know it
    spot: Spot
    handed: ImageId | None  # what was handed out; None: nothing says so
    corner: tuple[int, int] | None  # where the picture's lay in the document; None: not said
    named: bool  # found by its name: its note is gone

    @property
    def layer(self) -> PixelLayer:  # noqa: D102 - says it
        return self.spot.layer


def claims_of(document: Document, history: History) -> Iterator[Claim]:
    """Every layer that shows a step and has pixels, bottom first."""
    steps = {step.id: step for step in history.steps}
    for spot in spots(document.layers):
        note = layer_note(spot.layer.metadata)
        if spot.layer.image is None or "input" in note:
            continue
        group = next((g for g in reversed(spot.groups) if run_of(g, history)), None)
        run = run_of(group, history) if group else None
        step = note.get("step")
        if isinstance(step, str):
            known, handed = steps.get(step), note.get("image")
            yield Claim(
                step=step,
                run=history.run(step.partition(".")[0]),
                spot=spot,
                handed=handed if isinstance(handed, str) else known and known.image,
                corner=_corner(note) or (_corner(layer_note(group.metadata)) if group else None),
                named=False,
            )
        elif run and group and (named := step_named(spot.layer.name, history.line(run.id))):
            yield Claim(
                step=named.id,
                run=run,
                spot=spot,
                handed=named.image,
                corner=_corner(layer_note(group.metadata)),
                named=True,
            )


def run_of(group: Group, history: History) -> Run | None:
    """The run whose group this is, by its note or its name."""
    noted = layer_note(group.metadata).get("run")
    if isinstance(noted, str):
        return history.run(noted)
    return run_named(group.name, history.runs)


def painters(claim: Claim, all_claims: Sequence[Claim], history: History) -> list[Layer]:
    """The painter's layers that count as painted on this one where they show, bottom first."""
    siblings, found = claim.spot.siblings, list[Layer]()
    for place in _above(claim, all_claims, history):
        layer = siblings[place]
        if layer.clipped and (layer.visible or base_of(siblings, place) is not claim.layer):
            continue  # it is seen with what it is clipped to
        if _is_painters(layer, history):
            found.append(layer)
    return found


def idle(claim: Claim, all_claims: Sequence[Claim], history: History) -> list[Layer]:
    """Visible adjustments and fills clipped onto this one, or above it, bottom first."""
    onto = clipped(claim.spot.siblings, claim.spot.place)
    layers = [claim.spot.siblings[place] for place in _above(claim, all_claims, history)]
    above = [one for one in layers if one not in onto]
    return [layer for layer in (*onto, *above) if layer.visible and _is_idle(layer)]


def _above(claim: Claim, all_claims: Sequence[Claim], history: History) -> list[int]:
    """Where the layers are above this one in the run's group that belong to it, bottom first."""
    spot = claim.spot
    home = spot.groups[-1] if spot.groups else None
    if home is None or run_of(home, history) is None:
        return []
    steps = {one.spot.place: one.layer for one in all_claims if one.spot.siblings is spot.siblings}
    over: list[int] = []
    for place in range(spot.place + 1, len(spot.siblings)):
        if place in steps:
            continue
        below = [number for number in steps if number < place]
        owner = max([n for n in below if steps[n].visible] or below)
        if owner == spot.place:
            over.append(place)
    return over


def _is_idle(layer: Layer) -> bool:
    """Whether it is an adjustment or a fill; psd-tools draws neither as pixels."""
    empty = isinstance(layer, PixelLayer) and layer.image is None
    return empty and (adjustment_of(layer) or fill_of(layer)) is not None


def beyond(claim: Claim, document: Document, history: History) -> list[Layer]:
    """The painter's visible layers over the run's group, which do not count."""
    groups = claim.spot.groups
    levels = (document.layers, *(group.layers for group in groups))
    homes = [place for place, group in enumerate(groups) if run_of(group, history)]
    found: list[Layer] = []
    for place in range(max(homes) + 1 if homes else 0):
        ids = [layer.id for layer in levels[place]]
        above = levels[place][ids.index(groups[place].id) + 1 :]
        found += [layer for layer in above if layer.visible and _is_painters(layer, history)]
    return [layer for layer in found if "step" not in layer_note(layer.metadata)]


def strays(document: Document, run: Run, history: History) -> Iterator[str]:
    """Names of the layers in a run's group that show none of its steps and are no input."""
    for spot in spots(document.layers):
        homes = [run_of(group, history) for group in spot.groups]
        note = layer_note(spot.layer.metadata)
        known = "step" in note or "input" in note or note.get("kind") == "region"
        named = step_named(spot.layer.name, history.line(run.id))
        if run in homes and spot.layer.image is not None and not known and not named:
            yield spot.layer.name


def _is_painters(layer: Layer, history: History) -> bool:
    """Whether it is paint of theirs: no run's group, no input, no region, and not empty."""
    note = layer_note(layer.metadata)
    if "input" in note or note.get("kind") == "region":
        return False
    if isinstance(layer, PixelLayer):
        return layer.image is not None
    if run_of(layer, history) is not None:
        return False
    inside = list(pixel_layers(layer.layers))
    notes = [layer_note(one.metadata) for one in inside]
    return not any("input" in note or "step" in note for note in notes) and any(
        one.image is not None for one in inside
    )


def _corner(note: Note) -> tuple[int, int] | None:
    left, top = note.get("left"), note.get("top")
    return (left, top) if isinstance(left, int) and isinstance(top, int) else None
