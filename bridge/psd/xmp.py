"""Properties of ours in XMP packets: read, and set by splicing.

NAMESPACE         ours
xmp_value         one property of ours in a packet
with_xmp_value    the packet with that property set; everything else stays character for character
readable          whether a packet is XMP at all

The packet is read by a parser (expat), whatever prefixes a program chose, and the parser says at
which bytes a property begins and ends. A packet may have no document type, so no entity of its own
grows, and is bounded in length, depth and elements. What is no XMP counts as no packet: Photoshop
drops it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

NAMESPACE = "https://pentimento.art/ns/1/"
MAX_XMP = 32 * 2**20  # characters; a thousand runs are about 2 million
MAX_ELEMENTS = 500_000  # Photoshop's longest known lists of ancestors have 100,000
MAX_DEPTH = 100

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_EMPTY_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    f' <rdf:RDF xmlns:rdf="{_RDF}">\n'
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Of a start tag that the parser found well formed
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
_START_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")

Span = tuple[int, int]  # bytes of the packet


def xmp_value(packet: str | None, name: str) -> str | None:
    """A property of ours in an XMP packet, whichever way a program wrote it."""
    if packet is None or NAMESPACE not in packet or (found := _read(packet, name)) is None:
        return None
    return found.values[0] if found.values else None


def with_xmp_value(packet: str | None, name: str, value: str) -> str:
    """The packet with our property set. What others wrote in it stays character for character."""
    if _NOT_XML.search(value):
        raise ValueError(f"XMP cannot hold the control characters of {value[:80]!r}")
    if packet is None or (found := _read(packet, name)) is None:
        packet = _EMPTY_PACKET
        found = _read(packet, name)
        assert found is not None  # it is our own
    data, (start, end) = _bytes(packet), found.place
    opened, closed = (b">", b"</%s>" % found.rdf_tag) if found.rdf_is_empty else (b"", b"")
    ours = (
        f'  <rdf:Description rdf:about="" xmlns:rdf="{_RDF}" xmlns:pentimento="{NAMESPACE}">\n'
        if found.rdf_tag != b"rdf:RDF"
        else f'  <rdf:Description rdf:about="" xmlns:pentimento="{NAMESPACE}">\n'
    ) + (
        f"   <pentimento:{name}>{escape(value, {chr(13): '&#13;'})}</pentimento:{name}>\n"
        "  </rdf:Description>\n "
    )
    parts, at = list[bytes](), 0
    for left, right in (*found.ours, (start, end)):
        parts.append(data[at:left])
        at = right
    tail = data[at:]
    return b"".join((*parts, opened, ours.encode(), closed, tail)).decode()


def readable(packet: str) -> bool:
    """Whether a packet is XMP that we can add to."""
    return _read(packet, "") is not None


@dataclass(eq=False)
class _Found:
    """Where things lie in a packet."""

    rdf_tag: bytes  # as the packet spells it: rdf:RDF
    rdf_is_empty: bool  # <rdf:RDF/>
    place: Span  # what a description more takes the place of: nothing, or the end of <rdf:RDF/>
    values: list[str]
    ours: list[Span]  # the property's, in order, none inside another


@dataclass(eq=False)
class _Description:
    """An rdf:Description that is being read."""

    start: int
    ours: list[Span] = field(default_factory=list)
    others: bool = False  # whether it says anything else


class _UnfitError(Exception):
    """The packet is none."""


class _Reader:
    """One pass over a packet."""

    def __init__(self, data: bytes, name: str):
        self._data = data
        self._wanted = f"{NAMESPACE} {name}"
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.namespace_prefixes = True
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._depth = self._count = 0
        self._rdf_depth = 0  # 0: not inside it
        self._rdf: tuple[int, bytes] | None = None  # start and spelling of the first rdf:RDF
        self._end_of_rdf: Span | None = None
        self._empty = False
        self._description: _Description | None = None
        self._property: int | None = None  # where ours begins
        self._text: list[str] = []
        self._values: list[str] = []
        self._ours: list[Span] = []

    def read(self) -> _Found:
        """ExpatError or _UnfitError: it is no XMP."""
        self._parser.Parse(self._data, True)
        if self._rdf is None or self._end_of_rdf is None:
            raise _UnfitError
        return _Found(self._rdf[1], self._empty, self._end_of_rdf, self._values, self._ours)

    def _refuse(self, *_: object) -> None:
        raise _UnfitError

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise _UnfitError
        at = self._parser.CurrentByteIndex
        plain = _plain(tag)
        if self._rdf is None and plain == f"{_RDF} RDF":
            tag_bytes = self._start_tag(at)
            spelled = re.split(rb"[\s/>]", tag_bytes[1:], maxsplit=1)[0]
            self._rdf, self._rdf_depth = (at, spelled), self._depth
            self._empty = tag_bytes.endswith(b"/>")
        elif self._rdf_depth and self._depth == self._rdf_depth + 1:
            self._description = _Description(at)
            if plain == f"{_RDF} Description":
                self._attributes(at, attributes)
            else:  # a typed node: others' alone
                self._description.others = True
        elif self._description is not None and self._depth == self._rdf_depth + 2:
            if plain == self._wanted:
                self._property, self._text = at, []
                self._parser.CharacterDataHandler = self._text.append
            else:
                self._description.others = True

    def _attributes(self, at: int, attributes: Mapping[str, str]) -> None:
        assert self._description is not None  # called while one is read
        for key, value in attributes.items():
            plain = _plain(key)
            if plain == self._wanted:
                self._values.append(value)
                spelled = _spelled(key)
                spans = _ATTRIBUTE.finditer(self._start_tag(at))
                found = next(span for span in spans if span[1] == spelled)
                self._description.ours.append((at + found.start(), at + found.end()))
            elif plain != f"{_RDF} about":
                self._description.others = True

    def _end(self, _: str) -> None:
        here = self._parser.CurrentByteIndex
        if self._depth == self._rdf_depth:
            assert self._rdf is not None  # it began
            start = self._rdf[0]
            self._end_of_rdf = (
                (start + len(self._start_tag(start)) - 2, start + len(self._start_tag(start)))
                if self._empty
                else (here, here)
            )
            self._rdf_depth = 0
        elif self._property is not None and self._depth == self._rdf_depth + 2:
            assert self._description is not None  # it is in one
            self._parser.CharacterDataHandler = None
            self._values.append("".join(self._text))
            self._description.ours.append(
                (self._property, self._end_of(self._property, here)),
            )
            self._property = None
        elif self._description is not None and self._depth == self._rdf_depth + 1:
            self._ours += self._spans(self._description, here)
            self._description = None
        self._depth -= 1

    def _spans(self, description: _Description, end_tag: int) -> list[Span]:
        """What goes when our property goes: the whole description where nothing else is in it."""
        if not description.ours or description.others:
            return description.ours
        start = description.start
        before = self._data[max(0, start - 1000) : start]
        start -= len(before) - len(before.rstrip())
        return [(start, self._end_of(description.start, end_tag))]

    def _end_of(self, start: int, here: int) -> int:
        """The byte after an element that begins at `start` and whose end the parser is at."""
        if self._start_tag(start).endswith(b"/>"):
            return start + len(self._start_tag(start))
        return self._data.index(b">", here) + 1

    def _start_tag(self, at: int) -> bytes:
        match = _START_TAG.match(self._data, at)
        if match is None:
            raise _UnfitError
        return match[0]


def _read(packet: str, name: str) -> _Found | None:
    """Where things lie in a packet; None: it is no XMP."""
    if len(packet) > MAX_XMP:
        return None
    try:
        return _Reader(_bytes(packet).rstrip(b"\0 \r\n\t"), name).read()
    except (expat.ExpatError, _UnfitError, UnicodeError):
        return None


def _bytes(packet: str) -> bytes:
    """As the parser sees it, and as its byte indexes count."""
    return packet.encode()


def _plain(name: str) -> str:
    """Namespace and local name, of the parser's namespace, local name and prefix."""
    return " ".join(name.split(" ")[:2])


def _spelled(name: str) -> bytes:
    """A name as the packet spells it."""
    _, local, prefix = name.split(" ")
    return f"{prefix}:{local}".encode()
