"""What was painted on a step, told apart from what a program did to the whole document.

Witness    the pictures that were handed out, from the document, the store, or a replay
painted_on the edit that a step's layer holds
as_handed_out what there is of it where the step is gone on from as it was

Both pictures are compared in the document's profile: the one that was handed out goes the way the
document went. What differs by no more than that way may do by itself is no paint, and stays what
was handed out, to the bit.
"""

from __future__ import annotations

from statistics import median

import numpy as np

from pipelines.pixels import to_depth
from pipelines.recipe import StepId

from ..history.history import Found
from ..history.likeness import (
    CONVERTED,
    LOSSES,
    NARROWED,
    REPLAYED,
    Way,
    beyond,
    differences,
    drift,
    found_at,
    spread,
)
from ..http.client import Bridge, Refused
from ..images.image import Image
from .edit_files import Given, of_file
from .limits import Edit, Limits
from .located_step import Place
from .replay import Standing

OTHERS = 4  # layers of the same run that tell what a program did to all of them


class Witness:
    """The pictures that were handed out."""

    def __init__(self, bridge: Bridge, standing: Standing, place: Place):
        layer = next((one for one in (place.found, *place.kin) if one), None)
        assigned = layer.whole.assigned if layer else ""
        self.way = Way.of(place.run.recipe.profile, place.icc, assigned)
        self._bridge = bridge
        self._standing = standing
        self.approximate = standing.approximate

    async def of(self, step: StepId, layer: Found | None) -> Image:
        """A step's picture in the run's profile, by the best witness there is."""
        if layer is not None and layer.same and not self.way.converts:
            return layer.own
        if layer is not None and layer.handed is not None:
            try:
                image = await self._bridge.image(layer.handed)
            except Refused:  # another store handed it out, or it is in the document's profile
                pass
            else:
                if image.profile == self.way.run:
                    return image
        picture = await self._bridge.picture(self._here(step))
        if self._standing.replayed and not self.approximate and layer is not None:
            names = {picture.id, self.way.there(picture).id}
            if layer.handed is not None and layer.handed not in names:
                self.approximate = "the step's picture is not the one that was handed out"
        return picture

    def _here(self, step: StepId) -> StepId:
        run, _, index = step.partition(".")
        return f"{self._standing.renamed.get(run, run)}.{index}"


async def painted_on(place: Place, witness: Witness, file: Given | None) -> tuple[Edit, Place]:
    """The edit, and the place as the pictures that were handed out make it known.

    ValueError: the document was changed so that nobody can tell what was painted.
    """
    layer, way = place.found, witness.way
    step = f"{place.run.id}.{place.index}"
    if layer is None or file is not None:
        handed = await witness.of(step, layer)
        return (of_file(file, handed) if file else Edit(handed=handed, picture=None)), place
    if layer.whole.size is not None:
        place = await _cut(place, witness)
        layer = place.found or layer
    handed = await witness.of(step, layer)
    if not layer.differs:
        return Edit(handed=handed, picture=None), place
    base, shown = way.there(handed), layer.picture
    limits = await _limits(place, layer, witness)
    strokes = limits.strokes(base.pixels, shown.pixels)
    said = [limits.sentence(place.index + 1)] if limits.reasons else []
    if not strokes.any():
        if limits.reasons:
            most = float(differences(base.pixels, shown.pixels).max())
            said = [f"{said[0][:-1]}, and it differs by up to {most:.3g}: nothing was taken in."]
        if not layer.whole.changed and not witness.approximate:
            said.append(
                f"Step {place.index + 1} was changed, but nothing of it is seen: a mask, an "
                "opacity or the eraser hides it, so nothing was taken in."
            )
        return Edit(handed=handed, picture=None, said=tuple(said)), place
    if limits.levels == 0 and not way.converts:
        return Edit(handed=handed, picture=Image(shown.pixels, way.run), said=tuple(said)), place
    edit = beyond(handed, way.back(shown), strokes)
    return Edit(handed=handed, picture=edit, said=tuple(said)), place


async def as_handed_out(place: Place, witness: Witness, _: object = None) -> tuple[Edit, Place]:
    """No edit, whatever was painted; the place as painted_on makes it known."""
    if place.found is not None and place.found.whole.size is not None:
        place = await _cut(place, witness)
    handed = await witness.of(f"{place.run.id}.{place.index}", place.found)
    return Edit(handed=handed, picture=None), place


async def _limits(place: Place, layer: Found, witness: Witness) -> Limits:
    """What a step's layer may differ by. ValueError: nobody can tell."""
    whole, levels = layer.whole, 0.0
    reasons: list[str] = []
    if whole.converted:
        levels = CONVERTED
        reasons.append(f"the document was converted to {whole.converted}")
    if whole.narrowed:
        levels = max(levels, NARROWED)
        reasons.append("the document was brought from 16 bits to 8")
    if witness.approximate:
        levels = max(levels, REPLAYED)
        reasons.append("the run was painted again only approximately")
    if whole.exact:
        return Limits(levels=levels, reasons=tuple(reasons))
    losses: list[float] = []
    drifts: list[float] = []
    for one in place.nearest(OTHERS) or [layer]:
        base = witness.way.there(await witness.of(one.step, one)).pixels
        most, usual = spread(differences(base, one.picture.pixels))
        losses.append(3 * usual if one is layer else most)
        drifts.append(
            float(np.quantile(drift(base, one.picture.pixels), 0.5 if one is layer else 1))
        )
    most = median(losses)
    if most > LOSSES:
        raise ValueError(
            f"every step's layer differs all over from what was handed out, by up to {most:.0f} "
            "levels: the document was changed as a whole, and what was painted cannot be told from "
            f"that; undo the change, or {place.way_on}"
        )
    if most <= levels:
        return Limits(levels=levels, reasons=tuple(reasons))
    reasons.append("all layers were saved with losses, as by JPEG or dithering")
    around = max(2 * median(drifts), CONVERTED)
    return Limits(levels=1.5 * most, around=around, reasons=tuple(reasons))


async def _cut(place: Place, witness: Witness) -> Place:
    """The place, where the layers are pieces of the run's pictures: the document was cropped.

    ValueError: they are not.
    """
    assert place.found is not None  # the caller looked
    votes: list[tuple[int, int]] = []
    for one in (*place.nearest(OTHERS), place.found):
        picture = witness.way.there(await witness.of(one.step, one)).pixels
        piece = to_depth(one.raw.pixels, 8 * picture.itemsize)
        levels = CONVERTED if witness.way.converts else 0.0
        if (at := found_at(picture, piece, levels)) is not None:
            votes.append((one.layer.left - at[0], one.layer.top - at[1]))
    corner = max(votes, key=votes.count) if votes else None
    if corner is None or votes.count(corner) * 2 < len(votes):
        raise ValueError(place.other_size)
    return place.at(corner)
