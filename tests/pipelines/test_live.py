"""A stream of frames: each is one recipe's run, edits show in the next, each call gives one."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from pipelines.live import Frame, Stream
from pipelines.model import Model
from pipelines.recipe import SAMPLER_NAMES, Hold, Recipe, Sampler
from pipelines.record import Inputs

from .painting import line, noise, recipe_of
from .region_words import Layout, box
from .test_regions import Calls

LEFT, RIGHT = box((0, 0, 4, 8)), box((4, 0, 8, 8))
NEAR = 1e-5  # of the largest latent: a UNet sums in another order in a larger batch
Scene = tuple[Recipe, Inputs]


def live(**changes: object) -> Recipe:
    plain: dict[str, object] = {"sampler": "lcm", "num_inference_steps": 4, "guidance_scale": 1.0}
    return recipe_of(**(plain | changes))


def plain(**changes: object) -> Scene:
    return live(**changes), Inputs()


def laid(layout: Layout) -> Scene:
    return layout.recipe, layout.inputs


def regions(mode: str = "blend", prompt: str = "a house", **changes: object) -> Scene:
    few = {"sampler": "lcm", "num_inference_steps": 4}
    brushes = ((prompt, LEFT, {"mode": mode}), ("a tree", RIGHT, {"seed": 3, "blur": 4.0}))
    return laid(Layout(*brushes, **(few | changes)))


def inpainting(**changes: object) -> Scene:
    layout = Layout(("a house", LEFT, {}))
    start = layout.with_image(noise(64, 64, 3))
    mask = layout.with_image(LEFT)
    recipe = live(init_image=start, mask=mask, strength=0.75, regions=layout.regions, **changes)
    return recipe, layout.inputs


def played(model: Model, scenes: Sequence[Scene]) -> list[Frame]:
    """A frame begun in each scene, and all of them finished."""
    stream, frames = Stream(model), list[Frame]()
    for scene in scenes:
        stream.begin(*scene)
        frames += [frame for frame in [stream.advance()] if frame]
    while len(stream):
        frames += [frame for frame in [stream.advance()] if frame]
    return frames


def alone(model: Model, scene: Scene) -> Tensor:
    return line(model, *scene)[-1].denoised


def assert_near(one: Tensor, other: Tensor) -> None:
    assert float((one - other).abs().max()) <= NEAR * float(other.abs().max())


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_a_frame_is_what_a_run_of_its_recipe_ends_in(each_tiny: Model, sampler: Sampler) -> None:
    scenes = [plain(sampler=sampler, seed=seed, guidance_scale=3.0) for seed in range(6)]
    frames = played(each_tiny, scenes)
    assert [frame.number for frame in frames] == [1, 2, 3, 4, 5, 6]
    for frame, scene in zip(frames, scenes, strict=True):
        assert frame.record.recipe == scene[0]
        assert_near(frame.record.denoised, alone(each_tiny, scene))


@pytest.mark.parametrize("scene", [regions(), regions("isolate"), inpainting()])
def test_so_is_one_with_regions_and_masks_among_others(tiny: Model, scene: Scene) -> None:
    scenes = [plain(), scene, scene, plain(prompt="snow"), scene, regions("isolate", "snow")]
    frames = played(tiny, scenes)
    assert len(frames) >= 4  # those of fewer steps have overtaken some
    for frame in frames:
        assert_near(frame.record.denoised, alone(tiny, scenes[frame.number - 1]))


def test_no_frame_is_of_mixed_state_whenever_edits_come(tiny: Model) -> None:
    random.seed(0)
    states = [
        plain(prompt="a house"),
        plain(prompt="snow", seed=4),
        regions(),
        regions("isolate"),
        regions(guidance_scale=2.0, negative_prompt="a boat"),
        inpainting(),
        plain(num_inference_steps=2),
        plain(width=48, height=32),
    ]
    pictures = [alone(tiny, state) for state in states]
    shown = [random.choice(range(len(states))) for _ in range(60)]
    frames = played(tiny, [states[n] for n in shown])
    assert len(frames) > 30
    assert [f.number for f in frames] == sorted({f.number for f in frames})
    for frame in frames:
        state = shown[frame.number - 1]
        assert frame.record.recipe == states[state][0]
        assert_near(frame.record.denoised, pictures[state])
        others = [
            p for n, p in enumerate(pictures) if n != state and p.shape == pictures[state].shape
        ]
        for other in others:
            apart = float((frame.record.denoised - other).abs().max())
            assert apart > 100 * NEAR * float(pictures[state].abs().max())


def test_an_unchanged_scene_gives_an_unchanged_picture_to_the_bit(tiny: Model) -> None:
    frames = played(tiny, [regions()] * 12)
    # The first and last three are painted in smaller batches: those may differ in the last bits.
    steady = [frame.record.denoised for frame in frames[3:-3]]
    assert all(torch.equal(one, steady[0]) for one in steady)
    assert not torch.equal(steady[0], played(tiny, [regions(seed=1)])[0].record.denoised)


def test_every_call_of_the_unet_gives_a_frame_and_an_edit_shows_in_the_next_begun(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Calls(tiny, monkeypatch)
    before, after = regions(), regions(prompt="snow")
    stream, seen = Stream(tiny), list[Recipe | None]()
    for scene in [before] * 6 + [after] * 6:
        stream.begin(*scene)
        frame = stream.advance()
        seen.append(frame and frame.record.recipe)
    assert len(calls.made) == 12  # nothing is flushed, nothing is asked twice
    assert seen[:3] == [None] * 3
    # The seventh frame is the first begun after the edit, and the seventh to be finished.
    assert seen[3:] == [before[0]] * 6 + [after[0]] * 3
    assert calls.made[3:] == [(8, 8, 8)] * 9  # four frames, prompt and negative prompt


def test_frames_of_heun_share_both_of_its_calls(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Stream(tiny)
    for _ in range(3):
        stream.begin(*plain(sampler="heun"))
        stream.advance()
    calls = Calls(tiny, monkeypatch)
    stream.begin(*plain(sampler="heun"))
    assert stream.advance() is not None
    assert calls.made == [(4, 8, 8), (3, 8, 8)]  # a first step asks once


def test_text_is_encoded_once_and_a_covered_region_costs_nothing(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    encode = tiny.pipeline.encode_prompt

    def counted(**options: object) -> object:
        asked.append(str(options["prompt"]))
        return encode(**options)

    monkeypatch.setattr(tiny.pipeline, "encode_prompt", counted)
    first, edited = regions(prompt="a boat"), regions(prompt="a boat at sea")
    played(tiny, [first] * 5)
    once = len(asked)
    played(tiny, [first, edited, first, edited])
    assert asked[once:] == ["a boat at sea"]
    calls = Calls(tiny, monkeypatch)
    covered = Layout(
        ("a house", LEFT, {"mode": "isolate"}),
        ("a tree", box((0, 0, 8, 8)), {}),
        sampler="lcm",
        num_inference_steps=4,
        guidance_scale=1.0,
    )
    played(tiny, [laid(covered)])
    assert calls.made == [(1, 8, 8)] * 4


def test_frames_of_fewer_steps_overtake_older_ones(tiny: Model) -> None:
    frames = played(tiny, [plain()] * 3 + [plain(num_inference_steps=1)])
    assert [frame.number for frame in frames] == [4]


def test_frames_in_flight_can_be_dropped(tiny: Model) -> None:
    stream = Stream(tiny)
    stream.begin(*plain())
    stream.advance()
    stream.drop()
    assert len(stream) == 0
    assert stream.advance() is None
    assert stream.begin(*plain()) == 2


def test_memory_is_flat(tiny: Model) -> None:
    def play(count: int) -> None:
        stream = Stream(tiny)
        for number in range(count):
            stream.begin(*plain(seed=number, num_inference_steps=2))
            stream.advance()
        gc.collect()

    play(20)
    tracemalloc.start()
    play(50)
    early = tracemalloc.get_traced_memory()[0]
    play(200)
    late = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert late - early < 64 * 1024


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"num_inference_steps": 51, "sampler": "ddim"}, "must be at most 50 in a stream, got 51"),
        (
            {"hold": Hold(step="0" * 32 + ".1", edit="a" * 64, handed="b" * 64, mask="c" * 64)},
            "hold and kept belong to rewinds",
        ),
    ],
)
def test_what_cannot_be_streamed_is_refused(
    tiny: Model, changes: dict[str, object], sentence: str
) -> None:
    stream = Stream(tiny)
    with pytest.raises(ValueError, match=sentence):
        stream.begin(*plain(**changes))
    assert len(stream) == 0
