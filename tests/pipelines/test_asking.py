"""What is asked is answered together, whoever asks: lines, frames, a line that has to ask twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from pipelines import guidance, live
from pipelines.asking import Asking, Denoiser, Query, answered, together
from pipelines.model import Model
from pipelines.record import Inputs, StepRecord
from pipelines.run import opening, start, way_from

from .painting import line, recipe_of

NEAR = 1e-5  # of the largest latent: a UNet sums in another order in a larger batch


def assert_near(found: Sequence[StepRecord], wanted: Sequence[StepRecord]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert (one.recipe, one.index, one.sigma) == (other.recipe, other.index, other.sigma)
        for a, b in ((one.latents, other.latents), (one.denoised, other.denoised)):
            assert float((a - b).abs().max()) <= NEAR * float(b.abs().max())


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
