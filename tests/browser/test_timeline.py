"""The timeline in a real Chromium with a real bridge: scrub, go back by region, mix, bake.

Screenshots of each stage are written to PENTIMENTO_SHOTS when that names a folder.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .painter import cells, paint, set_slider, step_rows, twist_open, wait_until_calm
from .studio import PATIENCE, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEPS = 18


def painted(studio: Studio, steps: int = STEPS) -> None:
    """A painting from nothing, all of its layers there."""
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    paint(studio, "a house on green grass, bright day", steps)
    expect(cells(studio, 0)).to_have_count(steps, timeout=PATIENCE)
    wait_until_calm(studio)


def visible_steps(studio: Studio) -> list[str]:
    """Names of the step layers that are seen, in any group."""
    script = """() => {
        const all = (layers) => layers.flatMap((one) => [one, ...all(one.layers)]);
        return all(studio.model.active.state.layers)
            .filter((one) => one.visible && one.name.includes(' · σ ')).map((one) => one.name);
    }"""
    return studio.page.evaluate(script)


def continue_(studio: Studio, lines: int) -> None:
    studio.panel.locator("#continue").click()
    expect(studio.panel.locator(".line")).to_have_count(lines, timeout=PATIENCE)
    wait_until_calm(studio)


def test_a_long_run_is_seen_whole_and_scrubbing_looks_without_a_history_state(
    studio: Studio,
) -> None:
    painted(studio)
    studio.shot("timeline-1-painted")
    home = studio.panel.locator("#timeline").bounding_box()
    assert home
    for number in (0, STEPS - 1):
        box = cells(studio, 0).nth(number).bounding_box()
        assert box
        assert home["x"] <= box["x"]
        assert box["x"] + box["width"] <= home["x"] + home["width"] + 1

    before = studio.history()
    from_, to = (cells(studio, 0).nth(n).bounding_box() for n in (15, 4))
    assert from_
    assert to
    mouse = studio.page.mouse
    mouse.move(from_["x"] + 5, from_["y"] + 20)
    mouse.down()
    mouse.move(to["x"] + 5, to["y"] + 20, steps=12)
    studio.shot("timeline-2-scrubbing")
    mouse.move(to["x"] + 5, to["y"] + 90, steps=3)  # the pointer is held by the strip
    mouse.up()
    expect(studio.panel.locator("#onward-title")).to_contain_text("Step 5")
    studio.page.wait_for_timeout(500)
    assert [name.split(" ")[0] for name in visible_steps(studio)] == ["5"]
    assert studio.history() == before, "looking is not a change"

    cells(studio, 0).nth(4).focus()
    studio.page.keyboard.press("ArrowRight")
    expect(studio.panel.locator("#onward-title")).to_contain_text("Step 6")
    studio.page.keyboard.press("End")
    expect(studio.panel.locator("#onward-title")).to_contain_text(f"Step {STEPS}")
    studio.page.keyboard.press("Home")
    expect(studio.panel.locator("#onward-title")).to_contain_text("Step 1,")
    studio.page.wait_for_timeout(300)
    assert studio.history() == before


def test_the_selected_part_goes_back_to_a_step_and_not_a_pixel_of_the_rest_changes(
    studio: Studio,
) -> None:
    painted(studio)
    studio.tool("marquee")
    studio.drag((40, 60), (120, 150))
    cells(studio, 0).nth(5).click()
    expect(studio.panel.locator("#mode-help")).to_contain_text("the rest stays")
    expect(studio.panel.locator("#mode")).to_contain_text("Roll again")
    studio.shot("timeline-3-region")
    cells(studio, 0).nth(STEPS - 1).click()
    studio.page.wait_for_timeout(300)
    points = [(x, y) for x in range(3, 256, 25) for y in range(3, 256, 25)]
    beside = [point for point in points if not (25 <= point[0] <= 135 and 45 <= point[1] <= 165)]
    rest = [studio.pixel(*point) for point in beside]
    part = [studio.pixel(x, y) for x in range(60, 110, 9) for y in range(80, 140, 9)]
    cells(studio, 0).nth(5).click()
    continue_(studio, 2)
    cells(studio, 1).last.click()
    studio.page.wait_for_timeout(500)
    studio.shot("timeline-4-region-branch")
    assert [studio.pixel(*point) for point in beside] == rest
    assert part != [studio.pixel(x, y) for x in range(60, 110, 9) for y in range(80, 140, 9)]


def test_branches_hang_below_the_steps_they_left_and_bake_leaves_one_layer(
    studio: Studio,
) -> None:
    painted(studio, 10)
    for number, lines in ((3, 2), (7, 3)):
        cells(studio, 0).nth(number).click()
        studio.panel.locator("#more-onward").click()
        studio.panel.locator("#onward-prompt textarea").fill("a boat on the water, night")
        studio.panel.locator("#more-onward").click()
        continue_(studio, lines)
    studio.shot("timeline-5-branches")
    for line, number in ((1, 3), (2, 7)):
        stem = studio.panel.locator(".line").nth(line).locator(".stem:not(.through)").bounding_box()
        left = cells(studio, 0).nth(number).bounding_box()
        first = cells(studio, line).first.bounding_box()
        assert stem
        assert left
        assert first
        for box in (left, first):
            assert box["x"] < stem["x"] < box["x"] + box["width"]
        assert stem["y"] < first["y"] + first["height"]
    expect(studio.panel.locator(".stem.through")).to_have_count(1)

    studio.panel.locator(".line-bake").first.click()
    expect(studio.panel.locator("#notice-text")).to_contain_text("9 layers are gone")
    studio.shot("timeline-6-baked")
    assert studio.history()[-1].startswith("Bake painting")
    expect(cells(studio, 0)).to_have_count(10)
    cells(studio, 0).nth(2).click()
    twist_open(studio, next(row for row in reversed(studio.layers()) if " · " in row))
    studio.page.wait_for_timeout(800)
    rows = [row.split(" ")[0] for row in step_rows(studio)]
    assert rows == ["3", "10"], "a click brings the layer of a step back"


def test_what_is_seen_of_several_steps_together_becomes_the_edit(studio: Studio) -> None:
    painted(studio, 8)
    cells(studio, 0).nth(7).click()
    studio.panel.locator("#mixed").click()
    studio.panel.locator("#continue").click()
    expect(studio.panel.locator("#notice-text")).to_contain_text("exactly like this step")

    # The finished picture laid over step 4 says where step 4 shall lead.
    cells(studio, 0).nth(3).click()
    twist_open(studio, studio.layers()[0])
    studio.row(step_rows(studio)[0]).get_by_test_id("layer-eye").click()
    studio.panel.locator("#mixed").click()
    expect(studio.panel.locator("#mode")).to_contain_text("Repaint")
    studio.shot("timeline-7-mixed")
    continue_(studio, 2)
    assert cells(studio, 1).count() == 5


def test_key_steps_alone_become_layers_and_the_page_says_so_before(studio: Studio) -> None:
    studio.panel.locator("#more-settings").click()
    studio.panel.locator('#keep [data-value="keyframes"]').click()
    studio.panel.locator("#source .chip[data-value=nothing]").click()
    set_slider(studio, "steps", 12)
    expect(studio.panel.locator("#estimate")).to_contain_text("6 layers")
    painted(studio, 12)
    twist_open(studio, studio.layers()[0])
    rows = [int(row.split(" ")[0]) for row in step_rows(studio)]
    assert len(rows) == 6
    assert rows[0] == 12, "the last step is always one"
    cells(studio, 0).nth(next(n for n in range(12) if n + 1 not in rows)).click()
    studio.page.wait_for_timeout(800)
    assert len(step_rows(studio)) == 7, "any other step comes by a click"
