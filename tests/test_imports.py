"""The architecture as a test: who may import whom.

panel -> wire format only;  bridge -> pipelines -> torch, diffusers;  never upwards
a room -> the rooms that ROOMS names beside it, all of which stand above it
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.draw_rooms import PROGRAMS, imports

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for room in ("pipelines", "bridge")
    for path in (ROOT / room).rglob("*.py")
)
TORCH = {"torch", "diffusers", "transformers"}
ROOMS = {  # whom each may import from; what lies at the top of their folder is for all of them
    "bridge": {
        "images": "",
        "psd": "images",
        "history": "images psd",
        "store": "images",
        "access": "store",
        "worker": "images psd",
        "runs": "images store access worker",
        "http": "images psd history store access worker runs",
        "commands": "images psd history store access runs http",
    },
    "pipelines/embedded": {
        "scenes": "",
        "training": "scenes",
        "measuring": "scenes training",
    },
}
LIGHT_PIPELINES = (
    "pipelines.fields",
    "pipelines.recipe",
    "pipelines.said",
    "pipelines.pixels",
    "pipelines.colour",
    "pipelines.resolving",
    "pipelines.embedded.scenes.renderer",
)


def outside(file: str) -> set[str]:
    """The packages a file imports, by their first names."""
    return {name.partition(".")[0] for name in imports(file)}


def bridge(file: str) -> bool:
    return file.startswith("bridge/")


def test_the_test_sees_the_files():
    assert {"pipelines/recipe.py", "bridge/wire.py", "bridge/worker/worker.py"} <= set(FILES)
    assert "torch" in outside("bridge/worker/worker.py")


def room_of(file: str, package: str) -> str:
    """The room of a package in which a file lies, or "" at its top or beyond it."""
    room, slash, _ = file.removeprefix(f"{package}/").partition("/")
    return room if slash and file.startswith(f"{package}/") else ""


def rooms_used(file: str, package: str) -> set[str]:
    """The rooms of a package that a file imports from."""
    start = package.replace("/", ".") + "."
    parts = {
        name.removeprefix(start).split(".")[0] for name in imports(file) if name.startswith(start)
    }
    return parts & set(ROOMS[package])


@pytest.mark.parametrize("package", ROOMS)
def test_every_folder_is_a_room_and_rooms_look_upwards_only(package: str):
    folders = {room_of(file, package) for file in FILES} - {""}
    assert folders == set(ROOMS[package])
    above: set[str] = set()
    for room, allowed in ROOMS[package].items():
        assert set(allowed.split()) <= above
        above.add(room)


@pytest.mark.parametrize(
    ("package", "room"), [(package, room) for package, rooms in ROOMS.items() for room in rooms]
)
def test_a_room_imports_from_those_it_may_and_needs(package: str, room: str):
    used = {
        (other, file)
        for file in FILES
        if room_of(file, package) == room
        for other in rooms_used(file, package) - {room}
    }
    allowed = set(ROOMS[package][room].split())
    assert {(other, file) for other, file in used if other not in allowed} == set()
    assert {other for other, _ in used} == allowed, "an arrow that nobody needs"


@pytest.mark.parametrize("package", ROOMS)
def test_what_is_for_all_rooms_imports_none_of_them(package: str):
    top = [file for file in FILES if file.rpartition("/")[0] == package and file not in PROGRAMS]
    assert {file for file in top if rooms_used(file, package)} == set()


@pytest.mark.parametrize(
    "file", [file for file in FILES if re.fullmatch(r"pipelines/\w+.py", file)]
)
def test_the_pipelines_do_without_the_embedded_model(file: str):
    assert not {name for name in imports(file) if name.startswith("pipelines.embedded")}


@pytest.mark.parametrize("file", [file for file in FILES if not bridge(file)])
def test_pipelines_know_nothing_of_the_bridge_nor_of_asyncio(file: str):
    assert not outside(file) & {"bridge", "aiohttp", "asyncio", "psd_tools", "sqlite3", "socket"}


@pytest.mark.parametrize("file", [file for file in FILES if bridge(file)])
def test_nothing_in_the_bridge_but_the_worker_imports_torch(file: str):
    if file == "bridge/worker/worker.py":
        return
    assert not outside(file) & TORCH
    light = tuple(f"{name}." for name in LIGHT_PIPELINES)
    used = {f"{name}." for name in imports(file) if name.startswith("pipelines.")}
    assert {name for name in used if not name.startswith(light)} <= {"pipelines.embedded."}
    assert "bridge.worker.worker" not in imports(file)


@pytest.mark.parametrize("file", ["pipelines/recipe.py", "bridge/wire.py"])
def test_contracts_are_plain_data(file: str):
    assert outside(file) <= {"__future__", "math", "re", "typing", "msgspec", "pipelines"}


@pytest.mark.parametrize("file", [file for file in FILES if bridge(file)])
def test_what_only_stores_or_translates_knows_no_asyncio(file: str):
    still = ("images", "psd", "history", "store")
    said = ("bridge/worker/protocol.py", "bridge/worker/frames.py")
    if room_of(file, "bridge") in still or file in said:
        assert "asyncio" not in outside(file)
    if room_of(file, "bridge") != "http":
        assert "aiohttp" not in outside(file)


@pytest.mark.parametrize("file", [file for file in FILES if bridge(file)])
def test_processes_and_threads_of_the_server_meet_asyncio_in_homes_only(file: str):
    """The commands and the demo are programs of their own, each with its own event loop."""
    programs = ("bridge/worker/homes.py", "bridge/worker/worker.py", "bridge/demo.py")
    if file not in programs and "/commands/" not in file:
        assert not outside(file) & {"multiprocessing", "concurrent"}
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "create_subprocess" not in text
        assert "to_thread" not in text


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("bridge.http.server", TORCH),
        ("bridge.http.serving", TORCH),
        ("bridge.http.client", TORCH),
        ("bridge.__main__", TORCH | {"aiohttp", "numpy", "PIL", "asyncio"}),
        ("bridge.commands.line", TORCH),
        ("bridge.demo", TORCH),
        ("bridge.wire", TORCH | {"aiohttp", "numpy", "PIL"}),
        ("pipelines.recipe", TORCH | {"aiohttp", "numpy", "PIL"}),
        ("pipelines.pixels", TORCH | {"aiohttp"}),
    ],
)
def test_what_is_really_loaded_is_as_light_as_it_looks(module: str, unwanted: set[str]):
    script = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(loaded.stdout.split()) & unwanted


MAPS = {file: file.replace("__init__", "*") for file in FILES if file.endswith("__init__.py")}


@pytest.mark.parametrize("map_", MAPS)
def test_the_map_of_a_room_names_every_file_in_it(map_: str):
    word = r"^\w+|(?<=, )\w+|(?<=; )\w+"
    told = set(re.findall(word, (ROOT / map_).read_text(encoding="utf-8"), re.MULTILINE))
    names = {path.stem for path in ROOT.glob(MAPS[map_])} - {"__init__", "__main__"}
    assert names
    assert names - told == set()


def test_the_map_of_the_panel_names_every_file_in_its_rooms():
    text = (ROOT / "ps-plugin/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)/` \| [^|]+ \| (.+) \|$", text, re.MULTILINE)
    told = {f"{room}/{name}" for room, names in rows for name in re.findall(r"`(\w+)`", names)}
    plugin = ROOT / "ps-plugin"
    files = {path.relative_to(plugin) for path in plugin.rglob("*.js")}
    rooms = {file.with_suffix("").as_posix() for file in files if file.parts[0] != "studio"}
    assert told == {name if "/" in name else f"ps-plugin/{name}" for name in rooms}
