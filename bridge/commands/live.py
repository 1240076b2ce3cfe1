"""`pentimento live`: play frames of a recipe, and paint again when its files change.

They are painted as wire.Few says, unless another sampler is asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from contextlib import suppress
from pathlib import Path

from pipelines.recipe import Recipe

from ..http.client import Bridge, Refused
from ..plain import plain
from ..wire import MAX_FRAMES, Failed, Frame, Live, ModelInfo
from . import connection, recipes, regions, replacing, run_request
from .amounts import Whole
from .files import read_source
from .marks import marked
from .outputs import Output, write_bytes
from .places import named_path, parts, said_at
from .progress import Report
from .stopping import stoppable
from .wording import counted

HELP = "play frames of a recipe, live"

_FRAMES = "[0-9]" * 5 + ".png"  # what frames in a folder are called
_LOOK = 0.1  # seconds between looks at watched files


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "recipe", nargs="?", type=named_path, metavar="RECIPE.json", help="a recipe as JSON"
    )
    recipes.add_to_run(parser)
    regions.add_to(parser)
    parser.add_argument(
        "--frames",
        type=Whole(1, MAX_FRAMES),
        metavar="N",
        help="end after so many (1; with --watch: none)",
    )
    parser.add_argument("--variation", action="store_true", help="each frame has a seed of its own")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="paint again when a file that is named here changes on the disk",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=named_path,
        required=True,
        metavar="FOLDER|FILE.png",
        help="a folder for all frames, or a file that always has the newest",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object per event on standard output"
    )
    replacing.add_to(parser)
    connection.add_to(parser)


def run(options: argparse.Namespace) -> int:
    """Play; the exit status."""
    if options.output.suffix.lower() not in ("", ".png"):
        raise ValueError(f"--output must be a folder or a .png, got {options.output}")
    if options.output.suffix:
        Output(options.output).check((".png",))
        replacing.check_picture(options, options.output)
    elif options.output.exists() and not options.output.is_dir():
        raise ValueError(
            f"-o {options.output} is a file; name a folder, or a file that ends in .png"
        )
    else:
        for file in sorted(options.output.glob(_FRAMES)):
            replacing.check_picture(options, file)
    stoppable(_run(options, _wished(options)))
    return 0


def _wished(options: argparse.Namespace) -> run_request.Wish:
    return run_request.wished(options, read_source(options.init) if options.init else None)


async def _run(options: argparse.Namespace, wish: run_request.Wish) -> None:
    report = Report(as_json=options.json)
    frames: list[Frame] = []
    async with connection.reached(options, "pentimento live") as (bridge, model):
        # A scene that is watched is painted once for each state; else as often as was asked.
        stage = _Stage(options, bridge, model, None if options.watch else options.frames or 1)
        await stage.show(wish)
        watching = asyncio.create_task(_watch(options, stage)) if options.watch else None
        try:
            async for event in bridge.frames():
                if isinstance(event, Failed):
                    if not options.watch:
                        raise Refused(stage.blamed(event.message))
                    report.note(stage.blamed(event.message))
                    continue
                frames.append(event)
                report(event)
                await _write(options.output, bridge, event)
                if event.left == 0 or (options.watch and len(frames) == options.frames):
                    break
                if watching is not None and watching.done():
                    watching.result()
        finally:
            if watching is not None:
                watching.cancel()
            report.close()
            if frames:
                report.say("played", _figures(frames), _sentence(options.output, frames))


class _Stage:
    """What a bridge is asked to show."""

    def __init__(
        self, options: argparse.Namespace, bridge: Bridge, model: ModelInfo, frames: int | None
    ):
        self._options, self._bridge, self._model, self._frames = options, bridge, model, frames
        self._recipe: Recipe | None = None  # the newest

    async def show(self, wish: run_request.Wish) -> None:
        """From now on, what is wished for."""
        self._recipe = recipe = await wish.recipe(self._bridge, self._model, few=True)
        variation = self._options.variation
        await self._bridge.show(
            Live(request="live", recipe=recipe, frames=self._frames, variation=variation)
        )

    def blamed(self, message: str) -> str:
        """Why it is not shown, with the file that says so."""
        if self._recipe is None:
            return message
        return run_request.blamed(self._options, self._recipe, self._model, message)


async def _write(output: Path, bridge: Bridge, frame: Frame) -> None:
    number, image = await bridge.live_frame(frame.live)
    data = await asyncio.to_thread(marked, image)
    if output.suffix:
        write_bytes(output, data)
        return
    output.mkdir(parents=True, exist_ok=True)
    write_bytes(output / f"{number:05d}.png", data)


async def _watch(options: argparse.Namespace, stage: _Stage) -> None:
    """Send the newest state whenever a file has changed. What cannot be read yet is left alone."""
    seen = _times(options)
    while True:
        await asyncio.sleep(_LOOK)
        now = await asyncio.to_thread(_times, options)
        if now == seen:
            continue
        seen = now
        try:
            await stage.show(await asyncio.to_thread(_wished, options))
        except (ValueError, OSError) as error:  # half written, or wrong: the painter goes on
            print(plain(str(error)), file=sys.stderr)


def _times(options: argparse.Namespace) -> dict[Path, tuple[int, int]]:
    """When the files that are named were last written, and their sizes."""
    places = [options.init, options.mask, options.layout]
    places += [said_at(text)[1] for text in options.region]
    files = [parts(place)[0] for place in places if place]
    files += [file for file in (options.recipe, options.palette) if file]
    if options.palette:
        with suppress(ValueError):  # half written
            files += [parts(place)[0] for _, place in regions.named_by(options.palette)]
    times: dict[Path, tuple[int, int]] = {}
    for file in files:
        with suppress(OSError):  # being replaced just now
            state = file.stat()
            times[file] = state.st_mtime_ns, state.st_size
    return times


def _figures(frames: list[Frame]) -> dict[str, object]:
    """Frames per second, and how long a state took to be seen: its first frame counts."""
    spent = sum(frame.seconds for frame in frames)
    first = {frame.request: frame.latency for frame in reversed(frames)}
    latencies = sorted(first.values())
    return {
        "frames": len(frames),
        "per_second": round(len(frames) / spent, 3) if spent else 0.0,
        "latency_median": round(statistics.median(latencies), 4),
        "latency_p95": round(latencies[int(0.95 * (len(latencies) - 1))], 4),
        "latency_most": round(latencies[-1], 4),
    }


def _sentence(output: Path, frames: list[Frame]) -> str:
    said, played = _figures(frames), counted(len(frames), "frame")
    return (
        f"{output}: {played}, {said['per_second']} per second; from a state to its "
        f"first frame {said['latency_median']} s (median), {said['latency_p95']} s (95 %), "
        f"{said['latency_most']} s (most)"
    )
