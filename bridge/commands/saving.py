"""What was painted, as files.

new_psd         a document of its own: the source below, a group per run
psd_with        a PSD file with a group per run on top, its old layers as they were
final_picture   the finished picture over its source, at the source's depth
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from pipelines.pixels import over, to_depth
from pipelines.recipe import ImageId, Recipe

from ..document import Document, Group, PixelLayer
from ..history import History, history_of, with_history
from ..images import Image
from ..likeness import Way
from ..painting import group_of, layer_images, rgba, shown_steps
from ..profiles import name_of
from ..psd import icc_in, opened, write_document, xmp_of
from ..psd_append import append_groups, next_layer_id
from ..psd_channels import Channels
from .gather import Gathered

SOURCE = "source"  # name of the layer the runs started from


def new_psd(made: Sequence[Gathered]) -> bytes:
    """A document of its own: the picture the runs started from below, a group per run."""
    first = made[0].painting
    source = first.inputs.get("init_image")
    ids = itertools.count(1)
    images = _images(made)
    below: tuple[PixelLayer, ...] = ()
    if source is not None:
        shown = rgba(source)
        images[shown.id] = shown
        below = (PixelLayer(id=next(ids), name=SOURCE, image=shown.id),)
    document = Document(
        width=first.run.recipe.width,
        height=first.run.recipe.height,
        depth=16 if any(image.depth == 16 for image in images.values()) else 8,
        profile=first.run.recipe.profile,
        xmp=with_history(None, _history(History(), made)),
        layers=(*below, *_groups(made, ids)),
    )
    encoded = _encoded(made) if document.depth == first.run.recipe.depth else None
    return write_document(document, images, encoded)


def psd_with(data: bytes, made: Sequence[Gathered], *, numbers: str = "") -> bytes:
    """A PSD file with a group per run on top. ValueError: the file cannot take them.

    numbers: the profile that the file's numbers are in, where it does not say so any more.
    """
    psd = opened(data)
    xmp = xmp_of(psd)
    ids = itertools.count(next_layer_id(psd))
    old = history_of(xmp)
    made = _numbered(made, {run.number for run in old.runs})
    icc = icc_in(psd)
    own = (name_of(icc), numbers)
    made = [one if _recipe(one).profile in own else _in_profile(one, icc) for one in made]
    depth = psd.header.depth
    made = [_at_depth(one, depth) if _recipe(one).depth > depth else one for one in made]
    history = with_history(xmp, _history(old, made))
    return append_groups(data, _groups(made, ids), _images(made), xmp=history)


def final_picture(one: Gathered) -> Image:
    """The finished picture over what it started from; outside the mask that is unchanged."""
    picture = one.painting.steps[-1][1].pixels
    source = one.painting.inputs.get("init_image")
    if source is not None:
        return Image(over(source.pixels, picture), source.profile)
    return Image(np.ascontiguousarray(picture[..., :3]), one.painting.run.recipe.profile)


def _in_profile(one: Gathered, icc: bytes) -> Gathered:
    """The steps in a file's own profile. Inputs stay as they were: they are data for a replay."""
    way = Way.of(_recipe(one).profile, icc)
    steps = tuple((step, way.there(image)) for step, image in one.painting.steps)
    return Gathered(dataclasses.replace(one.painting, steps=steps), {})


def _at_depth(one: Gathered, depth: int) -> Gathered:
    """All pictures at the depth of a file that has less: its run was painted at more."""

    def less(image: Image) -> Image:
        return Image(to_depth(image.pixels, depth), image.profile)

    painting = one.painting
    steps = tuple((step, less(image)) for step, image in painting.steps)
    inputs = {name: less(image) for name, image in painting.inputs.items()}
    return Gathered(dataclasses.replace(painting, steps=steps, inputs=inputs), {})


def _recipe(one: Gathered) -> Recipe:
    return one.painting.run.recipe


def _numbered(made: Sequence[Gathered], taken: set[int]) -> list[Gathered]:
    """The runs with numbers that no other run of the document has: those may be any store's."""
    numbered: list[Gathered] = []
    for one in made:
        run = one.painting.run
        if run.number in taken:
            run = msgspec.structs.replace(run, number=max(taken) + 1)
        taken.add(run.number)
        numbered.append(Gathered(dataclasses.replace(one.painting, run=run), one.encoded))
    return numbered


def _groups(made: Sequence[Gathered], ids: Iterator[int]) -> tuple[Group, ...]:
    return tuple(group_of(one.painting, ids) for one in made)


def _images(made: Sequence[Gathered]) -> dict[ImageId, Image]:
    return {id: image for one in made for id, image in layer_images(one.painting).items()}


def _encoded(made: Sequence[Gathered]) -> dict[ImageId, Channels]:
    return {id: channels for one in made for id, channels in one.encoded.items()}


def _history(history: History, made: Sequence[Gathered]) -> History:
    for one in made:
        history = history.with_run(one.painting.run, shown_steps(one.painting))
    return history
