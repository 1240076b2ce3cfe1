"""The log file. Neither the token nor a picture nor a prompt is ever written to it.

to_file       log to a file of limited size; older ones lie beside it with a number
is_written    whether there is one; a full or read-only disk must not stop what needs none
to_terminal   errors on standard error as well, a line each
secret        what is struck out wherever it would be written
"""

from __future__ import annotations

import logging
import os
import re
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from .plain import plain

_BYTES = 2 * 2**20  # of one file
_FILES = 3  # older ones that are kept
_LINES = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_STRUCK = "(token)"
_TOKENS = re.compile(r"((?:\btoken=|\bbearer\s+)[\"']?)[^\s&\"'\\]+", re.IGNORECASE)
_secrets: set[str] = set()


def secret(text: str) -> None:
    """Never write this, not even as part of something else."""
    if text:
        _secrets.add(text)


class _Lines(logging.Formatter):
    """A record begins a line, and none of its text does: what follows is indented."""

    def format(self, record: logging.LogRecord) -> str:
        whole = super().format(record)
        for known in _secrets:
            whole = whole.replace(known, _STRUCK)
        whole = _TOKENS.sub(rf"\1{_STRUCK}", whole)
        return "\n    ".join(plain(line) for line in whole.splitlines())


class _Sentence(_Lines):
    """The first line alone."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).partition("\n")[0]


class _File(RotatingFileHandler):
    """A log file that only its user may read. What cannot be written, on a full disk, is lost."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_CREAT | os.O_WRONLY, 0o600))
        self.errors = "backslashreplace"  # half a character in a prompt, say
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: a bridge goes on without its log."""


def to_file(path: Path) -> None:
    """Everything from INFO on goes to the file, and what nobody caught as well."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = _File(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    handler.setFormatter(_Lines(_LINES))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    logging.raiseExceptions = False  # a log that fails is no reason to print at a painter
    sys.excepthook = lambda kind, error, trace: root.critical(
        "uncaught", exc_info=(kind, error, trace)
    )


def is_written() -> bool:
    """Whether there is a log file."""
    return any(isinstance(one, _File) for one in logging.getLogger().handlers)


def to_terminal() -> None:
    """What goes wrong in the program itself is said on standard error too, without tracebacks."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.ERROR)
    handler.setFormatter(_Sentence("%(message)s"))
    logging.getLogger().addHandler(handler)
