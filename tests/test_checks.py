"""How scripts/test.py runs its checks: beside each other, none lost, each shown whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from scripts.test import ALONE, checks, one_by_one, side_by_side

TESTS = Path(__file__).parent
WAITS = """
import pathlib, sys, time
end = time.monotonic() + 60
while not pathlib.Path(sys.argv[1]).exists():
    assert time.monotonic() < end, "nobody came"
    time.sleep(0.01)
"""


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-c", *arguments]


def test_checks_run_beside_each_other_and_each_is_shown_whole(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The first can end only while the second runs, and speaks before and after it."""
    there = str(tmp_path / "there")
    first = f"print('before', flush=True)\n{WAITS}\nprint('after')"
    second = "import pathlib, sys\npathlib.Path(sys.argv[1]).touch()\nprint('in between')"
    commands = {"first": python(first, there), "second": python(second, there)}
    rows = side_by_side(commands, os.environ)
    assert all(row.passed for row in rows)
    said = capfd.readouterr().out
    assert "── first\nbefore\nafter\n" in said
    assert "── second\nin between\n" in said


def test_a_check_that_fails_is_shown_and_the_others_run(capfd: pytest.CaptureFixture[str]) -> None:
    broken = "import sys\nprint('why', file=sys.stderr)\nsys.exit(3)"
    commands = {"broken": python(broken), "whole": python("print('fine')")}
    for run in (side_by_side, one_by_one):
        passed = {row.name: row.passed for row in run(commands, os.environ)}
        assert passed == {"broken": False, "whole": True}
        out, err = capfd.readouterr()
        assert "why" in out + err
        assert "fine" in out


def covers(command: list[str], file: Path) -> bool:
    """Whether this pytest would run a file's tests: those marked browser lie in that folder."""
    marks = command[command.index("-m", 3) + 1] if "-m" in command[3:] else ""
    if marks and marks.startswith("not browser") == ("browser" in file.parts):
        return False
    left_out = [Path(word.removeprefix("--ignore=")) for word in command if "--ignore=" in word]
    given = [Path(word) for word in command[3:] if Path(word).is_absolute()] or [TESTS]
    return any(file.is_relative_to(one) for one in given) and not any(
        file.is_relative_to(one) for one in left_out
    )


def test_every_test_file_belongs_to_one_check() -> None:
    commands = checks(Path("node"), fast=False)
    assert set(ALONE) < set(commands)
    for file in TESTS.rglob("test_*.py"):
        own = [
            name for name, words in commands.items() if "pytest" in words and covers(words, file)
        ]
        assert len(own) == 1, (file, own)


def test_fast_leaves_out_what_is_slow_as_a_whole() -> None:
    slow = {"soak"}
    assert set(checks(Path("node"), fast=False)) - set(checks(Path("node"), fast=True)) == slow
