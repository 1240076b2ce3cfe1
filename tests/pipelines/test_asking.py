"""What is asked is answered together, whoever asks: lines, frames, a line that has to ask twice."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pipelines import guidance, live
from pipelines.asking import Asking, Denoiser, Line, Query, answers
from pipelines.model import Model
from pipelines.recipe import SAMPLER_NAMES, Recipe
from pipelines.record import Inputs, StepRecord
from pipelines.run import line_from, opening, start

from .painting import line, recipe_of
from .test_regions import Calls

NEAR = 1e-5  # of the largest latent: a UNet sums in another order in a larger batch


def painted_together(model: Model, recipes: list[Recipe]) -> list[list[StepRecord]]:
    """All records of several runs, whose questions are answered in turns."""
    records: list[list[StepRecord]] = [[] for _ in recipes]
    waiting: list[tuple[int, Line, list[Query]]] = []

    def heard(number: int, line: Line, said: list[Query] | StepRecord | None) -> None:
        while isinstance(said, StepRecord):
            records[number].append(said)
            said = next(line, None)
        if said is not None:
            waiting.append((number, line, said))

    for number, recipe in enumerate(recipes):
        asking = line_from(model, opening(model, recipe, Inputs()), Inputs(), seen=False)
        heard(number, asking, next(asking))
    while waiting:
        asked, waiting = waiting, []
        given = answers(model, [queries for _, _, queries in asked])
        for (number, asking, _), answer in zip(asked, given, strict=True):
            heard(number, asking, asking.send(answer))
    return records


def assert_same(found: list[StepRecord], wanted: list[StepRecord]) -> None:
    assert [record.sigma for record in found] == [record.sigma for record in wanted]
    for one, other in zip(found, wanted, strict=True):
        for name in ("latents", "denoised"):
            a, b = getattr(one, name), getattr(other, name)
            assert float((a - b).abs().max()) <= NEAR * float(b.abs().max())


def test_variations_are_painted_in_the_calls_of_one(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = [recipe_of(seed=seed, num_inference_steps=5) for seed in range(4)]
    alone = [line(tiny, recipe) for recipe in recipes]
    calls = Calls(tiny, monkeypatch)
    for found, wanted in zip(painted_together(tiny, recipes), alone, strict=True):
        assert_same(found, wanted)
    assert calls.made == [(8, 8, 8)] * 5  # four, prompt and negative prompt


def test_runs_of_any_samplers_share_a_call_for_each_size(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = [recipe_of(sampler=name, num_inference_steps=4) for name in SAMPLER_NAMES]
    recipes += [recipe_of(width=48, height=32, num_inference_steps=4)]
    alone = [line(tiny, recipe) for recipe in recipes]
    calls = Calls(tiny, monkeypatch)
    for found, wanted in zip(painted_together(tiny, recipes), alone, strict=True):
        assert_same(found, wanted)
    large = [made for made in calls.made if made[1:] == (8, 8)]
    assert len(large) == 2 * 4 - 1  # Heun's evaluations: the others are done before it
    assert len(calls.made) == len(large) + 4


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
    assert_same([frames[0].record], [wanted])
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
