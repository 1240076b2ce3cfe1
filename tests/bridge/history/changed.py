"""What painters and their programs do to a document with a run in it, done to a PSD's layers.

Papers      a PSD as a document and its images, to be changed and written
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from bridge.images.image import Image, Pixels
from bridge.psd.document import (
    Document,
    Group,
    Layer,
    Mask,
    Metadata,
    PixelLayer,
    layer_named,
    pixel_layers,
    walk,
)
from bridge.psd.files import read_document, write_document
from pipelines.colour import between
from pipelines.recipe import ImageId, Profile

YELLOW = (250, 220, 40)


class Papers:
    """A PSD as a document and its images."""

    def __init__(self, file: Path):
        self.document, images = read_document(file.read_bytes())
        self.images = dict(images)

    def write(self, file: Path) -> Path:
        file.write_bytes(write_document(self.document, self.images))
        return file

    def keep(self, pixels: Pixels) -> ImageId:
        image = Image(np.ascontiguousarray(pixels), self.document.profile)
        self.images[image.id] = image
        return image.id

    def layer(self, beginning: str) -> PixelLayer:
        """The lowest layer whose name begins so."""
        found = pixel_layers(self.document.layers)
        return next(layer for layer in found if layer.name.startswith(beginning))

    def pixels(self, layer: PixelLayer) -> Pixels:
        return self.images[layer.image or ""].pixels.copy()

    def each(self, change: Callable[[Layer], Layer]) -> None:
        """Every layer and group changed, the inner ones first."""

        def changed(layer: Layer) -> Layer:
            if isinstance(layer, Group):
                layer = replace(layer, layers=tuple(changed(one) for one in layer.layers))
            return change(layer)

        layers = tuple(changed(layer) for layer in self.document.layers)
        self.document = replace(self.document, layers=layers)

    def change(self, beginning: str, **fields: object) -> None:
        """The layer or group whose name begins so, with these fields."""
        found = next(one for one in walk(self.document.layers) if one.name.startswith(beginning))
        self.each(lambda one: replace(one, **fields) if one.id == found.id else one)

    def repaint(self, work: Callable[[Pixels], Pixels]) -> None:
        """What a program does to the pixels of every layer."""

        def worked(layer: Layer) -> Layer:
            if isinstance(layer, Group) or layer.image is None:
                return layer
            return replace(layer, image=self.keep(work(self.pixels(layer))))

        self.each(worked)

    def paint(self, beginning: str, box: tuple[int, int, int, int]) -> None:
        """A yellow rectangle on a layer."""
        layer = self.layer(beginning)
        pixels = self.pixels(layer)
        left, top, right, bottom = box
        most = np.iinfo(pixels.dtype).max
        pixels[top:bottom, left:right] = np.array((*YELLOW, 255)) * (most // 255)
        self.change(beginning, image=self.keep(pixels))

    def stroke(
        self, size: tuple[int, int], box: tuple[int, int, int, int], **fields: object
    ) -> Layer:
        """A layer of the painter's own, a yellow rectangle on it."""
        left, top, right, bottom = box
        pixels = np.zeros((size[1], size[0], 4), np.uint8)
        pixels[top:bottom, left:right] = (*YELLOW, 255)
        free = max(layer.id for layer in walk(self.document.layers)) + 1
        plain = {"id": free, "name": "Layer 1", "image": self.keep(pixels)}
        return PixelLayer(**(plain | fields))  # pyright: ignore[reportArgumentType] # PixelLayer checks them

    def drop(self, layer: Layer) -> None:
        """A layer deleted."""

        def kept(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
            groups = [replace(g, layers=kept(g.layers)) if isinstance(g, Group) else g
                      for g in layers]  # fmt: skip
            return tuple(one for one in groups if one.id != layer.id)

        self.document = replace(self.document, layers=kept(self.document.layers))

    def put(self, layer: Layer, above: str) -> None:
        """A layer right above the one whose name begins so."""

        def inserted(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
            out: list[Layer] = []
            for one in layers:
                if isinstance(one, Group):
                    one = replace(one, layers=inserted(one.layers))
                out.append(one)
                if one.name.startswith(above):
                    out.append(layer)
            return tuple(out)

        self.document = replace(self.document, layers=inserted(self.document.layers))

    def mask(self, size: tuple[int, int], box: tuple[int, int, int, int]) -> Mask:
        """A user mask that hides a rectangle."""
        grey = np.full((size[1], size[0], 1), 255, np.uint8)
        left, top, right, bottom = box
        grey[top:bottom, left:right] = 0
        image = Image(grey)
        self.images[image.id] = image
        return Mask(image=image.id)

    def convert(self, profile: Profile) -> None:
        """Convert to Profile."""
        before: Profile = self.document.profile  # pyright: ignore[reportAssignmentType]
        self.document = replace(self.document, profile=profile)
        self.repaint(lambda pixels: between(pixels, before, profile))

    def move(self, x: int, y: int, size: tuple[int, int]) -> None:
        """All layers, on a canvas of that size: Canvas Size, or a crop that deletes nothing."""
        self.document = replace(self.document, width=size[0], height=size[1])

        def moved(layer: Layer) -> Layer:
            if isinstance(layer, Group):
                return layer
            return replace(layer, left=layer.left + x, top=layer.top + y)

        self.each(moved)

    def cut(self, box: tuple[int, int, int, int]) -> None:
        """A crop that deletes what lies outside."""
        left, top, right, bottom = box
        self.document = replace(self.document, width=right - left, height=bottom - top)
        self.repaint(lambda pixels: pixels[top:bottom, left:right])

    def forget(self, *, names: bool = False) -> None:
        """What programs do that know no layer metadata, and some no names."""

        def blank(layer: Layer) -> Layer:
            known = {"metadata": Metadata()} | ({"name": f"Layer {layer.id}"} if names else {})
            return replace(layer, **known)

        self.each(blank)


def names(document: Document) -> list[str]:
    """All layers' names, bottom first."""
    return [layer.name for layer in pixel_layers(document.layers)]


def picture_of(file: Path, layer: str) -> Pixels:
    """A layer's pixels in a file."""
    document, images = read_document(file.read_bytes())
    return images[layer_named(document, layer).image or ""].pixels
