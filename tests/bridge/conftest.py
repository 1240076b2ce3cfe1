"""What the bridge's tests share: a bridge of their own, painting with a tiny real model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest

from bridge.access.access import Access
from bridge.config import Config
from bridge.http.client import Bridge, connect
from bridge.http.serving import serving
from bridge.wire import Event, Stepped
from bridge.worker.homes import Home, ThreadHome
from bridge.worker.worker import Worker
from pipelines.model import load_model
from pipelines.recipe import Recipe

from .cli import Terminal, data_folder, served


@pytest.fixture
def config(tmp_path: Path, tiny_folder: Path) -> Config:
    """A bridge's settings: any free port, an empty store, the tiny model."""
    return Config(port=0, data=tmp_path / "data", model=tiny_folder / "sd", device="cpu", threads=1)


@pytest.fixture(scope="session")
def workers() -> tuple[Worker, Worker]:
    """Two workers for bridges of this process, one bridge after the other.

    Each reads a folder once, not once for each bridge: that, and fitting a preview to it, takes
    longer than most tests. Bridges in processes of their own read it each time.
    """
    return Worker(cache(load_model)), Worker(cache(load_model))


@pytest.fixture(scope="session")
def worker(workers: tuple[Worker, Worker]) -> Worker:
    """One of them."""
    return workers[0]


@pytest.fixture
def home(worker: Worker) -> Home:
    """The worker in a thread."""
    return ThreadHome(worker.answer)


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def homes(request: pytest.FixtureRequest, workers: tuple[Worker, Worker]) -> list[Home]:
    """One worker in a thread; and again with two."""
    return [ThreadHome(worker.answer) for worker in workers[: request.param]]


@pytest.fixture
async def access(config: Config, home: Home) -> AsyncGenerator[Access]:
    """Where a running bridge listens."""
    async with serving(config, home) as where:
        yield where


@pytest.fixture
async def bridge(access: Access) -> AsyncGenerator[Bridge]:
    """A paired connection to it."""
    async with connect(access, client="tests") as connected:
        yield connected


@asynccontextmanager
async def bridge_of(
    config: Config, *homes: Home, seen: int | None = None
) -> AsyncGenerator[Bridge]:
    """A bridge and a connection, for tests that start several on one store."""
    async with serving(config, *homes) as where, connect(where, seen=seen) as connected:
        yield connected


def recipe(**changes: object) -> Recipe:
    """A small painting, quickly made."""
    plain: dict[str, object] = {
        "prompt": "a house",
        "width": 32,
        "height": 24,
        "num_inference_steps": 4,
        "model": "sd",
    }
    return Recipe(**(plain | changes))  # pyright: ignore[reportArgumentType] # Recipe checks them


def steps_of(events: list[Event]) -> list[Stepped]:
    """The steps among events."""
    return [event for event in events if isinstance(event, Stepped)]


@pytest.fixture(scope="session")
def bridged(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Generator[Path]:
    """The data folder of a bridge that many files of tests share: starting one takes longer."""
    folder = tmp_path_factory.mktemp("data")
    with served(folder, tiny_folder / "sd"):
        yield folder


@pytest.fixture(scope="module")
def folder(bridged: Path) -> Generator[Path]:
    """It is everybody's data folder here."""
    with data_folder(bridged):
        yield bridged


@pytest.fixture
def pentimento(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command line beside that bridge."""
    assert folder.exists()
    return Terminal(capsys)
