"""The panel's face in a real Chromium: narrow, in four themes and four languages, and its pages.

Screenshots are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import expect

from .painter import cells, paint, type_token, wait_until_calm
from .studio import PATIENCE, Bridge, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NARROW = 240  # pixels
WIDTHS = (230, 320, 480)  # pixels: as narrow as the manifest allows, as it opens, docked wide
SCREEN = (320, 720)  # pixels: a panel in which the self-test and its report are seen whole
LEGIBLE = 4.5  # contrast of text to what is behind it: WCAG 2.2, 1.4.3
LANGUAGES = {"English": "Paint", "Deutsch": "Malen", "日本語": "描く", "中文": "绘制"}
THEMES = ("darkest", "dark", "light", "lightest")
TOGGLES = (
    "more-negative",
    "more-settings",
    "more-onward",
    "more-palette",
    "more-styles",
    "more-exchange",
    "more-more",
    "more-selftest",
)

# What is wider than its place or reaches over the panel's edge; the timeline and lists of one line
# are made to scroll or to end in an ellipsis.
OVERFLOWING = """() => [...document.querySelectorAll("#pentimento *")]
    .filter((e) => e.offsetParent && !e.closest("#timeline"))
    .filter((e) => getComputedStyle(e).textOverflow !== "ellipsis")
    .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline"
        || e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .map((e) => `${e.id || e.className}: ${e.textContent.trim().slice(0, 40)}`)"""

# Text whose contrast to the colours laid behind it is too small; what is disabled may be faint.
FAINT = """(_, least) => {
    const parse = (text) => {
        const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
        return { rgb: [r, g, b], a };
    };
    const over = (top, under) => top.rgb.map((c, i) => c * top.a + under[i] * (1 - top.a));
    const ground = (e) => {
        if (!e) return [255, 255, 255];
        const own = parse(getComputedStyle(e).backgroundColor);
        return own.a === 1 ? own.rgb : over(own, ground(e.parentElement));
    };
    const light = (rgb) => {
        const [r, g, b] = rgb.map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const faded = (e) => e && (e.classList.contains("idle") || e.hasAttribute("disabled")
        || faded(e.parentElement));
    return [...document.querySelectorAll("#pentimento *")]
        .filter((e) => e.offsetParent && !e.localName.startsWith("sp-") && !faded(e))
        .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
        .map((e) => {
            const under = ground(e);
            const text = over(parse(getComputedStyle(e).color), under);
            const [high, low] = [light(text), light(under)].sort((a, b) => b - a);
            return [(high + 0.05) / (low + 0.05), e.id || e.className];
        })
        .filter(([contrast]) => contrast < least)
        .map(([contrast, name]) => `${name}: ${contrast.toFixed(1)}`);
}"""


def narrow(studio: Studio, width: int = NARROW) -> None:
    """The panel as a painter may dock it, and tall enough to be seen whole."""
    studio.page.set_viewport_size({"width": 1100, "height": 2200})
    style = f"#panel-column {{ width: {width}px !important; flex: none !important; }}"
    studio.page.add_style_tag(content=style)


def shot(studio: Studio, name: str) -> None:
    if folder := os.environ.get("PENTIMENTO_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        studio.page.wait_for_timeout(100)
        studio.page.locator("#panel").screenshot(path=str(Path(folder) / f"{name}.png"))


def overflowing(studio: Studio) -> list[str]:
    return cast("list[str]", studio.panel.locator("body").evaluate(OVERFLOWING))


def full_width(studio: Studio) -> None:
    """Where no font has them, Chinese characters are as wide as they are with one: an em."""
    script = """(body) => {
        const probe = document.createElement("span");
        probe.textContent = "描绘画作".repeat(5);
        body.appendChild(probe);
        const width = probe.getBoundingClientRect().width / 20;
        const em = parseFloat(getComputedStyle(probe).fontSize);
        probe.remove();
        const root = document.getElementById("pentimento");
        root.style.letterSpacing = `${Math.max(0, em - width)}px`;
    }"""
    studio.panel.locator("body").evaluate(script)


def speak(studio: Studio, language: str) -> None:
    """Choose a language in the panel."""
    studio.panel.locator("#language").click()
    studio.panel.locator("#language sp-menu-item", has_text=language).click()


def test_at_240_pixels_everything_fits_in_each_language_and_is_legible_in_each_theme(
    studio: Studio,
):
    narrow(studio)
    studio.panel.locator('#source [data-value="nothing"]').click()
    paint(studio, "a house on a hill above golden wheat fields", 6)
    expect(cells(studio, 0).first).to_be_visible(timeout=PATIENCE)
    wait_until_calm(studio)
    cells(studio, 0).nth(3).click()
    studio.panel.locator('#source [data-value="layer"]').click()
    for count in (1, 2):
        studio.panel.locator("#region-new").click()
        expect(studio.panel.locator("#regions .region")).to_have_count(count)
    studio.panel.locator("#region-prompt textarea").fill("golden wheat fields below the house")
    studio.panel.locator("#region-way .chip[data-value=both]").click()
    expect(studio.panel.locator("#region-steps-row")).to_be_visible()
    for toggle in TOGGLES:
        studio.panel.locator(f"#{toggle}").click()
    studio.panel.locator('#keep [data-value="keyframes"]').click()
    for language, word in LANGUAGES.items():
        speak(studio, language)
        expect(studio.panel.locator("#paint")).to_have_text(word)
        if not word.isascii():
            full_width(studio)
        assert overflowing(studio) == [], language
        shot(studio, f"face-{language}")
    speak(studio, "English")
    studio.panel.locator("#pentimento").evaluate("(root) => (root.style.letterSpacing = '')")
    faint: dict[str, list[str]] = {}
    for theme in THEMES:
        studio.page.select_option("#theme", theme)
        studio.page.wait_for_timeout(100)
        faint[theme] = studio.panel.locator("body").evaluate(FAINT, LEGIBLE)
        shot(studio, f"face-{theme}")
    assert faint == {theme: [] for theme in THEMES}


# Boxes of icons that are seen and have no size, no colour of their own, or the colour behind them.
LOST_INK = """() => [...document.querySelectorAll("#pentimento .ink")]
    .filter((e) => e.offsetParent)
    .filter((e) => {
        const { width, height } = e.getBoundingClientRect();
        const ink = getComputedStyle(e).backgroundColor;
        let under = e.parentElement;
        const clear = "rgba(0, 0, 0, 0)";
        const ground = (one) => getComputedStyle(one).backgroundColor;
        while (under && ground(under) === clear) under = under.parentElement;
        return width < 1 || height < 1 || ink === clear
            || ink === ground(under ?? document.body);
    })
    .map((e) => e.parentElement.getAttribute("data-drawn"))"""

DRAWN = """() => [...document.querySelectorAll("#pentimento .icon")]
    .filter((e) => e.offsetParent)
    .map((e) => e.getAttribute("data-drawn"))"""


def test_icons_are_seen_at_every_width_in_each_theme_and_nothing_overflows(studio: Studio):
    panel = studio.panel
    panel.locator('#source [data-value="nothing"]').click()
    paint(studio, "a house on a hill above golden wheat fields", 6)
    wait_until_calm(studio)
    cells(studio, 0).nth(3).click()
    expect(panel.locator("#onward-brush")).to_be_hidden()
    studio.tool("brush", size=30, color="#c82828")
    studio.drag((30, 40), (90, 90))
    expect(panel.locator(".badge .icon[data-drawn=painted]")).to_have_count(1)
    panel.locator("#more-settings").click()
    for width in WIDTHS:
        narrow(studio, width)
        studio.page.wait_for_timeout(300)
        panel.locator("#more-settings").hover()
        for act in ("bake", "remove"):
            box = panel.locator(f".line-{act}").first.bounding_box()
            edge = panel.locator("#timeline").bounding_box()
            assert box
            assert edge
            assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1, f"{act} at {width}"
        for theme in THEMES:
            studio.page.select_option("#theme", theme)
            studio.page.wait_for_timeout(100)
            assert panel.locator("body").evaluate(LOST_INK) == [], f"{width}, {theme}"
            assert overflowing(studio) == [], f"{width}, {theme}"
            shot(studio, f"face-{width}-{theme}")
    shown = cast("list[str]", panel.locator("body").evaluate(DRAWN))
    assert set(shown) >= {"open", "closed", "play", "vary", "dice", "dot", "painted"}


def test_without_a_bridge_the_first_page_says_how_to_start_it(
    open_studio: Callable[..., Studio], files_alone: str
):
    studio = open_studio(files_alone)
    narrow(studio)
    expect(studio.panel.locator("#welcome-title")).to_have_text("First, the bridge")
    studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    studio.panel.locator("#copy-unix").click()
    expect(studio.panel.locator("#copy-unix")).to_have_text("copied")
    copied = studio.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == "python3 scripts/start.py"
    # Where the bridge cannot be reached, the self-test is most wanted.
    studio.panel.locator("#more-selftest").click()
    expect(studio.panel.locator("#selftest-start")).to_be_visible()
    assert overflowing(studio) == []
    shot(studio, "first-no-bridge")


def test_a_bridge_that_is_found_is_paired_from_the_page(
    open_studio: Callable[..., Studio], bridge: Bridge
):
    studio = open_studio(bridge.address)
    narrow(studio)
    panel = studio.panel
    expect(panel.locator("#welcome-title")).to_have_text("The bridge is found")
    expect(panel.locator("#work")).to_be_hidden()
    shot(studio, "first-unpaired")
    type_token(studio, "not the token")
    expect(panel.locator("#welcome-title")).to_have_text("Bridge and panel do not know each other")
    assert overflowing(studio) == []
    shot(studio, "first-wrong-token")
    type_token(studio, bridge.token)
    expect(panel.locator("#work")).to_be_visible()
    expect(panel.locator("#welcome")).to_be_hidden()


def test_settings_language_and_styles_are_there_after_a_reload(studio: Studio):
    panel = studio.panel
    panel.locator("#more-more").click()
    speak(studio, "Deutsch")
    panel.locator("#more-styles").click()
    panel.locator("#style-name input").fill("Nacht")
    panel.locator("#style-words textarea").fill("{prompt}, at night")
    panel.locator("#style-save").click()
    expect(panel.locator("#styles-message")).to_have_text("„Nacht“ ist gesichert.")
    studio.page.wait_for_timeout(1200)  # kept when left alone for a moment
    studio.page.reload()
    studio.page.wait_for_selector("html[data-ready=true]")
    expect(panel.locator("#paint")).to_have_text("Malen")
    expect(panel.locator("#style sp-menu-item[selected]")).to_have_text("Nacht")


def test_the_self_test_runs_through_with_one_stroke_of_the_painter(studio: Studio):
    narrow(studio, SCREEN[0])
    studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = studio.panel
    before = studio.history()
    panel.locator("#more-selftest").click()
    panel.locator("#selftest-start").click()
    expect(panel.locator("#selftest-asked")).to_contain_text("any letter", timeout=PATIENCE)
    shot(studio, "self-test-asks")
    panel.locator("#selftest-place input").click()
    studio.page.keyboard.press("a")
    expect(panel.locator("#selftest-asked")).to_contain_text("arrow key", timeout=PATIENCE)
    panel.locator("#selftest-place sp-dropdown").click()
    studio.page.keyboard.press("ArrowDown")
    expect(panel.locator("#selftest-asked")).to_contain_text("brush", timeout=PATIENCE)
    studio.tool("brush", size=20)
    studio.settle()
    studio.drag((60, 60), (220, 160))
    expect(panel.locator("#selftest-end")).to_be_visible(timeout=PATIENCE)
    shot(studio, "self-test")
    test = [panel.locator(id).bounding_box() for id in ("#more-selftest", "#selftest")]
    assert sum(box["height"] for box in test if box) <= SCREEN[1], "more than one screen"
    panel.locator("#selftest-copy").click()
    expect(panel.locator("#selftest-copy")).to_have_text("copied")
    report = cast("str", studio.page.evaluate("() => navigator.clipboard.readText()"))
    failed = re.findall(r"(?m)^FAILED (\w+)", report)
    assert failed == [], report
    assert re.findall(r"(?m)^other +(\w+)", report) == [], report
    assert len(report.splitlines()) <= 60
    assert studio.history() == before, "the painter's document was touched"
    assert overflowing(studio) == []
    blocked = [one for one in studio.problems if "Content Security Policy" in one]
    assert blocked == studio.problems
    studio.problems.clear()


def test_where_fields_keep_their_keys_the_main_job_is_done_with_buttons(
    open_studio: Callable[..., Studio], bridge: Bridge
):
    studio = open_studio(bridge.address, bridge.token, "swallowedKeys")
    panel = studio.panel
    expect(panel.locator("#status")).to_contain_text("embedded", timeout=PATIENCE)
    panel.locator('#source [data-value="nothing"]').click()
    prompt = panel.locator("#prompt textarea")
    prompt.press_sequentially("a boat on the water")
    prompt.press("Control+Enter")
    studio.page.wait_for_timeout(500)
    expect(panel.locator(".line")).to_have_count(0)
    paint(studio, "a boat on the water", 4)
    expect(cells(studio, 0)).to_have_count(4, timeout=PATIENCE)
    wait_until_calm(studio)
    cells(studio, 0).nth(1).click()
    expect(panel.locator("#onward-brush")).to_be_hidden()
    studio.tool("brush", size=30, color="#c82828")
    studio.drag((30, 40), (90, 90))
    expect(panel.locator("#onward-title")).to_contain_text("painted on")
    panel.locator("#continue").click()
    expect(panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    # Outside of fields keys are heard.
    wait_until_calm(studio)
    panel.locator("#status").click()
    cells(studio, 0).nth(0).focus()
    studio.page.keyboard.press("Control+Shift+Enter")
    expect(panel.locator(".line")).to_have_count(3, timeout=PATIENCE)
