"""Several variations of one press, in a real Chromium with a real bridge.

Screenshots are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .painter import cells, paint, wait_until_calm
from .studio import PATIENCE, Studio
from .test_face import narrow, overflowing, shot, speak

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_three_variations_become_three_paintings_side_by_side_on_the_timeline(studio: Studio):
    """In German, whose words are long, at 230 pixels."""
    narrow(studio, 230)
    panel = studio.panel
    panel.locator("#more-more").click()
    speak(studio, "Deutsch")
    panel.locator('#source [data-value="nothing"]').click()
    for _ in range(2):
        panel.locator("#further").click()
    expect(panel.locator("#variations")).to_have_text("3")
    paint(studio, "a house on a hill, golden wheat fields", 8)
    expect(panel.locator("#estimate")).to_have_text(
        re.compile(r"Wird 3 Bilder mit zusammen 24 Ebenen, höchstens .* in der PSD")
    )
    expect(panel.locator("#progress-text")).to_have_text(
        re.compile("3 von 3: Schritt [1-8] von 8 · noch"), timeout=PATIENCE
    )
    assert overflowing(studio) == []
    shot(studio, "variations-painting")
    expect(panel.locator(".line")).to_have_count(3, timeout=PATIENCE)
    wait_until_calm(studio)
    for line in range(3):
        expect(cells(studio, line)).to_have_count(8)
    cells(studio, 1).last.click()
    studio.page.wait_for_timeout(500)
    shot(studio, "variations-done")
    assert overflowing(studio) == []
    assert not studio.problems
