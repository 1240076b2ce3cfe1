"""`pentimento run`: paint a recipe, and write it as a PSD with a layer per step or as a picture."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.recipe import Recipe

from ..client import Bridge
from ..images import Image, to_png
from ..wire import Generate, ModelInfo
from . import reach, recipes, regions, saving
from .files import Source, check_output, psd_ending, read_mask, read_source, write_bytes
from .gather import Gathered, painted
from .progress import Report
from .regions import Asked

HELP = "paint a recipe"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "recipe", nargs="?", type=Path, metavar="RECIPE.json", help="a recipe as JSON"
    )
    recipes.add_to_run(parser)
    regions.add_to(parser)
    parser.add_argument(
        "--count", type=int, default=1, metavar="N", help="variations: seeds seed, seed + 1, … (1)"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT.psd|OUT.png", help="where to"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object per event on standard output"
    )
    reach.add_to(parser)


def run(options: argparse.Namespace) -> int:
    """Paint and write; the exit status."""
    source = read_source(options.init) if options.init else None
    psd = psd_ending(source.psd) if source and source.psd else ".psd"
    check_output(options.output, (psd, ".png"))
    if options.mask and source is None:
        raise ValueError("--mask needs --init: it says which of its pixels may change")
    asked = regions.asked_regions(options, source)
    source = asked.source or source
    mask = _mask(options.mask, source) if options.mask and source else None
    _check(options, source, asked)
    asyncio.run(_run(options, source, mask, asked))
    return 0


def _mask(place: str, source: Source) -> Image:
    size = source.image.width, source.image.height
    return read_mask(place, size, source.left, source.top)


def _check(options: argparse.Namespace, source: Source | None, asked: Asked) -> None:
    """What can be known to be wrong before a bridge is started. Raises ValueError."""
    stand_in = "0" * 64  # for the image's id, which the bridge gives
    fields = _fields_of(source, stand_in) | asked.given() | recipes.given(options)
    defaults = {"width": 512, "height": 512} | asked.size
    recipe = recipes.recipe_from(options.recipe, fields, defaults)
    asked.check(recipe.width, recipe.height)


async def _run(
    options: argparse.Namespace, source: Source | None, mask: Image | None, asked: Asked
) -> None:
    began = time.perf_counter()
    async with reach.reached(options, "pentimento run") as (bridge, model):
        recipe = await _recipe(options, bridge, model, source, mask, asked)
        command = Generate(request="run", recipe=recipe, count=options.count)
        report = Report(as_json=options.json, runs=options.count, steps=recipe.num_inference_steps)
        left, top = (source.left, source.top) if source else (0, 0)
        try:
            made = await painted(bridge, command, report, left=left, top=top)
        finally:
            report.close()
        for file, data in await asyncio.to_thread(list, _results(options.output, made, source)):
            write_bytes(file, data)
            seconds = round(time.perf_counter() - began, 2)
            report.say(
                "written",
                {"path": str(file), "seconds": seconds},
                f"{file}: {len(made[0].painting.steps)} steps in {seconds:.1f} s",
            )


async def _recipe(
    options: argparse.Namespace,
    bridge: Bridge,
    model: ModelInfo,
    source: Source | None,
    mask: Image | None,
    asked: Asked,
) -> Recipe:
    """The recipe, its images handed to the bridge."""
    image = await bridge.put_image(source.image) if source else None
    defaults = {
        "width": model.native,
        "height": model.native,
        "guidance_scale": model.guidance_scale,
        "model": model.name,
    } | asked.size
    fields = _fields_of(source, image) | await asked.handed_over(bridge) | recipes.given(options)
    if mask is not None:
        fields["mask"] = await bridge.put_image(mask)
    return recipes.recipe_from(options.recipe, fields, defaults)


def _fields_of(source: Source | None, image: str | None) -> recipes.Fields:
    if source is None:
        return {}
    size = {"width": source.image.width, "height": source.image.height}
    colours = {"depth": source.image.depth, "profile": source.image.profile}
    return size | colours | {"init_image": image}


def _results(
    output: Path, made: Sequence[Gathered], source: Source | None
) -> Iterator[tuple[Path, bytes]]:
    """The files to write."""
    if output.suffix.lower() != ".png":
        psd = source.psd if source else None
        yield output, saving.psd_with(psd, made) if psd else saving.new_psd(made)
        return
    for number, one in enumerate(made, start=1):
        name = f"{output.stem}-{number}{output.suffix}" if len(made) > 1 else output.name
        yield output.with_name(name), to_png(saving.final_picture(one))
