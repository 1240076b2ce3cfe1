"""A bridge that holds the data folder and does not answer: nobody waits for it without a word.

A sceptic would stop its process (SIGSTOP), or let another program sit silently at its old port.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.access import access
from bridge.access.stuck import stuck
from bridge.config import Config, Limits
from bridge.http import client
from bridge.http.client import Bridge, Lost, connect
from bridge.http.serving import serving
from bridge.store.database import held
from bridge.store.store import Store
from bridge.worker.homes import Home

from ..cli import ROOT, Terminal, data_folder, served

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGSTOP")

RUN = ("run", "--prompt", "x", "--size", "32x24", "--steps", "1")
GIB = 2**30


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path
) -> Generator[subprocess.Popen[bytes]]:
    """A bridge of this module's own."""
    with data_folder(tmp_path_factory.mktemp("d")) as data, served(data, tiny_folder / "sd") as one:
        yield one


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second is enough for tests."""
    monkeypatch.setattr("bridge.access.stuck.PATIENCE", 1.0)


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Generator[str]:
    """It does not answer meanwhile; what a command is to say."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield f"a bridge (process {process.pid}) is running but does not answer"
    finally:
        process.send_signal(signal.SIGCONT)


def test_commands_and_doctor_say_that_a_bridge_does_not_answer(
    running: subprocess.Popen[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pentimento = Terminal(capsys)
    with stopped(running) as sentence:
        said = pentimento(*RUN, "-o", tmp_path / "a.png")
        assert (said.status, said.err) == (1, f"pentimento run: {sentence}; end it, or wait\n")
        said = pentimento("doctor")
        assert said.status == 1
        assert f"WRONG     {sentence}. To mend it: end it, or wait" in said.out
        assert "another program uses port" not in said.out
        said = pentimento("doctor", "--mend")
        assert (said.status, said.err) == (1, f"pentimento doctor: {sentence}; end it, or wait\n")
    pentimento.works(*RUN, "-o", tmp_path / "a.png")


@pytest.mark.slow
def test_a_second_bridge_does_not_wait_for_ever_for_one_that_is_silent(
    running: subprocess.Popen[bytes],
) -> None:
    with stopped(running) as sentence:
        done = subprocess.run(
            [sys.executable, "-m", "bridge", "serve", "--port", "0"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert sentence in done.stderr


@asynccontextmanager
async def talking(process: subprocess.Popen[bytes]) -> AsyncGenerator[Bridge]:
    """A connection to a bridge that stops answering."""
    where = access.find(Config().data)
    assert where is not None
    async with AsyncExitStack() as stack:
        bridge = await stack.enter_async_context(connect(where))
        stack.enter_context(stopped(process))
        yield bridge


@pytest.mark.parametrize(
    "wait", [lambda bridge: anext(bridge.events()), lambda bridge: bridge.runs()]
)
async def test_nobody_waits_for_a_bridge_that_has_fallen_silent(
    running: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
    wait: Callable[[Bridge], Awaitable[object]],
) -> None:
    monkeypatch.setattr(client, "HEARTBEAT", 1.0)
    async with talking(running) as bridge:
        with pytest.raises(Lost, match="does not answer any more"):
            await for_ever(bridge, wait)


async def for_ever(bridge: Bridge, wait: Callable[[Bridge], Awaitable[object]]) -> None:
    while True:  # what was said before is heard first
        await wait(bridge)


def test_only_a_bridge_that_holds_its_store_is_stuck(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    assert stuck(config) is None
    store = Store(config.store_path, GIB)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        where = access.publish(tmp_path, token="x" * 32, host="127.0.0.1", port=port)
        assert held(config.store_path)
        assert access.silent(tmp_path, 0.1) == where
        assert stuck(config) == os.getpid()
        store.close()
        assert not held(config.store_path)
        assert stuck(config) is None
    assert access.silent(tmp_path, 0.1) is None


async def test_a_bridge_with_as_many_clients_as_it_takes_says_so(
    config: Config, home: Home
) -> None:
    limited = replace(config, limits=Limits(connections=1))
    async with serving(limited, home) as where, connect(where):
        with pytest.raises(client.Full, match="at most 1 connections; close another panel"):
            async with connect(where):
                pass
