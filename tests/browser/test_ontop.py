"""What you see is what your brush touches: in a real Chromium, with real pointer and key events.

Screenshots of each stage are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .painter import cells, paint, sketch, wait_until_calm
from .studio import PATIENCE, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 8  # of which a part is painted: the sketch stands for the first ones


def shown(studio: Studio) -> list[tuple[int, ...]]:
    """What the canvas shows, at some of its pixels."""
    return [studio.pixel(x, y) for x in range(4, 256, 12) for y in range(4, 256, 12)]


def from_the_layer(studio: Studio) -> None:
    """A first painting of the active layer, which is the sketch."""
    sketch(studio)
    studio.panel.locator("#source .chip[data-value=layer]").click()
    paint(studio, "a house on green grass, bright day", STEPS)
    expect(cells(studio, 0).nth(3)).to_be_visible(timeout=PATIENCE)
    wait_until_calm(studio)


def active(studio: Studio) -> str:
    """Name of the active layer."""
    script = """() => {
        const all = (layers) => layers.flatMap((one) => [one, ...all(one.layers)]);
        const { layers, active } = studio.model.active.state;
        return all(layers).find((one) => one.id === active[0])?.name ?? "";
    }"""
    return studio.page.evaluate(script)


def test_a_second_painting_of_the_same_layer_is_seen(studio: Studio) -> None:
    from_the_layer(studio)
    before, brush = shown(studio), active(studio)
    paint(studio, "the sea at night, a red boat", STEPS)
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    expect(cells(studio, 1).nth(3)).to_be_visible(timeout=PATIENCE)
    wait_until_calm(studio)
    studio.shot("ontop-1-second")
    changed = sum(a != b for a, b in zip(before, shown(studio), strict=True))
    assert changed > len(before) // 2, f"{changed} of {len(before)} pixels"
    assert active(studio) == brush


def test_a_stroke_after_a_click_on_a_step_is_on_that_step_and_seen(studio: Studio) -> None:
    from_the_layer(studio)
    cells(studio, 0).nth(2).click()
    studio.page.wait_for_function(
        "() => studio.model.active.state.active.length === 1", timeout=PATIENCE
    )
    expect(studio.panel.locator("#onward-brush")).to_be_hidden(timeout=PATIENCE)
    studio.settle()
    title = studio.panel.locator(".cell.selected").get_attribute("title") or ""
    assert title.startswith(f"Step {active(studio).split(' · ')[0]},")
    studio.tool("brush", size=40, color="#ff00ff", hardness=1, opacity=1)
    studio.drag((100, 100), (150, 100))
    assert studio.pixel(125, 100)[:3] == (255, 0, 255)
    expect(studio.panel.locator(".cell .badge:not(.gone)")).to_have_count(1, timeout=PATIENCE)
    studio.shot("ontop-2-stroke")

    before = active(studio)
    cells(studio, 0).nth(3).focus()
    studio.page.keyboard.press("Enter")
    expect(cells(studio, 0).nth(3)).to_have_class(re.compile("selected"))
    expect(studio.panel.locator("#onward-brush")).to_be_hidden(timeout=PATIENCE)
    studio.settle()
    assert int(active(studio).split(" · ")[0]) == int(before.split(" · ")[0]) + 1
