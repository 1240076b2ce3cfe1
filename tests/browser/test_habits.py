"""The main job in a real Chromium on hosts of every habit: each alone, and all at once.

ps-plugin/studio/photoshop/habits.js lists them; tests/ps-plugin/main_job.test.js does the same in
Node.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .painter import cells, paint, twist_open, wait_until_calm
from .studio import PATIENCE, ROOT, Bridge, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 4
LISTED = re.search(
    r"const HABITS = \{(.*?)\};", (ROOT / "ps-plugin/studio/photoshop/habits.js").read_text(), re.S
)
assert LISTED
# how late a setup is depends on the machine, and is held by tests/ps-plugin/start.test.js
HABITS = [name for name in re.findall(r"^  (\w+):", LISTED[1], re.M) if name != "lateSetup"]
SAVING = "forgetfulSave"  # of these the document is saved, too


def stroke_on_step(studio: Studio, number: int) -> None:
    """Look at a step and lay a red stroke on its layer."""
    cell = cells(studio, 0).nth(number)
    cell.click()
    found = re.match(r"Step (\d+),", cell.get_attribute("title") or "")
    assert found
    row = studio.page.locator(f'[data-testid="layer-row"][data-name^="{found[1]} · "]')
    if not row.is_visible():
        twist_open(studio, next(name for name in studio.layers() if name.startswith("Painting")))
    expect(row).not_to_have_class(re.compile("unseen"))  # it is looked at
    row.click()
    studio.tool("brush", size=24, color="#d02020", hardness=0.9)
    studio.drag((30, 60), (90, 70))


@pytest.mark.parametrize("habits", [*HABITS, ",".join(HABITS)], ids=lambda h: h[:20])
def test_the_main_job_is_done_whatever_the_hosts_habits(
    open_studio: Callable[..., Studio], bridge: Bridge, tmp_path: Path, habits: str
) -> None:
    studio = open_studio(bridge.address, bridge.token, habits)
    expect(studio.panel.locator("#status")).to_contain_text("embedded", timeout=PATIENCE)
    studio.page.evaluate("studio.model.newDocument({ width: 128, height: 128 })")
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    paint(studio, "a house on green grass, bright day", STEPS)
    expect(cells(studio, 0)).to_have_count(STEPS, timeout=PATIENCE)
    wait_until_calm(studio)
    stroke_on_step(studio, 1)
    expect(studio.panel.locator(".badge:visible")).to_have_count(1)
    studio.panel.locator("#continue").click()
    expect(studio.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    expect(cells(studio, 1)).to_have_count(STEPS - 1, timeout=PATIENCE)
    wait_until_calm(studio)
    if SAVING not in habits:
        return
    with studio.page.expect_download() as download:
        studio.page.locator("#save-psd").click()
    file = tmp_path / "painting.psd"
    download.value.save_as(file)
    again = open_studio(bridge.address, bridge.token, habits)
    again.page.locator("#file").set_input_files(file)
    expect(again.panel.locator(".line")).to_have_count(2, timeout=PATIENCE)
    expect(again.panel.locator(".badge:visible")).to_have_count(1)
    cells(again, 0).nth(2).click()
    again.panel.locator("#continue").click()
    expect(again.panel.locator(".line")).to_have_count(3, timeout=PATIENCE)
