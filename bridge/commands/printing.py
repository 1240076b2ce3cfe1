"""What is printed: harmless, whatever is in it, and on whatever it is printed.

ready       once, at the program's start: output that can never die of a character
plain       a line for people, what would steer a terminal made visible
ascii_json  JSON for programs, the same in every encoding
say         a line on standard output, gone out or given up
flushed     the same of what others printed
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

# Signs that turn the direction of writing, so that a line reads as another than it is.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STEERING = ("Cc", "Cs", "Zl", "Zp")  # controls, halves of signs, separators of lines


def ready() -> None:
    """Signs that an output's encoding lacks are written as their numbers; closed ones swallow."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def plain(text: str) -> str:
    """The text as one line that no terminal obeys: \\x1b and the like stand for what they are."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(sign) for sign in text)


def ascii_json(text: str) -> str:
    """The same JSON with no sign that an encoding may lack or a terminal may obey."""
    return re.sub(r"[^\x20-\x7e]+", lambda found: json.dumps(found[0])[1:-1], text)


def flushed() -> None:
    """See to it that what was printed has gone out. Raises OSError, see say."""
    say("", end="")


def say(text: str, *, end: str = "\n", stream: TextIO | None = None) -> None:
    """Print. Raises OSError where the stream takes no more; then nothing is left in it."""
    out: TextIO = stream or sys.stdout
    try:
        print(text, end=end, file=out, flush=True)
    except OSError as error:
        with suppress(OSError, ValueError):  # no file of the system, such as a test's
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, out.fileno())
            os.close(nowhere)
        if isinstance(error, BrokenPipeError):
            raise
        raise OSError(f"standard output takes no more: {error.strerror or error}") from None


def _visible(sign: str) -> str:
    if unicodedata.category(sign) in _STEERING or sign in _TURNING:
        return sign.encode("unicode_escape").decode("ascii")
    return sign
