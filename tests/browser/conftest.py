"""A real Chromium on the studio: with the bridge behind it, or with its files alone.

browser        a Chromium, Chrome or Edge that is installed; skips where there is none
bridge         a bridge with the embedded model and a store of its own
files_alone    address of a server that gives out the studio's files and nothing else
open_studio    opens a studio in a fresh profile and waits until it stands; fails on page errors
Studio         the open page, and the few things every test does with it
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect, sync_playwright

from bridge import access
from bridge.access import Access
from bridge.studio import POLICY, TYPES, files
from scripts.environment import installed_browser

ROOT = Path(__file__).parent.parent.parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW = {"width": 1440, "height": 900}
Point = tuple[float, float]  # document pixels
expect.set_options(timeout=20_000)  # milliseconds; a machine that also trains is slow


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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this folder; each studio gets a profile of its own."""
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        found = installed_browser(os.environ) or (own if own.is_file() else None)
        if not found:
            pytest.skip("no browser: install Chromium, Chrome or Edge, or set PENTIMENTO_BROWSER")
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """A bridge of its own, as `pentimento serve` starts it: address and token."""
    data = tmp_path_factory.mktemp("bridge")
    command = [sys.executable, "-m", "bridge", "serve", "--port", "0"]
    with (data / "serve.txt").open("w") as printed:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PENTIMENTO_DATA": str(data)},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _found(data, process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _found(data: Path, process: subprocess.Popen[bytes]) -> Access:
    """Where the bridge with this data folder listens, once it does."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if found := access.find(data):
            return found
        time.sleep(0.1)
    raise RuntimeError(f"the bridge did not start:\n{(data / 'serve.txt').read_text()}")


class _Files(BaseHTTPRequestHandler):
    """The studio's files as the bridge sends them, policy and all."""

    served = files()

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].removeprefix("/studio").lstrip("/")
        path = self.served.get(name)
        self.send_response(200 if path else 404)
        if path:
            self.send_header("Content-Type", TYPES[path.suffix])
            self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        if path:
            self.wfile.write(path.read_bytes())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="package")
def files_alone() -> Iterator[str]:
    """The studio without a bridge: painting and the host need none."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_studio(browser: Browser) -> Iterator[Callable[..., Studio]]:
    """`open_studio(address, token="")`: a fresh profile each time; problems fail the test."""
    opened: list[Studio] = []

    def open_one(address: str, token: str = "") -> Studio:
        context = browser.new_context(viewport=WINDOW, accept_downloads=True)  # pyright: ignore[reportArgumentType] - a TypedDict of playwright's
        page = context.new_page()
        studio = Studio(page)
        opened.append(studio)
        page.on("pageerror", lambda error: studio.problems.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{address}/studio" + (f"#token={token}" if token else ""))
        page.wait_for_selector("html[data-ready=true]", timeout=20_000)
        studio.settle()
        return studio

    yield open_one
    for studio in opened:
        studio.page.context.close()
        assert studio.problems == []
