"""A document's layers as the flat list of records that PSD files keep.

entries_of    layers -> their records, each beside its layer, bottom first
count_of      how many records they are
LOCKS         what a layer's locks are in a file
BLENDS        blend modes by Photoshop's scripting names: "softLight"

In a file a group is two records: a nameless divider below its layers, then the group itself. How
large a layer is, and how long its channels are, is filled in by who writes those (writing.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from psd_tools.constants import (
    BlendMode,
    ChannelID,
    Clipping,
    ProtectedFlags,
    SectionDivider,
    Tag,
)
from psd_tools.psd.layer_and_mask import ChannelInfo, LayerFlags, LayerRecord, MaskData

from .channels import LAYER_CHANNELS
from .document import MAX_NAME, Group, Layer, Lock, walk
from .kept import put_back, with_parameters, with_ranges
from .metadata import metadata_block

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


class Entry(NamedTuple):
    """A record of the list, and the layer it is of; a divider is of none."""

    record: LayerRecord
    layer: Layer | None


def entries_of(layers: tuple[Layer, ...]) -> Iterator[Entry]:
    """The layers' records."""
    for layer in layers:
        record = _record(layer)
        if isinstance(layer, Group):
            yield Entry(_divider(), None)
            yield from entries_of(layer.layers)
            kind = SectionDivider.OPEN_FOLDER if layer.open else SectionDivider.CLOSED_FOLDER
            record.tagged_blocks.set_data(
                Tag.SECTION_DIVIDER_SETTING, kind=kind, blend_mode=_blend(layer)
            )
        yield Entry(record, layer)


def count_of(layers: tuple[Layer, ...]) -> int:
    """How many records the layers are."""
    return sum(2 if isinstance(layer, Group) else 1 for layer in walk(layers))


def _record(layer: Layer) -> LayerRecord:
    blend = _blend(layer)
    record = LayerRecord(
        name=layer.name.encode("macroman", "replace")[:MAX_NAME].decode("macroman"),
        blend_mode=BlendMode.NORMAL if blend is BlendMode.PASS_THROUGH else blend,
        opacity=round(layer.opacity * 255),
        clipping=Clipping.NON_BASE if layer.clipped else Clipping.BASE,
        blending_ranges=with_ranges(layer.ranges),
        flags=LayerFlags(visible=layer.visible, pixel_data_irrelevant=isinstance(layer, Group)),
        channel_info=[ChannelInfo(id=name) for name in LAYER_CHANNELS],
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
    if (mask := layer.mask or layer.unused) is not None:
        record.channel_info.append(ChannelInfo(id=ChannelID.USER_LAYER_MASK))
        record.mask_data = MaskData()
        record.mask_data.flags.mask_disabled = layer.mask is None
        record.mask_data.background_color = 255 if mask.outside else 0
        with_parameters(record.mask_data, mask.parameters)
    return record


def _divider() -> LayerRecord:
    record = LayerRecord(
        name=DIVIDER_NAME,
        flags=LayerFlags(pixel_data_irrelevant=True),
        channel_info=[ChannelInfo(id=name) for name in LAYER_CHANNELS],
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, DIVIDER_NAME)
    record.tagged_blocks.set_data(
        Tag.SECTION_DIVIDER_SETTING, kind=SectionDivider.BOUNDING_SECTION_DIVIDER
    )
    return record


def _blend(layer: Layer) -> BlendMode:
    if layer.blend not in BLENDS:
        raise ValueError(f"blend must be one of {', '.join(BLENDS)}, got {layer.blend!r}")
    return BLENDS[layer.blend]
