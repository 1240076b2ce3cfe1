"""What scripts/environment.py decides before anything is installed."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import environment
from environment import Missing, installed_browser, is_set_up, node_version, ready


@pytest.fixture
def empty_venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environment, "VENV", tmp_path)
    return tmp_path


def test_nothing_is_set_up_without_a_stamp(empty_venv: Path) -> None:
    assert not is_set_up([], "abc")


def test_a_set_up_for_tests_serves_the_program_too_but_not_the_reverse(empty_venv: Path) -> None:
    (empty_venv / environment.STAMP).write_text("abc\ndev")
    assert is_set_up([], "abc")
    assert is_set_up(["dev"], "abc")
    (empty_venv / environment.STAMP).write_text("abc")
    assert is_set_up([], "abc")
    assert not is_set_up(["dev"], "abc")


def test_changed_versions_are_installed_again(empty_venv: Path) -> None:
    (empty_venv / environment.STAMP).write_text("abc\ndev")
    assert not is_set_up([], "abd")


def test_an_old_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(Missing, match=r"Python 3\.11 or newer is needed"):
        ready()


def test_the_browser_named_in_the_environment_wins() -> None:
    assert installed_browser({"PENTIMENTO_BROWSER": "/x/chrome"}) == Path("/x/chrome")


def test_a_node_that_does_not_run_has_version_zero(tmp_path: Path) -> None:
    broken = tmp_path / "node"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    assert node_version(str(broken)) == 0


def test_every_direct_dependency_is_locked() -> None:
    import tomllib

    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = {line.split("==")[0] for line in environment.CONSTRAINTS.read_text().split()}
    assert {name.lower() for name in wanted} <= locked
