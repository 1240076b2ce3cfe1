"""The panel's start in a real Chromium: from the checkout and as it is packaged, and never empty.

Screenshots at 320 pixels, as wide as a docked panel, are written to PENTIMENTO_SHOTS when that
names a folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from scripts.package_plugin import ROOT, files_of

from .painter import cells, paint, set_slider, wait_until_calm
from .studio import PATIENCE, SOON, Bridge, Studio

pytestmark = pytest.mark.browser

NARROW = "document.getElementById('panel').style.width = '320px'"
FEW_STEPS = 4
AT_ONCE = 20  # milliseconds; with a later set-up the habit makes no panel


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a profile of its own; a test may give it other files before it loads anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SOON)
    yield context.new_page()
    context.close()


def serve(page: Page, files: dict[str, bytes]) -> None:
    """Give the page these files of the plugin's in place of the server's, and no others."""
    kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}

    def answer(route: Route) -> None:
        name = route.request.url.partition("?")[0].rpartition("/")[2]
        if name in files:
            kind = kinds.get(Path(name).suffix, "application/octet-stream")
            route.fulfill(body=files[name], content_type=f"{kind}; charset=utf-8")
        else:
            route.fulfill(status=404)

    page.route("**/studio/panel/**", answer)
    page.route("**/studio/manifest.json", answer)


def change(page: Page, file: str, old: str, new: str) -> None:
    """One file of the panel's, changed on its way."""
    text = (ROOT / "ps-plugin" / file).read_text("utf-8")
    assert old in text
    kind = "text/html" if file.endswith(".html") else "text/javascript"
    changed = text.replace(old, new, 1)
    page.route(
        f"**/studio/panel/{file}",
        lambda route: route.fulfill(body=changed, content_type=f"{kind}; charset=utf-8"),
    )


def opened(page: Page, address: str, asked: str = "") -> Studio:
    """The studio, ready, with its panel as wide as a docked one."""
    studio = Studio(page)
    page.on("pageerror", lambda error: studio.problems.append(str(error)))
    page.goto(f"{address}/studio/{asked}")
    page.wait_for_selector("html[data-ready=true]")
    return studio


def shot(studio: Studio, name: str) -> None:
    """The panel alone, 320 pixels wide."""
    studio.page.evaluate(NARROW)
    if folder := os.environ.get("PENTIMENTO_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        studio.page.locator("#panel").screenshot(path=str(Path(folder) / f"{name}.png"))


def set_up_after(studio: Studio) -> float:
    """Milliseconds from the page's first script to its entry points."""
    passed = studio.page.evaluate("studio.panel().entry.setupMs()")
    assert isinstance(passed, float | int)
    return passed


@pytest.mark.parametrize("habits", ["", "?habits=rootBase,lateSetup"])
@pytest.mark.parametrize("packaged", [False, True])
def test_the_panel_starts_with_its_style_and_its_setup_is_soon(
    page: Page, files_alone: str, habits: str, packaged: bool
):
    if packaged:
        serve(page, files_of(ROOT))
    for _ in range(4):  # other programs may hold it up
        studio = opened(page, files_alone, habits)
        if 0 <= set_up_after(studio) < AT_ONCE:
            break
    else:
        studio = opened(page, files_alone, habits)
    assert 0 <= set_up_after(studio) < AT_ONCE
    expect(studio.panel.locator("#start-unix")).to_be_visible()
    expect(studio.panel.locator("#starting")).to_have_text("")
    display = "getComputedStyle(document.getElementById('pentimento')).flexDirection"
    assert studio.panel.locator("#pentimento").evaluate(f"() => {display}") == "column"
    assert studio.problems == []
    assert studio.page.evaluate("studio.panel().reports") == []


@pytest.mark.slow
def test_the_packaged_panel_paints(page: Page, bridge: Bridge):
    serve(page, files_of(ROOT))
    studio = opened(page, bridge.address, f"?habits=rootBase#token={bridge.token}")
    expect(studio.panel.locator("#status")).to_contain_text("embedded", timeout=PATIENCE)
    set_slider(studio, "strength", 100)
    paint(studio, "a red house on green grass", FEW_STEPS)
    expect(cells(studio, 0).nth(FEW_STEPS - 1)).to_be_visible(timeout=PATIENCE)
    wait_until_calm(studio)
    assert any(name.startswith("Painting ") for name in studio.layers())
    assert studio.problems == []


FAILURES = {
    "a-file-is-missing": ("actions/panel.js", None, "", r"Module not found"),
    "making-throws": (
        "view/view.js",
        "const dom =",
        'throw new Error("no dom"); const dom =',
        "no dom",
    ),
    "setup-is-refused": ("start.js", "panels: { pentimento:", "panels: { another:", "no panel"),
    "no-host": ("start.js", 'require("uxp");', 'require("no host");', "no host"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_where_it_fails_the_panel_says_what_to_do(page: Page, files_alone: str, name: str):
    file, old, new, says = FAILURES[name]
    if old is None:
        page.route(f"**/studio/panel/{file}", lambda route: route.fulfill(status=404))
    else:
        change(page, file, old, new)
    studio = opened(page, files_alone)
    starting = studio.panel.locator("#starting")
    expect(starting).to_contain_text("Pentimento could not start.")
    expect(starting).to_contain_text("Photoshop 25.0 or newer")
    expect(starting.locator("textarea")).to_have_value(re.compile(says))
    expect(studio.panel.locator("#pentimento")).to_be_hidden()
    shot(studio, f"start-{name}")
    inside = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    width, room = studio.panel.locator("body").evaluate(f"() => {inside}")
    assert width <= room, "nothing is cut off at the side"


def test_without_any_script_the_panel_is_not_empty(page: Page, files_alone: str):
    page.route("**/studio/panel/start.js", lambda route: route.fulfill(status=404))
    studio = opened(page, files_alone)
    expect(studio.panel.locator("#starting")).to_contain_text("Pentimento is starting…")
    expect(studio.panel.locator("#pentimento")).to_be_hidden()
    shot(studio, "start-no-script")


def test_a_setup_that_came_late_is_told_of_and_the_panel_can_be_started_all_the_same(
    page: Page, files_alone: str
):
    slow = "const end = performance.now() + 60; while (performance.now() < end);\n"
    change(page, "start.js", '"use strict";', slow)
    studio = opened(page, files_alone, "?habits=lateSetup")
    expect(studio.panel.locator("#starting")).to_contain_text("not opened this panel yet")
    shot(studio, "start-late")
    assert any("_isSet" in problem for problem in studio.problems)
    studio.panel.locator("#starting [role=button]").click()
    expect(studio.panel.locator("#start-unix")).to_be_visible()
    expect(studio.panel.locator("#starting")).to_have_text("")


def test_errors_that_nobody_caught_leave_the_panel_as_it_is(page: Page, files_alone: str):
    studio = opened(page, files_alone)
    expect(studio.panel.locator("#start-unix")).to_be_visible()
    studio.page.evaluate(
        """() => {
            const { window } = studio.panel();
            window.setTimeout(() => { throw new Error("nobody caught me"); });
            new window.Function("void Promise.reject(new Error('nor me'))")();
        }"""
    )
    studio.page.wait_for_timeout(300)
    assert len(studio.problems) == 2
    expect(studio.panel.locator("#start-unix")).to_be_visible()
    expect(studio.panel.locator("#starting")).to_have_text("")
