"""What Pentimento writes into a document: a group per run, a layer per step.

Painting      a finished run with its pictures, and where it lies
group_of      its group: steps noisiest first, the finished picture on top and visible
shown_steps   its steps as the document's history has them
layer_images  the images its layers need

The group is collapsed, the noisiest step at its bottom, the finished picture on top and alone
visible; names.py has what they are called. A hidden group `inputs` at its very bottom holds what
the run was made from, a layer for each of recipe.images_named, by the field that names it:
`init_image`, `regions.0.mask`, `rewind.edit`. Each layer has a note, as metadata.py writes it:

group    {"v": 1, "run", "left", "top"}; the panel adds "keep" where not every step becomes a
         layer: "last", or how many key steps
step     {"v": 1, "run", "step", "image", "left", "top"}; "quality" while it is no full decode
input    {"v": 1, "run", "input": the field, "image"}

image: ImageId of the layer as it was handed out. left, top: where the picture's corner lies in the
document; absent: where the layer's own lies. The document's XMP has all runs and steps
(history.py). A run that was painted again, because the bridge had lost it, gives its layers notes
with the new run's id; their pixels stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from pipelines.recipe import ImageId

from ..psd.document import Group, PixelLayer
from ..psd.metadata import layer_metadata
from ..psd.spool import Spooled
from ..wire import Run, Step
from .history import ShownStep
from .names import group_name, step_name


@dataclass(frozen=True, eq=False, kw_only=True)
class Painting:
    """A run with its pictures, and where it lies."""

    run: Run
    steps: tuple[tuple[Step, Spooled], ...]  # noisiest first; full pictures
    inputs: Mapping[str, Spooled] = field(default_factory=dict[str, Spooled])  # by the field's name
    left: int = 0  # where the picture's corner lies in the document
    top: int = 0


def group_of(painting: Painting, ids: Iterator[int]) -> Group:
    """The run's group, collapsed."""
    run, place = painting.run, {"left": painting.left, "top": painting.top}
    last = len(painting.steps) - 1
    steps = tuple(
        PixelLayer(
            id=next(ids),
            name=step_name(step),
            visible=number == last,
            image=image.shown,
            left=painting.left,
            top=painting.top,
            metadata=layer_metadata(
                {"v": 1, "run": run.id, "step": step.id, "image": image.id, **place}
            ),
        )
        for number, (step, image) in enumerate(painting.steps)
    )
    below = (_inputs_group(painting, ids),) if painting.inputs else ()
    return Group(
        id=next(ids),
        name=group_name(run),
        blend="normal",
        layers=(*below, *steps),
        metadata=layer_metadata({"v": 1, "run": run.id, **place}),
    )


def shown_steps(painting: Painting) -> tuple[ShownStep, ...]:
    """The run's steps with what was handed out of them."""
    return tuple(
        ShownStep(**msgspec.structs.asdict(step), image=image.id) for step, image in painting.steps
    )


def layer_images(painting: Painting) -> dict[ImageId, Spooled]:
    """The images that the group's layers name."""
    pictures = [picture for _, picture in painting.steps]
    return {picture.shown: picture for picture in (*pictures, *painting.inputs.values())}


def _inputs_group(painting: Painting, ids: Iterator[int]) -> Group:
    """The images the run was made from, hidden: a replay elsewhere needs them."""
    layers: list[PixelLayer] = []
    for name, image in painting.inputs.items():
        note = {"v": 1, "run": painting.run.id, "input": name, "image": image.id}
        layers.append(
            PixelLayer(
                id=next(ids),
                name=name,
                left=painting.left,
                top=painting.top,
                visible=False,
                image=image.shown,
                metadata=layer_metadata(note),
            )
        )
    return Group(id=next(ids), name="inputs", blend="normal", visible=False, layers=tuple(layers))
