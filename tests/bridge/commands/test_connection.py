"""Commands that begin or end beside each other while no bridge was running before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.access import access
from bridge.access.access import Access
from bridge.commands import connection
from bridge.config import Config
from bridge.http.serving import serving
from bridge.store.database import StoreBusy
from bridge.store.store import Store
from bridge.worker.homes import Home

from ..cli import PATIENCE, ROOT, Terminal
from ..store.test_damage import filled, garbage

SMALL = ("--prompt", "a house", "--size", "32x24")


def test_a_bridge_that_another_began_meanwhile_must_have_the_model_that_was_asked_for(
    pentimento: Terminal, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = access.find
    looks = iter([None])  # nobody answers at the first look
    monkeypatch.setattr(connection.access, "find", lambda folder: next(looks, found(folder)))
    out = tmp_path / "a.png"
    said = pentimento("run", *SMALL, "--model", tiny_folder / "sd_v", "-o", out)
    assert said.status == 2
    assert "a bridge is running with the model sd; stop it to paint with sd_v" in said.err
    assert not out.exists()


def test_a_bridge_that_ends_just_then_is_not_taken_for_the_last_word(
    pentimento: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = access.find
    ended = Access(port=9, token="x", pid=1)  # nothing listens there
    looks = iter([ended])
    monkeypatch.setattr(connection.access, "find", lambda folder: next(looks, found(folder)))
    pentimento.works("run", *SMALL, "--steps", "2", "-o", tmp_path / "a.png")


async def test_a_bridge_waits_for_the_store_of_one_that_is_just_ending(
    config: Config, home: Home, monkeypatch: pytest.MonkeyPatch
):
    looks: list[Path] = []

    def opened(path: Path, quota: int) -> Store:
        looks.append(path)
        if len(looks) < 3:
            raise StoreBusy("another bridge is using the store")
        return Store(path, quota)

    monkeypatch.setattr("bridge.http.serving.Store", opened)
    async with serving(config, home):
        assert len(looks) == 3


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_command_outlives_the_one_whose_bridge_it_paints_with(
    tmp_path: Path, tiny_folder: Path, how: signal.Signals
) -> None:
    environment = os.environ | {"PENTIMENTO_DATA": str(tmp_path), "OMP_NUM_THREADS": "1"}

    def begin(name: str, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bridge", "run", *SMALL, "--json", *more]
        process = subprocess.Popen(
            [*command, "-o", str(tmp_path / name)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert process.stdout is not None
        next(line for line in process.stdout if '"type":"queued"' in line)
        return process

    first = begin("first.png", "--steps", "250", "--model", str(tiny_folder / "sd"))
    second = begin("second.png", "--steps", "8")
    first.send_signal(how)
    first.communicate(timeout=PATIENCE)
    second.communicate(timeout=PATIENCE)
    assert first.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert second.returncode == 0
    assert (tmp_path / "second.png").exists()
    assert not (tmp_path / "first.png").exists()
    end = time.monotonic() + PATIENCE
    while access.find(tmp_path) is not None:
        assert time.monotonic() < end, "the bridge stayed behind"
        time.sleep(0.1)


@pytest.mark.slow
def test_what_was_damaged_in_the_store_is_said_by_the_command_that_began_the_bridge(
    tiny_folder: Path, tmp_path: Path
) -> None:
    path = filled(tmp_path / "data")
    garbage(0)(path)
    words = ("run", *SMALL, "--steps", "2", "--model", str(tiny_folder / "sd"))
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words, "-o", str(tmp_path / "a.psd")],
        cwd=ROOT,
        env=os.environ | {"PENTIMENTO_DATA": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{path}: The store was damaged" in done.stderr
    assert "It was built anew with 2 paintings with 8 steps" in done.stderr
    assert (tmp_path / "a.psd").exists()
