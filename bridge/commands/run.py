"""`pentimento run`: paint a recipe, and write it as a PSD with a layer per step or as a picture."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ..images import to_png
from ..wire import Generate
from . import painting, reach, recipes, regions, saving
from .files import Source, check_output, psd_ending, read_source
from .gather import Gathered, painted
from .outputs import writing
from .progress import Report

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
    made_anew = () if source and source.psd else (".psb",)
    check_output(options.output, (psd, ".png", *made_anew))
    asyncio.run(_run(options, painting.wished(options, source)))
    return 0


async def _run(options: argparse.Namespace, wish: painting.Wish) -> None:
    began = time.perf_counter()
    source = wish.source
    async with reach.reached(options, "pentimento run") as (bridge, model):
        recipe = await wish.recipe(bridge, model)
        if options.output.suffix.lower() != ".png":
            layers = options.count * recipe.num_inference_steps
            psb = options.output.suffix.lower() == ".psb"
            saving.check(recipe, layers, source.psd if source else None, psb=psb)
        command = Generate(request="run", recipe=recipe, count=options.count)
        report = Report(as_json=options.json, runs=options.count, steps=recipe.num_inference_steps)
        left, top = (source.left, source.top) if source else (0, 0)
        try:
            made = await painted(bridge, command, report, left=left, top=top)
        finally:
            report.close()
        for file, write in _results(options.output, made, source):
            await asyncio.to_thread(_written, file, write)
            seconds = round(time.perf_counter() - began, 2)
            report.say(
                "written",
                {"path": str(file), "seconds": seconds},
                f"{file}: {len(made[0].painting.steps)} steps in {seconds:.1f} s",
            )


def _results(
    output: Path, made: Sequence[Gathered], source: Source | None
) -> Iterator[tuple[Path, Callable[[BinaryIO], object]]]:
    """The files, and what writes each."""
    if output.suffix.lower() != ".png":
        psd = source.psd if source else None
        if psd:
            yield output, lambda out: saving.write_onto(out, psd, made)
        else:
            version = 2 if output.suffix.lower() == ".psb" else 1
            yield output, lambda out: saving.write_new(out, made, version)
        return
    for number, one in enumerate(made, start=1):
        name = f"{output.stem}-{number}{output.suffix}" if len(made) > 1 else output.name
        yield (
            output.with_name(name),
            lambda out, one=one: out.write(to_png(saving.final_picture(one))),
        )


def _written(file: Path, write: Callable[[BinaryIO], object]) -> None:
    with writing(file) as out:
        write(out)
