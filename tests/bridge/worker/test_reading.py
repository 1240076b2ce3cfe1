"""Files are read by a process that can be stopped, and whose memory and time have bounds."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from PIL import Image as pil

from bridge.config import Config, Limits
from bridge.http.serving import serving
from bridge.worker.homes import Home, ProcessHome
from bridge.worker.reading import Reading

MIB = 2**20
SLEEPER = [sys.executable, "-c", "import time; time.sleep(1000)"]


def png(side: int) -> bytes:
    """One colour: a few bytes for any size."""
    out = BytesIO()
    pil.new("RGB", (side, side), (200, 100, 50)).save(out, "PNG")
    return out.getvalue()


@pytest_asyncio.fixture
async def reading() -> AsyncGenerator[Reading]:
    one = Reading(Limits(reading_bytes=160 * MIB, heavy=1))
    yield one
    await one.close()


def idle(reading: Reading) -> ProcessHome | None:
    """The reader that waits."""
    homes = reading._idle  # pyright: ignore[reportPrivateUsage] # its memory is measured
    return homes[0] if homes else None


def peak(home: ProcessHome | None) -> int:
    """The most memory that a reader ever held, in bytes."""
    assert home is not None
    lines = Path(f"/proc/{home.pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


async def test_a_picture_is_read_as_it_is_and_its_reader_stays_warm(reading: Reading):
    image = (await reading.image(png(40))).image
    assert (image.width, image.height, image.channels) == (40, 40, 3)
    first = idle(reading)
    with pytest.raises(ValueError, match="this is no PNG, JPEG, TIFF or WebP picture"):
        await reading.image(b"no picture")
    assert idle(reading) is first


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound a process")
async def test_one_file_takes_no_more_memory_than_it_may(reading: Reading):
    """A picture of 8000 x 8000 pixels, a few bytes as a file, needs 192 MiB and more."""
    await reading.image(png(8))
    before = peak(idle(reading))
    with pytest.raises(ValueError, match="more memory than can be had"):
        await reading.image(png(8000))
    await reading.image(png(8))
    assert peak(idle(reading)) - before < 160 * MIB


async def test_who_gives_up_leaves_its_place_at_once(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr("bridge.worker.reading._READER", SLEEPER)
        asking = asyncio.create_task(reading.image(png(8)))
        await asyncio.sleep(0.3)
        asking.cancel()
    async with asyncio.timeout(60):  # a process starts; the sleeper sleeps a thousand seconds
        assert (await reading.image(png(8))).image.width == 8


async def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bridge.worker.reading._READER", SLEEPER)
    reading = Reading(Limits(reading_seconds=0.2))
    with pytest.raises(ValueError, match=r"this file takes more than 0.2 seconds to read"):
        await reading.image(png(8))
    async with asyncio.timeout(60):  # the sleeper sleeps a thousand seconds
        await reading.close()


async def test_a_reader_that_dies_costs_one_file(reading: Reading):
    await reading.image(png(8))
    home = idle(reading)
    assert home is not None
    assert home.pid is not None
    os.kill(home.pid, signal.SIGKILL)
    with pytest.raises(ValueError, match="this file cannot be read: it breaks what reads it"):
        await reading.image(png(8))
    assert (await reading.image(png(8))).image.width == 8


async def test_a_client_that_leaves_frees_the_only_place(
    config: Config, home: Home, monkeypatch: pytest.MonkeyPatch
):
    limits = Limits(heavy=1)
    async with serving(replace(config, limits=limits), home) as where:
        headers = {"Authorization": f"Bearer {where.token}", "Content-Type": "image/png"}
        async with ClientSession(where.address, headers=headers) as http:
            with monkeypatch.context() as patch:
                patch.setattr("bridge.worker.reading._READER", SLEEPER)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.5), http.put("/images", data=png(8)):
                        pass
            async with asyncio.timeout(60), http.put("/images", data=png(8)) as answer:
                assert answer.status == 200
