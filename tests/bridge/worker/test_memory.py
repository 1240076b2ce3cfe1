"""What bridge and worker hold: nothing free while they rest, no more for every size they meet."""

from __future__ import annotations

import asyncio
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bridge.worker import homes, memory, worker
from bridge.worker.memory import give_back
from bridge.worker.protocol import Drop, Request

BLOCK = 100_000  # bytes: small enough for the heap, where one block in use keeps those below it
MIB = 2**20


def resident() -> float:
    """MiB that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / MIB


def scattered() -> tuple[float, list[bytes]]:
    """MiB held by this process with 57 MiB of blocks, and every fiftieth: the others are free."""
    blocks = [bytes(bytearray(BLOCK)) for _ in range(600)]
    return resident(), blocks[::50]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators cannot be told")
def test_free_memory_below_what_is_in_use_goes_back():
    held, kept = scattered()
    give_back()
    assert kept
    assert held - resident() > 40


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators cannot be told")
async def test_the_bridge_gives_back_what_its_threads_leave_free(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "REST", 0.05)
    held, kept = await homes.in_thread(scattered)
    assert held - resident() < 10
    await asyncio.sleep(0.3)
    assert kept
    assert held - resident() > 40


async def test_the_bridge_gives_back_after_the_last_of_its_work(monkeypatch: pytest.MonkeyPatch):
    given: list[str] = []
    monkeypatch.setattr(memory, "give_back", lambda: given.append("back"))
    monkeypatch.setattr(memory, "REST", 1.0)
    for _ in range(5):
        await homes.in_thread(time.sleep, 0.3)
    assert given == []
    await asyncio.sleep(1.5)
    assert given == ["back"]


def test_the_worker_gives_back_while_it_rests_and_not_between_requests(
    monkeypatch: pytest.MonkeyPatch,
):
    given: list[str] = []
    monkeypatch.setattr(worker, "give_back", lambda: given.append("back"))
    monkeypatch.setattr(worker, "REST", 0.05)
    requests = queue.SimpleQueue[Request]()
    request = Drop(live="a")
    requests.put(request)
    assert worker.next_of(requests) == request
    assert given == []
    threading.Timer(0.3, requests.put, [request]).start()
    assert worker.next_of(requests) == request
    assert given == ["back"]


SIZES = """
import ctypes, sys, torch

class Heap(ctypes.Structure):  # glibc's struct mallinfo2; uordblks: bytes in use
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]

heap = ctypes.CDLL(None).mallinfo2
heap.restype = Heap
torch.set_num_threads(1)
layer = torch.nn.Conv2d(64, 64, 3, padding=1)
used = []
with torch.no_grad():
    for number in range(240):
        layer(torch.zeros(1 + number % 3, 64, 8 + number // 3 % 10, 8 + number // 30))
        used.append(heap().uordblks)
print(used[-1] - used[59])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measured by glibc")
def test_sizes_that_the_worker_has_met_do_not_fill_its_memory():
    environment = os.environ | homes._MANNERS  # pyright: ignore[reportPrivateUsage] # of the worker
    command = [sys.executable, "-c", SIZES]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MIB  # 7.4 MiB with torch's own settings
