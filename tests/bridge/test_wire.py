"""Every message once as JSON, in tests/golden/wire/: read here and by the panel's tests.

.venv/bin/python -m tests.bridge.test_wire    writes them anew
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import wire
from bridge.wire import Command, Event, WireError, parse_command, parse_event
from pipelines.recipe import Hold, Kept, Recipe, Region, Rewind

GOLDEN = Path(__file__).parent.parent / "golden" / "wire"

ID, OTHER = "a" * 64, "b" * 64
RUN, LEFT = "1" * 32, "2" * 32

RECIPE = Recipe(prompt="a house, day", width=256, height=192, seed=7)
FULL = Recipe(
    prompt="a boat, sunset",
    negative_prompt="snow",
    clip_skip=1,
    width=300,
    height=200,
    num_inference_steps=30,
    guidance_scale=4.5,
    seed=2**53 - 1,
    sampler="ddim",
    eta=0.5,
    init_image=ID,
    strength=0.6,
    mask=OTHER,
    regions=(
        Region(
            prompt="a tree",
            mask=OTHER,
            negative_prompt="a house",
            prompt_strength=0.9,
            alpha=0.95,
            blur=8.0,
            weight=1.5,
            seed=11,
            mode="isolate",
            isolate_steps=6,
            bootstrap_steps=2,
            quantisation="discrete",
        ),
    ),
    panorama=True,
    working_width=304,
    working_height=200,
    depth=16,
    profile="Display P3",
    model="embedded",
    hold=Hold(step=f"{LEFT}.12", edit=ID, handed=OTHER, mask=ID, weight=0.8, until=1.5),
    kept=Kept(step=f"{LEFT}.29", picture=ID, mask=OTHER),
)
REWIND = Rewind(mode="repaint", edit=ID, handed=OTHER, variation_seed=3, keep_outside=True)
STEP = wire.Step(id=f"{RUN}.12", run=RUN, parent=f"{LEFT}.11", index=12, sigma=1.83, seconds=0.25)
PAINTING = wire.Run(
    id=RUN,
    number=3,
    request="panel-17",
    recipe=FULL,
    state="running",
    first=12,
    last=29,
    working_width=304,
    working_height=200,
    enlarged=1.0,
    parent=f"{LEFT}.12",
    rewind=REWIND,
    made_with={"model": ID, "device": "cpu", "threads": "2", "torch": "2.13.0"},
    approximate="torch was 2.12.0, is 2.13.0",
    created=1790000000.5,
    kept=True,
)
MODEL = wire.ModelInfo(
    name="embedded",
    hash=ID,
    family="sd",
    native=256,
    guidance_scale=3.0,
    device="cpu",
    samplers=("ddim", "dpmpp_2m"),
    few=wire.Few(model="embedded-few", sampler="lcm", num_inference_steps=4, guidance_scale=1.0),
)

MESSAGES: tuple[Command | Event, ...] = (
    wire.Hello(protocol=wire.PROTOCOL, token="secret", client="panel 0.1.0", seen=41),
    wire.Generate(request="panel-16", recipe=RECIPE, count=4),
    wire.Continue(request="panel-17", step=f"{LEFT}.12", rewind=REWIND, recipe=FULL, roll=True),
    wire.Cancel(run=RUN),
    wire.Keep(run=RUN, keep=True),
    wire.Live(request="panel-18", recipe=RECIPE, frames=4, variation=True),
    wire.Stop(),
    wire.Welcome(
        protocol=wire.PROTOCOL,
        version="0.1.0",
        store=LEFT,
        seq=42,
        model=MODEL,
        runs=(PAINTING,),
        steps=(STEP,),
        resumed=True,
        store_bytes=1_000_000,
        quota_bytes=20_000_000_000,
    ),
    wire.Ready(seq=43, model=MODEL),
    wire.Queued(seq=44, run=PAINTING, position=0),
    wire.Started(seq=45, run=RUN),
    wire.Stepped(seq=46, step=STEP, seconds_left=4.25),
    wire.Refined(seq=47, step=STEP.id, quality="full"),
    wire.Finished(seq=48, run=RUN, step=f"{RUN}.29"),
    wire.Cancelled(seq=49, run=RUN),
    wire.Failed(seq=50, message="the disk is full", run=RUN, request="panel-17"),
    wire.Dropped(seq=51, runs=(RUN, LEFT)),
    wire.Frame(
        seq=51,
        live=RUN,
        number=17,
        request="panel-18",
        seed=23,
        left=3,
        seconds=0.125,
        latency=0.5,
    ),
    wire.Notice(seq=52, message="The store is nearly full."),
)
NAMES = [type(message).__name__.lower() for message in MESSAGES]


def golden(message: Command | Event) -> Path:
    return GOLDEN / f"{type(message).__name__.lower()}.json"


def parse(text: str) -> Command | Event:
    kind = json.loads(text)["type"]
    commands = [command.__name__.lower() for command in get_args(Command)]
    return parse_command(text) if kind in commands else parse_event(text)


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_a_message_is_written_as_its_golden_file_says(message: Command | Event):
    assert json.loads(wire.to_json(message)) == json.loads(golden(message).read_text()), (
        "the wire has changed: raise PROTOCOL if old panels would misunderstand it, then run "
        "python -m tests.bridge.test_wire"
    )


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_a_golden_file_is_read_as_the_message(message: Command | Event):
    assert parse(golden(message).read_text()) == message


def test_every_message_has_a_golden_file_and_no_file_is_left_over():
    kinds = {kind.__name__.lower() for kind in (*get_args(Command), *get_args(Event))}
    assert set(NAMES) == kinds
    assert {path.stem for path in GOLDEN.glob("*.json")} == kinds


def test_every_field_has_a_value_of_its_own_in_the_golden_files():
    for message in (PAINTING, FULL, FULL.regions[0]):
        kind = type(message)
        for field in msgspec.structs.fields(kind):
            if field.name not in ("message", "model"):
                assert getattr(message, field.name) != field.default, (
                    f"{kind.__name__}.{field.name}"
                )


def test_a_message_beyond_the_limit_is_not_even_read():
    with pytest.raises(WireError, match="a message is at most 262144 bytes, got 262145"):
        parse_command("x" * 262145)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_whatever_arrives_is_a_command_or_a_sentence(data: str | bytes):
    with pytest.raises(WireError, match=r".+"):
        parse_command(data)


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for each in MESSAGES:
        plain = json.loads(wire.to_json(each))
        text = json.dumps(plain, indent=2, ensure_ascii=False)
        golden(each).write_text(text + "\n", encoding="utf-8")
