"""What is said of a recipe's fields stands on them; what is made of that is complete and right."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
import torch

from pipelines.asking import Asking
from pipelines.fields import check, field, fields_of, like, listed, named_in, text, within
from pipelines.recipe import (
    DRAWS,
    IMAGE_ID,
    SAMPLER_NAMES,
    Hold,
    Kept,
    Recipe,
    Region,
    Rewind,
    Sampler,
    images_named,
    steps_named,
)
from pipelines.record import StepRecord
from pipelines.said import said
from pipelines.samplers import sampler_for

ID = "0123456789abcdef" * 4
STEP = f"{'0123456789abcdef' * 2}.7"
WHOLE = Recipe(
    prompt="a",
    width=64,
    height=64,
    init_image=ID,
    mask=ID,
    regions=(Region(prompt="b", mask=ID), Region(prompt="c", mask=ID)),
    hold=Hold(step=STEP, edit=ID, handed=ID, mask=ID),
    kept=Kept(step=STEP, picture=ID, mask=ID),
)


def test_every_field_of_a_recipe_says_what_a_rewind_may_do_with_it() -> None:
    roles = {name: one.said.get("role") for name, one in fields_of(Recipe).items()}
    assert set(roles.values()) == {"fixed", "predicting", "updating"}, roles


def test_whatever_names_an_image_or_a_step_is_found_at_any_depth() -> None:
    assert list(images_named(WHOLE, Rewind(edit=ID, handed=ID))) == [
        "init_image",
        "mask",
        "regions.0.mask",
        "regions.1.mask",
        "hold.edit",
        "hold.handed",
        "hold.mask",
        "kept.picture",
        "kept.mask",
        "rewind.edit",
        "rewind.handed",
    ]
    assert steps_named(WHOLE) == {"hold.step": STEP, "kept.step": STEP}


class Odd(msgspec.Struct, frozen=True, kw_only=True):
    share: Annotated[float, within(0.0, 1.0)] = 0.5
    above: Annotated[float, within(0, 1, above=True)] = 0.5
    side: Annotated[int, within(8, 64, step=8)] | None = None
    words: Annotated[Annotated[str, text(4)], field("said", "--words TEXT")] = ""
    image: Annotated[str, like(IMAGE_ID, "an image id", names="image")] | None = None
    several: Annotated[tuple[int, ...], listed(2)] = ()
    plain: bool = False


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"share": 1.5}, "of.share must be in 0.0..1.0, got 1.5"),
        ({"share": float("nan")}, "of.share must be in 0.0..1.0, got nan"),
        ({"above": 0}, "of.above must be above 0 and at most 1, got 0"),
        ({"side": 12}, "of.side must be a multiple of 8, got 12"),
        ({"side": 72}, "of.side must be in 8..64, got 72"),
        ({"words": "abcde"}, "of.words must be at most 4 characters, got 5"),
        ({"words": "\0"}, "of.words must be valid Unicode text without NUL characters"),
        ({"image": "abc"}, "of.image must be an image id, got 'abc'"),
        ({"several": (1, 2, 3)}, "of.several must be at most 2, got 3"),
    ],
)
def test_what_is_not_as_said_is_named_with_what_would_be_right(
    fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=r".+") as refused:
        check(Odd(**fields), "of.")
    assert str(refused.value) == sentence
    check(Odd())


def test_what_stands_on_a_type_is_said_of_its_fields_optional_or_not() -> None:
    fields = fields_of(Odd)
    assert (fields["side"].low, fields["side"].high, fields["side"].none) == (8, 64, True)
    assert fields["words"].said["option"] == "--words TEXT"
    assert fields["words"].said["maxLength"] == 4
    assert named_in(Odd(image=ID), "image") == {"image": ID}


def test_a_field_that_came_later_is_written_where_it_says_something() -> None:
    recipe = Recipe(prompt="a", width=8, height=8)
    assert "clip_skip" not in said(recipe)
    assert said(msgspec.structs.replace(recipe, clip_skip=2))["clip_skip"] == 2


def test_ranges_are_in_the_json_schema_and_msgspec_does_not_check_them() -> None:
    schema = msgspec.json.schema(Odd)["$defs"]["Odd"]["properties"]
    assert (schema["share"]["minimum"], schema["share"]["maximum"]) == (0.0, 1.0)
    assert msgspec.json.decode(b'{"share": 7}', type=Odd).share == 7


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_the_samplers_that_draw_are_those_that_ask_for_noise(sampler: Sampler) -> None:
    asked: list[int] = []

    def noise(index: int) -> torch.Tensor:
        asked.append(index)
        return torch.zeros(1, 4, 2, 2)

    recipe = Recipe(prompt="", width=16, height=16, sampler=sampler)
    latents = torch.ones(1, 4, 2, 2)
    record = StepRecord(recipe=recipe, index=0, sigma=2.0, latents=latents, denoised=latents / 2)
    update = sampler_for(recipe)(record, 1.0, noise, asks_nothing)
    if not isinstance(update, torch.Tensor):  # Heun looks ahead
        assert next(update, None) is None
    assert bool(asked) == (sampler in DRAWS)


def asks_nothing(latents: torch.Tensor, sigma: float) -> Asking[torch.Tensor]:
    return latents
    yield []
