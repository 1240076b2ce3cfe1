"""Notes in XMP packets: ours are read whichever way a program wrote them, others' stay."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.psd.metadata import DOCUMENT, LAYER
from bridge.psd.xmp import MAX_XMP, NAMESPACE, with_xmp_value, xmp_value

PHOTOSHOP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 9.1">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pentimento="{NAMESPACE}" xmp:CreatorTool="Adobe Photoshop 27.4"
    pentimento:document="{{&quot;v&quot;: 1, &#34;a&#x22;: &quot;&amp;lt; &#38;lt;&quot;}}">
   <xmp:Rating>5</xmp:Rating>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def test_a_property_that_photoshop_made_an_attribute_is_read() -> None:
    assert xmp_value(PHOTOSHOP, DOCUMENT) == '{"v": 1, "a": "&lt; &lt;"}'
    assert xmp_value(PHOTOSHOP, LAYER) is None
    assert xmp_value(None, LAYER) is None


def test_setting_a_property_replaces_ours_and_leaves_theirs() -> None:
    packet = with_xmp_value(PHOTOSHOP, DOCUMENT, "new <&>")
    assert xmp_value(packet, DOCUMENT) == "new <&>"
    assert packet.count("pentimento:document") == 2  # one element, opened and closed
    for theirs in ('xmp:CreatorTool="Adobe Photoshop 27.4"', "<xmp:Rating>5</xmp:Rating>"):
        assert theirs in packet


def test_setting_it_again_leaves_no_trace_of_the_first() -> None:
    once = with_xmp_value(None, LAYER, "one")
    assert with_xmp_value(once, LAYER, "two") == with_xmp_value(None, LAYER, "two")


@pytest.mark.parametrize("packet", ["", "no xml at all", "<x:xmpmeta/>"])
def test_a_packet_that_is_none_is_replaced(packet: str) -> None:
    assert xmp_value(with_xmp_value(packet, LAYER, "text"), LAYER) == "text"


def test_another_prefix_for_our_namespace_is_ours() -> None:
    packet = (
        with_xmp_value(None, LAYER, "text")
        .replace("pentimento:", "ns1:")
        .replace("xmlns:pentimento", "xmlns:ns1")
    )
    assert xmp_value(packet, LAYER) == "text"
    assert xmp_value(with_xmp_value(packet, LAYER, "other"), LAYER) == "other"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")))
def test_any_text_comes_back(text: str) -> None:
    assert xmp_value(with_xmp_value(PHOTOSHOP, LAYER, text), LAYER) == text


def test_lines_come_back_and_what_xml_cannot_hold_is_refused() -> None:
    assert xmp_value(with_xmp_value(None, LAYER, "a\r\n\tb"), LAYER) == "a\r\n\tb"
    with pytest.raises(ValueError, match="XMP cannot hold the control characters"):
        with_xmp_value(None, LAYER, "a\x01b")


RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PACKETS = json.loads((Path(__file__).parents[2] / "xmp_packets.json").read_text())  # xmp.js's too


@pytest.mark.parametrize("how", PACKETS)
def test_a_property_is_known_by_its_namespace_and_written_once(how: str) -> None:
    packet, layer = PACKETS[how]["packet"], PACKETS[how]["layer"]
    assert xmp_value(packet, LAYER) == layer
    written = with_xmp_value(packet, LAYER, "new")
    assert xmp_value(written, LAYER) == "new"
    again = with_xmp_value(written, LAYER, "new")
    assert with_xmp_value(again, LAYER, "new") == again
    assert "one" not in written.replace("&#110;", "n")
    assert "two" not in written
    for theirs in ("theirs", '"its"', "<c/>", "&lt;", 'a="1"'):
        assert written.count(theirs) == packet.count(theirs)


@pytest.mark.parametrize("packet", [one["packet"] for one in PACKETS.values()][:4])
def test_a_property_goes_in_one_piece_and_all_others_stay(packet: str) -> None:
    changed = with_xmp_value(packet, LAYER, "two")
    ours = changed.index("  <rdf:Description", 30)
    end = changed.index("</rdf:Description>\n ", ours) + len("</rdf:Description>\n ")
    without = changed[:ours] + changed[end:]
    start = next(n for n, (a, b) in enumerate(zip(packet, without, strict=False)) if a != b)
    gone = packet[start : start + len(packet) - len(without)]
    assert packet.replace(gone, "", 1) == without  # one piece is gone, all others are as they were
    assert "one" in gone.replace("&#110;", "n").replace("<![CDATA[n]]>", "n")


def test_an_empty_list_of_descriptions_takes_one() -> None:
    packet = f'<x><r:RDF xmlns:r="{RDF}" /></x>'
    assert xmp_value(with_xmp_value(packet, LAYER, "text"), LAYER) == "text"


def _hostile() -> Iterator[tuple[str, str]]:
    ours = f'<rdf:Description xmlns:p="{NAMESPACE}" p:layer="x"'
    yield "entities", f'<!DOCTYPE a [<!ENTITY b "c">]><rdf:RDF xmlns:rdf="{RDF}">{ours}/></rdf:RDF>'
    yield "prefixes", f' xmlns:p="{NAMESPACE}"' * 200_000
    yield "opened", f'<rdf:RDF xmlns:rdf="{RDF}">' + f"{ours}>" * 200_000
    yield "elements", f'<rdf:RDF xmlns:rdf="{RDF}">{"<b/>" * 1_000_000}{ours}/></rdf:RDF>'
    yield "spaces", f'<rdf:RDF xmlns:rdf="{RDF}">{" " * 20_000_000}{ours}/></rdf:RDF>'
    yield "an endless tag", f"<p:layer {' ' * 10_000_000}{NAMESPACE}"
    yield "long", f'<rdf:RDF xmlns:rdf="{RDF}">{" " * MAX_XMP}{ours}/></rdf:RDF>'


@pytest.mark.parametrize(("name", "packet"), list(_hostile()), ids=lambda value: value[:20])
def test_hostile_packets_are_read_and_replaced_in_bounded_time(name: str, packet: str) -> None:
    began = time.process_time()
    value = xmp_value(packet, LAYER)
    assert xmp_value(with_xmp_value(packet, LAYER, "ours"), LAYER) == "ours"
    assert time.process_time() - began < 5
    assert (value == "x") == (name == "spaces")
