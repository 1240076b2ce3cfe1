"""The studio in a real Chromium: painting, selecting, layers, undo. No bridge is needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .studio import Studio

pytestmark = pytest.mark.browser

WHITE = (255, 255, 255, 255)
RED = (204, 0, 0, 255)
LINE = ((60.5, 100.5), (200.5, 100.5))


@pytest.fixture
def studio(open_studio: Callable[..., Studio], files_alone: str) -> Studio:
    studio = open_studio(files_alone)
    studio.tool("brush", size=20, hardness=1, opacity=1, color="#cc0000")
    return studio


def test_it_opens_with_a_white_document_and_the_panel_beside_it(studio: Studio):
    assert studio.layers() == ["Background"]
    assert studio.pixel(128, 128) == WHITE
    assert studio.page.locator("#document-size").text_content() == "256 × 256 px"
    studio.panel.locator("#pentimento").wait_for()
    studio.panel.locator("#welcome").wait_for()  # without a bridge it says how to start one


def test_a_stroke_is_painted_undone_and_redone(studio: Studio):
    studio.drag(*LINE)
    assert studio.pixel(130, 100) == RED
    assert studio.pixel(130, 130) == WHITE
    assert studio.history() == ["New", "Brush Tool"]
    studio.page.keyboard.press("Control+z")
    studio.settle()
    assert studio.pixel(130, 100) == WHITE
    studio.page.keyboard.press("Control+Shift+z")
    studio.settle()
    assert studio.pixel(130, 100) == RED


@pytest.mark.parametrize("zoom", [1, 3, 8])
def test_a_brush_of_one_pixel_hits_its_pixel_at_any_zoom(studio: Studio, zoom: int):
    studio.page.evaluate("zoom => studio.view.zoomTo(zoom)", zoom)
    studio.tool("brush", size=1)
    studio.drag((120.5, 131.5), (120.5, 131.5))
    assert studio.pixel(120, 131) == RED
    around = [(x, y) for x in (119, 120, 121) for y in (130, 131, 132) if (x, y) != (120, 131)]
    assert [studio.pixel(*place) for place in around] == [WHITE] * 8


def test_the_eraser_opens_a_layer_and_whitens_the_background(studio: Studio):
    studio.page.click("#new-layer")
    studio.drag(*LINE)
    studio.page.keyboard.press("e")
    studio.drag((128, 90), (128, 110))
    assert studio.pixel(128, 100) == WHITE
    assert studio.pixel(90, 100) == RED
    studio.row("Background").click()
    studio.drag((90, 100), (100, 100))
    assert studio.pixel(90, 100) == RED, "the stroke lies on the layer above"


def test_painting_stays_inside_a_selection(studio: Studio):
    studio.tool("marquee")
    studio.drag((80, 60), (120, 140))
    studio.tool("brush")
    studio.drag(*LINE)
    assert studio.pixel(100, 100) == RED
    assert (studio.pixel(79, 100), studio.pixel(120, 100)) == (WHITE, WHITE)
    studio.page.keyboard.press("Control+d")
    studio.drag((200, 30), (220, 30))
    assert studio.pixel(210, 30) == RED


def test_a_feathered_lasso_selects_softly(studio: Studio):
    studio.tool("lasso", feather=8)
    studio.drag((60, 60), (190, 60), (190, 190), (60, 190))
    studio.tool("brush", size=300)
    studio.drag((128, 128), (129, 128))
    assert studio.pixel(125, 125) == RED
    red, green, _, _ = studio.pixel(60, 125)
    assert 0 < green < 255
    assert red > 204
    assert studio.pixel(10, 10) == WHITE


def test_shift_adds_to_a_selection_and_alt_takes_away(studio: Studio):
    studio.tool("marquee")
    studio.drag((20, 20), (60, 60))
    studio.drag((100, 20), (140, 60), modifiers=("Shift",))
    studio.drag((110, 30), (130, 50), modifiers=("Alt",))
    studio.tool("brush", size=300)
    studio.drag((80, 40), (81, 40))
    painted = [studio.pixel(*place) == RED for place in ((40, 40), (80, 40), (105, 40), (120, 40))]
    assert painted == [True, False, True, False]


def test_a_click_on_the_layers_is_not_lost_when_they_change_meanwhile(studio: Studio):
    """What was pressed on must still be there at the release."""
    page = studio.page
    page.click("#new-layer")
    studio.settle()
    studio.row("Layer 1").get_by_test_id("layer-name").hover()
    for clicks in (1, 2):
        page.mouse.down(click_count=clicks)
        studio.row("Background").get_by_test_id("layer-eye").dispatch_event("click")
        studio.settle()
        page.mouse.up(click_count=clicks)
    page.get_by_test_id("layer-rename").fill("red line")
    page.keyboard.press("Enter")
    studio.settle()
    assert studio.layers() == ["red line", "Background"]


def test_layers_are_made_named_hidden_ordered_and_deleted(studio: Studio):
    page = studio.page
    page.click("#new-layer")
    studio.settle()
    studio.drag(*LINE)
    studio.row("Layer 1").get_by_test_id("layer-name").dblclick()
    page.get_by_test_id("layer-rename").fill("red line")
    page.keyboard.press("Enter")
    expect(studio.row("red line")).to_be_visible()
    page.click("#new-group")
    expect(studio.row("Group 1")).to_be_visible()
    studio.row("red line").drag_to(studio.row("Group 1"))
    studio.settle()
    assert studio.layers() == ["Group 1", "red line", "Background"]
    assert studio.row("red line").get_attribute("aria-level") == "2"
    studio.row("Group 1").get_by_test_id("layer-eye").click()
    studio.settle()
    assert studio.pixel(130, 100) == WHITE
    studio.row("Group 1").get_by_test_id("layer-eye").click()
    studio.row("Group 1").get_by_test_id("layer-twist").click()
    studio.settle()
    assert studio.layers() == ["Group 1", "Background"]
    assert studio.pixel(130, 100) == RED
    studio.row("Group 1").click()
    page.click("#delete-layer")
    studio.settle()
    assert studio.layers() == ["Background"]


def test_a_layer_s_opacity_is_seen(studio: Studio):
    studio.page.click("#new-layer")
    studio.drag(*LINE)
    studio.page.locator("#layer-opacity").fill("50")
    studio.settle()
    red, green, blue, alpha = studio.pixel(130, 100)
    assert (red, alpha) == (230, 255)
    assert green == blue == 127 or green == blue == 128
    assert studio.history()[-1] == "Master Opacity Change"


def test_painting_on_a_hidden_layer_is_refused_with_a_sentence(studio: Studio):
    studio.row("Background").get_by_test_id("layer-eye").click()
    studio.drag(*LINE)
    expect(studio.page.locator("#message")).to_contain_text("is hidden")
    assert studio.history() == ["New"]


def test_the_move_tool_shifts_a_layer_by_whole_pixels(studio: Studio):
    studio.page.click("#new-layer")
    studio.drag((60, 60), (61, 60))
    studio.tool("move")
    studio.drag((60, 60), (110, 80))
    assert studio.pixel(60, 60) == WHITE
    assert studio.pixel(110, 80) == RED
    assert studio.history()[-1] == "Move"


def test_the_eyedropper_takes_the_colour_of_the_picture(studio: Studio):
    studio.drag(*LINE)
    studio.tool("eyedropper", color="#000000")
    studio.drag((130, 100), (130, 100))
    assert studio.page.evaluate("studio.settings.values().color") == "#cc0000"


def test_keys_choose_tools_and_sizes_also_with_the_panel_in_focus(studio: Studio):
    page = studio.page
    for key, tool in {
        "e": "eraser",
        "m": "marquee",
        "l": "lasso",
        "v": "move",
        "b": "brush",
    }.items():
        page.keyboard.press(key)
        assert page.locator(f"#tool-{tool}").get_attribute("aria-pressed") == "true"
    page.keyboard.press("]")
    assert page.evaluate("studio.settings.values().size") == 22
    studio.drag(*LINE)
    studio.panel.locator(".head").click()
    page.keyboard.press("Control+z")
    studio.settle()
    assert studio.pixel(130, 100) == WHITE


def test_keys_are_letters_while_one_writes_in_the_panel(studio: Studio):
    studio.panel.locator("#more-pairing").click()
    address = studio.panel.locator("#address input")
    address.evaluate("field => { field.value = ''; field.focus(); }")
    studio.page.keyboard.type("be")
    assert address.input_value() == "be"
    assert studio.page.evaluate("studio.settings.tool()") == "brush"


def test_a_new_document_has_the_size_that_was_asked_for(studio: Studio):
    page = studio.page
    page.click("#new-document")
    page.fill("#new-width", "333")
    page.fill("#new-height", "101")
    page.select_option("#new-fill", "transparent")
    page.click("#new-create")
    studio.settle()
    assert page.locator("#document-size").text_content() == "333 × 101 px"
    assert studio.layers() == ["Layer 1"]
    assert studio.pixel(5, 5) == (0, 0, 0, 0)
    page.get_by_test_id("tab").first.click()
    studio.settle()
    assert studio.layers() == ["Background"]


def test_the_panel_s_photoshop_is_busy_during_a_stroke_and_free_after_it(studio: Studio):
    page, mouse = studio.page, studio.page.mouse
    ask = """() => {
        const { core } = document.getElementById("panel").contentWindow.require("photoshop");
        return core.executeAsModal(async () => "in", { commandName: "t", timeOut: 0.1 })
            .catch(error => error.number);
    }"""
    mouse.move(*studio.on_screen((60, 60)))
    mouse.down()
    page.wait_for_function("studio.model.busy")
    assert page.evaluate(ask) == 9
    mouse.move(*studio.on_screen((90, 60)))
    mouse.up()
    studio.settle()
    assert page.evaluate(ask) == "in"


def test_a_stroke_that_ends_in_a_plugin_s_scope_is_neither_lost_nor_rolled_back(studio: Studio):
    page = studio.page
    page.evaluate("""() => {
        const { core, app } = document.getElementById("panel").contentWindow.require("photoshop");
        window.scope = core.executeAsModal(async ({ hostControl }) => {
            const documentID = app.activeDocument.id;
            await hostControl.suspendHistory({ documentID, name: "plugin" });
            await app.activeDocument.createPixelLayer({ name: "from the plugin" });
            await new Promise(done => (window.endScope = done));
            throw new Error("rolled back");
        }, { commandName: "t" }).catch(error => error.message);
    }""")
    page.wait_for_function("!!window.endScope")
    mouse = page.mouse
    mouse.move(*studio.on_screen(LINE[0]))
    mouse.down()
    mouse.move(*studio.on_screen(LINE[1]), steps=5)
    mouse.up()
    page.evaluate("endScope()")
    assert page.evaluate("scope") == "rolled back"
    studio.settle()
    # the plugin's layer was the active one, and is gone: the stroke has a layer of its own
    assert studio.layers() == ["Layer 1", "Background"]
    assert studio.pixel(130, 100) == RED


def test_leaving_with_unsaved_strokes_is_asked_about(studio: Studio):
    leaving = """() => {
        const event = new Event("beforeunload", { cancelable: true });
        dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    assert studio.page.evaluate(leaving) is False
    studio.drag(*LINE)
    assert studio.page.evaluate(leaving) is True


@pytest.mark.parametrize(
    ("theme", "ground"),
    [("darkest", "48, 48, 48"), ("dark", "83, 83, 83"), ("lightest", "240, 240, 240")],
)
def test_panel_and_studio_follow_the_theme(studio: Studio, theme: str, ground: str):
    studio.page.select_option("#theme", theme)
    body = studio.panel.locator("#pentimento")
    expect(body).to_have_css("background-color", f"rgb({ground})")
    expect(studio.page.locator("#bar")).to_have_css("background-color", f"rgb({ground})")


def test_a_16_bit_document_in_display_p3_shows_the_colours_that_are_painted(studio: Studio):
    page = studio.page
    page.click("#new-document")
    page.select_option("#new-depth", "16")
    page.select_option("#new-profile", "Display P3")
    page.click("#new-create")
    studio.settle()
    assert page.locator("#document-size").text_content() == "256 × 256 px · 16 bit · Display P3"
    studio.drag(*LINE)
    assert studio.pixel(130, 100) == RED
    assert studio.pixel(130, 130) == WHITE
    stored = "() => studio.model.active.state.layers[0].raster.data.slice(0, 4).join()"
    assert page.evaluate(stored) == "32768,32768,32768,32768"
    painted = (
        "() => [...studio.model.active.state.layers[0].raster.data].slice(4 * 25730, 4 * 25731)"
    )
    assert page.evaluate(painted) == [24023, 4977, 3338, 32768]
