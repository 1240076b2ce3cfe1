"""What was painted, as files.

write_new       a document of its own: the source below, a group per run
write_onto      a PSD file with a group per run on top, its old layers as they were
as_it_is_now    that PSD file's bytes, where it was saved meanwhile
check           whether such a file can be written, before anything is painted
final_picture   the finished picture over its source, at the source's depth
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
from psd_tools.psd.document import PSD

from pipelines.pixels import over, rgb_of, to_depth
from pipelines.recipe import ImageId, Recipe

from ..history.history import History, history_of, with_history
from ..history.likeness import Way
from ..history.run_layers import group_of, layer_images, shown_steps
from ..images.image import Image
from ..images.profiles import name_of
from ..psd.append import extend, growing, next_layer_id
from ..psd.channels import Channels, Version
from ..psd.document import MAX_LAYERS, Document, Group, PixelLayer
from ..psd.files import icc_in, layer_info, save_document, xmp_of
from ..psd.spool import OnDemand, Spool, Spooled
from ..psd.writing import MAX_PSD
from ..wire import RunId
from .gather import Gathered
from .outputs import Output
from .places import read_bytes

PACKED_16 = 0.8  # of their size are packed 16-bit pixels
SOURCE = "source"  # name of the layer the runs started from


def write_new(out: BinaryIO, made: Sequence[Gathered], version: Version = 1) -> None:
    """A document of its own: the picture the runs started from below, a group per run."""
    first = made[0].painting
    source = first.inputs.get("init_image")
    ids = itertools.count(1)
    pictures = _pictures(made)
    below: tuple[PixelLayer, ...] = ()
    if source is not None:
        below = (PixelLayer(id=next(ids), name=SOURCE, image=source.shown),)
    document = Document(
        width=first.run.recipe.width,
        height=first.run.recipe.height,
        depth=16 if any(one.packed.depth == 16 for one in pictures.values()) else 8,
        profile=first.run.recipe.profile,
        xmp=with_history(None, _history(History(), made)),
        layers=(*below, *_groups(made, ids)),
    )
    save_document(out, document, _images(pictures), _packed(pictures), version)


def write_onto(out: BinaryIO, data: bytes, made: Sequence[Gathered], *, numbers: str = "") -> None:
    """A PSD file with a group per run on top. ValueError: the file cannot take them.

    numbers: the profile that the file's numbers are in, where it does not say so any more.
    """
    file = growing(data)
    xmp = xmp_of(file.psd)
    ids = itertools.count(next_layer_id(file.psd))
    old = history_of(xmp)
    made = _numbered(made, {run.number for run in old.runs})
    icc, depth = icc_in(file.psd), file.psd.header.depth
    own = (name_of(icc), numbers)
    made = [one if _recipe(one).profile in own else _in_profile(one, icc) for one in made]
    made = [_at_depth(one, depth) if _recipe(one).depth > depth else one for one in made]
    history = with_history(xmp, _history(old, made))
    pictures = _pictures(made)
    groups = _groups(made, ids)
    extend(out, file, groups, _images(pictures), _packed(pictures), xmp=history)


def as_it_is_now(file: Path, output: Output, data: bytes, run: RunId | None = None) -> bytes:
    """What groups are added to: a file that is written over may have been saved meanwhile.

    run: the one that was gone on from, else any that the file held. Where the file is not that
    document any more, or takes no such groups, it is as it was read, and the result lies beside.
    """

    def now() -> bytes:
        found = read_bytes(file)
        before, after = growing(data).psd, growing(found).psd
        if _size(before) != _size(after):
            raise ValueError("it has another size")
        known = {run} if run else _runs(before)
        if known and not known & _runs(after):
            raise ValueError("it is another document")
        return found

    if not (output.path.exists() and output.path.samefile(file)):
        return data
    try:
        return output.look_again(now)
    except ValueError:
        return data


def _size(psd: PSD) -> tuple[int, int]:
    return psd.header.width, psd.header.height


def _runs(psd: PSD) -> set[RunId]:
    return {one.id for one in history_of(xmp_of(psd)).runs}


def check(
    recipe: Recipe, layers: int, onto: bytes | None, *, psb: bool = False, numbers: str = ""
) -> None:
    """ValueError: so many layers cannot be added to a PSD file, or to a new one.

    numbers: as for write_onto. How long a file becomes is an estimate: colours seldom pack, and a
    transparency nearly wholly.
    """
    old = growing(onto) if onto is not None else None
    count = layers + (len(layer_info(old.psd).layer_records) if old else 0)
    if count > MAX_LAYERS:
        raise ValueError(f"the file would have {count} layers, and at most {MAX_LAYERS} are kept")
    if old is not None:
        _check_way(recipe, icc_in(old.psd), numbers)
    share = 1.0 if recipe.depth == 8 else PACKED_16
    pixels = recipe.width * recipe.height * 3 * recipe.depth // 8
    size = layers * pixels * share + len(onto or b"")
    if size > MAX_PSD and not (old.version == 2 if old else psb):
        raise ValueError(
            f"the file would have about {size / 2**30:.1f} GiB, and a PSD holds at most 2; take "
            "fewer steps or variations or a smaller picture, or "
            + ("save FILE.psd as a .psb first" if onto else "give -o a name that ends in .psb")
        )


def _check_way(recipe: Recipe, icc: bytes, numbers: str) -> None:
    """It is tried with a pixel: many profiles of printers and scanners lead one way only."""
    if recipe.profile in (name_of(icc), numbers):
        return
    try:
        Way.of(recipe.profile, icc).there(Image(np.zeros((1, 1, 4), np.uint8), recipe.profile))
    except ValueError as error:
        raise ValueError(
            f"no layer can be painted in the file's colour profile ({error}); "
            f"convert the file to {recipe.profile} first"
        ) from None


def final_picture(one: Gathered) -> Image:
    """The finished picture over what it started from; outside the mask that is unchanged."""
    picture = one.painting.steps[-1][1].image().pixels
    source = one.painting.inputs.get("init_image")
    if source is not None:
        below = source.image()
        colours = rgb_of(below.pixels) if below.channels == 1 else below.pixels
        return Image(over(colours, picture), below.profile)
    return Image(np.ascontiguousarray(picture[..., :3]), one.painting.run.recipe.profile)


def _in_profile(one: Gathered, icc: bytes) -> Gathered:
    """The steps in a file's own profile. Inputs stay as they were: they are data for a replay."""
    way, spool = Way.of(_recipe(one).profile, icc), Spool()
    steps = tuple(
        (step, spool.keep(way.there(picture.image()))) for step, picture in one.painting.steps
    )
    return Gathered(dataclasses.replace(one.painting, steps=steps))


def _at_depth(one: Gathered, depth: int) -> Gathered:
    """All pictures at the depth of a file that has less: its run was painted at more."""
    painting, spool = one.painting, Spool()

    def less(picture: Spooled) -> Spooled:
        image = picture.image()
        return spool.keep(Image(to_depth(image.pixels, depth), image.profile))

    steps = tuple((step, less(picture)) for step, picture in painting.steps)
    inputs = {name: less(picture) for name, picture in painting.inputs.items()}
    return Gathered(dataclasses.replace(painting, steps=steps, inputs=inputs))


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
        numbered.append(Gathered(dataclasses.replace(one.painting, run=run)))
    return numbered


def _groups(made: Sequence[Gathered], ids: Iterator[int]) -> tuple[Group, ...]:
    return tuple(group_of(one.painting, ids) for one in made)


def _pictures(made: Sequence[Gathered]) -> dict[ImageId, Spooled]:
    return {id: picture for one in made for id, picture in layer_images(one.painting).items()}


def _images(pictures: dict[ImageId, Spooled]) -> OnDemand:
    return OnDemand({id: picture.rgba for id, picture in pictures.items()})


def _packed(pictures: dict[ImageId, Spooled]) -> dict[ImageId, Channels]:
    return {id: picture.packed for id, picture in pictures.items()}


def _history(history: History, made: Sequence[Gathered]) -> History:
    for one in made:
        history = history.with_run(one.painting.run, shown_steps(one.painting))
    return history
