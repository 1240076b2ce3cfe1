"""What a process holds of the machine's memory.

give_back   hand free memory back to the system
"""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Hand back what is free, where the C library keeps it for later and can be told to.

    glibc keeps what lies below the topmost block in use: tens of MiB after each picture, and as
    much as the largest one ever needed.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none, nor needs it
        if trim is not None:
            trim(0)
