"""The command line: what is typed, obeyed; what went wrong, said.

Exit status: 0 done; 1 it, or a variation, came to nothing; 2 the input is wrong; 130 stopped with
Ctrl-C, 143 and 129 by the system. What went wrong is one sentence on standard error; tracebacks go
to the log file.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NoReturn

from .. import log
from ..config import Config
from ..plain import plain
from . import doctor, live, notices, pair, rewind, run, serve, show, stopping
from .printing import flushed, ready, say
from .stopping import once
from .wording import NEGATIVE, worded

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

DONE, CAME_TO_NOTHING, WRONG_INPUT, STOPPED = 0, 1, 2, 130

COMMANDS = (serve, pair, run, live, rewind, show, doctor)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence, and that knows numbers below zero."""

    _typed: Sequence[str] = ()

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        super().print_help(file)
        flushed()

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - argparse's overloads
        self._typed = list(sys.argv[1:] if args is None else args)
        self._negative_number_matcher = NEGATIVE
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:  # told of by the command that has the options
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        said = worded(message, self._typed, self._option_string_actions, self.prog)
        sys.exit(_complain(self.prog, said, WRONG_INPUT))


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of a command."""
    with once():
        return _main(arguments)


def _main(arguments: Sequence[str] | None) -> int:
    ready()
    logging.getLogger().addHandler(logging.NullHandler())  # no log file yet, perhaps never
    options = argparse.Namespace(prog="pentimento")
    try:
        parser().parse_args(arguments, options)
        with suppress(OSError):  # a full or read-only disk must not stop what needs no log
            log.to_file(Config().log_path)
        status = copy_context().run(_obeyed, options)
        flushed()
        return status
    except KeyboardInterrupt:
        return stopping.status()
    except BrokenPipeError:  # whoever read it has enough
        with suppress(OSError):
            flushed()
        return STOPPED
    except ValueError as error:
        return _complain(options.prog, str(error), WRONG_INPUT)
    except (OSError, RuntimeError) as error:
        logging.getLogger(__name__).warning("%s", error, exc_info=True)
        return _complain(options.prog, str(error) or type(error).__name__, CAME_TO_NOTHING)
    except Exception as error:  # the top: nobody should have to read a traceback
        logging.getLogger(__name__).exception("%s", options.prog)
        more = f"{Config().log_path} says more" if log.is_written() else "no log could be written"
        message = f"something went wrong inside ({type(error).__name__}); {more}"
        return _complain(options.prog, message, CAME_TO_NOTHING)


def _obeyed(options: argparse.Namespace) -> int:
    """Run the command, in a context of its own."""
    notices.as_json.set(getattr(options, "json", False))
    return options.run(options)


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = _Parser(
        prog="pentimento",
        description="A diffusion model paints step by step; every step is a layer you can paint "
        "on and go on from.",
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2]
        one = commands.add_parser(name, help=command.HELP, description=command.__doc__)
        command.add_to(one)
        one.set_defaults(run=command.run, prog=one.prog)
    return top


def _complain(program: str, message: str, status: int) -> int:
    with suppress(OSError):  # the exit status at least is heard
        say(plain(f"{program}: {message}"), stream=sys.stderr)
    return status
