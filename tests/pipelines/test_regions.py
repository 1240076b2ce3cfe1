"""Regions in a run: what they cover, how often the model is called, and what stays to the bit."""

from __future__ import annotations

import gc
import itertools
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from torch import Tensor

from pipelines.asking import answered
from pipelines.attention import Mix
from pipelines.guidance import denoiser_for
from pipelines.masks import soft_mask
from pipelines.model import Model
from pipelines.pixels import Pixels, full, image_id, over
from pipelines.preview import picture
from pipelines.recipe import SAMPLER_NAMES, Recipe, Region, Rewind, images_named
from pipelines.record import Inputs, StepRecord, from_bytes, to_bytes
from pipelines.regions import turning
from pipelines.run import follow, rewind, start
from pipelines.samplers import Purpose, step_noise
from pipelines.schedule import schedule_for

from .painting import LAST, SIDE, line, noise, on, recipe_of
from .region_words import Layout, box

ID = "a" * 64
LEFT, RIGHT, MIDDLE = box((0, 0, 4, 8)), box((4, 0, 8, 8)), box((2, 2, 6, 6))
ALL = box((0, 0, 8, 8))


class Calls:
    """The UNet's calls: how many latents of which size."""

    def __init__(self, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[int, int, int]] = []
        forward = model.pipeline.unet.forward

        def counted(sample: Tensor, *arguments: object, **options: object) -> object:
            self.made.append((len(sample), sample.shape[2], sample.shape[3]))
            return forward(sample, *arguments, **options)

        monkeypatch.setattr(model.pipeline.unet, "forward", counted)


def last(model: Model, laid: Layout) -> Tensor:
    return line(model, laid.recipe, laid.inputs)[-1].denoised


def first(model: Model, laid: Layout) -> StepRecord:
    return start(model, laid.recipe, laid.inputs)


# What a region is


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mask": "x"}, "regions.mask must be an image id (64 hex digits), got 'x'"),
        ({"prompt": "\0"}, "regions.prompt must be valid Unicode text without NUL characters"),
        (
            {"negative_prompt": "a" * 4001},
            "regions.negative_prompt must be at most 4000 characters",
        ),
        ({"prompt_strength": 1.1}, "regions.prompt_strength must be in 0.0..1.0, got 1.1"),
        ({"alpha": -0.1}, "regions.alpha must be in 0.0..1.0, got -0.1"),
        ({"blur": float("nan")}, "regions.blur must be in 0.0..512.0, got nan"),
        ({"weight": 0.0}, "regions.weight must be in 0.001..1000.0, got 0.0"),
        ({"seed": -1}, "regions.seed must be in 0..9007199254740991, got -1"),
        ({"mode": "mix"}, "regions.mode must be one of blend, isolate, got 'mix'"),
        ({"quantisation": "x"}, "regions.quantisation must be one of discrete, semi, continuous"),
        ({"bootstrap_steps": -1}, "regions.bootstrap_steps must be in 0..250, got -1"),
        ({"mode": "isolate", "isolate_steps": 0}, "regions.isolate_steps must be in 1..250, got 0"),
        ({"isolate_steps": 3}, "regions.isolate_steps belongs to mode isolate; blend takes none"),
    ],
)
def test_a_wrong_region_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    fields: dict[str, Any] = {"prompt": "a", "mask": ID} | changes
    with pytest.raises(ValueError, match=r".+") as refused:
        Region(**fields)
    assert sentence in str(refused.value)


def test_there_are_at_most_64() -> None:
    with pytest.raises(ValueError, match="regions must be at most 64, got 65"):
        recipe_of(regions=(Region(prompt="a", mask=ID),) * 65)


def test_masks_are_grey_and_of_the_pictures_size(tiny: Model) -> None:
    with pytest.raises(ValueError, match=r"regions\.0\.mask must be 64x64 pixels like the recipe"):
        first(tiny, Layout(("a", np.zeros((8, 8, 1), np.uint8), {})))
    with pytest.raises(ValueError, match=r"regions\.1\.mask must be a grey image of one channel"):
        first(tiny, Layout(("a", LEFT, {}), ("a", noise(SIDE, SIDE, 3), {})))
    with pytest.raises(ValueError, match=r"regions\.0\.mask names an image that is not here"):
        start(tiny, Layout(("a", LEFT, {})).recipe, Inputs())


def test_the_images_of_a_recipe_are_named_by_their_fields() -> None:
    recipe = Layout(("a", LEFT, {}), ("a", RIGHT, {})).recipe
    assert images_named(recipe, Rewind(mask=ID)) == {
        "rewind.mask": ID,
        "regions.0.mask": image_id(LEFT),
        "regions.1.mask": image_id(RIGHT),
    }


def test_a_recipe_with_regions_travels_as_json_and_in_records(tiny: Model) -> None:
    laid = Layout(("a tree", LEFT, {"mode": "isolate", "isolate_steps": 2, "seed": 5}))
    assert msgspec.json.decode(msgspec.json.encode(laid.recipe), type=Recipe) == laid.recipe
    record = first(tiny, laid)
    again = from_bytes(to_bytes(record))
    assert again.recipe == laid.recipe
    wanted = [r.denoised for r in follow(tiny, record, laid.inputs)]
    found = [r.denoised for r in follow(tiny, again, laid.inputs)]
    assert all(torch.equal(a, b) for a, b in zip(wanted, found, strict=True))


# What they do


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_a_region_of_nothing_is_no_region_to_the_bit(each_tiny: Model, mode: str) -> None:
    wanted = last(each_tiny, Layout())
    for mask, options in ((np.zeros_like(ALL), {}), (ALL, {"alpha": 0.0})):
        laid = Layout(("red", mask, {"mode": mode} | options))
        assert torch.equal(last(each_tiny, laid), wanted)


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_a_region_of_everything_is_the_recipe_with_its_prompt(each_tiny: Model, mode: str) -> None:
    wanted = last(each_tiny, Layout(prompt="red", negative_prompt="a"))
    options = {"mode": mode, "negative_prompt": "a", "bootstrap_steps": 0}
    torch.testing.assert_close(
        last(each_tiny, Layout(("red", ALL, options))), wanted, rtol=1e-4, atol=1e-4
    )


@pytest.mark.usefixtures("whole_windows")
@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_at_prompt_strength_0_a_region_says_what_the_ground_says(
    each_tiny: Model, mode: str
) -> None:
    wanted = last(each_tiny, Layout())
    options = {"mode": mode, "prompt_strength": 0.0, "negative_prompt": "a", "bootstrap_steps": 0}
    torch.testing.assert_close(
        last(each_tiny, Layout(("red", MIDDLE, options))), wanted, rtol=1e-4, atol=1e-4
    )


def test_unless_asked_otherwise_most_steps_are_bootstrapped_and_none_of_what_spans_the_picture(
    each_tiny: Model,
) -> None:
    inner = box((2, 2, 6, 6))
    for mask, steps in ((inner, 5), (LEFT, 0), (ALL, 0)):
        usual, said, other = (
            last(each_tiny, Layout(("red", mask, {"mode": "isolate"} | options)))
            for options in ({}, {"bootstrap_steps": steps}, {"bootstrap_steps": steps + 1})
        )
        assert torch.equal(usual, said)
        assert not torch.equal(usual, other)
    for run, steps in ((1, 0), (2, 1), (4, 2), (5, 3)):
        usual, said = (
            last(
                each_tiny,
                Layout(("red", inner, {"mode": "isolate"} | options), num_inference_steps=run),
            )
            for options in ({}, {"bootstrap_steps": steps})
        )
        assert torch.equal(usual, said)


def test_a_covered_region_is_neither_seen_nor_evaluated(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolate = {"mode": "isolate", "bootstrap_steps": 0}
    alone, above = Layout(("red", ALL, isolate)), ("red", ALL, isolate)
    wanted = last(tiny, alone)
    calls = Calls(tiny, monkeypatch)
    assert torch.equal(last(tiny, Layout(("a", MIDDLE, isolate), above)), wanted)
    assert set(calls.made) == {(2, 8, 8)}


def test_any_number_of_blended_regions_is_one_call_of_two_rows(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    rows = [(f"{name}", box((0, n, 8, n + 1)), {}) for n, name in enumerate(["a", "red", "tree"])]
    last(tiny, Layout(*rows, num_inference_steps=3))
    own = [(name, mask, {"negative_prompt": "a"}) for name, mask, _ in rows]
    last(tiny, Layout(*own, num_inference_steps=3))
    assert calls.made == [(2, 8, 8)] * 6


def test_what_was_mixed_for_a_scene_goes_with_it(tiny: Model) -> None:
    """Each stroke is a scene: kept, its mixes were most of what a live stream's worker grew by."""
    before = mixes()
    laid = Layout(("a tree", LEFT, {}), ("red", MIDDLE, {}))
    denoise = denoiser_for(tiny, laid.recipe, laid.inputs)
    answered(tiny, denoise(noise_like(), 5.0))
    assert mixes() == before + 1
    del denoise
    assert mixes() == before


def mixes() -> int:
    gc.collect()
    return sum(type(thing) is Mix for thing in gc.get_objects())


@pytest.mark.usefixtures("whole_windows")
def test_isolated_regions_share_a_call_and_equal_prompts_a_row(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    isolate = {"mode": "isolate", "bootstrap_steps": 0}
    regions = [("red", LEFT, isolate), ("a", MIDDLE, isolate)]
    last(tiny, Layout(*regions, num_inference_steps=3))
    assert calls.made == [(4, 8, 8)] * 3  # two prompts, the ground's, one negative for all
    calls.made.clear()
    same = [("red", LEFT, isolate), ("red", RIGHT, isolate)]
    last(tiny, Layout(*same, num_inference_steps=3))
    assert calls.made == [(2, 8, 8)] * 3  # no ground is left


def test_cost_follows_the_area_of_an_isolated_region(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    side = (256, 256)
    mask = box((20, 20, 24, 24), side)
    laid = Layout(
        ("red", mask, {"mode": "isolate"}),
        width=256,
        height=256,
        working_width=256,
        working_height=256,
        num_inference_steps=2,
    )
    last(tiny, laid)
    assert sorted(calls.made) == [(2, 6, 6), (2, 6, 6), (2, 32, 32), (2, 32, 32)]


def test_isolation_ends_after_its_steps_and_blending_begins(tiny: Model) -> None:
    options = {"mode": "isolate", "isolate_steps": 3, "bootstrap_steps": 1}
    both = Layout(("red", LEFT, options))
    isolated = Layout(("red", LEFT, {"mode": "isolate", "bootstrap_steps": 1}))
    blended = Layout(("red", LEFT, {}))
    sigmas = schedule_for(tiny.training, "dpmpp_2m", 8).sigmas
    latents = noise_like()
    for index, sigma in enumerate(sigmas):
        found, isolate, blend = (
            answered(tiny, denoiser_for(tiny, laid.recipe, laid.inputs)(latents, sigma))
            for laid in (both, isolated, blended)
        )
        assert torch.equal(found, isolate if index < 3 else blend)
        assert not torch.equal(isolate, blend)


def noise_like() -> Tensor:
    return step_noise(3, Purpose.START, torch.empty(1, 4, 8, 8))(0) * 5


@pytest.mark.parametrize("mode", ["blend", "isolate"])
@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_every_sampler_paints_regions_and_repeats_them_to_the_bit(
    tiny: Model, sampler: str, mode: str
) -> None:
    options = {"mode": mode, "blur": 8.0, "seed": 9}
    laid = Layout(("red", LEFT, options), ("a", MIDDLE, options), sampler=sampler)
    records = line(tiny, laid.recipe, laid.inputs)
    assert all(bool(torch.isfinite(record.denoised).all()) for record in records)
    again = on(tiny, from_bytes(to_bytes(records[3])), laid.inputs)
    assert all(
        torch.equal(one.denoised, two.denoised) for one, two in zip(records[3:], again, strict=True)
    )


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_noise_is_added_once_where_regions_meet(tiny: Model, mode: str) -> None:
    """Averaging latents that each have noise of their own would lose half its variance here."""
    half = np.full_like(ALL, 128)
    laid = Layout(("red", half, {"mode": mode}), sampler="lcm")
    records = line(tiny, laid.recipe, laid.inputs)
    for record, following in itertools.pairwise(records):
        drawn = (following.latents - record.denoised) / following.sigma
        wanted = step_noise(0, Purpose.STEP, drawn)(following.index)
        torch.testing.assert_close(drawn, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("sampler", ["ddim", "lcm"])
def test_a_seed_of_its_own_is_the_noise_inside(tiny: Model, sampler: str) -> None:
    own = Layout(("red", LEFT, {"seed": 5}), sampler=sampler)
    mine, other = first(tiny, own).latents, first(tiny, Layout(seed=5, sampler=sampler)).latents
    shared = first(tiny, Layout(sampler=sampler)).latents
    assert torch.equal(mine[..., :4], other[..., :4])
    assert torch.equal(mine[..., 4:], shared[..., 4:])


def test_history_is_cut_where_a_cell_changes_hands_and_only_there(tiny: Model) -> None:
    mask = LEFT.copy()
    mask[:, 16:32] = 204  # two columns that open when the noise falls below .8
    options = {"mode": "isolate", "isolate_steps": 6, "bootstrap_steps": 1}
    options |= {"quantisation": "discrete"}
    laid = Layout(("red", mask, options), num_inference_steps=8)
    turned = turning(tiny, laid.recipe, laid.inputs)
    sigmas = schedule_for(tiny.training, "dpmpp_2m", 8).sigmas
    levels = [sigma / (sigma**2 + 1) ** 0.5 for sigma in sigmas]
    opens = next(n for n, level in enumerate(levels) if level < 0.8)
    for n in range(1, 8):
        cells = turned(sigmas[n - 1], sigmas[n])
        assert cells is not None
        columns = cells[0, 0].all(0).nonzero()[:, 0].tolist()
        wanted = {1: [0, 1], opens: [2, 3], 6: [0, 1, 2, 3]}.get(n, [])
        assert columns == wanted, n


# With everything else


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_outside_the_recipes_mask_the_picture_stays(tiny: Model, mode: str) -> None:
    source = noise(SIDE, SIDE, 3)
    laid = Layout(("red", LEFT, {"mode": mode}), strength=0.75)
    laid.changes |= {"init_image": laid.with_image(source), "mask": laid.with_image(MIDDLE)}
    record = line(tiny, laid.recipe, laid.inputs)[-1]
    shown = picture(tiny, record, laid.inputs)
    assert not shown[MIDDLE[..., 0] == 0, 3].any()
    known = tiny.encode_image(source)
    outside = torch.from_numpy(MIDDLE[4::8, 4::8, 0]) == 0
    assert torch.equal(record.denoised[..., outside], known[..., outside])
    assert not torch.equal(record.denoised, known)


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_a_crop_and_regions_that_are_cut_alike_go_back_into_their_document(
    tiny: Model, mode: str
) -> None:
    """A selection painted by itself: the region is heard where it lies in the document."""
    size = (160, 96)
    document, selected = noise(size[1], size[0], 3), box((7, 3, 13, 9), size)
    cut = slice(16, 80), slice(48, 112)  # rows, columns; where the panel would crop it
    laid = Layout(("red", box((2, 1, 10, 12), size)[cut], {"mode": mode}), strength=0.75)
    laid.changes |= {
        "init_image": laid.with_image(document[cut]),
        "mask": laid.with_image(selected[cut]),
    }
    plain = Layout(**laid.changes)
    plain.images = laid.images
    painted = picture(tiny, line(tiny, laid.recipe, laid.inputs)[-1], laid.inputs)
    after = document.copy()
    after[cut] = over(document[cut], painted)
    changed = (after != document).any(2)
    assert changed[selected[..., 0] > 0].mean() > 0.9
    assert not changed[selected[..., 0] == 0].any()
    heard = (first(tiny, laid).denoised - first(tiny, plain).denoised).abs().mean(1)[0]
    inside, beside = heard[1:7, 1:4].mean(), heard[1:7, 4:7].mean()  # of 8 cells, from (2, 6) on
    assert inside > 1.3 * beside, (inside, beside)


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_strokes_are_held_inside_a_region(tiny: Model, mode: str) -> None:
    laid = Layout(("red", LEFT, {"mode": mode}))
    records = line(tiny, laid.recipe, laid.inputs)
    step = "0" * 32 + ".2"
    handed = picture(tiny, records[2], laid.inputs)
    edited = handed.copy()
    edited[8:24, 8:24] = (255, 0, 0, 255)
    for pixels in (handed, edited, MIDDLE):
        laid.with_image(pixels)
    inputs = Inputs(images=laid.images, records={step: records[2]})
    how = Rewind(mode="hold", edit=image_id(edited), handed=image_id(handed), mask=image_id(MIDDLE))
    held = rewind(tiny, records[2], laid.recipe, how, inputs, step=step)
    assert held.recipe.regions == laid.recipe.regions
    assert not torch.equal(held.denoised, records[2].denoised)
    ends = on(tiny, held, inputs)
    assert all(bool(torch.isfinite(record.denoised).all()) for record in ends)


def test_a_rewind_with_other_regions_predicts_anew(tiny: Model) -> None:
    laid = Layout(("red", LEFT, {}), ("a", RIGHT, {}))
    old = line(tiny, laid.recipe, laid.inputs)[3]
    other = Layout(("to", LEFT, {}), ("a", RIGHT, {}))
    new = rewind(tiny, old, other.recipe, Rewind(mode="replay"), laid.inputs)
    assert torch.equal(new.latents, old.latents)
    assert not torch.equal(new.denoised, old.denoised)
    assert new.history is None
    same = rewind(tiny, old, laid.recipe, Rewind(mode="replay"), laid.inputs)
    assert torch.equal(same.denoised, old.denoised)


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_one_region_goes_back_and_the_rest_keeps_its_state_to_the_bit(
    tiny: Model, mode: str
) -> None:
    """Repaint with the region's mask and everything else kept, under a new prompt for it."""
    laid = Layout(("red", LEFT, {"mode": mode}), ("a", box((5, 2, 8, 6)), {"mode": mode}))
    records = line(tiny, laid.recipe, laid.inputs)
    before = picture(tiny, records[-1], laid.inputs)
    other = Layout(("a tree", LEFT, {"mode": mode}), ("a", box((5, 2, 8, 6)), {"mode": mode}))
    laid.with_image(before)
    inputs = Inputs(images=laid.images, records={LAST: records[-1]})
    how = Rewind(mask=image_id(LEFT), keep_outside=True)
    line_of = rewind(
        tiny, records[3], other.recipe, how, inputs, last=LAST, picture=image_id(before)
    )
    after = on(tiny, line_of, inputs)
    reached = torch.zeros(8, 8, dtype=torch.bool)
    reached[:, :5] = True  # the region and one cell, the VAE's reach
    assert torch.equal(after[-1].denoised[..., ~reached], records[-1].denoised[..., ~reached])
    shown = picture(tiny, after[-1], inputs)
    np.testing.assert_array_equal(shown[:, 32:], before[:, 32:])
    assert (shown[:, :32] != before[:, :32]).mean() > 0.5


# Panoramas


def panorama(*brushes: tuple[str, Pixels, dict[str, Any]], **changes: Any) -> Layout:
    defaults: dict[str, Any] = {"width": 256, "height": 64, "panorama": True}
    return Layout(*brushes, **(defaults | {"num_inference_steps": 2} | changes))


def test_a_panorama_is_painted_at_full_size_in_windows_of_the_native_side(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    assert last(tiny, panorama()).shape == (1, 4, 8, 32)
    assert {made[1:] for made in calls.made} == {(8, 8)}
    calls.made.clear()
    last(tiny, panorama(panorama=False))
    assert (8, 8) not in {made[1:] for made in calls.made}


def test_a_panorama_no_larger_than_a_window_is_the_plain_picture(tiny: Model) -> None:
    wanted = last(tiny, Layout(num_inference_steps=2))
    assert torch.equal(last(tiny, panorama(width=64)), wanted)


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_regions_of_a_panorama(each_tiny: Model, mode: str) -> None:
    mask = box((3, 0, 20, 8), (256, 64))
    plain, painted = panorama(), panorama(("red", mask, {"mode": mode, "bootstrap_steps": 0}))
    away = first(each_tiny, painted).denoised - first(each_tiny, plain).denoised
    inside = away.abs().mean(1)[0]
    assert float(inside[:, 3:20].mean()) > 20 * float(inside[:, 28:].mean())


def test_a_picture_of_any_depth_gives_the_same_mask() -> None:
    grey = noise(SIDE, SIDE, 1)
    deep = grey.astype(np.uint16) * np.uint16(257)
    assert full(deep) == 65535
    size = (SIDE, SIDE)
    assert torch.equal(soft_mask(grey, size, 4.0), soft_mask(deep, size, 4.0))
