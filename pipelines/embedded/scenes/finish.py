"""The last pass over a picture: the medium it is painted in."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .canvas import Canvas

Colours = NDArray[np.floating]  # [H, W, 3]

GREY = np.array([0.299, 0.587, 0.114], np.float32)
PAPER = np.array([250, 246, 236], np.float32)
INK = np.array([34, 30, 40], np.float32)

SHAKE = {"gouache": 0.8, "oil": 1.8, "watercolour": 1.0, "ink": 0.8}  # of the hand, pixels of 128


def finish(canvas: Canvas, style: str) -> NDArray[np.uint8]:
    """The picture [H, W, 3] in its medium."""
    finished = FINISHES[style](canvas, canvas.rgb)
    return np.clip(finished + 0.5, 0, 255).astype(np.uint8)


def _gouache(canvas: Canvas, rgb: Colours) -> Colours:
    """Flat opaque strokes, as they were laid, and the grain of the paper."""
    return rgb + 1.2 * canvas.noise("fine")[..., None]


def _oil(canvas: Canvas, rgb: Colours) -> Colours:
    """Thick strokes that catch the light, deeper colours. Its edges shake more: see `SHAKE`."""
    grey = (rgb @ GREY)[..., None]
    deep = grey + 1.22 * (rgb - grey)
    ridges = canvas.noise("ripple") + canvas.noise("daub")
    relief = np.diff(ridges, axis=0, append=ridges[-1:]) * 9 * canvas.unit
    return (deep - 128) * 1.05 + 122 + relief[..., None]


def _watercolour(canvas: Canvas, rgb: Colours) -> Colours:
    """Thin washes: pale, pooled at their edges."""
    wash = _blurred(rgb, 0.55 * canvas.unit)
    wide = _blurred(rgb, 3.5 * canvas.unit)
    thin = 255 - (255 - wash) * (0.74 + 0.1 * canvas.noise("cloud"))[..., None]
    edges = np.abs((wash - wide) @ GREY)
    thin -= (0.9 * np.clip(edges, 0, 26) + 1.2 * canvas.noise("fine"))[..., None]
    return thin


def _ink(canvas: Canvas, rgb: Colours) -> Colours:
    """Pen lines where one thing meets another, and a faint wash of colour."""
    soft = _blurred(rgb, 0.7 * canvas.unit)
    grey = (soft @ GREY)[..., None]
    wash = 105 + 0.62 * grey + 0.62 * (soft - grey) + 9 * canvas.noise("cloud")[..., None]
    pale = PAPER * np.clip(wash, 0, 255) / 255
    edges = np.gradient(_blurred(rgb, 0.9 * canvas.unit), axis=(0, 1))
    steep = sum(np.abs(slope).max(axis=2) for slope in edges) * canvas.unit
    line = np.clip((steep - 14) / 26, 0, 1)
    line *= np.clip(0.9 + 0.3 * canvas.noise("leaf"), 0, 1)
    return pale + line[..., None] * 0.75 * (INK - pale)


def _blurred(rgb: Colours, radius: float) -> Colours:
    picture = Image.fromarray(np.clip(rgb + 0.5, 0, 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), np.float32)


FINISHES = {"gouache": _gouache, "oil": _oil, "watercolour": _watercolour, "ink": _ink}
