"""`pentimento pair`: let a panel in that asks, after its words were compared."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from typing import TypeVar

import msgspec

from ..access import access
from ..access.access import Access
from ..access.pairing import Waiting
from ..config import Config
from ..http.routes import Sentence, WaitingPanel
from .asking import question
from .printing import say

HELP = "let a panel in that shows the same six words"
NOBODY = (
    "no panel waits to be let in; open Pentimento's panel in Photoshop (Plugins > Pentimento), "
    "then do this again"
)
_PATIENCE = 10.0  # seconds for an answer

T = TypeVar("T")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--yes",
        metavar="WORDS",
        help="let in the panel that shows these six words, without being asked",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per panel; asks none")


def run(options: argparse.Namespace) -> int:
    """0: some panel was answered, or with --json listed."""
    where = access.find(Config().data)
    if where is None:
        raise RuntimeError("no bridge is running here; start it with: pentimento serve")
    panels = _asked(where, "/pairings", list[WaitingPanel])
    if options.yes is not None:
        return _let_in(where, panels, options)
    if options.json:
        for one in panels:
            say(json.dumps({"type": "waiting", "words": one.words, "left": round(one.left, 1)}))
        return 0
    if not panels:
        raise RuntimeError(NOBODY)
    if not sys.stdin.isatty():
        raise ValueError('there is no terminal to ask in; --yes "WORDS" names the panel')
    answers = [_answered(where, one) for one in panels]
    return 0 if any(answers) else 1


def _let_in(where: Access, panels: list[WaitingPanel], options: argparse.Namespace) -> int:
    wanted = tuple(options.yes.lower().split())
    found = next((one for one in panels if one.words == wanted), None)
    if found is None:
        raise RuntimeError(
            f"no panel that waits shows these words; {len(panels)} wait" if panels else NOBODY
        )
    _say_to(where, found, let_in=True)
    if options.json:
        say(json.dumps({"type": "let_in", "words": found.words}))
    else:
        say("The panel is let in.")
    return 0


def _answered(where: Access, one: WaitingPanel) -> bool:
    """Whether the painter has said yes or no to it."""
    say(question(Waiting(one.id, one.words, one.left)))
    say("Does the panel show the same? [y: let it in, n: do not, Enter: let it wait] ", end="")
    word = sys.stdin.readline().strip().lower()
    if word not in ("y", "yes", "n", "no"):
        say("It waits on.")
        return False
    let_in = word[0] == "y"
    _say_to(where, one, let_in=let_in)
    say("The panel is let in." if let_in else "The panel is not let in.")
    return True


def _say_to(where: Access, one: WaitingPanel, *, let_in: bool) -> None:
    _asked(where, f"/pairings/{one.id}", list[str], json.dumps({"let_in": let_in}).encode())


def _asked(where: Access, path: str, kind: type[T], body: bytes | None = None) -> T:
    """The bridge's answer. Raises RuntimeError with its sentence."""
    headers = {"Authorization": f"Bearer {where.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(where.address + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return msgspec.json.decode(answer.read(), type=kind)
    except urllib.error.HTTPError as error:
        raise RuntimeError(msgspec.json.decode(error.read(), type=Sentence).message) from None
