"""A whole bridge, from its store to its port.

serving    a bridge for as long as the context lasts
at_work    the same, with its session
Occupied   another bridge, or another program, is in the way
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from ..access import access, private
from ..access.access import Access
from ..access.stuck import sentence, stuck
from ..config import Config
from ..runs.session import Session
from ..store.database import StoreBusy
from ..store.store import Store
from ..worker.homes import Home, in_thread
from .server import listening, make_app

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for a bridge that is just beginning to answer, or ending to end


class Occupied(RuntimeError):
    """The bridge cannot start. `other` is the bridge that runs already, if that is why."""

    def __init__(self, message: str, other: Access | None = None):
        super().__init__(message)
        self.other = other


@asynccontextmanager
async def serving(config: Config, *homes: Home) -> AsyncGenerator[Access]:
    """Run a bridge; gives where it listens. Raises Occupied, StoreDamaged, StoreFull, OSError.

    homes: where its workers live, instead of processes of their own.
    """
    async with at_work(config, *homes) as (where, _):
        yield where


@asynccontextmanager
async def at_work(config: Config, *homes: Home) -> AsyncGenerator[tuple[Access, Session]]:
    """As `serving`, with the session."""
    private.folder(config.data)
    async with AsyncExitStack() as stack:
        session = Session(await _opened(config), homes, config)
        stack.push_async_callback(session.close)
        private.tightened(config.data)  # what the store has just made
        token = access.token(config.data)
        try:
            app = make_app(session, config, token)
            port = await stack.enter_async_context(listening(app, config))
        except OSError as error:
            why = await in_thread(_why_not, config.port, error)
            raise Occupied(f"port {config.port} cannot be used: {why}") from None
        host = "::1" if config.host == "::1" else "127.0.0.1"
        try:
            where = access.publish(config.data, token=token, host=host, port=port)
        except OSError as error:
            raise OSError(private.why_not(config.data, error)) from None
        stack.callback(access.withdraw, config.data, where)
        log.info("listening at %s", where.address)
        session.start()
        yield where, session


async def _opened(config: Config) -> Store:
    """The store, once nobody else has it. Raises Occupied."""
    busy, end = "", time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return Store(config.store_path, config.quota_bytes)
        except StoreBusy as error:
            busy = str(error)
        if (other := await in_thread(access.find, config.data)) is not None:
            raise Occupied(f"a bridge is running already at {other.address}", other)
        await asyncio.sleep(0.1)
    process = await in_thread(stuck, config)
    raise Occupied(sentence(process) if process else busy)


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        health = access.asked("127.0.0.1", port, "/health")
        ours = health.get("program") == "pentimento"
        who = f"another Pentimento (process {health.get('pid')})" if ours else "another program"
        return f"{who} listens there; --port 0 takes a free one"
    if error.errno == errno.EACCES:
        return "this user may not listen there; --port 0 takes a free one"
    return error.strerror or str(error)
