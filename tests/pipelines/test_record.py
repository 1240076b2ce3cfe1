"""A record as bytes: there and back to the bit, and strict with anything else."""

from __future__ import annotations

import json
import pickle
import re

import pytest
import torch
from safetensors.torch import save

from pipelines.recipe import Recipe
from pipelines.record import FORMAT, Inputs, StepRecord, from_bytes, to_bytes

RECIPE = Recipe(prompt="a red tree", width=64, height=64)


def record(**changes: object) -> StepRecord:
    values = torch.randn(2, 1, 4, 8, 8)
    fields: dict[str, object] = {"index": 3, "sigma": 1.83, "latents": values[0]}
    fields |= {"recipe": RECIPE, "denoised": values[1]} | changes
    return StepRecord(**fields)  # pyright: ignore[reportArgumentType] # fields of several types


def packed(header: dict[str, object] | None = None, **tensors: torch.Tensor) -> bytes:
    good: dict[str, object] = {
        "format": FORMAT,
        "recipe": {"prompt": "", "width": 64, "height": 64},
        "index": 3,
        "sigma": 1.83,
        "previous_sigma": None,
    }
    all_tensors = {"latents": torch.zeros(1, 4, 8, 8), "denoised": torch.zeros(1, 4, 8, 8)}
    return save(all_tensors | tensors, {"step": json.dumps(good | (header or {}))})


def test_the_bytes_that_the_wrong_ones_differ_from_are_right() -> None:
    assert from_bytes(packed()).index == 3


def test_a_record_comes_back_to_the_bit() -> None:
    old = record(
        history=torch.randn(1, 4, 8, 8),
        previous_sigma=0.1 + 1.9,
        nudge=torch.randn(1, 4, 8, 8),
    )
    new = from_bytes(to_bytes(old))
    assert (new.recipe, new.index, new.sigma) == (old.recipe, old.index, old.sigma)
    assert new.previous_sigma == old.previous_sigma
    for name in ("latents", "denoised", "history", "nudge"):
        assert torch.equal(getattr(new, name), getattr(old, name))
    assert new.parent is None
    assert to_bytes(new) == to_bytes(old)


def test_a_cut_history_stays_cut() -> None:
    new = from_bytes(to_bytes(record()))
    assert new.history is None
    assert new.nudge is None


WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "a step's bytes are not a step's safetensors file"),
    "a pickle": (pickle.dumps({"latents": 1}), "a step's bytes are not a step's safetensors file"),
    "cut short": (packed()[:-1], "a step's bytes are not a step's safetensors file"),
    "no header": (
        save({"latents": torch.zeros(1)}),
        "a step's bytes are not a step's safetensors file",
    ),
    "no step": (save({"latents": torch.zeros(1)}, {"other": ""}), "not a step's safetensors file"),
    "another format": (
        packed({"format": "2"}),
        "a step's format must be 'pentimento step 1', got '2'",
    ),
    "no recipe": (packed({"recipe": {}}), "a step's header cannot be read: .*`prompt`"),
    "an unknown field": (packed({"colour": 1}), "a step's header cannot be read: .*`colour`"),
    "a negative index": (packed({"index": -1}), "a step's header .*>= 0 - at `\\$.index`"),
    "an infinite sigma": (packed({"sigma": float("inf")}), "a step's header cannot be read"),
    "no noise": (packed({"sigma": 0}), "a step's header .*> 0.0 - at `\\$.sigma`"),
    "rising sigmas": (
        packed({"previous_sigma": 1.5}),
        "a step's previous_sigma must be above its sigma 1.83, got 1.5",
    ),
    "an unknown tensor": (packed(code=torch.zeros(1)), r"missing \[\], unknown \['code'\]"),
    "half precision": (
        packed(denoised=torch.zeros(1, 4, 8, 8).half()),
        r"a step's denoised must be float32 like its latents \[1, 4, 8, 8\], got torch.float16",
    ),
    "another shape": (
        packed(denoised=torch.zeros(1, 4, 8, 9)),
        "a step's denoised must be float32",
    ),
    "history without its sigma": (
        packed(history=torch.zeros(1, 4, 8, 8)),
        "a step's history and its previous sigma belong together",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_bytes_are_refused_by_name(case: str) -> None:
    data, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        from_bytes(data)


def test_what_a_recipe_names_must_be_there() -> None:
    id, step = "0" * 64, "0" * 32 + ".3"
    with pytest.raises(ValueError, match=f"mask names an image that is not here: {id}"):
        Inputs().image("mask", id)
    with pytest.raises(
        ValueError, match=re.escape(f"hold.step names a step that is not here: {step}")
    ):
        Inputs().record("hold.step", step)
