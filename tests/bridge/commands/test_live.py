"""`pentimento live` against a running bridge: frames in files, watched files painted again."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil

from ..cli import Terminal

FEW = ("--sampler", "lcm", "--steps", "2", "--size", "32x24")


def pixels(file: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(pil.open(file))


def test_frames_are_written_to_a_folder_and_variations_differ(pentimento: Terminal, tmp_path: Path):
    said = pentimento.works(
        "live", "--prompt", "a house", *FEW, "--frames", 4, "--variation", "-o", tmp_path / "out"
    )
    files = sorted((tmp_path / "out").iterdir())
    assert files[-1].name == "00004.png"
    assert len({pixels(file).tobytes() for file in files}) == len(files)
    assert "per second; from a state to its first frame" in said.out


def test_one_frame_is_played_and_told_as_json(pentimento: Terminal, tmp_path: Path):
    live = tmp_path / "live.png"
    said = pentimento.works("live", "--prompt", "a house", *FEW, "--json", "-o", live)
    assert pixels(live).shape == (24, 32, 4)
    assert (pixels(live)[..., 3] == 255).all()
    frame, played = said.events[-2:]
    assert (frame["type"], frame["number"], frame["left"]) == ("frame", 1, 0)
    assert (played["type"], played["frames"]) == ("played", 1)
    assert played["latency_median"] == pytest.approx(frame["latency"], abs=1e-3)


def test_a_watched_recipe_is_painted_again_when_it_changes(pentimento: Terminal, tmp_path: Path):
    file, out = tmp_path / "recipe.json", tmp_path / "out"
    file.write_text(json.dumps({"prompt": "a house"}))

    def edit() -> None:
        for _ in range(600):
            if (out / "00001.png").exists():
                break
            time.sleep(0.05)
        file.write_text("{")  # half written: told, and left alone
        time.sleep(0.5)
        file.write_text(json.dumps({"prompt": "a house", "seed": 5}))

    painter = threading.Thread(target=edit)
    painter.start()
    said = pentimento.works("live", file, *FEW, "--watch", "--frames", 2, "-o", out)
    painter.join()
    assert [f.name for f in sorted(out.iterdir())] == ["00001.png", "00002.png"]
    assert not np.array_equal(pixels(out / "00001.png"), pixels(out / "00002.png"))
    assert "is not a recipe" in said.err


def test_a_mask_that_a_watched_palette_names_is_watched_too(pentimento: Terminal, tmp_path: Path):
    mask, out = tmp_path / "boat.png", tmp_path / "out"
    brushes = [{"prompt": "a boat", "mask": "boat.png"}]
    palette = tmp_path / "p.json"
    palette.write_text(json.dumps({"format": "pentimento palette 1", "brushes": brushes}))
    values = np.zeros((24, 32), np.uint8)
    values[:, :16] = 255
    pil.fromarray(values).save(mask)

    def edit() -> None:
        for _ in range(600):
            if (out / "00001.png").exists():
                break
            time.sleep(0.05)
        pil.fromarray(255 - values).save(mask)

    painter = threading.Thread(target=edit)
    painter.start()
    asked = ("--prompt", "a house", "--palette", palette)
    pentimento.works("live", *asked, *FEW, "--watch", "--frames", 2, "-o", out)
    painter.join()
    assert not np.array_equal(pixels(out / "00001.png"), pixels(out / "00002.png"))


def test_a_model_that_the_bridge_does_not_have_is_refused_naming_the_recipes_file(
    pentimento: Terminal, tmp_path: Path
):
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"prompt": "a house", "model": "nobody"}))
    said = pentimento("live", file, *FEW, "-o", tmp_path / "a.png")
    assert said.status == 2
    assert f"{file}: recipe.model must be one of" in said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--frames", 0, "-o", "x"), "--frames must be a whole number in 1..1000, got '0'"),
        (("-o", "x.psd"), "--output must be a folder or a .png, got x.psd"),
        (("--steps", 51, "-o", "x"), "num_inference_steps must be at most 50 in a stream, got 51"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    pentimento: Terminal, arguments: tuple[object, ...], sentence: str
):
    said = pentimento("live", "--prompt", "a house", "--size", "32x24", *arguments)
    assert said.status == 2
    assert sentence in said.err
