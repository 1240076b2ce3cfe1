"""Notes in XMP packets: ours are read whichever way a program wrote them, others' stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.psd_metadata import DOCUMENT, LAYER, NAMESPACE, with_xmp_value, xmp_value

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


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_any_text_comes_back(text: str) -> None:
    assert xmp_value(with_xmp_value(PHOTOSHOP, LAYER, text), LAYER) == text
