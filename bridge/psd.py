"""PSD files: a document and its images to bytes and back.

write_document   a document -> PSD, with the merged image that viewers show
read_document    any program's RGB or grey PSD or PSB of 8 or 16 bits -> a document
document_of      the same of its records
opened           a PSD as psd-tools' records, after its header was found fit
merged_pixels    the flattened picture that a file keeps, real or not: see psd_picture

The work is in rooms of its own: psd_channels (pixels), psd_records and psd_layers (the layer
list), psd_kept (what nobody here understands), psd_metadata and xmp (notes), psd_flatten and
psd_render (the merged image), psd_picture (whether it counts), psd_append (a group more in a file
whose old bytes must stay).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec.structs import replace
from psd_tools.constants import ColorMode, Compression, Resource, Tag
from psd_tools.psd.document import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResource, ImageResources, VersionInfo
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    GlobalLayerMaskInfo,
    LayerAndMaskInformation,
    LayerInfo,
)
from psd_tools.psd.tagged_blocks import TaggedBlocks

from pipelines.pixels import full
from pipelines.recipe import ImageId

from .document import Document, check_size
from .images import Image, Pixels
from .profiles import from_icc, icc_of, known, name_of
from .psd_bounds import LIMITS, check_counts
from .psd_channels import Channels, Plane, big_endian, plane
from .psd_flatten import flatten, is_plain, matted, unmatted
from .psd_images import LayerImages
from .psd_kept import Keeping, blocks_of, put_back, resource, resources_of
from .psd_layers import Canvas, layers_of
from .psd_records import Records, records_of
from .psd_render import rendered, undrawn
from .xmp import readable

MAX_PSD = 2 * 2**30  # bytes; the format's limit
BROKEN = "the PSD file is broken"


def write_document(
    document: Document,
    images: Mapping[ImageId, Image],
    encoded: Mapping[ImageId, Channels] | None = None,
) -> bytes:
    """The document as a PSD file. `encoded` holds layers whose pixels were compressed before."""
    records = records_of(document.layers, images, depth=document.depth, encoded=encoded)
    if sum(len(data.data) for layer in records.channels for data in layer) > MAX_PSD:
        raise ValueError("a PSD file holds at most 2 GiB; save fewer layers or a smaller picture")
    psd = _assembled(document, records)
    pixels, real = _shown(document, images, psd)
    _set_merged(psd, pixels)
    version = VersionInfo(has_composite=real, writer="Pentimento", reader="Pentimento")
    psd.image_resources[Resource.VERSION_INFO].data = version.tobytes()
    return psd.tobytes()


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
        yield "its metadata (XMP) cannot be read, and are written anew when it is saved from here"


def opened(data: bytes) -> PSD:
    """The file's records, none of its pixels unpacked. ValueError: not one we can work with."""
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
    check_counts(data)
    try:
        return PSD.frombytes(data, parse_limits=LIMITS)
    except Exception as error:  # psd-tools raises whatever a broken byte leads to
        raise ValueError(f"{BROKEN}: {str(error) or type(error).__name__}") from None


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
    try:
        if icc:
            from_icc(probe, icc)
        return icc
    except ValueError:
        return b""


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


def image_data(planes: Sequence[Plane], header: FileHeader) -> ImageData:
    """The flattened picture as files keep it: RLE at 8 bits, raw at 16, as Photoshop does."""
    data = ImageData(Compression.RLE if header.depth == 8 else Compression.RAW)
    data.set_data([big_endian(values) for values in planes], header)
    return data


def _assembled(document: Document, records: Records) -> PSD:
    """The file without its flattened picture."""
    depth, count = document.depth, len(records.records)
    parts = (-count, records.records, records.channels)
    blocks = TaggedBlocks()
    put_back(blocks, document.kept)
    if depth == 16:
        blocks.set_data(Tag.LAYER_16, *parts)
    return PSD(
        header=FileHeader(channels=4, width=document.width, height=document.height, depth=depth),
        image_resources=_resources(document),
        layer_and_mask_information=LayerAndMaskInformation(
            layer_info=LayerInfo(*parts) if depth == 8 else LayerInfo(),
            global_layer_mask_info=GlobalLayerMaskInfo(),
            tagged_blocks=blocks,
        ),
    )


def _shown(document: Document, images: Mapping[ImageId, Image], psd: PSD) -> tuple[Pixels, bool]:
    """The flattened picture, and whether it is all that the layers show."""
    if is_plain(document):
        return flatten(document, images), True
    try:
        left_out = undrawn(psd)
        return rendered(psd), not (left_out.wrong or left_out.unseen)
    except ValueError:  # what was kept of another program cannot be drawn: others will
        return flatten(document, images), False


def _set_merged(psd: PSD, pixels: Pixels) -> None:
    """Give the file its flattened picture, with transparency where there is some."""
    info = layer_info(psd)
    if (pixels[..., 3] == full(pixels)).all():
        pixels = pixels[..., :3]
        info.layer_count = abs(info.layer_count)
    else:
        pixels = matted(pixels)
    psd.header.channels = pixels.shape[2]
    planes = [pixels[..., c] for c in range(pixels.shape[2])]
    psd.image_data = image_data(planes, psd.header)


def _resources(document: Document) -> ImageResources:
    version = VersionInfo(has_composite=True, writer="Pentimento", reader="Pentimento")
    found = {Resource.VERSION_INFO: version.tobytes()}
    if (profile := known(document.profile)) is not None:
        found[Resource.ICC_PROFILE] = icc_of(profile)
    if document.xmp is not None:
        found[Resource.XMP_METADATA] = document.xmp.encode()
    kept = (resource(block) for block in document.resources)
    ours = (ImageResource(key=key.value, data=data) for key, data in found.items())
    return ImageResources([(one.key, one) for one in (*kept, *ours) if one is not None])
