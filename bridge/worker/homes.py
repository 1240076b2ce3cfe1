"""Where processes and threads meet asyncio: the homes a worker can live in.

Home          ask for something, await the answer; requests take their turns
ProcessHome   a process of its own: the default
ThreadHome    a thread of this process, for tests that bring a worker of their own
WorkerDied    the worker is gone; what it was doing is to be asked again
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from . import frames
from .memory import Rest
from .protocol import Broken, Refused, Reply, Request

T = TypeVar("T")

log = logging.getLogger(__name__)

_MANNERS = {  # of the worker's libraries: no network, no progress bars
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "DIFFUSERS_VERBOSITY": "error",
    # Idle threads sleep instead of spinning: beside other busy programs ten steps took 2.3 s
    # instead of 153 s (two processors, load 12); alone they take the same.
    "OMP_WAIT_POLICY": "PASSIVE",
    # What torch compiles for each size and number of rows it meets on a CPU, where a live stream
    # meets many: of 1024 layers, as it is otherwise, 48 sizes took 26 MiB and kept 33 free between
    # them; like this 1, and no longer.
    "LRU_CACHE_CAPACITY": "16",
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128",
}
_PATIENCE = 1.0  # seconds a worker has to leave after its input was closed, and again once killed
_rest = Rest()


CLOSED = "the bridge is being stopped"


class WorkerDied(RuntimeError):
    """The worker ended in the middle of its work."""


class WorkerBroke(RuntimeError):
    """The worker met an error that is not the request's fault; the text is for users."""


class Home(Protocol):
    """Where a worker lives. `ask` raises ValueError, WorkerBroke or WorkerDied."""

    async def ask(self, request: Request) -> Reply:
        """The worker's answer; callers take turns, in the order they came."""
        ...

    async def restart(self) -> None:
        """A fresh worker, without a model."""
        ...

    async def close(self) -> None:
        """End the worker, whatever it is doing."""
        ...


class ProcessHome:
    """A worker process, spoken to through its standard input and output.

    Once closed it stays closed: whoever still waits for an answer hears that the worker died, and
    none is started again.
    """

    def __init__(self, command: list[str] | None = None):
        self._command = command or [sys.executable, "-m", "bridge.worker.worker"]
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._closed = False
        self._tasks: set[asyncio.Task[Any]] = set()  # whatever they give

    @property
    def pid(self) -> int | None:
        """The worker's process id; None before it is first needed."""
        return None if self._process is None else self._process.pid

    async def ask(self, request: Request) -> Reply:
        """See Home. An asker that gives up leaves the exchange to end by itself, in step."""
        exchange = self._background(self._exchange(request))
        return _checked(await asyncio.shield(exchange))

    async def restart(self) -> None:
        """See Home."""
        async with self._turn:
            await self._end()
            await self._start()

    async def close(self) -> None:
        """See Home. Takes no turn: who has it may wait for the worker for minutes."""
        self._closed = True
        await self._end()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=2 * _PATIENCE)
            for task in late:
                task.cancel()

    async def kill(self) -> None:
        """Close without a word to the worker, which may be at work and not listen."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        await self.close()

    async def _exchange(self, request: Request) -> Reply:
        async with self._turn:
            process = self._process or await self._start()
            assert process.stdin  # both are pipes
            assert process.stdout
            try:
                process.stdin.writelines(frames.pack(request))
                await process.stdin.drain()
                return await _read(process.stdout)
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise WorkerDied(f"the worker ended while it was working: {error}") from None

    async def _start(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise WorkerDied(CLOSED)
        package = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | _MANNERS | {"PYTHONPATH": path},
        )
        process = self._process
        assert process.stderr  # a pipe
        self._background(_log_lines(process.stderr))
        if self._closed:  # while it was being started
            await self._end()
            raise WorkerDied(CLOSED)
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin  # a pipe
        process.stdin.close()
        try:
            with suppress(TimeoutError):
                return await _ended(process)
        finally:  # also where nobody waits any longer
            if process.returncode is None:
                with suppress(ProcessLookupError):  # it has just ended
                    process.kill()
        with suppress(TimeoutError):  # what the system itself holds fast ends without us
            await _ended(process)

    def _background(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # was looked at
        return task


class ThreadHome:
    """A worker in a thread of this process."""

    def __init__(self, answer: Callable[[Request], Reply]):
        self._answer = answer
        self._turn = asyncio.Lock()

    async def ask(self, request: Request) -> Reply:
        """See Home. What was begun is ended, also when its asker gives up."""
        return _checked(await asyncio.shield(self._exchange(request)))

    async def restart(self) -> None:
        """See Home; a thread cannot die, so there is nothing to do."""

    async def close(self) -> None:
        """See Home."""
        async with self._turn:
            pass

    async def _exchange(self, request: Request) -> Reply:
        async with self._turn:
            return await in_thread(self._answer, request)


async def in_thread(work: Callable[..., T], *values: object) -> T:
    """Blocking work, off the event loop. What the last of it leaves free goes back."""
    try:
        return await asyncio.to_thread(work, *values)
    finally:
        _rest.begins()


async def _ended(process: asyncio.subprocess.Process) -> None:
    await asyncio.wait_for(process.wait(), _PATIENCE)


def _checked(reply: Reply) -> Reply:
    match reply:
        case Refused(message=message):
            raise ValueError(message)
        case Broken(message=message, traceback=traceback):
            log.warning("worker: %s\n%s", message, traceback)
            raise WorkerBroke(message)
        case _:
            return reply


async def _read(pipe: asyncio.StreamReader) -> Reply:
    length = frames.header_length(await pipe.readexactly(frames.LENGTH_SIZE))
    reply = frames.unpack_reply(await pipe.readexactly(length))
    for blob in frames.blobs_of(reply):
        blob.data = await pipe.readexactly(blob.size)
    return reply


async def _log_lines(pipe: asyncio.StreamReader) -> None:
    """What the worker and its libraries print goes to the log."""
    while not pipe.at_eof():
        with suppress(ValueError):  # an endless line: what has come of it is dropped
            line = (await pipe.readline()).decode(errors="replace").strip()
            if line:
                log.info("worker: %s", line)
