"""ICC files: what a colour profile says of numbers, every size checked before it is trusted.

Icc      a profile: its colours, its tags, and curves and matrix where it is made of those
parsed   a file's bytes as that; ValueError: broken, or of a kind that no picture has
built    a file of primaries and one curve; built_grey of a curve alone
D50      the white that profiles speak of; D65_TO_D50 the way to it

Numbers of sections are those of ICC.1:2022. A profile comes with strangers' files: its counts
may ask for gigabytes and its offsets lie anywhere. `Icc.clean` holds nothing but what is needed,
so that littleCMS is never handed anything else.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.pixels import Floats

Doubles = NDArray[np.float64]

MAX_ICC = 16 * 2**20  # bytes; the largest that printers use have ten million
BROKEN = "the file's colour profile is broken"
SPACES = {b"GRAY": "grey", b"RGB ": "RGB", b"CMYK": "CMYK"}  # what pictures are made of

# The white of ICC's connection space, and Bradford's way there from D65 (annex E)
D50 = (0.9642, 1.0, 0.8249)
D65_TO_D50: Doubles = np.array(
    [[1.0479, 0.0229, -0.0502], [0.0296, 0.9904, -0.0171], [-0.0092, 0.0151, 0.7517]]
)

_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")  # of devices and spaces; no links, no named colours
_TABLES = (b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2")
_MATRIX = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
_WANTED = (b"desc", b"wtpt", b"bkpt", b"chad", b"kTRC", *_MATRIX, *_TABLES)
_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}


@dataclass(frozen=True, eq=False)
class Icc:
    """A profile whose sizes were found true."""

    head: bytes
    tags: Mapping[bytes, bytes]  # those that matter, by their signatures

    @property
    def space(self) -> str:
        """What its pixels are: grey, RGB or CMYK."""
        return SPACES[self.head[16:20]]

    @property
    def tables(self) -> bool:
        """Whether it has tables that say more than curves and matrix."""
        return b"A2B0" in self.tags

    @cached_property
    def clean(self) -> bytes:
        """A file of these tags alone, for littleCMS; for texts it would ask for what they say."""
        tags = {name: data for name, data in self.tags.items() if name != b"desc"}
        return _file(self.head, tags)

    @property
    def name(self) -> str:
        """What its maker called it, as far as it is printable ASCII (10.15; ICC.1:2001, 6.5.17)."""
        tag = self.tags.get(b"desc", b"").ljust(28, b"\0")
        if tag[:4] == b"mluc":
            length, at = struct.unpack(">II", tag[20:28])
            text = tag[at : at + length].decode("utf-16-be", "replace")
        else:
            (length,) = struct.unpack(">I", tag[8:12])
            text = tag[12 : 12 + length].decode("ascii", "replace")
        return "".join(char for char in text if char.isascii() and char.isprintable()).strip()

    @cached_property
    def curves(self) -> list[Floats] | None:
        """Light of each of 65536 numbers, for red, green and blue or for grey; None: tables."""
        if self.tables:
            return None
        names = (b"kTRC",) if self.space == "grey" else _MATRIX[3:]
        curves = [_curve(self.tags[name]) for name in names]
        if self.head[20:24] == b"Lab ":  # a grey curve may speak of lightness (8.3.4)
            return [_light(curve) for curve in curves]
        return curves

    @cached_property
    def colorants(self) -> Doubles:
        """Linear RGB -> XYZ under D50, of a profile with curves."""
        return np.array([struct.unpack(">3i", self.tags[n][8:20]) for n in _MATRIX[:3]]).T / 65536


@lru_cache(maxsize=4)
def parsed(data: bytes) -> Icc:
    """A profile from a file. ValueError: one sentence on what is wrong with it."""
    if len(data) > MAX_ICC:
        raise ValueError(f"{BROKEN}: it has more than {MAX_ICC // 2**20} MiB")
    if len(data) < 132 or data[36:40] != b"acsp":
        raise ValueError(f"{BROKEN}: it is no ICC profile")
    kind, space, connection = data[12:16], data[16:20], data[20:24]
    if kind not in _CLASSES or space not in SPACES or connection not in (b"XYZ ", b"Lab "):
        raise ValueError("the file's colour profile is not one of a grey, RGB or CMYK picture")
    icc = Icc(data[:128], _tags(data))
    _check(icc)
    return icc


def built(colorants: Doubles, curve: bytes, name: str) -> bytes:
    """A file: linear RGB -> XYZ under D50, and a curve that all three share."""
    columns = zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants.T, strict=True)
    tags = {
        **_described(name),
        b"chad": b"sf32\0\0\0\0" + _fixed(*D65_TO_D50.ravel()),
        **{tag: _xyz(column) for tag, column in columns},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    return _file(_head(b"RGB "), tags)


def built_grey(curve: bytes, name: str) -> bytes:
    """A file for grey pixels."""
    return _file(_head(b"GRAY"), {**_described(name), b"kTRC": curve})


def gamma_curve(gamma: float) -> bytes:
    """Light is the number to this power."""
    return b"para\0\0\0\0\0\0\0\0" + _fixed(gamma)


def _tags(data: bytes) -> dict[bytes, bytes]:
    """The tags that matter; those that lie outside of the file are not there."""
    (count,) = struct.unpack(">I", data[128:132])
    if 132 + 12 * count > len(data):
        raise ValueError(f"{BROKEN}: it ends within its list of {count} tags")
    tags: dict[bytes, bytes] = {}
    for at in range(132, 132 + 12 * count, 12):
        name, offset, length = struct.unpack(">4sII", data[at : at + 12])
        if name in _WANTED and length >= 8 and offset + length <= len(data):
            tags[name] = data[offset : offset + length]
    return tags


def _check(icc: Icc) -> None:
    """ValueError unless the profile can say what its pixels look like."""
    for name in _TABLES:
        if name in icc.tags:
            _check_table(icc, name)
    if icc.tables:
        return
    needed = {"grey": (b"kTRC",), "RGB": _MATRIX}.get(icc.space, (b"A2B0",))
    if missing := [name.decode() for name in needed if name not in icc.tags]:
        raise ValueError(f"{BROKEN}: it has no {missing[0]}")
    curves = icc.curves or []
    if any(not curve[-1] > curve[0] for curve in curves):
        raise ValueError(f"{BROKEN}: one of its curves is flat")
    if icc.space == "RGB":
        if icc.head[20:24] != b"XYZ " or any(len(icc.tags[n]) < 20 for n in _MATRIX[:3]):
            raise ValueError(f"{BROKEN}: its primaries cannot be read")
        if abs(np.linalg.det(icc.colorants)) < 1e-4:  # that of sRGB is 0.15
            raise ValueError(f"{BROKEN}: its primaries are no three colours")


def _check_table(icc: Icc, name: bytes) -> None:
    """ValueError unless a table's grids lie within its tag (10.10 to 10.13)."""
    tag = icc.tags[name]
    colours = _CHANNELS[icc.head[16:20]]
    expected = (colours, 3) if name[:1] == b"A" else (3, colours)
    if len(tag) < 32 or (tag[8], tag[9]) != expected:
        raise ValueError(f"{BROKEN}: its table {name.decode()} is not one of such pixels")
    if tag[:4] in (b"mft1", b"mft2"):
        wide = 1 if tag[:4] == b"mft1" else 2
        ins, outs = (256, 256) if wide == 1 else struct.unpack(">HH", tag[48:52].ljust(4, b"\0"))
        grid = tag[10] ** tag[8] * tag[9]
        needed = (48 if wide == 1 else 52) + wide * (ins * tag[8] + grid + outs * tag[9])
        if not (2 <= ins <= 4096 and 2 <= outs <= 4096 and tag[10] >= 2 and needed <= len(tag)):
            raise ValueError(f"{BROKEN}: its table {name.decode()} is larger than the file")
    elif tag[:4] in (b"mAB ", b"mBA "):
        (at,) = struct.unpack(">I", tag[24:28])
        if at:
            head = tag[at : at + 20]
            wide = head[16] if len(head) == 20 else 0
            grid = math.prod(head[: tag[8]]) * tag[9]
            if wide not in (1, 2) or not grid or at + 20 + grid * wide > len(tag):
                raise ValueError(f"{BROKEN}: its table {name.decode()} is larger than the file")
    else:
        raise ValueError(f"{BROKEN}: its table {name.decode()} is of an unknown kind")


def _curve(tag: bytes) -> Floats:
    """Light of each of 65536 numbers, as a `curv` or `para` tag says (10.6, 10.18)."""
    x = np.linspace(0, 1, 65536)
    with np.errstate(all="ignore"):  # what is no number is found below
        if tag[:4] == b"curv":
            y = _sampled(tag, x)
        elif tag[:4] == b"para" and (shape := _PARAMETRIC.get(tag[9] if tag[8] == 0 else 99)):
            count, function = shape
            if len(tag) < 12 + 4 * count:
                raise ValueError(f"{BROKEN}: one of its curves ends too early")
            numbers = struct.unpack(f">{count}i", tag[12 : 12 + 4 * count])
            y = function(x, *(number / 65536 for number in numbers))
        else:
            raise ValueError(f"{BROKEN}: one of its curves is of an unknown kind")
    if not np.isfinite(y).all():
        raise ValueError(f"{BROKEN}: one of its curves is no curve")
    return np.maximum.accumulate(np.clip(y, 0, 1)).astype(np.float32)


def _sampled(tag: bytes, x: Doubles) -> Doubles:
    (count,) = struct.unpack(">I", tag[8:12].rjust(4, b"\0"))
    if 12 + 2 * count > len(tag):
        raise ValueError(f"{BROKEN}: one of its curves says it has {count} values")
    if count == 0:
        return x
    values = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
    if count == 1:
        return x ** (values[0] / 256)
    return np.interp(x, np.linspace(0, 1, count), values / 65535)


def _light(lightness: Floats) -> Floats:
    """CIE L*, 0..1, as light (CIE 15)."""
    root = (100 * lightness + 16) / 116
    return np.where(root > 6 / 29, root**3, (root - 4 / 29) * 3 * (6 / 29) ** 2).astype(np.float32)


def _power(base: Doubles, exponent: float) -> Doubles:
    return np.maximum(base, 0) ** exponent


def _from(a: float, b: float) -> float:
    """Where a * x + b begins to be positive."""
    return -b / a if a else math.inf


# By function type: how many parameters, and the function (table 68)
_PARAMETRIC: dict[int, tuple[int, Callable[..., Doubles]]] = {
    0: (1, lambda x, g: _power(x, g)),
    1: (3, lambda x, g, a, b: np.where(x >= _from(a, b), _power(a * x + b, g), 0)),
    2: (4, lambda x, g, a, b, c: np.where(x >= _from(a, b), _power(a * x + b, g) + c, c)),
    3: (5, lambda x, g, a, b, c, d: np.where(x >= d, _power(a * x + b, g), c * x)),
    4: (7, lambda x, g, a, b, c, d, e, f: np.where(x >= d, _power(a * x + b, g) + e, c * x + f)),
}


def _fixed(*values: float) -> bytes:
    """s15Fixed16 numbers."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _xyz(values: tuple[float, float, float] | Doubles) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _described(name: str) -> dict[bytes, bytes]:
    return {
        b"desc": _text(name),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": _xyz(D50),
    }


def _text(text: str) -> bytes:
    """A text in one language (multiLocalizedUnicode)."""
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(data), 28) + data


def _head(space: bytes) -> bytes:
    date = struct.pack(">6H", 2020, 1, 1, 0, 0, 0)  # fixed: equal profiles are equal bytes
    head = struct.pack(">I4sI4s4s4s", 0, b"", 0x04300000, b"mntr", space, b"XYZ ")
    return (head + date + b"acsp" + bytes(28) + _fixed(*D50)).ljust(128, b"\0")


def _file(head: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """Header, table and tags; equal tags are written once."""
    places: dict[bytes, int] = {}
    body: list[bytes] = []
    end = 132 + 12 * len(tags)
    for data in tags.values():
        if data not in places:
            places[data] = end
            body.append(data + bytes(-len(data) % 4))
            end += len(body[-1])
    table = b"".join(
        struct.pack(">4sII", name, places[data], len(data)) for name, data in tags.items()
    )
    head = struct.pack(">I", end) + head[4:]
    return head + struct.pack(">I", len(tags)) + table + b"".join(body)


SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
