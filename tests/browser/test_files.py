"""Documents go to PSD files and come back, through a real bridge."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from psd_tools import PSDImage

from bridge.images.image import Image as DeepImage
from bridge.psd.document import Document, Mask, PixelLayer
from bridge.psd.files import read_document, write_document
from pipelines.pixels import in_steps

from .studio import Bridge, Studio

pytestmark = pytest.mark.browser

AS_TEXT = '(bytes => btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join("")))'


@pytest.fixture
def studio(open_studio: Callable[..., Studio], bridge: Bridge) -> Studio:
    return open_studio(bridge.address, bridge.token)


def painted(studio: Studio) -> None:
    """Two layers in a group, one of them hidden, over a stroke on the background."""
    page = studio.page
    studio.tool("brush", size=24, hardness=0.4, opacity=0.8, color="#2d62b3")
    studio.drag((20, 40), (230, 60))
    page.click("#new-group")
    page.click("#new-layer")
    studio.tool("brush", color="#c23b22")
    studio.drag((40, 200), (120, 120), (210, 220))
    page.click("#new-layer")
    studio.drag((40, 60), (200, 200))
    studio.row("Layer 2").get_by_test_id("layer-eye").click()
    studio.settle()


def saved(studio: Studio, folder: Path) -> Path:
    """The document as a file, as Ctrl+S downloads it."""
    with studio.page.expect_download() as download:
        studio.page.keyboard.press("Control+s")
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def shown(studio: Studio) -> np.ndarray:
    """The whole canvas, [H, W, 4]."""
    script = f"""() => {{
        const canvas = document.getElementById("canvas");
        const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return {AS_TEXT}(data);
    }}"""
    return pixels_in(studio.page.evaluate(script), 256, 256)


def pixels_in(text: str, width: int, height: int) -> np.ndarray:
    """Bytes that came as base64, [height, width, 4]."""
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)


def test_a_document_is_saved_and_opened_again_as_it_was(studio: Studio, tmp_path: Path):
    painted(studio)
    before = shown(studio)
    file = saved(studio, tmp_path)
    expect(studio.page.locator("#message")).to_contain_text("Saved")
    assert "•" not in studio.page.title()
    studio.page.set_input_files("#file", file)
    expect(studio.page.get_by_test_id("tab")).to_have_count(2)
    studio.row("Group 1").get_by_test_id("layer-twist").wait_for()
    studio.settle()
    assert studio.layers() == ["Group 1", "Layer 2", "Layer 1", "Background"]
    assert studio.row("Layer 2").get_attribute("class") == "layer-row unseen"
    assert np.array_equal(shown(studio), before)


def test_psd_tools_sees_the_same_layers_and_pixels(studio: Studio, tmp_path: Path):
    painted(studio)
    psd = PSDImage.open(saved(studio, tmp_path))
    assert [layer.name for layer in psd.descendants()] == [
        "Background",
        "Group 1",
        "Layer 1",
        "Layer 2",
    ]
    layer = next(layer for layer in psd.descendants() if layer.name == "Layer 1")
    script = """() => {
        const [, group] = studio.model.active.state.layers;
        const { left, top, width, height, data } = group.layers[0].raster;
        return { left, top, width, height, data: AS_TEXT(data) };
    }"""
    raster = studio.page.evaluate(script.replace("AS_TEXT", AS_TEXT))
    assert (layer.left, layer.top) == (raster["left"], raster["top"])
    pixels = pixels_in(raster["data"], raster["width"], raster["height"])
    assert np.array_equal(np.asarray(layer.topil()), pixels)


def test_a_deep_file_in_display_p3_keeps_its_depth_profile_and_every_pixel(
    studio: Studio, tmp_path: Path
):
    ramp = np.linspace(0, 65535, 240 * 180 * 3).reshape(180, 240, 3)[:, ::-1].astype(np.uint16)
    opaque = np.full((180, 240, 1), 65535, np.uint16)
    picture = DeepImage(in_steps(np.concatenate([ramp, opaque], axis=2)), "Display P3")
    mask = DeepImage(in_steps(opaque[:90, :120] // 3))
    layers = (
        PixelLayer(id=1, name="ground", image=picture.id, locks=("transparency", "position")),
        PixelLayer(
            id=2,
            name="masked",
            image=picture.id,
            left=-20,
            top=30,
            opacity=102 / 255,
            mask=Mask(image=mask.id, left=40, top=40),
        ),
    )
    document = Document(width=240, height=180, depth=16, profile="Display P3", layers=layers)
    file = tmp_path / "deep.psd"
    file.write_bytes(write_document(document, {picture.id: picture, mask.id: mask}))
    studio.page.set_input_files("#file", file)
    expect(studio.page.locator("#document-size")).to_contain_text("240 × 180 px")
    studio.settle()
    again, images = read_document(saved(studio, tmp_path).read_bytes())
    assert again == document
    assert set(images) == {picture.id, mask.id}


def test_an_image_that_is_dropped_on_the_page_becomes_a_document(studio: Studio, tmp_path: Path):
    file = tmp_path / "picture.png"
    Image.new("RGB", (70, 40), (1, 120, 200)).save(file)
    drop = """bytes => {
        const dataTransfer = new DataTransfer();
        const picture = new File([new Uint8Array(bytes)], "picture.png", { type: "image/png" });
        dataTransfer.items.add(picture);
        for (const type of ["dragover", "drop"]) {
            document.body.dispatchEvent(
                new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        }
    }"""
    studio.page.evaluate(drop, list(file.read_bytes()))
    expect(studio.page.locator("#document-size")).to_have_text("70 × 40 px")
    studio.settle()
    assert studio.layers() == ["Layer 1"]
    assert studio.pixel(69, 39) == (1, 120, 200, 255)


def test_a_broken_file_is_answered_with_a_sentence(studio: Studio, tmp_path: Path):
    file = tmp_path / "broken.psd"
    file.write_bytes(b"8BPS but nothing more")
    studio.page.set_input_files("#file", file)
    expect(studio.page.locator("#message")).to_contain_text("broken.psd could not be opened")
    assert studio.layers() == ["Background"]


def test_the_token_leaves_the_address_and_pairs_the_panel(studio: Studio):
    assert studio.page.url.endswith("/studio") or studio.page.url.endswith("/studio/")
    expect(studio.panel.locator("#status.open")).to_be_visible()
