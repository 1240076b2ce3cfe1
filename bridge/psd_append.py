"""Groups more on top of a PSD file, every old layer's bytes as they were.

append_groups   the file with the groups added and its XMP set
next_layer_id   an id that no layer of the file has

The file is cut and spliced, not read and written again: records, channels, resources and blocks
that nobody here understands are copied byte for byte. Only the layer list grows, the flattened
picture is brought up to date, and the few resources that count layers are lengthened.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from psd_tools.constants import ColorMode, Resource, Tag
from psd_tools.psd.document import PSD
from psd_tools.psd.image_resources import VersionInfo
from psd_tools.psd.layer_and_mask import LayerRecords

from pipelines.pixels import over
from pipelines.recipe import ImageId

from .document import Document, Layer, PixelLayer
from .images import Image
from .psd import canvas_of, image_data, layer_info, merged_planes, opened
from .psd_flatten import flatten, matted
from .psd_picture import picture_of
from .psd_records import Records, records_of

Version = Literal[1, 2]  # PSD, PSB

_LAYER_BLOCK = b"Lr16"  # where 16-bit files keep their layers
_LAYER_GROUPS = 1026  # resource: 2 bytes a layer
_LAYER_GROUPS_ENABLED = 1072  # resource: 1 byte a layer


def next_layer_id(psd: PSD) -> int:
    """An id above those of all layers."""
    ids = (record.tagged_blocks.get_data(Tag.LAYER_ID) for record in layer_info(psd).layer_records)
    return max([0, *(int(number) for number in ids if number and int(number) < 2**30)]) + 1


def append_groups(
    data: bytes,
    groups: tuple[Layer, ...],
    images: Mapping[ImageId, Image],
    *,
    xmp: str,
) -> bytes:
    """The PSD or PSB file with `groups` on top. ValueError: a file that cannot take them."""
    psd = opened(data)
    if psd.header.color_mode is not ColorMode.RGB:
        raise ValueError("layers can be added to RGB files only; convert the file to RGB first")
    canvas = canvas_of(psd)
    additions: tuple[Layer, ...] = groups
    if not layer_info(psd).layer_count:  # a flat file: its picture becomes its first layer
        flat = Image(picture_of(psd).pixels, canvas.profile)
        images = {**images, flat.id: flat}
        below = PixelLayer(
            id=max(group.id for group in groups) + 10_000, name="Background", image=flat.id
        )
        additions = (below, *groups)
    new = records_of(additions, images, depth=canvas.depth, version=canvas.version)
    file = _Sections.of(data)
    file = replace(
        file,
        resources=_with_resources(file.resources, len(new.records), xmp.encode()),
        layers=_with_layers(file.layers, new, file.version, canvas.depth),
        merged=_with_merged(psd, file.merged, groups, images),
    )
    return file.joined()


@dataclass(frozen=True, kw_only=True)
class _Sections:
    """A file's five parts, without their lengths."""

    version: Version
    header: bytes
    colour_mode: bytes
    resources: bytes
    layers: bytes
    merged: bytes

    @staticmethod
    def of(data: bytes) -> _Sections:
        version: Version = 1 if data[4:6] == b"\0\1" else 2
        source = io.BytesIO(data)
        header = source.read(26)
        colour_mode = _block(source, "I")
        resources = _block(source, "I")
        layers = _block(source, "IQ"[version - 1])
        return _Sections(
            version=version,
            header=header,
            colour_mode=colour_mode,
            resources=resources,
            layers=layers,
            merged=source.read(),
        )

    def joined(self) -> bytes:
        return b"".join(
            (
                self.header,
                _sized(self.colour_mode, "I"),
                _sized(self.resources, "I"),
                _sized(self.layers, "IQ"[self.version - 1]),
                self.merged,
            )
        )


def _with_layers(section: bytes, new: Records, version: Version, depth: int) -> bytes:
    """The layer and mask section with records more."""
    length = "IQ"[version - 1]
    source = io.BytesIO(section)
    info = _block(source, length) if section else b""
    mask = _sized(_block(source, "I") if source.tell() < len(section) else b"", "I")
    blocks, rest = _blocks(source, version)
    place = next((n for n, (key, _) in enumerate(blocks) if key[4:] == _LAYER_BLOCK), None)
    if place is not None:
        key, body = blocks[place]
        blocks[place] = (key, _longer(body, new, version))
    elif depth == 16 and not info:
        blocks.append((b"8BIM" + _LAYER_BLOCK, _longer(b"", new, version)))
    else:
        info = _longer(info, new, version)
    tail = b"".join(
        key + _padded(_sized(body, _block_length(key, version)), 4) for key, body in blocks
    )
    return _sized(info, length) + mask + tail + rest


def _longer(body: bytes, new: Records, version: Version) -> bytes:
    """A layer list (count, records, channels) with layers more on top, padded to 4."""
    (count,) = struct.unpack(">h", body[:2]) if body else (0,)
    source = io.BytesIO(body[2:])
    old = LayerRecords.read(source, count, version=version)
    records = body[2 : 2 + source.tell()]
    used = sum(channel.length for record in old for channel in record.channel_info)
    channels = body[2 + source.tell() :][:used]
    total = count - len(new.records) if count < 0 else count + len(new.records)
    return _padded(
        struct.pack(">h", total)
        + records
        + new.records.tobytes(version=version)
        + channels
        + new.channels.tobytes(),
        4,
    )


def _with_resources(section: bytes, added: int, xmp: bytes) -> bytes:
    """The image resources with our XMP, and with those that count layers lengthened."""
    out: list[bytes] = []
    source = io.BytesIO(section)
    while len(start := source.read(6)) == 6:
        (key,) = struct.unpack(">H", start[4:])
        size = source.read(1)
        name = size + source.read(size[0] | 1)  # padded to an even length, with its size byte
        body = _block(source, "I")
        source.read(len(body) % 2)
        if key == Resource.XMP_METADATA:
            continue
        if key == _LAYER_GROUPS:
            body += bytes(2 * added)
        elif key == _LAYER_GROUPS_ENABLED:
            body += b"\1" * added
        out.append(start + name + _padded(_sized(body, "I"), 2))
    start = b"8BIM" + struct.pack(">H", Resource.XMP_METADATA) + b"\0\0"
    return b"".join(out) + start + _padded(_sized(xmp, "I"), 2)


def _with_merged(
    psd: PSD, old: bytes, groups: tuple[Layer, ...], images: Mapping[ImageId, Image]
) -> bytes:
    """The flattened picture with the groups over it; saved selections stay."""
    version = psd.image_resources.get_data(Resource.VERSION_INFO)
    if isinstance(version, VersionInfo) and not version.has_composite:
        return old  # saved without one: programs composite the layers themselves
    canvas = canvas_of(psd)
    above = Document(
        width=canvas.width,
        height=canvas.height,
        depth=8 if canvas.depth == 8 else 16,
        layers=groups,
    )
    pixels = over(picture_of(psd).pixels, flatten(above, images))
    planes = merged_planes(psd)
    transparent = layer_info(psd).layer_count < 0 and len(planes) > 3
    shown = matted(pixels) if transparent else pixels[..., :3]
    planes[: shown.shape[2]] = [shown[..., c] for c in range(shown.shape[2])]
    return image_data(planes, psd.header).tobytes()


def _blocks(source: io.BytesIO, version: Version) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The tagged blocks at the section's end (signature with key, body), and what is no block."""
    found: list[tuple[bytes, bytes]] = []
    while (key := source.read(8))[:4] in (b"8BIM", b"8B64"):
        body = _block(source, _block_length(key, version))
        source.read(-len(body) % 4)
        found.append((key, body))
    return found, key + source.read()


def _block_length(key: bytes, version: Version) -> str:
    """How a block's length is written: PSB files use 8 bytes for those that may be large."""
    return "Q" if version == 2 and key[4:] in _LARGE_BLOCKS else "I"


# Adobe Photoshop File Formats Specification, "Additional Layer Information", and Photoshop's own
# files for the last five.
_LARGE_BLOCKS = frozenset(
    (
        *(b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk"),
        *(b"lnk2", b"FEid", b"FXid", b"PxSD", b"lnk3", b"lnkE", b"pths", b"extd", b"extn"),
        *(b"cinf", b"artd", b"FELS"),
    )
)


def _block(source: io.BytesIO, length: str) -> bytes:
    (size,) = struct.unpack(">" + length, source.read(struct.calcsize(">" + length)))
    return source.read(size)


def _sized(body: bytes, length: str) -> bytes:
    return struct.pack(">" + length, len(body)) + body


def _padded(body: bytes, multiple: int) -> bytes:
    return body + bytes(-len(body) % multiple)
