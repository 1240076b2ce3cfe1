"""What Pentimento writes about its layers, and where in a PSD it lies.

metadata_block    Metadata -> the layer's `shmd` block: generatorSettings (`extn`), XMP (`cust`)
read_metadata     the way back, from any program's `shmd` block
xmp_value         one property of ours in an XMP packet
with_xmp_value    the packet with that property set; everything else stays as it was
layer_metadata    a note on a layer, in both places
layer_note        the note again, from whichever place kept it

Both places are written because either may be lost: Photoshop keeps both, ag-psd drops the XMP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from psd_tools.constants import Tag
from psd_tools.psd.descriptor import Descriptor, DescriptorBlock, Double, String
from psd_tools.psd.tagged_blocks import (
    MetadataSetting,
    MetadataSettings,
    TaggedBlocks,
)

from .document import Metadata

NAMESPACE = "https://pentimento.art/ns/1/"
SETTINGS_KEY = "org.pentimento"
LAYER = "layer"  # XMP property of a layer: which run and step it shows
DOCUMENT = "document"  # XMP property of the document: runs and steps
MAX_XMP = 32 * 2**20  # characters; a thousand runs are about 2 million

Note = dict[str, object]  # {"v": 1, "run": …, "step": …, "image": …}

_EMPTY_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)


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


def xmp_value(packet: str | None, name: str) -> str | None:
    """A property of ours in an XMP packet, whichever way a program wrote it."""
    if packet is None or len(packet) > MAX_XMP:
        return None
    for prefix in _prefixes(packet):
        tag = rf"{prefix}:{name}"
        if match := re.search(rf"<{tag}(?:\s[^>]*)?>(.*?)</{tag}\s*>", packet, re.DOTALL):
            return _unescaped(match[1])
        if match := re.search(rf"""\s{tag}\s*=\s*(["'])(.*?)\1""", packet, re.DOTALL):
            return _unescaped(match[2])
    return None


def with_xmp_value(packet: str | None, name: str, value: str) -> str:
    """The packet with our property set. What others wrote in it stays character for character."""
    packet = _EMPTY_PACKET if packet is None or "</rdf:RDF>" not in packet else packet
    for prefix in _prefixes(packet):
        tag = rf"{prefix}:{name}"
        packet = re.sub(rf"<{tag}(?:\s[^>]*)?>.*?</{tag}\s*>", "", packet, flags=re.DOTALL)
        packet = re.sub(rf"""\s{tag}\s*=\s*(["']).*?\1""", "", packet, flags=re.DOTALL)
        empty = rf'\s*<rdf:Description rdf:about="" xmlns:{prefix}="{NAMESPACE}">\s*'
        packet = re.sub(empty + r"</rdf:Description>", "", packet)
    ours = (
        f'  <rdf:Description rdf:about="" xmlns:pentimento="{NAMESPACE}">\n'
        f"   <pentimento:{name}>{escape(value)}</pentimento:{name}>\n"
        "  </rdf:Description>\n "
    )
    head, closing, tail = packet.rpartition("</rdf:RDF>")
    return head + ours + closing + tail


def layer_metadata(note: Mapping[str, object]) -> Metadata:
    """A note on a layer, in both places."""
    text = json.dumps(note, separators=(",", ":"))
    return Metadata(xmp=with_xmp_value(None, LAYER, text), settings={SETTINGS_KEY: text})


def layer_note(metadata: Metadata) -> Note:
    """What we noted on a layer; empty when it is none of ours."""
    for text in (metadata.settings.get(SETTINGS_KEY), xmp_value(metadata.xmp, LAYER)):
        try:
            note = json.loads(text) if text else None
        except (ValueError, RecursionError):
            continue
        if isinstance(note, dict):
            return note
    return {}


def _prefixes(packet: str) -> list[str]:
    """What our namespace is called in this packet: programs may rename prefixes."""
    found = re.findall(rf"""xmlns:([\w.-]+)\s*=\s*["']{re.escape(NAMESPACE)}["']""", packet)
    return [re.escape(prefix) for prefix in dict.fromkeys(found)]


def _unescaped(text: str) -> str:
    """Text of an XML element or attribute: every reference once, in one pass."""
    return _REFERENCE.sub(_referred, text)


_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|quot|apos|amp));")
_ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}


def _referred(match: re.Match[str]) -> str:
    if match[3]:
        return _ENTITIES[match[3]]
    number = int(match[1], 16) if match[1] else int(match[2])
    return chr(number) if number <= 0x10FFFF else match[0]
