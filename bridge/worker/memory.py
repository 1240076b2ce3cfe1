"""What a process holds of the machine's memory.

give_back   hand free memory back to the system
Rest        does so on an event loop, REST seconds after the last piece of work
"""

from __future__ import annotations

import asyncio
import ctypes
import sys

REST = 1.0  # seconds without work; then free memory goes back


def give_back() -> None:
    """Hand back what is free, where the C library keeps it for later and can be told to.

    glibc keeps what lies below the topmost block in use, of each thread apart: tens of MiB after
    each picture, and as much as the largest one ever needed.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none, nor needs it
        if trim is not None:
            trim(0)


class Rest:
    """Gives back once no piece of work has ended for REST seconds."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def begins(self) -> None:
        """A piece of work has ended, maybe the last. Called on a running event loop."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(REST, give_back)
