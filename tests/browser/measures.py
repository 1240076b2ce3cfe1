"""What a long session costs: memory of the processes and of the page, and whether it grows.

Meter       takes samples of a bridge, its worker, its store and a page
slope       of a line fitted to samples
quantiles   p50, p90, p99, max
"""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from playwright.sync_api import CDPSession, Page

from .studio import Bridge

MIB = 2**20
_PROC = Path("/proc")
Sample = tuple[float, float]  # minutes since the first, and what was found


@dataclass
class Meter:
    """Samples by what was measured; memory of processes only where /proc is.

    The page without the document's own pixels and their history; addresses that no image has.
    """

    page: Page
    bridge: Bridge
    samples: dict[str, list[Sample]] = field(default_factory=dict[str, list[Sample]])
    _cdp: CDPSession | None = None
    _began: float | None = None

    def take(self) -> None:
        """Measure everything once, after the page's garbage was collected."""
        self._began = time.monotonic() if self._began is None else self._began
        at = (time.monotonic() - self._began) / 60
        for name, value in (self._page() | self._processes() | self._store()).items():
            self.samples.setdefault(name, []).append((at, value))

    def _page(self) -> dict[str, float]:
        self._cdp = self._cdp or self.page.context.new_cdp_session(self.page)
        self._cdp.send("HeapProfiler.collectGarbage")
        used = self._cdp.send("Runtime.getHeapUsage")
        bytes = used["usedSize"] + used.get("backingStorageSize", 0)
        of = self.page.evaluate("studio.witness.memory()")
        return {
            "page, MiB": (bytes - of["pixels"]) / MIB,
            "image addresses": of["idle"],
            "image data": of["undisposed"],
        }

    def _processes(self) -> dict[str, float]:
        if not _PROC.is_dir():
            return {}
        pid = self.bridge.process.pid
        children = " ".join(f.read_text() for f in _PROC.glob(f"{pid}/task/*/children")).split()
        found = {"bridge, MiB": _resident(pid)}
        return found | {"worker, MiB": sum(_resident(int(child)) for child in children)}

    def _store(self) -> dict[str, float]:
        return {"store, MiB": asked(self.bridge, "/doctor")["store"]["bytes"] / MIB}


def asked(bridge: Bridge, path: str) -> Any:
    """What the bridge answers, as JSON."""
    return json.loads(fetched(bridge, path))


def fetched(bridge: Bridge, path: str) -> bytes:
    """What the bridge answers."""
    headers = {"Authorization": f"Bearer {bridge.token}"}
    request = urllib.request.Request(bridge.address + path, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return cast("bytes", answer.read())


def slope(samples: list[Sample]) -> float:
    """Rise per minute of a line fitted over the second half of the time.

    Its one biggest step up is left out: an allocator takes a piece more now and then, and a leak
    takes many.
    """
    middle = (samples[0][0] + samples[-1][0]) / 2
    times, values = np.array([sample for sample in samples if sample[0] >= middle]).T
    if len(times) < 3:
        return 0.0
    steps = np.diff(values)
    steps[steps.argmax()] = min(0.0, steps.max())
    return float(np.polyfit(times[1:], np.cumsum(steps), 1)[0])


def quantiles(values: list[float]) -> dict[str, float]:
    """How long most of them take, and the longest; empty where there is nothing."""
    if not values:
        return {}
    p50, p90, p99 = np.quantile(values, (0.5, 0.9, 0.99))
    return {"p50": float(p50), "p90": float(p90), "p99": float(p99), "max": max(values)}


def _resident(pid: int) -> float:
    """MiB of memory that a process holds; 0 where it is gone."""
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0.0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines.get("VmRSS", "0 kB").split()[0]) / 1024
