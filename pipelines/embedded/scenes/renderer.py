"""Paints scenes: small landscapes whose contents are known.

`render(scene, width, height)` gives pixels, masks and a depth map at any size; the same scene
gives the same pixels in every process. `sample_painting` is the sketch that demonstrations start
from.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .canvas import Canvas
from .details import paint_fence, paint_flowers, paint_path
from .finish import SHAKE, finish
from .grounds import paint_ground
from .landscape import paint_backdrop, paint_sky
from .palettes import PALETTES, jittered
from .scene import Scene, Thing
from .things import paint_thing


@dataclass(frozen=True)
class Rendering:
    """A painted scene."""

    rgb: NDArray[np.uint8]  # [H, W, 3]
    masks: dict[str, NDArray[np.uint8]]  # by kind of thing, [H, W], 255 where it is
    depth: NDArray[np.uint8]  # [H, W], 0 the sky, 255 the nearest ground


def render(scene: Scene, width: int, height: int) -> Rendering:
    """Paint a scene. Width and height in pixels, at least 32."""
    if min(width, height) < 32:
        raise ValueError(f"a scene is painted at 32x32 pixels or more, got {width}x{height}")
    canvas = Canvas(width, height, np.random.default_rng((scene.seed, 2)), SHAKE[scene.style])
    palette = jittered(PALETTES[scene.sky], canvas.rng)
    horizon = scene.horizon * height
    paint_sky(canvas, scene, palette, horizon)
    paint_backdrop(canvas, scene, palette, horizon)
    paint_ground(canvas, scene, palette, horizon)
    if scene.path:
        paint_path(canvas, scene, palette, horizon)
    if scene.flowers:
        paint_flowers(canvas, scene, palette, horizon)
    masks: dict[str, NDArray[np.uint8]] = {}
    for thing in sorted(scene.things, key=lambda thing: thing.foot):
        canvas.start_touching(0.22 + 0.78 * thing.foot)
        paint_thing(canvas, thing, scene, palette)
        masks[thing.kind] = _levels(canvas.touched())
    if scene.fence:
        canvas.start_touching(1.0)
        paint_fence(canvas, scene, palette)
        masks["fence"] = _levels(canvas.touched())
        for thing in scene.things:
            masks[thing.kind] = np.minimum(masks[thing.kind], 255 - masks["fence"])
    return Rendering(finish(canvas, scene.style), masks, _levels(canvas.nearness()))


def _levels(share: NDArray[np.floating]) -> NDArray[np.uint8]:
    return (np.clip(share, 0, 1) * 255).astype(np.uint8)


def sample_painting(width: int, height: int) -> Image.Image:
    """A painter's sketch to start from: a lake, hills and a house in broad flat strokes, RGB."""
    sketch = Scene(
        seed=12,
        sky="day",
        ground="lake",
        things=(Thing("house", "left", 0.27, 0.46, "white"),),
        backdrop="hills",
        horizon=0.55,
    )
    picture = Image.fromarray(render(sketch, width, height).rgb)
    broad = max(3, min(width, height) // 40) | 1  # pixels, odd: how wide the brush is
    flat = picture.filter(ImageFilter.ModeFilter(broad)).filter(ImageFilter.MedianFilter(broad))
    few = flat.quantize(16, method=Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
    return few.convert("RGB")
