"""Masks of regions: blurred averages, shares of a stack, noise levels; all in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from pipelines.masks import in_cells, quantised, soft_mask, stacked
from pipelines.pixels import Pixels, feather
from pipelines.recipe import QUANTISATIONS, Quantisation
from pipelines.windows import Window, shifted, tiles, window_around

from .region_words import box

LEVELS = (0.9977, 0.9942, 0.9735, 0.8499, 0.5840)  # of the five steps arXiv:2403.09055 uses
SQUARE = np.zeros((128, 128, 1), np.uint8)
SQUARE[50:86, 50:86] = 255  # 36 pixels a side, its middle that of a cell


def soft_cells(mask: Pixels, size: tuple[int, int], blur: float) -> Tensor:
    """A region that is alone, as cells."""
    (cells,) = in_cells([soft_mask(mask, size, blur)])
    return cells


def averages(mask: Pixels) -> Tensor:
    height, width = mask.shape[:2]
    cells = mask.reshape(height // 8, 8, width // 8, 8).astype(np.float64).mean((1, 3)) / 255
    return torch.from_numpy(cells).float()


def test_without_blur_a_cell_is_the_average_of_its_pixels() -> None:
    mask = np.random.default_rng(0).integers(0, 256, (48, 64, 1), np.uint8)
    mask[8:16, 8:16] = 255  # a peak that no average lowers
    torch.testing.assert_close(soft_cells(mask, (64, 48), 0.0), averages(mask))


@pytest.mark.parametrize("blur", [2.0, 8.0, 20.0])
def test_blurred_cells_are_averages_of_the_blurred_picture(blur: float) -> None:
    wide = np.zeros((256, 384, 1), np.uint8)
    wide[40:230, 90:384] = 255
    found = soft_cells(wide, (384, 256), blur)
    wanted = averages(feather(wide, blur))
    torch.testing.assert_close(found, wanted, rtol=0, atol=1.5 / 255)  # the feather is 8-bit


def test_a_picture_of_another_size_keeps_its_area_and_its_edges() -> None:
    mask = np.zeros((100, 150, 1), np.uint8)
    mask[:, 75:] = 255
    resized = soft_cells(mask, (120, 80), 0.0)
    assert resized.shape == (10, 15)
    torch.testing.assert_close(resized.mean(), torch.tensor(0.5), rtol=0, atol=1e-6)
    padded = soft_cells(mask, (152, 104), 0.0)
    assert padded.shape == (13, 19)
    assert bool((padded[:, 10:] == 1).all())  # what is beyond the edge repeats it


@pytest.mark.parametrize("blur", [0.0, 8.0, 32.0])
def test_what_is_smaller_than_a_cell_or_its_blur_keeps_its_peak(blur: float) -> None:
    small = np.zeros((128, 128, 1), np.uint8)
    small[50:53, 20:23] = 255
    line = np.zeros((128, 128, 1), np.uint8)
    line[64:66, 10:120] = 200
    assert float(soft_cells(small, (128, 128), blur).max()) == pytest.approx(1)
    assert float(soft_cells(line, (128, 128), blur).max()) == pytest.approx(200 / 255)


def test_full_is_full_to_the_bit_and_nothing_is_nothing() -> None:
    full = np.full((72, 90, 1), 255, np.uint8)
    assert torch.equal(soft_cells(full, (96, 72), 12.0), torch.ones(9, 12))
    assert not soft_cells(np.zeros_like(full), (96, 72), 12.0).any()


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=5))
def test_shares_and_what_is_left_add_up_to_one(values: list[list[float]]) -> None:
    claims = [torch.tensor([row]) for row in values]
    shares = stacked(claims, [1.0] * len(claims))
    left = 1 - torch.stack(shares).sum(0)
    assert float(left.min()) > -1e-6
    assert torch.equal(shares[-1], claims[-1])  # the upper one gets what it claims
    weighted = stacked(claims, [2.0] + [1.0] * (len(claims) - 1))
    assert 0 <= float(torch.stack(weighted).sum(0).max()) <= 1 + 1e-5


def test_abutting_soft_regions_leave_no_ground_between_them() -> None:
    left = soft_mask(box((0, 0, 4, 8)), (64, 64), 6.0)
    right = soft_mask(box((4, 0, 8, 8)), (64, 64), 6.0)
    shares = in_cells(stacked([left, right], [1.0, 1.0]))
    torch.testing.assert_close(shares[0] + shares[1], torch.ones(8, 8), rtol=0, atol=1e-5)


def test_regions_are_told_apart_within_a_cell() -> None:
    """The lower one lies wholly under the upper one, also in the cell that is half the ground's."""
    mask = np.zeros((8, 16, 1), np.uint8)
    mask[:, :12] = 255
    lower, upper = in_cells(stacked([soft_mask(mask, (16, 8), 0.0)] * 2, [1.0, 1.0]))
    assert lower.tolist() == [[0.0, 0.0]]
    assert upper.tolist() == [[1.0, 0.5]]


def test_weight_counts_where_ground_is_shared_and_nowhere_else() -> None:
    claims = [torch.tensor([[0.5, 1.0, 0.0]])]
    (heavy,) = stacked(claims, [3.0])
    torch.testing.assert_close(heavy, torch.tensor([[0.75, 1.0, 0.0]]))


def cells_by_level(claim: Tensor, how: Quantisation) -> list[float]:
    following = (*LEVELS[1:], 0.0)
    return [
        float(in_cells([quantised(claim, level, after, how)])[0].sum())
        for level, after in zip(LEVELS, following, strict=True)
    ]


@pytest.mark.parametrize("how", QUANTISATIONS)
def test_a_soft_region_opens_as_the_noise_falls(how: Quantisation) -> None:
    claim = soft_mask(SQUARE, (128, 128), 8.0)
    counts = cells_by_level(claim, how)
    assert counts == sorted(counts)
    assert counts[0] > 0
    assert counts[-1] > 9


def test_a_discrete_region_has_the_area_of_the_blurred_mask_above_the_level() -> None:
    mask = np.zeros((256, 256, 1), np.uint8)
    mask[60:196, 44:180] = 255
    counts = cells_by_level(soft_mask(mask, (256, 256), 8.0), "discrete")
    soft = feather(mask, 8.0).astype(np.float64) / 255
    for level, found in zip(LEVELS, counts, strict=True):
        wanted = (soft > level).sum() / 64
        assert found == pytest.approx(wanted, abs=2 * wanted**0.5)  # half a cell all around


@pytest.mark.parametrize("how", QUANTISATIONS)
def test_an_edge_that_cuts_a_cell_is_not_a_soft_one(how: Quantisation) -> None:
    """Half of the fifth column is the region's from the first step on, not only later."""
    mask = np.zeros((64, 64, 1), np.uint8)
    mask[:, :36] = 255
    assert cells_by_level(soft_mask(mask, (64, 64), 0.0), how) == [36.0] * 5


def test_mask_alpha_begins_later_and_at_half_never_in_its_five_steps() -> None:
    square = soft_mask(box((2, 2, 8, 8), (128, 128)), (128, 128), 0.0)
    assert cells_by_level(0.9 * square, "discrete") == [0, 0, 0, 36, 36]
    assert cells_by_level(0.5 * square, "discrete") == [0] * 5
    assert cells_by_level(square, "discrete") == [36] * 5


@pytest.mark.parametrize("how", QUANTISATIONS)
def test_more_claim_is_never_less_share_at_any_level(how: Quantisation) -> None:
    claims = torch.linspace(0, 1, 101)[None]
    for level, following in zip(LEVELS, (*LEVELS[1:], 0.0), strict=True):
        shares = quantised(claims, level, following, how)[0]
        assert bool((shares.diff() >= 0).all())
        assert (float(shares[0]), float(shares[-1])) == (0, 1)


# Windows


@pytest.mark.parametrize(("native", "multiple"), [(8, 2), (16, 4), (64, 8)])
@given(data=st.data())
def test_a_window_holds_its_region_with_context(
    native: int, multiple: int, data: st.DataObject
) -> None:
    height, width = data.draw(st.integers(1, 100)), data.draw(st.integers(1, 100))
    top, left = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    bottom = data.draw(st.integers(top + 1, height))
    right = data.draw(st.integers(left + 1, width))
    mask = torch.zeros(height, width)
    mask[top:bottom, left:right] = 0.3
    window = window_around(mask, native, multiple)
    assert window is not None
    axes = ((window.top, window.height, top, bottom, height),)
    axes += ((window.left, window.width, left, right, width),)
    for start, side, first, last, whole in axes:
        assert 0 <= start <= max(0, first - native // 8)
        assert min(last + native // 8, whole) <= start + side <= whole
        least = max(last - first + native // 4, 5 / 8 * native)
        assert side == whole or (side % multiple == 0 and 5 / 8 * native <= side)
        assert side < least + multiple


def test_four_quarters_are_seen_in_little_more_than_the_picture() -> None:
    """In areas; 1.27 at 512 pixels. A window costs less than its area where attention does."""
    for side, most in ((32, 1.57), (64, 1.27)):  # cells of a model whose native side is 16
        quarter = torch.zeros(side, side)
        quarter[: side // 2, : side // 2] = 1
        window = window_around(quarter, 16, 4)
        assert window is not None
        assert 4 * window.height * window.width <= most * side**2


def test_no_region_no_window() -> None:
    assert window_around(torch.zeros(8, 8), 8, 4) is None


@given(st.integers(1, 70), st.integers(1, 200), st.sampled_from([8, 16, 32]), st.floats(0, 1))
def test_tiles_cover_everything_with_weights_that_add_up_to_one(
    height: int, width: int, native: int, turn: float
) -> None:
    total = torch.zeros(height + 3, width + 5)
    for window, weight in tiles(Window(3, 5, height, width), native, turn):
        for side, whole in zip(window.size, (height, width), strict=True):
            assert side == (whole if whole <= 1.5 * native else native)
        assert float(weight.min()) > 0
        window.see(total).add_(weight)
    torch.testing.assert_close(total[3:, 5:], torch.ones(height, width))
    assert not total[:3].any()
    assert not total[:, :5].any()


def test_borders_of_tiles_are_elsewhere_at_every_step() -> None:
    borders = [
        {window.left for window, _ in tiles(Window(0, 0, 16, 64), 16, step * 0.618 % 1)}
        for step in range(8)
    ]
    inner = [edges - {0, 48} for edges in borders]
    assert len(set.union(*inner)) > 2 * max(map(len, inner))


@given(st.integers(-9, 9), st.integers(-9, 9))
def test_what_is_shifted_comes_back_and_nothing_wraps(down: int, right: int) -> None:
    content = torch.arange(1, 57.0).reshape(7, 8)
    fill = -content
    moved = shifted(content, down, right, fill)
    for y in range(7):
        for x in range(8):
            inside = 0 <= y - down < 7 and 0 <= x - right < 8
            wanted = content[y - down, x - right] if inside else fill[y, x]
            assert moved[y, x] == wanted
