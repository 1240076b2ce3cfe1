"""Ctrl-C: the first stops a command, and what comes after it changes nothing.

once        while a program runs, so that its exit status is its own however often it is pressed
stoppable   the result of some work of the event loop, which Ctrl-C cancels

What is being stopped ends within a patience of its own: whoever presses again is not told more, and
least of all by a traceback.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


@contextmanager
def once() -> Generator[None]:
    """Hear Ctrl-C once, where Python would hear it at all."""
    if not _here(signal.default_int_handler):
        yield
        return
    signal.signal(signal.SIGINT, _stopped)
    try:
        yield
    finally:
        if _here(_stopped):
            signal.signal(signal.SIGINT, signal.default_int_handler)


def stoppable(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it. Raises KeyboardInterrupt where it was cancelled by Ctrl-C."""
    if not _here(_stopped):
        return asyncio.run(work)

    async def whole() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # it is this one

        def stop(*_: object) -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            loop.call_soon_threadsafe(task.cancel)

        signal.signal(signal.SIGINT, stop)
        try:
            return await work
        finally:
            if _here(stop):
                signal.signal(signal.SIGINT, _stopped)

    try:
        return asyncio.run(whole())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _stopped(*_: object) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _here(handler: object) -> bool:
    """Whether this is what hears Ctrl-C, and this thread is the one that may change it."""
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and signal.getsignal(signal.SIGINT) is handler
