"""Pixels to the channels of a PSD layer and back.

Channels        a picture's planes, compressed, in the order they are written
encode          pixels -> planes; the costly part of saving, so a run encodes while it goes on
plane           one plane -> pixels, never more than its size says
at_depth        pixels at a document's depth

8-bit planes are packed with RLE, which every program reads; 16-bit planes as Photoshop packs
them, ZIP with prediction, because RLE makes 16-bit pixels larger.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psd_tools.compression import compress, decode_prediction, decode_rle
from psd_tools.constants import ChannelID, Compression
from psd_tools.psd.layer_and_mask import ChannelData

from pipelines.pixels import to_depth

from .images import Pixels

Plane = NDArray[np.uint8 | np.uint16]  # [H, W]
LAYER_CHANNELS = (
    ChannelID.TRANSPARENCY_MASK,
    ChannelID.CHANNEL_0,
    ChannelID.CHANNEL_1,
    ChannelID.CHANNEL_2,
)


@dataclass(frozen=True, eq=False)
class Channels:
    """Compressed planes with what each is: transparency first, as Photoshop orders them."""

    planes: tuple[tuple[ChannelID, ChannelData], ...]

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return sum(len(data.data) + 2 for _, data in self.planes)


def encode(pixels: Pixels, depth: int, version: int = 1) -> Channels:
    """RGBA (or RGB, or grey) pixels as the four planes of a layer at the document's depth.

    `version` is 1 for PSD and 2 for PSB, whose rows may be longer.
    """
    wide = at_depth(pixels, depth)
    full = np.iinfo(wide.dtype).max
    alpha = wide[..., 3] if wide.shape[2] == 4 else np.full_like(wide[..., 0], full)
    colours = [wide[..., min(c, wide.shape[2] - 1)] for c in range(3)]
    named = zip(LAYER_CHANNELS, (alpha, *colours), strict=True)
    return Channels(tuple((name, encode_plane(values, version)) for name, values in named))


def encode_plane(values: Plane, version: int = 1) -> ChannelData:
    """One plane, compressed as its depth likes it."""
    depth = 8 if values.dtype == np.uint8 else 16
    data = ChannelData(Compression.RLE if depth == 8 else Compression.ZIP_WITH_PREDICTION)
    height, width = values.shape
    data.data = compress(big_endian(values), data.compression, width, height, depth, version)
    return data


def plane(data: ChannelData, width: int, height: int, depth: int, version: int) -> Plane:
    """One plane's pixels. ValueError when the data is not exactly that many."""
    expected = width * height * depth // 8
    raw = _decompress(data, width, height, depth, version, expected)
    if len(raw) != expected:
        raise ValueError(f"a channel has {len(raw)} bytes of pixels, its size says {expected}")
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
            try:
                return decode_rle(
                    data.data, width, height, depth, version, max_output_bytes=expected
                )
            except (ValueError, IndexError, OSError) as error:
                raise ValueError(f"a channel cannot be unpacked: {error}") from None
        case Compression.ZIP | Compression.ZIP_WITH_PREDICTION:
            try:
                raw = zlib.decompressobj().decompress(data.data, expected + 1)
            except zlib.error as error:
                raise ValueError(f"a channel cannot be unpacked: {error}") from None
            if data.compression is Compression.ZIP or len(raw) != expected:
                return raw
            return decode_prediction(raw, width, height, depth)


def at_depth(pixels: Pixels, depth: int) -> Pixels:
    """The pixels at a document's depth. Widening is exact; narrowing is refused."""
    if pixels.dtype == np.uint16 and depth == 8:
        raise ValueError("the image has 16 bits and the document 8; make the document 16 bits")
    return to_depth(pixels, depth)


def big_endian(values: Plane) -> bytes:
    """A plane's bytes as PSD files have them."""
    return values.astype(values.dtype.newbyteorder(">"), copy=False).tobytes()
