"""A step of a document: which run, which layer, and whether it was painted on.

Place      what `rewind` goes on from
notices    what a painter should know of its layers
named      layers' names in a sentence
LOST_XMP   what is said where only the layers remember a run
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.recipe import ImageId

from ..history.claims import strays
from ..history.history import WAY_OUT, Found, History, found_inputs, found_steps, history_of
from ..images.image import Image
from ..psd.document import Layer, walk
from ..psd.files import icc_in, opened, read_document
from ..wire import Run, RunId
from .wording import listed


@dataclass(frozen=True, eq=False, kw_only=True)
class Place:
    """A step of a document."""

    run: Run  # the run the step belongs to: an older one where a branch began later
    index: int
    history: History
    inputs: Mapping[ImageId, Image]  # the images that the document's runs were made from
    found: Found | None  # the step's layer; None: it was deleted
    kin: tuple[Found, ...]  # all layers of its run
    strays: tuple[str, ...]  # layers in the run's group that show no step as far as is known
    icc: bytes  # the file's profile; empty: sRGB
    left: int  # where the picture's corner lies in the document
    top: int
    file: Path  # for sentences

    @staticmethod
    def of(file: Path, data: bytes, wanted: str | None, number: int) -> Place:
        """Step `number`, counted from 1, of a PSD file's run. ValueError: there is none."""
        icc = icc_in(opened(data))
        document, images = read_document(data)
        history = history_of(document.xmp)
        found = found_steps(document, images, history)
        if not history.runs and found and not history.newer:
            raise ValueError(LOST_XMP)
        run, index = _run(history, found, wanted, number)
        layer = found.get(f"{run.id}.{index}")
        kin = tuple(one for one in found.values() if one.step.partition(".")[0] == run.id)
        near = layer or (kin[0] if kin else None)
        return Place(
            run=run,
            index=index,
            history=history,
            inputs=found_inputs(document, images),
            found=layer,
            kin=kin,
            strays=tuple(strays(document, run, history)),
            icc=icc,
            left=near.left if near else 0,
            top=near.top if near else 0,
            file=file,
        )

    def nearest(self, count: int) -> list[Found]:
        """The layers of the run's other steps, those next to it first."""
        others = [one for one in self.kin if one is not self.found]
        return sorted(others, key=lambda one: abs(_index(one) - self.index))[:count]

    def at(self, corner: tuple[int, int]) -> Place:
        """The place, the run's frame lying there in the document."""

        def moved(one: Found) -> Found:
            was = one.whole
            left, top = was.left - was.moved[0], was.top - was.moved[1]
            by = (corner[0] - left, corner[1] - top)
            whole = replace(was, left=corner[0], top=corner[1], moved=by, size=None)
            return replace(one, whole=whole)

        return replace(
            self,
            found=self.found and moved(self.found),
            kin=tuple(moved(one) for one in self.kin),
            left=corner[0],
            top=corner[1],
        )

    @property
    def way_on(self) -> str:
        """What a painter can do where the step cannot be gone on from."""
        layer = self.found.layer.name if self.found else "LAYER"
        return (
            f'begin anew from what it shows, pentimento run --init "{self.file}#{layer}", or name '
            f"the step's picture with --edit, {self._size} pixels like the run"
        )

    @property
    def other_size(self) -> str:
        """That the layers have another size than the run."""
        size = self.found.whole.size if self.found else None
        shown = "another size" if size is None else f"another size, {size[0]}x{size[1]}"
        return (
            f"the run's layers have {shown}, than the run, {self._size}, and are no part of it: "
            f"the document was resized or turned; undo that (Image Size), or {self.way_on}"
        )

    def check(self) -> None:
        """ValueError where the document alone says that the step's paint cannot be known."""
        number, whole = self.index + 1, self.found.whole if self.found else None
        if whole is not None and whole.turned:
            raise ValueError(
                f"the document was {whole.turned} since the run; turn it back, or {self.way_on}"
            )
        recipe = self.run.recipe
        if whole and whole.enlarged(recipe.width, recipe.height):
            raise ValueError(self.other_size)
        if self.found is None and self.strays:
            names = ", ".join(f'"{name}"' for name in self.strays[:3])
            raise ValueError(
                f"no layer is known as step {number} of run {self.run.id[:6]}; it may be {names}, "
                f'renamed, its note dropped by another program; name it with --edit "{self.file}'
                f'#{self.strays[0]}", or say --mode replay to go on from what was handed out'
            )
        if not self.kin:
            raise ValueError(
                f"none of the layers is known as a step of run {self.run.id[:6]}: another program "
                "dropped their notes and names, or they were merged or deleted; name what you "
                f'painted with --edit "{self.file}#LAYER" ({self._size} pixels), or say --mode '
                "replay to go on from what was handed out"
            )

    def check_copies(self) -> None:
        """ValueError: of several layers of the step more than one was painted on."""
        if self.found is not None and self.found.rivals:
            names = named((self.found.layer, *self.found.rivals))
            raise ValueError(
                f"several layers of step {self.index + 1} were painted on, {names}: merge them, "
                f'delete all but one, or name the one that counts with --edit "{self.file}#LAYER"'
            )

    @property
    def _size(self) -> str:
        return f"{self.run.recipe.width}x{self.run.recipe.height}"


def notices(place: Place, *, edited: bool, replayed: bool = False) -> Iterator[str]:
    """What a painter should know of the layers, one sentence each.

    edited: another picture is taken in; replayed: nothing is, whatever was painted.
    """
    yield from _of_the_step(place, edited=edited, replayed=replayed)
    painted = sorted(_index(one) + 1 for one in place.nearest(len(place.kin)) if one.painted)
    if painted and not replayed:
        steps = listed([f"step {number}" for number in painted])
        yield (
            f"Painted on as well, and not taken in: {steps}. A rewind takes in the strokes of the "
            f"step it goes on from: --step {painted[0]}."
        )


def _of_the_step(place: Place, *, edited: bool, replayed: bool) -> Iterator[str]:
    number, layer = place.index + 1, place.found
    if newer := place.history.newer.get(place.run.id):
        yield newer
    if layer is None:
        yield f"Step {number} has no layer any more: " + (
            "what you painted was compared with what was handed out."
            if edited
            else "it is gone on from as it was handed out."
        )
        return
    x, y = layer.whole.moved
    if layer.claim.named:
        yield "Another program dropped the layers' notes: steps were found by their names."
    if (x, y) != (0, 0):
        yield (
            f"All layers of the run lie {x:+d}, {y:+d} pixels from where they were written (a "
            "crop, another canvas, a moved group): what is new is written there as well."
        )
    if layer.whole.assigned:
        yield (
            f"The document has lost the profile {layer.whole.assigned}, its numbers are as they "
            "were: what is new is written in those."
        )
    if layer.layer.mask is not None and not (layer.differs or edited or replayed):
        yield (
            f"The mask of step {number} is no paint, and is not taken in. Where it is to say what "
            f'may change, name it: --mask "{place.file}#{layer.layer.name}".'
        )
    if replayed:
        if layer.differs:
            names = f" ({named(layer.added)})" if layer.added else ""
            yield (
                f"What was painted on step {number}{names} is left out: mode replay goes on from "
                "what was handed out."
            )
        return
    if layer.copies:
        yield f'Of several layers of step {number} "{layer.layer.name}" counts.'
    if layer.added:
        yield f"Taken in as painted on step {number}: {named(layer.added)}."
    if layer.idle:
        yield (
            f"Adjustments and fills are not taken in: {named(layer.idle)}. Merge them into step "
            f"{number} if they are to count."
        )
    if speckled := [one for one in walk(layer.added) if one.visible and one.blend == "dissolve"]:
        yield f"Dissolve has no pixels of its own and counts as Normal: {named(speckled)}."
    if layer.hidden:
        yield (
            f"Hidden, and not taken in as painted on step {number}: {named(layer.hidden)}; what is "
            "to count must be visible."
        )
    if layer.apart:
        yield (
            f"Over the painting, outside its group, and not taken in: {named(layer.apart)}. What "
            f"is to count belongs into the group, right above step {number}, or merged into it."
        )


def named(layers: Sequence[Layer]) -> str:
    """Layers' names, the first three."""
    shown = ", ".join(f'"{layer.name}"' for layer in layers[:3])
    return shown + (f" and {len(layers) - 3} more" if len(layers) > 3 else "")


LOST_XMP = (
    "the layers are steps of a run, but the document's own history (XMP) is gone or damaged, as by "
    f"another program; {WAY_OUT}"
)


def _index(found: Found) -> int:
    return int(found.step.partition(".")[2])


def _run(
    history: History, found: Mapping[str, Found], wanted: str | None, number: int
) -> tuple[Run, int]:
    """The run that is meant, followed back to where the step was painted."""
    if not history.runs and not history.newer:
        raise ValueError("there is no run in this document; pentimento run -o FILE.psd makes one")
    runs = [run for run in history.runs if run.id.startswith(wanted or "")]
    unread = [text for id, text in history.newer.items() if id.startswith(wanted or "")]
    if not runs and unread:
        raise ValueError(unread[0].removesuffix("."))
    if not runs:
        raise ValueError(f"there is no run {wanted}; the runs are {_named(history.runs)}")
    if len(runs) > 1:
        step = f".{number - 1}"
        touched = [run for run in runs if (one := found.get(run.id + step)) and one.painted]
        if len(touched) != 1:
            raise ValueError(f"several runs are here; say which with --run: {_named(tuple(runs))}")
        runs = touched
    return _where_painted(history, runs[0], number)


def _where_painted(history: History, run: Run, number: int) -> tuple[Run, int]:
    first, last = _first(history, run), run.last
    if not first + 1 <= number <= last + 1:
        raise ValueError(
            f"--step must be in {first + 1}..{last + 1} for run {run.id[:6]}, got {number}"
        )
    while number - 1 < run.first and (parent := _left(history, run)) is not None:
        run = parent
    return run, number - 1


def _first(history: History, run: Run) -> int:
    """The index of the first step of the whole line."""
    while (parent := _left(history, run)) is not None:
        run = parent
    return run.first


def _left(history: History, run: Run) -> Run | None:
    """The run that a branch left; None for one that began by itself."""
    return history.run(run.parent.partition(".")[0]) if run.parent else None


def _named(runs: tuple[Run, ...]) -> str:
    names: list[RunId] = [f"{run.id[:6]} (Painting {run.number})" for run in runs]
    return ", ".join(names)
