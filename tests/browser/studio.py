"""The open studio as tests see it, and a bridge of one's own behind it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from playwright.sync_api import FrameLocator, Locator, Page

ROOT = Path(__file__).parents[2]
SOON = 120_000  # milliseconds for a page or a frame, on a machine that also does other work
PATIENCE = 600_000  # milliseconds; on two busy cores loading a model may take minutes
Point = tuple[float, float]  # document pixels


@dataclass
class Studio:
    """An open studio. Points are document pixels, whatever the zoom."""

    page: Page
    problems: list[str] = field(default_factory=list[str])  # errors on the page and its console

    @property
    def panel(self) -> FrameLocator:
        """The panel's page."""
        return self.page.frame_locator("#panel")

    def layers(self) -> list[str]:
        """Names in the layer list, top first, closed groups closed."""
        return [row.get_attribute("data-name") or "" for row in self.rows().all()]

    def rows(self) -> Locator:
        """The layer list's rows."""
        return self.page.get_by_test_id("layer-row")

    def row(self, name: str) -> Locator:
        """The row of the layer with that name."""
        return self.page.locator(f'[data-testid="layer-row"][data-name="{name}"]')

    def tool(self, name: str, **settings: float | str) -> None:
        """Take a tool and set it: size, hardness, opacity, color, feather."""
        self.page.evaluate("changes => studio.settings.set(changes)", {"tool": name, **settings})

    def drag(self, *points: Point, modifiers: tuple[str, ...] = ()) -> None:
        """Press at the first point, go along the others, let go; wait until it is done."""
        mouse = self.page.mouse
        for key in modifiers:
            self.page.keyboard.down(key)
        mouse.move(*self.on_screen(points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.on_screen(point), steps=4)
        mouse.up()
        for key in modifiers:
            self.page.keyboard.up(key)
        self.settle()

    def settle(self) -> None:
        """Wait until no stroke is under way and the screen shows the document."""
        self.page.wait_for_function("!studio.model.busy")
        self.page.evaluate("() => new Promise(d => requestAnimationFrame(() => setTimeout(d, 30)))")

    def on_screen(self, point: Point) -> Point:
        """Where a document's point is in the window."""
        script = """([x, y]) => {
            const { left, top } = studio.view.stage.getBoundingClientRect();
            const pan = studio.view.pan(), zoom = studio.view.zoom();
            return [left + pan.x + x * zoom, top + pan.y + y * zoom];
        }"""
        x, y = cast("list[float]", self.page.evaluate(script, list(point)))
        return x, y

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        """The colour that the canvas shows at a document's pixel: red, green, blue, alpha."""
        script = """([x, y]) => [...document.getElementById("canvas")
            .getContext("2d").getImageData(x, y, 1, 1).data]"""
        return tuple(cast("list[int]", self.page.evaluate(script, [x, y])))

    def history(self) -> list[str]:
        """Names of the active document's history states."""
        script = "() => studio.model.active.history.map(state => state.name)"
        return cast("list[str]", self.page.evaluate(script))

    def shot(self, name: str) -> None:
        """A screenshot, where PENTIMENTO_SHOTS names a folder for them."""
        if folder := os.environ.get("PENTIMENTO_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


@dataclass
class Bridge:
    """A bridge on a free port and in a folder of its own."""

    process: subprocess.Popen[str]
    address: str
    token: str


@contextmanager
def own_bridge(data: Path, port: int = 0) -> Generator[Bridge]:
    """A bridge for as long as the context lasts; port 0: any free one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "PENTIMENTO_DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"(http://\S+?)/studio\S*#token=(\S+)", said)):
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the bridge ended: {said}")
            said += line
        yield Bridge(process, found[1], found[2])
    finally:
        process.terminate()
        process.wait(timeout=60)
