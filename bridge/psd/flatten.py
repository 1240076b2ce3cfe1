"""What a document looks like as one picture: the merged image that PSD files keep.

flatten       the visible layers, composited: [H, W, 4]
is_plain      whether flatten knows all that the layers' looks are made of
matted        colours as files keep them beside a transparency: over white
unmatted      the way back

Only the blend modes "normal" and "passThrough" are composited here: Pentimento writes no other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from pipelines.pixels import bands, full, over, to_depth
from pipelines.recipe import ImageId

from ..images.image import Image, Pixels
from .document import Document, Group, Layer, Mask, PixelLayer, clipped_to, walk
from .looks import adjustment_of, fill_of, looks_of


def flatten(document: Document, images: Mapping[ImageId, Image]) -> Pixels:
    """The visible layers of a plain document, composited: [H, W, 4] at its depth."""
    kind = np.uint8 if document.depth == 8 else np.uint16
    canvas = np.zeros((document.height, document.width, 4), kind)
    return _composite(canvas, document.layers, images)


def is_plain(document: Document) -> bool:
    """Whether every visible layer is made of nothing but what `flatten` knows."""
    return all(_is_plain(layer) or not layer.visible for layer in walk(document.layers))


def _is_plain(layer: Layer) -> bool:
    return (
        layer.blend in ("normal", "passThrough")
        and adjustment_of(layer) is None
        and fill_of(layer) is None
        and not looks_of(layer)
    )


def matted(pixels: Pixels) -> Pixels:
    """RGBA with its colours laid over white, as Photoshop stores a merged image."""
    white = np.full_like(pixels[..., :3], full(pixels))
    return np.concatenate([over(white, pixels), pixels[..., 3:]], axis=2)


def unmatted(pixels: Pixels) -> Pixels:
    """Straight colours again; exact where the alpha is full.

    Colours darker than white shows through were never laid over white: those are straight as they
    are, as some programs leave them.
    """
    if not _over_white(pixels):
        return np.where(pixels[..., 3:] > 0, pixels, 0).astype(pixels.dtype)
    out = np.empty_like(pixels)
    for rows in bands(pixels):
        part = pixels[rows]
        alpha = part[..., 3:].astype(np.float64) / full(pixels)
        white = full(pixels) * (1 - alpha)
        straight = (part[..., :3] - white) / np.where(alpha > 0, alpha, 1)
        out[rows, :, :3] = np.where(alpha > 0, np.clip(np.rint(straight), 0, full(pixels)), 0)
    out[..., 3] = pixels[..., 3]
    return out


def _over_white(pixels: Pixels) -> bool:
    """Whether the colours can have been laid over white."""
    slack = full(pixels) // 64  # rounding, and what a lossy way through other programs leaves
    return all(
        (part[..., :3].min(axis=2) >= full(pixels) - slack - part[..., 3].astype(np.int32)).all()
        for part in (pixels[rows] for rows in bands(pixels))
    )


def _composite(
    canvas: Pixels, layers: tuple[Layer, ...], images: Mapping[ImageId, Image]
) -> Pixels:
    """The layers over `canvas`, bottom first. The canvas is changed in place and returned."""
    for layer, clipped in clipped_to(layers):
        if layer.visible and any(one.visible for one in clipped):
            _blend(canvas, _clipped(np.zeros_like(canvas), layer, clipped, images), _opacity(layer))
        elif layer.visible and isinstance(layer, PixelLayer):
            _lay(canvas, layer, images)
        elif layer.visible and isinstance(layer, Group):
            if layer.blend == "passThrough" and _opacity(layer) == 1 and layer.mask is None:
                _composite(canvas, layer.layers, images)
            else:
                inside = _composite(np.zeros_like(canvas), layer.layers, images)
                _blend(canvas, inside, _opacity(layer), _lying(layer.mask, images))
    return canvas


def _clipped(
    empty: Pixels, base: Layer, clipped: tuple[Layer, ...], images: Mapping[ImageId, Image]
) -> Pixels:
    """A layer, its opacity aside, with those clipped to it: they are seen where it is."""
    canvas = _composite(empty, (replace(base, opacity=1.0, fill=1.0, clipped=False),), images)
    alpha = canvas[..., 3:].copy()
    canvas[..., 3:] = full(canvas)
    _composite(canvas, tuple(replace(one, clipped=False) for one in clipped), images)
    canvas[..., 3:] = alpha
    return canvas


def _lay(canvas: Pixels, layer: PixelLayer, images: Mapping[ImageId, Image]) -> None:
    if layer.image is None:
        return
    pixels = images[layer.image].pixels
    top, left = max(0, layer.top), max(0, layer.left)
    bottom = min(canvas.shape[0], layer.top + pixels.shape[0])
    right = min(canvas.shape[1], layer.left + pixels.shape[1])
    if top >= bottom or left >= right:
        return
    part = pixels[top - layer.top : bottom - layer.top, left - layer.left : right - layer.left]
    mask = _lying(layer.mask, images, left, top)
    _blend(canvas[top:bottom, left:right], part, _opacity(layer), mask)


def _opacity(layer: Layer) -> float:
    """How much of its pixels shows; effects, which fill opacity leaves alone, are not drawn."""
    return layer.opacity * layer.fill


Lying = tuple[Pixels, int, int, bool]  # a mask; where it lies: left, top; whether it shows outside


def _lying(
    mask: Mask | None, images: Mapping[ImageId, Image], left: int = 0, top: int = 0
) -> Lying | None:
    """A mask, and where it lies from the corner of what it belongs to."""
    return mask and (images[mask.image].pixels, mask.left - left, mask.top - top, mask.outside)


def _blend(canvas: Pixels, above: Pixels, opacity: float, mask: Lying | None = None) -> None:
    """Lay `above` over the canvas, in place.

    Some rows at a time: else what is worked out on the way fills many times a picture's memory.
    """
    for rows in bands(canvas):
        part = _rgba(above[rows], 8 * canvas.itemsize)
        share = opacity if mask is None else opacity * _share(mask, rows.start, part)
        canvas[rows] = over(canvas[rows], _faded(part, share))


def _rgba(pixels: Pixels, depth: int) -> Pixels:
    """Pixels as a layer has them."""
    pixels = to_depth(pixels, depth)
    if pixels.shape[2] == 4:
        return pixels
    opaque = np.full_like(pixels[..., :1], full(pixels))
    colour = pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)
    return np.concatenate([colour, opaque], axis=2)


def _share(mask: Lying, first: int, part: Pixels) -> NDArray[np.float64]:
    """How much of some rows shows under a mask, 0..1."""
    (grey, x, y, outside), size = mask, part.shape[:2]
    y -= first
    share = np.full((*size, 1), float(outside))
    rows = slice(max(0, y), min(size[0], y + grey.shape[0]))
    columns = slice(max(0, x), min(size[1], x + grey.shape[1]))
    if rows.start < rows.stop and columns.start < columns.stop:
        inside = grey[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
        share[rows, columns] = inside / full(grey)
    return share


def _faded(pixels: Pixels, share: NDArray[np.float64] | float) -> Pixels:
    if isinstance(share, float) and share >= 1:
        return pixels
    alpha = np.rint(pixels[..., 3:] * share).astype(pixels.dtype)
    return np.concatenate([pixels[..., :3], alpha], axis=2)
