"""A PSD file cut into its parts, none of them copied: what stays as it is, and where layers go in.

Cut   the parts
cut   a file's bytes -> Cut

Nothing is demanded that adding layers does not need: behind its layer list a file may have a mask
for all layers or none, blocks of any kind or alignment, or nothing at all.
"""

from __future__ import annotations

import io
import logging
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psd_tools.psd.document import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_resources import ImageResources
from psd_tools.psd.layer_and_mask import LayerAndMaskInformation, LayerInfo, LayerRecords

from .channels import Version
from .files import CUT, header_of
from .writing import LAYER_BLOCK, LENGTH, OldList

if TYPE_CHECKING:
    from typing_extensions import Buffer

log = logging.getLogger(__name__)
_SIGNATURES = (b"8BIM", b"8B64")  # of blocks
_Found = tuple[memoryview, int, int]
_NO_MASK = bytes(4)  # the length of a mask for all layers that is not there

# Whose lengths have 8 bytes in PSB files: Adobe Photoshop File Formats Specification, "Additional
# Layer Information", and Photoshop's own files for the last five.
_LARGE_BLOCKS = frozenset(
    (
        *(b"LMsk", b"Lr16", b"Lr32", b"Layr", b"Mt16", b"Mt32", b"Mtrn", b"Alph", b"FMsk"),
        *(b"lnk2", b"FEid", b"FXid", b"PxSD", b"lnk3", b"lnkE", b"pths", b"extd", b"extn"),
        *(b"cinf", b"artd", b"FELS"),
    )
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cut:
    """A file's parts, views of its bytes."""

    data: bytes  # the whole file
    psd: PSD  # header, resources and layer records: none of the pixels
    version: Version
    start: memoryview  # header and colour table
    resources: memoryview  # without their length, like the others
    list: OldList  # the layer list
    before: memoryview | None  # of the layer section, what stands before a block with the list
    after: memoryview  # what stands behind the list, whatever it is
    merged: memoryview  # the flattened picture


def cut(data: bytes) -> Cut:
    """The file's parts. ValueError: one sentence on what is wrong with it."""
    header = header_of(data)
    try:
        return _cut(data, header)
    except Exception as error:  # psd-tools raises whatever a broken byte leads to
        log.info("a PSD file cannot be taken apart: %s: %s", type(error).__name__, error)
        raise ValueError(CUT) from None


def _cut(whole: bytes, header: FileHeader) -> Cut:
    data = memoryview(whole)
    version: Version = 1 if header.version == 1 else 2
    length = LENGTH[version]
    _, colours = _block(data, 26, ">I")
    resources, place = _block(data, colours, ">I")
    section, place = _block(data, place, length)
    info, behind = _block(section, 0, length) if section else (section, 0)
    found = _found(section, behind, version)
    if found is None and header.depth == 16 and not info:
        section, behind = _with_mask(section, behind, length)
        found = section[:0], behind, behind
    body, first, last = (info, 0, behind) if found is None else found
    records, old = _list(body, version)
    return Cut(
        data=whole,
        psd=_outline(header, resources, old.count, records),
        version=version,
        start=data[:colours],
        resources=resources,
        list=old,
        before=None if found is None else section[:first],
        after=section[last:] or memoryview(_NO_MASK),
        merged=data[place:],
    )


def _found(section: memoryview, place: int, version: Version) -> _Found | None:
    """The block with the layer list: its body, where it begins and where it ends."""
    if bytes(section[place : place + 4]) not in (*_SIGNATURES, b""):
        if len(section) - place < 4:
            return None
        _, place = _block(section, place, ">I")
    while bytes(section[place : place + 4]) in _SIGNATURES and len(section) - place >= 12:
        key = bytes(section[place + 4 : place + 8])
        large = version == 2 and key in _LARGE_BLOCKS
        body, end = _block(section, place + 8, ">Q" if large else ">I")
        end = min(end + -len(body) % 4, len(section))
        if key == LAYER_BLOCK[4:]:
            return body, place, end
        place = end
    return None


def _with_mask(section: memoryview, place: int, length: str) -> tuple[memoryview, int]:
    """A section without layers that a block can be put in, and where: behind a mask's length."""
    head = bytes(section[:place]) or bytes(struct.calcsize(length))
    rest = bytes(section[place:])
    mask = _NO_MASK
    if rest[:4] not in _SIGNATURES and len(rest) >= 4:
        _, end = _block(memoryview(rest), 0, ">I")
        mask, rest = rest[:end], rest[end:]
    return memoryview(head + mask + rest), len(head + mask)


def _list(body: memoryview, version: Version) -> tuple[LayerRecords, OldList]:
    """A layer list's records, and its parts."""
    if not body:
        return LayerRecords(), OldList()
    (count,) = struct.unpack(">h", body[:2])
    source = io.BufferedReader(_Reading(body[2:]))
    records = LayerRecords.read(source, count, version=version)
    end = 2 + source.tell()
    used = sum(channel.length for record in records for channel in record.channel_info)
    if used > len(body) - end:
        raise ValueError("its layers' pixels end too early")
    if any(body[end + used :]):  # they would be gone
        raise ValueError("it has more of its layers than it lists")
    return records, OldList(count, body[2:end], body[end : end + used])


def _outline(header: FileHeader, resources: memoryview, count: int, records: LayerRecords) -> PSD:
    """The file as psd-tools has it, without any pixels."""
    sized = struct.pack(">I", len(resources)) + resources
    return PSD(
        header=header,
        image_resources=ImageResources.frombytes(sized),
        layer_and_mask_information=LayerAndMaskInformation(
            layer_info=LayerInfo(layer_count=count, layer_records=records)
        ),
    )


def _block(data: memoryview, place: int, length: str) -> tuple[memoryview, int]:
    """What stands at a place behind its own length, and where it ends."""
    start = place + struct.calcsize(length)
    (size,) = struct.unpack(length, data[place:start])
    if size > len(data) - start:
        raise ValueError(f"a part of {size} bytes begins {len(data) - start} before the end")
    return data[start : start + size], start + size


class _Reading(io.RawIOBase):
    """A view as a file, so that reading its beginning does not copy the whole."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._place = view, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + (0, self._place, len(self._view))[whence]
        return self._place

    def readinto(self, buffer: Buffer) -> int:
        target = memoryview(buffer).cast("B")
        part = self._view[self._place : self._place + len(target)]
        target[: len(part)] = part
        self._place += len(part)
        return len(part)
