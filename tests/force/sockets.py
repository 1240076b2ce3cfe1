"""Whoever can open the port and has no token holds nobody up, and neither does odd HTTP with one.

While each attack goes on, and its connections stay open, the bridge works less than LATE seconds
before `/health` answers (and, where the machine is its own, it answers within them), a paired
client's run goes on, the bridge's memory grows by less than GROWTH, and no attack costs it more
than CPU seconds. What is refused is refused as JSON; the token is not in the log afterwards.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from aiohttp import ClientSession, WSMsgType

from bridge.access import access
from bridge.access.access import Access
from bridge.http.client import Bridge, connect
from bridge.wire import Generate, Refined, Stepped
from pipelines.recipe import Recipe

QUICK, LONG = 14, 280
ROOT = Path(__file__).parents[2]
LATE = 1.0  # seconds of the bridge's processor time before /health answers; when LONG, of the clock
PATIENCE = 60.0  # seconds; whatever takes longer hangs
GROWTH = 96 * 2**20  # bytes
CPU = 4.0  # seconds of the bridge, for one attack
BOMB = gzip.compress(bytes(64 * 2**20)) * 60  # 4 MB that become 4 GiB


@dataclass
class Field:
    """Where an attack takes place."""

    where: Access
    stack: AsyncExitStack  # what is open until the attack is over
    answers: list[bytes] = field(default_factory=list[bytes])

    async def opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection, kept open."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.where.port)
        self.stack.callback(writer.close)
        return reader, writer

    async def said(self, data: bytes, *, wanted: bytes = b"", times: int = 1) -> bytes:
        """What is answered to these bytes: until the end, `wanted` so many times, or silence."""
        reader, writer = await self.opened()
        answer = b""
        with suppress(ConnectionError, TimeoutError):
            writer.write(data)
            await asyncio.wait_for(writer.drain(), PATIENCE)
            while not wanted or answer.count(wanted) < times:
                patience = PATIENCE if wanted or not answer else 1.0
                piece = await asyncio.wait_for(reader.read(65536), patience)
                if not piece:
                    break
                answer += piece
        self.answers.append(answer)
        return answer

    def head(self, line: str, *more: str, paired: bool = False) -> bytes:
        """A request's head."""
        lines = [f"{line} HTTP/1.1", f"Host: 127.0.0.1:{self.where.port}", *more]
        lines += [f"Authorization: Bearer {self.where.token}"] if paired else []
        return "\r\n".join([*lines, "", ""]).encode()


async def half_open(field: Field) -> None:
    """1,024 connections that say nothing."""
    for _ in range(16):
        await asyncio.gather(*(field.opened() for _ in range(64)))
    await asyncio.sleep(0.3)


async def slow_heads(field: Field) -> None:
    """Heads that arrive a line at a time and never end."""
    writers = [(await field.opened())[1] for _ in range(200)]
    for turn in range(4):
        for writer in writers:
            with suppress(ConnectionError):
                writer.write(b"GET /health HTTP/1.1\r\n" if turn == 0 else b"X-A: b\r\n")
        await asyncio.sleep(0.1)


async def long_heads(field: Field) -> None:
    """Ten thousand headers, a line of a mebibyte, a header of one."""
    many = [f"X-{number}: x" for number in range(10_000)]
    for data in (
        field.head("GET /health", *many),
        field.head("GET /" + "x" * 2**20),
        field.head("GET /health", "X-Long: " + "x" * 2**20),
    ):
        _refused(await field.said(data), 400)


async def smuggling(field: Field) -> None:
    """A second request hidden in the first's body: it must not be answered as one of its own."""
    inner = field.head("GET /openapi.json")
    bodies = (
        ("Content-Length: 4", "Transfer-Encoding: chunked"),
        ("Content-Length: 0", f"Content-Length: {len(inner)}"),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Content-Length: +5",),
        ("Content-Length: -1",),
        (" Content-Length: 5",),
    )
    for lines in bodies:
        answer = await field.said(field.head("GET /health", *lines) + b"0\r\n\r\n" + inner)
        assert b'"openapi"' not in answer, f"smuggled by {lines}"


async def silent_sockets(field: Field) -> None:
    """WebSockets without a Hello: they do not count as clients."""
    http = await field.stack.enter_async_context(ClientSession(field.where.address))
    for _ in range(100):
        await field.stack.enter_async_context(http.ws_connect("/ws"))
    async with connect(field.where, client="beside them"):
        pass


async def bombs_of_strangers(field: Field) -> None:
    """Packed bodies without the token."""
    head = field.head("PUT /images", "Content-Encoding: gzip", f"Content-Length: {len(BOMB)}")
    _refused(await field.said(head + BOMB), 401)


async def bombs_of_clients(field: Field) -> None:
    """Packed bodies with it."""
    for kind in ("gzip", "deflate", "br", "zstd", "x-gzip"):
        more = ("Content-Type: image/png", f"Content-Encoding: {kind}")
        head = field.head("PUT /images", *more, f"Content-Length: {len(BOMB)}", paired=True)
        _refused(await field.said(head + BOMB), 415)


async def endless_bodies(field: Field) -> None:
    """A body without an end, without the token: it is not taken in."""
    reader, writer = await field.opened()
    writer.write(field.head("PUT /images", "Transfer-Encoding: chunked"))
    sent, piece = 0, b"10000\r\n" + bytes(65536) + b"\r\n"
    with suppress(ConnectionError, TimeoutError):
        while sent < 64 * 2**20:
            writer.write(piece)
            await asyncio.wait_for(writer.drain(), PATIENCE)
            sent += len(piece)
    _refused(await reader.read(65536), 401)


async def large_frames(field: Field) -> None:
    """Messages of 5 MiB, before and after Hello."""
    async with ClientSession(field.where.address) as http, http.ws_connect("/ws") as stranger:
        with suppress(ConnectionError):
            await stranger.send_str("x" * 5 * 2**20)
        message = await stranger.receive(timeout=PATIENCE)
        assert message.type is not WSMsgType.TEXT, message
    async with connect(field.where) as bridge:
        socket = bridge._socket  # pyright: ignore[reportPrivateUsage] # no way to be so rude
        with suppress(ConnectionError):
            await socket.send_str("x" * 5 * 2**20)
        while (await socket.receive(timeout=PATIENCE)).type is WSMsgType.TEXT:
            pass


async def broken_frames(field: Field) -> None:
    """Bytes that are no UTF-8, frames without a mask, reserved bits, a close of one byte."""
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    head = field.head("GET /ws", *upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    for frame in (
        b"\x81\x82\0\0\0\0\xff\xfe",
        b"\x81\x02hi",
        b"\xf1\x80\0\0\0\0",
        b"\x88\x81\0\0\0\0\x03",
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
    ):
        answer = await field.said(head + frame, wanted=b" 101 ")
        assert b" 101 " in answer, (frame, answer[:300])


async def pipelined(field: Field) -> None:
    """A thousand requests in one go."""
    program = b'"program":"pentimento"'
    answer = await field.said(field.head("GET /health") * 1000, wanted=program, times=1000)
    count = answer.count(program)
    assert count == 1000, f"{count} of 1000 requests were answered"


async def no_http(field: Field) -> None:
    """What is no request, with a token in it: answered in JSON, not written down."""
    token = field.where.token
    for data in (
        f"GET /runs?token={token} HTTP/9\r\n\r\n".encode(),
        f"GE\0T /runs?token={token} HTTP/1.1\r\n\r\n".encode(),
        f"GET /runs HTTP/1.1\r\nAuthorization Bearer {token}\r\n\r\n".encode(),
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(64),
        b"\x1b[31mGET\r\n / HTTP/1.1\r\n\r\n",
    ):
        _refused(await field.said(data), 400)


async def expectations(field: Field) -> None:
    """Nobody without the token is asked for a body, and odd wishes are refused in JSON."""
    lines = ("Content-Length: 9", "Expect: 100-continue")
    answer = await field.said(field.head("PUT /images", *lines))
    assert b"100 Continue" not in answer
    _refused(answer, 401)
    _refused(await field.said(field.head("GET /health", "Expect: tea")), 417)


async def foreigners(field: Field) -> None:
    """Hosts and origins of others, in every number."""
    for lines in (("Origin: https://evil.test",), ("Origin: null",)):
        _refused(await field.said(field.head("GET /health", *lines)), 403)
    _refused(await field.said(b"GET /health HTTP/1.1\r\nHost: evil.test\r\n\r\n"), 403)


ATTACKS: tuple[Callable[[Field], Awaitable[None]], ...] = (
    half_open,
    slow_heads,
    long_heads,
    smuggling,
    silent_sockets,
    bombs_of_strangers,
    bombs_of_clients,
    endless_bodies,
    large_frames,
    broken_frames,
    pipelined,
    no_http,
    expectations,
    foreigners,
)


def run(count: int, seed: int) -> str:
    """Attack a bridge `count` times."""
    with tempfile.TemporaryDirectory() as folder, _bridge(Path(folder)) as (process, where):
        said = asyncio.run(_attacked(process.pid, where, count, random.Random(seed)))
        log = (Path(folder) / "log" / "bridge.log").read_text()
        assert where.token not in log, "the token is in the log"
        assert "Traceback" not in log, log[log.index("Traceback") :][:2000]
    return said


async def _attacked(pid: int, where: Access, count: int, chance: random.Random) -> str:
    order = [ATTACKS[number % len(ATTACKS)] for number in range(count)]
    chance.shuffle(order)
    late, busy, dear = 0.0, 0.0, 0.0
    async with connect(where) as bridge:
        steps = list[str]()
        painting = asyncio.create_task(_paint(bridge, steps))
        await _until(lambda: len(steps) > 3, "the run did not begin")
        before, bound = _memory(pid), LATE if count >= LONG else PATIENCE
        for attack in order:
            seen, cpu, asked = len(steps), _cpu(pid), list[Asked]()
            asking = asyncio.create_task(_ask_often(pid, where, asked))
            async with AsyncExitStack() as stack:
                try:
                    await attack(Field(where, stack))
                except AssertionError as error:
                    raise AssertionError(f"{attack.__name__}: {error}") from None
                await asyncio.sleep(0.1)
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            asked.append(await _ask(pid, where))
            late = max(late, *(one.took for one in asked))
            busy = max(busy, *(one.cpu for one in asked))
            dear = max(dear, _cpu(pid) - cpu)
            assert late < bound, f"{attack.__name__}: /health took {late:.2f} s"
            assert busy < LATE, f"{attack.__name__}: {busy:.2f} s of work before /health answered"
            assert dear < CPU, f"{attack.__name__}: {dear:.1f} s of processor time"
            await _until(lambda seen=seen: len(steps) > seen, f"{attack.__name__}: the run stands")
            grown = _memory(pid) - before
            assert grown < GROWTH, f"{attack.__name__}: {grown / 2**20:.0f} MiB more"
        painting.cancel()
    return (
        f"{count} attacks of {len(ATTACKS)} kinds: /health within {late:.2f} s "
        f"and {busy:.2f} s of the bridge's processor time, at most "
        f"{dear:.1f} s of processor time for one, {(_memory(pid) - before) / 2**20:.0f} MiB more, "
        "runs went on"
    )


class Asked(NamedTuple):
    """What /health cost, in seconds."""

    took: float
    cpu: float  # of the bridge, meanwhile


async def _ask(pid: int, where: Access) -> Asked:
    """On a connection of its own."""
    began, cpu = time.monotonic(), _cpu(pid)
    async with ClientSession(where.address) as http, http.get("/health") as answer:
        assert answer.status == 200
        await answer.read()
    return Asked(time.monotonic() - began, _cpu(pid) - cpu)


async def _ask_often(pid: int, where: Access, asked: list[Asked]) -> None:
    """Until cancelled."""
    while True:
        asked.append(await _ask(pid, where))
        await asyncio.sleep(0.05)


async def _paint(bridge: Bridge, steps: list[str]) -> None:
    """One run after the other, for ever."""
    painting = Recipe(prompt="", width=64, height=64, num_inference_steps=100)
    while True:
        async for event in bridge.paint(Generate(request="r", recipe=painting)):
            if isinstance(event, Stepped | Refined):  # pictures are refined between two runs
                steps.append(type(event).__name__)


async def _until(true: Callable[[], bool], otherwise: str) -> None:
    for _ in range(int(PATIENCE / 0.05)):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(otherwise)


def _refused(answer: bytes, status: int) -> None:
    """A refusal is one sentence as JSON."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1:2] == [str(status).encode()], answer[:300]
    assert b"application/json" in head, answer[:300]
    assert list(json.loads(body)) == ["message"], answer[:300]


@contextmanager
def _bridge(data: Path) -> Generator[tuple[subprocess.Popen[bytes], Access]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.force._bridge", str(data)], cwd=ROOT, stdin=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while (where := access.find(data)) is None:
            assert time.monotonic() < deadline, "the bridge did not answer"
            time.sleep(0.05)
        yield process, where
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()


def _memory(pid: int) -> int:
    """What it holds of the machine's memory, in bytes."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True)
    return int(told.stdout) * 1024


def _cpu(pid: int) -> float:
    """Seconds of processor time that it has used; 0 where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
