"""`pentimento serve`: run the bridge until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import sys
import threading
import webbrowser
from collections.abc import Callable

from .. import log
from ..access import access, private
from ..access.access import Access
from ..config import MAX_WORKERS, PORT, Config
from ..http.serving import Occupied, at_work
from ..plain import plain
from ..runs.session import Session
from . import connection, stopping
from .amounts import Whole
from .asking import at_terminal
from .printing import say
from .stopping import stoppable
from .wording import listed

HELP = "run the bridge"
END_PATIENCE = 4.0  # seconds from being told to stop; what is stored is safe at any moment


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--host", default=Config.host, help="127.0.0.1, ::1 or both as localhost (localhost)"
    )
    parser.add_argument(
        "--port", type=Whole(0, 65535), default=PORT, help=f"0 takes any free one ({PORT})"
    )
    parser.add_argument(
        "--workers",
        type=Whole(1, MAX_WORKERS),
        metavar="N",
        help="paint so many runs at the same time (1, or one on each CUDA card); on the CPU they "
        "share the processors, and each holds the model in memory of its own",
    )
    parser.add_argument("--open", action="store_true", help="open the studio in a browser")
    parser.add_argument(
        "--new-token", action="store_true", help="forget the panels that were paired"
    )
    parser.add_argument("--until-input-ends", action="store_true", help=argparse.SUPPRESS)
    connection.add_to(parser)


def run(options: argparse.Namespace) -> int:
    """Serve; 0 when it was stopped or a bridge runs already."""
    config = Config(
        host=options.host,
        port=options.port,
        model=options.model,
        device=options.device or "auto",
        workers=options.workers,
    )
    other = access.find(config.data)
    if other is not None:
        return _already(other, options)
    private.process()
    log.to_terminal()
    if options.new_token:
        access.forget(config.data)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            stoppable(_serve(options, config))
    except Occupied as error:
        if error.other is None:
            raise
        return _already(error.other, options)
    return 0


def _already(other: Access, options: argparse.Namespace) -> int:
    say(f"A bridge is running already at {other.address} (process {other.pid}).")
    late = {
        "--host": options.host not in (Config.host, other.host),
        "--port": options.port not in (PORT, 0, other.port),
        "--workers": options.workers is not None,
        "--model": options.model is not None,
        "--device": options.device is not None,
        "--new-token": options.new_token,
    }
    if given := [option for option, differs in late.items() if differs]:
        verb = "counts" if len(given) == 1 else "count"
        said = f"{listed(given)} {verb} when a bridge starts: stop that one first (Ctrl-C)."
        say(said, stream=sys.stderr)
    _show(other, options.open)
    return 0


async def _serve(options: argparse.Namespace, config: Config) -> None:
    stopped, left = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        _end_at_the_latest(END_PATIENCE)

    for one in stopping.heard():
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C cancels this task
            loop.add_signal_handler(one, stop)
    if options.until_input_ends:
        _when_input_ends(lambda: loop.call_soon_threadsafe(left.set))

    async def when_left(session: Session) -> None:
        """Who began it is gone; others that paint here meanwhile are waited for."""
        await left.wait()
        await session.alone()
        stop()

    async with at_work(config) as (where, session):
        waiting = [asyncio.create_task(when_left(session))]
        if not options.until_input_ends:
            waiting.append(asyncio.create_task(at_terminal(session.pairings)))
        say(f"The bridge listens at {where.address} and on ::1. Stop it with Ctrl-C.")
        _show(where, options.open)
        if not log.is_written():
            text = f"{config.log_path} cannot be written; there is no log."
            say(plain(text), stream=sys.stderr)
        await stopped.wait()
        for task in waiting:
            task.cancel()


def _end_at_the_latest(seconds: float) -> None:
    """A thread that cannot be stopped, in a library say, holds no painter up."""

    def end() -> None:
        logging.getLogger(__name__).error("the bridge was ended while something was still at work")
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _show(where: Access, opening: bool) -> None:
    say(f"Browser studio: {where.studio}")
    say("A panel that wants to be let in asks in the studio, here, and in: pentimento pair")
    say(f"Pairing token, where that cannot be: {where.token}")
    if opening and not webbrowser.open(where.studio):
        say("No browser could be opened here; open the address yourself.")


def _when_input_ends(call: Callable[[], object]) -> None:
    """Call once nobody holds the other end of our standard input any more."""

    def wait() -> None:
        # not sys.stdin: Python dies at its end, not silently, where a thread holds that
        with contextlib.suppress(OSError, RuntimeError):  # no input at all; the loop has ended
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):
            call()

    threading.Thread(target=wait, daemon=True).start()
