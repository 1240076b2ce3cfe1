"""Which part of a picture a rewind is about, where it names no mask. No torch, no I/O.

mask_of   the mask it is to have

What shows of its region; else what was painted; else, where all is to be painted anew, everything.
Where the rest is to be kept, what is meant gets a soft seam, so that no edge is seen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .pixels import Pixels, changed_mask, feather, grow, uncovered
from .recipe import ImageId, Recipe, Rewind

SEAM = 8  # pixels around it in which a picture that is kept elsewhere may change, softly


def mask_of(
    rewind: Rewind, recipe: Recipe, image: Callable[[str, ImageId], Pixels], *, anew: bool = False
) -> Pixels | None:
    """The mask, [H, W, 1] uint8; None: the rewind names one, or changes no pixels.

    image: the pixels of an image, by the field that names it. anew: a repaint of nothing in
    particular is one of everything. ValueError: nothing of what is meant is to be seen.
    """
    if rewind.mask is not None:
        return None
    if rewind.region is not None:
        return _shown(recipe, rewind.region, image)
    if rewind.edit is not None and rewind.handed is not None:
        mask = changed_mask(image("handed", rewind.handed), image("edit", rewind.edit))
        if not mask.any():
            raise ValueError(
                "edit is the same picture as handed: nothing was painted; mode replay or repaint "
                "without an edit goes on from the step as it is"
            )
        return feather(grow(mask, SEAM), SEAM / 2) if rewind.keep_outside else mask
    if anew and rewind.mode == "repaint":
        return np.full((recipe.height, recipe.width, 1), 255, np.uint8)
    return None


def _shown(recipe: Recipe, number: int, image: Callable[[str, ImageId], Pixels]) -> Pixels:
    """Where a region shows, and the seam around it."""
    if number >= len(recipe.regions):
        raise ValueError(
            f"region must be one of the recipe's {len(recipe.regions)} regions, counted from 0, "
            f"got {number}"
        )
    own, *above = (image("region", region.mask) for region in recipe.regions[number:])
    shown = uncovered(own, above)
    if not shown.any():
        raise ValueError(f"region: nothing of region {number} shows under the others")
    return feather(grow(shown, SEAM + round(recipe.regions[number].blur)), SEAM / 2)
