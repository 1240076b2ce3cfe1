"""Regions out of a PSD's layers: what lies above the lowest says where, and by its name what.

of_layers   the lowest layer as the picture to start from, and name and mask of each one above it

A layer counts as it is seen: through its mask and opacity, and through what it is clipped to.
Adjustments, fills and empty layers say nowhere: they are no regions, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from pipelines.pixels import full
from pipelines.recipe import ImageId

from ..images.image import Image, Pixels
from ..psd.document import Document, Group, Layer, PixelLayer, clipped_to, walk
from ..psd.files import opened, read_document
from ..psd.flatten import flatten
from ..psd.looks import adjustment_of, fill_of, looks_of
from ..psd.metadata import layer_note
from . import notices
from .files import Source, about, coloured


def of_layers(file: Path, source: Source) -> tuple[Source, list[tuple[str, Image]]]:
    """The lowest layer as the picture to start from, and a region of each one above it."""
    data = source.layered or b""
    document, images = about(file, lambda: read_document(data))
    shown = [one for one in _shown(document) if not layer_note(one[0].metadata)]
    notices.tell(file, _said(shown))
    layers = [(layer, base) for layer, base in shown if _nowhere(layer) is None]
    if len(layers) < 2:
        raise ValueError(
            f"{file}: no visible layer or group lies above the lowest that has pixels; each one "
            "would be a region"
        )
    lowest, base = layers[0]
    below = _alone(document, lowest, base, images)
    if not below[..., 3].any():
        raise ValueError(f'{file}: the lowest layer "{lowest.name}" is empty')
    regions: list[tuple[str, Image]] = []
    for layer, base in layers[1:]:
        if not layer.name.strip():
            raise ValueError(f"{file}: a layer above the lowest has no name; it is the prompt")
        alpha = _alone(document, layer, base, images)[..., 3:]
        regions.append((layer.name, Image(np.ascontiguousarray(alpha))))
    start, _ = coloured(file, below, opened(data))
    return Source(image=start, psd=source.psd, layered=data), regions


def _shown(document: Document) -> Iterator[tuple[Layer, Layer | None]]:
    """The visible layers of the top level, and what each is clipped to."""
    for base, clipped in clipped_to(document.layers):
        if base.visible:
            yield base, None
            yield from ((layer, base) for layer in clipped if layer.visible)


def _nowhere(layer: Layer) -> str | None:
    """What a layer is that has no place; None: it has one."""
    if isinstance(layer, Group):
        filled = any(isinstance(one, PixelLayer) and one.image for one in walk(layer.layers))
        return None if filled else "a group without pixels"
    if (adjustment := adjustment_of(layer)) is not None:
        return f"an adjustment ({adjustment})"
    if layer.image is not None:
        return None
    fill = fill_of(layer)
    return "empty" if fill is None else f"a fill without pixels of its own ({fill})"


def _said(shown: list[tuple[Layer, Layer | None]]) -> Iterator[str]:
    """What of the layers is not honoured, a sentence each."""
    for layer, _ in shown:
        if (what := _nowhere(layer)) is not None:
            yield f'the layer "{layer.name}" is {what} and no region'
            continue
        inside = walk((layer,)) if isinstance(layer, Group) else (layer,)
        looks = dict.fromkeys(look for one in inside if one.visible for look in looks_of(one))
        if looks:
            yield f'the region of layer "{layer.name}" is made without its {_listed(tuple(looks))}'


def _listed(looks: tuple[str, ...]) -> str:
    return ", ".join(look.removeprefix("a ").removeprefix("an ") for look in looks)


def _alone(
    document: Document, layer: Layer, base: Layer | None, images: Mapping[ImageId, Image]
) -> Pixels:
    """One layer or group as it lies in the document, [H, W, 4], where it is seen."""
    pixels = flatten(replace(document, layers=(replace(layer, clipped=False),)), images)
    if base is not None:
        through = flatten(replace(document, layers=(base,)), images)[..., 3] / full(pixels)
        pixels[..., 3] = np.rint(pixels[..., 3] * through)
    return pixels
