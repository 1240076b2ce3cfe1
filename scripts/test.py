"""Set up what the tests need and run all of them: formatting, types, Python, JavaScript, browser.

    python3 scripts/test.py           everything
    python3 scripts/test.py --fast    without the slow ones
    python3 scripts/test.py ruff tsc  only the named checks
    python3 scripts/test.py --soak    instead of all that: ten minutes of live painting, measured

Each check is a command; all run even if one fails, and the end says which did, in how long.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import time
from pathlib import Path

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


def checks(node_path: Path, fast: bool) -> dict[str, list[str]]:
    """Name -> command, in the order of their cost."""
    python, node_command = str(PYTHON), str(node_path)
    pytest = [python, "-m", "pytest", "--durations=8"]
    quick = ["-m", "not browser and not slow"] if fast else ["-m", "not browser"]
    panel_tests = ROOT / "tests" / "ps-plugin"
    provenance = panel_tests / "host_provenance.test.js"
    test_files = sorted(str(f) for f in panel_tests.glob("*.test.js") if f != provenance)
    return {
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "ruff": [python, "-m", "ruff", "check", "."],
        "tsc": [
            node_command,
            str(NPM / "typescript" / "bin" / "tsc"),
            "-p",
            str(ROOT / "ps-plugin" / "jsconfig.json"),
        ],
        "pyright": [node_command, str(NPM / "pyright" / "index.js"), "--level", "error"],
        "node": [node_command, "--test", *test_files],
        "pytest": [*pytest, *quick],
        "browser": [*pytest, "-m", "browser and not slow" if fast else "browser"],
        # last, so that its counts are seen: what the stand-in host knows, and what it assumes
        "provenance": [node_command, "--test", "--test-reporter=spec", str(provenance)],
    }


def soak(minutes: float, seed: int) -> dict[str, str]:
    """What tests/browser/test_soak.py is told by the environment."""
    return {"PENTIMENTO_SOAK_MINUTES": f"{minutes:g}", "PENTIMENTO_SOAK_SEED": str(seed)}


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
        commands = checks(node_path, options.fast)
        if options.soak is not None:
            file = str(ROOT / "tests" / "browser" / "test_soak.py")
            commands = {"soak": [str(PYTHON), "-m", "pytest", "-s", file]}
        if unknown := set(options.only) - set(commands):
            raise Missing(f"no check named {', '.join(unknown)}; there are {', '.join(commands)}")
        chosen = {n: c for n, c in commands.items() if not options.only or n in options.only}
        environment = with_path(node_path.parent) | {"OMP_WAIT_POLICY": "PASSIVE"}  # see stream.py
        if options.soak is not None:
            seed = secrets.randbelow(10**6) if options.seed is None else options.seed
            environment |= soak(options.soak, seed)
        if {"browser", "soak"} & set(chosen):
            environment["PENTIMENTO_BROWSER"] = str(browser())
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"Set up in {time.monotonic() - began:.0f} s, Node {node_version(str(node_path))}")
    rows: list[tuple[str, bool, float]] = []
    for name, command in chosen.items():
        print(f"\n── {name}", flush=True)
        began = time.monotonic()
        passed = subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
        rows.append((name, passed, time.monotonic() - began))
    print()
    for name, passed, seconds in rows:
        print(f"{'ok    ' if passed else 'FAILED'} {name:12} {seconds:6.1f} s")
    return 0 if all(passed for _, passed, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
