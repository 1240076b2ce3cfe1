"""How much a PSD may hold, looked up in the file before anything is made of it.

check_counts   ValueError: more layers or channels than any program writes
LIMITS         how deep and how many things psd-tools may read

Lengths inside of a file are only ever compared with what the file has.
"""

from __future__ import annotations

import struct

from psd_tools.psd.parse_limits import ParseLimits

from .document import MAX_LAYERS

MAX_RECORDS = 2 * MAX_LAYERS  # a group is two
MAX_CHANNELS = 64  # of a layer: 56 in Photoshop, and masks

LIMITS = ParseLimits(max_objects=500_000, max_nesting_depth=64)

_LAYER_LISTS = (b"Lr16", b"Lr32", b"Layr")
_RECORD = 18  # bytes of a record's place and number of channels
_AT_LEAST = 34  # bytes of a record without channels


def check_counts(data: bytes) -> None:
    """ValueError: more layers or channels than any program writes, or than there is room for."""
    large = data[4:6] == b"\0\2"
    at = 26
    for _ in range(2):  # colour mode, resources
        at += 4 + _number(data, at, 4)
    wide = 8 if large else 4
    end = min(len(data), at + wide + _number(data, at, wide))
    at += wide
    length = _number(data, at, wide)
    _check_list(data, at + wide, min(end, at + wide + length), large)
    at += wide + length
    at += 4 + _number(data, at, 4)
    while at + 12 <= end and data[at : at + 4] in (b"8BIM", b"8B64"):
        key = data[at + 4 : at + 8]
        long = large and key in _LAYER_LISTS
        size = _number(data, at + 8, 8 if long else 4)
        at += 16 if long else 12
        if key in _LAYER_LISTS:
            _check_list(data, at, min(end, at + size), large)
        elif large:
            return  # other blocks may be long too: psd-tools knows which
        at += size + -size % 4


def _check_list(data: bytes, at: int, end: int, large: bool) -> None:
    """A list of layers: its number, and its records one after the other."""
    if end - at < 2:
        return
    (signed,) = struct.unpack_from(">h", data, at)
    count = abs(signed)
    if count > MAX_RECORDS:
        raise ValueError(f"the PSD file has more than {MAX_LAYERS} layers")
    at += 2
    for number in range(count):
        if at + _AT_LEAST > end:
            raise ValueError(f"the PSD file is broken: it has {count} layers and room for {number}")
        channels = _number(data, at + _RECORD - 2, 2)
        if channels > MAX_CHANNELS:
            raise ValueError(f"the PSD file has a layer with more than {MAX_CHANNELS} channels")
        at += _RECORD + channels * (10 if large else 6) + 12
        at += 4 + _number(data, at, 4)
    if not count and any(data[at:end]):
        raise ValueError(
            f"the PSD file is broken: it lists 0 layers, and has {end - at} bytes of them"
        )


def _number(data: bytes, at: int, size: int) -> int:
    """A number of the file; 0 where the file ends before it."""
    return int.from_bytes(data[at : at + size], "big") if at + size <= len(data) else 0
