"""The bridge as an aiohttp application: pixels over HTTP, commands and events over a WebSocket.

make_app   the application; the session is passed in, so tests bring their own worker
listening  the application on 127.0.0.1 and ::1
"""

from __future__ import annotations

import asyncio
import os
import socket as sockets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from ..config import Config
from ..runs.session import Session
from .door import Conversation, Door
from .guard import asked_for, guarded
from .handlers import Handlers
from .routes import ROUTES, Route

_PATIENCE = 0.5  # seconds in which requests may end when the bridge is stopped
_WAITING = 128  # connections that the system keeps until they are taken


def make_app(session: Session, config: Config, token: str) -> web.Application:
    """The bridge as an aiohttp application."""
    app = web.Application(
        client_max_size=config.limits.body_bytes, middlewares=[guarded(config, token)]
    )
    handlers = Handlers(session, config, token)
    for route in ROUTES:
        handler = _handler(handlers, route)
        app.router.add_route(route.method, route.path, handler, expect_handler=asked_for(token))
    app.router.add_get("/ws", handlers.socket)
    app.router.add_get("/studio", _to_studio)
    app.router.add_get("/studio/{path:.*}", handlers.studio)
    app.on_shutdown.append(handlers.close)
    return app


@asynccontextmanager
async def listening(app: web.Application, config: Config) -> AsyncGenerator[int]:
    """Serve on this machine's own addresses; gives the port. Raises OSError where it is taken."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=_PATIENCE)
    await runner.setup()
    assert runner.server  # setup made it
    make, door = runner.server, Door(config.limits)
    loop, sites = asyncio.get_running_loop(), list[asyncio.Server]()
    try:
        port = config.port
        for host in _addresses(config.host):
            listener = _bound(host, port)
            port = listener.getsockname()[1]  # a free one, if any would do
            site = await loop.create_server(
                lambda: Conversation(make, door), sock=listener, backlog=_WAITING
            )
            sites.append(site)
        yield port
    finally:
        for site in sites:
            site.close()
        door.close()
        await runner.cleanup()


def _addresses(host: str) -> list[str]:
    if host != "localhost":
        return [host]
    return ["127.0.0.1", "::1"] if _has_ipv6() else ["127.0.0.1"]


def _has_ipv6() -> bool:
    try:
        _bound("::1", 0).close()
    except OSError:
        return False
    return True


def _bound(host: str, port: int) -> sockets.socket:
    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    listener = sockets.socket(family, sockets.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let others take our port
            listener.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        if family == sockets.AF_INET6:
            listener.setsockopt(sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _handler(
    handlers: Handlers, route: Route
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    return getattr(handlers, route.name)


async def _to_studio(_: web.Request) -> web.Response:
    raise web.HTTPFound("/studio/")
