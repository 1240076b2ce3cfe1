"""A document's pixels, unpacked when they are asked for and then forgotten again.

LayerImages   images by id; at most HELD bytes of them are in memory here

A small file may hold many large layers. Each is unpacked once to find its name, which is a hash of
its pixels, and once more for whoever needs it. An image that is put among them is not forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pipelines.recipe import ImageId

from ..images.image import Image

HELD = 128 * 2**20  # bytes of pixels

Make = Callable[[], Image]  # gives the same image each time


class LayerImages(Mapping[ImageId, Image]):
    """Images by id, in the order they were named."""

    def __init__(self) -> None:
        self._made_by: dict[ImageId, Make] = {}
        self._held: dict[ImageId, Image] = {}  # the one asked for last is last
        self._bytes = 0

    def keep(self, make: Make) -> ImageId:
        """One more image; its id."""
        image = make()
        self._made_by.setdefault(image.id, make)
        self._hold(image)
        return image.id

    def __setitem__(self, id: ImageId, image: Image) -> None:
        self._made_by[id] = lambda: image

    def __getitem__(self, id: ImageId) -> Image:
        image = self._held.pop(id, None)
        if image is None:
            image = self._made_by[id]()
        else:
            self._bytes -= image.pixels.nbytes
        self._hold(image)
        return image

    def __contains__(self, id: object) -> bool:
        return id in self._made_by

    def __iter__(self) -> Iterator[ImageId]:
        return iter(self._made_by)

    def __len__(self) -> int:
        return len(self._made_by)

    def _hold(self, image: Image) -> None:
        if image.id in self._held:
            return
        self._held[image.id] = image
        self._bytes += image.pixels.nbytes
        while self._bytes > HELD:
            oldest = next(iter(self._held))
            self._bytes -= self._held.pop(oldest).pixels.nbytes
