"""Palettes: there and back, every range checked with a sentence, and another program's file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.commands.palette import FORMAT, Background, Brush, Palette, palette_from, to_json
from pipelines.recipe import Region

MASK = "a" * 64
FULL = Brush(
    name="Sky",
    colour="#2692F3",
    prompt="a sky",
    negative_prompt="rain",
    prompt_strength=0.9,
    alpha=0.8,
    blur=12.0,
    weight=2.0,
    seed=4,
    mode="isolate",
    isolate_steps=5,
    bootstrap_steps=3,
    quantisation="semi",
    on=False,
    mask="sky.png",
)
EXPORTED: dict[str, Any] = {  # what SemanticDraw's button writes: its whole state
    "current_palette": 2,
    "model_id": "some-checkpoint",
    "active_palettes": 5,
    "prompt_names": ["🌄 Background", "👧 Girl", "🐶 Dog"],
    "prompts": ["a city at night", "a girl with a red hat", "a small dog"],
    "neg_prompts": ["blurred, humans", "blurred", "cat"],
    "prompt_strengths": [1.0, 0.75],
    "mask_strengths": [0.98, 1.0],
    "mask_stds": [0.0, 16.0],
    "seed": 2024,
}


def plain(**changes: Any) -> bytes:
    palette: dict[str, Any] = {"format": FORMAT, "brushes": [{"prompt": "a"} | changes]}
    return json.dumps(palette).encode()


def test_a_palette_comes_back_as_it_was() -> None:
    background = Background(prompt="hills", negative_prompt="fog", image="hills.png")
    palette = Palette(background=background, brushes=(FULL, Brush(prompt="a tree")), seed=7)
    assert palette_from(to_json(palette)) == (palette, ())


def test_a_brush_is_a_region_without_its_mask() -> None:
    fields = {name: getattr(FULL, name) for name in Region.__struct_fields__ if name != "mask"}
    assert FULL.region(MASK) == Region(mask=MASK, **fields)
    every = set(Region.__struct_fields__)
    assert every == set(Brush.__struct_fields__) - {"name", "colour", "on"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{", "it is not a palette's JSON"),
        (b"[]", "it is not a palette's JSON"),
        (b"\xff", "it is not a palette's JSON"),
        (b"{}", "it is not a palette: it has no \"format\": 'pentimento palette 1'"),
        (b'{"format": "x"}', "format must be 'pentimento palette 1', got 'x'"),
        (plain(colour="red"), "brushes[0]: colour must be like #2692F3, got 'red'"),
        (plain(alpha=2), "brushes[0]: regions.alpha must be in 0.0..1.0, got 2.0"),
        (
            plain(shape="round"),
            "there is no field shape in brushes[0]; there are prompt, negative_prompt, ",
        ),
        (plain(prompt=5), "brushes[0].prompt must be text in quotes, got 5"),
        (plain(name="a" * 256), "brushes[0]: name must be at most 255 characters, got 256"),
        (b" " * (2**20 + 1), "a palette has at most 1048576 bytes, got 1048577"),
        (
            json.dumps({"format": FORMAT, "brushes": [{"prompt": "a"}] * 65}).encode(),
            "brushes must be at most 64, got 65",
        ),
        (
            json.dumps({"format": FORMAT, "seed": -1}).encode(),
            "seed must be in 0..9007199254740991, got -1",
        ),
        (
            json.dumps(EXPORTED | {"mask_stds": [1.0]}).encode(),
            "mask_stds must have 2 entries beside 3 prompts, it has 1",
        ),
        (
            json.dumps(EXPORTED | {"prompts": "a"}).encode(),
            'SemanticDraw\'s palette cannot be read: prompts must be a list in [], got "a"',
        ),
        (
            json.dumps({"prompts": [], "neg_prompts": []}).encode(),
            "SemanticDraw's palette cannot be read: ",
        ),
        (
            json.dumps(EXPORTED | {"mask_strengths": [3.0, 1.0]}).encode(),
            "brushes[0]: regions.alpha must be in 0.0..1.0, got 3.0",
        ),
    ],
)
def test_what_is_wrong_with_a_palette_is_said_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".+") as refused:
        palette_from(data)
    assert sentence in str(refused.value)


def test_a_palette_that_semantic_draw_exported_is_read_and_what_has_no_meaning_is_named() -> None:
    palette, ignored = palette_from(json.dumps(EXPORTED).encode())
    assert ignored == ("active_palettes", "current_palette", "model_id")
    assert palette.background == Background(
        prompt="a city at night", negative_prompt="blurred, humans"
    )
    girl, dog = palette.brushes
    assert (girl.name, girl.prompt, girl.negative_prompt) == (
        "👧 Girl",
        "a girl with a red hat",
        "blurred",
    )
    assert (girl.alpha, girl.prompt_strength, girl.blur) == (0.98, 1.0, 0.0)
    assert (dog.alpha, dog.prompt_strength, dog.blur) == (1.0, 0.75, 16.0)
    assert (girl.colour, dog.colour) == ("#2692F3", "#F89E12")
    assert {brush.mode for brush in palette.brushes} == {"isolate"}
    assert palette.seed == 2024


def test_its_negative_seed_means_any() -> None:
    assert palette_from(json.dumps(EXPORTED | {"seed": -1}).encode())[0].seed is None


def test_its_oldest_files_without_sliders_are_read_too() -> None:
    old = {name: EXPORTED[name] for name in ("prompts", "neg_prompts")}
    palette, ignored = palette_from(json.dumps(old).encode())
    assert ignored == ()
    assert [(brush.name, brush.alpha) for brush in palette.brushes] == [("", 1.0), ("", 1.0)]


def test_two_brushes_of_one_name_are_not_told_apart() -> None:
    palette = Palette(brushes=(Brush(prompt="a", name="x"), Brush(prompt="b", name="x")))
    assert palette.named("y") is None
    with pytest.raises(ValueError, match='2 brushes of the palette are named "x"'):
        palette.named("x")
