"""Pixels to the channels of a PSD layer and back.

Packed          a compressed plane: where it lies in a file
Channels        a picture's planes, compressed, in the order they are written
encode          pixels -> Channels in a file, or in memory; a run encodes while it goes on
encode_plane    one plane -> Packed
rle             8-bit rows packed: their lengths, and the rows
plane           one plane -> pixels, never more than its size says
at_depth        pixels at a document's depth

8-bit planes are packed with RLE, which every program reads, where that makes them smaller by a
quarter: else they are written as they are, which costs a tenth of the time. 16-bit planes are
packed as Photoshop does, ZIP with prediction, because RLE makes 16-bit pixels larger.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from psd_tools.compression import decode_prediction, encode_prediction
from psd_tools.constants import ChannelID, Compression
from psd_tools.psd.layer_and_mask import ChannelData

from pipelines.pixels import bands, to_depth

from ..images.image import Pixels

try:
    from psd_tools.compression._rle import decode as unpack_row
    from psd_tools.compression._rle import encode as pack_row
except ImportError:  # psd-tools without its compiled part
    from psd_tools.compression.rle import decode as unpack_row
    from psd_tools.compression.rle import encode as pack_row

Plane = NDArray[np.uint8 | np.uint16]  # [H, W]
Version = Literal[1, 2]  # PSD, PSB
LAYER_CHANNELS = (
    ChannelID.TRANSPARENCY_MASK,
    ChannelID.CHANNEL_0,
    ChannelID.CHANNEL_1,
    ChannelID.CHANNEL_2,
)
ROW_LENGTH = {1: np.dtype(">u2"), 2: np.dtype(">u4")}  # how RLE notes a row's length, by version
_WORTH = 0.75  # of its size at most: then a plane is worth packing
_SAMPLED = 32  # one row in so many tells
_FAST = 1  # zlib's level: predicted pixels become no smaller at 6, in twice the time
_CHUNK = 2**20  # bytes that are copied at once
_SENTINEL = (
    b"\0\xff"  # one byte of 255, packed: it follows a row that is whole, right behind its end
)


@dataclass(frozen=True, eq=False)
class Packed:
    """A compressed plane: where it lies, the two bytes that name its compression first."""

    file: BinaryIO
    start: int
    size: int  # bytes
    rows: int  # of pixels
    version: Version  # of the files it fits as it is

    @property
    def data(self) -> ChannelData:
        """The plane as psd-tools has it."""
        whole = self._read(0, self.size)
        return ChannelData(Compression(int.from_bytes(whole[:2])), whole[2:])

    def copy(self, out: BinaryIO, version: Version) -> Packed:
        """The plane once more at the end of a file, perhaps this one."""
        start, done = out.tell(), 0
        if version != self.version and self._read(0, 2) == _named(Compression.RLE):
            done = 2 + self.rows * ROW_LENGTH[self.version].itemsize
            table = np.frombuffer(self._read(2, done - 2), ROW_LENGTH[self.version])
            out.seek(start)
            out.write(_named(Compression.RLE) + table.astype(ROW_LENGTH[version]).tobytes())
        end = out.tell() if done else start
        for offset in range(done, self.size, _CHUNK):
            chunk = self._read(offset, min(_CHUNK, self.size - offset))
            out.seek(end)
            end += out.write(chunk)
        return Packed(out, start, end - start, self.rows, version)

    def _read(self, offset: int, size: int) -> bytes:
        self.file.seek(self.start + offset)
        return self.file.read(size)


@dataclass(frozen=True, eq=False)
class Channels:
    """A picture's compressed planes: transparency first, as Photoshop orders them."""

    width: int
    height: int
    depth: int
    planes: tuple[Packed, ...]

    def copy(self, out: BinaryIO, version: Version) -> Channels:
        """The planes once more at the end of a file."""
        return replace(self, planes=tuple(plane.copy(out, version) for plane in self.planes))


def encode(
    pixels: Pixels, depth: int, version: Version = 1, out: BinaryIO | None = None
) -> Channels:
    """RGBA (or RGB, or grey) pixels as the four planes of a layer at the document's depth.

    `version` is 1 for PSD and 2 for PSB. They are laid down at the end of `out`, or in memory.
    """
    file = io.BytesIO() if out is None else out
    height, width, count = pixels.shape
    wide = at_depth(pixels, depth)
    full = np.iinfo(wide.dtype).max
    alpha = wide[..., 3] if count == 4 else np.broadcast_to(wide.dtype.type(full), (height, width))
    colours = [wide[..., min(c, count - 1)] for c in range(3)]
    planes = (encode_plane(values, version, file) for values in (alpha, *colours))
    return Channels(width, height, depth, tuple(planes))


def encode_plane(values: Plane, version: Version, out: BinaryIO) -> Packed:
    """One plane at the end of a file, compressed as its depth likes it."""
    start = out.tell()
    if values.dtype == np.uint16:
        out.write(_named(Compression.ZIP_WITH_PREDICTION))
        out.writelines(_zipped(values))
    elif _is_worth_packing(values):
        lengths, rows = rle(values, version)
        out.write(_named(Compression.RLE))
        out.write(lengths)
        out.writelines(rows)
    else:
        out.write(_named(Compression.RAW))
        out.writelines(values[band].tobytes() for band in bands(values))
    return Packed(out, start, out.tell() - start, values.shape[0], version)


def rle(values: Plane, version: Version) -> tuple[bytes, list[bytes]]:
    """An 8-bit plane's rows packed: their lengths as a file has them, and the rows one by another.

    A row like the one above it, as all of an opaque transparency, is packed once.
    """
    width, lengths, rows = values.shape[1], list[int](), list[bytes]()
    above, packed = b"", b""
    for band in bands(values):
        raw, found = values[band].tobytes(), list[bytes]()
        for at in range(0, len(raw), width):
            row = raw[at : at + width]
            if row != above:
                above, packed = row, pack_row(row)
            found.append(packed)
        lengths += map(len, found)
        rows.append(b"".join(found))
    return np.array(lengths, ROW_LENGTH[version]).tobytes(), rows


def plane(data: ChannelData, width: int, height: int, depth: int, version: int) -> Plane:
    """One plane's pixels. ValueError when the data is not exactly that many."""
    expected = width * height * depth // 8
    raw = _decompress(data, width, height, depth, version, expected)
    if len(raw) != expected:
        raise ValueError(
            f"a channel has {len(raw)} bytes of pixels, its size says {expected}: the file is cut "
            "short or damaged; take another copy, or save it again where it opens"
        )
    values = np.frombuffer(raw, np.uint8 if depth == 8 else ">u2").reshape(height, width)
    return values if depth == 8 else values.astype(np.uint16)


def _decompress(
    data: ChannelData, width: int, height: int, depth: int, version: int, expected: int
) -> bytes:
    """psd-tools' decoders, but a broken channel is an error and not black pixels."""
    match data.compression:
        case Compression.RAW:
            return data.data[:expected]
        case Compression.RLE:
            return _unpacked(data.data, width * depth // 8, height, version)
        case Compression.ZIP | Compression.ZIP_WITH_PREDICTION:
            try:
                raw = zlib.decompressobj().decompress(data.data, expected + 1)
            except zlib.error as error:
                raise ValueError(f"a channel cannot be unpacked: {error}") from None
            if data.compression is Compression.ZIP or len(raw) != expected:
                return raw
            return decode_prediction(raw, width, height, depth)


def _unpacked(data: bytes, width: int, height: int, version: int) -> bytes:
    """Rows of so many bytes. ValueError: one of them is not there, or not whole."""
    kind = ROW_LENGTH[1 if version == 1 else 2]
    at, rows = kind.itemsize * height, list[bytes]()
    if len(data) < at:
        raise ValueError("a channel is damaged: it ends before its first row")
    for number, length in enumerate(np.frombuffer(data, kind, height).tolist()):
        packed = data[at : at + length]
        row = unpack_row(packed + _SENTINEL, width + 1)
        is_sure = row[width] == _SENTINEL[1] and row[width - 1] != _SENTINEL[0]  # none of it eaten
        if not is_sure and _length(packed) < width:
            raise ValueError(f"a channel is damaged: its row {number + 1} is not whole")
        rows.append(row[:width])
        at += length
    return b"".join(rows)


def _length(packed: bytes) -> int:
    """Bytes that a row unpacks to. Slower, for rows that go on behind their end."""
    at = count = 0
    while at < len(packed):
        head = packed[at]
        if head < 128:
            count += min(head + 1, len(packed) - at - 1)
            at += head + 2
        elif head == 128:
            at += 1
        else:
            count += (257 - head) * (at + 1 < len(packed))
            at += 2
    return count


def at_depth(pixels: Pixels, depth: int) -> Pixels:
    """The pixels at a document's depth. Widening is exact; narrowing is refused."""
    if pixels.dtype == np.uint16 and depth == 8:
        raise ValueError("the image has 16 bits and the document 8; make the document 16 bits")
    return to_depth(pixels, depth)


def big_endian(values: Plane) -> bytes:
    """A plane's bytes as PSD files have them."""
    return values.astype(values.dtype.newbyteorder(">"), copy=False).tobytes()


def _named(compression: Compression) -> bytes:
    return compression.value.to_bytes(2)


def _is_worth_packing(values: Plane) -> bool:
    sample = values[::_SAMPLED]
    _, rows = rle(sample, 1)
    return sum(map(len, rows)) <= _WORTH * sample.nbytes


def _zipped(values: Plane) -> Iterator[bytes]:
    squeezed = zlib.compressobj(_FAST)
    for band in bands(values):
        part = values[band]
        size = part.shape[1], part.shape[0]
        yield squeezed.compress(encode_prediction(big_endian(part), *size, 16))
    yield squeezed.flush()
