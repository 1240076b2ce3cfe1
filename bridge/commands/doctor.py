"""`pentimento doctor`: versions, device, model, ports, store; what is wrong, and what mends it."""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..access import access, private
from ..access.access import Access
from ..access.stuck import sentence, stuck
from ..config import PORT, Config
from ..http.client import Lost, connect
from ..plain import plain
from ..runs.session import program_version
from ..store import checkup
from .outputs import Output
from .places import named_path
from .printing import say
from .stopping import stoppable

HELP = "say what is wrong, and what mends it"
PACKAGES = ("torch", "diffusers", "transformers", "safetensors", "aiohttp", "msgspec", "psd-tools")
LITTLE_SPACE = 2 * 2**30  # bytes
DEVICE_PATIENCE = 120.0  # seconds torch may take to be imported from a cold disk
SHOWN_LOG = 2 * 2**20  # bytes of each log file that go into a report

Facts = dict[str, Any]  # JSON


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.add_argument(
        "--report",
        type=named_path,
        metavar="FILE.zip",
        help="bundle what a bug report needs, no token",
    )
    parser.add_argument(
        "--mend",
        action="store_true",
        help="read the whole store, set aside what is damaged, mend what can be mended",
    )


def run(options: argparse.Namespace) -> int:
    """Print it; 1 when something is wrong."""
    bundle = Output(options.report, "--report") if options.report is not None else None
    if bundle is not None:
        bundle.check((".zip",))
    lines = _mended(Config()) if options.mend else []
    facts = examined(Config())
    if bundle is not None:
        bundle.put(report(facts, Config()))
    if options.json:
        lines.append(json.dumps(facts))
    else:
        lines += _lines(facts)
        if bundle is not None:
            lines += ["", f"{bundle.landed} holds this and the log, for a bug report."]
    for line in lines:
        say(plain(line))
    return 1 if facts["problems"] else 0


def examined(config: Config) -> Facts:
    """What is found on this machine, and what is wrong with it."""
    running = access.find(config.data)
    silent = None if running else stuck(config)
    device = _devices()  # takes seconds, in which a bridge that has just started is ready
    bridge = stoppable(_bridge(running)) if running else None
    try:
        private.folder(config.data)
        folder = None
    except OSError as error:
        folder = str(error)
    facts: Facts = {
        "program": "pentimento",
        "version": program_version(),
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
        "device": device,
        "model": {"embedded": _megabytes(config.models["embedded"])},
        "bridge": bridge,
        "silent": silent,
        "ports": {"bridge": running.port if running else None, f"{PORT} free": _free(PORT)},
        "store": _store(config, bridge, is_held=silent is not None)
        | {"writable": folder is None, "folder": folder},
        "log": str(config.log_path),
    }
    return facts | {"problems": list(_problems(facts, config))}


def _mended(config: Config) -> list[str]:
    """What mending the store did. Raises RuntimeError, OSError: why nothing can be done."""
    private.folder(config.data)
    if access.find(config.data) is not None:
        raise RuntimeError("a bridge is running; stop it first, then mend its store")
    if (process := stuck(config)) is not None:
        raise RuntimeError(sentence(process))
    if not config.store_path.exists():
        return ["There is no store yet, and nothing to mend."]
    return checkup.mended(config.store_path, config.quota_bytes)


def report(facts: Facts, config: Config) -> bytes:
    """A zip with the facts and the log files. Whatever the token is, it is struck out."""
    known = access.read(config.data)
    token = known.token if known else None

    def clean(text: str) -> str:
        return text.replace(token, "(token)") if token else text

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("doctor.json", clean(json.dumps(facts, indent=2)))
        for file in sorted(config.log_path.parent.glob(config.log_path.name + "*")):
            text = file.read_bytes()[-SHOWN_LOG:].decode("utf-8", "replace")
            bundle.writestr(f"log/{file.name}", clean(text))
    return out.getvalue()


def _problems(facts: Facts, config: Config) -> list[dict[str, str]]:
    """What is wrong, and the command that mends it."""
    found: list[tuple[str, str]] = []
    other_folder = "set PENTIMENTO_DATA to a folder of your own with room in it"
    other_model = "pentimento serve --model FOLDER"
    for name, installed in facts["packages"].items():
        if installed == "not installed":
            found.append((f"{name} is not installed", "python3 scripts/start.py"))
    if isinstance(facts["device"], str):
        found.append((f"torch cannot be used: {facts['device']}", "python3 scripts/start.py"))
    if not facts["model"]["embedded"]:
        found.append(("the embedded model is not there", other_model))
    bridge = facts["bridge"]
    if bridge is not None and bridge["model"]["state"] == "failed":
        message = bridge["model"]["message"]
        found.append((f"the model cannot be loaded: {message}", other_model))
    if facts["silent"] is not None:
        found.append(_cut(sentence(facts["silent"])))
    elif bridge is None and not facts["ports"][f"{PORT} free"]:
        found.append((f"another program uses port {PORT}", "pentimento serve --port 0"))
    if facts["store"]["folder"] is not None:
        found.append(_cut(facts["store"]["folder"]))
    elif facts["store"]["free_bytes"] < LITTLE_SPACE:
        found.append((f"the disk of {config.data} is nearly full", other_folder))
    for what in facts["store"]["problems"]:
        found.append((what, "pentimento doctor --mend"))
    found += [(one["what"], one["mend"]) for one in facts["store"]["by_hand"]]
    return [{"what": what, "mend": mend} for what, mend in found]


def _cut(said: str) -> tuple[str, str]:
    """A sentence as other commands say it: what is wrong, and what mends it."""
    what, _, mend = said.rpartition("; ")
    return what, mend


def _lines(facts: Facts) -> list[str]:
    bridge, store, ports = facts["bridge"], facts["store"], facts["ports"]
    packages = ", ".join(f"{name} {found}" for name, found in facts["packages"].items())
    device = facts["device"] if isinstance(facts["device"], str) else ", ".join(facts["device"])
    if facts["silent"] is not None:
        where = f"process {facts['silent']}, which does not answer"
        model = "unknown"
    elif bridge is None:
        where = f"none is running; port {PORT} is {'free' if ports[f'{PORT} free'] else 'taken'}"
        model = f"embedded, {facts['model']['embedded']} MB"
    else:
        workers = f"{bridge['workers']} worker{'s' * (bridge['workers'] > 1)}"
        where = f"at port {ports['bridge']}, process {bridge['pid']}, {workers}"
        model = (
            f"{(bridge['model']['loaded'] or {}).get('name', 'none')} ({bridge['model']['state']})"
        )
    size = f"{store['bytes'] / 2**20:.1f} MiB, {store['free_bytes'] / 2**30:.0f} GiB free there"
    problems = [f"WRONG     {one['what']}. To mend it: {one['mend']}" for one in facts["problems"]]
    return [
        f"Pentimento {facts['version']}, Python {facts['python']}, {facts['system']}",
        f"packages  {packages}",
        f"devices   {device}; {facts['processors']} processors",
        f"bridge    {where}",
        f"model     {model}",
        f"store     {store['path']}: {size}",
        *(["          too large to be read whole here: --mend does"] if store["unread"] else []),
        *(f"aside     {one['what']}: {one['why']} ({one['when']})" for one in store["damaged"]),
        *(f"aside     {one['file']}: a damaged store, kept" for one in store["aside"]),
        f"log       {facts['log']}",
        *(problems or ["All is well."]),
    ]


async def _bridge(running: Access) -> Facts | None:
    """What a running bridge says of itself."""
    try:
        async with connect(running, client="pentimento doctor") as bridge:
            return await bridge.doctor()
    except (Lost, ValueError):
        return None


def _devices() -> list[str] | str:
    """What torch can compute on; text where torch fails. A process of its own imports it."""
    script = (
        "import torch; print('cpu'); count = torch.cuda.device_count(); "
        "[print(f'cuda:{n}', torch.cuda.get_device_name(n)) for n in range(count)]; "
        "torch.backends.mps.is_available() and print('mps')"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=DEVICE_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return done.stdout.split("\n")[:-1]


def _store(config: Config, bridge: Facts | None, *, is_held: bool) -> Facts:
    path = config.store_path
    kept: Facts
    if is_held:  # whatever lies there is being written
        kept = {"problems": [], "by_hand": [], "damaged": [], "aside": checkup.aside(path)}
        kept["unread"] = False
    elif bridge is None:
        kept = checkup.found(path)
    else:
        kept = {
            "problems": [],
            "by_hand": [],
            "unread": False,
            **{name: bridge["store"][name] for name in ("damaged", "aside")},
        }
    folder = next(place for place in (config.data, *config.data.parents) if place.exists())
    return {
        "path": str(path),
        "bytes": sum(file.stat().st_size for file in path.parent.glob(path.name + "*")),
        "free_bytes": shutil.disk_usage(folder).free,
        **kept,
    }


def _megabytes(folder: Path) -> float:
    """Size of a model's folder in MB; 0 where there is none."""
    files = folder.rglob("*") if (folder / "model_index.json").is_file() else ()
    return round(sum(file.stat().st_size for file in files if file.is_file()) / 1e6, 1)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
