"""PSD files: a document and its images to bytes and back.

write_document   a document -> PSD, with the merged image that viewers show
save_document    the same into a file, one layer in memory at a time
read_document    any program's RGB or grey PSD or PSB of 8 or 16 bits -> a document
document_of      the same of its records
opened           a PSD as psd-tools' records, after its header was found fit by header_of
merged_pixels    the flattened picture that a file keeps, real or not: see picture.py
"""

from __future__ import annotations

import io
import logging
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import numpy as np
from msgspec.structs import replace
from psd_tools.constants import ColorMode, Resource, Tag
from psd_tools.psd.document import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_resources import ImageResource, ImageResources, VersionInfo
from psd_tools.psd.layer_and_mask import ChannelData, LayerInfo
from psd_tools.psd.tagged_blocks import TaggedBlocks

from pipelines.pixels import bands, full
from pipelines.recipe import ImageId

from ..images.image import Image, Pixels
from ..images.profiles import fits, icc_of, known, name_of
from .bounds import LIMITS, check_counts
from .channels import Channels, Plane, Version, plane
from .document import Document, check_size
from .flatten import flatten, is_plain, matted, unmatted
from .images import LayerImages
from .kept import Keeping, blocks_of, put_back, resource, resources_of
from .layers import Canvas, layers_of
from .records import count_of
from .render import rendered, undrawn
from .strips import strips
from .writing import (
    LENGTH,
    MAX_PSD,
    Source,
    layer_block,
    patch,
    sized,
    write_list,
    write_merged,
)
from .xmp import readable

log = logging.getLogger(__name__)
_NO_LENGTH = bytes(4)
_HAS_COMPOSITE = 4 + 4 + 2 + 2 + 4 + 4  # bytes from the resources' length to that of the first
BROKEN = "the PSD file is broken"
CUT = (
    f"{BROKEN}: it ends before it should, or its parts make no sense; it may be an interrupted "
    "copy, take another"
)
UNREADABLE = "its metadata (XMP) cannot be read, and are written anew when it is saved from here"


def write_document(
    document: Document,
    images: Mapping[ImageId, Image],
    encoded: Mapping[ImageId, Channels] | None = None,
) -> bytes:
    """The document as a PSD file. `encoded` holds layers whose pixels were compressed before."""
    out = io.BytesIO()
    save_document(out, document, images, encoded)
    return out.getvalue()


def save_document(
    out: BinaryIO,
    document: Document,
    images: Mapping[ImageId, Image],
    encoded: Mapping[ImageId, Channels] | None = None,
    version: Version = 1,
) -> None:
    """The same into a file open for writing and reading, one layer in memory at a time.

    Images are asked for when they are needed; `version` 2 is a PSB, which may be longer.
    """
    source = Source(images, document.depth, version, dict(encoded or {}))
    _write(out, document, source, lambda: _composited(document, images))


def read_document(data: bytes) -> tuple[Document, LayerImages]:
    """Any program's PSD as a document. ValueError: one sentence on what is wrong with it."""
    return document_of(opened(data))


def document_of(psd: PSD) -> tuple[Document, LayerImages]:
    """The same of records."""
    images = LayerImages()
    canvas = canvas_of(psd)
    info = layer_info(psd)
    pairs = list(zip(info.layer_records, info.channel_image_data, strict=True))
    keeping = Keeping()
    layers = layers_of(pairs, canvas, images.keep, keeping)
    document = Document(
        width=canvas.width,
        height=canvas.height,
        depth=8 if canvas.depth == 8 else 16,
        profile=canvas.profile,
        xmp=xmp_of(psd),
        layers=layers,
        kept=blocks_of(psd.layer_and_mask_information.tagged_blocks, keeping),
        resources=resources_of(psd.image_resources, keeping),
    )
    return replace(document, notices=tuple(_told(document, keeping))), images


def _told(document: Document, keeping: Keeping) -> Iterator[str]:
    """What of a file is lost once it is saved from here: a sentence each."""
    if keeping.dropped:
        yield f"too large to be kept when it is saved from here: {', '.join(keeping.dropped[:9])}"
    if document.xmp and not readable(document.xmp):
        yield UNREADABLE


def opened(data: bytes) -> PSD:
    """The file's records, none of its pixels unpacked. ValueError: not one we can work with."""
    header_of(data)
    check_counts(data)
    try:
        return PSD.frombytes(data, parse_limits=LIMITS)
    except Exception as error:  # psd-tools raises whatever a broken byte leads to
        log.info("a PSD file cannot be read: %s: %s", type(error).__name__, error)
        raise ValueError(CUT) from None


def header_of(data: bytes) -> FileHeader:
    """The file's header. ValueError: not one we can work with."""
    if not data:
        raise ValueError("the file is empty, it has 0 bytes")
    try:
        header = FileHeader.frombytes(data[:26])
    except (OSError, ValueError):
        raise ValueError("this is not a PSD or PSB file") from None
    check_size("the PSD file", header.width, header.height)
    if header.color_mode not in (ColorMode.RGB, ColorMode.GRAYSCALE):
        mode = header.color_mode.name.capitalize()
        raise ValueError(
            f"the PSD file's mode must be RGB or grayscale, it is {mode}; convert it to RGB"
        )
    if header.depth not in (8, 16):
        raise ValueError(
            f"the PSD file must have 8 or 16 bits per channel, it has {header.depth}; convert it"
        )
    if header.channels < (3 if header.color_mode is ColorMode.RGB else 1):
        raise ValueError(f"{BROKEN}: an RGB file with {header.channels} channels")
    return header


def canvas_of(psd: PSD) -> Canvas:
    """Size, depth and colours of a file."""
    return Canvas(
        width=psd.header.width,
        height=psd.header.height,
        depth=psd.header.depth,
        version=psd.header.version,
        grey=psd.header.color_mode is ColorMode.GRAYSCALE,
        profile=name_of(icc_in(psd)),
    )


def layer_info(psd: PSD) -> LayerInfo:
    """The layer list; 16-bit files keep it in a block of its own."""
    blocks = psd.layer_and_mask_information.tagged_blocks
    found = blocks.get_data(Tag.LAYER_16) if blocks is not None else None
    return found or psd.layer_and_mask_information.layer_info or LayerInfo()


def xmp_of(psd: PSD) -> str | None:
    """The document's XMP packet."""
    xmp = psd.image_resources.get_data(Resource.XMP_METADATA)
    return xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else None


def icc_in(psd: PSD) -> bytes:
    """The colour profile a file carries; empty without one that fits its pixels."""
    icc = raw_icc(psd)
    probe = np.zeros((1, 1, 1 if psd.header.color_mode is ColorMode.GRAYSCALE else 3), np.uint8)
    return icc if fits(probe, icc) else b""


def raw_icc(psd: PSD) -> bytes:
    """The colour profile a file carries, fitting or not; empty without one."""
    icc = psd.image_resources.get_data(Resource.ICC_PROFILE)
    return icc if isinstance(icc, bytes) else b""


def merged_pixels(psd: PSD) -> Pixels:
    """The flattened picture a file keeps: [H, W, 4], straight alpha."""
    canvas = canvas_of(psd)
    planes = merged_planes(psd)
    colours = [planes[0]] * 3 if canvas.grey else planes[:3]
    count = 1 if canvas.grey else 3
    if layer_info(psd).layer_count < 0 and len(planes) > count:
        return unmatted(np.stack([*colours, planes[count]], axis=-1))
    opaque = np.full_like(planes[0], np.iinfo(planes[0].dtype).max)
    return np.stack([*colours, opaque], axis=-1)


def merged_planes(psd: PSD) -> list[Plane]:
    """The channels of the flattened picture, saved selections included."""
    head = psd.header
    rows = head.height * head.channels
    if head.width * rows * head.depth // 8 > MAX_PSD:
        raise ValueError("the PSD file's flattened picture unpacks to more than 2 GiB")
    data = ChannelData(psd.image_data.compression, psd.image_data.data)
    values = plane(data, head.width, rows, head.depth, head.version)
    return list(values.reshape(head.channels, head.height, head.width))


def _write(
    out: BinaryIO, document: Document, source: Source, composited: Callable[[], tuple[Pixels, bool]]
) -> None:
    """The file, front to back.

    `composited` makes its flattened picture, [H, W, 4], and says whether nothing is missing in it.
    """
    header = FileHeader(
        version=source.version,
        channels=3,
        width=document.width,
        height=document.height,
        depth=document.depth,
    )
    start = out.tell()
    header.write(out)
    out.write(_NO_LENGTH)  # of a colour table
    resources = out.tell()
    _resources(document).write(out)
    length = LENGTH[source.version]
    with sized(out, length):
        with sized(out, length, 4):
            counted = out.tell()
            if document.depth == 8 and document.layers:
                write_list(out, document.layers, source)
        out.write(_NO_LENGTH)  # of a mask for all layers
        if document.depth == 16:
            with layer_block(out, source.version):
                counted = out.tell()
                write_list(out, document.layers, source)
        blocks = TaggedBlocks()
        put_back(blocks, document.kept)
        blocks.write(out, version=source.version, padding=4)
    merged, real = composited()
    if not real:
        patch(out, resources + _HAS_COMPOSITE, b"\0")
    if not all((merged[rows, :, 3] == full(merged)).all() for rows in bands(merged)):
        for rows in bands(merged):
            merged[rows] = matted(merged[rows])
        header.channels = 4
        patch(out, start, header.tobytes())
        if document.layers:  # below zero: the picture's fourth channel is its transparency
            patch(out, counted, struct.pack(">h", -count_of(document.layers)))
    write_merged(out, [merged[..., c] for c in range(header.channels)], header)


def _composited(document: Document, images: Mapping[ImageId, Image]) -> tuple[Pixels, bool]:
    """What is seen of the document, [H, W, 4], and whether that is all."""
    if is_plain(document):
        return flatten(document, images), True
    parts: list[Pixels] = []
    whole = True
    for strip, found in strips(document, images):
        clear = np.zeros(
            (strip.height, strip.width, 4), np.uint8 if strip.depth == 8 else np.uint16
        )
        file = io.BytesIO()
        _write(file, strip, Source(found, strip.depth), lambda clear=clear: (clear, True))
        psd = opened(file.getvalue())
        try:
            parts.append(rendered(psd))
        except ValueError:  # what was kept of another program cannot be drawn: others will
            return flatten(document, images), False
        left_out = undrawn(psd)
        whole = whole and not (left_out.wrong or left_out.unseen)
    return np.concatenate(parts), whole


def _resources(document: Document) -> ImageResources:
    version = VersionInfo(has_composite=True, writer="Pentimento", reader="Pentimento")
    found = {Resource.VERSION_INFO: version.tobytes()}
    if (profile := known(document.profile)) is not None:
        found[Resource.ICC_PROFILE] = icc_of(profile)
    if document.xmp is not None:
        found[Resource.XMP_METADATA] = document.xmp.encode()
    kept = (resource(block) for block in document.resources)
    ours = (ImageResource(key=key.value, data=data) for key, data in found.items())
    return ImageResources([(one.key, one) for one in (*ours, *kept) if one is not None])
