"""The log file. Neither the token nor a picture nor a prompt is ever written to it.

to_file   log to a file of limited size; older ones lie beside it with a number
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

_BYTES = 2 * 2**20  # of one file
_FILES = 3  # older ones that are kept
_LINES = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def to_file(path: Path) -> None:
    """Everything from INFO on goes to the file, and what nobody caught as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_LINES))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    sys.excepthook = lambda kind, error, trace: root.critical(
        "uncaught", exc_info=(kind, error, trace)
    )
