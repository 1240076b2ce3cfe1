"""A bridge that is told to stop at any moment has ended within five seconds, by itself.

By SIGTERM, SIGINT (once or twice) or the end of its input: while it starts, loads, paints, refines,
streams, has just lost its worker, or talks to a client that never reads. What
was announced before is in the store afterwards, nothing is left of its workers, and the last
resort, a timer that ends the process, was not needed: the log would say so.

Most stops are of a bridge within this process, whose workers, one or two, are processes that paint
nothing (`_worker.py`); every twelfth is of a `pentimento serve` as painters start it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bridge.access import access
from bridge.access.access import Access
from bridge.config import Config
from bridge.http.client import Bridge, Lost, connect
from bridge.http.serving import serving
from bridge.store.store import Store
from bridge.wire import Generate, Live, Stepped
from bridge.worker.homes import ProcessHome
from pipelines.recipe import Recipe

QUICK, LONG = 12, 500
TENTH = 12  # every so many-th is a real process, which takes seconds to start
MOST = 5.0  # seconds
ROOT = Path(__file__).parents[2]
WORKER = [sys.executable, "-m", "tests.force._worker"]
HOWS = ("term", "int", "input ends", "term twice", "int twice")
PHASES = ("at once", "loading", "painting", "refining", "live", "worker killed", "deaf client")


def run(count: int, seed: int) -> str:
    """Stop `count` bridges."""
    chance, worst, real = random.Random(seed), (0.0, "", 1.0), 0
    logging.getLogger().addHandler(logging.NullHandler())  # killed workers are told of
    for number in range(count):
        where = f"seed {seed}, stop {number}"
        with tempfile.TemporaryDirectory() as folder:
            if number % TENTH == TENTH - 1:
                real += 1
                took, what = _process(Path(folder) / "data", chance)
            else:
                took, what = asyncio.run(_inside(Path(folder) / "data", chance))
        assert took < MOST * _crowd(), f"{where}, {what}: {took:.1f} s"
        worst = max(worst, (took, what, _crowd()))
    took, what, crowd = worst
    return (
        f"{count} stops, {real} of them of real processes, none was longer than {took:.2f} s "
        f"({what}, with {crowd:.1f} programs for each processor), every step that was announced "
        "was there afterwards"
    )


async def _inside(data: Path, chance: random.Random) -> tuple[float, str]:
    """A bridge of this process."""
    phase = chance.choice(PHASES)
    config = Config(port=0, data=data, device="cpu", threads=1)
    homes = [ProcessHome(WORKER) for _ in range(chance.choice((1, 2)))]
    seen: set[str] = set()
    async with serving(config, *homes) as where:
        acting = asyncio.create_task(_act(where, phase, homes, seen, chance))
        await asyncio.sleep(chance.random() ** 2 * 0.6)
        if phase != "at once" and homes[-1].pid is None:
            await asyncio.sleep(0.1)
        pids, began = [home.pid for home in homes if home.pid], time.monotonic()
    took = time.monotonic() - began
    await asyncio.wait([acting], timeout=1)
    acting.cancel()
    _check(config, seen, phase)
    assert not any(map(_lives, pids)), f"{phase}: a worker stayed"
    assert not any(home.pid for home in homes), f"{phase}: a worker was started after the end"
    return took, f"{phase}, {len(homes)} at work"


async def _act(
    where: Access, phase: str, homes: list[ProcessHome], seen: set[str], chance: random.Random
) -> None:
    """Do as a painter does, until the bridge goes."""
    if phase in ("at once", "loading"):
        return
    with suppress(Lost, ConnectionError, OSError):
        async with connect(where) as bridge:
            steps = 1 if phase == "refining" else 50
            painting = Recipe(prompt="", width=64, height=64, num_inference_steps=steps)
            if phase == "live":
                await bridge.send(Live(request="l", recipe=painting, frames=None, variation=True))
            else:
                await bridge.send(Generate(request="r", recipe=painting, count=16))
            if phase == "deaf client":
                await asyncio.sleep(MOST)
            await _listen(bridge, phase, homes, seen, chance)


async def _listen(
    bridge: Bridge, phase: str, homes: list[ProcessHome], seen: set[str], chance: random.Random
) -> None:
    async for event in bridge.events():
        if isinstance(event, Stepped):
            seen.add(event.step.id)
        pid = chance.choice(homes).pid
        if phase == "worker killed" and pid and chance.random() < 0.3:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _process(data: Path, chance: random.Random) -> tuple[float, str]:
    """A bridge as `pentimento serve` starts it."""
    how = chance.choice(HOWS)
    environment = os.environ | {"PENTIMENTO_DATA": str(data), "OMP_NUM_THREADS": "1"}
    environment |= {"PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, "-m", "bridge", "serve", "--port", "0", "--device", "cpu"]
    process = subprocess.Popen(
        [*command, "--until-input-ends"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=_as_on_a_terminal,
    )
    try:
        early = chance.random() < 0.3  # before it listens: Python's own way of ending may do
        deadline = time.monotonic() + (chance.random() * 2 if early else 60)
        while (found := access.find(data)) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if found is not None:
            asyncio.run(_paint_a_while(found, chance))
        began = time.monotonic()
        _stop(process, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(2 * MOST * _crowd())
        took = time.monotonic() - began
        if process.poll() is None:
            process.send_signal(signal.SIGABRT)  # where it hangs is said on standard error
            time.sleep(1)
    finally:
        process.kill()
        _, said = process.communicate()
    assert took < 2 * MOST * _crowd(), f"{how}, early {early}: it hung at {said.decode()[-3000:]}"
    log = data / "log" / "bridge.log"
    resorted = log.exists() and "still at work" in log.read_text()
    assert not resorted or _crowd() > 1, f"{how}: by the last resort"
    if found is not None:
        assert process.returncode == 0, f"{how}: {process.returncode}, {said[-300:]!r}"
        assert b"Fatal" not in said, f"{how}: {said[-300:]!r}"
    return took, f"a process, {how}{', before it listened' if found is None else ''}"


def _as_on_a_terminal() -> None:
    """Shells let what they start in the background ignore Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def _paint_a_while(where: Access, chance: random.Random) -> None:
    with suppress(Lost, ConnectionError):
        async with connect(where) as bridge:
            painting = Recipe(prompt="a house", width=64, height=64, num_inference_steps=3)
            await bridge.send(Generate(request="r", recipe=painting, count=16))
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.random() * 3):
                    async for _ in bridge.events():
                        pass


def _crowd() -> float:
    """How much longer anything takes on this machine just now: programs for each processor."""
    if not hasattr(os, "getloadavg"):
        return 1.0
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _stop(process: subprocess.Popen[bytes], how: str) -> None:
    assert process.stdin is not None  # asked for above
    if how == "input ends":
        process.stdin.close()
        process.stdin = None
        return
    for turn in range(1 + how.endswith("twice")):
        time.sleep(0.05 * turn)
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM if how.startswith("term") else signal.SIGINT)


def _check(config: Config, seen: set[str], phase: str) -> None:
    """The store can be opened, and nothing is failed that was only stopped."""
    store = Store(config.store_path, config.quota_bytes)
    try:
        assert seen <= {step.id for step in store.steps()}, f"{phase}: a step is lost"
        states = {run.state for run in store.runs()}
        assert phase == "worker killed" or "failed" not in states, f"{phase}: a run was failed"
    finally:
        store.close()


def _lives(pid: int) -> bool:
    """Whether a process works; one that has ended but was not yet buried does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
