"""Set up what the tests need and run all of them: formatting, types, Python, JavaScript, browser.

    python3 scripts/test.py           everything
    python3 scripts/test.py --fast    without the slow ones
    python3 scripts/test.py ruff tsc  only the named checks
    python3 scripts/test.py --soak    instead of all that: ten minutes of live painting, measured

Each check is a command. They run side by side, each with one thread for its arithmetic, and what
one says is shown when it ends; those that measure, or have the last word, come afterwards and
alone. All run even if one fails, and the end says which did, in how long.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from environment import (
    PYTHON,
    ROOT,
    Missing,
    browser,
    node,
    node_version,
    npm_packages,
    ready,
    with_path,
)

NPM = ROOT / "tests" / "node_modules"
ALONE = ("soak", "provenance")
BESIDE = os.cpu_count() or 1  # most of them run two tests at a time themselves

BY_FILE = ("-n2", "--dist=loadfile")  # two files at a time, for tests that mostly wait
HANGS = "--test-timeout=900000"  # milliseconds; as pytest's in pyproject.toml

Commands = Mapping[str, list[str]]


class Row(NamedTuple):
    """How a check ended."""

    name: str
    passed: bool
    seconds: float


def checks(node_path: Path, fast: bool) -> dict[str, list[str]]:
    """Name -> command; of those that take minutes the longest first."""
    python, node_command = str(PYTHON), str(node_path)
    tests = ROOT / "tests"
    quick = " and not slow" if fast else ""
    pytest = [python, "-m", "pytest", "--durations=8"]
    plain = [*pytest, "-m", "not browser" + quick]
    live = tests / "browser" / "test_soak.py"
    provenance = tests / "ps-plugin" / "studio" / "provenance.test.js"
    test_files = sorted((tests / "ps-plugin").rglob("*.test.js"))
    all_checks = {
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "ruff": [python, "-m", "ruff", "check", "."],
        "tsc": [
            node_command,
            str(NPM / "typescript" / "bin" / "tsc"),
            "-p",
            str(ROOT / "ps-plugin" / "jsconfig.json"),
        ],
        "bridge": [*plain, *BY_FILE, str(tests / "bridge")],
        "browser": [*pytest, *BY_FILE, "-m", "browser" + quick, f"--ignore={live}"],
        "pipelines": [*plain, *BY_FILE, str(tests), f"--ignore={tests / 'bridge'}"],
        "node": [node_command, "--test", HANGS, *(str(f) for f in test_files if f != provenance)],
        "pyright": [node_command, str(NPM / "pyright" / "index.js"), "--level", "error"],
        "soak": [*pytest, "-s", str(live)],
        # last, so that its counts are seen: what the stand-in host knows, and what it assumes
        "provenance": [node_command, "--test", "--test-reporter=spec", str(provenance)],
    }
    if fast:
        del all_checks["soak"]
    return all_checks


def soak(minutes: float, seed: int) -> dict[str, str]:
    """What tests/browser/test_soak.py is told by the environment."""
    return {"PENTIMENTO_SOAK_MINUTES": f"{minutes:g}", "PENTIMENTO_SOAK_SEED": str(seed)}


def side_by_side(commands: Commands, environment: Mapping[str, str]) -> list[Row]:
    """Run them, a few at a time; what one says is shown whole, when it ends."""
    rows: list[Row] = []
    environment = {**environment, "OMP_NUM_THREADS": "1"}
    print(f"Side by side: {', '.join(commands)} …", flush=True)

    def run(name: str) -> tuple[Row, bytes]:
        began = time.monotonic()
        ended = subprocess.run(
            commands[name],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return Row(name, ended.returncode == 0, time.monotonic() - began), ended.stdout

    with ThreadPoolExecutor(BESIDE) as pool:
        running = [pool.submit(run, name) for name in commands]
        try:
            for ended in as_completed(running):
                row, said = ended.result()
                print(f"\n── {row.name}", flush=True)
                sys.stdout.buffer.write(said)
                sys.stdout.flush()
                rows.append(row)
        except BaseException:
            pool.shutdown(cancel_futures=True)  # or those that have not begun would begin
            raise
    return rows


def one_by_one(commands: Commands, environment: Mapping[str, str]) -> list[Row]:
    """Run them; what they say is seen at once."""
    rows: list[Row] = []
    for name, command in commands.items():
        print(f"\n── {name}", flush=True)
        began = time.monotonic()
        passed = subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
        rows.append(Row(name, passed, time.monotonic() - began))
    return rows


def main() -> int:
    """Exit status: 0 when every check passed."""
    parser = argparse.ArgumentParser(description="Run all of Pentimento's tests.")
    parser.add_argument("--fast", action="store_true", help="leave out the slow ones")
    parser.add_argument("only", nargs="*", help="names of checks, default all")
    parser.add_argument(
        "--soak",
        nargs="?",
        type=float,
        const=10.0,
        metavar="MINUTES",
        help="a painter at the live stream for so long, default 10; nothing else is run",
    )
    parser.add_argument("--seed", type=int, default=None, help="of --soak; default: a fresh one")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        ready(["dev"])
        node_path = node()
        npm_packages(node_path)
        commands = checks(node_path, options.fast and options.soak is None)
        if unknown := set(options.only) - set(commands):
            raise Missing(f"no check named {', '.join(unknown)}; there are {', '.join(commands)}")
        wanted = options.only or commands
        if options.soak is not None:
            wanted = ["soak"]
        chosen = {name: command for name, command in commands.items() if name in wanted}
        environment = with_path(node_path.parent) | {"OMP_WAIT_POLICY": "PASSIVE"}  # see homes.py
        if options.soak is not None:
            seed = secrets.randbelow(10**6) if options.seed is None else options.seed
            environment |= soak(options.soak, seed)
        if {"browser", "soak"} & set(chosen):
            environment["PENTIMENTO_BROWSER"] = str(browser())
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"Set up in {time.monotonic() - began:.0f} s, Node {node_version(str(node_path))}")
    began = time.monotonic()
    alone = {name: command for name, command in chosen.items() if name in ALONE}
    beside = {name: command for name, command in chosen.items() if name not in ALONE}
    rows = (side_by_side if len(beside) > 1 else one_by_one)(beside, environment)
    rows += one_by_one(alone, environment)
    print()
    for name, passed, seconds in rows:
        print(f"{'ok    ' if passed else 'FAILED'} {name:12} {seconds:6.1f} s")
    print(f"{'':6} {'all':12} {time.monotonic() - began:6.1f} s")
    return 0 if all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
