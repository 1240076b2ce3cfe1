"""`pentimento rewind`: go on from an old step of a PSD, painted over or not, as a group more."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import time

from msgspec.structs import replace

from pipelines.pixels import changed_mask
from pipelines.recipe import Recipe, Rewind

from .. import wire
from ..history.replay import as_in_document, renamed_step
from ..http.client import Bridge
from ..images.image import Image
from ..wire import Continue, Run
from . import connection, modes, recipes, replacing, saving
from .amounts import Text, Whole
from .edit_files import Given, given
from .edits import Witness, as_handed_out, painted_on
from .files import psd_ending, read_mask
from .gather import Gathered, painted
from .limits import Edit
from .located_step import Place, notices
from .masks import check_mask
from .outputs import Output
from .places import FILE, named_path, read_bytes
from .progress import Report
from .replay import Standing, standing
from .stopping import stoppable
from .wording import counted

HELP = "go on from an old step of a PSD"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", type=named_path, metavar="FILE.psd", help="a PSD that holds a run")
    parser.add_argument(
        "--step",
        type=Whole(),
        required=True,
        metavar="K",
        help="the step to go on from, counted from 1",
    )
    parser.add_argument(
        "--run",
        dest="run_id",
        type=Text("a run's id"),
        metavar="ID",
        help="the run, by its id or the beginning of it; needed where FILE.psd holds several",
    )
    parser.add_argument(
        "--edit",
        type=FILE,
        metavar="IMAGE",
        help="the step's picture as you painted it; found by itself in FILE.psd",
    )
    parser.add_argument(
        "--mask", type=FILE, metavar="IMAGE", help="where the edit counts; found by itself"
    )
    modes.add_to(parser)
    recipes.add_to_rewind(parser)
    parser.add_argument(
        "-o", "--output", type=named_path, required=True, metavar="OUT.psd", help="where to"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object per event on standard output"
    )
    replacing.add_to(parser)
    connection.add_to(parser)


def run(options: argparse.Namespace) -> int:
    """Rewind and write; the exit status."""
    output = Output(options.output)  # perhaps the very file that is read
    data = read_bytes(options.file)
    output.check((psd_ending(data),), len(data))
    try:
        place = Place.of(options.file, data, options.run_id, options.step)
        if not options.edit and options.mode is None:
            place.check()
        if not options.edit and options.mode != "replay":
            place.check_copies()
    except ValueError as error:
        raise ValueError(f"{options.file}: {error}") from None
    replacing.check(options, [output], options.file, data)
    steps, numbers = place.run.last - place.index + 1, _numbers(place)
    saving.check(place.run.recipe, steps, data, numbers=numbers)
    size = place.run.recipe.width, place.run.recipe.height
    edit = given(options.edit, place.run.recipe) if options.edit else None
    mask = read_mask(options.mask, size, place.left, place.top) if options.mask else None
    if mask is not None:
        check_mask(options.mask, mask)
    layer = place.found
    strokes = layer is not None and layer.differs and options.mode != "replay"
    may_be = edit is not None or strokes
    modes.check(options, modes.mode_of(options, edited=may_be, masked=mask is not None))
    if options.region and options.region[0] >= len(place.run.recipe.regions):
        count = len(place.run.recipe.regions)
        raise ValueError(
            f"--region must be in 1..{count}, got {options.region[0] + 1}"
            if count
            else f"--region: run {place.run.id[:6]} has no regions"
        )
    recipe = _recipe(options, place.run) or place.run.recipe
    try:
        modes.how_of(options, place.run.recipe, recipe, edited=may_be, masked=mask is not None)
    except ValueError as error:  # a stroke that does not count is why there is no edit
        why = [] if may_be else list(notices(place, edited=False))
        raise ValueError(" ".join((f"{error}.", *why)) if why else str(error)) from None
    stoppable(_run(options, data, Request(place, edit, mask), output))
    return 0


@dataclasses.dataclass(frozen=True, eq=False)
class Request:
    """What is to be done, before a bridge is asked."""

    place: Place
    edit: Given | None
    mask: Image | None


def _recipe(options: argparse.Namespace, run: Run) -> Recipe | None:
    """The recipe from here on; None: unchanged. Raises ValueError."""
    asked = recipes.given(options)
    if options.region and options.region[1] is not None:
        number, prompt = options.region
        painted = list(run.recipe.regions)
        painted[number] = replace(painted[number], prompt=prompt)
        asked["regions"] = tuple(painted)
    return replace(run.recipe, **asked) if asked else None


async def _run(options: argparse.Namespace, data: bytes, request: Request, output: Output) -> None:
    began = time.perf_counter()
    place = request.place
    async with connection.reached(options, "pentimento rewind") as (bridge, _):
        report = Report(as_json=options.json, steps=place.run.last - place.index + 1)
        try:
            found = await standing(
                bridge, place.run, place.index, place.history, place.inputs, report
            )
            witness = Witness(bridge, found, place)
            replays = options.mode == "replay"
            way = as_handed_out if replays else painted_on
            try:
                edit, place = await way(place, witness, request.edit)
            except ValueError as error:
                raise ValueError(f"{options.file}: {error}") from None
            if found.replayed:
                _tell_of_replay(report, place.run, found, witness.approximate)
            said = notices(place, edited=request.edit is not None, replayed=replays)
            for sentence in (*said, *edit.said):
                report(wire.Notice(seq=0, message=sentence))
            recipe = _recipe(options, found.run)
            how = await _with_images(bridge, options, request, edit, found.run.recipe, recipe)
            command = Continue(
                request="rewind", step=found.step, rewind=how, recipe=recipe, anew=True
            )
            made = await painted(bridge, command, report, left=place.left, top=place.top)
            if how.mask is None and (said := await modes.seam(bridge, made[0].painting.run)):
                report(wire.Notice(seq=0, message=said))
        finally:
            report.close()
    branch = _in_document(made[0], found)
    data = saving.as_it_is_now(options.file, output, data, place.run.id)
    await asyncio.to_thread(
        output.fill, lambda out: saving.write_onto(out, data, [branch], numbers=_numbers(place))
    )
    seconds = round(time.perf_counter() - began, 2)
    steps = len(branch.painting.steps)
    report.written(
        output,
        {"seconds": seconds, "mode": how.mode},
        f"{how.mode} from step {options.step}, {counted(steps, 'step')} in {seconds:.1f} s",
    )


def _numbers(place: Place) -> str:
    """The profile that the document's numbers are in, where it does not say so any more."""
    return place.found.whole.assigned if place.found else ""


async def _with_images(
    bridge: Bridge,
    options: argparse.Namespace,
    request: Request,
    edit: Edit,
    old: Recipe,
    recipe: Recipe | None,
) -> Rewind:
    """The rewind, its images handed to the bridge. ValueError: it does not fit what is there."""
    mask = request.mask
    edited, masked = edit.picture is not None, mask is not None
    try:
        how = modes.how_of(options, old, recipe or old, edited=edited, masked=masked)
        if edit.picture and mask and not _meet(edit.handed, edit.picture, mask):
            raise ValueError(
                "nothing of what was painted lies inside the --mask, so nothing of it would be "
                "taken in; full is where the edit counts"
            )
    except ValueError as error:
        raise ValueError(f"step {options.step}: {error}") from None
    return replace(
        how,
        edit=await bridge.put_image(edit.picture) if edit.picture else None,
        handed=await bridge.put_image(edit.handed) if edit.picture else None,
        mask=await bridge.put_image(mask) if mask else None,
    )


def _meet(handed: Image, edit: Image, mask: Image) -> bool:
    """Whether anything that was painted counts."""
    return bool((changed_mask(handed.pixels, edit.pixels) & (mask.pixels > 0)).any())


def _tell_of_replay(report: Report, run: Run, found: Standing, approximate: str) -> None:
    how = f"approximate: {approximate}" if approximate else "exactly as it was"
    if not found.painted:
        if approximate:
            said = f"The run {run.id[:6]} is in the store as it was painted again, {how}."
            report(wire.Notice(seq=0, message=said))
        return
    report.say(
        "replayed",
        {"run": run.id, "as": found.run.id, "approximate": approximate},
        f"The run {run.id[:6]} was not in the store any more and was painted again from the recipe "
        f"in the document, {how}.",
    )


def _in_document(made: Gathered, found: Standing) -> Gathered:
    """The branch, its lineage in the document's own ids."""
    painting = made.painting
    run = as_in_document(painting.run, found.renamed)
    back = {stored: ours for ours, stored in found.renamed.items()}
    steps = tuple(
        (replace(step, parent=step.parent and renamed_step(step.parent, back)), image)
        for step, image in painting.steps
    )
    return Gathered(dataclasses.replace(painting, run=run, steps=steps))
