"""Paints scenes: small gouache landscapes whose contents are known.

`render(scene, width, height)` gives pixels and masks at any size; the same scene gives the same
pixels in every process. `sample_painting` is the sketch that the demonstrations start from.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .canvas import Canvas
from .landscape import paint_ground, paint_hills, paint_light, paint_sky
from .scenes import PALETTES, Scene, Thing, jittered
from .things import PAINTERS


@dataclass(frozen=True)
class Rendering:
    """A painted scene."""

    rgb: NDArray[np.uint8]  # [H, W, 3]
    masks: dict[str, NDArray[np.uint8]]  # by kind of thing, [H, W], 255 where it is


def render(scene: Scene, width: int, height: int) -> Rendering:
    """Paint a scene. Width and height in pixels, at least 32."""
    if min(width, height) < 32:
        raise ValueError(f"a scene is painted at 32x32 pixels or more, got {width}x{height}")
    canvas = Canvas(width, height, np.random.default_rng((scene.seed, 2)))
    palette = jittered(PALETTES[scene.sky], canvas.rng)
    horizon = scene.horizon * height
    paint_sky(canvas, palette, horizon, scene.clouds)
    if scene.light:
        paint_light(canvas, scene, palette, horizon)
    if scene.hills:
        paint_hills(canvas, palette, horizon)
    paint_ground(canvas, scene, palette, horizon)
    masks: dict[str, NDArray[np.uint8]] = {}
    for thing in scene.things:
        canvas.start_touching()
        PAINTERS[thing.kind](canvas, thing, scene, palette)
        masks[thing.kind] = (canvas.touched() * 255).astype(np.uint8)
    return Rendering(canvas.pixels(), masks)


def sample_painting(width: int, height: int) -> Image.Image:
    """A painter's sketch to start from: a lake, meadows and a house in broad flat strokes, RGB."""
    sketch = Scene(
        seed=12,
        sky="day",
        ground="water",
        things=(Thing("house", "left", 0.27, 0.46),),
        hills=True,
        horizon=0.55,
    )
    picture = Image.fromarray(render(sketch, width, height).rgb)
    broad = max(3, min(width, height) // 40) | 1  # pixels, odd: how wide the brush is
    flat = picture.filter(ImageFilter.ModeFilter(broad)).filter(ImageFilter.MedianFilter(broad))
    few = flat.quantize(16, method=Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
    return few.convert("RGB")
