"""The main job through the bridge's own doors: commands in, events and pictures out."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aiohttp
import numpy as np
import pytest

from bridge import wire
from bridge.access.access import Access
from bridge.config import Config
from bridge.http.client import Bridge, connect
from bridge.images.image import Image
from bridge.wire import (
    Cancel,
    Cancelled,
    Continue,
    Event,
    Failed,
    Finished,
    Generate,
    Keep,
    Queued,
    Refined,
    Started,
    Stepped,
)
from bridge.worker.homes import Home
from pipelines.recipe import Rewind

from .conftest import bridge_of, recipe, steps_of


async def painted(bridge: Bridge, command: Generate | Continue) -> list[Event]:
    return [event async for event in bridge.paint(command)]


async def test_a_run_is_queued_started_stepped_refined_newest_first_and_finished(bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe()))
    kinds = [type(event).__name__ for event in events if not isinstance(event, wire.Ready)]
    assert kinds[-9:] == ["Stepped"] * 4 + ["Refined"] * 4 + ["Finished"]
    assert set(kinds[:-9]) == {"Queued", "Started"}
    refined = [event.step for event in events if isinstance(event, Refined)]
    assert refined == [event.step.id for event in reversed(steps_of(events))]
    seqs = [event.seq for event in events]
    assert seqs == sorted(set(seqs))


async def test_steps_are_counted_from_the_noisiest_and_know_their_parents(bridge: Bridge):
    steps = [
        e.step for e in steps_of(await painted(bridge, Generate(request="r", recipe=recipe())))
    ]
    assert [step.index for step in steps] == [0, 1, 2, 3]
    assert [step.parent for step in steps] == [None, *(step.id for step in steps[:-1])]
    assert [step.sigma for step in steps] == sorted((s.sigma for s in steps), reverse=True)


async def test_time_left_falls_to_what_the_last_decodes_take(bridge: Bridge):
    events = steps_of(
        await painted(bridge, Generate(request="r", recipe=recipe(num_inference_steps=8)))
    )
    assert all(event.seconds_left >= 0 for event in events)
    assert events[-1].seconds_left <= events[1].seconds_left


async def test_variations_count_seeds_up(bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe(seed=7), count=3))
    runs = {e.run.id: e.run for e in events if isinstance(e, Queued)}
    assert [run.recipe.seed for run in runs.values()] == [7, 8, 9]
    assert [run.number for run in runs.values()] == [1, 2, 3]


async def test_a_finished_run_says_what_it_was_made_with_and_at_which_size(bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe(width=300, height=200)))
    run = (await bridge.run(steps_of(events)[0].step.run)).run
    assert run.state == "finished"
    assert run.working_width * run.working_height <= (1.5 * 64) ** 2  # the tiny model's native side
    assert run.enlarged == max(300 / run.working_width, 200 / run.working_height)
    assert (run.recipe.working_width, run.recipe.working_height) == (
        run.working_width,
        run.working_height,
    )
    assert {"model", "device", "threads", "torch"} <= run.made_with.keys()
    assert run.approximate == ""


async def test_pictures_have_the_recipes_size_and_come_back_by_their_id(bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe(width=30, height=20)))
    step = steps_of(events)[2].step.id
    for quality in ("linear", "tiny", "full", "best"):
        picture = await bridge.picture(step, quality=quality)
        assert picture.pixels.shape == (20, 30, 4)
        assert picture.pixels[..., 3].min() == 255
        handed = await bridge.image(picture.id)
        assert (handed.pixels == picture.pixels).all()
    assert (await bridge.picture(step, "noisy")).pixels.shape == (20, 30, 4)
    assert (await bridge.thumbnail(step)).pixels.shape == (3, 4, 3)


async def test_an_unedited_replay_gives_the_same_records_to_the_bit(bridge: Bridge):
    first = steps_of(
        await painted(bridge, Generate(request="r", recipe=recipe(sampler="dpmpp_2m")))
    )
    command = Continue(request="again", step=first[1].step.id, rewind=Rewind(mode="replay"))
    again = steps_of(await painted(bridge, command))
    assert [event.step.index for event in again] == [1, 2, 3]
    assert again[0].step.parent == first[0].step.id
    for one, other in zip(first[1:], again, strict=True):
        mine, theirs = await bridge.picture(one.step.id), await bridge.picture(other.step.id)
        assert mine.id == theirs.id


async def test_a_painted_square_survives_and_everything_else_can_be_kept_exactly(bridge: Bridge):
    first = steps_of(await painted(bridge, Generate(request="r", recipe=recipe())))
    handed = await bridge.picture(first[2].step.id)
    pixels = handed.pixels.copy()
    pixels[8:12, 8:12] = [255, 0, 0, 255]
    edit = await bridge.put_image(Image(pixels))
    rewind = Rewind(edit=edit, handed=handed.id, keep_outside=True)
    events = await painted(bridge, Continue(request="c", step=first[2].step.id, rewind=rewind))
    new = steps_of(events)
    run = (await bridge.run(new[0].step.run)).run
    assert run.parent == first[2].step.id
    assert run.recipe.kept is not None
    assert run.recipe.kept.step == first[-1].step.id
    before = await bridge.picture(first[-1].step.id)
    after = await bridge.picture(new[-1].step.id)
    limits = (await bridge.image(run.recipe.kept.mask)).pixels[..., 0]
    changed = (before.pixels != after.pixels).any(axis=2)
    assert changed[limits > 0].any()
    assert not changed[limits == 0].any()


@pytest.mark.parametrize("mode", ["nudge", "keep", "repaint", "hold"])
async def test_every_mode_goes_on_from_an_edit(bridge: Bridge, mode: str):
    first = steps_of(await painted(bridge, Generate(request="r", recipe=recipe())))
    handed = await bridge.picture(first[1].step.id)
    inverted = np.concatenate([255 - handed.pixels[..., :3], handed.pixels[..., 3:]], axis=2)
    edit = await bridge.put_image(Image(inverted.astype(np.uint8)))
    rewind = Rewind(mode=mode, edit=edit, handed=handed.id)  # pyright: ignore[reportArgumentType]
    events = await painted(bridge, Continue(request="c", step=first[1].step.id, rewind=rewind))
    assert isinstance(events[-1], Finished)
    run = (await bridge.run(events[-1].run)).run
    assert run.rewind is not None
    assert run.rewind.mask is not None
    assert (run.recipe.hold is not None) == (mode == "hold")


async def test_positions_count_up_and_everybody_moves_up_when_one_is_cancelled(bridge: Bridge):
    for request in ("a", "b", "c", "d"):
        await bridge.send(Generate(request=request, recipe=recipe(num_inference_steps=40)))
    ids: dict[str, str] = {}
    positions: dict[str, list[int]] = {}
    async for event in bridge.events():
        if isinstance(event, Queued):
            ids[event.run.request] = event.run.id
            positions.setdefault(event.run.request, []).append(event.position)
            if event.run.request == "d" and len(positions["d"]) == 1:
                await bridge.send(Cancel(run=ids["c"]))
        if isinstance(event, Cancelled) and event.run == ids.get("c"):
            for request in ("a", "b", "d"):
                await bridge.send(Cancel(run=ids[request]))
        if isinstance(event, Cancelled) and event.run == ids.get("d"):
            break
    assert positions["a"][0] == 0
    assert positions["c"][0] == positions["b"][0] + 1
    assert positions["d"] == sorted(positions["d"], reverse=True)
    assert positions["d"][-1] < positions["d"][0]


async def test_a_cancelled_run_stops_within_one_step_and_keeps_its_steps(bridge: Bridge):
    events: list[Event] = []
    asked_at = None
    async for event in bridge.paint(Generate(request="r", recipe=recipe(num_inference_steps=200))):
        events.append(event)
        if isinstance(event, Stepped) and event.step.index == 3:
            await bridge.send(Cancel(run=event.step.run))
            asked_at = len(events)
    assert asked_at is not None
    late = [event for event in events[asked_at:] if isinstance(event, Stepped)]
    assert isinstance(events[-1], Cancelled)
    assert len(late) < 100  # those painted while the command was on its way: steps take 2 ms here
    stored = await bridge.run(events[-1].run)
    assert stored.run.state == "cancelled"
    assert [step.id for step in stored.steps] == [e.step.id for e in steps_of(events)]


async def test_who_comes_back_hears_exactly_what_was_missed(access: Access):
    async with connect(access) as bridge:
        command = Generate(request="r", recipe=recipe(num_inference_steps=8))
        heard: list[Event] = []
        async for event in bridge.paint(command):
            heard.append(event)
            if isinstance(event, Stepped) and event.step.index == 2:
                break
    await asyncio.sleep(0.5)
    async with connect(access, seen=heard[-1].seq) as back:
        assert back.welcome.resumed
        async for event in back.events():
            heard.append(event)
            if isinstance(event, Finished):
                break
    seqs = [event.seq for event in heard if event.seq >= heard[0].seq]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert [event.step.index for event in steps_of(heard)] == list(range(8))


async def test_a_fresh_client_is_told_all_runs_and_steps(access: Access, bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe()))
    async with connect(access) as other:
        assert not other.welcome.resumed
        assert [run.state for run in other.welcome.runs] == ["finished"]
        assert [step.id for step in other.welcome.steps] == [e.step.id for e in steps_of(events)]
        assert other.welcome.seq == events[-1].seq


async def test_a_seq_the_store_never_gave_is_not_resumed(access: Access):
    async with connect(access, seen=10_000) as bridge:
        assert not bridge.welcome.resumed


async def test_a_reader_that_never_reads_holds_nobody_up(access: Access, bridge: Bridge):
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{access.address}/ws") as lazy:
        hello = wire.Hello(protocol=wire.PROTOCOL, token=access.token)
        await lazy.send_str(wire.to_json(hello))
        await lazy.receive()
        transport = lazy.get_extra_info("socket")
        assert transport is not None
        for request in range(3):
            command = Generate(request=str(request), recipe=recipe(num_inference_steps=50))
            events = await asyncio.wait_for(painted(bridge, command), 60)
            assert isinstance(events[-1], Finished)


async def test_kept_runs_say_so(bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe()))
    run = steps_of(events)[0].step.run
    await bridge.send(Keep(run=run, keep=True))
    while not (await bridge.run(run)).run.kept:
        await asyncio.sleep(0.01)


async def test_a_wrong_request_is_answered_by_its_name_also_to_who_comes_back(access: Access):
    async with connect(access) as bridge:
        seen = bridge.welcome.seq
        await bridge.send(Generate(request="mine", recipe=recipe(model="other")))
        told = await refusal(bridge)
    assert told.request == "mine"
    assert told.message.startswith("recipe.model must be one of embedded, sd, embedded-few, got")
    async with connect(access, seen=seen) as back:
        assert await refusal(back) == told


async def refusal(bridge: Bridge) -> Failed:
    return await anext(event async for event in bridge.events() if isinstance(event, Failed))


async def test_runs_that_waited_are_painted_by_the_next_bridge(config: Config, home: Home):
    heard: list[Event] = []
    async with bridge_of(config, home) as bridge:
        for request in ("a", "b"):
            command = Generate(request=request, recipe=recipe(num_inference_steps=60))
            await bridge.send(command)
        async for event in bridge.events():
            heard.append(event)
            if isinstance(event, Stepped) and event.step.index == 5:
                break
    async with bridge_of(config, home, seen=heard[-1].seq) as bridge:
        assert bridge.welcome.resumed
        async for event in bridge.events():
            heard.append(event)
            if sum(isinstance(event, Finished) for event in heard) == 2:
                break
    indices = [event.step.index for event in steps_of(heard)]
    assert indices == [*range(60), *range(60)]


async def test_started_comes_after_queued_and_before_the_first_step(bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe()))
    started = next(n for n, event in enumerate(events) if isinstance(event, Started))
    assert any(isinstance(event, Queued) for event in events[:started])
    assert not steps_of(events[:started])


async def test_a_client_that_leaves_while_a_picture_is_made_harms_nobody(bridge: Bridge):
    events = await painted(bridge, Generate(request="r", recipe=recipe()))
    step = steps_of(events)[1].step.id
    asking = asyncio.create_task(bridge.picture(step, "noisy"))
    await asyncio.sleep(0)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    assert (await bridge.picture(step, "noisy")).channels == 4
