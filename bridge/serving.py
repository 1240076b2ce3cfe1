"""A whole bridge, from its store to its port.

serving    a bridge for as long as the context lasts
Occupied   another bridge, or another program, is in the way
"""

from __future__ import annotations

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


class Occupied(RuntimeError):
    """The bridge cannot start. `other` is the bridge that runs already, if that is why."""

    def __init__(self, message: str, other: Access | None = None):
        super().__init__(message)
        self.other = other


@asynccontextmanager
async def serving(config: Config, home: Home | None = None) -> AsyncGenerator[Access]:
    """Run a bridge; gives where it listens. Raises Occupied, StoreDamaged, StoreFull."""
    try:
        store = Store(config.store_path, config.quota_bytes)
    except StoreBusy as error:
        other = access.find(config.data)
        where = f"a bridge is running already at {other.address}" if other else str(error)
        raise Occupied(where, other) from None
    session = Session(store, home or ProcessHome(), config)
    try:
        token = access.token(config.data)
        app = make_app(session, config, token)
        async with listening(app, config) as port:
            host = "::1" if config.host == "::1" else "127.0.0.1"
            where = access.publish(config.data, token=token, host=host, port=port)
            log.info("listening at %s", where.address)
            session.start()
            yield where
    except OSError as error:
        if session.started:
            raise
        raise Occupied(f"port {config.port} cannot be used: {error.strerror or error}") from None
    finally:
        await session.close()
