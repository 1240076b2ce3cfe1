"""The live stream in a real Chromium with a real bridge: edits in, the newest frames out.

Screenshots of each stage are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

from typing import TypedDict, cast

import pytest
from playwright.sync_api import expect

from .painter import wait_until_calm
from .studio import PATIENCE, Studio
from .test_regions import add_region

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOON = 120_000  # milliseconds for a frame on a machine that also trains
STILL = 3_000  # milliseconds in which nothing comes


class Shown(TypedDict):
    """The frame that is seen, as its element says."""

    number: int
    request: str
    seed: int


def shown(studio: Studio) -> Shown:
    """What the picture that is seen is."""
    script = (
        "({ number, request, seed }) => ({ number: Number(number), request, seed: Number(seed) })"
    )
    data = studio.panel.locator("#live-picture").evaluate(f"e => ({script})(e.dataset)")
    return cast("Shown", data)


def pixels(studio: Studio) -> bytes:
    """The picture that is seen, RGBA."""
    url = studio.panel.locator("#live-picture img").get_attribute("src")
    script = """async (url) => {
        const picture = new Image();
        picture.src = url;
        await picture.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
        const brush = canvas.getContext("2d");
        brush.drawImage(picture, 0, 0);
        return [...brush.getImageData(0, 0, canvas.width, canvas.height).data];
    }"""
    return bytes(cast("list[int]", studio.page.evaluate(script, url)))


def newer(studio: Studio, than: Shown | None) -> Shown:
    """Wait for a frame of another state."""
    picture = studio.panel.locator("#live-picture")
    expect(picture).to_be_visible(timeout=SOON)
    if than is not None:
        expect(picture).not_to_have_attribute("data-request", than["request"], timeout=SOON)
    return shown(studio)


def test_play(studio: Studio) -> None:
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    studio.panel.locator("#prompt textarea").fill("green grass, bright day")
    add_region(studio, "a house", ((50, 150), (50, 190), (80, 190)))
    studio.panel.locator("#live-play").click()
    first = newer(studio, None)
    studio.shot("live-1-play")
    history = studio.history()
    seen = pixels(studio)
    studio.page.wait_for_timeout(STILL)
    assert shown(studio) == first
    assert pixels(studio) == seen
    studio.drag((60, 170), (120, 170))
    second = newer(studio, first)
    assert pixels(studio) != seen
    assert len(studio.history()) == len(history) + 1
    print(first, second, studio.panel.locator("#live-facts").inner_text())
    studio.panel.locator("#live-keep").click()
    expect(studio.panel.locator(".line")).to_have_count(1, timeout=PATIENCE)
    wait_until_calm(studio)
    studio.shot("live-2-kept")
