"""What can be known to fail is said before a step is painted, and no print stops a painting.

A sceptic would count the runs that the bridge has afterwards: of what is refused, none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image as pil

from bridge.commands.printing import ascii_json
from bridge.history.history import history_of
from bridge.plain import plain
from bridge.psd.files import read_document

from ..cli import ROOT, Said, Terminal, picture

SMALL = ("--prompt", "a house", "--size", "32x24", "--steps", "2")


def grey(path: Path, value: int, size: tuple[int, int] = (32, 24), pixels: int = 0) -> Path:
    """A mask of one value, or black with so many pixels of it."""
    values = np.full((size[1], size[0]), 0 if pixels else value, np.uint8)
    values.ravel()[:pixels] = value
    pil.fromarray(values).save(path)
    return path


def refused(pentimento: Terminal, *arguments: object) -> str:
    """What is said of it, in one sentence; no step of it was painted."""
    said = pentimento(*arguments, "--json") if arguments[0] == "run" else pentimento(*arguments)
    assert said.status == 2, said
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    return said.err


def shell(folder: Path, line: str, **environment: str) -> Said:
    """A line of a real shell; $P is the program."""
    program = f'"{sys.executable}" -m bridge'
    settings = {"PENTIMENTO_DATA": str(folder), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line.replace('$P', program)}"],
        env=os.environ | settings | environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    return Said(done.returncode, out, err)


# masks and regions


@pytest.mark.parametrize(
    ("value", "pixels", "why"), [(0, 0, "is empty"), (12, 0, "too dark"), (60, 1, "too dark")]
)
def test_a_mask_under_which_nothing_changes_is_refused(
    pentimento: Terminal, tmp_path: Path, value: int, pixels: int, why: str
) -> None:
    mask = grey(tmp_path / "m.png", value, pixels=pixels)
    start = ("--prompt", "a", "--steps", 4, "--init", picture(tmp_path / "in.png"))
    out = ("-o", tmp_path / "o.png")
    assert why in refused(pentimento, "run", *start, "--mask", mask, *out)


def test_a_mask_that_lets_little_change_is_told_of(pentimento: Terminal, tmp_path: Path) -> None:
    start = ("--prompt", "a", "--steps", 10, "--init", picture(tmp_path / "in.png"))
    out = ("-o", tmp_path / "o.png")
    dark, dot = grey(tmp_path / "m.png", 40), grey(tmp_path / "n.png", 255, pixels=3)
    assert "at most 16%" in pentimento.works("run", *start, "--mask", dark, *out).err
    assert "lets 3 of" in pentimento.works("run", *start, "--mask", dot, *out).err
    white = grey(tmp_path / "w.png", 255)
    assert pentimento.works("run", *start, "--mask", white, *out).err == ""


def test_an_empty_mask_of_a_rewind_is_refused(pentimento: Terminal, tmp_path: Path) -> None:
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.psd")
    rewind = ("rewind", tmp_path / "a.psd", "--step", 2, "-o", tmp_path / "b.psd")
    mask = ("--mask", grey(tmp_path / "e.png", 0), "--prompt", "b")
    assert "the mask is empty" in refused(pentimento, *rewind, *mask)


def test_regions_that_cannot_be_seen_are_told_of(pentimento: Terminal, tmp_path: Path) -> None:
    left, full = grey(tmp_path / "l.png", 255, pixels=300), grey(tmp_path / "f.png", 255)
    none, out = grey(tmp_path / "n.png", 0), ("-o", tmp_path / "o.png")
    said = refused(pentimento, "run", *SMALL, "--region", f"a boat={none}", *out)
    assert 'the mask of "a boat" is empty' in said
    hidden = ("--region", f"a boat={left}", "--region", f"the sea={full}")
    assert (
        'the region "a boat" will not be seen' in pentimento.works("run", *SMALL, *hidden, *out).err
    )
    seen = ("--region", f"the sea={full}", "--region", f"a boat={left}")
    assert pentimento.works("run", *SMALL, *seen, *out).err == ""
    assert "needs --region" in refused(pentimento, "run", *SMALL, "--blur", 2, *out)


def test_softness_that_no_region_takes_is_refused(pentimento: Terminal, tmp_path: Path) -> None:
    brush = {"name": "boat", "prompt": "a boat"}
    palette = tmp_path / "p.json"
    palette.write_text(json.dumps({"format": "pentimento palette 1", "brushes": [brush]}))
    mask = grey(tmp_path / "m.png", 255, pixels=300)
    region = ("--palette", palette, "--region", f"boat={mask}", "-o", tmp_path / "o.png")
    for option in ("--blur", "--isolate"):
        said = refused(pentimento, "run", *SMALL, *region, option, 2)
        assert f"{option} needs --region" in said


# prompts, recipes, palettes


def test_an_empty_prompt_is_one(pentimento: Terminal, tmp_path: Path) -> None:
    pentimento.works("run", *SMALL, "--prompt", "", "-o", tmp_path / "a.psd")
    (run,) = history_of(read_document((tmp_path / "a.psd").read_bytes())[0].xmp).runs
    assert run.recipe.prompt == ""
    mask = grey(tmp_path / "m.png", 255, pixels=300)
    out = ("--region", f"a=b={mask}", "-o", tmp_path / "b.psd")
    pentimento.works("run", "--size", "32x24", "--steps", 1, *out)
    (run,) = history_of(read_document((tmp_path / "b.psd").read_bytes())[0].xmp).runs
    assert (run.recipe.prompt, run.recipe.regions[0].prompt) == ("", "a=b")


def test_a_recipe_is_read_in_any_unicode_or_refused_by_its_name(
    pentimento: Terminal, tmp_path: Path
) -> None:
    text = json.dumps({"prompt": "ä", "width": 16, "height": 16, "num_inference_steps": 1})
    text = text.replace("\\u00e4", "ä")
    file, out = tmp_path / "r.json", ("-o", tmp_path / "o.png")
    for code in ("utf-8-sig", "utf-16"):
        file.write_bytes(text.encode(code))
        pentimento.works("run", file, *out)
    wrong = (text.encode("latin-1"), b"", b"{", b'{"prompt": 5}', b'{"prompt": "a", "seed": -1}')
    for data in (*wrong, b'{"prompt": "a", "prompt": "b"}', b'{"prompt": "a", "eta": NaN}'):
        file.write_bytes(data)
        assert str(file) in refused(pentimento, "run", file, *out)
    file.write_bytes(b'{"prompt": "a", "seed": 5}')  # the file is right, the option is not
    assert str(file) not in refused(pentimento, "run", file, "--steps", 0, *out)


def test_a_picture_in_place_of_a_recipe_or_palette_is_told_where_it_belongs(
    pentimento: Terminal, tmp_path: Path
) -> None:
    out = ("-o", tmp_path / "o.png")
    pentimento.works("run", *SMALL, "-o", tmp_path / "a.psd")
    png, large = picture(tmp_path / "p.png"), picture(tmp_path / "l.png", (400, 400))
    assert large.stat().st_size > 256 * 1024  # more than a recipe may have
    for file, kind in ((tmp_path / "a.psd", "PSD"), (png, "PNG"), (large, "PNG")):
        said = refused(pentimento, "run", file, *out)
        assert f"{file} is a picture ({kind}) and no recipe; a picture to start from is " in said
        assert "given by --init" in said
    said = refused(pentimento, "run", "--palette", png, *out)
    assert f"{png} is a picture (PNG) and no palette; " in said
    assert "--layout" in said


def test_a_file_that_is_not_there_is_named_once(pentimento: Terminal, tmp_path: Path) -> None:
    none = tmp_path / "nope.psd"
    for command in (("show", none), ("rewind", none, "--step", 1, "-o", tmp_path / "o.psd")):
        assert refused(pentimento, *command).count("nope.psd") == 1


def test_a_palette_names_files_of_its_folder_only(pentimento: Terminal, tmp_path: Path) -> None:
    (tmp_path / "pal").mkdir()
    grey(tmp_path / "out.png", 255)
    os.mkfifo(tmp_path / "pal" / "pipe.png")
    palette, out = tmp_path / "pal" / "p.json", ("-o", tmp_path / "o.png")
    brush = {"format": "pentimento palette 1", "brushes": [{"prompt": "a", "mask": "../out.png"}]}
    ground = {"format": "pentimento palette 1", "background": {"image": "pipe.png"}}
    for found, field in ((brush, "brushes[0].mask"), (ground, "background.image")):
        palette.write_text(json.dumps(found))
        said = refused(pentimento, "run", *SMALL, "--palette", palette, *out)
        assert f"{palette}: {field}: " in said


# outputs


def test_all_pictures_of_a_count_are_looked_at_before(pentimento: Terminal, tmp_path: Path) -> None:
    (tmp_path / "o-2.png").mkdir()
    said = refused(pentimento, "run", *SMALL, "--count", 2, "-o", tmp_path / "o.png")
    assert "o-2.png is a folder" in said
    assert not (tmp_path / "o-1.png").exists()


def test_a_rewind_over_its_own_file_keeps_strokes_made_meanwhile(
    pentimento: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.psd"
    pentimento.works("run", *SMALL, "-o", file)
    pentimento.works("rewind", file, "--step", 2, "--prompt", "b", "-o", file)
    assert len(history_of(read_document(file.read_bytes())[0].xmp).runs) == 2

    def painting(out: BinaryIO, *_: object, **__: object) -> None:
        file.write_bytes(b"strokes that came meanwhile")
        out.write(b"a document")

    monkeypatch.setattr("bridge.commands.saving.write_onto", painting)
    run = history_of(read_document(file.read_bytes())[0].xmp).runs[0].id
    again = ("rewind", file, "--run", run, "--step", 2, "--prompt", "c", "-o", file)
    said = pentimento.works(*again)
    assert file.read_bytes() == b"strokes that came meanwhile"
    assert (tmp_path / "a-2.psd").read_bytes() == b"a document"
    assert "was changed by another program meanwhile" in said.err
    assert str(tmp_path / "a-2.psd") in said.out


def test_live_looks_at_its_output_before(pentimento: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "f.png").mkdir()
    for name, why in (("file", "is a file"), ("f.png", "is a folder"), ("no/a.png", "no folder")):
        assert why in refused(pentimento, "live", *SMALL, "-o", tmp_path / name)


# what is printed


def test_no_name_steers_a_terminal() -> None:
    assert plain("a\x1b[31m\x07\x7f\x9b2J\r\n\u202ebc\u2028") == (
        "a\\x1b[31m\\x07\\x7f\\x9b2J\\r\\n\\u202ebc\\u2028"
    )
    kept = "σ · … ü 絵 👩‍🎨 שלום \\x1b"
    assert plain(kept) == kept
    assert (
        json.loads(ascii_json(json.dumps("\x9b👩‍🎨\u202e", ensure_ascii=False))) == "\x9b👩‍🎨\u202e"
    )


def test_prompts_names_and_errors_are_printed_harmlessly(
    pentimento: Terminal, tmp_path: Path
) -> None:
    evil = "\x1b]0;owned\x07\u202e"
    file = tmp_path / f"a{evil}.psd"
    said = [
        pentimento.works("run", *SMALL, "--prompt", f"a{evil}\nb", "-o", file),
        pentimento.works("show", file),
        pentimento("show", tmp_path / f"none{evil}"),
        pentimento("run", *SMALL, "--init", f"{file}#{evil}", "-o", tmp_path / "b.psd"),
        pentimento("run", f"--{evil}"),
        pentimento("run", *SMALL, "--region", evil, "-o", tmp_path / "b.psd"),
    ]
    for one in said:
        assert not {"\x1b", "\x07", "\u202e"} & set(one.out + one.err)
    assert "\\x1b]0;owned" in said[1].out


def test_every_encoding_can_be_printed_on(
    pentimento: Terminal, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ü.psd"
    pentimento.works("run", *SMALL, "--prompt", "ünder … 😀 σ", "-o", file)
    for code in ("ascii", "cp1252"):
        said = shell(folder, f"$P show '{file}'", PYTHONIOENCODING=code)
        assert (said.status, said.err) == (0, "")
        assert "\\u03c3" in said.out
    command = f"$P run --prompt 'ü … 😀' --size 32x24 --steps 1 --json -o '{file}'"
    said = shell(folder, command, PYTHONIOENCODING="ascii")
    assert said.status == 0
    assert said.events[0]["run"]["recipe"]["prompt"] == "ü … 😀"
    assert said.events[-1]["path"] == str(file)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
@pytest.mark.parametrize("unbuffered", ["", pytest.param("1", marks=pytest.mark.slow)])
def test_nobody_listening_stops_no_painting(
    pentimento: Terminal, folder: Path, tmp_path: Path, unbuffered: str
) -> None:
    where = {"full": ">/dev/full", "closed": ">&-", "silent": ">&- 2>&-", "deaf": "2>/dev/full"}
    for name, redirected in where.items():
        file = tmp_path / f"{name}.psd"
        command = f"$P run --prompt a --size 32x24 --steps 1 --json -o '{file}' {redirected}"
        assert shell(folder, command, PYTHONUNBUFFERED=unbuffered).status == 0, name
        assert read_document(file.read_bytes())[0].layers
    head = f"$P run --prompt a --size 32x24 --steps 2 --json -o '{tmp_path}/h.psd' | head -c 1"
    assert shell(folder, head, PYTHONUNBUFFERED=unbuffered).out == "{"
    assert read_document((tmp_path / "h.psd").read_bytes())[0].layers
    said = shell(folder, f"$P show '{tmp_path}/h.psd' >/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert shell(folder, "$P run -o x.gif 2>/dev/full", PYTHONUNBUFFERED=unbuffered).status == 2
