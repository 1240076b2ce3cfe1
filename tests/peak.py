"""The most memory this process held, from a moment on: what libraries take is in it, too.

`ru_maxrss` alone misleads: on Linux a process begins with the figure of the one that started it, so
that a child of a large process seems to need nothing, and it never falls again.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_US = Path("/proc/self")
_FORGET = "5"  # Linux, proc(5): clear_refs, "reset the peak resident set size"


def forget() -> int:
    """Begin anew where the system can (Linux); bytes held at most so far, or now."""
    if sys.platform == "linux":
        (_US / "clear_refs").write_text(_FORGET)
    return held()


def held() -> int:
    """Bytes held at most since `forget`; elsewhere than on Linux, since the process began."""
    if sys.platform == "linux":
        lines = (_US / "status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
