"""The records of any program's PSD as a tree of layers.

Canvas       what a layer's pixels depend on besides its own record
layers_of    records -> layers, bottom first; pixels go out as images
has_pixels   whether a layer has any
pixels_of    one layer's RGBA pixels

Text, shapes and smart objects come as the pixels the file keeps for them; adjustments as empty
layers. What of a layer nobody here understands comes along as it is. Every size is checked before
anything of that size is made.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from psd_tools.constants import BlendMode, ChannelID, Clipping, SectionDivider, Tag
from psd_tools.psd.layer_and_mask import ChannelData, ChannelDataList, LayerRecord, MaskData

from pipelines.recipe import ImageId

from ..images.image import Image, Pixels
from .channels import Plane, plane
from .document import MAX_NAME, MAX_OFFSET, Group, Layer, Lock, Mask, PixelLayer, check_size
from .images import Make
from .kept import Keeping, blocks_of, parameters_of, ranges_of
from .metadata import read_metadata
from .records import BLENDS, LOCKS

MAX_UNPACKED = 4 * 2**30  # bytes that all layers of a file may unpack to, one after the other

Pair = tuple[LayerRecord, ChannelDataList]
Keep = Callable[[Make], ImageId]  # takes in how an image is made and says its id

_BLEND_NAMES = {mode: name for name, mode in BLENDS.items()}


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """What a layer's pixels depend on besides its own record."""

    width: int
    height: int
    depth: int  # 8 or 16
    version: int  # 1 PSD, 2 PSB
    grey: bool
    profile: str


def layers_of(
    pairs: Sequence[Pair], canvas: Canvas, keep: Keep, keeping: Keeping
) -> tuple[Layer, ...]:
    """The tree of layers. ValueError when groups do not fit together or sizes are too much."""
    if sum(_unpacked(record) for record, _ in pairs) * canvas.depth // 8 > MAX_UNPACKED:
        raise ValueError(f"the layers unpack to more than {MAX_UNPACKED // 2**30} GiB")
    stack: list[list[Layer]] = [[]]
    for (record, data), number in zip(pairs, _ids(pairs), strict=True):
        kind = divider_kind(record)
        if kind is SectionDivider.BOUNDING_SECTION_DIVIDER:
            stack.append([])
        elif kind is SectionDivider.OTHER:
            stack[-1].append(_pixel_layer(record, data, number, canvas, keep, keeping))
        elif len(stack) > 1:
            children = tuple(stack.pop())
            stack[-1].append(_group(record, data, number, children, canvas, keep, keeping))
        else:
            raise ValueError("the file's groups do not fit together")
    if len(stack) != 1:
        raise ValueError("the file's groups do not fit together")
    return tuple(stack[0])


def divider_kind(record: LayerRecord) -> SectionDivider:
    """What a record is in the tree; OTHER for a layer."""
    for tag in (Tag.SECTION_DIVIDER_SETTING, Tag.NESTED_SECTION_DIVIDER_SETTING):
        if (setting := record.tagged_blocks.get_data(tag)) is not None:
            return setting.kind
    return SectionDivider.OTHER


def layer_name(record: LayerRecord) -> str:
    """The Unicode name, or the old one where a program wrote no other."""
    name = record.tagged_blocks.get_data(Tag.UNICODE_LAYER_NAME) or record.name
    tidy = name.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return tidy[:MAX_NAME]


def has_pixels(record: LayerRecord, data: ChannelDataList, canvas: Canvas) -> bool:
    """Whether a layer has pixels. ValueError: they are more than we take."""
    planes = _planes(record, data)
    if record.width * record.height == 0 or any(not planes.get(c) for c in _colours(canvas)):
        return False
    check_size(f'layer "{layer_name(record)}"', record.width, record.height)
    return True


def pixels_of(record: LayerRecord, data: ChannelDataList, canvas: Canvas) -> Pixels:
    """RGBA pixels of a layer that has some."""
    planes = _planes(record, data)
    kind = np.uint8 if canvas.depth == 8 else np.uint16
    out = np.full((record.height, record.width, 4), np.iinfo(kind).max, kind)

    def unpack(channel: ChannelID) -> Plane:
        size = record.width, record.height
        return _plane(record, planes[channel], size, canvas)

    colours = _colours(canvas)
    for place, channel in enumerate(colours):
        out[..., place] = unpack(channel)
    if canvas.grey:
        out[..., 1] = out[..., 2] = out[..., 0]
    if planes.get(ChannelID.TRANSPARENCY_MASK):
        out[..., 3] = unpack(ChannelID.TRANSPARENCY_MASK)
    return out


def _plane(record: LayerRecord, data: ChannelData, size: tuple[int, int], canvas: Canvas) -> Plane:
    """One plane's pixels. ValueError names the layer."""
    try:
        return plane(data, *size, canvas.depth, canvas.version)
    except ValueError as error:
        raise ValueError(f'layer "{layer_name(record)}": {error}') from None


def _colours(canvas: Canvas) -> tuple[ChannelID, ...]:
    return _RGB[:1] if canvas.grey else _RGB


_RGB = (ChannelID.CHANNEL_0, ChannelID.CHANNEL_1, ChannelID.CHANNEL_2)


def _planes(record: LayerRecord, data: ChannelDataList) -> dict[ChannelID, ChannelData]:
    """The channels that hold anything."""
    named = zip(record.channel_info, data, strict=False)
    return {info.id: channel for info, channel in named if channel.data}


def _pixel_layer(
    record: LayerRecord,
    data: ChannelDataList,
    number: int,
    canvas: Canvas,
    keep: Keep,
    keeping: Keeping,
) -> PixelLayer:
    shown = has_pixels(record, data, canvas)

    def made() -> Image:
        return Image(pixels_of(record, data, canvas), canvas.profile)

    return PixelLayer(
        id=number,
        name=layer_name(record),
        left=record.left if shown else 0,
        top=record.top if shown else 0,
        visible=record.flags.visible,
        opacity=record.opacity / 255,
        blend=_BLEND_NAMES[record.blend_mode],
        fill=_fill(record),
        locks=_locks(record),
        image=keep(made) if shown else None,
        mask=_mask(record, data, canvas, keep, used=True),
        unused=_mask(record, data, canvas, keep, used=False),
        clipped=record.clipping is Clipping.NON_BASE,
        ranges=ranges_of(record.blending_ranges),
        kept=blocks_of(record.tagged_blocks, keeping),
        metadata=read_metadata(record.tagged_blocks),
    )


def _group(
    record: LayerRecord,
    data: ChannelDataList,
    number: int,
    children: tuple[Layer, ...],
    canvas: Canvas,
    keep: Keep,
    keeping: Keeping,
) -> Group:
    setting = record.tagged_blocks.get_data(Tag.SECTION_DIVIDER_SETTING)
    blend: BlendMode = getattr(setting, "blend_mode", None) or record.blend_mode
    return Group(
        id=number,
        name=layer_name(record),
        layers=children,
        open=divider_kind(record) is SectionDivider.OPEN_FOLDER,
        visible=record.flags.visible,
        opacity=record.opacity / 255,
        blend=_BLEND_NAMES[blend],
        fill=_fill(record),
        locks=_locks(record),
        mask=_mask(record, data, canvas, keep, used=True),
        unused=_mask(record, data, canvas, keep, used=False),
        clipped=record.clipping is Clipping.NON_BASE,
        ranges=ranges_of(record.blending_ranges),
        kept=blocks_of(record.tagged_blocks, keeping),
        metadata=read_metadata(record.tagged_blocks),
    )


def _fill(record: LayerRecord) -> float:
    """How opaque a layer's own pixels are, beside its opacity."""
    fill = record.tagged_blocks.get_data(Tag.BLEND_FILL_OPACITY)
    return 1.0 if fill is None else int(fill) / 255


def _locks(record: LayerRecord) -> tuple[Lock, ...]:
    value = int(record.tagged_blocks.get_data(Tag.PROTECTED_SETTING) or 0)
    return tuple(name for name, flag in LOCKS.items() if value & flag)


def _mask(
    record: LayerRecord, data: ChannelDataList, canvas: Canvas, keep: Keep, *, used: bool
) -> Mask | None:
    """The user mask.

    used: the one that is switched on, else the one that is not; a layer has at most one of both.
    """
    found, where = _planes(record, data).get(ChannelID.USER_LAYER_MASK), record.mask_data
    if where is None or where.flags.mask_disabled == used:
        return None
    if found is None and not where.background_color:
        return None
    outside = bool(where.background_color) != where.flags.invert_mask
    kind = np.uint8 if canvas.depth == 8 else np.uint16
    if found is None or where.width * where.height == 0:  # nothing of it but what lies outside
        if not outside:
            return None
        found, where = None, MaskData(right=1, bottom=1, parameters=where.parameters)
    if max(abs(where.left), abs(where.top)) > MAX_OFFSET:
        return None
    check_size(f'the mask of layer "{layer_name(record)}"', where.width, where.height)

    def made() -> Image:
        if found is None:
            return Image(np.full((1, 1, 1), np.iinfo(kind).max, kind))
        values = _plane(record, found, (where.width, where.height), canvas)
        if where.flags.invert_mask:
            values = np.iinfo(kind).max - values
        return Image(np.ascontiguousarray(values)[..., None])

    return Mask(
        image=keep(made),
        left=where.left,
        top=where.top,
        outside=outside,
        parameters=parameters_of(where),
    )


def _unpacked(record: LayerRecord) -> int:
    """How many numbers a layer's pixels and its mask are."""
    where = record.mask_data
    mask = 0 if where is None else max(0, where.width) * max(0, where.height)
    return 4 * record.width * record.height + mask


def _ids(pairs: Iterable[Pair]) -> Iterator[int]:
    """The layers' own ids, and free ones for layers without or with another's."""
    own = [int(record.tagged_blocks.get_data(Tag.LAYER_ID) or 0) for record, _ in pairs]
    free = itertools.count(max([0, *(number for number in own if number < 2**30)]) + 1)
    seen: set[int] = set()
    for number in own:
        chosen = number if 0 < number < 2**30 and number not in seen else next(free)
        seen.add(chosen)
        yield chosen
