"""A real Chromium on the studio: with the bridge behind it, or with its files alone.

browser        a Chromium, Chrome or Edge that is installed; skips where there is none
bridge         a bridge with the embedded model and a store of its own
files_alone    address of a server that gives out the studio's files and nothing else
open_studio    opens a studio in a fresh profile and waits until it stands; fails on page errors
studio         one that is paired and whose model is loaded
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from bridge.http.studio import POLICY, TYPES, files
from scripts.environment import installed_browser

from .studio import PATIENCE, SOON, Bridge, Studio, own_bridge

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
expect.set_options(timeout=SOON)


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


@pytest.fixture(scope="session")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """A bridge with the embedded model, as `pentimento serve` starts it; many files share it."""
    with own_bridge(tmp_path_factory.mktemp("data")) as own:
        yield own


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
    """`open_studio(address, token="", habits="")`: a fresh profile; problems fail the test."""
    opened: list[Studio] = []

    def open_one(address: str, token: str = "", habits: str = "") -> Studio:
        context = browser.new_context(viewport=WINDOW, accept_downloads=True)  # pyright: ignore[reportArgumentType] - a TypedDict of playwright's
        context.set_default_timeout(SOON)
        page = context.new_page()
        studio = Studio(page)
        opened.append(studio)
        page.on("pageerror", lambda error: studio.problems.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        asked = f"?habits={habits}" if habits else ""
        page.goto(f"{address}/studio/{asked}" + (f"#token={token}" if token else ""))
        page.wait_for_selector("html[data-ready=true]")
        studio.settle()
        return studio

    yield open_one
    for studio in opened:
        studio.page.context.close()
        assert studio.problems == []


@pytest.fixture
def studio(open_studio: Callable[..., Studio], bridge: Bridge) -> Studio:
    """A studio that is paired with the bridge, whose model is loaded."""
    studio = open_studio(bridge.address, bridge.token)
    expect(studio.panel.locator("#status")).to_contain_text("embedded", timeout=PATIENCE)
    return studio
