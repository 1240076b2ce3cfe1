"""The bridge as an aiohttp application: pixels over HTTP, commands and events over a WebSocket.

make_app   the application; the session is passed in, so tests bring their own worker
listening  the application on 127.0.0.1 and ::1
"""

from __future__ import annotations

import os
import socket as sockets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from .config import Config
from .guard import guarded
from .handlers import Handlers
from .routes import ROUTES, Route
from .session import Session


def make_app(session: Session, config: Config, token: str) -> web.Application:
    """The bridge as an aiohttp application."""
    app = web.Application(
        client_max_size=config.limits.body_bytes, middlewares=[guarded(config, token)]
    )
    handlers = Handlers(session, config, token)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(handlers, route))
    app.router.add_get("/ws", handlers.socket)
    app.router.add_get("/studio", _to_studio)
    app.router.add_get("/studio/{path:.*}", handlers.studio)
    app.on_shutdown.append(handlers.close)
    return app


@asynccontextmanager
async def listening(app: web.Application, config: Config) -> AsyncGenerator[int]:
    """Serve on this machine's own addresses; gives the port. Raises OSError where it is taken."""
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=2.0)
    await runner.setup()
    try:
        port = config.port
        for host in _addresses(config.host):
            listener = _bound(host, port)
            port = listener.getsockname()[1]  # a free one, if any would do
            await web.SockSite(runner, listener).start()
        yield port
    finally:
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
