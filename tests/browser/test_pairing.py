"""A panel that was never paired: its words in both windows, a yes with the mouse, and it is in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from .studio import PATIENCE, Bridge, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HABITS = "blindPasswords,localhostOnly"


def shown_by(panel: Studio) -> list[str]:
    """The words that a panel shows."""
    words = panel.panel.locator("#pairing-words .word")
    expect(words).to_have_count(6)
    return [word.text_content() or "" for word in words.all()]


def question(studio: Studio, words: list[str]) -> Locator:
    """What the studio asks about the panel that shows these words."""
    asked = studio.page.locator("#pairing [data-panel]")
    found = asked.filter(has_text="".join(words))
    expect(found).to_be_visible()
    return found


@pytest.mark.parametrize("habits", ["", HABITS])
def test_a_panel_is_let_in_where_the_words_are_equal_and_the_painter_says_yes(
    open_studio: Callable[..., Studio], bridge: Bridge, habits: str
):
    painter = open_studio(bridge.address, bridge.token)
    expect(painter.page.locator("#pairing")).to_be_hidden()
    panel = open_studio(bridge.address, habits=habits)
    words = shown_by(panel)
    asked = question(painter, words)
    assert asked.locator(".words span").all_text_contents() == words
    panel.page.evaluate("document.getElementById('panel').style.width = '320px'")
    panel.shot(f"pairing-panel-{habits or 'plain'}")
    painter.shot("pairing-question")
    asked.get_by_role("button", name="Yes, let it in").click()
    expect(panel.panel.locator("#status")).to_contain_text("embedded", timeout=PATIENCE)
    expect(panel.panel.locator("#work")).to_be_visible()
    expect(painter.page.locator("#pairing")).to_be_hidden()
    expect(painter.page.locator("#message")).to_have_text("The panel is let in.")


def test_a_no_leaves_it_outside_and_two_panels_are_told_apart(
    open_studio: Callable[..., Studio], bridge: Bridge
):
    painter = open_studio(bridge.address, bridge.token)
    one, other = open_studio(bridge.address), open_studio(bridge.address)
    theirs, others = shown_by(one), shown_by(other)
    assert theirs != others
    question(painter, theirs).get_by_role("button", name="No", exact=True).click()
    expect(one.panel.locator("#pairing-text")).to_contain_text("said no at the bridge")
    one.shot("pairing-no")
    question(painter, others).get_by_role("button", name="Yes, let it in").click()
    expect(other.panel.locator("#work")).to_be_visible()
    expect(one.panel.locator("#work")).to_be_hidden()
    one.panel.locator("#ask-in").click()
    question(painter, shown_by(one))
    one.page.context.close()
    expect(painter.page.locator("#message")).to_contain_text("does not wait any more")
    expect(painter.page.locator("#pairing")).to_be_hidden()


def test_the_token_can_still_be_typed_into_a_plain_field(
    open_studio: Callable[..., Studio], bridge: Bridge
):
    panel = open_studio(bridge.address, habits=HABITS)
    shown_by(panel)
    panel.panel.locator("#more-token").click()
    panel.panel.locator("#token").click()
    panel.page.keyboard.type(bridge.token)
    panel.shot("pairing-typed")
    panel.panel.locator("#pair").click()
    expect(panel.panel.locator("#work")).to_be_visible()
