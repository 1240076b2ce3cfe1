"""The long parts of a PSD file, written from front to back: one layer's pixels in memory at a time.

Source        where the layers' pixels come from, and what the file wants of them
sized         a section whose length is written once it is known; layer_block: that of the list
write_list    the layer list: count, records, channels; old ones first, which stay as they are
write_merged  the flattened picture
patch         what was written before, written again; fill: zeros up to a multiple
MAX_PSD       bytes of a PSD file; PSB files may be longer

Files are sought in: the records stand before the pixels and are written again when the lengths of
those are known. A picture that several layers show is packed once and then copied out of the file
itself, which therefore has to be open for reading too.
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from psd_tools.constants import Compression
from psd_tools.psd.header import FileHeader
from psd_tools.psd.layer_and_mask import LayerRecord, LayerRecords

from pipelines.pixels import bands
from pipelines.recipe import ImageId

from ..images.image import Image
from .channels import (
    LAYER_CHANNELS,
    ROW_LENGTH,
    Channels,
    Plane,
    Version,
    at_depth,
    big_endian,
    encode,
    encode_plane,
    rle,
)
from .document import Layer, Mask, PixelLayer
from .records import entries_of

MAX_PSD = 2 * 2**30  # bytes; the format's limit
MAX_RECORDS = 2**15 - 1  # layers, and two for each group: their number has 16 bits, one a sign
LENGTH: dict[Version, str] = {1: ">I", 2: ">Q"}  # of sections and layer lists
LAYER_BLOCK = b"8BIMLr16"  # begins the block where 16-bit files keep their layers
_NOTHING = b"\0\0"  # a plane without pixels: raw, and no more


@dataclass(frozen=True, eq=False)
class Source:
    """Where the layers' pixels come from, and what the file wants of them."""

    images: Mapping[ImageId, Image]  # asked for one at a time, and forgotten
    depth: int
    version: Version = 1
    packed: dict[ImageId, Channels] = field(default_factory=dict[ImageId, Channels])
    masks: dict[ImageId, Channels] = field(default_factory=dict[ImageId, Channels])

    def image(self, wanted: ImageId, layer: str) -> Image:
        """An image that a layer names."""
        try:
            return self.images[wanted]
        except KeyError:
            raise ValueError(f'the image of layer "{layer}" is not here: {wanted}') from None


@contextmanager
def sized(out: BinaryIO, length: str, multiple: int = 1) -> Generator[None]:
    """What is written inside, behind its own length; filled up with zeros to a multiple."""
    start = out.tell()
    out.write(bytes(struct.calcsize(length)))
    yield
    fill(out, start + struct.calcsize(length), multiple)
    patch(out, start, struct.pack(length, out.tell() - start - struct.calcsize(length)))


def patch(out: BinaryIO, place: int, data: bytes) -> None:
    """Write again what was written before, and go on at the end."""
    end = out.tell()
    out.seek(place)
    out.write(data)
    out.seek(end)


def fill(out: BinaryIO, start: int, multiple: int) -> None:
    """Zeros until what was written since `start` is a multiple."""
    out.write(bytes((start - out.tell()) % multiple))


@contextmanager
def layer_block(out: BinaryIO, version: Version) -> Generator[None]:
    """The block where 16-bit files keep the layer list that is written inside."""
    start = out.tell()
    out.write(LAYER_BLOCK)
    with sized(out, LENGTH[version]):
        yield
    fill(out, start, 4)


@dataclass(frozen=True, eq=False)
class OldList:
    """A file's layer list as it was: how many, the records, the channels behind them."""

    count: int = 0
    records: bytes | memoryview = b""
    channels: bytes | memoryview = b""


def write_list(
    out: BinaryIO,
    layers: tuple[Layer, ...],
    source: Source,
    *,
    old: OldList | None = None,
) -> None:
    """The list, without a length of its own."""
    old = old or OldList()
    entries = list(entries_of(layers))
    records = LayerRecords([entry.record for entry in entries])
    count = abs(old.count) + len(entries)
    if count > MAX_RECORDS:
        raise ValueError(f"a PSD file lists at most {MAX_RECORDS} layers, this one has {count}")
    out.write(struct.pack(">h", -count if old.count < 0 else count))
    out.write(old.records)
    start = out.tell()
    out.write(records.tobytes(version=source.version))
    out.write(old.channels)
    for record, layer in entries:
        _write_channels(out, record, layer, source)
        check_length(out, source.version)
    patch(out, start, records.tobytes(version=source.version))


def write_merged(out: BinaryIO, planes: Iterable[Plane], header: FileHeader) -> None:
    """The flattened picture as Photoshop keeps it: RLE at 8 bits, raw at 16; all its channels."""
    version: Version = 1 if header.version == 1 else 2
    if header.depth == 16:
        out.write(Compression.RAW.value.to_bytes(2))
        for values in planes:
            out.writelines(big_endian(values[band]) for band in bands(values))
    else:
        out.write(Compression.RLE.value.to_bytes(2))
        start = out.tell()
        table: list[bytes] = []
        out.write(bytes(ROW_LENGTH[version].itemsize * header.height * header.channels))
        for values in planes:
            lengths, rows = rle(values, version)
            out.writelines(rows)
            table.append(lengths)
        patch(out, start, b"".join(table))
    check_length(out, version)


def check_length(out: BinaryIO, version: Version) -> None:
    """ValueError where more is written than the format holds."""
    if version == 1 and out.tell() > MAX_PSD:
        raise ValueError(
            "a PSD file holds at most 2 GiB; save fewer layers or a smaller picture, or a PSB"
        )


def _write_channels(
    out: BinaryIO, record: LayerRecord, layer: Layer | None, source: Source
) -> None:
    """A layer's planes; its record then says where it lies and how long they are."""
    if isinstance(layer, PixelLayer) and layer.image is not None:
        channels = _channels(out, layer, layer.image, source)
        record.left, record.top = layer.left, layer.top
        record.right = layer.left + channels.width
        record.bottom = layer.top + channels.height
        lengths = [packed.size for packed in channels.planes]
    else:
        lengths = [out.write(_NOTHING) for _ in LAYER_CHANNELS]
    mask = None if layer is None else layer.mask or layer.unused
    if layer is not None and mask is not None and (where := record.mask_data) is not None:
        grey = _mask(out, layer, mask, source)
        where.left, where.top = mask.left, mask.top
        where.right, where.bottom = mask.left + grey.width, mask.top + grey.height
        lengths += [packed.size for packed in grey.planes]
    for info, length in zip(record.channel_info, lengths, strict=True):
        info.length = length


def _channels(out: BinaryIO, layer: PixelLayer, wanted: ImageId, source: Source) -> Channels:
    """The layer's picture at the end of the file."""
    found = source.packed.get(wanted)
    if found is not None and found.depth == source.depth:
        return found.copy(out, source.version)
    image = source.image(wanted, layer.name)
    source.packed[wanted] = encode(image.pixels, source.depth, source.version, out)
    return source.packed[wanted]


def _mask(out: BinaryIO, layer: Layer, mask: Mask, source: Source) -> Channels:
    """The layer's mask at the end of the file, a single plane."""
    if mask.image in source.masks:
        return source.masks[mask.image].copy(out, source.version)
    image = source.image(mask.image, layer.name)
    if image.channels != 1:
        raise ValueError(
            f'the mask of layer "{layer.name}" must be grey, got {image.channels} channels'
        )
    values = at_depth(image.pixels, source.depth)[..., 0]
    plane = encode_plane(values, source.version, out)
    source.masks[mask.image] = Channels(image.width, image.height, source.depth, (plane,))
    return source.masks[mask.image]
