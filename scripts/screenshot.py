"""docs/studio.png: the program at work, painted by itself.

A bridge of its own, a real Chromium, a sketch; the model paints it, a step is painted on, and a
second line goes on from there. Run it from the checkout: python scripts/screenshot.py [FILE]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tests' studio and painter are not installed

from playwright.sync_api import expect, sync_playwright  # noqa: E402 - needs the path above

from scripts.environment import installed_browser  # noqa: E402 - likewise
from tests.browser.conftest import FLAGS  # noqa: E402 - likewise
from tests.browser.painter import (  # noqa: E402 - likewise
    cells,
    paint,
    set_slider,
    step_rows,
    twist_open,
    wait_until_calm,
)
from tests.browser.studio import PATIENCE, Studio, own_bridge  # noqa: E402 - likewise

PROMPT = "a house in the middle of a meadow on a sunny day"
AND_THEN = "a tree on the left and a house in the middle of a meadow on a sunny day"
STEPS = 9
SEED = "7"
SKETCH = (  # colour, size in pixels, strokes
    ("#5aa5e0", 60, [((5, y), (250, y)) for y in range(20, 150, 30)]),
    ("#5aa845", 60, [((5, y), (250, y)) for y in range(180, 256, 30)]),
    ("#f7e27a", 30, [((205, 45), (206, 46))]),
    ("#efe3c8", 34, [((110, 165), (150, 165)), ((110, 185), (150, 185))]),
    ("#b23a2a", 22, [((92, 140), (130, 112), (168, 140)), ((112, 138), (150, 138))]),
)
TREE = (  # what is painted on a step
    ("#6b4426", 10, [((52, 200), (52, 160))]),
    ("#2f7a35", 44, [((44, 148), (62, 140), (52, 126))]),
)
PAINTED_ON = 1  # which of the line's steps, from 0


def main(file: Path) -> None:
    """Write the picture."""
    browser = installed_browser(os.environ)
    with (
        tempfile.TemporaryDirectory() as data,
        own_bridge(Path(data)) as bridge,
        sync_playwright() as playwright,
    ):
        window = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = window.new_page(viewport={"width": 1280, "height": 1010})
        page.goto(f"{bridge.address}/studio#token={bridge.token}")
        page.wait_for_selector("html[data-ready=true]")
        studio = Studio(page)
        expect(studio.panel.locator("#status")).to_contain_text("embedded", timeout=PATIENCE)
        strokes(studio, SKETCH)
        fill_in(studio)
        expect(cells(studio, 0).first).to_be_visible(timeout=PATIENCE)
        wait_until_calm(studio)
        go_on(studio)
        page.mouse.move(5, 5)
        page.screenshot(path=str(file))
        window.close()
    print(f"{file} is written")


def strokes(
    studio: Studio, painted: tuple[tuple[str, int, list[tuple[tuple[int, int], ...]]], ...]
):
    """Paint on the active layer."""
    for color, size, lines in painted:
        studio.tool("brush", size=size, color=color, hardness=0.8, opacity=1)
        for line in lines:
            studio.drag(*line)


def fill_in(studio: Studio) -> None:
    """The panel's fields, and Paint."""
    panel = studio.panel
    panel.locator("#more-settings").click()
    panel.locator("#seed input").fill(SEED)
    panel.locator("#seed input").press("Enter")
    panel.locator("#more-settings").click()
    set_slider(studio, "strength", 70)
    paint(studio, PROMPT, STEPS)


def go_on(studio: Studio) -> None:
    """Paint a tree on a step and continue from it."""
    cells(studio, 0).nth(PAINTED_ON).click()
    twist_open(studio, studio.layers()[0])
    rows = step_rows(studio)
    studio.row(rows[len(rows) - 1 - PAINTED_ON]).click()
    strokes(studio, TREE)
    studio.panel.locator(".badge:visible").wait_for()
    panel = studio.panel
    panel.locator("#mode").click()
    panel.locator("#mode sp-menu-item", has_text="Hold").click()
    panel.locator("#more-onward").click()
    panel.locator("#onward-prompt textarea").fill(AND_THEN)
    panel.locator("#more-onward").click()
    panel.locator("#continue").click()
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    wait_until_calm(studio)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "studio.png")
