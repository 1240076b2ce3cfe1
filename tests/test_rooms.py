"""The map of the house: its picture is drawn from the imports and is not old, its page is short."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.draw_rooms import PICTURE, Rooms, rooms_found, svg_of

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/contracts.md").read_text(encoding="utf-8")
NUMBER = r"-?\d+(?:\.\d+)?"


@pytest.fixture(scope="module")
def rooms() -> Rooms:
    return rooms_found()


def test_the_picture_is_what_the_imports_are_now(rooms: Rooms):
    drawn = PICTURE.read_text(encoding="utf-8")
    assert drawn == svg_of(rooms), "it is old: .venv/bin/python scripts/draw_rooms.py draws it"


def test_every_folder_with_code_is_a_room(rooms: Rooms):
    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for house, kind in (("ps-plugin", "js"), ("bridge", "py"), ("pipelines", "py"))
        for path in (ROOT / house).rglob(f"*.{kind}")
    }
    beside = {"ps-plugin", "ps-plugin/studio", "bridge", "pipelines", "pipelines/embedded"}
    assert folders - beside == {room for room in rooms.texts if (ROOT / room).is_dir()} - {
        f"{folder}/" for folder in beside
    }


def test_arrows_are_imports(rooms: Rooms):
    assert ("bridge/http", "bridge/runs") in rooms.arrows
    assert ("bridge/images", "pipelines/") in rooms.arrows
    assert ("bridge/worker", "pipelines/loop") in rooms.arrows
    assert ("ps-plugin/view", "ps-plugin/actions") in rooms.arrows
    assert not [
        (one, other)
        for one, other in rooms.arrows
        if one.startswith("pipelines") and other.startswith("bridge")
    ]


def test_an_arrow_that_follows_from_others_is_not_drawn(rooms: Rooms):
    assert ("bridge/commands", "bridge/images") in rooms.arrows
    assert ("bridge/commands", "bridge/images") not in rooms.needed


def test_every_arrow_leads_downwards(rooms: Rooms):
    picture = ElementTree.fromstring(svg_of(rooms))
    ways = [path.get("d", "") for path in picture.iter() if path.get("class") == "arrow"]
    assert len(ways) == len(rooms.needed)
    for way in ways:
        (_, first), *_, (_, last) = re.findall(rf"({NUMBER}) ({NUMBER})", way)
        assert float(first) < float(last)


def test_rooms_that_ask_each_other_in_a_circle_are_named(rooms: Rooms):
    circle = replace(rooms, arrows=rooms.arrows | {("bridge/images", "bridge/http")})
    with pytest.raises(ValueError, match=r"circle: .*bridge/http.*bridge/images"):
        svg_of(circle)


def test_the_page_is_short_and_the_files_it_names_are_there():
    assert len(PAGE.splitlines()) <= 120
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in ("bridge", "pipelines", "ps-plugin", "scripts", "tests")
        for path in (ROOT / folder).rglob("*.*")
        if "node_modules" not in path.parts
    }
    ends = {file[start:] for file in files for start in _beginnings(file)}
    assert set(re.findall(r"`([\w/-]+(?:\.test)?\.(?:py|js))`", PAGE)) - ends == set()
    rooms = set(re.findall(r"^\| `([\w/-]+)/` \|", PAGE, re.MULTILINE))
    assert rooms
    assert {room for room in rooms if not (ROOT / room).is_dir()} == set()


def _beginnings(file: str) -> list[int]:
    """Where a path and each of its parts begin."""
    return [0, *(match.end() for match in re.finditer("/", file))]
