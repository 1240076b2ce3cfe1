"""Results to files: what cannot be written is said before, what lies there is never half or lost.

A sceptic would put everything there that can lie under a name, and let another program write at
the worst moment.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bridge.commands import outputs
from bridge.commands.outputs import Output, reserved, writing

ENDINGS = (".psd", ".png")


def refused(path: Path, need: int = 0) -> str:
    """What is said of it; nothing is left in its folder that was not there."""
    folder = path.parent
    before = sorted(folder.iterdir()) if folder.is_dir() else None
    with pytest.raises(ValueError, match=r"^-o .") as caught:
        Output(path).check(ENDINGS, need)
    assert before is None or sorted(folder.iterdir()) == before
    return str(caught.value)


def test_what_cannot_be_written_is_said_before(tmp_path: Path) -> None:
    (tmp_path / "folder.psd").mkdir()
    os.mkfifo(tmp_path / "pipe.psd")
    (tmp_path / "full.psd").symlink_to("/dev/full")
    (tmp_path / "loop.psd").symlink_to("loop.psd")
    (tmp_path / "stays.psd").write_text("stays")
    (tmp_path / "stays.psd").chmod(0o444)
    (tmp_path / "link.psd").symlink_to("stays.psd")
    (tmp_path / "lost.psd").symlink_to("nowhere/lost.psd")
    said = {
        "folder.psd": "is a folder",
        "pipe.psd": "is a device or a pipe",
        "full.psd": "is a device or a pipe",
        "loop.psd": "leads back to itself",
        "stays.psd": "is read-only",
        "link.psd": "is read-only",
        "lost.psd": "there is no folder",
        "no/a.psd": "there is no folder",
        "stays.psd/a.psd": "there is no folder",
        "a.gif": "must end in .psd or .png",
        ".psd": "must have a name",
        "a.psd.": "must end in",
        "ü" * 126 + ".psd": "File name too long",
        "a" * 252 + ".psd": "File name too long",
    }
    for name, why in said.items():
        assert why in refused(tmp_path / name), name
    assert "make room" in refused(tmp_path / "a.psd", need=2**60)
    assert (tmp_path / "stays.psd").read_text() == "stays"


def test_every_name_that_a_disk_takes_can_be_written(tmp_path: Path) -> None:
    names = (
        "a.PSD",
        "con.psd",
        "a b#c=d.psd",
        "\x1b[31m.psd",
        "ü" * 125 + ".psd",
        "a" * 251 + ".psd",
    )
    for name in names:
        output = Output(tmp_path / name)
        output.check(ENDINGS, 1)
        assert not (tmp_path / name).exists()
        output.put(b"painted")
        assert (tmp_path / name).read_bytes() == b"painted"
        assert (output.landed, output.note) == (tmp_path / name, "")
    assert len(list(tmp_path.iterdir())) == len(names)


def test_links_are_written_through(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "old.psd").write_text("old")
    (tmp_path / "one.psd").symlink_to("two.psd")
    (tmp_path / "two.psd").symlink_to("deep/old.psd")
    (tmp_path / "new.psd").symlink_to("deep/new.psd")
    for link in ("one.psd", "new.psd"):
        output = Output(tmp_path / link)
        output.check(ENDINGS)
        output.put(b"painted")
        assert (tmp_path / link).is_symlink()
        assert (tmp_path / link).read_bytes() == b"painted"
    assert (tmp_path / "deep" / "old.psd").read_bytes() == b"painted"
    assert not (tmp_path / "deep" / "new.psd").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_what_lies_there_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "a.psd"
    file.write_text("old")
    file.chmod(mode)
    Output(file).put(b"new")
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives away")
def test_what_lies_there_keeps_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "a.psd"
    file.write_text("old")
    os.chown(file, 1234, 1235)
    Output(file).put(b"new")
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 1235)


def test_a_new_file_has_the_mode_that_files_have_here(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    Output(tmp_path / "a.psd").put(b"new")
    assert (tmp_path / "a.psd").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_another_program_saved_meanwhile_is_never_replaced(tmp_path: Path) -> None:
    file, link = tmp_path / "a.psd", tmp_path / "link.psd"
    file.write_text("as it was read")
    (tmp_path / "a-2.psd").write_text("something else")
    link.symlink_to(file)
    for name, landed in ((file, "a-3.psd"), (link, "a-4.psd")):
        output = Output(name)
        output.check(ENDINGS)
        file.write_text(f"strokes on {landed}")
        output.put(b"painted")
        assert file.read_text() == f"strokes on {landed}"
        assert output.landed == tmp_path / landed
        assert output.landed.read_bytes() == b"painted"
        assert "was changed by another program" in output.note
        assert landed in output.note
    assert (tmp_path / "a-2.psd").read_text() == "something else"


def test_a_file_that_came_or_went_meanwhile_was_changed(tmp_path: Path) -> None:
    new, old = tmp_path / ("n" * 251 + ".psd"), tmp_path / "old.psd"
    old.write_text("old")
    came, went = Output(new), Output(old)
    new.write_text("came")
    old.unlink()
    came.put(b"painted")
    went.put(b"painted")
    assert new.read_text() == "came"
    assert came.landed.read_bytes() == went.landed.read_bytes() == b"painted"


def test_what_cannot_be_replaced_lies_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.psd"
    file.write_text("open elsewhere")
    replace = os.replace

    def held(source: str, target: Path) -> None:
        if target == file:
            raise PermissionError(13, "it is open in another program")
        replace(source, target)

    monkeypatch.setattr(outputs.os, "replace", held)
    output = Output(file)
    output.put(b"painted")
    assert file.read_text() == "open elsewhere"
    assert (tmp_path / "a-2.psd").read_bytes() == b"painted"
    assert "could not be replaced" in output.note
    with pytest.raises(OSError, match=r"a.psd cannot be written: it is open"), writing(file):
        pass
    assert len(list(tmp_path.iterdir())) == 2


def test_hard_links_are_told_of(tmp_path: Path) -> None:
    (tmp_path / "a.psd").write_text("old")
    os.link(tmp_path / "a.psd", tmp_path / "backup.psd")
    output = Output(tmp_path / "a.psd")
    output.put(b"painted")
    assert (tmp_path / "a.psd").read_bytes() == b"painted"
    assert (tmp_path / "backup.psd").read_text() == "old"
    assert "hard links" in output.note


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("no"), ConnectionError("gone")])
def test_what_is_not_written_to_the_end_leaves_what_was_there(
    tmp_path: Path, error: BaseException
) -> None:
    (tmp_path / "a.psd").write_text("old")

    def half() -> None:
        with Output(tmp_path / "a.psd").writing() as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        half()
    assert (tmp_path / "a.psd").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_that_fills_is_one_sentence(tmp_path: Path) -> None:
    def filling() -> None:
        with writing(tmp_path / "a.psd"):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match=r"a\.psd cannot be written: No space left"):
        filling()
    assert not list(tmp_path.iterdir())


def test_windows_devices_are_known_by_their_names() -> None:
    devices = ("con", "CON.psd", "nul.tar.gz", "Com1.png", "lpt9", "aux .txt", "com¹", "CONIN$")
    assert all(reserved(name) for name in devices)
    files = ("cone.psd", "com10.png", "a.con", "null.psd", "lpt", "com.psd", "")
    assert not any(reserved(name) for name in files)


def test_a_name_that_ends_like_the_other_kind_of_document_is_told_why_it_must_not(
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match=r"added to is a PSB, so the name must end in \.psb"):
        Output(tmp_path / "x.psd").check((".psb", ".png"))
    with pytest.raises(ValueError, match=r"added to is a PSD, so the name must end in \.psd"):
        Output(tmp_path / "x.psb").check((".psd",))
    with pytest.raises(ValueError, match=r"must end in \.png"):
        Output(tmp_path / "x.psd").check((".png",))
