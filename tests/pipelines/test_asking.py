"""What is asked is answered together, whoever asks: runs, frames, a line that has to ask twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from pipelines import guidance, live
from pipelines.asking import Asking, Denoiser, Query, answered, together
from pipelines.model import Model
from pipelines.recipe import SAMPLER_NAMES, Recipe, Sampler
from pipelines.record import Inputs, StepRecord, to_bytes
from pipelines.run import Line, Steps, advance, known, opening, paint, start, way_from

from .painting import line, recipe_of
from .region_words import Layout, box
from .test_regions import Calls

NEAR = 1e-5  # of the largest latent: a UNet sums in another order in a larger batch


def seeded(count: int, **changes: object) -> list[Recipe]:
    return [recipe_of(seed=seed, **changes) for seed in range(count)]


def painted(
    model: Model, recipes: Sequence[Recipe], inputs: Inputs | None = None
) -> list[list[StepRecord]]:
    """The line of each."""
    steps = paint(model, recipes, inputs or Inputs())
    return [list(records) for records in zip(*steps, strict=True)]


def assert_near(found: Sequence[StepRecord], wanted: Sequence[StepRecord]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert (one.recipe, one.index, one.sigma) == (other.recipe, other.index, other.sigma)
        for a, b in ((one.latents, other.latents), (one.denoised, other.denoised)):
            assert float((a - b).abs().max()) <= NEAR * float(b.abs().max())


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_runs_painted_together_are_what_each_is_by_itself(
    each_tiny: Model, sampler: Sampler
) -> None:
    recipes = seeded(3, sampler=sampler)
    for found, recipe in zip(painted(each_tiny, recipes), recipes, strict=True):
        assert_near(found, line(each_tiny, recipe))
        assert all(new.parent is old for old, new in pairwise(found))


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_one_painted_so_is_its_run_to_the_bit(each_tiny: Model, sampler: Sampler) -> None:
    recipe = recipe_of(sampler=sampler)
    (found,) = painted(each_tiny, [recipe])
    wanted = line(each_tiny, recipe)
    assert [to_bytes(record) for record in found] == [to_bytes(record) for record in wanted]


@pytest.mark.parametrize("mode", ["blend", "isolate"])
def test_so_are_those_with_regions(tiny: Model, mode: str) -> None:
    left, right = box((0, 0, 4, 8)), box((4, 0, 8, 8))
    rows = (("a tree", left, {"mode": mode}), ("red", right, {"seed": 3, "blur": 4.0}))
    laid = [Layout(*rows, seed=seed) for seed in range(3)]
    recipes, inputs = [one.recipe for one in laid], laid[0].inputs
    for found, recipe in zip(painted(tiny, recipes, inputs), recipes, strict=True):
        assert_near(found, line(tiny, recipe, inputs))


def test_they_are_painted_in_the_calls_of_one(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(tiny, monkeypatch)
    painted(tiny, seeded(4, num_inference_steps=5))
    assert calls.made == [(8, 8, 8)] * 5  # four, prompt and negative prompt


def test_runs_of_different_lengths_are_refused_before_the_model_is_asked(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    recipes = [recipe_of(num_inference_steps=steps) for steps in (8, 5)]
    with pytest.raises(ValueError, match=r"must take equally many steps, got \[5, 8\]"):
        next(paint(tiny, recipes, Inputs()))
    assert not calls.made


def test_runs_of_any_samplers_and_sizes_share_a_call_for_each_size(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = [recipe_of(sampler=name, num_inference_steps=4) for name in SAMPLER_NAMES]
    recipes += [recipe_of(width=48, height=32, num_inference_steps=4)]
    alone = [line(tiny, recipe) for recipe in recipes]
    calls = Calls(tiny, monkeypatch)
    for found, wanted in zip(painted(tiny, recipes), alone, strict=True):
        assert_near(found, wanted)
    rows = 2 * len(SAMPLER_NAMES)
    heun = [(rows, 8, 8), (2, 4, 6), (2, 8, 8)]  # it asks once more, where it is led to
    assert calls.made == [(rows, 8, 8), (2, 4, 6), *heun * 3]


def test_a_question_by_itself_reaches_the_model_as_it_is(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []
    predict = tiny.predict

    def heard(*query: object) -> Tensor:
        asked.append(Query(*query))  # pyright: ignore[reportArgumentType] # passed through
        return predict(*asked[-1])

    monkeypatch.setattr(tiny, "predict", heard)
    first = opening(tiny, recipe_of(), Inputs())
    small = opening(tiny, recipe_of(width=48, height=32), Inputs())
    ways = [way_from(tiny, record, Inputs()) for record in (first, small)]
    answered(tiny, ways[0].seen(first))
    together(tiny, [ways[0].seen(first), ways[1].seen(small)])
    shown = (first.latents, first.latents, small.latents)
    assert all(query.latents is latents for query, latents in zip(asked, shown, strict=True))
    assert asked[0].conditioning is asked[1].conditioning


def test_lines_share_a_call_wherever_each_of_them_is(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = seeded(2, num_inference_steps=6)
    early, late = (line(tiny, recipe) for recipe in recipes)
    calls = Calls(tiny, monkeypatch)
    begun = Line(way_from(tiny, early[0], Inputs()).after(early[0]))
    far = Line(way_from(tiny, late[3], Inputs()).after(late[3]))
    made = [advance(tiny, [begun, far]) for _ in range(4)]
    assert_near([one for one, _ in made if one], early[1:5])
    assert_near([one for _, one in made if one], late[4:])
    assert calls.made == [(4, 8, 8)] * 2 + [(2, 8, 8)] * 2
    assert advance(tiny, [begun, Line(iter_of(late[0]))])[1] is late[0]


def iter_of(record: StepRecord) -> Steps:
    """A line of one record that is known."""
    yield known(record)


def wondering(denoise: Denoiser) -> Denoiser:
    """Asks once more where it was led to: its second question hangs on the first answer."""

    def wondered(latents: Tensor, sigma: float) -> Asking[Tensor]:
        first = yield from denoise(latents, sigma)
        return (yield from denoise(torch.lerp(latents, first, 0.1), sigma))

    return wondered


def test_guidance_that_asks_by_what_it_was_answered_paints_frames_as_it_paints_runs(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, summed = line(tiny, recipe_of())[-1], guidance.weighted_sum
    monkeypatch.setattr(guidance, "weighted_sum", lambda terms: wondering(summed(terms)))
    wanted = line(tiny, recipe_of())[-1]
    stream, frames = live.Stream(tiny), list[live.Frame]()
    for _ in range(3):
        stream.begin(recipe_of(), Inputs())
    while len(stream):
        frames += [frame for frame in [stream.advance()] if frame]
    assert_near([frames[0].record], [wanted])
    assert not torch.allclose(wanted.denoised, plain.denoised)


def test_a_frame_that_fails_leaves_a_stream_that_goes_on(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(num_inference_steps=1)

    def failing(denoise: Denoiser) -> Denoiser:
        def fails(latents: Tensor, sigma: float) -> Asking[Tensor]:
            yield from denoise(latents, sigma)
            raise RuntimeError("no memory is left")

        return fails

    summed = guidance.weighted_sum
    stream = live.Stream(tiny)
    with monkeypatch.context() as patched:
        patched.setattr(guidance, "weighted_sum", lambda terms: failing(summed(terms)))
        stream.begin(recipe, Inputs())
        with pytest.raises(RuntimeError, match="no memory is left"):
            stream.advance()
    stream.begin(recipe, Inputs())
    frame = stream.advance()
    assert frame is not None
    assert (frame.number, frame.record.recipe) == (2, recipe)
    assert torch.equal(frame.record.denoised, start(tiny, recipe, Inputs()).denoised)
