"""Groups more on top of a PSD file, every old layer's bytes as they were.

append_groups   the file with the groups added and its XMP set
extend          the same into a file, from a Cut, which finds what cannot take groups
growing         a file's bytes -> that Cut
next_layer_id   an id that no layer of the file has

The file is spliced, not read and written again: records, channels, resources and blocks that
nobody here understands are copied byte for byte, straight from the old file. Only the layer list
grows, the flattened picture is brought up to date, and the few resources that count layers are
lengthened.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
from psd_tools.constants import ColorMode, Resource, Tag
from psd_tools.psd.document import PSD
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import VersionInfo

from pipelines.pixels import bands, over
from pipelines.recipe import ImageId

from ..images.image import Image
from .channels import Channels, Plane
from .cutting import Cut, cut
from .document import Document, Layer, PixelLayer
from .files import canvas_of, layer_info, merged_planes, opened
from .flatten import flatten, matted, unmatted
from .picture import picture_of
from .records import count_of
from .writing import LENGTH, Source, layer_block, sized, write_list, write_merged

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
    out = io.BytesIO()
    extend(out, growing(data), groups, images, xmp=xmp)
    return out.getvalue()


def growing(data: bytes) -> Cut:
    """The file, cut where groups go in. ValueError: it cannot take any."""
    old = cut(data)
    if old.psd.header.color_mode is not ColorMode.RGB:
        raise ValueError("layers can be added to RGB files only; convert the file to RGB first")
    return old


def extend(
    out: BinaryIO,
    old: Cut,
    groups: tuple[Layer, ...],
    images: Mapping[ImageId, Image],
    encoded: Mapping[ImageId, Channels] | None = None,
    *,
    xmp: str,
) -> None:
    """The file with `groups` on top, into a file open for writing and reading.

    Images are asked for when they are needed; `encoded` holds pixels compressed before.
    """
    canvas, additions = canvas_of(old.psd), groups
    if not old.list.count:  # a flat file: its picture becomes its first layer
        flat = Image(picture_of(_with_picture(old)).pixels, canvas.profile)
        images = {**images, flat.id: flat}
        number = max(group.id for group in groups) + 10_000
        additions = (PixelLayer(id=number, name="Background", image=flat.id), *groups)
    source = Source(images, canvas.depth, old.version, dict(encoded or {}))
    length = LENGTH[old.version]
    out.write(old.start)
    with sized(out, ">I"):
        _write_resources(out, old.resources, count_of(additions), xmp.encode())
    with sized(out, length):
        if old.before is None:
            with sized(out, length, 4):
                write_list(out, additions, source, old=old.list)
        else:
            out.write(old.before)
            with layer_block(out, old.version):
                write_list(out, additions, source, old=old.list)
        out.write(old.after)
    _write_merged(out, old, groups, images)


def _write_resources(out: BinaryIO, section: memoryview, added: int, xmp: bytes) -> None:
    """The image resources with our XMP, and with those that count layers lengthened."""
    source = io.BytesIO(section)
    while len(start := source.read(6)) == 6:
        (key,) = struct.unpack(">H", start[4:])
        size = source.read(1)
        name = size + source.read(size[0] | 1)  # padded to an even length, with its size byte
        (length,) = struct.unpack(">I", source.read(4))
        body = source.read(length)
        source.read(len(body) % 2)
        if key == Resource.XMP_METADATA:
            continue
        if key == _LAYER_GROUPS:
            body += bytes(2 * added)
        elif key == _LAYER_GROUPS_ENABLED:
            body += b"\1" * added
        out.write(start + name)
        _write_sized(out, body)
    out.write(b"8BIM" + struct.pack(">H", Resource.XMP_METADATA) + b"\0\0")
    _write_sized(out, xmp)


def _write_sized(out: BinaryIO, body: bytes) -> None:
    out.write(struct.pack(">I", len(body)) + body + bytes(len(body) % 2))


def _write_merged(
    out: BinaryIO, old: Cut, groups: tuple[Layer, ...], images: Mapping[ImageId, Image]
) -> None:
    """The flattened picture with the groups over it; saved selections stay."""
    version = old.psd.image_resources.get_data(Resource.VERSION_INFO)
    if isinstance(version, VersionInfo) and not version.has_composite:
        out.write(old.merged)  # saved without one: programs composite the layers themselves
        return
    canvas = canvas_of(old.psd)
    above = Document(
        width=canvas.width,
        height=canvas.height,
        depth=8 if canvas.depth == 8 else 16,
        layers=groups,
    )
    try:
        planes = _planes(old)
    except ValueError:  # broken, or none: programs composite the layers themselves
        out.write(old.merged)
        return
    shown = flatten(above, images)
    transparent = old.list.count < 0 and len(planes) > 3
    colours = [np.array(plane) for plane in planes[: 3 + transparent]]  # may be views of bytes
    for rows in bands(shown):
        below = np.stack([plane[rows] for plane in colours], axis=-1)
        if transparent:
            both = matted(over(unmatted(below), shown[rows]))
        else:
            both = over(below, shown[rows])
        for number, plane in enumerate(colours):
            plane[rows] = both[..., number]
    write_merged(out, [*colours, *planes[len(colours) :]], old.psd.header)


def _planes(old: Cut) -> list[Plane]:
    """The flattened picture's channels; composited of the layers where it is one flat colour.

    ValueError: there is none.
    """
    planes = merged_planes(_with_picture(old))
    if any((plane != plane[:1, :1]).any() for plane in planes[:3]):
        return planes
    picture = picture_of(opened(old.data))
    if not picture.composited:
        return planes
    transparent = old.list.count < 0 and len(planes) > 3
    pixels = matted(picture.pixels) if transparent else picture.pixels[..., :3]
    return [*(pixels[..., c] for c in range(pixels.shape[2])), *planes[pixels.shape[2] :]]


def _with_picture(old: Cut) -> PSD:
    """The outline with the flattened picture."""
    psd = old.psd
    return PSD(
        header=psd.header,
        image_resources=psd.image_resources,
        layer_and_mask_information=psd.layer_and_mask_information,
        image_data=ImageData.frombytes(bytes(old.merged)),
    )
