"""Which part of a picture a rewind is about, where it names no mask."""

import numpy as np
import pytest

from pipelines.pixels import Pixels
from pipelines.recipe import ImageId, Recipe, Region, Rewind
from pipelines.resolving import SEAM, mask_of

EDIT, HANDED, LOWER, UPPER = (letter * 64 for letter in "abcd")
REGIONS = tuple(Region(prompt="x", mask=mask) for mask in (LOWER, UPPER))
RECIPE = Recipe(prompt="x", width=64, height=32, regions=REGIONS)


def image(_: str, id: ImageId) -> Pixels:
    """A picture with a stroke, the one before it, and two regions; the upper covers a half."""
    if id in (EDIT, HANDED):
        picture = np.full((32, 64, 4), 255, np.uint8)
        picture[10:12, 20:24, 0] = 9 if id == EDIT else 255
        return picture
    mask = np.zeros((32, 64, 1), np.uint8)
    mask[8:24, 8 : 40 if id == LOWER else 24] = 255
    return mask


def resolved(rewind: Rewind, *, anew: bool = True) -> Pixels:
    mask = mask_of(rewind, RECIPE, image, anew=anew)
    assert mask is not None
    assert (mask.shape, mask.dtype) == ((32, 64, 1), np.uint8)
    return mask[..., 0]


def test_what_was_painted_and_with_a_seam_where_the_rest_is_kept() -> None:
    stroke = resolved(Rewind(edit=EDIT, handed=HANDED))
    assert stroke[10:12, 20:24].min() == 255
    assert stroke.sum() == 255 * 8
    soft = resolved(Rewind(edit=EDIT, handed=HANDED, keep_outside=True))
    assert soft[10:12, 20:24].min() > 240
    assert 0 < soft[11, 23 + SEAM] < 255
    assert soft[11, 60] == 0


def test_what_shows_of_a_region_and_its_seam_also_where_something_was_painted() -> None:
    for rewind in (Rewind(region=0), Rewind(region=0, edit=EDIT, handed=HANDED)):
        mask = resolved(rewind)
        assert mask[12:20, 26:38].min() > 240
        assert mask[16, 0] == 0, "the upper one covers it"


def test_all_of_it_only_where_that_is_asked_for_and_nothing_says_what() -> None:
    assert resolved(Rewind()).min() == 255
    for rewind in (Rewind(mode="replay"), Rewind(mask=LOWER), Rewind(region=0, mask=LOWER)):
        assert mask_of(rewind, RECIPE, image, anew=True) is None
    assert mask_of(Rewind(), RECIPE, image) is None, "only words and numbers change"


@pytest.mark.parametrize(
    ("rewind", "why"),
    [
        (Rewind(edit=HANDED, handed=HANDED), "edit is the same picture as handed"),
        (Rewind(region=2), "region must be one of the recipe's 2 regions, counted from 0, got 2"),
    ],
)
def test_what_means_nothing_is_refused(rewind: Rewind, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        mask_of(rewind, RECIPE, image)
