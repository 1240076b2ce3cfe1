"""What is to be said of a file that was read: a sentence for people, an event for programs.

tell      say it
as_json   whether the command that runs was asked for JSON; set before it begins
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path

from ..plain import plain
from .printing import say

as_json: ContextVar[bool] = ContextVar("as_json", default=False)


def tell(file: Path, notices: Iterable[str]) -> None:
    """Name the file and say what of it was left out or understood."""
    for notice in notices:
        if as_json.get():
            event = {"type": "noticed", "file": str(file), "message": notice}
            say(json.dumps(event))
        else:
            say(plain(f"{file}: {notice}"), stream=sys.stderr)
