"""What the program costs over the bare model: measured in pairs, in one interleaved run.

    .venv/bin/python scripts/bench.py [--json FILE] [--pairs 9] [--size 256x256] [--steps 20]
    .venv/bin/python scripts/bench.py --quality 500    how well the embedded model listens, by the
                                                       judge, and its speed; --speed: that alone
    .venv/bin/python scripts/bench.py --regions        what regions cost, see bench_regions.py
    .venv/bin/python scripts/bench.py --fidelity 100   whether regions contain what their prompts
                                                       say, see bench_fidelity.py
    .venv/bin/python scripts/bench.py --live           frames per second, see bench_live.py
    .venv/bin/python scripts/bench.py --psd            writing files, see bench_psd.py

bridge_over_bare      a run through the bridge, from the command to the last step received, with
                      every step previewed, stored and streamed to a client, over the bare UNet
                      loop of the same model and recipe in this process
rewind_over_half_run  a rewind from the middle with a painted edit, the same way, over the bare
                      loop of the steps it paints

Bare means: the prompt is encoded, then the UNet and the sampler's update, nothing else. Each pair
is one of either, in alternating order; figures are medians, with the spread beside them. Both
sides must have called the model equally often, or the run is refused. No decode is on either side.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the bridge sets it for its worker

import bench_fidelity
import bench_live
import bench_psd
import bench_regions
import numpy as np
import torch

from bridge.access import access
from bridge.config import Config
from bridge.http.client import Bridge, connect
from bridge.images.image import Image
from bridge.wire import Continue, Failed, Generate, Stepped
from pipelines.embedded import WEIGHTS
from pipelines.embedded.measuring.quality import quality, speeds
from pipelines.model import Model, load_model
from pipelines.recipe import Recipe, Rewind, StepId
from pipelines.record import Inputs
from pipelines.run import follow, start

START_PATIENCE = 60.0  # seconds until the bridge must answer


@dataclass(frozen=True)
class Timing:
    """One side of a pair."""

    seconds: float
    calls: int  # of the model


class Counter:
    """Counts what a model is asked for."""

    def __init__(self, model: Model) -> None:
        self.calls = 0
        self._predict = model.predict
        model.predict = self._counted  # pyright: ignore[reportAttributeAccessIssue] # on purpose

    def _counted(self, *arguments: object) -> torch.Tensor:
        self.calls += 1
        return self._predict(*arguments)  # pyright: ignore[reportArgumentType] # passed through


def bare(model: Model, counter: Counter, recipe: Recipe, steps: int) -> Timing:
    """The last `steps` steps of the recipe with nothing around them."""
    record = start(model, recipe, Inputs())
    before = follow(model, record, Inputs())
    skipped = recipe.num_inference_steps - steps
    for _ in range(skipped - 1):
        record = next(before)
    counter.calls = 0
    began = time.perf_counter()
    record = next(before) if skipped else start(model, recipe, Inputs())
    for _ in follow(model, record, Inputs()):
        pass
    return Timing(time.perf_counter() - began, counter.calls)


async def through_bridge(
    bridge: Bridge, command: Generate | Continue, count: int
) -> tuple[Timing, list[StepId]]:
    """From the command to its last step's arrival; the rest of the run is waited for after."""
    began = time.perf_counter()
    seconds, steps = 0.0, list[StepId]()
    async for event in bridge.paint(command):
        if isinstance(event, Failed):
            raise SystemExit(event.message)
        if isinstance(event, Stepped):
            steps.append(event.step.id)
            if len(steps) == count:
                seconds = time.perf_counter() - began
    return Timing(seconds, len(steps)), steps


async def measure(bridge: Bridge, model: Model, recipe: Recipe, pairs: int) -> dict[str, object]:
    """Both ratios, from pairs in alternating order."""
    counter = Counter(model)
    n = recipe.num_inference_steps
    half = n - n // 2
    whole: list[tuple[Timing, Timing]] = []
    rewound: list[tuple[Timing, Timing]] = []
    for number in range(pairs + 1):
        seeded = recipe_with(recipe, number)
        sides: dict[str, Timing] = {}
        steps: list[StepId] = []
        for side in ("bare", "bridge") if number % 2 else ("bridge", "bare"):
            if side == "bare":
                sides[side] = await asyncio.to_thread(bare, model, counter, seeded, n)
            else:
                command = Generate(request=f"run {number}", recipe=seeded)
                sides[side], steps = await through_bridge(bridge, command, n)
        how = await painted(bridge, steps[n // 2])
        command = Continue(request=f"rewind {number}", step=steps[n // 2], rewind=how)
        for side in ("bare", "bridge") if number % 2 else ("bridge", "bare"):
            if side == "bare":
                sides["half"] = await asyncio.to_thread(bare, model, counter, seeded, half)
            else:
                sides["rewind"], _ = await through_bridge(bridge, command, half)
        check_calls(sides["bridge"], sides["bare"])
        check_calls(sides["rewind"], sides["half"])
        if number:  # the first pair warms up
            whole.append((sides["bridge"], sides["bare"]))
            rewound.append((sides["rewind"], sides["half"]))
    return {
        "bridge_over_bare": ratio(whole),
        "rewind_over_half_run": ratio(rewound),
        "pairs": pairs,
        "model_calls": whole[0][1].calls,
        "seconds_per_step": statistics.median(b.seconds / b.calls for _, b in whole),
        "size": f"{recipe.width}x{recipe.height}",
        "model": model.info.name,
        "device": model.info.device,
        "threads": torch.get_num_threads(),
    }


async def painted(bridge: Bridge, step: StepId) -> Rewind:
    """A red square painted on a step, as a rewind."""
    handed = await bridge.picture(step)
    pixels = handed.pixels.copy()
    side = min(handed.width, handed.height) // 4
    pixels[side : 2 * side, side : 2 * side] = np.array([200, 30, 30, 255], pixels.dtype)
    edited = Image(pixels)
    return Rewind(handed=await bridge.put_image(handed), edit=await bridge.put_image(edited))


def recipe_with(recipe: Recipe, seed: int) -> Recipe:
    """The same under another seed, so that no cache helps either side."""
    return Recipe(
        prompt=recipe.prompt,
        width=recipe.width,
        height=recipe.height,
        working_width=recipe.width,
        working_height=recipe.height,
        num_inference_steps=recipe.num_inference_steps,
        seed=seed,
    )


def check_calls(one: Timing, other: Timing) -> None:
    """Refuse to compare what did not do the same work."""
    if one.calls != other.calls:
        raise SystemExit(
            f"not comparable: {one.calls} steps through the bridge, {other.calls} bare"
        )


def ratio(pairs: list[tuple[Timing, Timing]]) -> dict[str, float]:
    """Median of the pairs' ratios, and the smallest and largest."""
    ratios = [one.seconds / other.seconds for one, other in pairs]
    return {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}


async def main_async(options: argparse.Namespace) -> dict[str, object]:
    """Start a bridge of its own, measure, stop it."""
    width, height = (int(side) for side in options.size.split("x"))
    recipe = Recipe(
        prompt="a red house on the left, green grass, day",
        width=width,
        height=height,
        num_inference_steps=options.steps,
    )
    config = Config()
    model = load_model(config.models[config.default_model], "cpu", name=config.default_model)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bridge", "serve", "--port", "0", "--device", "cpu"]
        environment = {**os.environ, "PENTIMENTO_DATA": folder}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            where = await answering(Path(folder), access.find)
            async with connect(where, client="bench") as bridge:
                return await measure(bridge, model, recipe, options.pairs)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)


async def answering(folder: Path, find: Callable[[Path], access.Access | None]) -> access.Access:
    """The bridge's address, once it answers."""
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        if (found := find(folder)) is not None:
            return found
        await asyncio.sleep(0.2)
    raise SystemExit(f"the bridge did not answer within {START_PATIENCE:.0f} s")


def print_embedded(captions: int, file: str | None) -> None:
    """How well the embedded model follows so many captions (0: not asked), and how fast it is."""
    figures: dict[str, object] = {}
    if captions:
        measured = quality(WEIGHTS, captions)
        figures |= {"attributes": measured.attributes, "by_colours": measured.by_colours}
        figures |= {"distances": measured.distances}
        names = list(measured.attributes)
        print("\n".join(["", *(f"{number}: {name}" for number, name in enumerate(names, 1)), ""]))
        for attribute in measured.attributes["renders"]:
            shares = (measured.attributes[name].get(attribute, math.nan) for name in names)
            print(f"{attribute:22}" + "".join(f"{share:8.3f}" for share in shares))
        for attribute in measured.by_colours["renders"]:
            shares = (measured.by_colours[name][attribute] for name in names)
            print(f"{attribute + ' *':22}" + "".join(f"{share:8.3f}" for share in shares))
        print("* by colours alone, see pipelines/embedded/measuring/colour_reader.py")
        values = (measured.distances[name] for name in names)
        print(f"{'Fréchet distance':22}" + "".join(f"{value:8.2f}" for value in values))
    found = speeds(WEIGHTS)
    print("\n".join(str(speed) for speed in found))
    figures["speeds"] = [asdict(speed) for speed in found]
    if file:
        Path(file).write_text(json.dumps(figures, indent=1) + "\n")


def main() -> None:
    """Measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(description="Measure what the program costs.")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    parser.add_argument("--pairs", type=int, default=9, help="at least 9 for figures to quote")
    parser.add_argument("--size", default="256x256", help="WxH, multiples of 8")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--quality", metavar="N", type=int, help="the embedded model, N captions")
    parser.add_argument("--fidelity", metavar="N", type=int, help="of regions, in N layouts")
    parser.add_argument(
        "--weights", metavar="FOLDER", type=Path, default=WEIGHTS, help="for --fidelity"
    )
    parser.add_argument("--speed", action="store_true", help="seconds of the embedded model")
    parser.add_argument("--regions", action="store_true", help="what regions cost")
    parser.add_argument("--live", action="store_true", help="frames per second of a stream")
    parser.add_argument("--psd", action="store_true", help="what writing PSD files costs")
    options = parser.parse_args()
    if options.fidelity:
        measured = bench_fidelity.measured(options.weights, options.fidelity)
        if options.json:
            Path(options.json).write_text(json.dumps(measured, indent=1) + "\n")
        return
    if options.psd:
        measured = bench_psd.measured(options.pairs)
        print(bench_psd.shown(measured))
        if options.json:
            Path(options.json).write_text(json.dumps(measured, indent=1) + "\n")
        return
    if options.regions or options.live:
        measured = bench_live.measured() if options.live else bench_regions.measured(options.pairs)
        print((bench_live if options.live else bench_regions).shown(measured))
        if options.json:
            Path(options.json).write_text(json.dumps(measured, indent=1) + "\n")
        return
    if options.quality or options.speed:
        return print_embedded(options.quality or 0, options.json)
    figures = asyncio.run(main_async(options))
    for name, value in figures.items():
        if isinstance(value, dict):
            spread = f"{value['median']:.3f}  ({value['min']:.3f} to {value['max']:.3f})"
            print(f"{name:22} {spread}")
        else:
            print(f"{name:22} {value}")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
