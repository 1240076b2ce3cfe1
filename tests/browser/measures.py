"""What a long session costs: memory of the processes and of the page, and whether it grows.

Meter       takes samples of a bridge, its worker, its store and a page
rise        from the first quarter of the time to the last
quantiles   p50, p90, p99, max
"""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from playwright.sync_api import CDPSession, Page

from bridge.worker.memory import REST

from .studio import PATIENCE, Bridge

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
        """Measure everything once, at rest: free memory is given back, garbage collected."""
        self._rest()
        self._began = time.monotonic() if self._began is None else self._began
        at = (time.monotonic() - self._began) / 60
        for name, value in (self._page() | self._processes() | self._store()).items():
            self.samples.setdefault(name, []).append((at, value))

    def _rest(self) -> None:
        """Until the worker has done nothing for twice as long as it takes to give back."""
        end, still, before = time.monotonic() + PATIENCE / 1000, time.monotonic(), -1
        while time.monotonic() < min(end, still + 2 * REST):
            if (now := sum(map(_ticks, self._workers()))) != before:
                still, before = time.monotonic(), now
            self.page.wait_for_timeout(100)

    def _workers(self) -> list[int]:
        """The processes that the bridge has started; none where /proc is not."""
        files = _PROC.glob(f"{self.bridge.process.pid}/task/*/children")
        return [int(child) for file in files for child in file.read_text().split()]

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
        found = {"bridge, MiB": _resident(self.bridge.process.pid)}
        return found | {"worker, MiB": sum(map(_resident, self._workers()))}

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


def rise(samples: list[Sample]) -> float:
    """From the median of the first quarter of the time to that of the last."""
    began, ended = samples[0][0], samples[-1][0]
    quarter = (ended - began) / 4
    first = [value for at, value in samples if at <= began + quarter]
    last = [value for at, value in samples if at >= ended - quarter]
    return statistics.median(last) - statistics.median(first)


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


def _ticks(pid: int) -> int:
    """Processor time that a process has taken; 0 where it is gone."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return int(user) + int(system)
