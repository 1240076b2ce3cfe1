"""What is printed, on whatever it is printed.

ready       once, at the program's start: output that can never die of a character
ascii_json  JSON for programs, the same in every encoding
say         a line on standard output, gone out or given up
flushed     the same of what others printed
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO


def ready() -> None:
    """Signs that an output's encoding lacks are written as their numbers; closed ones swallow."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


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
