"""A document's layers as the flat list of records that PSD files keep.

Records       records and their channels, two parallel lists, bottom first
records_of    layers -> Records
LOCKS         what a layer's locks are in a file
BLENDS        blend modes by Photoshop's scripting names: "softLight"

In a file a group is two records: a nameless divider below its layers, then the group itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from psd_tools.constants import (
    BlendMode,
    ChannelID,
    Clipping,
    ProtectedFlags,
    SectionDivider,
    Tag,
)
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelImageData,
    ChannelInfo,
    LayerFlags,
    LayerRecord,
    LayerRecords,
    MaskData,
)

from pipelines.recipe import ImageId

from .document import MAX_NAME, Group, Layer, Lock, PixelLayer
from .images import Image
from .psd_channels import (
    LAYER_CHANNELS,
    Channels,
    at_depth,
    encode,
    encode_plane,
)
from .psd_kept import put_back, with_parameters, with_ranges
from .psd_metadata import metadata_block

DIVIDER_NAME = "</Layer group>"  # Photoshop's own


def _scripting_name(mode: BlendMode) -> str:
    first, *others = mode.name.lower().split("_")
    return first + "".join(part.capitalize() for part in others)


LOCKS: dict[Lock, int] = {
    "transparency": ProtectedFlags.TRANSPARENCY,
    "pixels": ProtectedFlags.COMPOSITE,
    "position": ProtectedFlags.POSITION,
    "all": ProtectedFlags.COMPLETE,
}
BLENDS = {_scripting_name(mode): mode for mode in BlendMode}


@dataclass(frozen=True, eq=False)
class Records:
    """Two parallel lists, as files have them."""

    records: LayerRecords = field(default_factory=LayerRecords)
    channels: ChannelImageData = field(default_factory=ChannelImageData)

    def add(self, record: LayerRecord, planes: list[tuple[ChannelID, ChannelData]]) -> None:
        """One more layer on top."""
        record.channel_info = [
            ChannelInfo(id=name, length=len(data.data) + 2) for name, data in planes
        ]
        self.records.append(record)
        self.channels.append(ChannelDataList([data for _, data in planes]))


def records_of(
    layers: tuple[Layer, ...],
    images: Mapping[ImageId, Image],
    *,
    depth: int,
    version: int = 1,
    encoded: Mapping[ImageId, Channels] | None = None,
) -> Records:
    """The layers as records. `encoded` holds pixels that were compressed before."""
    out = Records()

    def planes_of(layer: PixelLayer) -> tuple[tuple[ChannelID, ChannelData], ...]:
        if layer.image is None:
            return tuple((name, ChannelData()) for name in LAYER_CHANNELS)
        if encoded is not None and layer.image in encoded:
            return encoded[layer.image].planes
        return encode(_image(images, layer.image, layer.name).pixels, depth, version).planes

    def add(layer: Layer) -> None:
        record = _record(layer)
        mask = _mask_planes(record, layer, images, depth, version)
        if isinstance(layer, PixelLayer):
            if layer.image is not None:
                _place(record, layer, _image(images, layer.image, layer.name))
            out.add(record, [*planes_of(layer), *mask])
            return
        out.add(_divider(), [(name, ChannelData()) for name in LAYER_CHANNELS])
        for child in layer.layers:
            add(child)
        kind = SectionDivider.OPEN_FOLDER if layer.open else SectionDivider.CLOSED_FOLDER
        record.tagged_blocks.set_data(
            Tag.SECTION_DIVIDER_SETTING, kind=kind, blend_mode=_blend(layer)
        )
        out.add(record, [*((name, ChannelData()) for name in LAYER_CHANNELS), *mask])

    for layer in layers:
        add(layer)
    return out


def _record(layer: Layer) -> LayerRecord:
    blend = _blend(layer)
    record = LayerRecord(
        name=layer.name.encode("macroman", "replace")[:MAX_NAME].decode("macroman"),
        blend_mode=BlendMode.NORMAL if blend is BlendMode.PASS_THROUGH else blend,
        opacity=round(layer.opacity * 255),
        clipping=Clipping.NON_BASE if layer.clipped else Clipping.BASE,
        blending_ranges=with_ranges(layer.ranges),
        flags=LayerFlags(visible=layer.visible, pixel_data_irrelevant=isinstance(layer, Group)),
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, layer.name)
    record.tagged_blocks.set_data(Tag.LAYER_ID, layer.id)
    if layer.fill < 1:
        record.tagged_blocks.set_data(Tag.BLEND_FILL_OPACITY, round(layer.fill * 255))
    if layer.locks:
        record.tagged_blocks.set_data(
            Tag.PROTECTED_SETTING, sum(LOCKS[lock] for lock in set(layer.locks))
        )
    if (block := metadata_block(layer.metadata)) is not None:
        record.tagged_blocks.set_data(Tag.METADATA_SETTING, list(block))
    put_back(record.tagged_blocks, layer.kept)
    return record


def _divider() -> LayerRecord:
    record = LayerRecord(name=DIVIDER_NAME, flags=LayerFlags(pixel_data_irrelevant=True))
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, DIVIDER_NAME)
    record.tagged_blocks.set_data(
        Tag.SECTION_DIVIDER_SETTING, kind=SectionDivider.BOUNDING_SECTION_DIVIDER
    )
    return record


def _blend(layer: Layer) -> BlendMode:
    if layer.blend not in BLENDS:
        raise ValueError(f"blend must be one of {', '.join(BLENDS)}, got {layer.blend!r}")
    return BLENDS[layer.blend]


def _place(record: LayerRecord, layer: PixelLayer, image: Image) -> None:
    record.left, record.top = layer.left, layer.top
    record.right, record.bottom = layer.left + image.width, layer.top + image.height


def _mask_planes(
    record: LayerRecord, layer: Layer, images: Mapping[ImageId, Image], depth: int, version: int
) -> list[tuple[ChannelID, ChannelData]]:
    if (mask := layer.mask or layer.unused) is None:
        return []
    image = _image(images, mask.image, layer.name)
    if image.channels != 1:
        raise ValueError(
            f'the mask of layer "{layer.name}" must be grey, got {image.channels} channels'
        )
    record.mask_data = MaskData(
        left=mask.left, top=mask.top, right=mask.left + image.width, bottom=mask.top + image.height
    )
    record.mask_data.flags.mask_disabled = layer.mask is None
    with_parameters(record.mask_data, mask.parameters)
    values = at_depth(image.pixels, depth)[..., 0]
    return [(ChannelID.USER_LAYER_MASK, encode_plane(values, version))]


def _image(images: Mapping[ImageId, Image], wanted: ImageId, layer: str) -> Image:
    if wanted not in images:
        raise ValueError(f'the image of layer "{layer}" is not here: {wanted}')
    return images[wanted]
