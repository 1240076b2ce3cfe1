"""The live stream in a real Chromium with a real bridge: edits in, the newest frames out.

Screenshots of each stage are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, cast

import numpy as np
import pytest
from playwright.sync_api import expect

from .painter import cells, set_slider, wait_until_calm
from .studio import PATIENCE, SOON, Point, Studio, own_bridge
from .test_regions import add_region

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STILL = 4_000  # milliseconds in which nothing comes
HOUSE: tuple[Point, ...] = ((60, 150), (60, 190), (90, 190), (90, 150))


class Shown(TypedDict):
    """The frame that is seen, as its element says."""

    number: int
    request: str
    seed: int


class Live:
    """The live section of a studio's panel, and all frames that were seen in it."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.picture = studio.panel.locator("#live-picture")
        self.fetched: list[str] = []  # addresses of pictures
        studio.page.on(
            "request",
            lambda request: self.fetched.extend([request.url] * ("/live/" in request.url)),
        )
        # The panel's own window has no MutationObserver, as UXP has none.
        studio.page.evaluate("""() => {
            const panel = document.getElementById("panel").contentDocument;
            const element = panel.getElementById("live-picture");
            element.seen = [];
            const look = () => {
                const { number, request, seed } = element.dataset;
                element.seen.push({ number: Number(number), request, seed: Number(seed) });
            };
            new MutationObserver(look).observe(element, { attributeFilter: ["data-number"] });
        }""")

    def press(self, name: str) -> None:
        """A button: play, step, four, variation, keep."""
        self.studio.panel.locator(f"#live-{name}").click()

    def seen(self) -> list[Shown]:
        """All frames that were seen, the oldest first."""
        return cast("list[Shown]", self.picture.evaluate("element => element.seen"))

    def after(self, count: int) -> list[Shown]:
        """Those after so many, when there is at least one."""
        self.until(count + 1)
        return self.seen()[count:]

    def until(self, count: int) -> None:
        """Wait until so many were seen."""
        for _ in range(SOON // 100):
            if len(self.seen()) >= count:
                return
            self.studio.page.wait_for_timeout(100)
        said = self.studio.panel.locator("#live-says").inner_text()
        raise AssertionError(f"{len(self.seen())} frames of {count} were seen: {said}")

    def until_still(self) -> list[Shown]:
        """Wait until no frame has come for a while; all that were seen."""
        before = -1
        while before != len(self.seen()):
            before = len(self.seen())
            self.studio.page.wait_for_timeout(STILL)
        return self.seen()

    def pixels(self) -> np.ndarray:
        """The picture that is seen, [H, W, 4]."""
        url = self.picture.locator("img").get_attribute("src")
        script = """async (url) => {
            const picture = new Image();
            picture.src = url;
            await picture.decode();
            const canvas = document.createElement("canvas");
            const [width, height] = [picture.naturalWidth, picture.naturalHeight];
            [canvas.width, canvas.height] = [width, height];
            const brush = canvas.getContext("2d");
            brush.drawImage(picture, 0, 0);
            return [width, height, ...brush.getImageData(0, 0, width, height).data];
        }"""
        width, height, *data = cast("list[int]", self.studio.page.evaluate(script, url))
        return np.array(data, np.uint8).reshape(height, width, 4)


def words(studio: Studio, prompt: str) -> None:
    """The prompt, nothing to start from."""
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    studio.panel.locator("#prompt textarea").fill(prompt)


def canvas(studio: Studio) -> np.ndarray:
    """What the document shows, [H, W, 4]."""
    script = """() => {
        const { width, height } = document.getElementById("canvas");
        const brush = document.getElementById("canvas").getContext("2d");
        return [width, height, ...brush.getImageData(0, 0, width, height).data];
    }"""
    width, height, *data = cast("list[int]", studio.page.evaluate(script))
    return np.array(data, np.uint8).reshape(height, width, 4)


def hand(studio: Studio) -> list[int]:
    """The active layers."""
    return cast("list[int]", studio.page.evaluate("() => [...studio.model.active.state.active]"))


def test_a_stroke_is_seen_in_the_next_frame_and_a_scene_that_rests_costs_nothing(
    studio: Studio,
) -> None:
    live = Live(studio)
    live.press("play")
    expect(studio.panel.locator("#live-says")).to_contain_text("Nothing to show yet")
    words(studio, "green grass, bright day")
    live.until(1)
    add_region(studio, "a house", HOUSE)
    live.until_still()
    seen, pictures, fetched = live.seen(), live.pixels(), len(live.fetched)
    history, active = studio.history(), hand(studio)
    studio.shot("live-1-play")
    studio.page.wait_for_timeout(STILL)
    assert live.seen() == seen
    assert len(live.fetched) == fetched
    assert np.array_equal(live.pixels(), pictures)

    studio.drag((150, 170), (200, 170))
    (stroke, *more) = live.after(len(seen))
    assert stroke["request"] != seen[-1]["request"]
    assert stroke["seed"] == seen[-1]["seed"]
    assert more == []
    there = np.abs(live.pixels().astype(int) - pictures)[140:200, 140:210, :3].mean()
    assert there > 1, "the house's ground reaches to the right now"
    assert studio.history() == [*history, "Brush Tool"]
    assert hand(studio) == active
    facts = studio.panel.locator("#live-facts").inner_text()
    assert f"seed {stroke['seed']}" in facts
    assert "frames/s" in facts
    # Undone, the scene is what it was; so is its picture, to the bit.
    studio.page.locator("#undo").click()
    undone = live.after(len(seen) + 1)[-1]
    assert undone["request"] not in (stroke["request"], seen[-1]["request"])
    assert np.array_equal(live.pixels(), pictures)
    studio.shot("live-2-undone")


def test_variation_plays_on_until_it_is_paused_a_step_is_one_frame_and_four_are_four(
    studio: Studio,
) -> None:
    live = Live(studio)
    words(studio, "a boat on the sea, sunset")
    live.press("step")
    live.until(1)
    assert len(live.until_still()) == 1
    live.press("variation")
    live.press("four")
    live.until(5)
    four = live.until_still()[1:]
    assert len(four) == 4
    assert len({frame["request"] for frame in four}) == 1
    assert len({frame["seed"] for frame in four}) == 4
    live.press("play")
    live.until(5 + 6)
    studio.shot("live-3-variation")
    live.press("play")
    played = live.until_still()[5:]  # with what was on its way
    assert len({frame["seed"] for frame in played}) == len(played)
    fetched = len(live.fetched)
    studio.panel.locator("#prompt textarea").fill("a tree, night")
    studio.page.wait_for_timeout(STILL)
    assert live.seen()[5:] == played
    assert len(live.fetched) == fetched


def test_a_kept_frame_is_a_painting_that_ends_in_its_picture(studio: Studio) -> None:
    live = Live(studio)
    words(studio, "a hill under the moon, night")
    add_region(studio, "a house", HOUSE)
    live.press("variation")
    live.press("four")
    live.until(4)
    seen, frame = live.seen()[-1], live.pixels()
    studio.panel.locator("#prompt textarea").fill("something else")
    live.press("keep")
    steps = cells(studio, 0)
    expect(steps.first).to_be_visible(timeout=PATIENCE)
    wait_until_calm(studio)
    assert steps.count() > 1
    assert np.abs(canvas(studio).astype(int) - frame).max() <= 1
    assert live.seen()[-1] == seen
    studio.shot("live-4-kept")
    # Its steps go back and on like any painting's.
    steps.nth(1).click()
    studio.panel.locator("#continue").click()
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    wait_until_calm(studio)


def test_while_a_painting_is_made_it_stands_still_and_says_so(studio: Studio) -> None:
    live = Live(studio)
    words(studio, "the sea, bright day")
    live.press("variation")
    live.press("play")
    live.until(2)
    set_slider(studio, "steps", 20)
    studio.panel.locator("#paint").click()
    says = studio.panel.locator("#live-says")
    expect(says).to_contain_text("Stands still", timeout=PATIENCE)
    studio.shot("live-5-waits")
    expect(says).to_be_hidden(timeout=PATIENCE)
    live.until(len(live.seen()) + 2)
    live.press("play")


def test_after_a_break_it_goes_on_by_itself(
    open_studio: Callable[..., Studio], tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with own_bridge(tmp_path, port) as bridge:
        studio = open_studio(bridge.address, bridge.token)
        live = Live(studio)
        words(studio, "green grass, bright day")
        live.press("play")
        live.until(1)
        live.until_still()
        first, picture = live.seen()[-1], live.pixels()
    expect(studio.panel.locator("#outage")).to_be_visible(timeout=PATIENCE)
    expect(studio.panel.locator("#live-says")).to_contain_text("No bridge")
    studio.shot("live-6-lost")
    count = len(live.seen())
    with own_bridge(tmp_path, port):
        again = live.after(count)[-1]
        assert again["request"] != first["request"]
        assert np.array_equal(live.pixels(), picture)
        expect(studio.panel.locator("#live-says")).to_be_hidden()
