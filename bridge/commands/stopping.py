"""Ctrl-C, a closed terminal, a request to end: the first stops a command.

once        while a program runs, so that its exit status is its own however often it is pressed
stoppable   the result of some work of the event loop, which they cancel
heard       the signals that do
status      the exit status of a command that was stopped

What comes after it changes nothing: what is being stopped ends within a patience of its own, and
whoever presses again is not told more, least of all by a traceback.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows lacks the last
_SIGNALS = tuple(one for one in signal.Signals if one.name in _NAMES)
_heard: list[int] = []  # which it was


@contextmanager
def once() -> Generator[None]:
    """Hear each signal once, where it would be heard at all: nohup's commands hear no hangup."""
    before = {one: signal.getsignal(one) for one in _SIGNALS} if _is_main() else {}
    usual = (signal.default_int_handler, signal.SIG_DFL)
    ours = {one: handler for one, handler in before.items() if handler in usual}
    _heard.clear()
    for one in ours:
        signal.signal(one, _stopped)
    try:
        yield
    finally:
        for one, handler in ours.items():
            if signal.getsignal(one) is _stopped:
                signal.signal(one, handler)


def stoppable(work: Coroutine[Any, Any, T]) -> T:
    """What comes of it. Raises KeyboardInterrupt where it was cancelled by a signal."""
    ours = [one for one in _SIGNALS if _is_main() and signal.getsignal(one) is _stopped]
    if not ours:
        return asyncio.run(work)

    async def whole() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # it is this one

        def stop(number: int, _: object) -> None:
            _deaf(number)
            loop.call_soon_threadsafe(task.cancel)

        for one in ours:
            signal.signal(one, stop)
        try:
            return await work
        finally:
            for one in ours:
                if signal.getsignal(one) is stop:
                    signal.signal(one, _stopped)

    try:
        return asyncio.run(whole())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def heard() -> list[signal.Signals]:
    """The signals that end a program here: those that whoever started it did not switch off."""
    return [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]


def status() -> int:
    """As shells count it: 130 for Ctrl-C."""
    return 128 + (_heard[0] if _heard else signal.SIGINT)


def _stopped(number: int, _: object) -> NoReturn:
    _deaf(number)
    raise KeyboardInterrupt


def _deaf(number: int) -> None:
    """Nothing more is heard of any of them."""
    _heard.append(number)
    for one in _SIGNALS:
        if signal.getsignal(one) is not signal.SIG_DFL:
            signal.signal(one, signal.SIG_IGN)


def _is_main() -> bool:
    """Whether this is the thread that may change who hears signals."""
    return threading.current_thread() is threading.main_thread()
