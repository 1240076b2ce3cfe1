"""The painter is asked: in the terminal where the bridge runs, and by `pentimento pair`."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bridge.access import access
from bridge.access.access import Access
from bridge.access.pairing import LASTS, Pairings, promise, words
from bridge.commands import pair
from bridge.commands.asking import Asking

from ..access.test_pairing import NONCE, Clock, asking
from ..cli import PATIENCE, ROOT, Terminal


class Talk:
    """A terminal, and the panels that ask."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pairings = Pairings(self.clock)
        self.said: list[str] = []
        self.asking = Asking(self.pairings, self.said.append, self.clock)

    def types(self, line: str, after: float = 2.0) -> str:
        """What is said to a line that was typed some seconds later."""
        self.clock.now += after
        del self.said[:]
        self.asking.typed(line)
        return "\n".join(self.said)


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_the_terminal_shows_the_words_and_y_lets_the_panel_in(talk: Talk):
    id, ours = asking(talk.pairings)
    talk.asking.look()
    assert "   ".join(words(NONCE, ours, 7866)) in talk.said[0]
    assert "120 s are left" in talk.said[0]
    assert talk.types("y\n") == "The panel is let in."
    assert talk.pairings.heard(id, NONCE)[0] == "in"


def test_n_does_not_let_it_in_and_other_words_are_no_answer(talk: Talk):
    id, _ = asking(talk.pairings)
    talk.asking.look()
    assert talk.types("what?") == "Type y or n, and Enter."
    assert talk.types("") == "Type y or n, and Enter."
    assert talk.pairings.heard(id, NONCE)[0] == "waiting"
    assert talk.types("No") == "The panel is not let in."
    assert talk.pairings.heard(id, NONCE)[0] == "no"


def test_a_y_that_was_typed_before_the_question_could_be_read_lets_nobody_in(talk: Talk):
    assert talk.types("y") == ""
    id, _ = asking(talk.pairings)
    talk.asking.look()
    assert "wants to be let in" in talk.types("y", after=0.2)
    assert talk.pairings.heard(id, NONCE)[0] == "waiting"


def test_two_panels_are_asked_of_one_after_the_other(talk: Talk):
    first, _ = asking(talk.pairings)
    second, theirs = asking(talk.pairings, "f" * 32)
    talk.asking.look()
    assert len(talk.said) == 2
    said = talk.types("n")
    assert "   ".join(words("f" * 32, theirs, 7866)) in said
    assert talk.types("y").startswith("The panel is let in.")
    assert talk.pairings.heard(first, NONCE)[0] == "no"
    assert talk.pairings.heard(second, "f" * 32)[0] == "in"


def test_a_panel_that_waits_no_more_is_said_and_y_lets_in_nobody_else(talk: Talk):
    asking(talk.pairings)
    talk.asking.look()
    talk.clock.now += LASTS
    other, _ = asking(talk.pairings, "f" * 32)
    said = talk.types("y", after=0)
    assert said.startswith("That panel does not wait any more.")
    assert talk.pairings.heard(other, "f" * 32)[0] == "waiting"


# The command


def post(address: str, path: str, body: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(
        address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


class Panel:
    """A panel without a token that has asked, as the bridge's HTTP knows it."""

    def __init__(self, where: Access, nonce: str = NONCE):
        self._where, self._nonce = where, nonce
        heard = post(where.address, "/pair", {"promise": promise(nonce)})
        self._id = heard["id"]
        self.words = " ".join(words(nonce, heard["nonce"], where.port))
        assert self.outcome()["state"] == "waiting"

    def outcome(self) -> dict[str, Any]:
        return post(self._where.address, f"/pair/{self._id}", {"nonce": self._nonce})


@pytest.fixture
def where(folder: Path) -> Access:
    found = access.find(folder)
    assert found is not None
    return found


class Keyboard(io.StringIO):
    """A terminal's standard input."""

    def isatty(self) -> bool:
        return True


def test_without_a_panel_that_waits_the_command_says_how_to_have_one(pentimento: Terminal):
    said = pentimento("pair")
    assert said.status == 1
    assert "no panel waits to be let in; open Pentimento's panel" in said.err
    assert pentimento.works("pair", "--json").out == ""


def test_without_a_bridge_it_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PENTIMENTO_DATA", str(tmp_path))
    said = Terminal(capsys)("pair")
    assert (said.status, "pentimento serve" in said.err) == (1, True)


@pytest.mark.parametrize(("typed", "state"), [("y\n", "in"), ("N\n", "no"), ("\n", "waiting")])
def test_the_command_shows_the_words_and_takes_an_answer(
    pentimento: Terminal,
    where: Access,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    state: str,
):
    panel = Panel(where)
    monkeypatch.setattr(sys, "stdin", Keyboard(typed))
    said = pentimento("pair")
    assert said.status == (1 if state == "waiting" else 0)
    assert panel.words.replace(" ", "   ") in said.out
    assert panel.outcome()["state"] == state
    if state == "waiting":
        monkeypatch.setattr(sys, "stdin", Keyboard("n\n"))
        pentimento.works("pair")


def test_programs_list_who_waits_and_let_in_by_the_words_alone(pentimento: Terminal, where: Access):
    panel, other = Panel(where), Panel(where, "f" * 32)
    listed = pentimento.works("pair", "--json").events
    assert [" ".join(one["words"]) for one in listed] == [panel.words, other.words]
    assert all(one["type"] == "waiting" and 100 < one["left"] <= 120 for one in listed)
    assert pentimento("pair", "--yes", "acorn acorn").status == 1
    said = pentimento.works("pair", "--json", "--yes", other.words.upper())
    assert [one["type"] for one in said.events] == ["let_in"]
    assert other.outcome()["token"] == where.token
    assert panel.outcome()["state"] == "waiting"


def test_what_is_piped_in_is_no_yes(
    pentimento: Terminal, where: Access, monkeypatch: pytest.MonkeyPatch
):
    panel = Panel(where)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    said = pentimento("pair")
    assert said.status == 2
    assert "--yes" in said.err
    assert panel.outcome()["state"] == "waiting"


def test_a_panel_that_has_gone_meanwhile_is_said(where: Access):
    with pytest.raises(RuntimeError, match="does not wait any more"):
        pair._say_to(where, pair.WaitingPanel(id="0" * 16, words=(), left=1.0), let_in=True)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
def test_the_bridge_asks_in_its_own_terminal(tmp_path: Path, tiny_folder: Path):
    """`serve` on a real terminal: the words are printed there, `y` is typed there."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "serve", "--port", "0", "--model", tiny_folder / "sd"],
        cwd=ROOT,
        env=os.environ | {"PENTIMENTO_DATA": str(tmp_path), "OMP_NUM_THREADS": "1"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    screen = ""

    def shows(text: str) -> None:
        nonlocal screen
        end = time.monotonic() + PATIENCE
        while text not in screen:
            assert time.monotonic() < end, screen
            assert process.poll() is None, screen
            try:
                screen += os.read(ours, 4096).decode()
            except BlockingIOError:
                time.sleep(0.05)

    try:
        shows("Pairing token")
        where = access.find(tmp_path)
        assert where is not None
        panel = Panel(where)
        shows(panel.words.replace(" ", "   "))
        time.sleep(1.2)  # what comes sooner was typed before it could be read
        os.write(ours, b"y\n")
        shows("The panel is let in.")
        assert panel.outcome()["token"] == where.token
    finally:
        process.terminate()
        process.wait(60)
        os.close(ours)


async def test_nobody_is_asked_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch):
    from bridge.commands.asking import at_terminal

    monkeypatch.setattr(sys, "stdin", io.StringIO())
    await asyncio.wait_for(at_terminal(Pairings()), 60)
