"""Masks are amounts: grey numbers as they are, and nothing that would have to be guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as pil

from bridge.commands.files import read_grey, read_mask
from bridge.commands.masks import check_mask
from bridge.images.image import Image, Pixels
from bridge.images.profiles import icc_of

from ..cli import Terminal, picture
from ..images.picture_samples import chunk, png_rows
from ..images.profile_samples import grey as grey_profile

SIZE = 16, 16
RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def mask(file: Path) -> Pixels:
    """As a mask of the picture, and of its own size."""
    found = read_mask(str(file), SIZE).pixels
    np.testing.assert_array_equal(found, read_grey(str(file)).pixels)
    return found[..., 0]


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_a_masks_numbers_stay_in_any_grey_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gamma: float, ending: str
) -> None:
    file = tmp_path / f"m.{ending}"
    pil.fromarray(RAMP).save(file, icc_profile=grey_profile(gamma), quality=100)
    found = mask(file).astype(int)
    assert np.abs(found - RAMP).max() <= (1 if ending == "jpg" else 0)
    assert capsys.readouterr().err == ""


def test_a_masks_numbers_stay_under_a_gamma_and_as_repeated_grey(tmp_path: Path) -> None:
    rows = [row.tobytes() for row in RAMP]
    gamma = chunk(b"gAMA", (100000).to_bytes(4, "big"))
    (tmp_path / "gama.png").write_bytes(png_rows(SIZE, 8, 0, rows, gamma))
    np.testing.assert_array_equal(mask(tmp_path / "gama.png"), RAMP)
    wide = icc_of("Display P3")
    pil.fromarray(RAMP).convert("RGB").save(tmp_path / "rgb.png", icc_profile=wide)
    np.testing.assert_array_equal(mask(tmp_path / "rgb.png"), RAMP)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (200, 200, 255)])
def test_a_mask_in_colours_is_refused(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    pixels = np.where(RAMP[..., None] > 99, np.array(colour), 0).astype(np.uint8)
    pil.fromarray(pixels).save(tmp_path / "m.png")
    for read in (
        lambda: read_mask(str(tmp_path / "m.png"), SIZE),
        lambda: mask(tmp_path / "m.png"),
    ):
        with pytest.raises(ValueError, match=r"m\.png: the mask has colours.*make it grey"):
            read()


def test_painted_transparency_and_a_grey_jpeg_in_colours_are_masks(tmp_path: Path) -> None:
    red = np.dstack([np.full_like(RAMP, 255), RAMP * 0, RAMP * 0, RAMP])
    pil.fromarray(red).save(tmp_path / "layer.png")
    np.testing.assert_array_equal(mask(tmp_path / "layer.png"), RAMP)
    pil.fromarray(RAMP).convert("RGB").save(tmp_path / "m.jpg", quality=50)
    mask(tmp_path / "m.jpg")


def test_a_selection_saved_beside_the_colours_is_not_guessed_at(tmp_path: Path) -> None:
    for channels, kind in ((2, "minisblack"), (4, "rgb")):
        pixels = np.repeat(RAMP[..., None], channels, axis=2)
        tifffile.imwrite(tmp_path / "m.tif", pixels, photometric=kind, planarconfig="contig",
                         extrasamples=["unspecified"])  # fmt: skip
        with pytest.raises(ValueError, match="may be the mask"):
            mask(tmp_path / "m.tif")


def test_a_mask_that_lets_nothing_be_seen_is_refused_and_a_dark_one_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ones = Image(np.ones((16, 16, 1), np.uint8))
    with pytest.raises(ValueError, match=r"too dark for anything to be seen.*0\.4% of white"):
        check_mask("m.png", ones)
    check_mask("m.png", Image(ones.pixels * np.uint8(40)))
    assert "at most 16% of what is painted will be seen" in capsys.readouterr().err


def test_regions_and_rewinds_refuse_the_same_masks(pentimento: Terminal, tmp_path: Path) -> None:
    red, one = tmp_path / "red.png", picture(tmp_path / "one.png")
    pil.new("RGB", (32, 24), (255, 0, 0)).save(red)
    start = ("run", "--prompt", "a", "--steps", "2", "--init", one)
    for more in (("--mask", red), ("--region", f"a boat={red}")):
        said = pentimento(*start, *more, "-o", tmp_path / "a.psd")
        assert said.status == 2
        assert "the mask has colours" in said.err
