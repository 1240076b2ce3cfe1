"""A running bridge, or one of our own for as long as a command takes.

add_to      the options that say with which model and where to paint
reached     a connection to a bridge whose model is ready

A bridge that a command began stays until the last of its clients is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec

from .. import wire
from ..access import access
from ..access.access import Access
from ..access.stuck import sentence, stuck
from ..config import Config, model_name
from ..http.client import Bridge, Lost, connect
from ..http.routes import Connection
from ..wire import ModelInfo
from . import notices
from .amounts import Text
from .places import named_path
from .progress import waiting

START_PATIENCE = 30.0  # seconds a bridge of our own may take until it answers
LOAD_PATIENCE = 600.0  # seconds a model may take to load; gigabytes from a slow disk
END_PATIENCE = 10.0  # seconds a bridge of our own may take to end
_SAYS = "pentimento serve: "  # begins a bridge's own sentence


def add_to(parser: argparse.ArgumentParser) -> None:
    """Which model, where."""
    group = parser.add_argument_group("bridge", "used where no bridge is running yet")
    group.add_argument(
        "--model", type=named_path, metavar="FOLDER", help="a diffusers folder to paint with"
    )
    group.add_argument(
        "--device",
        type=Text("auto, cpu, cuda, cuda:NUMBER or mps"),
        help="auto, cpu, cuda, cuda:1, mps (auto)",
    )


@asynccontextmanager
async def reached(
    options: argparse.Namespace, name: str
) -> AsyncGenerator[tuple[Bridge, ModelInfo]]:
    """A connection to a bridge, and the model it paints with."""
    config = Config(model=options.model, device=options.device or "auto")
    async with AsyncExitStack() as stack:
        async with waiting("starting, and loading the model"):
            bridge = await _connected(stack, config, name)
            model = await _ready(bridge)
        wanted = None if options.model is None else model_name(config.model or options.model)
        if wanted not in (None, model.name):
            raise ValueError(
                f"a bridge is running with the model {model.name}; stop it to paint with {wanted}, "
                "or leave --model out"
            )
        if not model.device.startswith(config.device) and config.device != "auto":
            raise ValueError(
                f"a bridge is running on {model.device}; stop it to paint on {config.device}, "
                "or leave --device out"
            )
        yield bridge, model


async def _connected(stack: AsyncExitStack, config: Config, name: str) -> Bridge:
    """The bridge that runs; else one of our own, or whose start was faster meanwhile."""
    running = access.find(config.data)
    if running is not None:
        with suppress(Lost):  # it was just ending
            return await stack.enter_async_context(connect(running, client=name))
    elif (process := await asyncio.to_thread(stuck, config)) is not None:
        raise RuntimeError(sentence(process))
    ours = await stack.enter_async_context(_own(config))
    bridge = await stack.enter_async_context(connect(ours, client=name))
    found = (await bridge.doctor())["store"]["found"]  # nobody was there to be told of it
    notices.tell(config.store_path, found)
    return bridge


@asynccontextmanager
async def _own(config: Config) -> AsyncGenerator[Access]:
    """A bridge in a process of its own, out of Ctrl-C's reach, that ends with us at the latest."""
    command = [sys.executable, "-m", "bridge", "serve", "--port", "0", "--until-input-ends"]
    command += ["--device", config.device]
    command += [] if config.model is None else ["--model", str(config.model.resolve())]
    where = None
    with tempfile.TemporaryFile() as said:  # a pipe that nobody reads would fill up
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PENTIMENTO_DATA": str(config.data)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            where = await _answering(process, config.data, said)
            yield where
        finally:
            assert process.stdin is not None  # asked for above
            process.stdin.close()
            await asyncio.shield(asyncio.to_thread(_ended, process, where))


def _ended(process: subprocess.Popen[bytes], where: Access | None) -> None:
    """Wait until a bridge of our own has ended; one that others paint with stays for them."""
    end = time.monotonic() + END_PATIENCE
    while time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
            return
        if where is not None and _has_clients(where):
            return
    process.terminate()


def _has_clients(where: Access) -> bool:
    request = urllib.request.Request(
        f"{where.address}/facts/connection", headers={"Authorization": f"Bearer {where.token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return bool(msgspec.json.decode(answer.read(), type=Connection).sockets)
    except OSError:  # it does not listen any more
        return False


async def _answering(process: subprocess.Popen[bytes], folder: Path, said: IO[bytes]) -> Access:
    """Wait until the bridge answers. RuntimeError: its own last sentence."""
    end = time.monotonic() + START_PATIENCE
    while time.monotonic() < end:
        found = await asyncio.to_thread(access.find, folder)
        if found is not None:
            return found
        if process.poll() is not None:
            said.seek(0)
            raise RuntimeError(last_sentence(said.read().decode("utf-8", "replace")))
        await asyncio.sleep(0.1)
    raise RuntimeError(
        f"the bridge did not answer within {START_PATIENCE:.0f} s; see pentimento doctor"
    )


def last_sentence(said: str) -> str:
    """What a bridge that did not start gave as its reason, among whatever libraries print."""
    own = [line for line in said.splitlines() if line.startswith(_SAYS)]
    if own:
        return own[-1].removeprefix(_SAYS)
    return "the bridge of this command did not start; see pentimento doctor"


async def _ready(bridge: Bridge) -> ModelInfo:
    """The model, once it is loaded. RuntimeError: it cannot be."""
    if bridge.welcome.model is not None:
        return bridge.welcome.model
    known = (await bridge.doctor())["model"]
    if known["state"] == "failed":  # before we came
        raise RuntimeError(f"the model cannot be loaded: {known['message']}")
    try:
        async with asyncio.timeout(LOAD_PATIENCE):
            async for event in bridge.events():
                if isinstance(event, wire.Ready):
                    return event.model
                if isinstance(event, wire.Notice) and "cannot be loaded" in event.message:
                    raise RuntimeError(event.message)
    except TimeoutError:
        pass
    raise RuntimeError(
        f"the model did not load within {LOAD_PATIENCE:.0f} s; see pentimento doctor"
    )
