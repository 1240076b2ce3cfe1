"""What nobody here understands of a file, taken along and put back when it is saved.

Keeping          blocks taken along, up to a number of bytes
blocks_of        tagged blocks: a layer's, or the file's
resources_of     image resources
put_back         blocks, in a layer's record or among a file's blocks
resource         a resource again
ranges_of        a layer's blending ranges, where they leave anything out; with_ranges the way back
parameters_of    a mask's density and feather; with_parameters the way back

Of what a field of the document stands for (names, ids, groups, locks, notes), and of what counts
channels or layers, nothing is taken: that is written anew.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from psd_tools.constants import Resource, Tag
from psd_tools.psd.image_resources import ImageResource, ImageResources
from psd_tools.psd.layer_and_mask import LayerBlendingRanges, MaskData, MaskParameters
from psd_tools.psd.tagged_blocks import MetadataSettings, TaggedBlock, TaggedBlocks

from .document import Block

MAX_KEPT = 64 * 2**20  # bytes of one document

_OF_LAYERS = frozenset(  # what fields of a layer stand for
    (
        Tag.UNICODE_LAYER_NAME,
        Tag.LAYER_ID,
        Tag.BLEND_FILL_OPACITY,
        Tag.PROTECTED_SETTING,
        Tag.SECTION_DIVIDER_SETTING,
        Tag.NESTED_SECTION_DIVIDER_SETTING,
    )
)
_OF_FILES = frozenset(  # layers, and what the flattened picture's channels are
    (
        *(Tag.LAYER, Tag.LAYER_16, Tag.LAYER_32, Tag.ALPHA, Tag.USER_MASK),
        Tag.SAVING_MERGED_TRANSPARENCY,
        Tag.SAVING_MERGED_TRANSPARENCY16,
        Tag.SAVING_MERGED_TRANSPARENCY32,
    )
)
_OF_THE_DOCUMENT = frozenset(
    (
        *(Resource.ICC_PROFILE, Resource.ICC_UNTAGGED_PROFILE, Resource.XMP_METADATA),
        *(Resource.VERSION_INFO, Resource.THUMBNAIL_RESOURCE, Resource.THUMBNAIL_RESOURCE_PS4),
        *(Resource.LAYER_STATE_INFO, Resource.LAYER_GROUP_INFO, Resource.LAYER_GROUPS_ENABLED_ID),
        *(Resource.LAYER_SELECTION_IDS, Resource.ALPHA_IDENTIFIERS, Resource.ALPHA_NAMES_PASCAL),
        *(Resource.ALPHA_NAMES_UNICODE, Resource.DISPLAY_INFO, Resource.DISPLAY_INFO_OBSOLETE),
        *(Resource.CAPTION_DIGEST, Resource.ALTERNATE_SPOT_COLORS, Resource.SPOT_HALFTONE),
        *(Resource.QUICK_MASK_INFO, Resource.IMAGE_MODE_RAW),
    )
)
_OUR_SETTINGS = (b"extn", b"cust")  # of a layer's metadata: what Metadata has


@dataclass
class Keeping:
    """What is taken along of one document."""

    left: int = MAX_KEPT
    dropped: list[str] = field(default_factory=list[str])  # keys of what was too much

    def taken(self, pieces: Iterable[tuple[str, bytes]]) -> tuple[Block, ...]:
        """As many of the pieces as there is room for."""
        kept: list[Block] = []
        for key, data in pieces:
            if len(data) > self.left:
                self.dropped.append(key)
                continue
            self.left -= len(data)
            kept.append(Block(key=key, data=data))
        return tuple(kept)


def blocks_of(blocks: TaggedBlocks | None, keeping: Keeping) -> tuple[Block, ...]:
    """The tagged blocks that no field stands for."""
    pieces: list[tuple[str, bytes]] = []
    for block in blocks.values() if blocks is not None else ():
        key = bytes(block.key.value if isinstance(block.key, Tag) else block.key)
        named = key.isascii() and key.decode().isprintable()
        if block.key in _OF_LAYERS | _OF_FILES or not named:
            continue
        if isinstance(settings := block.data, MetadataSettings):
            others = [setting for setting in settings if setting.key not in _OUR_SETTINGS]
            if others:
                pieces.append((key.decode(), MetadataSettings(others).tobytes(padding=4)))
            continue
        pieces.append((key.decode(), _body(block)))
    return keeping.taken(pieces)


def resources_of(resources: ImageResources, keeping: Keeping) -> tuple[Block, ...]:
    """The image resources that say nothing of layers, channels or colours."""
    others = {key: one.data for key, one in resources.items() if key not in _OF_THE_DOCUMENT}
    return keeping.taken(
        (str(int(key)), data if isinstance(data, bytes) else data.tobytes())
        for key, data in others.items()
    )


def put_back(blocks: TaggedBlocks, kept: Iterable[Block]) -> None:
    """Kept blocks among those that were written. ValueError: they are none."""
    for one in kept:
        block = _block(one)
        there = blocks.get_data(block.key)
        if isinstance(there, MetadataSettings) and isinstance(block.data, MetadataSettings):
            there.extend(block.data)
        elif block.key not in blocks and block.key not in _OF_LAYERS | _OF_FILES:
            blocks[block.key] = block


def resource(kept: Block) -> ImageResource | None:
    """A kept resource; None: one that is written anew."""
    if not (kept.key.isdigit() and int(kept.key) < 2**16):
        raise ValueError(f"a resource's key must be a number below 65536, got {kept.key!r}")
    if int(kept.key) in _OF_THE_DOCUMENT:
        return None
    return ImageResource(key=int(kept.key), data=kept.data)


def ranges_of(ranges: LayerBlendingRanges) -> bytes:
    """Blending ranges as the file has them; empty where they leave nothing out."""
    pairs = [ranges.composite_ranges or [], *(ranges.channel_ranges or [])]
    if all(tuple(span) == (0, 65535) for pair in pairs for span in pair):
        return b""
    return ranges.tobytes()


def with_ranges(data: bytes) -> LayerBlendingRanges:
    """Blending ranges again. ValueError: they are none."""
    try:
        return LayerBlendingRanges.frombytes(data) if data else LayerBlendingRanges()
    except (OSError, struct.error) as error:
        raise ValueError(f"a layer's blending ranges cannot be read: {error}") from None


def parameters_of(where: MaskData) -> bytes:
    """A mask's density and feather as the file has them; empty where there are none."""
    return where.parameters.tobytes() if where.parameters is not None else b""


def with_parameters(where: MaskData, data: bytes) -> None:
    """Density and feather in a mask's record."""
    if data:
        where.parameters = MaskParameters.frombytes(data)
        where.flags.parameters_applied = True


def _body(block: TaggedBlock) -> bytes:
    """A block's bytes without key and length."""
    out = io.BytesIO()
    block.write(out)
    return out.getvalue()[12:]


def _block(kept: Block) -> TaggedBlock:
    key = kept.key.encode("ascii")
    if len(key) != 4:
        raise ValueError(f"a block's key must have four characters, got {kept.key!r}")
    head = b"8BIM" + key + struct.pack(">I", len(kept.data))
    try:
        return TaggedBlock.frombytes(head + kept.data)
    except Exception as error:  # psd-tools raises whatever a broken byte leads to
        raise ValueError(f'the kept block "{kept.key}" cannot be read: {error}') from None
