"""`pentimento rewind`: go on from an old step of a PSD, painted over or not, as a group more."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import time
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from pipelines.pixels import laid_over, to_depth
from pipelines.recipe import MODE_NAMES, Recipe, Rewind

from ..client import Bridge, Refused
from ..images import Image
from ..profiles import from_icc, to_icc
from ..wire import Continue, Run
from . import reach, recipes, regions, saving
from .files import check_output, psd_ending, read_bytes, read_edit, read_mask
from .gather import Gathered, painted
from .outputs import writing
from .place import Place
from .progress import Report
from .replay import Standing, as_in_document, in_other_words, standing

NOISE = 8  # levels of 255 that a replay on another machine may differ by; seen: 1 to 3

HELP = "go on from an old step of a PSD"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", type=Path, metavar="FILE.psd", help="a PSD that holds a run")
    parser.add_argument(
        "--step",
        type=int,
        required=True,
        metavar="K",
        help="the step to go on from, counted from 1",
    )
    parser.add_argument(
        "--run",
        dest="run_id",
        metavar="ID",
        help="the run, by its id or the beginning of it; needed where FILE.psd holds several",
    )
    parser.add_argument(
        "--edit",
        metavar="IMAGE",
        help="the step's picture as you painted it; found by itself in FILE.psd",
    )
    parser.add_argument("--mask", metavar="IMAGE", help="where the edit counts; found by itself")
    how = parser.add_argument_group("how to go on")
    how.add_argument(
        "--mode",
        choices=MODE_NAMES,
        help="replay: as it was; nudge, keep, repaint, hold: take the edit in, ever more firmly "
        "(repaint where there is an edit, a mask or a change, else replay)",
    )
    how.add_argument(
        "--region",
        type=regions.chosen,
        metavar="N[=PROMPT]",
        help="paint one region anew, counted from 1 at the lowest, perhaps with another prompt, "
        "and keep everything else",
    )
    how.add_argument("--keep-outside", action="store_true", help="repaint: change nothing else")
    how.add_argument(
        "--variation-seed", type=int, default=0, metavar="N", help="repaint: other noise (0)"
    )
    how.add_argument(
        "--weight", type=float, default=1.0, metavar="0..1", help="hold: how firmly (1)"
    )
    how.add_argument(
        "--release",
        type=float,
        default=1.0,
        metavar="0..1",
        help="hold: when it lets go; 1 is at the end (1)",
    )
    recipes.add_to_rewind(parser)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT.psd", help="where to"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object per event on standard output"
    )
    reach.add_to(parser)


def run(options: argparse.Namespace) -> int:
    """Rewind and write; the exit status."""
    data = read_bytes(options.file)
    check_output(options.output, (psd_ending(data),))
    try:
        place = Place.of(data, options.run_id, options.step)
    except ValueError as error:
        raise ValueError(f"{options.file}: {error}") from None
    saving.check(place.run.recipe, place.run.last - place.index + 1, data)
    size = place.run.recipe.width, place.run.recipe.height
    edit = read_edit(options.edit, place.run.recipe) if options.edit else place.painted
    mask = read_mask(options.mask, size, place.left, place.top) if options.mask else None
    how = _how(options, edit, mask)
    if options.region and options.region[0] >= len(place.run.recipe.regions):
        count = len(place.run.recipe.regions)
        raise ValueError(
            f"--region must be in 1..{count}, got {options.region[0] + 1}"
            if count
            else f"--region: run {place.run.id[:6]} has no regions"
        )
    _recipe(options, place.run)
    asyncio.run(_run(options, data, Request(place, how, edit, mask)))
    return 0


@dataclasses.dataclass(frozen=True, eq=False)
class Request:
    """What is to be done, before a bridge is asked."""

    place: Place
    how: Rewind  # with stand-ins for the ids of its images
    edit: Image | None
    mask: Image | None


def _how(options: argparse.Namespace, edit: Image | None, mask: Image | None) -> Rewind:
    """The rewind, stand-ins for its images. ValueError: the options do not fit together."""
    changes = edit or mask or options.keep_outside or options.region or recipes.given(options)
    stand_in = "0" * 64
    return Rewind(
        mode=options.mode or ("repaint" if changes else "replay"),
        edit=stand_in if edit else None,
        handed=stand_in if edit else None,
        mask=stand_in if mask else None,
        variation_seed=options.variation_seed,
        weight=options.weight,
        release=options.release,
        keep_outside=options.keep_outside or options.region is not None,
        region=options.region[0] if options.region else None,
    )


def _recipe(options: argparse.Namespace, run: Run) -> Recipe | None:
    """The recipe from here on; None: unchanged. Raises ValueError."""
    asked = recipes.given(options)
    if options.region and options.region[1] is not None:
        number, prompt = options.region
        painted = list(run.recipe.regions)
        painted[number] = replace(painted[number], prompt=prompt)
        asked["regions"] = tuple(painted)
    return replace(run.recipe, **asked) if asked else None


async def _run(options: argparse.Namespace, data: bytes, request: Request) -> None:
    began = time.perf_counter()
    place = request.place
    async with reach.reached(options, "pentimento rewind") as (bridge, _):
        report = Report(as_json=options.json, steps=place.run.last - place.index + 1)
        try:
            found = await standing(
                bridge, place.run, place.index, place.history, place.inputs, report
            )
            how = await _with_images(bridge, request, found, report)
            command = Continue(
                request="rewind", step=found.step, rewind=how, recipe=_recipe(options, found.run)
            )
            made = await painted(bridge, command, report, left=place.left, top=place.top)
        finally:
            report.close()
    branch = _in_document(made[0], found)
    await asyncio.to_thread(_write, options.output, data, branch)
    seconds = round(time.perf_counter() - began, 2)
    steps = len(branch.painting.steps)
    report.say(
        "written",
        {"path": str(options.output), "seconds": seconds, "mode": how.mode},
        f"{options.output}: {how.mode} from step {options.step}, {steps} steps in {seconds:.1f} s",
    )


def _write(output: Path, data: bytes, branch: Gathered) -> None:
    with writing(output) as out:
        saving.write_onto(out, data, [branch])


async def _with_images(bridge: Bridge, request: Request, found: Standing, report: Report) -> Rewind:
    """The rewind with its images handed to the bridge; says what a replay was worth."""
    how, place = request.how, request.place
    handed = await _handed(bridge, request, found)
    approximate = found.approximate
    if found.replayed:
        known = place.found.handed if place.found else None
        again = (await bridge.picture(found.step)).id
        if not approximate and known is not None and not place.icc and again != known:
            approximate = "the step's picture is not the one that was handed out"
        _tell_of_replay(report, place.run, found, approximate)
    mask = request.mask
    if request.edit is not None and mask is None and approximate:
        mask = _beyond_noise(handed, request.edit)
    return replace(
        how,
        edit=await bridge.put_image(request.edit) if request.edit else None,
        handed=await bridge.put_image(handed) if request.edit else None,
        mask=await bridge.put_image(mask) if mask else None,
    )


async def _handed(bridge: Bridge, request: Request, found: Standing) -> Image:
    """The step's picture as it was handed out, by the best witness there is."""
    layer = request.place.found
    if layer is not None and not layer.painted:
        return layer.picture
    if layer is not None and layer.handed is not None:
        try:
            return await bridge.image(layer.handed)
        except Refused:  # another store handed it out
            pass
    picture = await bridge.picture(found.step)
    if icc := request.place.icc:  # as it went into the file and comes out of it
        return Image(from_icc(to_icc(picture.pixels, icc), icc))
    return picture


def _beyond_noise(handed: Image, edit: Image) -> Image:
    """Where an edit differs by more than an approximate replay may by itself."""
    laid = to_depth(laid_over(handed.pixels, edit.pixels), 8).astype(np.int16)
    changed = np.abs(laid - to_depth(handed.pixels[..., :3], 8)).max(axis=2, keepdims=True) > NOISE
    return Image(changed.astype(np.uint8) * np.uint8(255))


def _tell_of_replay(report: Report, run: Run, found: Standing, approximate: str) -> None:
    how = f"approximate: {approximate}" if approximate else "exactly as it was"
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
        (replace(step, parent=step.parent and in_other_words(step.parent, back)), image)
        for step, image in painting.steps
    )
    return Gathered(dataclasses.replace(painting, run=run, steps=steps))
