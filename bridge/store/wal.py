"""SQLite's write-ahead log, read without SQLite: what it holds, and whether a bit of it flipped.

Log          a log's frames
Log.damaged  whether committed frames lie behind one whose checksum does not fit. SQLite forgets
             those without a word. A log that was cut short by a kill is not damaged: what follows
             its last commit never was announced
Log.righted  the log with the one bit put right that flipped; its checksums tell which
Log.resealed the log with new checksums, so that everything in it is read, damaged or not
Log.latest   where each page's newest committed version lies

The format: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PAGE = 4096  # bytes; the store's files never had another size
_HEADER, _HEAD = 32, 24  # bytes of the log's header and of a frame's
_FRAME = (_HEAD + PAGE) // 4  # words of 32 bits: page, size, 2 salts, 2 sums, the page's content
_SUMMED = [0, 1, *range(6, _FRAME)]  # those that a frame's sums cover
_MAGIC = 0x377F0682  # one more where the sums are of words with the highest byte first

_VERSION = 3007000  # of the log's format

Words = NDArray[np.uint32]


def _weights() -> Words:
    """What each summed word of a frame, and the sums before it, add to its sums: all is linear."""
    step = np.array([[1, 1], [1, 2]], np.uint64)  # a pair of words: a += x + b; b += y + a
    after = np.eye(2, dtype=np.uint64)
    weights = np.empty((len(_SUMMED) + 2, 2), np.uint64)
    for pair in range(len(_SUMMED) // 2 - 1, -1, -1):
        weights[2 * pair] = after @ np.array([1, 1], np.uint64)
        weights[2 * pair + 1] = after @ np.array([0, 1], np.uint64)
        after = after @ step & 0xFFFFFFFF
    weights[-2:] = after.T
    return weights.astype(np.uint32)


_WEIGHTS = _weights()


class Log:
    """The frames of a log, those of its newest generation first."""

    def __init__(self, data: bytes):
        self._data = data
        count = max(0, len(data) - _HEADER) // (_HEAD + PAGE)
        self._header = np.frombuffer(data, ">u4", 8).astype(np.uint32) if count else None
        words = np.frombuffer(data, ">u4", count * _FRAME, _HEADER if count else 0)
        self._frames = words.reshape(count, _FRAME).astype(np.uint32)
        self._ours = self._newest()
        self._commits = [int(frame) for frame in self._ours if self._frames[frame, 1]]

    @classmethod
    def of(cls, path: Path) -> Log:
        """The log in a file; an empty one where there is none."""
        return cls(path.read_bytes() if path.is_file() else b"")

    @property
    def damaged(self) -> bool:
        """Whether SQLite would leave out something that was committed."""
        return bool(self._commits) and (self._header_differs() or self._first_bad() is not None)

    def righted(self) -> bytes | None:
        """The log without its one flipped bit; None where it is not one, or may be several."""
        found: list[bytes] = []
        for at, word in self._guesses():
            data = self._data[:at] + int(word).to_bytes(4, "big") + self._data[at + 4 :]
            guess = Log(data)
            if not guess.damaged and len(guess._commits) >= len(self._commits):
                found.append(data)
            if len(found) > 1:
                return None
        return found[0] if found else None

    def resealed(self) -> bytes:
        """The log with new checksums, so that SQLite reads all of it: rows have their own."""
        assert self._header is not None  # who asks knows that it is damaged
        header, frames = self._header.copy(), self._frames[: self._commits[-1] + 1].copy()
        header[:3] = _MAGIC | int(header[0]) & 1, _VERSION, PAGE
        header[6:8] = sums = np.array(_sums(self._ordered(header[:6])), np.uint32)
        frames[:, 2:4] = header[4:6]
        own = self._ordered(frames[:, _SUMMED]) @ _WEIGHTS[:-2]
        for frame, added in zip(frames, own, strict=True):
            frame[4:6] = sums = added + sums @ _WEIGHTS[-2:]
        return header.astype(">u4").tobytes() + frames.astype(">u4").tobytes()

    def latest(self) -> dict[int, int]:
        """Where each page's newest committed version begins in the file, by page number."""
        if not self._commits:
            return {}
        return {
            int(self._frames[frame, 0]): _HEADER + int(frame) * 4 * _FRAME + _HEAD
            for frame in self._ours[self._ours <= self._commits[-1]]
        }

    def _newest(self) -> NDArray[np.intp]:
        """The frames of the newest generation: they have the header's salts, but for one bit."""
        if self._header is None:
            return np.zeros(0, np.intp)
        salts = self._frames[:, 2:4]
        ours = np.bitwise_count(salts ^ self._header[4:6]).sum(1) <= 1  # others differ in many bits
        return np.flatnonzero(ours)

    def _header_differs(self) -> bool:
        header = self._header
        assert header is not None  # the log has frames
        if int(header[0]) & ~1 != _MAGIC or int(header[2]) != PAGE:
            return True
        return _sums(self._ordered(header[:6])) != tuple(header[6:8].tolist())

    def _first_bad(self) -> int | None:
        """The first frame up to the last commit that is not what was written."""
        assert self._header is not None  # the log has frames
        frames = self._frames[: self._commits[-1] + 1]
        right = (self._own() == frames[:, 4:6]).all(1)
        right &= (frames[:, 2:4] == self._header[4:6]).all(1)
        return None if right.all() else int(right.argmin())

    def _own(self) -> Words:
        """The sums of each frame up to the last commit, counted from those before it."""
        assert self._header is not None  # the log has frames
        frames = self._frames[: self._commits[-1] + 1]
        before = np.concatenate([self._header[None, 6:8], frames[:-1, 4:6]])
        return np.concatenate([self._ordered(frames[:, _SUMMED]), before], axis=1) @ _WEIGHTS

    def _ordered(self, words: Words) -> Words:
        """Words as they are summed up."""
        assert self._header is not None  # the log has frames
        return words if int(self._header[0]) & 1 else words.byteswap()

    def _guesses(self) -> Iterator[tuple[int, int]]:
        """Words that may have been there instead: where, and which."""
        assert self._header is not None  # who asks knows that it is damaged
        if self._header_differs():
            for word in range(8):
                for bit in range(32):
                    yield 4 * word, int(self._header[word]) ^ 1 << bit
            return
        bad = self._first_bad()
        if bad is None:
            return
        frame, place = self._frames[bad], _HEADER + bad * 4 * _FRAME
        own = self._own()[bad]
        for word, right in zip((2, 3, 4, 5), (*self._header[4:6], *own), strict=True):
            yield place + 4 * word, int(right)
        missing = frame[4:6] - own
        changes = _WEIGHTS[:-2, None, :] << np.arange(32, dtype=np.uint32)[None, :, None]
        for sign in (changes, -changes):
            for index, bit in np.argwhere((sign == missing).all(2)).tolist():
                word = _SUMMED[index]
                flipped = self._ordered(frame[word : word + 1]) ^ np.uint32(1 << bit)
                yield place + 4 * word, int(self._ordered(flipped)[0])


def _sums(words: Words) -> tuple[int, int]:
    a = b = 0
    for x, y in words.reshape(-1, 2).tolist():
        a = (a + x + b) & 0xFFFFFFFF
        b = (b + y + a) & 0xFFFFFFFF
    return a, b
