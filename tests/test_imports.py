"""The architecture as a test: who may import whom.

panel -> wire format only;  bridge -> pipelines -> torch, diffusers;  never upwards
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for room in ("pipelines", "bridge")
    for path in (ROOT / room).rglob("*.py")
)
TORCH = {"torch", "diffusers", "transformers"}
LIGHT_PIPELINES = (
    "pipelines.recipe",
    "pipelines.pixels",
    "pipelines.colour",
    "pipelines.embedded.renderer",
)


def imports(file: str) -> set[str]:
    """The modules a file imports, with their whole names; also those inside functions."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    package = file.rsplit("/", 1)[0].split("/")
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def outside(file: str) -> set[str]:
    """The packages a file imports, by their first names."""
    return {name.partition(".")[0] for name in imports(file)}


def bridge(file: str) -> bool:
    return file.startswith("bridge/")


def test_the_test_sees_the_files():
    assert {"pipelines/recipe.py", "bridge/wire.py", "bridge/worker.py"} <= set(FILES)
    assert "torch" in outside("bridge/worker.py")


@pytest.mark.parametrize("file", [file for file in FILES if not bridge(file)])
def test_pipelines_know_nothing_of_the_bridge_nor_of_asyncio(file: str):
    assert not outside(file) & {"bridge", "aiohttp", "asyncio", "psd_tools", "sqlite3", "socket"}


@pytest.mark.parametrize("file", [file for file in FILES if bridge(file)])
def test_nothing_in_the_bridge_but_the_worker_imports_torch(file: str):
    if file == "bridge/worker.py":
        return
    assert not outside(file) & TORCH
    light = tuple(f"{name}." for name in LIGHT_PIPELINES)
    used = {f"{name}." for name in imports(file) if name.startswith("pipelines.")}
    assert {name for name in used if not name.startswith(light)} <= {"pipelines.embedded."}
    assert "bridge.worker" not in imports(file)


@pytest.mark.parametrize("file", ["pipelines/recipe.py", "bridge/wire.py"])
def test_contracts_are_plain_data(file: str):
    assert outside(file) <= {"__future__", "math", "re", "typing", "msgspec", "pipelines"}


@pytest.mark.parametrize(
    "file", ["bridge/frames.py", "bridge/store.py", "bridge/schema.py", "bridge/quota.py",
             "bridge/images.py", "bridge/document.py", "bridge/psd.py"]
)  # fmt: skip
def test_what_only_stores_or_translates_knows_no_asyncio(file: str):
    assert not outside(file) & {"asyncio", "aiohttp"}


@pytest.mark.parametrize("file", [file for file in FILES if bridge(file)])
def test_processes_and_threads_of_the_server_meet_asyncio_in_stream_only(file: str):
    """The commands and the demo are programs of their own, each with its own event loop."""
    programs = ("bridge/stream.py", "bridge/worker.py", "bridge/demo.py")
    if file not in programs and "/commands/" not in file:
        assert not outside(file) & {"multiprocessing", "concurrent"}
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "create_subprocess" not in text
        assert "to_thread" not in text


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("bridge.server", TORCH),
        ("bridge.serving", TORCH),
        ("bridge.client", TORCH),
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


@pytest.mark.parametrize(
    ("map_", "files"),
    [
        ("pipelines/__init__.py", "pipelines/*.py"),
        ("bridge/__init__.py", "bridge/*.py"),
    ],
)
def test_the_map_of_a_room_names_every_file_in_it(map_: str, files: str):
    word = r"^\w+|(?<=, )\w+|(?<=; )\w+"
    told = set(re.findall(word, (ROOT / map_).read_text(encoding="utf-8"), re.MULTILINE))
    names = {path.stem for path in ROOT.glob(files)} - {"__init__", "__main__"}
    assert len(names) > 20
    assert {name for name in names if name not in told and not name.startswith("psd")} == set()


def test_the_map_of_the_panel_names_every_file_in_its_rooms():
    text = (ROOT / "docs/contracts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)/` \| [^|]+ \| (.+) \|$", text, re.MULTILINE)
    told = {f"{room}/{name}" for room, names in rows for name in re.findall(r"`(\w+)`", names)}
    plugin = ROOT / "ps-plugin"
    files = {path.relative_to(plugin) for path in plugin.rglob("*.js")}
    rooms = {file.with_suffix("").as_posix() for file in files if file.parts[0] != "studio"}
    assert told == {name if "/" in name else f"ps-plugin/{name}" for name in rooms}
