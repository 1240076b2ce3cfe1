"""Ways of going on from an old step: each option of `rewind` does something, or is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as pil

from bridge.history.history import history_of
from bridge.psd.files import read_document

from ..cli import Terminal, paint_on, picture
from .test_before import SMALL, grey, refused
from .test_rewind import BOX, RUN, history, pictures

DOES_SOMETHING = {  # an option of `rewind`, and the modes in which it does
    "--edit": {"nudge", "keep", "repaint", "hold"},
    "--mask": {"nudge", "keep", "repaint", "hold"},
    "--region": {"repaint"},
    "--keep-outside": {"repaint"},
    "--variation-seed": {"repaint"},
    "--weight": {"hold"},
    "--release": {"hold"},
}


def test_an_option_that_does_nothing_in_the_mode_is_refused_by_its_name(
    pentimento: Terminal, tmp_path: Path
) -> None:
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.psd")
    edit = ("--edit", picture(tmp_path / "e.png"))
    values = {"--mask": grey(tmp_path / "m.png", 255), "--region": 1}
    go_on = ("rewind", tmp_path / "a.psd", "--step", 2, "-o", tmp_path / "b.psd")
    for option, modes in DOES_SOMETHING.items():
        given = (option,) if option == "--keep-outside" else (option, values.get(option, 0))
        for mode in ("replay", "nudge", "keep", "repaint", "hold"):
            if mode in modes:
                continue
            with_edit = edit if mode != "replay" else ()
            options = edit if option == "--edit" else (*given, *with_edit)
            said = refused(pentimento, *go_on, "--mode", mode, *options)
            assert f"{option} belongs to mode" in said
            assert all(one in said for one in modes)
            assert f"got mode {mode}" in said
    assert "the mode is repaint by itself" in refused(pentimento, *go_on, *edit, "--weight", 0.5)
    assert "the mode is replay by itself" in refused(pentimento, *go_on, "--release", 0.5)
    assert not (tmp_path / "b.psd").exists()


def test_other_noise_or_a_kept_rest_where_nothing_is_painted_anew_is_refused(
    pentimento: Terminal, tmp_path: Path
) -> None:
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.psd")
    go_on = ("rewind", tmp_path / "a.psd", "--step", 2, "-o", tmp_path / "b.psd")
    for option in (("--variation-seed", 5), ("--keep-outside",)):
        for more in ((), ("--prompt", "b")):
            said = refused(pentimento, *go_on, *more, *option)
            assert f"{option[0]} needs an edit, a --mask" in said
    said = refused(pentimento, *go_on, "--mode", "repaint", "--keep-outside")
    assert "--keep-outside needs an edit, a --mask or a --region" in said
    for more in ((), ("--prompt", "b"), ("--mode", "replay"), ("--sampler", "heun")):
        said = refused(pentimento, *go_on, *more, "--seed", 5)
        assert "--seed does nothing in mode " in said
        assert "euler_ancestral" in said


def test_a_seed_counts_where_noise_is_drawn(pentimento: Terminal, tmp_path: Path) -> None:
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.psd")
    mask = ("--mask", grey(tmp_path / "m.png", 255))
    ways: dict[str, tuple[object, ...]] = {
        "0": mask,
        "1": (*mask, "--seed", 5),
        "2": (*mask, "--variation-seed", 5),
        "3": ("--sampler", "lcm"),
        "4": ("--sampler", "lcm", "--seed", 5),
        "5": ("--sampler", "lcm", "--mode", "repaint"),
    }
    made: set[bytes] = set()
    for name, way in ways.items():
        out = tmp_path / f"{name}.psd"
        pentimento.works("rewind", tmp_path / "a.psd", "--step", 1, *way, "-o", out)
        document, images = read_document(out.read_bytes())
        last = history_of(document.xmp).steps[-1].image
        assert last in images
        made.add(images[last].pixels.tobytes())
    assert len(made) == len(ways)


def test_repaint_without_a_place_paints_all_of_the_step_anew(
    pentimento: Terminal, tmp_path: Path
) -> None:
    """As a mask that is full does; with other noise and another seed other pictures."""
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.psd")
    ways: dict[str, tuple[object, ...]] = {
        "as before": (),
        "in words": ("--prompt", "a house"),
        "masked": ("--mask", grey(tmp_path / "m.png", 255)),
        "anew": ("--mode", "repaint"),
        "otherwise": ("--mode", "repaint", "--variation-seed", 1),
        "another": ("--mode", "repaint", "--seed", 5),
    }
    made: dict[str, bytes] = {}
    for name, way in ways.items():
        out = tmp_path / f"{name}.psd"
        said = pentimento.works("rewind", tmp_path / "a.psd", "--step", 1, *way, "-o", out)
        mode = "replay" if name in ("as before", "in words") else "repaint"
        assert f"{mode} from step 1" in said.out + said.err
        document, images = read_document(out.read_bytes())
        last = history_of(document.xmp).steps[-1].image
        assert last in images
        made[name] = images[last].pixels.tobytes()
    assert made.pop("masked") == made["anew"]
    made.pop("in words")  # which this little model hardly listens to
    assert len(set(made.values())) == len(made)


def test_a_painted_step_can_be_gone_on_from_as_it_was(pentimento: Terminal, tmp_path: Path) -> None:
    out, run = tmp_path / "out.psd", tmp_path / "painted.psd"
    pentimento.works(*RUN, "-o", tmp_path / "run.psd")
    paint_on(tmp_path / "run.psd", "3 ·", BOX, run)
    said = pentimento.works("rewind", run, "--step", "3", "--mode", "replay", "-o", out)
    assert "What was painted on step 3 is left out: mode replay goes on from what was " in said.err
    first, again = history(out).runs
    found, before = pictures(out), pictures(tmp_path / "run.psd")
    for index in range(2, 6):
        np.testing.assert_array_equal(found[f"{again.id}.{index}"], before[f"{first.id}.{index}"])
    said = pentimento.works("rewind", run, "--step", "2", "--mode", "replay", "-o", out)
    assert "left out" not in said.err


def test_strokes_that_are_not_taken_in_are_said(pentimento: Terminal, tmp_path: Path) -> None:
    """Painted on another step than the one that is named, or beside the mask."""
    out, run = tmp_path / "out.psd", tmp_path / "painted.psd"
    pentimento.works(*RUN, "-o", tmp_path / "run.psd")
    paint_on(tmp_path / "run.psd", "3 ·", BOX, run)
    said = pentimento.works("rewind", run, "--step", "5", "-o", out)
    assert "Painted on as well, and not taken in: step 3." in said.err
    assert "--step 3" in said.err
    said = pentimento.works("rewind", run, "--step", "3", "-o", out, "--overwrite")
    assert "as well" not in said.err
    beside = np.full((24, 32), 255, np.uint8)
    beside[BOX[1] : BOX[3], BOX[0] : BOX[2]] = 0
    mask = tmp_path / "beside.png"
    pil.fromarray(beside).save(mask)
    for mode in ("nudge", "keep", "hold", "repaint"):
        text = refused(
            pentimento, "rewind", run, "--step", 3, "--mode", mode, "--mask", mask, "-o", out,
            "--overwrite",
        )  # fmt: skip
        assert "nothing of what was painted lies inside the --mask" in text


def test_a_painting_that_the_store_has_under_another_id_is_not_painted_again(
    pentimento: Terminal, tmp_path: Path
) -> None:
    pentimento.works(*RUN, "-o", tmp_path / "run.psd")
    first, out = history(tmp_path / "run.psd").runs[0], tmp_path / "out.psd"
    moved = tmp_path / "moved.psd"
    moved.write_bytes((tmp_path / "run.psd").read_bytes().replace(first.id.encode(), b"f" * 32))
    go_on = ("rewind", moved, "--step", "2", "--mode", "replay", "-o", out)
    for more in (("--prompt", "a boat"), ()):
        events = pentimento.works(*go_on, *more, "--json").events
        assert [event["type"] for event in events].count("started") == 1
        assert not any(event["type"] == "replayed" for event in events)
        assert history(out).runs[1].parent == f"{'f' * 32}.1"
    before, after = pictures(tmp_path / "run.psd"), pictures(out)
    again = history(out).runs[1].id
    np.testing.assert_array_equal(after[f"{again}.5"], before[f"{first.id}.5"])
