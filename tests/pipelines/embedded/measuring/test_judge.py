"""The judge sees what is in renders it never saw, and counts what was asked for."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.embedded.measuring.judge import (
    Verdict,
    answers,
    features,
    frechet,
    judged,
    open_judge,
    prepared,
    scores,
    truth,
    verdicts,
)
from pipelines.embedded.scenes.renderer import render
from pipelines.embedded.scenes.scene import HELD_OUT, Scene, Thing, scene

SEEDS = range(HELD_OUT + 2_000_000, HELD_OUT + 2_000_000 + 200)


def test_the_judge_is_right_on_held_out_renders() -> None:
    scenes = [scene(seed) for seed in SEEDS]
    pictures = np.stack([render(one, 128, 128).rgb for one in scenes])
    shares = judged(open_judge(), scenes, pictures)
    assert shares["mean"] >= 0.975
    assert judged(open_judge(), scenes[1:] + scenes[:1], pictures)["mean"] < 0.4


def test_the_judge_sees_other_sizes_too() -> None:
    scenes = [scene(seed) for seed in SEEDS[:40]]
    pictures = np.stack([render(one, 192, 192).rgb for one in scenes])
    assert judged(open_judge(), scenes, pictures)["mean"] >= 0.9


def test_scores_count_missing_misplaced_miscoloured_and_invented_things() -> None:
    house = Thing("house", "left", 0.2, 0.5, "red")
    tree = Thing("tree", "right", 0.8, 0.5)
    asked = Scene(seed=5, sky="day", ground="snow", things=(house, tree))
    seen = Verdict("day", "sea", {"house": "right", "boat": "left"}, {"house": "blue"}, "oil")
    found = scores_of(asked, seen)
    assert found["sky"] == 1
    assert found["ground"] == 0
    assert found["object present"] == 0.5
    assert found["object side"] == 0
    assert found["object colour"] == 0
    assert found["nothing invented"] == 0
    assert found["mean"] == pytest.approx(0.3)
    assert scores_of(asked, truth(asked))["mean"] == 1


def scores_of(asked: Scene, seen: Verdict) -> dict[str, float]:
    return scores([(asked, seen)])


def test_the_colour_of_what_is_not_there_is_no_question() -> None:
    empty = answers(truth(Scene(seed=1, sky="day", ground="sea")))
    assert empty.count(-100) == 2
    assert answers(truth(Scene(seed=1, sky="day", ground="grass", flowers="red")))[-2] == 1


def test_the_frechet_distance_of_gaussians_is_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    one = rng.standard_normal((4000, 3)) * (1, 2, 3)
    other = rng.standard_normal((4000, 3)) * (2, 2, 1) + (1, 0, -1)
    assert frechet(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet(one, other) == pytest.approx(2 + 1 + 4, rel=0.06)


def test_blurred_and_wrong_pictures_lie_farther_away() -> None:
    pictures = np.stack([render(scene(seed), 128, 128).rgb for seed in SEEDS])
    judge = open_judge()
    clear = features(judge, pictures[:100])
    near = frechet(clear, features(judge, pictures[100:]))
    flat = np.broadcast_to(pictures.mean(axis=(1, 2), keepdims=True), pictures.shape)
    assert frechet(clear, features(judge, flat[100:].astype(np.uint8))) > 2 * near


def test_pictures_of_the_wrong_form_are_refused() -> None:
    with pytest.raises(ValueError, match=r"uint8 \[N, H, W, 3\], got uint8 \[4, 4\]"):
        prepared(np.zeros((4, 4), np.uint8))
    with pytest.raises(ValueError, match=r"no judge\.safetensors in .*; train it with"):
        open_judge(Path("nowhere"))


def test_verdicts_come_one_for_each_picture() -> None:
    pictures = np.stack([render(scene(seed), 64, 64).rgb for seed in SEEDS[:3]])
    assert len(verdicts(open_judge(), pictures)) == 3
