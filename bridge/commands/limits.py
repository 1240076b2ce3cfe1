"""By how much a picture may differ from what was handed out without being painted on.

Edit       a step's picture as it came back, and as it was handed out
Limits     the levels that its way may have changed it by, and why
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..history.likeness import BLOCK, differences, drift
from ..images.image import Image, Pixels


@dataclass(frozen=True, eq=False, kw_only=True)
class Edit:
    """A step's picture as it came back, and as it was handed out."""

    handed: Image
    picture: Image | None  # None: nothing was painted
    said: tuple[str, ...] = ()  # what a painter should know of how it was found


@dataclass(frozen=True, kw_only=True)
class Limits:
    """By how many levels a picture may differ without being painted on, and why."""

    levels: float = 0.0  # at a pixel
    around: float = 0.0  # on the whole around it, where losses are all over; 0: there are none
    reasons: tuple[str, ...] = ()

    def strokes(self, base: Pixels, shown: Pixels) -> NDArray[np.bool_]:
        """Where it was painted on."""
        found = differences(base, shown)
        strokes = found > self.levels
        if self.around:  # its window reaches beyond a stroke by half a block
            broad = (drift(base, shown) > self.around).astype(np.uint8)
            strokes |= cv2.erode(broad, np.ones((BLOCK + 1, BLOCK + 1), np.uint8)) > 0
        return strokes

    def sentence(self, number: int) -> str:
        """Why not every difference counts on that step."""
        why = " and ".join(self.reasons)
        return (
            f"{why[0].upper()}{why[1:]}: on step {number} differences of up to {self.levels:.0f} "
            "of 255 levels do not count as painted."
        )
