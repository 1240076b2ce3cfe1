"""The program's way in, which loads nothing until Ctrl-C is heard: see commands/line.py.

main     `pentimento COMMAND`, or `python -m bridge COMMAND`
parser   all commands and their options
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import argparse

STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of a command."""
    is_main = threading.current_thread() is threading.main_thread()
    try:
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _ended)
            from .commands import line  # takes seconds

            signal.signal(signal.SIGINT, signal.default_int_handler)
        else:
            from .commands import line
        return line.main(arguments)
    except KeyboardInterrupt:
        return STOPPED


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    from .commands import line

    return line.parser()


def _ended(*_: object) -> NoReturn:
    """At once: nothing is begun yet, and libraries turn an exception into words of their own."""
    os._exit(STOPPED)


if __name__ == "__main__":
    sys.exit(main())
