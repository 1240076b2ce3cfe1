"""The question in the terminal where the bridge runs: whether a panel shall be let in.

Asking      shows the words of one panel at a time, and takes a line for an answer
at_terminal the same for as long as the bridge runs, where there is somebody to ask
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from ..access.pairing import Pairings, Waiting
from ..store.database import Missing
from .printing import say

_READING = 1.0  # seconds before which nobody can have read a question
_TICK = 1.0  # seconds between two looks whether somebody still waits


class Asking:
    """One question at a time, so that a `y` can mean one panel only."""

    def __init__(
        self,
        pairings: Pairings,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._pairings = pairings
        self._say = say
        self._clock = clock
        self._since = 0.0
        self.shown: Waiting | None = None

    def look(self) -> None:
        """Ask of the panel that has waited longest; say when one waits no more."""
        waiting = self._pairings.waiting()
        if self.shown is not None and self.shown.id not in [one.id for one in waiting]:
            self._say("That panel does not wait any more.")
            self.shown = None
        if self.shown is None and waiting:
            self._ask(waiting[0])

    def typed(self, line: str) -> None:
        """What was typed: an answer, if there was a question that could be read before."""
        self.look()
        if self.shown is None:
            return
        word = line.strip().lower()
        if self._clock() - self._since < _READING:
            self._ask(self.shown)
        elif word in ("y", "yes", "n", "no"):
            self._answer(self.shown, let_in=word[0] == "y")
            self.look()
        else:
            self._say("Type y or n, and Enter.")

    def _ask(self, one: Waiting) -> None:
        self.shown, self._since = one, self._clock()
        self._say(question(one))
        self._say("Does the panel show the same? Type y and Enter to let it in, else n and Enter.")

    def _answer(self, one: Waiting, *, let_in: bool) -> None:
        self.shown = None
        try:
            self._pairings.answer(one.id, let_in=let_in)
        except Missing as gone:
            self._say(f"{str(gone).capitalize()}.")
            return
        self._say("The panel is let in." if let_in else "The panel is not let in.")


def question(one: Waiting) -> str:
    """The words, large enough for a terminal."""
    said = "   ".join(one.words)
    return (
        f"\nA panel wants to be let in. It shows these words ({one.left:.0f} s are left):"
        f"\n\n    {said}\n"
    )


async def at_terminal(pairings: Pairings) -> None:
    """Ask whenever a panel waits, until this is cancelled."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return
    asking = Asking(pairings, say)
    loop = asyncio.get_running_loop()
    reader: threading.Thread | None = None
    while True:
        asking.look()
        if asking.shown is not None and (reader is None or not reader.is_alive()):
            reader = _reading(lambda line: loop.call_soon_threadsafe(asking.typed, line))
        await pairings.news(3600 if asking.shown is None else _TICK)


def _reading(heard: Callable[[str], object]) -> threading.Thread:
    """Lines of the terminal, from the first question on."""
    if sys.platform != "win32":  # in the background reading would stop the whole bridge
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)

    def read() -> None:
        # not sys.stdin: Python dies at its end, not silently, where a thread holds that
        with suppress(OSError, RuntimeError):  # in the background; the loop has ended
            while data := os.read(0, 4096):
                for line in data.decode(errors="replace").splitlines():
                    heard(line)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
