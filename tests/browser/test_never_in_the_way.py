"""A painter who goes on working while runs arrive, in a real Chromium with a real bridge.

Not a stroke is lost, nothing is written in mid-stroke, what is active stays active; what the
painter did to step layers, and to the document itself, is understood.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    wait_until_calm,
)
from .studio import PATIENCE, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RED = (220, 30, 30, 255)
STEP_LAYERS = """studio.model.active.state.layers
    .flatMap((one) => one.layers).filter((one) => one.name.includes(" · σ ")).length"""


def told(studio: Studio) -> Any:
    """What the painter has in hand: active layers, selection, tool."""
    return studio.page.evaluate("""() => {
        const { active, selection } = studio.model.active.state;
        const box = selection && [selection.left, selection.top, selection.width];
        return JSON.stringify([active, box, studio.settings.values().tool]);
    }""")


def group_of(studio: Studio) -> str:
    """The name of the newest painting's group."""
    return next(name for name in studio.layers() if name.startswith("Painting"))


def started(studio: Studio, steps: int) -> None:
    """A painting from nothing that has begun to arrive."""
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    paint(studio, "a house on green grass, bright day", steps)
    expect(cells(studio, 0).first).to_be_visible(timeout=PATIENCE)


def test_strokes_go_on_while_steps_arrive_and_none_is_lost_or_interrupted(studio: Studio) -> None:
    page = studio.page
    page.click("#new-layer")
    studio.tool("brush", size=8, color="#dc1e1e", hardness=1, opacity=1)
    before = told(studio)
    started(studio, 40)
    strokes = 0
    while studio.panel.locator("#progress").is_visible() and strokes < 9:
        y = 12 + 26 * strokes
        page.mouse.move(*studio.on_screen((10, y)))
        page.mouse.down()
        held = studio.history()
        page.mouse.move(*studio.on_screen((120, y)), steps=3)
        page.wait_for_timeout(250)  # a slow hand: steps arrive at the bridge meanwhile
        assert studio.history() == held, "something was written in the middle of a stroke"
        page.mouse.move(*studio.on_screen((245, y)), steps=3)
        page.mouse.up()
        studio.settle()
        strokes += 1
        assert told(studio) == before
    wait_until_calm(studio)
    assert strokes >= 2, "the run was over before the painter began"
    assert told(studio) == before
    assert cells(studio, 0).count() == 40
    studio.row(group_of(studio)).get_by_test_id("layer-eye").click()  # the strokes lie below it
    studio.settle()
    for stroke in range(strokes):
        for x in (20, 120, 230):
            assert studio.pixel(x, 12 + 26 * stroke) == RED
    assert studio.history().count("Brush Tool") == strokes


def test_renamed_deleted_moved_and_masked_step_layers_are_understood(studio: Studio) -> None:
    page = studio.page
    started(studio, 12)
    wait_until_calm(studio)
    group = group_of(studio)
    twist_open(studio, group)
    names = step_rows(studio)
    assert len(names) == 12
    # renamed: its name is the painter's, the step is still its own
    row = studio.row(names[1])
    row.get_by_test_id("layer-name").dblclick()
    row.get_by_test_id("layer-rename").fill("the roof")
    page.keyboard.press("Enter")
    # deleted
    studio.row(names[4]).click()
    page.click("#delete-layer")
    # moved by hand
    studio.row(names[6]).get_by_test_id("layer-eye").click()
    studio.row(names[6]).click()
    studio.tool("move")
    studio.drag((100, 100), (130, 112))
    expect(cells(studio, 0).nth(5).locator(".badge")).to_be_visible()
    cells(studio, 0).nth(5).click()
    expect(studio.panel.locator("#onward-title")).to_contain_text("moved")
    # the deleted one stays gone; to look at it brings it back only when the painter says so
    expect(cells(studio, 0)).to_have_count(12)
    assert names[4] not in studio.layers()
    cells(studio, 0).nth(10).click()
    studio.tool("brush")
    studio.panel.locator("#continue").click()
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    wait_until_calm(studio)
    assert "the roof" in studio.layers()
    assert names[4] not in studio.layers()


def test_another_document_in_front_is_left_alone_and_a_closed_one_loses_nothing(
    studio: Studio,
) -> None:
    page = studio.page
    started(studio, 30)
    page.click("#new-document")
    page.fill("#new-width", "200")
    page.fill("#new-height", "120")
    page.click("#new-create")
    studio.settle()
    before = (studio.layers(), told(studio))
    page.wait_for_timeout(1500)
    assert (studio.layers(), told(studio)) == before, "a run wrote into another document"
    page.get_by_test_id("tab").first.click()
    expect(cells(studio, 0)).to_have_count(30, timeout=PATIENCE)
    wait_until_calm(studio)
    # closed in mid-run: the bridge holds the painting, and it can be brought into another document
    paint(studio, "a boat on the water, sunset", 30)
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    page.evaluate("studio.model.close(studio.model.active)")
    studio.settle()
    bring_here(studio, "a boat on the water, sunset")
    expect(studio.panel.locator("#notice.error")).to_be_hidden()
    expect(cells(studio, 0)).to_have_count(30, timeout=PATIENCE)
    wait_until_calm(studio)
    assert "boat" in group_of(studio)


def test_a_locked_layer_and_a_busy_photoshop_cost_no_step_and_a_sentence_at_most(
    studio: Studio,
) -> None:
    page = studio.page
    page.evaluate("studio.faults.busy(3)")
    page.evaluate("studio.faults.failReads(1)")
    started(studio, 10)
    page.wait_for_function(STEP_LAYERS + " === 10", timeout=PATIENCE)
    wait_until_calm(studio)
    twist_open(studio, group_of(studio))
    assert len(step_rows(studio)) == 10
    expect(studio.panel.locator("#notice.error")).to_be_hidden()


def test_a_small_selection_is_painted_in_a_crop_and_the_rest_keeps_every_pixel(
    studio: Studio, tmp_path: Path
) -> None:
    page = studio.page
    page.click("#new-document")
    page.fill("#new-width", "600")
    page.fill("#new-height", "400")
    page.select_option("#new-depth", "16")
    page.select_option("#new-profile", "Display P3")
    page.click("#new-create")
    studio.settle()
    sketch(studio)
    studio.tool("marquee")
    studio.drag((300, 180), (380, 250))
    studio.panel.locator("#source .chip[data-value=composite]").click()
    set_slider(studio, "strength", 90)
    points = [(x, y) for x in range(4, 600, 31) for y in range(4, 400, 29)]
    outside = [(x, y) for x, y in points if not (285 <= x <= 395 and 165 <= y <= 265)]
    before = [studio.pixel(*point) for point in outside]
    inside = [studio.pixel(x, y) for x in range(305, 376, 10) for y in range(185, 246, 10)]
    paint(studio, "a tree on green grass, bright day", 8)
    expect(cells(studio, 0).first).to_be_visible(timeout=PATIENCE)
    wait_until_calm(studio)
    page.screenshot(path=str(tmp_path / "crop.png"))
    assert [studio.pixel(*point) for point in outside] == before
    assert inside != [studio.pixel(x, y) for x in range(305, 376, 10) for y in range(185, 246, 10)]
