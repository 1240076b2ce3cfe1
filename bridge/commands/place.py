"""A step of a document: which run, which layer, and whether it was painted on.

Place   what `rewind` goes on from
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.recipe import ImageId

from ..history import Found, History, found_inputs, found_steps, history_of
from ..images import Image
from ..profiles import from_icc, known, name_of
from ..psd import icc_in, opened, read_document
from ..wire import Run, RunId


@dataclass(frozen=True, eq=False, kw_only=True)
class Place:
    """A step of a document."""

    run: Run  # the run the step belongs to: an older one where a branch began later
    index: int
    history: History
    inputs: Mapping[ImageId, Image]  # the images that the document's runs were made from
    found: Found | None  # the step's layer; None: it was deleted
    icc: bytes  # the file's profile where it is none that pictures may have; else empty
    left: int  # where the picture's corner lies in the document
    top: int

    @property
    def painted(self) -> Image | None:
        """The layer as it was painted on; None: it was not."""
        return self.found.picture if self.found and self.found.painted else None

    @staticmethod
    def of(data: bytes, wanted: str | None, number: int) -> Place:
        """Step `number`, counted from 1, of a PSD file's run. ValueError: there is none."""
        icc = icc_in(opened(data))
        document, images = read_document(data)
        history = history_of(document.xmp)
        found = found_steps(document, images, history)
        run, index = _run(history, found, wanted, number)
        layer = found.get(f"{run.id}.{index}")
        foreign = icc if known(name_of(icc)) is None else b""
        if layer and foreign:
            picture = Image(from_icc(layer.picture.pixels, foreign))
            layer = dataclasses.replace(layer, picture=picture)
        of_run = [one for one in found.values() if one.step.startswith(run.id)]
        near = layer or (of_run[0] if of_run else None)
        return Place(
            run=run,
            index=index,
            history=history,
            inputs=found_inputs(document, images),
            found=layer,
            icc=foreign,
            left=near.left if near else 0,
            top=near.top if near else 0,
        )


def _run(
    history: History, found: Mapping[str, Found], wanted: str | None, number: int
) -> tuple[Run, int]:
    """The run that is meant, followed back to where the step was painted."""
    if not history.runs:
        raise ValueError("there is no run in this document; pentimento run -o FILE.psd makes one")
    runs = [run for run in history.runs if run.id.startswith(wanted or "")]
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
