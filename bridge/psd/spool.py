"""Pictures on disk instead of in memory, compressed as PSD files want them.

Spool      a file without a name that pictures are laid in
Spooled    a picture that lies there; its pixels come back to the bit
OnDemand   images by id, each made when it is asked for and not kept
rgba       an image as a layer can hold it
nameless   a temporary file on a disk

A run's pictures are laid here while others are still being refined: what is left to do after the
last step is to copy them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO, cast

import numpy as np

from pipelines.pixels import full
from pipelines.recipe import ImageId

from ..config import data_dir
from ..images.image import Image, Pixels
from .channels import Channels, encode, plane


class Spool:
    """A file that pictures are laid in. It has no name and goes with the last of them."""

    def __init__(self) -> None:
        self._file = nameless(data_dir())
        self._lock = Lock()  # the file has one place to read and write at

    def keep(self, image: Image) -> Spooled:
        """Lay an image down."""
        shown = image.id if image.channels == 4 else rgba(image).id
        with self._lock:
            self._file.seek(0, os.SEEK_END)
            packed = encode(image.pixels, image.depth, out=self._file)
        return Spooled(image.id, shown, image.channels, image.profile, packed)


@dataclass(frozen=True, eq=False)
class Spooled:
    """A picture that lies in a spool."""

    id: ImageId
    shown: ImageId  # of the picture as a layer can hold it
    channels: int
    profile: str
    packed: Channels

    def image(self) -> Image:
        """The picture as it was."""
        order = {1: (1,), 3: (1, 2, 3), 4: (1, 2, 3, 0)}[self.channels]  # planes begin with alpha
        return Image(self._pixels(order), self.profile)

    def rgba(self) -> Image:
        """The picture as a layer can hold it."""
        return Image(self._pixels((1, 2, 3, 0)), self.profile)

    def _pixels(self, order: tuple[int, ...]) -> Pixels:
        size, depth = (self.packed.width, self.packed.height), self.packed.depth
        pixels = np.empty((*size[::-1], len(order)), np.uint8 if depth == 8 else np.uint16)
        for channel, number in enumerate(order):
            packed = self.packed.planes[number]
            pixels[..., channel] = plane(packed.data, *size, depth, packed.version)
        return pixels


class OnDemand(Mapping[ImageId, Image]):
    """Images by id, each made when it is asked for and not kept."""

    def __init__(self, makers: Mapping[ImageId, Callable[[], Image]]) -> None:
        self._makers = makers

    def __getitem__(self, id: ImageId) -> Image:
        return self._makers[id]()

    def __iter__(self) -> Iterator[ImageId]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def rgba(image: Image) -> Image:
    """The image as a layer can hold it."""
    pixels: Pixels = image.pixels
    if pixels.shape[2] == 4:
        return image
    colour = pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)
    opaque = np.full_like(colour[..., :1], full(colour))
    return Image(np.concatenate([colour, opaque], axis=2), image.profile)


def nameless(folder: Path) -> BinaryIO:
    """A temporary file beside the store: a system's own place for such may be in memory."""
    return cast("BinaryIO", tempfile.TemporaryFile(dir=folder if folder.is_dir() else None))
