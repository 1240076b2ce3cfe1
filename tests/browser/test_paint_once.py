"""One press of Paint is one run and rolls differ, in a real Chromium with a real bridge.

Screenshots are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .painter import cells, paint, set_slider, wait_until_calm
from .studio import PATIENCE, Studio
from .test_face import full_width, narrow, overflowing, shot, speak

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POINTS = [(x, y) for x in range(8, 256, 24) for y in range(8, 256, 24)]


def test_what_is_doubtful_is_asked_by_the_button_and_what_waits_is_emptied(studio: Studio) -> None:
    panel, keyboard = studio.panel, studio.page.keyboard
    panel.locator("#source .chip[data-value=nothing]").click()
    panel.locator("#paint").click()
    expect(panel.locator("#notice-text")).to_contain_text("There are no words")
    expect(panel.locator(".line")).to_have_count(0)
    panel.locator("#dismiss").click()

    paint(studio, "a house on green grass, bright day", 60)
    expect(panel.locator(".line")).to_have_count(1, timeout=PATIENCE)
    for count in (2, 3):
        panel.locator("#paint").click()
        expect(panel.locator(".line")).to_have_count(count, timeout=PATIENCE)
        expect(panel.locator("#notice-text")).to_contain_text("another seed")
    expect(panel.locator("#queue-text")).to_have_text("2 wait")
    panel.locator("#prompt textarea").click()
    keyboard.press("Escape")
    panel.locator("#queue-empty").click()
    expect(panel.locator("#queue")).to_be_hidden()
    expect(panel.locator(".line-name", has_text="stopped")).to_have_count(2)
    expect(panel.locator("#progress-text")).to_contain_text(re.compile("step .* of 60"))
    panel.locator(".title").first.click()
    panel.locator("#paint").focus()
    keyboard.press("Escape")
    expect(panel.locator(".line-name", has_text="stopped")).to_have_count(3, timeout=PATIENCE)
    wait_until_calm(studio)

    set_slider(studio, "steps", 4)
    panel.locator("#more-settings").click()
    panel.locator("#seed input").fill("7")
    panel.locator("#paint").click()
    expect(panel.locator(".line.lit")).to_have_count(1, timeout=PATIENCE)
    wait_until_calm(studio)
    panel.locator("#more-more").click()
    for width in (320, 240):
        narrow(studio, width)
        for language, said in (
            ("Deutsch", "festgehalten"),
            ("日本語", "固定"),
            ("English", "kept"),
        ):
            speak(studio, language)
            panel.locator("#paint").click()
            expect(panel.locator("#notice-text")).to_contain_text(said)
            expect(panel.locator("#notice")).to_be_in_viewport()
            if language == "日本語":
                full_width(studio)
            assert overflowing(studio) == [], (language, width)
            shot(studio, f"paint-once-{language}-{width}")
            panel.locator("#pentimento").evaluate("(root) => (root.style.letterSpacing = '')")
    expect(panel.locator(".line")).to_have_count(4)
    panel.locator("#notice-way").click()
    expect(panel.locator(".line")).to_have_count(5, timeout=PATIENCE)
    wait_until_calm(studio)


def test_rolls_of_an_unpainted_step_differ_to_the_eye(studio: Studio) -> None:
    panel = studio.panel
    panel.locator("#source .chip[data-value=nothing]").click()
    paint(studio, "a house on green grass, bright day", 8)
    expect(cells(studio, 0)).to_have_count(8, timeout=PATIENCE)
    wait_until_calm(studio)
    for lines in (2, 3):
        cells(studio, 0).nth(2).click()
        expect(panel.locator("#mode")).to_contain_text("Roll again")
        panel.locator("#continue").click()
        expect(panel.locator(".line")).to_have_count(lines, timeout=PATIENCE)
        wait_until_calm(studio)
    seen: list[list[tuple[int, ...]]] = []
    for line in range(3):
        cells(studio, line).last.click()
        studio.page.wait_for_timeout(500)
        seen.append([studio.pixel(*point) for point in POINTS])
        studio.shot(f"roll-{line}")
    for one, other in ((0, 1), (0, 2), (1, 2)):
        pairs = zip(seen[one], seen[other], strict=True)
        apart = [abs(a - b) for x, y in pairs for a, b in zip(x, y, strict=True)]
        assert sum(apart) / len(apart) > 2, f"of 255, lines {one} and {other}"
