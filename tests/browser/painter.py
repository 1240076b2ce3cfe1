"""What a painter does in the studio."""

from __future__ import annotations

import time

from playwright.sync_api import Locator

from .studio import PATIENCE, Studio


def sketch(studio: Studio) -> None:
    """Sky, grass and a sun: what a painter begins with."""
    for color, rows in (("#5aa5e0", range(20, 130, 30)), ("#4c9a3f", range(160, 256, 30))):
        studio.tool("brush", size=60, color=color, hardness=0.8, opacity=1)
        for y in rows:
            studio.drag((5, y), (250, y))
    studio.tool("brush", size=30, color="#f7e27a")
    studio.drag((60, 50), (62, 52))


def set_slider(studio: Studio, name: str, value: int) -> None:
    """Move a slider of the panel."""
    slider = studio.panel.locator(f"#{name}")
    slider.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }",
        value,
    )


def paint(studio: Studio, prompt: str, steps: int) -> None:
    """Fill in a prompt and press Paint."""
    studio.panel.locator("#prompt textarea").fill(prompt)
    set_slider(studio, "steps", steps)
    studio.panel.locator("#paint").click()


def type_token(studio: Studio, token: str) -> None:
    """Pair by hand: unfold the field where it is folded, fill it in, press the button."""
    field = studio.panel.locator("#token input")
    if not field.is_visible():
        studio.panel.locator("#more-token").click()
    field.fill(token)
    studio.panel.locator("#pair").click()


def cells(studio: Studio, line: int) -> Locator:
    """The thumbnails of a line of the timeline."""
    return studio.panel.locator(".line").nth(line).locator(".cell")


def wait_until_calm(studio: Studio) -> None:
    """Until nothing is painted any more and every layer has its finest picture."""
    studio.panel.locator("#progress").wait_for(state="hidden", timeout=PATIENCE)
    calm_since, before = time.monotonic(), studio.history()
    while time.monotonic() - calm_since < 2:
        studio.page.wait_for_timeout(200)
        if (now := studio.history()) != before:
            calm_since, before = time.monotonic(), now


def twist_open(studio: Studio, group: str) -> None:
    """Open a group in the layer list."""
    studio.row(group).get_by_test_id("layer-twist").click()
    studio.settle()


def step_rows(studio: Studio) -> list[str]:
    """Names of the step layers in the list, top first."""
    return [name for name in studio.layers() if " · σ " in name]


def bring_here(studio: Studio, prompt: str) -> None:
    """Into the open document: a painting that the bridge holds and that lies in none.

    The panel unfolds their list too, when one that is being painted comes to it: looking whether
    it is folded and pressing are one act here, or the second may fold what the panel unfolded.
    """
    row = studio.panel.locator("#strays .row", has_text=prompt)
    row.wait_for(state="attached", timeout=PATIENCE)
    folded = 'document.getElementById("strays").classList.contains("gone")'
    studio.panel.locator("#more-strays").evaluate(f"toggle => {folded} && toggle.click()")
    row.locator(".chip").click()
