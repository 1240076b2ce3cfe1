"""Some rows of a document as a document of its own, for work that holds every layer at once.

strips   the parts of a large document, from the top, each with its images
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec.structs import replace

from pipelines.recipe import ImageId

from ..images.image import Image
from .document import Document, Group, Layer, Mask

STRIP = 2**23  # pixels of a part; psd-tools' composite takes some 60 bytes for each

Strip = tuple[Document, Mapping[ImageId, Image]]


def strips(document: Document, images: Mapping[ImageId, Image]) -> Iterator[Strip]:
    """The visible layers' rows, part by part. A document that is not large is one part."""
    rows = max(1, STRIP // document.width)
    for top in range(0, document.height, rows):
        yield _strip(document, images, top, min(top + rows, document.height))


def _strip(document: Document, images: Mapping[ImageId, Image], top: int, bottom: int) -> Strip:
    found: dict[ImageId, Image] = {}

    def cut(wanted: ImageId, place: int, name: int) -> tuple[ImageId | None, int]:
        """The rows of an image that lies at `place`, and where they lie in the part."""
        image = images[wanted]
        first, last = max(0, top - place), min(image.height, bottom - place)
        if first >= last:
            return None, 0
        id = f"{name:064x}"  # a name within the part: nobody else asks for it
        found[id] = Image(np.ascontiguousarray(image.pixels[first:last]), image.profile)
        return id, max(0, place - top)

    def mask_of(layer: Layer) -> Mask | None:
        if layer.mask is None:
            return None
        id, place = cut(layer.mask.image, layer.mask.top, 2 * layer.id)
        if id is None:  # outside of a mask all is hidden, or all shown
            id = f"{2 * layer.id:064x}"
            found[id] = Image(np.full((1, 1, 1), 255 * layer.mask.outside, np.uint8))
        return replace(layer.mask, image=id, top=place)

    def part(layer: Layer) -> Layer:
        if isinstance(layer, Group):
            return replace(layer, layers=seen(layer.layers), mask=mask_of(layer), unused=None)
        if layer.image is None:
            return replace(layer, mask=mask_of(layer), unused=None)
        id, place = cut(layer.image, layer.top, 2 * layer.id + 1)
        return replace(layer, image=id, top=place, mask=mask_of(layer), unused=None)

    def seen(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        return tuple(part(layer) for layer in layers if layer.visible)

    return replace(document, height=bottom - top, xmp=None, layers=seen(document.layers)), found
