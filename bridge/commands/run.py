"""`pentimento run`: paint a recipe, and write it as a PSD with a layer per step or as a picture."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from pipelines.recipe import MAX_SEED

from ..http.client import Refused
from ..wire import MAX_COUNT, Generate
from . import connection, recipes, regions, replacing, run_request, saving
from .amounts import Whole
from .files import psd_ending, read_source
from .gather import Gathered, painted
from .marks import marked
from .outputs import Output
from .places import named_path, parts
from .progress import Report
from .stopping import stoppable
from .wording import counted

HELP = "paint a recipe"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "recipe", nargs="?", type=named_path, metavar="RECIPE.json", help="a recipe as JSON"
    )
    recipes.add_to_run(parser)
    regions.add_to(parser)
    parser.add_argument(
        "--count",
        type=Whole(1, MAX_COUNT),
        default=1,
        metavar="N",
        help=f"variations, 1 to {MAX_COUNT}, painted together: seeds seed, seed + 1, … (1)",
    )
    parser.add_argument(
        "-o", "--output", type=named_path, required=True, metavar="OUT.psd|OUT.png", help="where to"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object per event on standard output"
    )
    replacing.add_to(parser)
    connection.add_to(parser)


def run(options: argparse.Namespace) -> int:
    """Paint and write; the exit status."""
    outputs = _outputs(options.output, options.count)
    source = read_source(options.init) if options.init else None
    wish = run_request.wished(options, source)
    if (last := wish.planned.seed + options.count - 1) > MAX_SEED:
        raise ValueError(
            f"the seed of the last of {options.count} variations would be {last}, and must be at "
            f"most {MAX_SEED}; give a lower seed"
        )
    psd = psd_ending(source.psd) if source and source.psd else ".psd"
    made_anew = () if source and source.psd else (".psb",)
    for output in outputs:
        output.check((psd, ".png", *made_anew), _bytes(wish, options))
    onto = source.psd if source and source.psd and options.output.suffix.lower() != ".png" else b""
    replacing.check(options, outputs, options.init, onto)
    failed = stoppable(_run(options, wish, outputs))
    return 1 if failed else 0


def _outputs(path: Path, count: int) -> list[Output]:
    """The files to write: a PSD holds all variations, pictures have numbers."""
    if path.suffix.lower() != ".png" or count < 2:
        return [Output(path)]
    numbered = (f"{path.stem}-{number}{path.suffix}" for number in range(1, count + 1))
    return [Output(path.with_name(name)) for name in numbered]


def _bytes(wish: run_request.Wish, options: argparse.Namespace) -> int:
    """What a file takes at the very least, so that a full disk is noticed before painting."""
    recipe = wish.planned
    picture = recipe.width * recipe.height * 3 * recipe.depth // 8
    if options.output.suffix.lower() == ".png":
        return picture // 8
    steps = max(1, int(recipe.num_inference_steps * recipe.strength))
    source = wish.source.psd if wish.source else None
    return len(source or b"") + options.count * steps * picture // 8


async def _run(
    options: argparse.Namespace, wish: run_request.Wish, outputs: Sequence[Output]
) -> bool:
    """Paint and write; whether one of several variations failed."""
    began = time.perf_counter()
    source, file = wish.source, parts(options.init)[0] if options.init else None
    async with connection.reached(options, "pentimento run") as (bridge, model):
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
        except Refused as error:
            raise Refused(run_request.blamed(options, recipe, model, str(error))) from None
        finally:
            report.close()
        psd = None
        if file and source and source.psd and options.output.suffix.lower() != ".png":
            psd = saving.as_it_is_now(file, outputs[0], source.psd)
        if len(outputs) > 1:  # a picture each; a variation that was cancelled has none
            outputs = [outputs[one.painting.run.recipe.seed - recipe.seed] for one in made]
        results = _results(options.output, made, psd)
        for output, write in zip(outputs, results, strict=True):
            await asyncio.to_thread(output.fill, write)
            seconds = round(time.perf_counter() - began, 2)
            report.written(
                output,
                {"seconds": seconds},
                f"{counted(len(made[0].painting.steps), 'step')} in {seconds:.1f} s",
            )
    return report.failed


def _results(
    output: Path, made: Sequence[Gathered], psd: bytes | None
) -> Iterator[Callable[[BinaryIO], object]]:
    """What writes each of the files; `psd` is added to."""
    if psd is not None:
        yield lambda out: saving.write_onto(out, psd, made)
    elif output.suffix.lower() != ".png":
        version = 2 if output.suffix.lower() == ".psb" else 1
        yield lambda out: saving.write_new(out, made, version)
    else:
        for one in made:
            yield lambda out, one=one: out.write(marked(saving.final_picture(one)))
