"""Masks under which nothing would be seen to change: said before anything is painted.

check_mask      of --mask, where --init may change
check_regions   of regions: their masks, and what upper ones leave of them
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from pipelines.pixels import CELL, LEAST, Pixels, full, lets_change
from pipelines.recipe import Region

from ..images.image import Image
from ..plain import plain
from .wording import counted

_UNSEEN = 0.01  # of a mask's full value: two levels of 255
_FAINT = 0.25  # of a mask's full value; under less hardly a change is seen


def check_mask(place: str, mask: Image, steps: int | None = None) -> None:
    """ValueError: nothing may change, in so many steps where a soft mask counts in steps."""
    most = _peak(mask.pixels)
    if most == 0:
        raise ValueError(
            f"{place}: the mask is empty; white, or what is not transparent, is where something "
            "may change"
        )
    if steps is None and most <= _UNSEEN:
        raise ValueError(
            f"{place}: the mask is too dark for anything to be seen: its brightest pixel has "
            f"{most:.1%} of white"
        )
    if steps is not None and not lets_change(mask.pixels, steps):
        raise ValueError(
            f"{place}: the mask is too dark for anything to change: its brightest pixel has "
            f"{most:.1%} of white, in {counted(steps, 'step')} it takes {1 / steps:.1%}"
        )
    if most < _FAINT:
        _note(f"{place}: the mask is dark: at most {most:.0%} of what is painted will be seen")
    elif steps is not None and (touched := int(np.count_nonzero(mask.pixels))) < CELL**2:
        _note(
            f"{place}: the mask lets {touched} of the pixels change; the model's smallest dot is "
            f"{CELL}x{CELL}"
        )


def check_regions(regions: Sequence[Region], masks: Sequence[Image]) -> None:
    """ValueError: a region's mask is empty. Regions that others cover are named."""
    for region, mask in zip(regions, masks, strict=True):
        if _peak(mask.pixels) <= LEAST:
            raise ValueError(
                f'the mask of "{region.prompt}" is empty; white, or what is not transparent, is '
                "where the region lies"
            )
    left: np.ndarray | None = None  # of each place, for the regions below
    for region, mask in reversed(list(zip(regions, masks, strict=True))):
        claim = mask.pixels.astype(np.float32) * np.float32(region.alpha / full(mask.pixels))
        seen = claim if left is None else np.minimum(claim, left)
        if seen.max() <= LEAST:
            why = "others cover all of it" if claim.max() > LEAST else "its alpha hides it"
            _note(f'the region "{region.prompt}" will not be seen: {why}')
        if region.blur == 0 or claim.min() == 1:  # where it is blurred others may show at its edge
            left = (1 - claim) if left is None else left - np.minimum(claim, left)


def _peak(pixels: Pixels) -> float:
    return float(pixels.max()) / full(pixels)


def _note(said: str) -> None:
    print(plain(said), file=sys.stderr)
