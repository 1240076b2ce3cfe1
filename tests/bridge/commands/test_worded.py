"""What is wrong with a field of a recipe's or palette's file, in words that need no reference."""

from __future__ import annotations

import json

import pytest

from bridge.commands.palette import Palette
from bridge.commands.worded import made_of
from bridge.wire import WireError, parse_command
from pipelines.recipe import Recipe

BASE = {"prompt": "a", "width": 64, "height": 64}
REGION = {"prompt": "a", "mask": "0" * 64}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"width": "64"}, 'width must be a whole number, got "64"'),
        ({"width": 64.5}, "width must be a whole number, got 64.5"),
        ({"seed": True}, "seed must be a whole number, got true"),
        ({"prompt": None}, "prompt must be text in quotes, got null"),
        ({"init_image": 5}, "init_image must be text in quotes or null, got 5"),
        ({"panorama": 1}, "panorama must be true or false, got 1"),
        ({"regions": {}}, "regions must be a list in [], got {}"),
        ({"regions": [3]}, "regions[0] must be an object in {}, got 3"),
        ({"heigth": 1}, "there is no field heigth; did you mean height?"),
        ({"colour": 1}, "there is no field colour; there are prompt, width, height, "),
        (
            {"regions": [REGION, REGION | {"blurr": 1}]},
            "there is no field blurr in regions[1]; did you mean blur?",
        ),
        ({"regions": [{"mask": "0" * 64}]}, "prompt is missing in regions[0]"),
        ({"sampler": "foo"}, "sampler must be one of ddim, dpmpp_2m, "),
        ({"depth": 12}, "depth must be one of 8, 16, got 12"),
        ({"regions": [REGION | {"mode": "x"}]}, "regions[0].mode must be one of blend, isolate, "),
        ({"hold": {"step": 1}}, "hold.step must be text in quotes, got 1"),
        ({"seed": -1}, "seed must be in 0..9007199254740991, got -1"),
        ({"regions": [REGION | {"blur": -1.0}]}, "regions[0]: regions.blur must be in 0.0..512.0"),
        ({"prompt": 7, "model": "x" * 9}, "prompt must be text in quotes, got 7"),
        ({"width": ["x" * 100]}, 'width must be a whole number, got ["xxx'),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said_in_words(changed: object, sentence: str) -> None:
    assert isinstance(changed, dict)
    with pytest.raises(ValueError, match=r"\w") as error:
        made_of(BASE | changed, Recipe)
    assert str(error.value).startswith(sentence)
    assert not {"`", "$"} & set(str(error.value))
    assert len(str(error.value)) < 500


def test_what_is_wrong_with_a_palette_is_said_in_words() -> None:
    with pytest.raises(ValueError, match=r"brushes must be a list in \[\], got \{\}"):
        made_of({"brushes": {}}, Palette)


@pytest.mark.parametrize(
    ("field", "wrong", "right"), [("profile", "Bogus", "sRGB, Display P3"), ("depth", 9, "8, 16")]
)
def test_a_program_hears_which_values_there_are(field: str, wrong: object, right: str) -> None:
    sent = {"type": "generate", "request": "x", "recipe": BASE | {field: wrong}}
    with pytest.raises(WireError, match=f"it must be one of {right}"):
        parse_command(json.dumps(sent))
