"""The renderer paints the same scene the same way, anywhere, and the judge sees what is in it."""

import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from pipelines.embedded.judge import Verdict, judge, scores
from pipelines.embedded.renderer import render, sample_painting
from pipelines.embedded.scenes import (
    GROUNDS,
    HELD_OUT,
    SIDES,
    SKIES,
    THINGS,
    Scene,
    Thing,
    scene,
)


def plain(sky: str, ground: str, *things: Thing) -> Scene:
    return Scene(seed=5, sky=sky, ground=ground, things=things)


def test_the_same_seed_gives_the_same_pixels_in_another_process() -> None:
    code = (
        "from hashlib import sha256;from pipelines.embedded.renderer import render;"
        "from pipelines.embedded.scenes import scene;"
        "print(sha256(render(scene(11), 96, 64).rgb.tobytes()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert other == sha256(render(scene(11), 96, 64).rgb.tobytes()).hexdigest()


def test_another_seed_gives_another_picture() -> None:
    assert not np.array_equal(render(scene(11), 64, 64).rgb, render(scene(12), 64, 64).rgb)


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (192, 128), (40, 104), (257, 131), (1600, 200)]
)
def test_any_size_is_painted_with_masks_of_that_size(width: int, height: int) -> None:
    rendering = render(plain("day", "grass", Thing("tree", "centre", 0.5, 0.5)), width, height)
    assert rendering.rgb.shape == (height, width, 3)
    assert rendering.rgb.dtype == np.uint8
    assert rendering.masks["tree"].shape == (height, width)


@pytest.mark.parametrize("kind", THINGS)
@pytest.mark.parametrize("side", SIDES)
def test_a_mask_lies_where_its_thing_does(kind: str, side: str) -> None:
    x = {"left": 0.24, "centre": 0.5, "right": 0.76}[side]
    mask = render(plain("day", "water", Thing(kind, side, x, 0.5)), 128, 128).masks[kind]
    columns = np.nonzero(mask > 127)[1]
    assert abs(columns.mean() / 128 - x) < 0.04
    assert 0.03 < (mask > 127).mean() < 0.3


def test_without_its_thing_a_scene_differs_in_the_mask_and_nowhere_above_it() -> None:
    house = Thing("house", "left", 0.24, 0.5)
    with_house = render(plain("day", "snow", house), 128, 128)
    without = render(plain("day", "snow"), 128, 128)
    moved = np.abs(with_house.rgb.astype(int) - without.rgb).max(axis=2) > 24
    inside = with_house.masks["house"] > 200
    assert moved[inside].mean() > 0.8
    assert moved[:30].mean() < 0.01


def test_every_attribute_is_drawn_and_boats_are_on_water_only() -> None:
    scenes = [scene(seed) for seed in range(400)]
    assert {s.sky for s in scenes} == set(SKIES)
    assert {s.ground for s in scenes} == set(GROUNDS)
    assert {(t.kind, t.side) for s in scenes for t in s.things} == {
        (kind, side) for kind in THINGS for side in SIDES
    }
    assert {s.ground for s in scenes if any(t.kind == "boat" for t in s.things)} == {"water"}
    assert {len(s.things) for s in scenes} == {0, 1, 2}


def test_the_judge_is_right_on_held_out_renders() -> None:
    scenes = [scene(seed) for seed in range(HELD_OUT, HELD_OUT + 150)]
    pairs = [(s, judge(render(s, 128, 128).rgb)) for s in scenes]
    assert min(scores(pairs).values()) >= 0.95


def test_scores_count_missing_misplaced_and_invented_things() -> None:
    asked = plain("day", "snow", Thing("house", "left", 0.2, 0.5), Thing("tree", "right", 0.8, 0.5))
    found = scores([(asked, Verdict("day", "water", {"house": "right", "boat": "left"}))])
    assert found["sky"] == 1
    assert found["ground"] == 0
    assert found["object present"] == 0.5
    assert found["object side"] == 0
    assert found["nothing invented"] == 0


def test_the_sketch_is_flat_and_always_the_same() -> None:
    sketch = sample_painting(160, 96)
    assert isinstance(sketch, Image.Image)
    assert (sketch.size, sketch.mode) == ((160, 96), "RGB")
    assert len(sketch.getcolors(maxcolors=100_000) or []) <= 16
    assert sketch.tobytes() == sample_painting(160, 96).tobytes()
    verdict = judge(np.asarray(sketch))
    assert (verdict.sky, verdict.ground, verdict.things) == ("day", "water", {"house": "left"})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: scene(-1), "a scene's seed must not be negative, got -1"),
        (lambda: plain("green", "snow"), "sky must be one of day, sunset, night, got 'green'"),
        (lambda: plain("day", "lava"), "ground must be one of water, grass, snow, got 'lava'"),
        (
            lambda: plain("day", "snow", Thing("car", "left", 0.2, 0.5)),
            "a thing must be one of tree, house, boat, got 'car'",
        ),
        (
            lambda: plain("day", "snow", Thing("tree", "up", 0.2, 0.5)),
            "a side must be one of left, centre, right, got 'up'",
        ),
        (lambda: render(scene(0), 16, 64), "32x32 pixels or more, got 16x64"),
        (lambda: judge(np.zeros((4, 4), np.uint8)), r"uint8 \[H, W, 3\], got uint8 \[4, 4\]"),
    ],
)
def test_wrong_input_is_refused_with_a_sentence(wrong: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        wrong()
