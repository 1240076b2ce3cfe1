"""SQLite's write-ahead log, read without SQLite: what it holds, and whether a bit of it flipped.

Log         a log's frames
Log.damaged whether committed frames lie behind one whose checksum does not fit. SQLite forgets
            those without a word. A log that was cut short by a kill is not damaged: what follows
            its last commit never was announced
Log.latest  where each page's newest committed version lies

The format: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PAGE = 4096  # bytes; the store's files never had another size
_HEADER, _HEAD = 32, 24  # bytes of the log's header and of a frame's
_WORDS = 2 + PAGE // 4  # 32-bit words that a frame's checksum covers: of its head, and its page


def _weights() -> NDArray[np.uint32]:
    """What each word of a frame, and the sums before it, add to its two sums: both are linear."""
    step = np.array([[1, 1], [1, 2]], np.uint64)  # one pair of words: a += x + b; b += y + a
    after = np.eye(2, dtype=np.uint64)
    weights = np.empty((_WORDS + 2, 2), np.uint64)
    for pair in range(_WORDS // 2 - 1, -1, -1):
        weights[2 * pair] = after @ np.array([1, 1], np.uint64)
        weights[2 * pair + 1] = after @ np.array([0, 1], np.uint64)
        after = after @ step & 0xFFFFFFFF
    weights[_WORDS:] = after.T
    return weights.astype(np.uint32)


_WEIGHTS = _weights()


class Log:
    """The frames of a log that belong to its newest generation."""

    def __init__(self, path: Path):
        data = path.read_bytes() if path.is_file() else b""
        self._frames = np.zeros((0, (_HEAD + PAGE) // 4), np.uint32)
        count = max(0, len(data) - _HEADER) // (_HEAD + PAGE)
        if not count:
            return
        words = np.frombuffer(data, ">u4", count * (_HEAD + PAGE) // 4, _HEADER)
        frames = words.reshape(count, -1).astype(np.uint32)
        header = np.array(struct.unpack(">8I", data[:_HEADER]), np.uint32)
        self._header = header
        ours = (frames[:, 2:4] == header[4:6]).all(1)
        if not ours[:2].any():  # then it is the header's salt that is not what was written
            ours = (frames[:, 2:4] == frames[0, 2:4]).all(1)
        self._ours = np.flatnonzero(ours)
        self._frames = frames

    @property
    def damaged(self) -> bool:
        """Whether SQLite would leave out something that was committed."""
        commits = self._commits()
        return bool(commits) and not self._whole(commits[-1])

    def latest(self) -> dict[int, int]:
        """Where each page's newest committed version begins in the file, by page number."""
        commits = self._commits()
        if not commits:
            return {}
        return {
            int(self._frames[frame, 0]): _HEADER + int(frame) * (_HEAD + PAGE) + _HEAD
            for frame in self._ours[self._ours <= commits[-1]]
        }

    def _commits(self) -> list[int]:
        """The frames that end a transaction."""
        if not len(self._frames):
            return []
        return [int(frame) for frame in self._ours if self._frames[frame, 1]]

    def _whole(self, last: int) -> bool:
        """Whether every frame up to this one is what was written, and so SQLite reads it."""
        frames, little = self._frames[: last + 1], self._header[0] == 0x377F0682
        if int(self._header[0]) & ~1 != 0x377F0682 or int(self._header[2]) != PAGE:
            return False
        if not (frames[:, 2:4] == self._header[4:6]).all():
            return False
        summed = np.concatenate([frames[:, :2], frames[:, 6:]], axis=1)
        before = np.concatenate([self._header[None, 6:8], frames[:-1, 4:6]])
        head = self._header[:6]
        if little:
            summed, head = summed.byteswap(), head.byteswap()
        own = np.concatenate([summed, before], axis=1) @ _WEIGHTS
        return bool((own == frames[:, 4:6]).all()) and _sums(head) == tuple(self._header[6:8])


def _sums(words: NDArray[np.uint32]) -> tuple[int, int]:
    a = b = 0
    for x, y in words.reshape(-1, 2).tolist():
        a = (a + x + b) & 0xFFFFFFFF
        b = (b + y + a) & 0xFFFFFFFF
    return a, b
