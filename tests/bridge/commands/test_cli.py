"""The command line, from the outside: files in, files out, exit codes, sentences."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from bridge.__main__ import main
from bridge.access import access
from bridge.history.history import found_steps, history_of
from bridge.psd.document import Document, Group, PixelLayer, pixel_layers, walk
from bridge.psd.files import layer_info, merged_pixels, opened, read_document, write_document

from ..cli import Terminal, paint_on, picture
from ..psd.samples import Album, painting

SMALL = ("--prompt", "a house by the sea", "--size", "32x24", "--steps", "4")


@pytest.fixture
def run(pentimento: Terminal, tmp_path: Path) -> Path:
    """A PSD with a run of four steps."""
    file = tmp_path / "run.psd"
    pentimento.works("run", *SMALL, "-o", file)
    return file


# run


def test_a_run_becomes_a_group_with_a_layer_per_step_and_the_last_visible(run: Path) -> None:
    document, images = read_document(run.read_bytes())
    (group,) = document.layers
    assert isinstance(group, Group)
    history = history_of(document.xmp)
    (one,) = history.runs
    assert group.name == f"Painting {one.number} · a house by the sea · {one.id[:6]}"
    assert not group.open
    names = [layer.name for layer in group.layers]
    assert [name.split(" · σ ")[0] for name in names] == ["1", "2", "3", "4"]
    assert [layer.visible for layer in group.layers] == [False, False, False, True]
    assert one.recipe.prompt == "a house by the sea"
    found = found_steps(document, images, history)
    assert sorted(found) == [f"{one.id}.{n}" for n in range(4)]
    assert not any(step.painted for step in found.values())
    last = found[f"{one.id}.3"].picture
    np.testing.assert_array_equal(merged_pixels(opened(run.read_bytes())), last.pixels)


def test_a_picture_is_the_last_layer(pentimento: Terminal, run: Path, tmp_path: Path) -> None:
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.png")
    shown = cv2.imread(str(tmp_path / "a.png"), cv2.IMREAD_UNCHANGED)
    assert shown is not None
    merged = merged_pixels(opened(run.read_bytes()))
    np.testing.assert_array_equal(shown[..., ::-1], merged[..., :3])


def test_options_go_before_the_recipes_file(pentimento: Terminal, tmp_path: Path) -> None:
    recipe = {"prompt": "a boat", "width": 16, "height": 16, "num_inference_steps": 2, "seed": 5}
    (tmp_path / "r.json").write_text(json.dumps(recipe))
    pentimento.works("run", tmp_path / "r.json", "--seed", 6, "-o", tmp_path / "a.psd")
    (made,) = history_of(read_document((tmp_path / "a.psd").read_bytes())[0].xmp).runs
    assert (made.recipe.prompt, made.recipe.seed, made.last) == ("a boat", 6, 1)


def test_variations_are_groups_of_one_psd_or_pictures_with_numbers(
    pentimento: Terminal, tmp_path: Path
) -> None:
    pentimento.works("run", *SMALL, "--seed", 3, "--count", 2, "-o", tmp_path / "a.psd")
    document, _ = read_document((tmp_path / "a.psd").read_bytes())
    assert [run.recipe.seed for run in history_of(document.xmp).runs] == [3, 4]
    assert len(document.layers) == 2
    pentimento.works("run", *SMALL, "--count", 2, "-o", tmp_path / "b.png")
    assert {path.name for path in tmp_path.glob("b*")} == {"b-1.png", "b-2.png"}


def test_json_is_one_event_per_line_and_the_file_at_the_end(
    pentimento: Terminal, tmp_path: Path
) -> None:
    events = pentimento.works("run", *SMALL, "--json", "-o", tmp_path / "a.png").events
    kinds = [event["type"] for event in events]
    assert kinds.count("stepped") == 4
    assert kinds.count("refined") == 4
    assert kinds[-2:] == ["finished", "written"]
    assert events[-1]["path"] == str(tmp_path / "a.png")


def test_outside_the_mask_a_16_bit_picture_stays_to_the_bit(
    pentimento: Terminal, tmp_path: Path
) -> None:
    source = np.random.default_rng(0).integers(0, 65536, (24, 32, 3), np.uint16)
    cv2.imwrite(str(tmp_path / "in.png"), source)
    mask = np.zeros((24, 32), np.uint8)
    mask[4:20, 8:24] = 255
    mask[4:20, 8:12] = 128
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    inpaint = ("run", "--prompt", "a boat", "--steps", "4", "--init", tmp_path / "in.png")
    inpaint += ("--mask", tmp_path / "mask.png")
    pentimento.works(*inpaint, "-o", tmp_path / "out.png")
    out = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)
    assert out is not None
    assert out.dtype == np.uint16
    np.testing.assert_array_equal(out[mask == 0], source[mask == 0])
    assert (out[mask > 0] != source[mask > 0]).mean() > 0.9
    pentimento.works(*inpaint, "-o", tmp_path / "out.psd")
    merged = merged_pixels(opened((tmp_path / "out.psd").read_bytes()))
    np.testing.assert_array_equal(merged[..., 2::-1], out)
    document, _ = read_document((tmp_path / "out.psd").read_bytes())
    assert [layer.name for layer in walk(document.layers)][:3] == ["source", "init_image", "mask"]


def test_a_layer_of_a_psd_is_painted_where_it_lies_and_the_psd_stays(
    pentimento: Terminal, tmp_path: Path
) -> None:
    album = Album()
    original = write_document(painting(album), album.images)
    (tmp_path / "in.psd").write_bytes(original)
    pentimento.works(
        *("run", "--prompt", "a boat", "--steps", "3", "--init", f"{tmp_path / 'in.psd'}#masked"),
        *("--mask", f"{tmp_path / 'in.psd'}#masked", "--strength", "0.7"),
        *("-o", tmp_path / "out.psd"),
    )
    before, after = (
        layer_info(opened(original)),
        layer_info(opened((tmp_path / "out.psd").read_bytes())),
    )
    for n, record in enumerate(before.layer_records):
        assert record.tobytes() == after.layer_records[n].tobytes()
        assert before.channel_image_data[n].tobytes() == after.channel_image_data[n].tobytes()
    document, images = read_document((tmp_path / "out.psd").read_bytes())
    group = document.layers[-1]
    assert isinstance(group, Group)
    steps = [layer for layer in group.layers if isinstance(layer, PixelLayer)]
    assert {(layer.left, layer.top) for layer in steps} == {(50, 40)}
    last = images[steps[-1].image or ""].pixels
    assert last.shape == (20, 30, 4)
    assert not last[:4].any()  # the mask begins at 48, 44
    mask = next(layer for layer in pixel_layers((group,)) if layer.name == "mask")
    grey = images[mask.image or ""].pixels[..., 0]
    user_mask = images[document.layers[1].layers[1].mask.image].pixels  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - as painting() made it
    np.testing.assert_array_equal(grey[4:14, :8], user_mask[:, 2:, 0])


# show


def test_show_tells_of_runs_branches_and_painted_layers(
    pentimento: Terminal, run: Path, tmp_path: Path
) -> None:
    assert "painted on" not in pentimento.works("show", run).out
    paint_on(run, "2 ·", (4, 4, 20, 20), tmp_path / "painted.psd")
    said = pentimento.works("show", tmp_path / "painted.psd").out
    assert "painted on: step 2" in said
    assert '"a house by the sea"' in said
    assert "32x24, dpmpp_2m" in said
    facts = json.loads(pentimento.works("show", tmp_path / "painted.psd", "--json").out)
    steps = facts["runs"][0]["steps"]
    assert [step["painted"] for step in steps] == [False, True, False, False]
    assert facts["runs"][0]["recipe"]["prompt"] == "a house by the sea"


def test_show_says_so_when_there_is_no_run(pentimento: Terminal, tmp_path: Path) -> None:
    album = Album()
    (tmp_path / "a.psd").write_bytes(
        write_document(Document(width=8, height=8, layers=()), album.images)
    )
    assert "There is no run" in pentimento.works("show", tmp_path / "a.psd").out


# serve and doctor


def test_a_second_serve_finds_the_first_and_says_so(pentimento: Terminal, folder: Path) -> None:
    said = pentimento.works("serve")
    running = access.find(folder)
    assert running is not None
    assert f"A bridge is running already at {running.address}" in said.out
    assert said.err == ""
    said = pentimento.works("serve", "--port", "1", "--new-token", "--device", "cpu")
    assert "--port, --device and --new-token count when a bridge starts" in said.err


def test_doctor_tells_versions_model_and_store(pentimento: Terminal, tmp_path: Path) -> None:
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.psd")  # the bridge has its model then
    facts = json.loads(pentimento("doctor", "--json").out)
    assert facts["packages"]["torch"].startswith("2.")
    assert facts["bridge"]["model"]["loaded"]["name"] == "sd"
    assert facts["device"][0] == "cpu"
    assert facts["store"]["bytes"] > 0
    assert "packages  torch" in pentimento("doctor").out


def test_a_bug_report_has_the_log_and_no_token(
    pentimento: Terminal, folder: Path, tmp_path: Path
) -> None:
    running = access.find(folder)
    assert running is not None
    with (folder / "log" / "bridge.log").open("a") as log:
        log.write(f"a line that should not have named {running.token}\n")
    pentimento("doctor", "--report", tmp_path / "report.zip")
    with zipfile.ZipFile(tmp_path / "report.zip") as bundle:
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert "listening at" in texts["log/bridge.log"]
    assert "a line that should not have named (token)" in texts["log/bridge.log"]
    assert not any(running.token in text for text in texts.values())
    assert json.loads(texts["doctor.json"])["program"] == "pentimento"


# Wrong input


WRONG = {
    "no prompt": (("run", "-o", "{d}/a.psd"), "prompt is missing"),
    "no output": (("run", "--prompt", "x"), "-o/--output"),
    "a strange output": (("run", "--prompt", "x", "-o", "{d}/a.gif"), "must end in .psd or .png"),
    "no such folder": (("run", "--prompt", "x", "-o", "{d}/no/a.psd"), "there is no folder"),
    "a size in words": (("run", *SMALL, "--size", "big", "-o", "{d}/a.psd"), "WIDTHxHEIGHT"),
    "a huge size": (("run", *SMALL, "--size", "9999x9", "-o", "{d}/a.psd"), "each side in 8..8192"),
    "no steps": (("run", *SMALL, "--steps", "0", "-o", "{d}/a.psd"), "--steps must be"),
    "steps in words": (
        ("run", *SMALL, "--steps", "ten", "-o", "{d}/a.psd"),
        "--steps must be a whole number",
    ),
    "a negative seed": (
        ("run", *SMALL, "--seed", "-1", "-o", "{d}/a.psd"),
        "--seed must be a whole number",
    ),
    "an endless scale": (
        ("run", *SMALL, "--guidance-scale", "inf", "-o", "{d}/a.psd"),
        "--guidance-scale must be a number",
    ),
    "no number": (
        ("run", *SMALL, "--guidance-scale", "nan", "-o", "{d}/a.psd"),
        "--guidance-scale",
    ),
    "an unknown sampler": (("run", *SMALL, "--sampler", "plms", "-o", "{d}/a.psd"), "ddim"),
    "eta for euler": (
        ("run", *SMALL, "--sampler", "euler", "--eta", "1", "-o", "{d}/a.psd"),
        "eta belongs to ddim",
    ),
    "strength without a picture": (
        ("run", *SMALL, "--strength", "0.5", "-o", "{d}/a.psd"),
        "needs an init_image",
    ),
    "a mask without a picture": (
        ("run", *SMALL, "--mask", "{d}/a.png", "-o", "{d}/a.psd"),
        "--mask needs --init",
    ),
    "a picture that is not there": (
        ("run", *SMALL, "--init", "{d}/none.png", "-o", "{d}/a.psd"),
        "none.png cannot be read",
    ),
    "a picture that is none": (
        ("run", *SMALL, "--init", "{d}/text.png", "-o", "{d}/a.psd"),
        "text.png: this is no PNG, JPEG, TIFF or WebP picture",
    ),
    "a broken picture": (
        ("run", *SMALL, "--init", "{d}/cut.png", "-o", "{d}/a.psd"),
        "cut.png: the PNG file is broken",
    ),
    "a layer of a PNG": (
        ("run", *SMALL, "--init", "{d}/a.png#sky", "-o", "{d}/a.psd"),
        'is no PSD and has no layer "sky"',
    ),
    "no such layer": (
        ("run", *SMALL, "--init", "{d}/a.psd#sky", "-o", "{d}/b.psd"),
        'there is no layer "sky"; the layers are',
    ),
    "an empty layer": (
        ("run", "--prompt", "x", "--init", "{d}/a.psd#empty", "-o", "{d}/b.psd"),
        "is empty; there is nothing to start from",
    ),
    "a mask of another size": (
        (
            *("run", "--prompt", "x", "--init", "{d}/a.png"),
            *("--mask", "{d}/large.png", "-o", "{d}/b.psd"),
        ),
        "the mask must be 32x24 pixels",
    ),
    "another size than the picture's": (
        ("run", *SMALL, "--init", "{d}/large.png", "-o", "{d}/b.psd"),
        "init_image must be 32x24 pixels",
    ),
    "a broken PSD": (
        ("run", "--prompt", "x", "--init", "{d}/cut.psd", "-o", "{d}/b.psd"),
        "the PSD file is broken",
    ),
    "a recipe that is none": (("run", "{d}/text.png", "-o", "{d}/b.psd"), "is not a recipe"),
    "an unknown field": (("run", "{d}/r.json", *SMALL, "-o", "{d}/b.psd"), "colour"),
    "an unknown model": (("run", "{d}/m.json", *SMALL, "-o", "{d}/b.psd"), "recipe.model must be"),
    "too many variations": (
        ("run", *SMALL, "--count", "99", "-o", "{d}/b.psd"),
        "--count must be a whole number in 1..16, got '99'",
    ),
    "no variation": (
        ("run", *SMALL, "--count", "0", "-o", "{d}/b.psd"),
        "--count must be a whole number in 1..16, got '0'",
    ),
    "fewer than none": (
        ("run", *SMALL, "--count", "-1", "-o", "{d}/b.png"),
        "--count must be a whole number in 1..16, got '-1'",
    ),
    "another model than the running bridge's": (
        ("run", *SMALL, "--model", "{d}/other", "-o", "{d}/b.psd"),
        "a bridge is running with the model sd",
    ),
    "a model that is none": (
        ("run", *SMALL, "--model", "{d}", "-o", "{d}/b.psd"),
        "model must be a diffusers folder",
    ),
    "variations beyond the last seed": (
        ("run", *SMALL, "--count", "3", "--seed", str(2**53 - 2), "-o", "{d}/b.psd"),
        f"the seed of the last of 3 variations would be {2**53}, and must be at most {2**53 - 1}",
    ),
    "an unknown command": (("paint",), "COMMAND must be one of"),
    "an unknown option": (
        ("run", *SMALL, "--fast", "-o", "{d}/b.psd"),
        "there is no option --fast",
    ),
    "a rewind of a PNG": (
        ("rewind", "{d}/a.png", "--step", "1", "-o", "{d}/b.psd"),
        "a.png: this is not a PSD",
    ),
    "a rewind without a run": (
        ("rewind", "{d}/a.psd", "--step", "1", "-o", "{d}/b.psd"),
        "there is no run in this document",
    ),
    "a rewind from step 0": (
        ("rewind", "{d}/run.psd", "--step", "0", "-o", "{d}/b.psd"),
        "--step must be in 1..4",
    ),
    "a rewind from step 5 of 4": (
        ("rewind", "{d}/run.psd", "--step", "5", "-o", "{d}/b.psd"),
        "--step must be in 1..4",
    ),
    "a rewind of a run that is not there": (
        ("rewind", "{d}/run.psd", "--step", "2", "--run", "zz", "-o", "{d}/b.psd"),
        "there is no run zz",
    ),
    "a nudge without an edit": (
        ("rewind", "{d}/run.psd", "--step", "2", "--mode", "nudge", "-o", "{d}/b.psd"),
        "mode nudge needs an edit",
    ),
    "a replay with an edit": (
        (
            *("rewind", "{d}/run.psd", "--step", "2", "--mode", "replay"),
            *("--edit", "{d}/a.png", "-o", "{d}/b.psd"),
        ),
        "--edit belongs to modes nudge, keep, hold and repaint, got mode replay",
    ),
    "an edit of another size": (
        ("rewind", "{d}/run.psd", "--step", "2", "--edit", "{d}/large.png", "-o", "{d}/b.psd"),
        "the edit must be 32x24 pixels",
    ),
    "a weight above 1": (
        (
            *("rewind", "{d}/run.psd", "--step", "2", "--mode", "hold", "--edit", "{d}/a.png"),
            *("--weight", "2", "-o", "{d}/b.psd"),
        ),
        "--weight must be a number in 0..1",
    ),
    "a rewind to a PNG": (
        ("rewind", "{d}/run.psd", "--step", "2", "-o", "{d}/b.png"),
        "must end in .psd",
    ),
    "nothing to show": (("show", "{d}/none.psd"), "none.psd cannot be read"),
    "a host on the network": (("serve", "--host", "0.0.0.0"), "host must be one of"),
    "a port that is none": (("serve", "--port", "70000"), "--port must be a whole number"),
}


@pytest.fixture(scope="module")
def wrong_files(folder: Path, tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Path:
    """A folder of files that are wrong in some way, and some good ones."""
    place = tmp_path_factory.mktemp("wrong")
    picture(place / "a.png")
    picture(place / "large.png", (64, 48))
    (place / "text.png").write_text("no picture")
    (place / "cut.png").write_bytes((place / "large.png").read_bytes()[:2000])
    album = Album()
    good = write_document(painting(album), album.images)
    (place / "a.psd").write_bytes(good)
    (place / "cut.psd").write_bytes(good[:500])
    (place / "r.json").write_text('{"colour": "red"}')
    (place / "m.json").write_text('{"model": "unheard-of"}')
    (place / "other").symlink_to(tiny_folder / "sdxl")
    assert main(["run", *SMALL, "-o", str(place / "run.psd")]) == 0
    return place


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_exit_2_and_one_sentence(
    pentimento: Terminal, wrong_files: Path, name: str
) -> None:
    arguments, sentence = WRONG[name]
    before = {path: path.read_bytes() for path in wrong_files.iterdir() if path.is_file()}
    said = pentimento(*(argument.replace("{d}", str(wrong_files)) for argument in arguments))
    assert said.status == 2
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    after = {path: path.read_bytes() for path in wrong_files.iterdir() if path.is_file()}
    assert after == before
