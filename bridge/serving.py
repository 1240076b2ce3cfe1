"""A whole bridge, from its store to its port.

serving    a bridge for as long as the context lasts
at_work    the same, with its session
Occupied   another bridge, or another program, is in the way
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from . import access
from .access import Access
from .config import Config
from .database import StoreBusy
from .server import listening, make_app
from .session import Session
from .store import Store
from .stream import Home, ProcessHome

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for a bridge that is just beginning to answer, or ending to end


class Occupied(RuntimeError):
    """The bridge cannot start. `other` is the bridge that runs already, if that is why."""

    def __init__(self, message: str, other: Access | None = None):
        super().__init__(message)
        self.other = other


@asynccontextmanager
async def serving(config: Config, home: Home | None = None) -> AsyncGenerator[Access]:
    """Run a bridge; gives where it listens. Raises Occupied, StoreDamaged, StoreFull."""
    async with at_work(config, home) as (where, _):
        yield where


@asynccontextmanager
async def at_work(
    config: Config, home: Home | None = None
) -> AsyncGenerator[tuple[Access, Session]]:
    """As `serving`, with the session."""
    store = await _opened(config)
    session = Session(store, home or ProcessHome(), config)
    try:
        token = access.token(config.data)
        app = make_app(session, config, token)
        async with listening(app, config) as port:
            host = "::1" if config.host == "::1" else "127.0.0.1"
            where = access.publish(config.data, token=token, host=host, port=port)
            log.info("listening at %s", where.address)
            session.start()
            yield where, session
    except OSError as error:
        if session.started:
            raise
        raise Occupied(f"port {config.port} cannot be used: {error.strerror or error}") from None
    finally:
        await session.close()


async def _opened(config: Config) -> Store:
    """The store, once nobody else has it. Raises Occupied."""
    busy = ""
    for _ in range(int(PATIENCE / 0.1)):
        try:
            return Store(config.store_path, config.quota_bytes)
        except StoreBusy as error:
            busy = str(error)
        if (other := await asyncio.to_thread(access.find, config.data)) is not None:
            raise Occupied(f"a bridge is running already at {other.address}", other)
        await asyncio.sleep(0.1)
    raise Occupied(busy)
