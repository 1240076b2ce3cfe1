"""What counts as painted of a picture that `--edit` names, and that nothing is dropped unsaid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from bridge.commands.edit_files import given, of_file
from bridge.images.image import Image, Pixels
from bridge.images.profiles import icc_of
from pipelines.colour import between
from pipelines.recipe import Recipe

SIZE = 96, 64
RECIPE = Recipe(prompt="a house", width=SIZE[0], height=SIZE[1])
DISC = np.hypot(*np.ogrid[-32:32, -48:48]) < 20


def handed() -> Pixels:
    """A soft picture with some texture, as a model's."""
    noise = np.random.default_rng(3).normal(0, 6, (SIZE[1], SIZE[0], 3))
    down, right = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    ramp = np.stack([80 + right, 60 + 2 * down, 150 - right / 2 - down], axis=2)
    return np.clip(ramp + noise, 20, 230).astype(np.uint8)


def glazed(levels: int) -> Pixels:
    """A disc in it lightened by so much."""
    return np.where(DISC[..., None], handed() + np.uint8(levels), handed()).astype(np.uint8)


def painted(file: Path) -> tuple[Pixels, tuple[str, ...]]:
    """Where it counts as painted, and what is said of that."""
    edit = of_file(given(str(file), RECIPE), Image(handed()))
    assert edit.picture is not None
    return (edit.picture.pixels[..., :3] != handed()).any(axis=2), edit.said


def refused(file: Path) -> str:
    with pytest.raises(ValueError, match="nothing") as error:
        of_file(given(str(file), RECIPE), Image(handed()))
    return str(error.value)


@pytest.mark.parametrize("ending", ["png", "tiff", "webp"])
def test_every_difference_counts_in_a_file_without_losses(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"e.{ending}"
    pil.fromarray(glazed(1)).save(file, lossless=True)
    found, said = painted(file)
    np.testing.assert_array_equal(found, DISC)
    assert said == ()


def test_a_picture_that_was_made_lighter_as_a_whole_is_painted_and_that_is_said(
    tmp_path: Path,
) -> None:
    pil.fromarray(handed() + np.uint8(3)).save(tmp_path / "e.png")
    found, (said,) = painted(tmp_path / "e.png")
    assert found.all()
    assert "all over" in said
    assert "mostly by 3 of 255 levels: all of that counts" in said


def test_a_glaze_weaker_than_the_losses_around_it_is_found_by_its_surroundings(
    tmp_path: Path,
) -> None:
    pil.fromarray(glazed(8)).save(tmp_path / "e.webp", quality=80)
    found, _ = painted(tmp_path / "e.webp")
    assert found[DISC].mean() > 0.5  # its edge is lost by half a window
    assert found[~DISC].mean() < 0.03


def test_a_glaze_in_another_profile_is_found_and_nothing_else(tmp_path: Path) -> None:
    pixels = between(glazed(12), "sRGB", "Adobe RGB (1998)")
    pil.fromarray(pixels).save(tmp_path / "e.png", icc_profile=icc_of("Adobe RGB (1998)"))
    found, _ = painted(tmp_path / "e.png")
    assert found[DISC].mean() > 0.95
    assert not found[~DISC].any()


@pytest.mark.parametrize("ending", ["jpg", "webp"])
def test_a_picture_that_was_made_lighter_as_a_whole_is_painted_in_spite_of_losses(
    tmp_path: Path, ending: str
) -> None:
    pil.fromarray(handed() + np.uint8(10)).save(tmp_path / f"e.{ending}", quality=90)
    found, (said,) = painted(tmp_path / f"e.{ending}")
    assert found.mean() > 0.8
    assert "painted" in said


@pytest.mark.parametrize(
    ("ending", "quality"), [("jpg", 40), ("jpg", 60), ("jpg", 95), ("webp", 70), ("webp", 95)]
)
def test_what_lies_under_the_losses_is_refused_with_figures_and_a_way_out(
    tmp_path: Path, ending: str, quality: int
) -> None:
    pil.fromarray(handed() + np.uint8(1)).save(tmp_path / f"e.{ending}", quality=quality)
    said = refused(tmp_path / f"e.{ending}")
    handed_out = "what was handed out" + (", saved as such a JPEG," if ending == "jpg" else "")
    assert f"nothing counts as painted: it differs from {handed_out} by up to" in said
    assert "save it as a PNG or TIFF of 8 bits in sRGB" in said


def test_what_a_conversion_may_hide_is_refused(tmp_path: Path) -> None:
    pixels = between(glazed(2), "sRGB", "Adobe RGB (1998)")
    pil.fromarray(pixels).save(tmp_path / "e.png", icc_profile=icc_of("Adobe RGB (1998)"))
    said = refused(tmp_path / "e.png")
    assert "3 may come from its way here (its colours were converted to sRGB)" in said


def test_what_was_handed_out_and_a_picture_of_nothing_are_no_edits(tmp_path: Path) -> None:
    pil.fromarray(handed()).save(tmp_path / "same.png")
    assert "it is to the bit what was handed out" in refused(tmp_path / "same.png")
    pil.new("RGBA", SIZE).save(tmp_path / "nothing.png")
    assert "all of it is transparent" in refused(tmp_path / "nothing.png")
