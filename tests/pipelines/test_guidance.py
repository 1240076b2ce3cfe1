"""Guidance as arithmetic: sums, soft masks, holds; and what a history may not cross."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from pipelines.asking import answered
from pipelines.guidance import denoiser_for, hold, keep_outside
from pipelines.model import Conditioning, Model
from pipelines.pixels import image_id, over
from pipelines.preview import picture
from pipelines.recipe import SAMPLER_NAMES, Sampler
from pipelines.record import Inputs
from pipelines.run import start
from pipelines.sources import grown_cells
from pipelines.terms import Term, cfg, weighted_sum

from .painting import SIDE, knowing, line, noise, on, recipe_of, unasked

SIZE = (SIDE, SIDE)


def latents_of(seed: int) -> Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


def prompts(model: Model) -> tuple[Conditioning, Conditioning]:
    return model.encode_prompt("a red tree", SIZE), model.encode_prompt("to", SIZE)


class Calls:
    """Counts a model's UNet calls and the predictions in each."""

    def __init__(self, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[int] = []
        forward = model.pipeline.unet.forward

        def counted(sample: Tensor, *arguments: object, **options: object) -> object:
            self.batches.append(len(sample))
            return forward(sample, *arguments, **options)

        monkeypatch.setattr(model.pipeline.unet, "forward", counted)


def test_cfg_is_negative_plus_scale_times_the_difference(each_tiny: Model) -> None:
    positive, negative = prompts(each_tiny)
    latents = 3 * latents_of(0)
    summed = answered(each_tiny, weighted_sum(cfg(positive, negative, 7.5))(latents, 3.0))
    plus = each_tiny.predict(latents, 3.0, positive)
    minus = each_tiny.predict(latents, 3.0, negative)
    torch.testing.assert_close(summed, minus + 7.5 * (plus - minus), rtol=1e-4, atol=1e-4)


def test_a_flat_sum_is_cfg_nested_in_regions(tiny: Model) -> None:
    one, two = prompts(tiny)
    negative = tiny.encode_prompt("a", SIZE)
    left = torch.zeros(1, 1, 8, 8)
    left[..., :4] = 1
    latents = 2 * latents_of(1)
    regions = [(left, cfg(one, negative, 3.0)), (1 - left, cfg(two, negative, 3.0))]
    flat = [Term(t.conditioning, t.weight * mask) for mask, terms in regions for t in terms]

    def summed(terms: list[Term]) -> Tensor:
        return answered(tiny, weighted_sum(terms)(latents, 2.0))

    nested = sum(mask * summed(terms) for mask, terms in regions)
    torch.testing.assert_close(summed(flat), nested, rtol=1e-4, atol=1e-4)


def test_one_call_serves_all_terms_and_what_weighs_nothing_is_not_evaluated(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    line(tiny, recipe_of(num_inference_steps=3))
    line(tiny, recipe_of(num_inference_steps=3, guidance_scale=1.0))
    line(tiny, recipe_of(num_inference_steps=3, guidance_scale=0.0))
    line(tiny, recipe_of(num_inference_steps=3, prompt="a", negative_prompt="a"))
    assert calls.batches == [2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]


def test_heun_evaluates_twice_a_step_but_for_the_last(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    line(tiny, recipe_of(num_inference_steps=5, sampler="heun"))
    assert len(calls.batches) == 2 * 5 - 1


def test_heun_shows_its_first_evaluation(tiny: Model) -> None:
    recipe = recipe_of(sampler="heun")
    denoise = denoiser_for(tiny, recipe, Inputs())
    with torch.no_grad():
        for record in line(tiny, recipe):
            again = answered(tiny, denoise(record.latents, record.sigma))
            assert torch.equal(record.denoised, again)


def test_a_hold_pulls_inside_its_mask_while_sigma_is_above_until() -> None:
    denoised, target = latents_of(2), latents_of(3)
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    held = hold(knowing(lambda latents, sigma: denoised), target, mask, weight=0.25, until=1.0)
    result = unasked(held(latents_of(4), 2.0))
    assert torch.equal(result[..., 4:], denoised[..., 4:])
    torch.testing.assert_close(result[..., :4], (0.75 * denoised + 0.25 * target)[..., :4])
    assert torch.equal(unasked(held(latents_of(4), 1.0)), denoised)


def test_outside_its_mask_a_prediction_is_what_is_known() -> None:
    denoised, known = latents_of(5), latents_of(6)
    free_from = torch.full((1, 1, 8, 8), -1.0)
    free_from[..., 2:4] = 1.5
    kept = keep_outside(knowing(lambda latents, sigma: denoised), free_from, known)
    free = torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    free[..., 2:4] = True
    assert torch.equal(unasked(kept(denoised, 1.5)), torch.where(free, denoised, known))
    assert torch.equal(unasked(kept(denoised, 1.6)), known)


def masked(
    value: int, dtype: type[np.uint8 | np.uint16] = np.uint8
) -> tuple[Inputs, dict[str, str]]:
    """A source and a mask: the left half may not change, the right half at `value` of 255."""
    source = noise(SIDE, SIDE, 3, dtype=dtype)
    mask = np.zeros((SIDE, SIDE, 1), np.uint8)
    mask[:, SIDE // 2 :] = value
    inputs = Inputs({image_id(source): source, image_id(mask): mask})
    return inputs, {"init_image": image_id(source), "mask": image_id(mask)}


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_a_half_mask_is_image_to_image_at_half_strength(tiny: Model, sampler: Sampler) -> None:
    source = noise(SIDE, SIDE, 3)
    mask = np.full((SIDE, SIDE, 1), 128, np.uint8)  # 8 * 128 / 255 = 4.01: four steps
    inputs = Inputs({image_id(source): source, image_id(mask): mask})
    soft = recipe_of(sampler=sampler, init_image=image_id(source), mask=image_id(mask))
    partial = recipe_of(sampler=sampler, init_image=image_id(source), strength=0.5)
    whole, half = line(tiny, soft, inputs), start(tiny, partial, inputs)
    known = whole[0].denoised
    for record in whole[:4]:
        assert torch.equal(record.denoised, known)
    assert not torch.equal(whole[4].denoised, known)
    if sampler not in ("euler_ancestral", "lcm"):  # those have drawn more noise by then
        start_noise = (whole[0].latents - known) / whole[0].sigma
        torch.testing.assert_close(
            whole[4].latents, known + half.sigma * start_noise, rtol=1e-4, atol=1e-4
        )


def test_a_mask_below_one_step_keeps_its_pixels(tiny: Model) -> None:
    inputs, fields = masked(31)  # 8 * 31 / 255 = 0.97: no step
    records = line(tiny, recipe_of(**fields), inputs)
    assert torch.equal(records[-1].denoised, records[0].denoised)


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_what_a_mask_keeps_follows_the_noised_image_and_ends_on_it(
    tiny: Model, sampler: Sampler
) -> None:
    inputs, fields = masked(255)
    records = line(tiny, recipe_of(sampler=sampler, **fields), inputs)
    known = tiny.encode_image(inputs.images[fields["init_image"]])
    assert torch.equal(records[-1].denoised[..., :4], known[..., :4])
    assert not torch.equal(records[-1].denoised[..., 4:], known[..., 4:])
    if sampler not in ("euler_ancestral", "lcm"):
        unit = (records[0].latents - known) / records[0].sigma
        for record in records:
            torch.testing.assert_close(
                record.latents[..., :4],
                (known + record.sigma * unit)[..., :4],
                rtol=1e-4,
                atol=1e-4,
            )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(SIDE, SIDE), (50, 61), (200, 150)])
def test_inpainting_leaves_every_pixel_outside_the_mask_unchanged(
    tiny: Model, dtype: type[np.uint8 | np.uint16], size: tuple[int, int]
) -> None:
    width, height = size
    source = noise(height, width, 4, dtype=dtype)
    mask = np.zeros((height, width, 1), np.uint8)
    mask[height // 4 : height // 2, width // 3 :] = 200
    mask[height // 2 :, width // 3 :] = 255
    inputs = Inputs({image_id(source): source, image_id(mask): mask})
    recipe = recipe_of(
        width=width,
        height=height,
        init_image=image_id(source),
        mask=image_id(mask),
        num_inference_steps=4,
        depth=16 if dtype is np.uint16 else 8,
    )
    last = line(tiny, recipe, inputs)[-1]
    painted = picture(tiny, last, inputs)
    result = over(source, painted)
    assert result.dtype == source.dtype
    untouched = mask[..., 0] == 0
    assert np.array_equal(result[untouched], source[untouched])
    assert (result[~untouched] != source[~untouched]).any(axis=-1).mean() > 0.9
    assert (painted[untouched] == 0).all()


def test_a_history_is_cut_only_where_a_pixel_becomes_free(tiny: Model) -> None:
    source = noise(SIDE, SIDE, 3)
    mask = np.full((SIDE, SIDE, 1), 255, np.uint8)
    mask[:, SIDE // 2 :] = 128  # free from index 4
    inputs = Inputs({image_id(source): source, image_id(mask): mask})
    records = line(tiny, recipe_of(init_image=image_id(source), mask=image_id(mask)), inputs)
    for record, before in zip(records[1:], records, strict=False):
        assert record.history is not None
        assert torch.equal(record.history[..., :4], before.denoised[..., :4])
        cut = torch.equal(record.history[..., 4:], record.denoised[..., 4:])
        follows = torch.equal(record.history[..., 4:], before.denoised[..., 4:])
        assert (cut, follows) == ((True, False) if record.index == 4 else (record.index < 4, True))


def test_a_mask_in_sixteen_bits_is_the_same_mask(tiny: Model) -> None:
    inputs, fields = masked(255)
    deep = inputs.images[fields["mask"]].astype(np.uint16) * np.uint16(257)
    both = Inputs({**inputs.images, image_id(deep): deep})
    old = line(tiny, recipe_of(**fields), both)[-1]
    new = line(tiny, recipe_of(**(fields | {"mask": image_id(deep)})), both)[-1]
    assert torch.equal(old.denoised, new.denoised)


def test_a_mask_grows_by_one_cell(tiny: Model) -> None:
    mask = np.zeros((SIDE, SIDE, 1), np.uint8)
    mask[30, 30] = 255
    grown = grown_cells(tiny, recipe_of(), mask)[0, 0]
    assert torch.equal(grown.nonzero().min(0).values, torch.tensor([2, 2]))
    assert torch.equal(grown.nonzero().max(0).values, torch.tensor([4, 4]))


def test_a_source_of_another_size_is_refused(tiny: Model) -> None:
    source = noise(10, 20, 3)
    recipe = recipe_of(init_image=image_id(source))
    with pytest.raises(
        ValueError, match="init_image must be 64x64 pixels like the recipe, got 20x10"
    ):
        start(tiny, recipe, Inputs({image_id(source): source}))


def test_a_working_size_of_its_own_is_painted_and_enlarged(tiny: Model) -> None:
    recipe = recipe_of(width=300, height=200, working_width=96, working_height=64)
    record = start(tiny, recipe, Inputs())
    assert record.latents.shape == (1, 4, 8, 12)
    assert picture(tiny, record, Inputs()).shape == (200, 300, 4)
    assert on(tiny, record)[-1].latents.shape == (1, 4, 8, 12)
