"""Checksums of the store's rows: one flipped bit in any column is noticed when the row is read.

ROWS        the columns of each table that matter, its key first; `sum` covers them all
KEYS        how many of them are the key
sum_of      the checksum of a row: of its table's name and every column
fits        whether a row, with its sum behind it, is what was written
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

ROWS: dict[str, tuple[str, ...]] = {
    "meta": ("key", "value"),
    "runs": ("id", "number", "state", "kept", "run"),
    "steps": ("id", "run", "idx", "step"),
    "pictures": ("step", "which", "look", "image"),
    "records": ("step", "size", "crc"),
    "images": ("id", "width", "height", "channels", "depth", "profile", "size", "crc"),
    "events": ("seq", "event"),
}
KEYS = dict.fromkeys(ROWS, 1) | {"pictures": 3}


_packed = msgspec.msgpack.Encoder().encode


def sum_of(table: str, *columns: object) -> int:
    """A row's checksum; one that none has where a text in it cannot have been written."""
    try:
        return zlib.crc32(_packed((table, columns)))
    except UnicodeEncodeError:  # a flipped bit has made something else of it than UTF-8
        return -1


def fits(table: str, row: Sequence[object]) -> bool:
    """Whether a row, its sum last, is what was written."""
    return sum_of(table, *row[:-1]) == row[-1] != -1
