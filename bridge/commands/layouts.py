"""Layouts: a picture painted in the colours of a palette's brushes says where each of them is.

read_layout   a layout's file
Layout        the ground of each brush; what of it is nobody's is said, not dropped

Transparency is softness. White and black, where no brush has them, are paper and not told of, and
neither are the mixed colours of soft edges.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipelines.pixels import Pixels, full, to_depth

from ..images.image import Image, in_profile
from .files import read_source
from .notices import tell
from .palette import Brush
from .places import parts

_NEAR = 3 * (24 / 255) ** 2  # what saving as JPEG may do to a colour, squared
_PAPER = ("#ffffff", "#000000")
_EDGE = np.ones((3, 3), np.uint8)  # what is nowhere as wide as this is a soft edge
_NAMED = 4  # colours of a picture that a sentence names


@dataclass(frozen=True, eq=False)
class Layout:
    """A picture in colours."""

    file: Path
    image: Image

    def grounds(self, brushes: Sequence[Brush], placed: Collection[str]) -> dict[Brush, Image]:
        """Masks of the brushes that have none of their own, where they are in the picture.

        placed: names of brushes that need not be in it. ValueError: none is, or two look alike.
        """
        wanted = [brush for brush in brushes if brush.on and brush.mask is None]
        if not wanted:
            raise ValueError(f"{self.file}: no brush of the palette is there to be laid out by it")
        self._check_alike(wanted)
        others = [brush for brush in brushes if brush not in wanted]
        nearest = self._nearest([brush.colour for brush in (*wanted, *others)])
        found = {
            brush: mask
            for number, brush in enumerate(wanted)
            if (mask := self._mask(nearest == number)) is not None
        }
        if not found:
            have = ", ".join(f"{brush.colour} ({_called(brush)})" for brush in wanted)
            raise ValueError(
                f"{self.file}: none of the brushes' colours is in it: it has "
                f"{self._colours(self._opaque)}, the brushes have {have}"
            )
        tell(self.file, self._unheard(wanted, found, placed, nearest < 0))
        return found

    def check(self, width: int, height: int) -> None:
        """ValueError unless it has the picture's size."""
        if (self.image.width, self.image.height) != (width, height):
            raise ValueError(
                f"{self.file}: the layout must be {width}x{height} pixels like the picture, it is "
                f"{self.image.width}x{self.image.height}"
            )

    def _check_alike(self, brushes: Sequence[Brush]) -> None:
        seen: dict[str, Brush] = {}
        for brush in brushes:
            other = seen.setdefault(brush.colour.lower(), brush)
            if other is not brush:
                raise ValueError(
                    f"{self.file}: the brushes {_called(other)} and {_called(brush)} both have the "
                    f"colour {brush.colour}, so a layout cannot tell them apart; change one"
                )

    def _unheard(
        self,
        wanted: Sequence[Brush],
        found: Collection[Brush],
        placed: Collection[str],
        nobodys: np.ndarray,
    ) -> list[str]:
        """What the layout does not do, as sentences."""
        said: list[str] = []
        missing = [brush for brush in wanted if brush not in found and brush.name not in placed]
        if missing:
            names = ", ".join(f"{_called(brush)} ({brush.colour})" for brush in missing)
            said.append(f"nowhere in it, and left out: {names}")
        left = nobodys & self._opaque & (self._nearest(_PAPER) < 0)
        if cv2.erode(left.astype(np.uint8), _EDGE).any():
            said.append(
                f"{max(left.mean(), 0.001):.1%} of it are in the colour of no brush "
                f"({self._colours(left)}) and belong to the background"
            )
        return said

    def _nearest(self, colours: Sequence[str]) -> np.ndarray:
        """For each pixel the number of its colour; -1: none of them is near."""
        seen = self.image.pixels[..., :3].astype(np.float32) / full(self.image.pixels)
        best = np.full(seen.shape[:2], _NEAR, np.float32)
        number = np.full(seen.shape[:2], -1, np.int32)
        for at, colour in enumerate(colours):
            apart = np.square(seen - np.array(_rgb(colour), np.float32)).sum(2)
            closer = apart < best
            best[closer], number[closer] = apart[closer], at
        return number

    def _mask(self, inside: np.ndarray) -> Image | None:
        pixels = self.image.pixels
        mask = np.where(inside, self._alpha, 0)[..., None].astype(pixels.dtype)
        return Image(mask) if mask.any() else None

    @property
    def _alpha(self) -> Pixels:
        pixels = self.image.pixels
        return (
            pixels[..., 3] if pixels.shape[2] == 4 else np.full_like(pixels[..., 0], full(pixels))
        )

    @property
    def _opaque(self) -> np.ndarray:
        return self._alpha > 0

    def _colours(self, where: np.ndarray) -> str:
        """The commonest colours of a part of it."""
        rgb = to_depth(self.image.pixels, 8)[where][:, :3].astype(np.uint32)
        packed, counts = np.unique(rgb @ np.array([65536, 256, 1], np.uint32), return_counts=True)
        first = packed[np.argsort(-counts, kind="stable")][:_NAMED]
        named = ", ".join(f"#{int(colour):06x}" for colour in first)
        return (named or "nothing but transparency") + (", …" if len(packed) > _NAMED else "")


def read_layout(place: str) -> Layout:
    """A layout's file. ValueError: it is no picture in colours."""
    file, image = parts(place)[0], read_source(place).image
    if image.channels < 3:
        raise ValueError(f"{file}: --layout must be a picture in colours, it is grey")
    return Layout(file, in_profile(image, "sRGB"))  # as the brushes are


def _called(brush: Brush) -> str:
    return f'"{brush.name or brush.prompt}"'


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue
