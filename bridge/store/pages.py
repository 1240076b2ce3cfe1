"""The rows of a damaged SQLite file, read page by page without SQLite and without its trees.

rows_of    every row of a table with rowids that can be read, whichever table it is of
lenient    text as it lies in the file, UTF-8 or not

A row found so may be damaged, or one that was deleted long ago: checksums say what it is worth.
The format: https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .wal import PAGE, Log

_LEAF = 0x0D  # first byte of a page with a table's rows
_MOST_LOCAL = PAGE - 35  # bytes of a row that lie in its page; the rest in a chain of pages
_LEAST_LOCAL = (PAGE - 12) * 32 // 255 - 23
_NUMBERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes of an integer, by its type
_MOST = 2**30  # bytes of a row

Value = None | int | float | str | bytes


def rows_of(file: Path, log: Path) -> Iterator[tuple[int, list[Value]]]:
    """The rows of a file and of the log beside it, each with its rowid."""
    with file.open("rb") as main, (log if log.is_file() else file).open("rb") as newer:
        pages = _Pages(main, newer, Log.of(log).latest())
        for number in range(1, pages.count + 1):
            page = pages.read(number)
            start = 100 if number == 1 else 0
            if len(page) == PAGE and (page[start] ^ _LEAF).bit_count() <= 1:
                yield from _rows(pages, page, start)


class _Pages:
    """The newest version of each page."""

    def __init__(self, main: BinaryIO, log: BinaryIO, latest: dict[int, int]):
        self._main, self._log, self._latest = main, log, latest
        most = main.seek(0, 2) // PAGE + len(latest)
        self.count = max([n for n in latest if n <= most] + [main.seek(0, 2) // PAGE])

    def read(self, number: int) -> bytes:
        """One page; nothing where there is none."""
        at = self._latest.get(number)
        file = self._main if at is None else self._log
        file.seek((number - 1) * PAGE if at is None else at)
        return file.read(PAGE)

    def chain(self, number: int, size: int) -> bytes:
        """What a chain of pages holds. Raises ValueError where it ends too soon."""
        parts: list[bytes] = []
        while size > 0:
            page = self.read(number) if 1 <= number <= self.count else b""
            if len(page) < PAGE:
                raise ValueError("a chain of pages leads nowhere")
            parts.append(page[4 : 4 + size])
            size -= PAGE - 4
            (number,) = struct.unpack(">I", page[:4])
        return b"".join(parts)


def _rows(pages: _Pages, page: bytes, start: int) -> Iterator[tuple[int, list[Value]]]:
    """The rows of a page. How many it says it has may be what is damaged: all are tried."""
    first = PAGE  # where the rows begin; their places are listed before
    for at in range(start + 8, PAGE - 1, 2):
        (cell,) = struct.unpack(">H", page[at : at + 2])
        if at >= first:
            return
        try:
            row = _row(pages, page, cell)
        except (IndexError, ValueError, struct.error):
            continue  # not a row, or not any more
        first = min(first, cell)
        yield row


def _row(pages: _Pages, page: bytes, at: int) -> tuple[int, list[Value]]:
    size, at = _varint(page, at)
    rowid, at = _varint(page, at)
    if size > _MOST:
        raise ValueError("no row is as large as that")
    if size <= _MOST_LOCAL:
        return rowid, _values(page[at : at + size])
    local = _LEAST_LOCAL + (size - _LEAST_LOCAL) % (PAGE - 4)
    if local > _MOST_LOCAL:
        local = _LEAST_LOCAL
    (chain,) = struct.unpack(">I", page[at + local : at + local + 4])
    return rowid, _values(page[at : at + local] + pages.chain(chain, size - local))


def _values(row: bytes) -> list[Value]:
    end, at = _varint(row, 0)
    body, values = end, list[Value]()
    while at < end:
        kind, at = _varint(row, at)
        size = _NUMBERS.get(kind, 8 if kind == 7 else max(0, kind - 12) // 2)
        values.append(_value(kind, row[body : body + size]))
        body += size
    if body != len(row):
        raise ValueError("a row and its header disagree")
    return values


def lenient(data: bytes) -> str:
    """Text as it lies there: a flipped bit may have made it something else than UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def _value(kind: int, data: bytes) -> Value:
    if kind == 0:
        return None
    if kind in _NUMBERS:
        return int.from_bytes(data, "big", signed=True)
    if kind == 7:
        return struct.unpack(">d", data)[0]
    if kind in (8, 9):
        return kind - 8
    return data if kind % 2 == 0 else lenient(data)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(9):
        byte = data[at + step]
        if step == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    raise AssertionError("the ninth byte always ends a number")
