"""Canvas arithmetic: what stays to the bit, and what a painter is taken to have changed."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from pipelines import pixels
from pipelines.pixels import (
    Pixels,
    cells,
    changed_mask,
    feather,
    from_working,
    grow,
    image_id,
    laid_over,
    over,
    padded_size,
    resize,
    rgb_of,
    to_depth,
    to_working,
    uncovered,
    working_size,
)

DEPTHS = [np.uint8, np.uint16]


def noise(
    height: int, width: int, channels: int, dtype: type[np.uint8 | np.uint16] = np.uint8
) -> Pixels:
    generator = np.random.default_rng(height * 1000 + width + channels)
    return generator.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, True)


def dot(height: int, width: int, row: int, column: int) -> Pixels:
    mask = np.zeros((height, width, 1), np.uint8)
    mask[row, column] = 255
    return mask


@settings(max_examples=500)
@given(st.integers(8, 8192), st.integers(8, 8192), st.sampled_from([128, 512, 1024]))
@example(8, 4625, 128)
@example(4625, 8, 128)
def test_a_working_size_is_whole_cells_within_the_area(
    width: int, height: int, native: int
) -> None:
    wide, high = working_size(width, height, native)
    assert wide % 8 == 0
    assert high % 8 == 0
    assert wide * high <= (1.5 * native) ** 2
    if wide > 8 and high > 8:
        assert abs(wide / width / (high / height) - 1) < 16 / min(wide, high)


@given(st.integers(8, 4000), st.integers(8, 4000), st.sampled_from([64, 128, 512]))
def test_a_panoramas_shorter_side_is_seen_by_one_window(
    width: int, height: int, native: int
) -> None:
    wide, high = working_size(width, height, native, panorama=True)
    assert wide % 8 == high % 8 == 0
    assert min(wide, high) <= 1.5 * native
    if min(width, height) <= 1.5 * native:
        assert (wide, high) == (-(-width // 8) * 8, -(-height // 8) * 8)
    else:
        assert abs(max(wide, high) * min(width, height) / max(width, height) - 1.5 * native) < 8


def test_a_panorama_is_painted_wide_and_enlarged() -> None:
    assert working_size(2048, 512, 128, panorama=True) == (768, 192)
    assert working_size(2048, 512, 512, panorama=True) == (2048, 512)


def test_a_small_picture_is_painted_at_its_own_size_padded() -> None:
    assert working_size(250, 131, 512) == (256, 136)


@settings(max_examples=25)
@given(st.integers(8, 40), st.integers(8, 40))
def test_padding_repeats_edges_and_is_cut_back_exactly(width: int, height: int) -> None:
    picture = noise(height, width, 3)
    padded = to_working(picture, padded_size(width, height))
    assert np.array_equal(padded[:, -1], padded[:, width - 1])
    assert np.array_equal(padded[-1], padded[height - 1])
    assert np.array_equal(from_working(padded, (width, height)), picture)


def test_a_picture_too_large_is_painted_smaller_and_enlarged_back() -> None:
    picture = np.full((300, 400, 3), 90, np.uint8)
    small = to_working(picture, (200, 152))
    assert small.shape == (152, 200, 3)
    assert np.array_equal(from_working(small, (400, 300)), picture)


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("layer_dtype", DEPTHS)
def test_a_composite_is_the_source_to_the_bit_where_the_layer_is_clear(
    dtype: type[np.uint8], channels: int, layer_dtype: type[np.uint8]
) -> None:
    source, layer = noise(20, 30, channels, dtype), noise(20, 30, 4, layer_dtype)
    layer[:10, :, 3] = 0
    result = over(source, layer)
    assert result.dtype == source.dtype
    assert np.array_equal(result[:10], source[:10])
    assert not np.array_equal(result[10:], source[10:])


@pytest.mark.parametrize("dtype", DEPTHS)
def test_a_composite_is_the_layer_to_the_bit_where_it_is_opaque(dtype: type[np.uint8]) -> None:
    source, layer = noise(9, 9, 4, dtype), noise(9, 9, 4, dtype)
    layer[..., 3] = np.iinfo(dtype).max
    assert np.array_equal(over(source, layer), layer)


def test_a_half_clear_layer_shows_half_of_each() -> None:
    source = np.full((1, 1, 4), [100, 100, 100, 255], np.uint8)
    layer = np.array([[[200, 0, 100, 51]]], np.uint8)  # a fifth
    assert over(source, layer).tolist() == [[[120, 80, 100, 255]]]


def test_transparent_layers_over_transparent_sources_add_their_alphas() -> None:
    source = np.array([[[0, 0, 0, 51]]], np.uint8)
    layer = np.array([[[255, 0, 0, 204]]], np.uint8)  # 0.8 + 0.2 * 0.2
    assert over(source, layer).tolist() == [[[round(255 * 0.8 / 0.84), 0, 0, round(255 * 0.84)]]]


def test_sizes_that_differ_are_named() -> None:
    with pytest.raises(ValueError, match="layer is 4x3 pixels, the source is 5x3"):
        over(noise(3, 5, 3), noise(3, 4, 4))
    with pytest.raises(ValueError, match="edit is 4x3 pixels, what was handed out is 5x3"):
        changed_mask(noise(3, 5, 3), noise(3, 4, 4))


@given(st.integers(0, 255))
def test_eight_bits_to_sixteen_and_back_is_exact(value: int) -> None:
    pixel = np.full((1, 1, 1), value, np.uint8)
    assert to_depth(to_depth(pixel, 16), 8)[0, 0, 0] == value


def test_transparency_is_laid_over_white() -> None:
    clear = np.zeros((1, 1, 4), np.uint8)
    assert rgb_of(clear).tolist() == [[[255, 255, 255]]]
    assert rgb_of(np.full((1, 1, 1), 7, np.uint8)).tolist() == [[[7, 7, 7]]]


def test_nothing_changed_gives_an_empty_mask_also_under_soft_alpha() -> None:
    handed = noise(20, 20, 4)
    assert not changed_mask(handed, handed).any()
    assert not changed_mask(handed[..., :3], handed[..., :3]).any()


def test_an_edit_is_found_pixel_by_pixel_and_erasing_is_none() -> None:
    handed = noise(20, 20, 4)
    handed[..., 3] = 255
    edited = handed.copy()
    edited[4, 5, :3] ^= 128
    edited[9, 9] = 0  # erased: what was handed out shows through
    mask = changed_mask(handed, edited)
    assert np.argwhere(mask[..., 0] == 255).tolist() == [[4, 5]]
    assert np.array_equal(laid_over(handed, edited)[4, 5], edited[4, 5, :3])
    assert np.array_equal(laid_over(handed, edited)[9, 9], handed[9, 9, :3])


def test_an_edit_in_sixteen_bits_is_compared_at_the_depth_handed_out() -> None:
    handed = noise(8, 8, 3)
    assert not changed_mask(handed, to_depth(handed, 16)).any()


def test_growing_moves_the_edge_outwards_as_a_square() -> None:
    assert int((grow(dot(20, 20, 10, 10), 3) > 0).sum()) == 7 * 7
    assert int((grow(dot(20, 20, 0, 0), 3) > 0).sum()) == 4 * 4


def test_a_feathered_edge_is_a_gaussian_step() -> None:
    mask = np.zeros((8, 64, 1), np.uint8)
    mask[:, 32:] = 255
    soft = feather(mask, 4.0)
    assert 115 <= int(soft[4, 31, 0]) <= 128 <= int(soft[4, 32, 0]) <= 140
    assert int(soft[4, 36, 0]) == pytest.approx(255 * 0.87, abs=4)  # a deviation from the edge
    assert soft[4, 0, 0] == 0
    assert soft[4, 63, 0] == 255
    assert np.array_equal(feather(mask, 0), mask)


@pytest.mark.parametrize("shape", [(40, 60), (1, 9), (3, 2)])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_masks_are_grown_and_feathered_exactly_also_at_borders(
    depth: type[np.uint8 | np.uint16], shape: tuple[int, int]
) -> None:
    most = int(np.iinfo(depth).max)
    mask = np.random.default_rng(0).integers(0, most, (*shape, 1), depth, endpoint=True)
    for reach in (0, 1, 8):
        largest = ndimage.maximum_filter(mask[..., 0], 2 * reach + 1, mode="constant")
        grown = grow(mask, reach)
        assert grown.dtype == depth
        assert np.array_equal(grown, largest[..., None])
    for radius in (1.0, 4.0, 8.0):
        soft = feather(mask, radius)
        exact = ndimage.gaussian_filter(
            mask[..., 0].astype(np.float64), radius, mode="nearest", truncate=3.0
        )
        assert soft.dtype == depth
        assert np.abs(soft[..., 0] - exact).max() <= 0.5 + 1e-9  # rounded, nothing else


@settings(max_examples=30)
@given(st.integers(8, 70), st.integers(8, 70), st.data())
def test_every_touched_pixel_counts_in_its_cell(
    width: int, height: int, data: st.DataObject
) -> None:
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    mask = dot(height, width, row, column)
    assert cells(mask, padded_size(width, height))[row // 8, column // 8] == 1
    assert cells(mask, (24, 16)).max() == 1
    assert cells(mask, (160, 240)).max() == 1


def test_resizing_keeps_a_sixteen_bit_plane() -> None:
    plane = np.full((10, 10, 3), 40_000, np.uint16)
    assert np.array_equal(resize(plane, (20, 30)), np.full((30, 20, 3), 40_000, np.uint16))


def test_an_image_id_is_the_hash_the_contract_says() -> None:
    pixels = np.arange(6, dtype=np.uint16).reshape(1, 2, 3)
    expected = hashlib.sha256(b"2x1x3:16:sRGB\n" + bytes([0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0]))
    assert image_id(pixels) == expected.hexdigest()


def test_what_lies_above_hides_what_is_below() -> None:
    mask = np.array([[[255], [255], [100], [0]]], np.uint8)
    above = [np.array([[[0], [255], [128], [255]]], np.uint8)]
    wide = [one.astype(np.uint16) * np.uint16(257) for one in above]
    assert uncovered(mask, []).tolist() == mask.tolist()
    assert uncovered(mask, above)[0, :, 0].tolist() == [255, 0, 100, 0]
    assert uncovered(mask, wide).tolist() == uncovered(mask, above).tolist()
    assert uncovered(mask, above * 2)[0, :, 0].tolist() == [255, 0, 0, 0]


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_composite_of_a_few_rows_at_a_time_is_that_of_each_pixel_alone(
    dtype: type[np.uint8], channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = np.iinfo(dtype).max
    source, layer = noise(12, 7, channels, dtype), noise(12, 7, 4, dtype)
    layer[0:4, :, 3], layer[4:6, :, 3], layer[6:8, ::2, 3] = most, 0, 0
    if channels == 4:
        source[0:2, :, 3], source[6:9, :, 3], source[9:11, :, 3] = 0, 0, most
    alone = np.array(
        [
            [
                over(source[y : y + 1, x : x + 1], layer[y : y + 1, x : x + 1])[0, 0]
                for x in range(7)
            ]
            for y in range(12)
        ]
    )
    monkeypatch.setattr(pixels, "BAND", 14)
    assert np.array_equal(over(source, layer), alone)
    share = layer[..., 3:].astype(np.float64) / most
    below = source[..., 3:] / most * (1 - share) if channels == 4 else 1 - share
    if channels > 1:
        mixed = layer[..., :3] * share + source[..., :3] * below
        exact = mixed / np.where(share + below > 0, share + below, 1)
        clear = layer[..., 3:] == 0
        np.testing.assert_allclose(
            alone[..., :3], np.where(clear, source[..., :3], exact), atol=0.51
        )
