"""Files as people name them: any sign may be in a name, and nothing but a file is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.commands.places import beside, parts, path, read_bytes, said_at


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path


FILES = (
    "a.psd",
    "we#ird.psd",
    "a#b#c.psd",
    "x=y.png",
    "-d.png",
    "~m.png",
    "n\nl.psd",
    "#",
    "絵.psd",
)


@pytest.mark.parametrize(
    ("place", "file", "layer"),
    [
        ("a.psd", "a.psd", None),
        ("a.psd#sky", "a.psd", "sky"),
        ("a.psd#a#b=c", "a.psd", "a#b=c"),
        ("a.psd#", "a.psd", ""),
        ("we#ird.psd", "we#ird.psd", None),
        ("we#ird.psd#a#b", "we#ird.psd", "a#b"),
        ("a#b#c.psd#d", "a#b#c.psd", "d"),
        ("n\nl.psd#l\nn", "n\nl.psd", "l\nn"),
        ("絵.psd#絵 👩‍🎨", "絵.psd", "絵 👩‍🎨"),
        ("~m.png", "~m.png", None),
        ("#", "#", None),
        ("##x", "#", "x"),
        ("folder", "folder", None),
        ("folder#x", "folder#x", None),
        ("none.psd#sky", "none.psd", "sky"),
        ("no#ne.psd#sk#y", "no#ne.psd", "sk#y"),
        ("none#sky", "none#sky", None),
        ("x" * 5000, "x" * 5000, None),
    ],
)
def test_the_longest_file_that_exists_is_meant(
    here: Path, place: str, file: str, layer: str | None
) -> None:
    for name in FILES:
        (here / name).write_text("x")
    (here / "folder").mkdir()
    assert parts(place) == (Path(file), layer)


@pytest.mark.parametrize(
    ("text", "prompt", "place"),
    [
        ("a boat=a.psd#sky", "a boat", "a.psd#sky"),
        ("a=b=a.psd#x=y", "a=b", "a.psd#x=y"),
        ("a boat=x=y.png", "a boat", "x=y.png"),
        ("f(x)=y=x=y.png", "f(x)=y", "x=y.png"),
        ("-p=-d.png", "-p", "-d.png"),
        ("=a.psd", "", "a.psd"),
        ("a=", "a", ""),
        ("a boat", "a boat", ""),
        ("with = sign=none.psd#layer=x", "with = sign", "none.psd#layer=x"),
        ("a=b=none", "a=b", "none"),
        ("=" * 4000 + "b=a.psd", "=" * 4000 + "b", "a.psd"),
    ],
)
def test_a_prompt_ends_where_a_file_begins(here: Path, text: str, prompt: str, place: str) -> None:
    for name in FILES:
        (here / name).write_text("x")
    assert said_at(text) == (prompt, place)


def test_home_is_meant_where_no_file_has_that_name(here: Path) -> None:
    (here / "home" / "m.png").write_text("x")
    assert path("~/m.png") == here / "home" / "m.png"
    assert said_at("a boat=~/m.png") == ("a boat", "~/m.png")
    (here / "~").mkdir()
    assert path("~/m.png") == Path("~/m.png")
    assert path("~nobody-of-that-name/x") == Path("~nobody-of-that-name/x")


def test_only_ordinary_files_are_read(here: Path) -> None:
    os.mkfifo("pipe")
    Path("empty").write_text("")
    Path("large").write_text("12345")
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    said = {
        "pipe": "is a device or a pipe",
        "/dev/zero": "is a device or a pipe",
        "/dev/null": "is a device or a pipe",
        "folder": "it is a folder",
        "empty": "0 bytes",
        "/proc/self/environ": "0 bytes",
        "none": "No such file",
        "loop": "cannot be read",
        "large": "at most 4 are read",
        "x" * 300: "File name too long",
    }
    for name, why in said.items():
        with pytest.raises(ValueError, match=why) as caught:
            read_bytes(Path(name), 4)
        assert str(caught.value).startswith(name)
    assert read_bytes(Path("large"), 5) == b"12345"


def test_a_file_that_grows_while_it_is_read_is_not_taken(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path("grows")
    file.write_text("half")
    states = os.fstat

    def grown(handle: int) -> os.stat_result:
        state = states(handle)
        with file.open("a") as more:
            more.write(" of it")
        return state

    monkeypatch.setattr(os, "fstat", grown)
    with pytest.raises(ValueError, match="grows was being written"):
        read_bytes(file)


def test_what_a_file_names_lies_beside_it(here: Path) -> None:
    (here / "pal" / "sub").mkdir(parents=True)
    outside = here / "out.png"
    outside.write_text("x")
    palette = here / "pal" / "p.json"
    for name in ("m.png", "sub/m.png", "a#b.png", "..png", "nul.png"):
        (palette.parent / name).write_text("x")
    (palette.parent / "in.png").symlink_to("m.png")
    (palette.parent / "leak.png").symlink_to(outside)
    (palette.parent / "way").symlink_to(here)
    good = ("m.png", "sub/m.png", "a#b.png", "..png", "in.png", "m.png#..", "none.png", "~/m.png")
    for name in good:
        assert beside(palette, name) == str(palette.parent / name)
    bad = ("../out.png", "sub/../m.png", str(outside), "leak.png", "way/out.png", "", ".", "..")
    windows = (
        "C:\\m.png",
        "C:m.png",
        "\\m.png",
        "\\\\host\\m.png",
        "//host/m.png",
        "sub\\..\\m.png",
    )
    for name in (*bad, *windows, "a\0.png", "../out.png#layer", "\\\\?\\C:\\m.png"):
        with pytest.raises(ValueError, match="same folder or below"):
            beside(palette, name)
    with pytest.raises(ValueError, match="device on Windows"):
        beside(palette, "nul.png")


def test_a_server_that_a_file_names_is_never_asked(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(_: object) -> bool:
        raise AssertionError("it was looked for")

    monkeypatch.setattr(os.path, "exists", asked)
    for name in ("\\\\host\\share\\m.png", "//host/share/m.png", "/net/host/m.png"):
        with pytest.raises(ValueError, match="same folder"):
            beside(here / "p.json", name)
