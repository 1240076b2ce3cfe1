"""Regions in a real Chromium with a real bridge: brushes of their own, blended and isolated.

Screenshots of each stage are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import expect

from .painter import cells, paint, set_slider, twist_open, wait_until_calm
from .studio import PATIENCE, Bridge, Point, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 12


def add_region(studio: Studio, prompt: str, *strokes: tuple[Point, ...]) -> None:
    """A new region, its words, and strokes with the brush that it puts into the hand."""
    rows = studio.panel.locator("#regions .region")
    count = rows.count()
    studio.panel.locator("#region-new").click()
    expect(rows).to_have_count(count + 1)
    studio.panel.locator("#region-prompt textarea").fill(prompt)
    studio.row(prompt).wait_for()
    studio.page.wait_for_function(
        "name => studio.model.active.state.layers.find("
        "layer => layer.name === name)?.id === studio.model.active.state.active[0]",
        arg=prompt,
    )
    colour = studio.page.evaluate("studio.settings.values().color")
    studio.tool("brush", size=56, hardness=0.9, opacity=1, color=colour)
    for stroke in strokes:
        studio.drag(*stroke)


def mean(studio: Studio, left: int, top: int, right: int, bottom: int) -> list[float]:
    """Mean red, green, blue of a part of the canvas."""
    script = """([x, y, wide, high]) => {
        const canvas = document.getElementById("canvas").getContext("2d");
        const { data } = canvas.getImageData(x, y, wide, high);
        const sums = [0, 0, 0];
        for (let i = 0; i < data.length; i += 1) if (i % 4 < 3) sums[i % 4] += data[i];
        return sums.map((sum) => sum / (data.length / 4));
    }"""
    found = studio.page.evaluate(script, [left, top, right - left, bottom - top])
    return cast("list[float]", found)


def test_two_regions_are_painted_blended_and_isolated_and_travel_with_the_document(
    studio: Studio, open_studio: Callable[..., Studio], bridge: Bridge, tmp_path: Path
) -> None:
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    add_region(studio, "a house", ((50, 150), (50, 190), (80, 190), (80, 150), (50, 150)))
    add_region(studio, "a tree", ((190, 110), (190, 200), (205, 200), (205, 110)))
    # The topmost first.
    expect(studio.panel.locator(".region-name")).to_have_text(["a tree", "a house"])
    house, tree = studio.pixel(60, 170), studio.pixel(195, 160)
    assert house != tree, "each has a colour of its own"
    studio.panel.locator("#regions .region").first.click()  # close the fields
    studio.shot("regions-1-brushes")

    paint(studio, "green grass, bright day", STEPS)
    expect(studio.panel.locator(".line")).to_have_count(1, timeout=PATIENCE)
    wait_until_calm(studio)
    studio.shot("regions-2-blend")
    assert cells(studio, 0).count() == STEPS

    for row in studio.panel.locator(".region-mode").all():
        row.click()
    expect(studio.panel.locator(".region-mode").first).to_have_text("isolate")
    expect(studio.panel.locator(".region-mode").last).to_have_text("isolate")
    paint(studio, "green grass, bright day", STEPS)
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    wait_until_calm(studio)
    studio.shot("regions-3-isolate")
    # One region goes back and is painted anew; far from it nothing changes.
    cells(studio, 1).nth(6).click()
    studio.panel.locator("#regions .region").first.click()
    studio.panel.locator("#region-prompt textarea").fill("a tree, night")
    studio.panel.locator("#region-back").click()
    expect(studio.panel.locator(".line")).to_have_count(3, timeout=PATIENCE)
    wait_until_calm(studio)
    cells(studio, 1).last.click()
    studio.settle()
    before = mean(studio, 20, 120, 110, 230), mean(studio, 180, 100, 215, 210)
    cells(studio, 2).last.click()
    studio.settle()
    after = mean(studio, 20, 120, 110, 230), mean(studio, 180, 100, 215, 210)
    assert after[0] == before[0], "the house is as it was"
    assert after[1] != before[1]
    studio.shot("regions-4-one-goes-back")

    twist_open(studio, [row for row in studio.layers() if row.startswith("Painting ")][-1])
    twist_open(studio, "inputs")
    masks = [row for row in studio.layers() if row.startswith("regions.")]
    assert masks == ["regions.1.mask", "regions.0.mask"]

    with studio.page.expect_download() as download:
        studio.page.locator("#save-psd").click()
    file = tmp_path / "regions.psd"
    download.value.save_as(file)
    again = open_studio(bridge.address, bridge.token)
    again.page.locator("#file").set_input_files(file)
    expect(again.panel.locator(".region")).to_have_count(2, timeout=PATIENCE)
    assert [row.inner_text() for row in again.panel.locator(".region-mode").all()] == [
        "isolate"
    ] * 2
    again.panel.locator("#regions .region").last.click()
    expect(again.panel.locator("#region-prompt textarea")).to_have_value("a house")
    again.panel.locator("#source .chip[data-value=layer]").click()
    expect(again.panel.locator("#size")).to_contain_text("“a house” only says where")
    set_slider(again, "region-alpha", 50)
    expect(again.panel.locator("#region-alpha-value")).to_have_text("0.50")
    again.shot("regions-5-reopened")
