"""Groups added to files that others use, and commands that are stopped or robbed of a run.

A sceptic would save the file with another program while the command paints, press Ctrl-C until
nothing moves any more, and cancel one of three variations in the panel.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from psd_tools.constants import Resource
from psd_tools.psd.image_resources import ImageResource

from bridge import wire
from bridge.access.access import find
from bridge.commands import rewind, run, saving
from bridge.commands.gather import Gathered
from bridge.history.history import history_of
from bridge.http.client import Bridge, connect
from bridge.psd.files import opened, read_document
from bridge.wire import Cancel
from pipelines.recipe import Recipe

from ..cli import ROOT, Terminal
from ..images.profile_samples import brightness

SMALL = ("--prompt", "a house", "--size", "32x24", "--steps", "2")
ONTO = ("--prompt", "b", "--steps", "2")


def runs(file: Path) -> int:
    """How many runs a document holds."""
    return len(history_of(read_document(file.read_bytes())[0].xmp).runs)


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, file: Path, data: bytes, command: ModuleType = run
) -> None:
    """Let another program save a file while a command paints."""
    paint = command.painted

    async def slowly(*what: Any, **where: Any) -> list[Gathered]:  # as painted takes them
        made = await paint(*what, **where)
        file.write_bytes(data)
        return made

    monkeypatch.setattr(command, "painted", slowly)


def test_a_run_over_its_own_start_is_added_to_what_the_file_holds_at_the_end(
    pentimento: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, more = tmp_path / "a.psd", tmp_path / "more.psd"
    pentimento.works("run", *SMALL, "-o", file)
    pentimento.works("run", "--init", file, *ONTO, "-o", more)
    meanwhile(monkeypatch, file, more.read_bytes())
    pentimento.works("run", "--init", file, *ONTO, "-o", file)
    assert runs(file) == 3
    assert not (tmp_path / "a-2.psd").exists()


def test_a_run_over_a_file_that_is_no_psd_any_more_lies_beside_it(
    pentimento: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.psd"
    pentimento.works("run", *SMALL, "-o", file)
    meanwhile(monkeypatch, file, b"something else")
    said = pentimento.works("run", "--init", file, *ONTO, "-o", file)
    assert file.read_bytes() == b"something else"
    assert runs(tmp_path / "a-2.psd") == 2
    assert "was changed by another program meanwhile" in said.err


@pytest.mark.parametrize("words", [SMALL, ("--prompt", "c", "--size", "48x40", "--steps", "2")])
@pytest.mark.parametrize("command", [run, rewind])
def test_nothing_is_added_to_another_document_that_took_the_files_place(
    pentimento: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    command: ModuleType,
) -> None:
    file, other = tmp_path / "a.psd", tmp_path / "other.psd"
    pentimento.works("run", *SMALL, "-o", file)
    pentimento.works("run", *words, "--seed", 5, "-o", other)
    meanwhile(monkeypatch, file, other.read_bytes(), command)
    onto = ("rewind", file, "--step", 1, "--prompt", "b")
    onto = onto if command is rewind else ("run", "--init", file, *ONTO)
    said = pentimento.works(*onto, "-o", file)
    assert file.read_bytes() == other.read_bytes()
    assert runs(tmp_path / "a-2.psd") == 2
    assert "a.psd was changed by another program meanwhile and was left as it is" in said.err


def test_a_profile_that_leads_one_way_only_is_refused_before_painting(
    pentimento: Terminal, tmp_path: Path
) -> None:
    file, out = tmp_path / "a.psd", tmp_path / "out.psd"
    pentimento.works("run", *SMALL, "-o", file)
    psd = opened(file.read_bytes())
    icc = ImageResource(key=Resource.ICC_PROFILE.value, data=brightness())
    psd.image_resources[Resource.ICC_PROFILE] = icc
    saved = io.BytesIO()
    psd.write(saved)
    file.write_bytes(saved.getvalue())
    said = pentimento("run", "--init", file, *ONTO, "-o", out, "--json")
    assert said.status == 2
    assert "no layer can be painted in the file's colour profile" in said.err
    assert "convert the file to sRGB first" in said.err
    assert "stepped" not in said.out
    assert not out.exists()
    recipe = Recipe(prompt="b", width=32, height=24)
    with pytest.raises(ValueError, match="no layer can be painted"):
        saving.check(recipe, 2, file.read_bytes())
    saving.check(recipe, 2, file.read_bytes(), numbers="sRGB")  # it was assigned, not converted to


def test_a_model_that_the_bridge_does_not_have_is_refused_naming_the_recipes_file(
    pentimento: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps({"prompt": "a house", "model": "nobody"}))
    said = pentimento("run", file, "-o", tmp_path / "a.psd")
    assert said.status == 2
    assert f"{file}: recipe.model must be one of" in said.err


class Robbed:
    """An order, of which some runs are cancelled by somebody else once they are queued."""

    def __init__(self, order: Any, folder: Path, which: set[int], why: str | None):
        self._order, self._folder, self._which = order, folder, which
        self._why = why  # they seem to fail for this reason instead
        self._queued = 0
        self.cancel = order.cancel

    def __aiter__(self) -> Robbed:
        return self

    async def __anext__(self) -> wire.Event:
        event = await self._order.__anext__()
        if isinstance(event, wire.Queued):
            self._queued += 1
            if self._queued in self._which:
                where = find(self._folder)
                assert where is not None
                async with connect(where) as other:
                    await other.send(Cancel(run=event.run.id))
        if isinstance(event, wire.Cancelled) and self._why is not None:
            return wire.Failed(seq=event.seq, run=event.run, message=self._why)
        return event


@pytest.fixture
def rob(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[set[int], str | None], None]:
    """Let some of a command's runs be cancelled, or fail."""
    paint = Bridge.paint

    def done(which: set[int], why: str | None = None) -> None:
        monkeypatch.setattr(Bridge, "paint", lambda *o: Robbed(paint(*o), folder, which, why))

    return done


def left_in(folder: Path, ending: str) -> object:
    """What was written: a document's runs, or the pictures' names."""
    if ending == "psd":
        return runs(folder / "a.psd")
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize(("ending", "left"), [("psd", 2), ("png", ["a-1.png", "a-3.png"])])
def test_a_variation_that_is_cancelled_elsewhere_is_named_and_the_others_are_written(
    pentimento: Terminal, rob: Callable[..., None], tmp_path: Path, ending: str, left: object
) -> None:
    rob({2}, None)
    said = pentimento.works("run", *SMALL, "--count", 3, "-o", tmp_path / f"a.{ending}")
    assert "was cancelled from elsewhere; what it painted is kept." in said.err
    assert left_in(tmp_path, ending) == left


@pytest.mark.parametrize(
    ("ending", "which", "left"),
    [("psd", {1}, 2), ("png", {1}, ["a-2.png", "a-3.png"]), ("png", {1, 3}, ["a-2.png"])],
)
def test_a_variation_that_fails_is_told_by_its_number_and_the_others_are_written(
    pentimento: Terminal,
    rob: Callable[..., None],
    tmp_path: Path,
    ending: str,
    which: set[int],
    left: object,
) -> None:
    rob(which, "the worker died")
    said = pentimento("run", *SMALL, "--count", 3, "-o", tmp_path / f"a.{ending}")
    assert said.status == 1
    told = [f"Variation {number} of 3 (Painting" for number in sorted(which)]
    lines = sorted(said.err.strip().splitlines())
    assert [line[: len(start)] for line, start in zip(lines, told, strict=True)] == told
    assert all(line.endswith(") came to nothing: the worker died") for line in lines)
    assert left_in(tmp_path, ending) == left


def test_where_no_variation_is_painted_nothing_is_written(
    pentimento: Terminal, rob: Callable[..., None], tmp_path: Path
) -> None:
    rob({1, 2}, "the worker died")
    said = pentimento("run", *SMALL, "--count", 2, "-o", tmp_path / "a.png")
    assert said.status == 1
    assert "none of the variations was painted to its end" in said.err
    assert not list(tmp_path.iterdir())


def _endless(folder: Path, into: Path, size: str) -> subprocess.Popen[str]:
    """A run of its own process that would take long; it hears Ctrl-C as in a terminal."""
    words = ("run", "--prompt", "endless", "--size", size, "--steps", "250", "--json")
    return subprocess.Popen(
        [sys.executable, "-m", "bridge", *words, "-o", str(into / "a.psd")],
        cwd=ROOT,
        env=os.environ | {"PENTIMENTO_DATA": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_pressed_again_and_again_is_one_ctrl_c(folder: Path, tmp_path: Path) -> None:
    process = _endless(folder, tmp_path, "512x512")
    assert process.stdout is not None
    next(line for line in process.stdout if json.loads(line)["type"] == "stepped")
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
async def test_a_command_that_is_ended_by_the_system_stops_its_run(
    folder: Path, tmp_path: Path, name: str
) -> None:
    process = _endless(folder, tmp_path, "256x256")
    assert process.stdout is not None
    events = (json.loads(line) for line in process.stdout)
    run = next(event for event in events if event["type"] == "stepped")["step"]["run"]
    process.send_signal(getattr(signal, name))
    _, err = await asyncio.to_thread(process.communicate, timeout=60)
    assert (process.returncode, err) == (128 + getattr(signal, name), "")
    where = find(folder)
    assert where is not None
    async with connect(where) as bridge:
        assert (await bridge.run(run)).run.state == "cancelled"


@pytest.mark.parametrize("module", ["bridge.commands", "argparse", "asyncio", "numpy", "aiohttp"])
def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_word(module: str) -> None:
    script = f"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, *_):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from bridge.__main__ import main
sys.exit(main(["--help"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
