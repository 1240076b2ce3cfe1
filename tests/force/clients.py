"""Ten clients of one bridge at random: equal words, equal seeds, Ctrl-C and kills in between.

Some are command lines in processes of their own, some connections of this one. A command that
nobody stopped brings exactly the runs that it asked for, equal to the bit to the same ones painted
alone, and no run is brought to two; one that was stopped stops its own runs: of all runs none
fails, and no more are cancelled than were stopped.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from bridge.access import access
from bridge.access.access import Access
from bridge.commands.gather import Gathered, painted
from bridge.config import Config
from bridge.history.history import found_steps, history_of
from bridge.http.client import Bridge, connect
from bridge.http.serving import serving
from bridge.psd.files import read_document
from bridge.wire import Continue, Generate, RunId
from bridge.worker.homes import ThreadHome
from bridge.worker.worker import Worker
from pipelines.recipe import ImageId, Recipe, Rewind
from tests.bridge.cli import ROOT, served
from tests.pipelines import tiny_models

QUICK, LONG = 4, 120  # commands, of all clients together
CLIENTS = 10
STEPS = 4
GUIDANCE = 5.0
ONWARD = ("at night", "in the snow")
LEFT = 1  # the step that a rewind leaves

Pictures = tuple[ImageId, ...]  # of a run's steps: hashes of their pixels


class Wish(NamedTuple):
    """What a run is to show; equal ones look equal."""

    prompt: str
    seed: int
    onward: str | None = None  # a rewind's prompt; None: a run from the beginning

    @property
    def recipe(self) -> Recipe:
        """Of the run, or of the one that is left."""
        return Recipe(
            prompt=self.prompt,
            seed=self.seed,
            width=32,
            height=24,
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE,
            model="sd",
        )


class Tally:
    """What the clients brought and did."""

    def __init__(self, count: int, seed: int):
        self.dice = random.Random(seed)
        self.left = count
        self.brought: list[tuple[Wish, RunId, Pictures]] = []
        self.stopped = 0  # runs of commands that were stopped
        self.acts = Counter[str]()


def run(count: int, seed: int, workers: int = 1) -> str:
    """Give `count` commands to a bridge with so many workers."""
    tally = Tally(count, seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = tiny_models.write_sd(folder / "sd")
        with served(folder / "data", model, workers=workers):
            where = access.find(folder / "data")
            assert where is not None, "served until the end"
            states = asyncio.run(_all(where, folder, tally))
        alone = asyncio.run(_alone(folder, model, {wish for wish, _, _ in tally.brought}))
    for wish, id, pictures in tally.brought:
        assert pictures == alone[wish], f"seed {seed}: run {id} is not what {wish} is alone"
    ids = [id for _, id, _ in tally.brought]
    assert len(ids) == len(set(ids)), f"seed {seed}: a run was brought to two clients"
    assert set(states) <= {"finished", "cancelled"}, f"seed {seed}: {states}"
    assert states["cancelled"] <= tally.stopped, f"seed {seed}: {states}, {tally.stopped} stopped"
    did = ", ".join(f"{number} {act}" for act, number in sorted(tally.acts.items()))
    return (
        f"{CLIENTS} clients gave {count} commands to a bridge of {workers} workers ({did}); "
        f"{len(ids)} runs came back, each equal "
        f"to the bit to the same one alone, {states['cancelled']} were cancelled by their owners"
    )


async def _all(where: Access, folder: Path, tally: Tally) -> Counter[str]:
    """Every client at once; the states of all runs, once nothing waits."""
    async with asyncio.TaskGroup() as clients:
        for number in range(CLIENTS):
            clients.create_task(_client(where, folder / str(number), tally))
    async with connect(where) as bridge:
        while True:
            states = Counter(one.run.state for one in await bridge.runs())
            if not states["queued"] + states["running"]:
                return Counter({str(state): number for state, number in states.items()})
            await asyncio.sleep(0.05)


async def _client(where: Access, folder: Path, tally: Tally) -> None:
    """One client, until enough commands were given."""
    folder.mkdir()
    dice = tally.dice
    while tally.left > 0:
        tally.left -= 1
        wish = Wish(dice.choice(("a house", "a boat")), dice.choice((5, 6)))
        stop = dice.random() < 0.3
        if dice.random() < 0.4:
            await _command_line(folder, wish, tally, stop=stop)
        else:
            await _connection(where, wish, tally, count=dice.choice((1, 1, 2)), stop=stop)


async def _connection(where: Access, wish: Wish, tally: Tally, *, count: int, stop: bool) -> None:
    """A command over a connection of this process, and often a rewind of what it brought."""
    async with connect(where) as bridge:
        command = Generate(request="run", recipe=wish.recipe, count=count)
        work = asyncio.create_task(painted(bridge, command, lambda _: None))
        if stop:  # sometimes before the bridge has heard of it
            await asyncio.sleep(tally.dice.choice((0, 0, 0.05, 0.2)))
            tally.stopped += count
            tally.acts["stopped"] += 1
            work.cancel()
            await asyncio.wait([work])
            if not work.cancelled():  # it was over already
                work.result()
            return
        made = await work
        tally.acts[f"run of {count}"] += 1
        assert len(made) == count
        for number, one in enumerate(made):
            _bring(tally, wish._replace(seed=wish.seed + number), one)
        if tally.dice.random() < 0.5:
            again = wish._replace(onward=tally.dice.choice(ONWARD))
            branch = await _branch(bridge, again, made[0])
            tally.acts["rewind"] += 1
            assert branch.painting.run.parent == made[0].painting.steps[LEFT][0].id
            _bring(tally, again, branch)


async def _branch(bridge: Bridge, wish: Wish, left: Gathered) -> Gathered:
    """Go on from a step, with other words."""
    step = left.painting.steps[LEFT][0].id
    recipe = replace(left.painting.run.recipe, prompt=wish.onward or wish.prompt)
    rewind = Rewind(mode="repaint")
    command = Continue(request="rewind", step=step, rewind=rewind, recipe=recipe)
    (made,) = await painted(bridge, command, lambda _: None)
    return made


def _bring(tally: Tally, wish: Wish, one: Gathered) -> None:
    tally.brought.append((wish, one.painting.run.id, _pictures(one)))


def _pictures(one: Gathered) -> Pictures:
    return tuple(image.id for _, image in one.painting.steps)


async def _command_line(folder: Path, wish: Wish, tally: Tally, *, stop: bool) -> None:
    """`pentimento run`, perhaps ended by Ctrl-C or killed; and often a rewind of its file."""
    file, branch = folder / "run.psd", folder / "branch.psd"
    asked = ("--prompt", wish.prompt, "--seed", str(wish.seed), "--steps", str(STEPS))
    asked += ("--guidance-scale", str(GUIDANCE), "--size", "32x24")
    how = tally.dice.choice((signal.SIGINT, signal.SIGKILL)) if stop else None
    status = await _spawned(folder, ("run", *asked, "-o", str(file)), how)
    if how is not None:
        tally.stopped += how is signal.SIGINT  # the run of one that was killed goes on
        tally.acts[f"command line, {how.name}"] += 1
        assert status in (0, 130 if how is signal.SIGINT else -how), f"it ended with {status}"
        return
    assert status == 0, f"a command line ended with {status}"
    tally.acts["command line"] += 1
    _bring_file(tally, file, [wish])
    if tally.dice.random() < 0.5:
        again = wish._replace(onward=tally.dice.choice(ONWARD))
        words = ("--step", str(LEFT + 1), "--prompt", again.onward or "")
        rewind = ("rewind", str(file), *words, "-o", str(branch))
        assert await _spawned(folder, rewind, None) == 0
        tally.acts["command line's rewind"] += 1
        _bring_file(tally, branch, [None, again])


def _bring_file(tally: Tally, file: Path, wishes: list[Wish | None]) -> None:
    """The runs of a document; None: known from before."""
    document, images = read_document(file.read_bytes())
    history = history_of(document.xmp)
    found = found_steps(document, images, history)
    for one, wish in zip(history.runs, wishes, strict=True):
        steps = [found[f"{one.id}.{index}"] for index in range(one.first, one.last + 1)]
        if wish is not None:
            tally.brought.append((wish, one.id, tuple(step.picture.id for step in steps)))
        if one.parent is not None:
            assert one.parent == f"{history.runs[0].id}.{LEFT}", "a branch of another's document"


async def _spawned(folder: Path, command: tuple[str, ...], how: signal.Signals | None) -> int:
    """A command line's exit status; `how`: it is signalled once it has heard of its run."""
    data = str(folder.parent / "data")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", *command, "--json"),
        cwd=ROOT,
        env=os.environ | {"PENTIMENTO_DATA": data, "OMP_NUM_THREADS": "1"},
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        limit=2**24,
    )
    assert process.stdout is not None, "asked for above"
    if how is not None:
        await process.stdout.readline()
        process.send_signal(how)
    await process.communicate()
    assert process.returncode is not None, "it has ended"
    return process.returncode


async def _alone(folder: Path, model: Path, wishes: set[Wish]) -> dict[Wish, Pictures]:
    """The same, one after the other, by a bridge that has no other client."""
    config = Config(port=0, data=folder / "alone", model=model, device="cpu", threads=1)
    alone: dict[Wish, Pictures] = {}
    async with serving(config, ThreadHome(Worker().answer)) as where, connect(where) as bridge:
        for wish in sorted(wishes, key=str):
            command = Generate(request="run", recipe=wish.recipe)
            (one,) = await painted(bridge, command, lambda _: None)
            if wish.onward is not None:
                one = await _branch(bridge, wish, one)
            alone[wish] = _pictures(one)
    return alone
