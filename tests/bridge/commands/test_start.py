"""A start that fails says why in one sentence, wherever it fails, also through other commands."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.access import access, private
from bridge.commands.connection import last_sentence
from bridge.config import Config, data_dir

from ..cli import ROOT

SERVE = ("serve", "--port", "0", "--device", "cpu", "--until-input-ends")


def environment(data: str) -> dict[str, str]:
    """Of a command with this data folder."""
    found = {"PENTIMENTO_DATA": data, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return os.environ | found


def said(data: str, *arguments: str, cwd: Path = ROOT) -> tuple[int, list[str]]:
    """Exit status and the lines on standard error of a command whose input stays open."""
    with subprocess.Popen(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=cwd,
        env=environment(data),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None  # asked for above
        lines = process.stderr.read().splitlines()
        status = process.wait(20)
    return status, lines


def broken(data: Path, how: str) -> str:
    """Make a data folder that no bridge can use; the sentence that says so."""
    match how:
        case "a file":
            data.touch()
            return f"the data folder {data} is a file; set PENTIMENTO_DATA to a folder of your own"
        case "a store that is a folder":
            (data / "store.sqlite").mkdir(parents=True)
            store = data / "store.sqlite"
            return f"{store} is a folder, and the store is a file; move the folder away"
        case _:
            data.mkdir()
            (data / "store.sqlite").write_bytes(b"no store" * 1000)
            return "the store "


@pytest.mark.parametrize("how", ["a file", "a store that is a folder", "a store that is none"])
def test_what_is_wrong_with_the_folder_is_one_sentence(tmp_path: Path, how: str):
    sentence = broken(tmp_path / "data", how)
    status, lines = said(str(tmp_path / "data"), *SERVE)
    assert (status, len(lines)) == (1, 1), lines
    assert lines[0].startswith(f"pentimento serve: {sentence}")


NO_FOLDER = [
    "a file",
    pytest.param(
        "in /proc", marks=pytest.mark.skipif(not Path("/proc/1").exists(), reason="Linux has it")
    ),
]


@pytest.mark.parametrize("how", NO_FOLDER)
def test_doctor_says_of_the_folder_what_every_command_says(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "data" if how == "a file" else Path("/proc/nope/data")
    if how == "a file":
        data.touch()
    monkeypatch.setenv("PENTIMENTO_DATA", str(data))
    with pytest.raises(OSError, match="the data folder ") as cannot:
        private.folder(data)
    sentence = str(cannot.value)
    what, mend = sentence.split("; ")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert f"WRONG     {what}. To mend it: {mend}" in said
    assert "nearly full" not in said
    assert main(["doctor", "--mend"]) == 1
    assert capsys.readouterr().err == f"pentimento doctor: {sentence}\n"


@pytest.mark.parametrize("given", ["../{name}/data", "~/data"])
def test_a_command_tells_what_its_own_bridge_said_wherever_the_folder_is(
    tmp_path: Path, given: str, monkeypatch: pytest.MonkeyPatch
):
    """The bridge runs in another folder, but on the same data."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "data" / "store.sqlite").mkdir(parents=True)
    command = ("run", "--prompt", "a house", "-o", str(tmp_path / "out.psd"))
    status, lines = said(given.format(name=tmp_path.name), *command, cwd=tmp_path)
    assert status == 1, lines
    assert "store.sqlite is a folder, and the store is a file; move the folder away" in lines[-1]
    assert lines[-1].startswith("pentimento run: /")


def test_a_relative_folder_is_where_the_command_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for given, found in (("data", tmp_path / "data"), ("~/data", Path.home() / "data")):
        monkeypatch.setenv("PENTIMENTO_DATA", given)
        assert data_dir() == found
    monkeypatch.setenv("PENTIMENTO_DATA", "~nobody-of-that-name/data")
    with pytest.raises(ValueError, match="names a user that this system does not know"):
        data_dir()


def test_who_has_the_port_is_said(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        status, lines = said(str(tmp_path / "data"), *SERVE, "--port", port)
    sentence = f"port {port} cannot be used: another program listens there; --port 0 takes"
    assert (status, lines[0][: len(sentence) + 18]) == (1, f"pentimento serve: {sentence}"), lines


def test_a_device_that_is_none_is_wrong_input(tmp_path: Path):
    status, lines = said(str(tmp_path / "data"), "serve", "--device", "gpu")
    assert (status, len(lines)) == (2, 1)
    assert "device must be auto, cpu, cuda, cuda:NUMBER or mps, got 'gpu'" in lines[0]


@contextmanager
def started(data: Path, *more: str) -> Generator[subprocess.Popen[str]]:
    """A bridge that starts; it ends with its input."""
    with subprocess.Popen(
        [sys.executable, "-m", "bridge", *SERVE, *more],
        cwd=ROOT,
        env=environment(str(data)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(400):
            if access.find(data) is not None:
                break
            time.sleep(0.05)
        try:
            yield process
        finally:
            process.terminate()


def test_a_log_that_cannot_be_written_is_said_and_the_bridge_goes_on(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "log").touch()  # where the folder of the logs would be
    with started(data) as process:
        assert access.find(data) is not None
        process.terminate()
        _, lines = process.communicate(timeout=60)
    assert "bridge.log cannot be written" in lines
    assert process.returncode == 0


def test_two_bridges_with_folders_of_their_own_know_each_other(tmp_path: Path):
    with started(tmp_path / "one") as first:
        where = access.find(tmp_path / "one")
        assert where is not None
        status, lines = said(str(tmp_path / "two"), *SERVE, "--port", str(where.port))
        assert status == 1
        assert f"another Pentimento (process {first.pid}) listens there" in lines[0]


def test_a_full_disk_is_called_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("bridge.access.private.tempfile.TemporaryFile", full)
    with pytest.raises(OSError, match=r"the disk with .*data is full; free some space"):
        private.folder(tmp_path / "data")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux has such a place")
def test_a_folder_that_cannot_be_made_is_not_called_a_full_disk():
    with pytest.raises(OSError, match=r"folder /proc/nope cannot be written to \(No such file"):
        private.folder(Path("/proc/nope"))


def test_a_read_only_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def locked(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("bridge.access.private.tempfile.TemporaryFile", locked)
    with pytest.raises(OSError, match=r"cannot be written to \(Read-only file system\); set PENTI"):
        private.folder(tmp_path / "data")


def test_the_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bridge.access.private.is_own", lambda _: False)
    with pytest.raises(OSError, match="belongs to another user; set PENTIMENTO_DATA"):
        private.folder(tmp_path)


def test_a_bridges_sentence_is_found_among_what_libraries_print():
    printed = (
        "pentimento serve: the disk with /d is full; free some space\n"
        "Fatal Python error: could not acquire lock\n<no Python frame>\n"
    )
    assert last_sentence(printed) == "the disk with /d is full; free some space"
    assert "did not start" in last_sentence("Segmentation fault\n<no Python frame>\n")


def test_a_models_folder_is_checked_before_a_bridge_is_started(tmp_path: Path):
    with pytest.raises(ValueError, match="model must be a diffusers folder"):
        Config(model=tmp_path)
