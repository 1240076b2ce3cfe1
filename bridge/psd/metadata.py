"""What Pentimento writes about its layers, and where in a PSD it lies.

metadata_block    Metadata -> the layer's `shmd` block: generatorSettings (`extn`), XMP (`cust`)
read_metadata     the way back, from any program's `shmd` block
layer_metadata    a note on a layer, in both places
layer_note        the note again, from whichever place kept it; note_in the same of their texts

Both places are written because either may be lost: Photoshop keeps both, ag-psd drops the XMP.
generatorSettings have a note under SETTINGS_KEY, XMP in the property LAYER of xmp.NAMESPACE, as
JSON; the document's XMP has what a replay elsewhere needs, in DOCUMENT. history/run_layers.py says
what stands in them, ps-plugin/state/regions.js what in a region's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from psd_tools.constants import Tag
from psd_tools.psd.descriptor import Descriptor, DescriptorBlock, Double, String
from psd_tools.psd.tagged_blocks import (
    MetadataSetting,
    MetadataSettings,
    TaggedBlocks,
)

from .document import Metadata
from .xmp import with_xmp_value, xmp_value

SETTINGS_KEY = "org.pentimento"
LAYER = "layer"  # XMP property of a layer: which run and step it shows
DOCUMENT = "document"  # XMP property of the document: runs and steps

Note = dict[str, object]  # {"v": 1, "run": …, "step": …, "image": …}


def metadata_block(metadata: Metadata) -> MetadataSettings | None:
    """A layer's `shmd` block; None when there is nothing to keep.

    Layouts: `extn` as ag-psd documents it from files Photoshop wrote, `cust` as Photoshop's own
    (descriptor "metadata" with layerTime and layerXMP).
    """
    settings: list[MetadataSetting] = []
    if metadata.settings:
        programs = Descriptor(classID=b"generatorSettings")
        for key, text in metadata.settings.items():
            entry = Descriptor()
            entry[b"json"] = String(text)
            programs[key.encode("ascii", "replace")] = entry
        extension = DescriptorBlock()
        extension[b"generatorSettings"] = programs
        settings.append(MetadataSetting(key=b"extn", data=_aligned(extension)))
    if metadata.xmp is not None:
        custom = DescriptorBlock(classID=b"metadata")
        custom[b"layerTime"] = Double(0.0)
        custom[b"layerXMP"] = String(metadata.xmp)
        settings.append(MetadataSetting(key=b"cust", data=_aligned(custom)))
    return MetadataSettings(settings) if settings else None


def _aligned(block: DescriptorBlock) -> bytes:
    """The descriptor's bytes, padded to 4: readers refuse others."""
    return block.tobytes(padding=4)


def read_metadata(blocks: TaggedBlocks) -> Metadata:
    """What any program kept with a layer."""
    found = blocks.get_data(Tag.METADATA_SETTING)
    xmp: str | None = None
    settings: dict[str, str] = {}
    for setting in found if isinstance(found, MetadataSettings) else ():
        if not isinstance(setting.data, DescriptorBlock):
            continue
        if setting.key == b"extn":
            settings |= _generator_settings(setting.data)
        elif setting.key == b"cust" and b"layerXMP" in setting.data:
            value = setting.data[b"layerXMP"]
            xmp = value.value if isinstance(value, String) else None
    return Metadata(xmp=xmp, settings=settings)


def _generator_settings(extension: DescriptorBlock) -> dict[str, str]:
    programs = extension.get(b"generatorSettings")
    if not isinstance(programs, Descriptor):
        return {}
    found: dict[str, str] = {}
    for key in programs:
        entry = programs[key]
        value = entry.get(b"json") if isinstance(entry, Descriptor) else None
        if isinstance(value, String):
            found[key.decode("ascii", "replace")] = value.value.rstrip("\0")
    return found


def layer_metadata(note: Mapping[str, object]) -> Metadata:
    """A note on a layer, in both places."""
    text = json.dumps(note, separators=(",", ":"))
    return Metadata(xmp=with_xmp_value(None, LAYER, text), settings={SETTINGS_KEY: text})


def layer_note(metadata: Metadata) -> Note:
    """What we noted on a layer; empty when it is none of ours."""
    return note_in(metadata.settings.get(SETTINGS_KEY), xmp_value(metadata.xmp, LAYER))


def note_in(*texts: str | None) -> Note:
    """What stands in the first of a layer's places that holds a note; empty: in none."""
    for text in texts:
        try:
            note = json.loads(text) if text else None
        except (ValueError, RecursionError):
            continue
        if isinstance(note, dict):
            return note
    return {}
