"""What the model cannot hear is said, once, to whoever asked for the picture, or refused."""

from __future__ import annotations

from pathlib import Path

from bridge import wire
from bridge.access.access import Access
from bridge.http.client import Bridge, connect
from bridge.wire import Generate, Notice
from bridge.worker.protocol import Load, Open, Refused
from bridge.worker.worker import Worker
from pipelines.recipe import Region
from tests.pipelines.tiny_models import write_deaf

from ..cli import Terminal
from ..conftest import recipe

LONG = "a red house by the sea, " * 40


async def test_only_who_asked_for_the_picture_is_told(bridge: Bridge, access: Access):
    async with connect(access) as other:
        order = other.paint(Generate(request="r", recipe=recipe()))
        command = Generate(request="r", recipe=recipe(prompt=LONG, negative_prompt=LONG))
        events = [event async for event in bridge.paint(command)]
        theirs = [event async for event in order]
    said = [event for event in events if isinstance(event, Notice)]
    run = next(event.run.id for event in events if isinstance(event, wire.Queued))
    assert [notice.run for notice in said] == [run, run]
    for notice, which in zip(said, ("the prompt", "the negative prompt"), strict=True):
        start = f"The end of {which} is not heard, it is longer than the model takes: "
        assert notice.message.startswith(start)
    first = next(n for n, event in enumerate(events) if isinstance(event, wire.Stepped))
    assert all(events.index(notice) < first for notice in said)
    assert not [event for event in theirs if isinstance(event, Notice)]


def test_a_negative_prompt_without_guidance_is_said(pentimento: Terminal, tmp_path: Path) -> None:
    words = ("run", "--prompt", "a", "--negative-prompt", "b", "--size", "32x24", "--steps", "2")
    said = pentimento.works(*words, "--guidance-scale", "1", "-o", tmp_path / "a.psd")
    assert "A negative prompt is not heard at guidance scale 1" in said.err
    said = pentimento.works(*words, "--guidance-scale", "1.1", "-o", tmp_path / "b.psd")
    assert said.err == ""


def test_variations_say_it_once(pentimento: Terminal, tmp_path: Path) -> None:
    words = ("run", "--prompt", LONG, "--size", "32x24", "--steps", "2", "--count", "3")
    said = pentimento.works(*words, "-o", tmp_path / "a.psd")
    assert len(said.err.splitlines()) == 1
    assert "The end of the prompt is not heard" in said.err
    assert "sea" in said.err
    said = pentimento.works("run", "--prompt", "a house", *words[3:], "-o", tmp_path / "b.psd")
    assert said.err == ""


def test_layers_left_out_are_a_run_s_own_and_more_than_there_are_are_refused(
    pentimento: Terminal, tmp_path: Path
) -> None:
    words = ("run", "--prompt", "a house", "--size", "32x24", "--steps", "2")
    plain, skipping = tmp_path / "a.png", tmp_path / "b.png"
    pentimento.works(*words, "-o", plain)
    pentimento.works(*words, "--clip-skip", "1", "-o", skipping)
    assert plain.read_bytes() != skipping.read_bytes()
    refused = pentimento(*words, "--clip-skip", "3", "-o", tmp_path / "c.psd")
    assert refused.status != 0
    assert "clip_skip must be at most 2 with this model, got 3" in refused.err


def test_regions_that_a_model_has_no_place_for_are_refused_when_their_run_is_opened(
    tmp_path: Path,
) -> None:
    worker, folder = Worker(), str(write_deaf(tmp_path))
    worker.answer(Load(name="sd", folder=folder, few=None, device="cpu", threads=1, place=0))
    asked = recipe(regions=(Region(prompt="a tree", mask="0" * 64),))
    reply = worker.answer(Open(run="0" * 32, recipe=asked, images={}, records={}))
    assert isinstance(reply, Refused)
    assert "UNet2DConditionModel has no cross-attention" in reply.message
