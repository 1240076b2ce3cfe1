"""Short words for tests of regions: masks, recipes with regions, and their inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.pixels import Pixels, image_id
from pipelines.recipe import Recipe, Region
from pipelines.record import Inputs

from .painting import SIDE, recipe_of

Box = tuple[int, int, int, int]  # left, top, right, bottom, in latent cells


def box(cells: Box, side: tuple[int, int] = (SIDE, SIDE), value: int = 255) -> Pixels:
    """A mask that is `value` in a rectangle of latent cells; side: width, height in pixels."""
    left, top, right, bottom = (8 * edge for edge in cells)
    mask = np.zeros((side[1], side[0], 1), np.uint8)
    mask[top:bottom, left:right] = value
    return mask


class Layout:
    """Regions over a recipe, and the images they name."""

    def __init__(self, *brushes: tuple[str, Pixels, dict[str, Any]], **changes: Any) -> None:
        self.images = {image_id(mask): mask for _, mask, _ in brushes}
        self.regions = tuple(
            Region(prompt=prompt, mask=image_id(mask), **options)
            for prompt, mask, options in brushes
        )
        self.changes = changes

    @property
    def recipe(self) -> Recipe:
        """The recipe with all regions."""
        return recipe_of(**({"regions": self.regions} | self.changes))

    @property
    def inputs(self) -> Inputs:
        """Its masks."""
        return Inputs(images=self.images)

    def with_image(self, pixels: Pixels) -> str:
        """One image more; its id."""
        self.images[image_id(pixels)] = pixels
        return image_id(pixels)
