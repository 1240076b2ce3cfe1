"""The five ways to go on from an old step: what each takes in, and what each leaves alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pipelines.model import Model
from pipelines.pixels import Pixels, image_id
from pipelines.preview import picture
from pipelines.recipe import SAMPLER_NAMES, Rewind, Sampler
from pipelines.record import Inputs, StepRecord, from_bytes, to_bytes
from pipelines.run import rewind
from pipelines.samplers import Purpose, step_noise
from pipelines.schedule import schedule_for

from .painting import LAST, SIDE, STEP, Paint, line, noise, on, outside, recipe_of

OUTSIDE = torch.from_numpy(outside())
ALL = {"step": STEP, "last": LAST}


class Scene:
    """A painted line, an edit of its fourth record, and all that a rewind of it may name."""

    def __init__(self, model: Model, inputs: Inputs | None = None, **changes: Any) -> None:
        known = inputs or Inputs()
        self.model = model
        self.recipe = recipe_of(**changes)
        self.old = line(model, self.recipe, known)
        self.record = self.old[3]
        self.paint = Paint(model, self.record, known)
        self.finished = picture(model, self.old[-1], known)
        images = {**known.images, **self.paint.images, image_id(self.finished): self.finished}
        self.inputs = Inputs(images, {STEP: self.record, LAST: self.old[-1]})

    def rewound(self, mode: str, **options: Any) -> StepRecord:
        mask = options.pop("mask", image_id(self.paint.mask))
        recipe = options.pop("recipe", self.recipe)
        record = options.pop("record", self.record)
        fields: dict[str, Any] = {"mode": mode, "mask": mask} | self.paint.ids | options
        how = Rewind(**fields)
        ids = {**ALL, "picture": image_id(self.finished)}
        return rewind(self.model, record, recipe, how, self.inputs, **ids)

    def delta(self) -> Tensor:
        encode = self.model.encode_image
        difference = encode(self.paint.edited[..., :3]) - encode(self.paint.handed[..., :3])
        return difference * ~OUTSIDE


@pytest.fixture
def scene(tiny: Model) -> Scene:
    return Scene(tiny)


def assert_close(ours: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(ours, wanted, rtol=1e-4, atol=1e-4)


def same_outside(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one[..., OUTSIDE], other[..., OUTSIDE])


def test_repaint_leaves_latents_outside_the_grown_mask_to_the_bit(scene: Scene) -> None:
    new = scene.rewound("repaint")
    assert same_outside(new.latents, scene.record.latents)
    assert not torch.isclose(new.latents, scene.record.latents)[..., ~OUTSIDE].any()
    assert new.parent is scene.record.parent


def test_repaint_puts_fresh_noise_on_the_edit(scene: Scene) -> None:
    new = scene.rewound("repaint", variation_seed=5)
    unit = step_noise(0, Purpose.REPAINT, new.latents, variation=5)(3)
    wanted = scene.record.denoised + scene.delta() + new.sigma * unit
    assert_close(new.latents[..., ~OUTSIDE], wanted[..., ~OUTSIDE])
    other = scene.rewound("repaint", variation_seed=6)
    assert not torch.equal(new.latents, other.latents)
    assert same_outside(new.latents, other.latents)


def test_keep_adds_the_edit_under_the_same_noise(scene: Scene) -> None:
    new = scene.rewound("keep")
    torch.testing.assert_close(new.latents, scene.record.latents + scene.delta())
    assert same_outside(new.latents, scene.record.latents)
    assert not torch.equal(new.denoised, scene.record.denoised)


@pytest.mark.parametrize("sampler", ["ddim", "euler", "dpmpp_2m"])
def test_nudge_is_realtimegens_deterministic_noise(tiny: Model, sampler: Sampler) -> None:
    scene = Scene(tiny, sampler=sampler)
    new = scene.rewound("nudge")
    assert torch.equal(new.latents, scene.record.latents)
    sigma, following = new.sigma, on(tiny, new)[1]
    abar, next_abar = 1 / (sigma**2 + 1), 1 / (following.sigma**2 + 1)
    epsilon = (scene.record.latents - scene.record.denoised) / sigma
    bent = epsilon - (abar / (1 - abar)) ** 0.5 * scene.delta()
    torch.testing.assert_close((new.latents - new.denoised) / sigma, bent, rtol=1e-4, atol=1e-4)
    # and the DDIM update in its own, variance-preserving words
    clean = scene.record.denoised + scene.delta()
    stepped = next_abar**0.5 * clean + (1 - next_abar) ** 0.5 * bent
    torch.testing.assert_close(following.latents * next_abar**0.5, stepped, rtol=1e-4, atol=1e-4)


def test_a_nudge_reaches_both_of_heuns_evaluations(tiny: Model) -> None:
    scene = Scene(tiny, sampler="heun")
    plain, nudged = scene.old[4], on(tiny, scene.rewound("nudge"))[1]
    step = scene.record.sigma - nudged.sigma
    moved = nudged.latents - plain.latents
    # First order in the edit: step * delta * (1/sigma + 1/sigma_next) / 2, less what the second
    # evaluation, now elsewhere, answers; without the nudge in it 1/sigma_next would be missing.
    both = step * scene.delta() * (1 / scene.record.sigma + 1 / nudged.sigma) / 2
    one = step * scene.delta() / scene.record.sigma / 2
    assert float((moved - both)[..., ~OUTSIDE].norm()) < float((moved - one)[..., ~OUTSIDE].norm())


def test_a_nudge_lends_its_prediction_to_no_later_step(scene: Scene) -> None:
    new = on(scene.model, scene.rewound("nudge"))
    assert new[0].history is None
    assert new[1].history is None
    assert new[2].history is new[1].denoised
    assert new[1].nudge is None


def test_a_second_nudge_adds_to_the_first(scene: Scene) -> None:
    once = scene.rewound("nudge")
    twice = scene.rewound("nudge", record=once)
    torch.testing.assert_close(twice.denoised, scene.record.denoised + 2 * scene.delta())
    torch.testing.assert_close(twice.nudge, 2 * scene.delta())


def test_hold_pulls_every_prediction_to_the_edit(scene: Scene) -> None:
    target = scene.record.denoised + scene.delta()
    held = on(scene.model, scene.rewound("hold"), scene.inputs)
    for record in held:
        torch.testing.assert_close(record.denoised[..., ~OUTSIDE], target[..., ~OUTSIDE])
    assert not same_outside(held[-1].denoised, target)
    assert torch.equal(held[0].latents, scene.record.latents)


def test_a_released_hold_lets_go_after_its_share_of_the_steps(scene: Scene) -> None:
    target = scene.record.denoised + scene.delta()
    held = on(scene.model, scene.rewound("hold", release=0.5), scene.inputs)  # of five: two
    pulled = [
        torch.allclose(record.denoised[..., ~OUTSIDE], target[..., ~OUTSIDE]) for record in held
    ]
    assert pulled == [True, True, False, False, False]
    assert [record.history is None for record in held] == [False, False, True, False, False]
    assert held[0].recipe.hold is not None
    assert held[0].recipe.hold.until == scene.old[5].sigma


def test_a_weak_hold_goes_a_share_of_the_way(scene: Scene) -> None:
    target = scene.record.denoised + scene.delta()
    new = scene.rewound("hold", weight=0.25)
    wanted = 0.75 * scene.record.denoised + 0.25 * target
    torch.testing.assert_close(new.denoised[..., ~OUTSIDE], wanted[..., ~OUTSIDE])


@pytest.mark.parametrize("mode", ["keep", "repaint", "hold"])
def test_an_edit_cuts_the_history_inside_its_mask_only(scene: Scene, mode: str) -> None:
    new = scene.rewound(mode)
    assert new.history is not None
    assert scene.record.history is not None
    assert same_outside(new.history, scene.record.history)
    assert torch.equal(new.history[..., ~OUTSIDE], new.denoised[..., ~OUTSIDE])


@pytest.mark.parametrize("mode", ["keep", "repaint", "hold"])
def test_another_prompt_beside_the_edit_cuts_the_history_everywhere(
    scene: Scene, mode: str
) -> None:
    assert scene.rewound(mode, recipe=recipe_of(prompt="to")).history is None


@pytest.mark.parametrize("mode", ["nudge", "keep", "repaint", "hold"])
@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_an_edited_line_is_replayed_to_the_bit(tiny: Model, mode: str, sampler: Sampler) -> None:
    scene = Scene(tiny, sampler=sampler)
    first = scene.rewound(mode)
    old = on(tiny, first, scene.inputs)
    again = from_bytes(to_bytes(scene.rewound(mode)))
    assert [to_bytes(r) for r in on(tiny, again, scene.inputs)] == [to_bytes(r) for r in old]
    replay = rewind(
        tiny, from_bytes(to_bytes(old[2])), old[2].recipe, Rewind(mode="replay"), scene.inputs
    )
    assert [to_bytes(r) for r in on(tiny, replay, scene.inputs)] == [to_bytes(r) for r in old[2:]]


def test_an_edit_is_found_by_comparing_where_no_mask_is_given(scene: Scene) -> None:
    for mode in ("nudge", "keep", "repaint"):
        given, found = scene.rewound(mode), scene.rewound(mode, mask=None)
        assert to_bytes(given) == to_bytes(found)


def test_a_mask_without_an_edit_rolls_only_that_part_again(scene: Scene) -> None:
    new = scene.rewound("repaint", edit=None, handed=None, variation_seed=3)
    assert same_outside(new.latents, scene.record.latents)
    unit = step_noise(0, Purpose.REPAINT, new.latents, variation=3)(3)
    wanted = scene.record.denoised + new.sigma * unit
    assert_close(new.latents[..., ~OUTSIDE], wanted[..., ~OUTSIDE])


def test_a_soft_edge_keeps_the_deviation_of_the_noise(tiny: Model) -> None:
    old = line(tiny, recipe_of(num_inference_steps=2))[0]
    soft, hard = np.full((SIDE, SIDE, 1), 128, np.uint8), np.full((SIDE, SIDE, 1), 255, np.uint8)
    inputs = Inputs({image_id(soft): soft, image_id(hard): hard})

    def deviation(mask: Pixels) -> float:
        new = rewind(tiny, old, old.recipe, Rewind(mask=image_id(mask)), inputs)
        return float((new.latents - old.denoised).std())

    before, share = float((old.latents - old.denoised).std()), 128 / 255
    wanted = ((1 - share) * before**2 + share * deviation(hard) ** 2) ** 0.5
    assert deviation(soft) == pytest.approx(wanted, rel=0.05)


def test_prompt_and_sampler_may_change_beside_an_edit(scene: Scene) -> None:
    recipe = recipe_of(prompt="to", sampler="euler", guidance_scale=2.0)
    new = on(scene.model, scene.rewound("repaint", recipe=recipe), scene.inputs)
    assert new[0].recipe == recipe
    levels = schedule_for(scene.model.training, "euler", 8).below(scene.record.sigma)
    assert [record.sigma for record in new[1:]] == list(levels)


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_keeping_everything_else_changes_no_pixel_outside(tiny: Model, sampler: Sampler) -> None:
    scene = Scene(tiny, sampler=sampler)
    new = on(tiny, scene.rewound("repaint", keep_outside=True), scene.inputs)
    shown = picture(tiny, new[-1], scene.inputs)
    unpainted = scene.paint.mask[..., 0] == 0
    assert np.array_equal(shown[unpainted], scene.finished[unpainted])
    assert (shown[~unpainted] != scene.finished[~unpainted]).any()
    assert same_outside(new[-1].denoised, scene.old[-1].denoised)


def test_a_kept_line_is_rewound_again_to_the_bit(scene: Scene) -> None:
    kept = on(scene.model, scene.rewound("repaint", keep_outside=True), scene.inputs)
    again = rewind(
        scene.model, from_bytes(to_bytes(kept[1])), kept[1].recipe, Rewind(), scene.inputs
    )
    assert [to_bytes(r) for r in on(scene.model, again, scene.inputs)] == [
        to_bytes(r) for r in kept[1:]
    ]


def inpainted(model: Model, rows: slice) -> Scene:
    """A scene whose recipe lets only some rows change."""
    source, mask = noise(SIDE, SIDE, 3), np.zeros((SIDE, SIDE, 1), np.uint8)
    mask[rows] = 255
    images: dict[str, Pixels] = {image_id(source): source, image_id(mask): mask}
    return Scene(model, Inputs(images), init_image=image_id(source), mask=image_id(mask))


@pytest.mark.parametrize("mode", ["nudge", "keep", "repaint", "hold"])
def test_an_edit_never_reaches_beyond_the_recipes_mask(tiny: Model, mode: str) -> None:
    scene = inpainted(tiny, slice(0, 24))  # three rows of cells; the edit spans rows 2 and 3
    new = on(tiny, scene.rewound(mode), scene.inputs)
    known = scene.old[0].denoised
    for record in new:
        assert torch.equal(record.denoised[:, :, 3:], known[:, :, 3:])
    assert not torch.equal(new[-1].denoised[:, :, :3], scene.old[-1].denoised[:, :, :3])


def test_an_edit_wholly_outside_the_recipes_mask_is_refused(tiny: Model) -> None:
    scene = inpainted(tiny, slice(56, 64))
    with pytest.raises(
        ValueError, match="edit lies wholly outside the recipe's mask, where nothing"
    ):
        scene.rewound("repaint")


def test_an_edit_that_changed_nothing_is_refused(scene: Scene) -> None:
    with pytest.raises(
        ValueError, match="edit is the same picture as handed: nothing was painted; mode replay"
    ):
        scene.rewound("repaint", mask=None, edit=image_id(scene.paint.handed))


def test_an_empty_mask_is_refused(scene: Scene) -> None:
    empty = np.zeros((SIDE, SIDE, 1), np.uint8)
    scene.inputs = Inputs({**scene.inputs.images, image_id(empty): empty}, scene.inputs.records)
    with pytest.raises(ValueError, match="mask is empty; it must be above 0 where the edit counts"):
        scene.rewound("repaint", mask=image_id(empty))


def test_hold_and_keep_outside_say_what_they_need(scene: Scene) -> None:
    with pytest.raises(
        ValueError, match="mode hold needs an edit, what was handed out, a mask and"
    ):
        scene.rewound("hold", mask=None)
    with pytest.raises(ValueError, match="keep_outside needs a mask, and the old line's last step"):
        scene.rewound("repaint", mask=None, keep_outside=True)


def test_an_edit_of_another_size_is_refused(scene: Scene) -> None:
    small = noise(8, 8, 4)
    scene.inputs = Inputs({**scene.inputs.images, image_id(small): small}, scene.inputs.records)
    with pytest.raises(ValueError, match="edit must be 64x64 pixels like the recipe, got 8x8"):
        scene.rewound("keep", edit=image_id(small))
