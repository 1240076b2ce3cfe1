"""The main job in a real Chromium with a real bridge: paint, watch, paint on a step, go on.

Screenshots of each stage are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .painter import (
    bring_here,
    cells,
    paint,
    set_slider,
    sketch,
    step_rows,
    twist_open,
    type_token,
    wait_until_calm,
)
from .studio import PATIENCE, Bridge, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 20
RED = "#d02020"


def painters_place(studio: Studio) -> object:
    """What must stay the painter's: active layers, selection, tool."""
    return studio.page.evaluate(
        """() => {
            const { active, selection } = studio.model.active.state;
            const { tool } = studio.settings.values();
            const box = selection && [selection.left, selection.top, selection.width];
            return JSON.stringify([active, box, tool]);
        }"""
    )


def paint_on_step(studio: Studio, number: int) -> None:
    """A red stroke on a step's layer, as a painter makes it: look, make it active, paint."""
    cells(studio, 0).nth(number).click()
    group = next(name for name in studio.layers() if name.startswith("Painting"))
    if not step_rows(studio):
        twist_open(studio, group)
    title = studio.panel.locator(".cell.selected").get_attribute("title") or ""
    found = re.match(r"Step (\d+),", title)
    assert found
    studio.row(next(r for r in step_rows(studio) if r.startswith(f"{found[1]} ·"))).click()
    studio.tool("brush", size=44, color=RED, hardness=0.9)
    studio.drag((150, 90), (190, 110))


def test_a_painter_paints_watches_the_steps_paints_on_one_and_goes_on_from_it(
    studio: Studio, open_studio: Callable[..., Studio], bridge: Bridge, tmp_path: Path
) -> None:
    sketch(studio)
    studio.tool("marquee")
    studio.drag((30, 30), (240, 235))
    studio.tool("brush")
    before = painters_place(studio)
    expect(studio.panel.locator("#where .chosen")).to_have_text("selection")
    set_slider(studio, "strength", 80)
    paint(studio, "a house on green grass, bright day", STEPS)

    # Layers arrive one by one, and nothing of the painter's moves.
    group = studio.page.locator('[data-testid="layer-row"][data-name^="Painting "]')
    group.wait_for(timeout=PATIENCE)
    studio.shot("1-painting")
    while studio.panel.locator("#progress").is_visible():
        assert painters_place(studio) == before
        studio.page.wait_for_timeout(60)
    arrivals = [name for name in studio.history() if re.match(r"Painting \d+: step \d+", name)]
    assert len(arrivals) >= 3, "steps should have come one after the other"
    wait_until_calm(studio)
    studio.shot("2-painted")
    assert painters_place(studio) == before
    count = cells(studio, 0).count()
    assert count == int(STEPS * 0.8)
    twist_open(studio, group.get_attribute("data-name") or "")
    names = step_rows(studio)
    assert [int(name.split(" ")[0]) for name in names] == list(range(STEPS, STEPS - count, -1))
    outside = studio.pixel(10, 10)
    studio.row(group.get_attribute("data-name") or "").get_by_test_id("layer-eye").click()
    assert studio.pixel(10, 10) == outside, "outside the selection the picture is the painter's"
    studio.row(group.get_attribute("data-name") or "").get_by_test_id("layer-eye").click()

    # Paint on a step; the panel notices.
    paint_on_step(studio, 2)
    expect(studio.panel.locator("#onward-title")).to_contain_text("was painted on")
    expect(studio.panel.locator(".badge:visible")).to_have_count(1)
    studio.shot("3-painted-on-a-step")
    before = painters_place(studio)
    red = studio.pixel(170, 100)
    studio.panel.locator("#continue").click()
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    wait_until_calm(studio)
    studio.shot("4-branch")
    assert painters_place(studio) == before
    assert cells(studio, 1).count() == count - 2
    assert red[0] > 180
    assert red[1] < 70

    # The document carries it all to a fresh studio.
    with studio.page.expect_download() as download:
        studio.page.locator("#save-psd").click()
    file = tmp_path / "painting.psd"
    download.value.save_as(file)
    again = open_studio(bridge.address, bridge.token)
    again.page.locator("#file").set_input_files(file)
    expect(again.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    expect(again.panel.locator(".badge:visible")).to_have_count(1)
    assert cells(again, 0).count() == count
    cells(again, 0).nth(count - 2).click()
    again.panel.locator("#continue").click()
    expect(again.panel.locator(".line")).to_have_count(3, timeout=PATIENCE)
    wait_until_calm(again)
    again.shot("5-reopened")
    assert cells(again, 0).count() + cells(again, 1).count() + cells(again, 2).count() == (
        count + (count - 2) + 2
    )


def test_cancel_stops_within_a_step_and_what_was_painted_stays(studio: Studio) -> None:
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    paint(studio, "a boat on the water, night", steps=30)
    expect(cells(studio, 0).nth(1)).to_be_visible(timeout=PATIENCE)
    studio.panel.locator("#cancel").click()
    expect(studio.panel.locator(".line-name").first).to_contain_text("stopped", timeout=PATIENCE)
    wait_until_calm(studio)
    painted = cells(studio, 0).count()
    assert 2 <= painted < 30
    twist_open(studio, studio.layers()[0])
    assert len(step_rows(studio)) == painted

    studio.panel.locator(".line-remove").first.click()
    expect(studio.panel.locator(".line")).to_have_count(0)
    assert studio.layers() == ["Background"]
    assert studio.history()[-1].startswith("Remove painting")


def test_a_reload_in_the_middle_of_a_run_loses_nothing(studio: Studio) -> None:
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    paint(studio, "a tree at sunset", steps=10)
    expect(cells(studio, 0).nth(2)).to_be_visible(timeout=PATIENCE)
    studio.page.reload()
    studio.page.wait_for_selector("html[data-ready=true]")
    # A fresh page has a fresh document; the bridge still holds the painting, and paints on.
    expect(studio.panel.locator("#more-strays")).to_contain_text(
        "in no open document", timeout=PATIENCE
    )
    bring_here(studio, "a tree at sunset")
    expect(cells(studio, 0).nth(2)).to_be_visible(timeout=PATIENCE)
    wait_until_calm(studio)
    assert cells(studio, 0).count() == 10
    twist_open(studio, studio.layers()[0])
    assert [int(name.split(" ")[0]) for name in step_rows(studio)] == list(range(10, 0, -1))


def test_a_wrong_token_leads_to_the_page_that_says_where_to_find_it(
    open_studio: Callable[..., Studio], bridge: Bridge
) -> None:
    studio = open_studio(bridge.address, "not-the-token")
    panel = studio.panel
    expect(panel.locator("#welcome")).to_be_visible()
    expect(panel.locator("#welcome")).to_contain_text("token")
    expect(panel.locator("#paint")).to_be_hidden()
    studio.shot("6-pairing")
    type_token(studio, bridge.token)
    expect(panel.locator("#status")).to_contain_text("embedded", timeout=PATIENCE)
    expect(panel.locator("#welcome")).to_be_hidden()
