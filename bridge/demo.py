"""The main job, unattended: paint, paint on a step, rewind. `python -m bridge.demo OUT`.

A sketch that the project renders itself is painted over step by step; then somebody takes a brush
to one of the steps, and the painting goes on from there. OUT/demo.psd has the sketch, both lines
with a layer per step, and the painted layer; OUT/steps.png shows them side by side.

Everything is done by the commands a painter has: `pentimento run` and `pentimento rewind`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from PIL import Image as pil
from PIL import ImageDraw
from PIL.Image import Image as PilImage

from pipelines.embedded.scenes.renderer import sample_painting

from . import log
from .commands import connection
from .commands.line import parser
from .config import Config
from .history.history import found_steps, history_of
from .history.sheet import Large, lines_of, sheet
from .images.image import Image
from .psd.document import Group, Layer
from .psd.files import read_document, write_document

SIZE = (160, 128)  # pixels; what the embedded model paints without enlarging
STEPS = 16
SEED = 3
GUIDANCE_SCALE = 4
SKETCHED = "a house on the left by a lake at sunset, hills"
PAINTED = "a house on the left and a boat on the right, a lake at sunset, hills"
STRENGTH = 0.9
STEP = 9  # painted on; counted from 1


def main() -> int:
    """Exit status: 0, or 1 with a sentence."""
    options = argparse.ArgumentParser(description="Run the main job into OUT.")
    options.add_argument("out", type=Path, help="folder for demo.psd and steps.png")
    out: Path = options.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    log.to_file(Config().log_path)
    try:
        asyncio.run(_with_a_bridge(lambda: demonstrate(out)))
    except (ValueError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _with_a_bridge(work: Callable[[], None]) -> None:
    """Keep one bridge for all commands, so that the model is loaded once."""
    began = time.perf_counter()
    options = argparse.Namespace(model=None, device=None)
    async with connection.reached(options, "pentimento demo") as (_, model):
        _tell(f"the model {model.name} is ready on {model.device}", began)
        await asyncio.to_thread(work)


def demonstrate(out: Path) -> None:
    """Paint, paint on a step, rewind; write OUT/demo.psd and OUT/steps.png."""
    sketch, psd = out / "sketch.png", out / "demo.psd"
    with _timed("a sketch was rendered"):
        sample_painting(*SIZE).save(sketch)
    with _timed(f"{int(STEPS * STRENGTH)} steps were painted over it, a layer each"):
        _command(
            *("run", "--init", sketch, "--strength", STRENGTH, "--prompt", SKETCHED),
            *("--steps", STEPS, "--guidance-scale", GUIDANCE_SCALE, "--seed", SEED, "-o", psd),
        )
    with _timed(f"somebody painted a boat on step {STEP}"):
        paint_on_step(psd, STEP, paint_boat)
    with _timed(f"the painting went on from step {STEP}, as a group more"):
        _command(
            *("rewind", psd, "--step", STEP, "--prompt", PAINTED, "--keep-outside"),
            *("-o", psd),
        )
    with _timed("the contact sheet was made"):
        contact_sheet(psd, sketch).save(out / "steps.png")
    print(f"{psd} and {out / 'steps.png'} are written")


def paint_on_step(psd: Path, number: int, paint: Callable[[PilImage], None]) -> None:
    """Paint on a step's layer and save the file, as any program would."""
    document, images = read_document(psd.read_bytes())
    found = found_steps(document, images, history_of(document.xmp))
    step = next(one for one in found.values() if one.step.endswith(f".{number - 1}"))
    picture = pil.fromarray(np.array(step.picture.pixels))
    paint(picture)
    painted = Image(np.asarray(picture))
    images[painted.id] = painted
    layers = tuple(_with_image(layer, step.layer.id, painted) for layer in document.layers)
    psd.write_bytes(write_document(replace(document, layers=layers), images))


def paint_boat(picture: PilImage) -> None:
    """A few strokes: a dark hull and two white sails on the right."""
    draw, (width, height) = ImageDraw.Draw(picture), picture.size

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * width, y * height) for x, y in points]

    draw.polygon(at((0.62, 0.70), (0.93, 0.70), (0.88, 0.79), (0.67, 0.79)), (74, 36, 24, 255))
    draw.line(at((0.78, 0.26), (0.78, 0.70)), (74, 36, 24, 255), round(width / 60))
    draw.polygon(at((0.76, 0.30), (0.76, 0.66), (0.63, 0.66)), (250, 246, 236, 255))
    draw.polygon(at((0.80, 0.28), (0.80, 0.66), (0.91, 0.66)), (250, 246, 236, 255))


def contact_sheet(psd: Path, sketch: Path) -> PilImage:
    """Both lines of a document, and what became of the sketch."""
    document, images = read_document(psd.read_bytes())
    lines = lines_of(document, images)
    before, after = lines[0], lines[1]
    painted = next(n for n, step in enumerate(before.steps) if step.painted)
    foot = (
        Large(picture=pil.open(sketch), title="The sketch", caption="rendered by the project"),
        Large(
            picture=_seen(before.steps[-1].picture),
            title="What was painted over it",
            caption=SKETCHED,
        ),
        Large(
            picture=_seen(before.steps[painted].picture),
            title=f"Step {before.numbers[painted]}, painted on",
            caption="a boat, in four strokes",
            accent=True,
        ),
        Large(
            picture=_seen(after.steps[-1].picture),
            title="The line that left it there",
            caption=PAINTED,
        ),
    )
    return sheet("Pentimento: every step is a layer, any step can be painted on", lines, foot)


def _seen(image: Image) -> PilImage:
    return pil.fromarray(np.asarray(image.pixels))


def _with_image(layer: Layer, id: int, image: Image) -> Layer:
    """The layer, with other pixels where it is the one of that id."""
    if isinstance(layer, Group):
        return replace(layer, layers=tuple(_with_image(one, id, image) for one in layer.layers))
    return replace(layer, image=image.id) if layer.id == id else layer


def _command(*arguments: object) -> None:
    """A command as it would be typed."""
    typed = [str(argument) for argument in arguments]
    print(f"  pentimento {' '.join(repr(word) if ' ' in word else word for word in typed)}")
    options = parser().parse_args(typed)
    options.run(options)


@contextmanager
def _timed(what: str) -> Generator[None]:
    began = time.perf_counter()
    yield
    _tell(what, began)


def _tell(what: str, began: float) -> None:
    print(f"{time.perf_counter() - began:6.1f} s  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
