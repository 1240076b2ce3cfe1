"""The panel's window in a real Chromium is UXP's: what UXP lacks is not there, and the studio's own
window keeps it. No bridge is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from .studio import Studio

pytestmark = pytest.mark.browser

LACKING = [
    "new TextEncoder()",
    "new TextDecoder()",
    "new Worker('x.js')",
    "new EventSource('/x')",
    "new MutationObserver(() => 0)",
    "matchMedia('(min-width: 1px)')",
    "indexedDB.open('x')",
    "new OffscreenCanvas(1, 1)",
    "document.createElement('canvas').toDataURL()",
    "document.createElement('canvas').getContext('2d').drawImage(new Image(), 0, 0)",
    "document.createElement('canvas').getContext('2d').getImageData(0, 0, 1, 1)",
    "document.createElement('canvas').getContext('2d').putImageData(null, 0, 0)",
    "document.body.animate([], 1)",
    "document.body.addEventListener('keypress', () => 0)",
]
THERE = [
    "document.createElement('canvas').getContext('2d').fillRect(0, 0, 1, 1)",
    "URL.createObjectURL(new Blob(['x']))",
    "document.querySelector('sp-button').addEventListener('click', () => 0)",
    "require('photoshop').app.activeDocument.width",
]
IN_PANEL = """code => {
    const window = studio.panel().window;
    try { new window.Function("require", code)(window.require); return ""; }
    catch (error) { return String(error); }
}"""


@pytest.fixture
def studio(open_studio: Callable[..., Studio], files_alone: str) -> Studio:
    return open_studio(files_alone)


def in_panel(studio: Studio, code: str) -> str:
    """What the code throws in the panel's window; nothing where it runs."""
    return cast(str, studio.page.evaluate(IN_PANEL, code))


def test_what_uxp_lacks_throws_in_the_panel_and_works_in_the_studio(studio: Studio):
    silent = [code for code in LACKING if not in_panel(studio, code)]
    assert silent == []
    assert [in_panel(studio, code) for code in THERE] == [""] * len(THERE)
    kept = "typeof TextEncoder + typeof Worker + typeof matchMedia + typeof MutationObserver"
    assert studio.page.evaluate(kept) == "function" * 4
    assert studio.pixel(3, 3) == (255, 255, 255, 255), "the studio's canvas reads its pixels"


def test_the_panel_reaches_what_its_manifest_allows(studio: Studio):
    asked = "(async () => { try { await fetch('/studio/manifest.json'); return 'reached' }"
    code = f"window.answer = {asked} catch (error) {{ return String(error) }} }})()"
    assert in_panel(studio, code) == ""
    assert studio.page.evaluate("studio.panel().window.answer") == "reached"


def test_faults_can_be_asked_for_without_a_mouse(studio: Studio):
    script = """async () => {
        const { core } = studio.panel().window.require("photoshop");
        studio.faults.busy();
        try { await core.executeAsModal(async () => 0, { commandName: "Try" }); }
        catch (error) { return error.number; }
    }"""
    assert studio.page.evaluate(script) == 9


def test_nothing_on_the_panels_page_is_unknown_to_uxp(studio: Studio):
    assert studio.problems == []
    assert studio.page.evaluate("studio.panel().reports") == []
