"""Connections, from the first byte on: those of strangers are few, and none stays long.

Door           counts strangers: who has not shown the token yet
Conversation   one connection, as aiohttp serves it; what it cannot read is answered as JSON too

Anybody on this machine can open a port. A connection costs a file handle and some memory, so
strangers may hold a part of both only: where one too many comes, the one that came first and has
still not said who it is goes. Whoever speaks at once is never the oldest for long enough. A
stranger stays for Limits.hello_seconds after its last whole request, and until it has been told
so; there are Limits.strangers at most, fewer where a process may open fewer files, half of them of
one address. Limits.connections counts sockets from their Hello on: one too many is closed with 1013
and a sentence.
"""

from __future__ import annotations

import asyncio
import logging
import sys

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from ..config import Limits
from .refusals import refusal

log = logging.getLogger(__name__)

_SECONDS = 75.0  # a connection that has shown the token may rest; then it is closed
_TELLING = 10.0  # seconds in which a stranger who is late still hears why
_LINGERING = 2.0  # seconds in which the rest of a body that was refused may still arrive


class Door:
    """Who is in without a token. Bounds are per address and in all."""

    def __init__(self, limits: Limits):
        self._most = min(limits.strangers, _handles() // 2)
        self._most_of_one = max(1, self._most // 2)  # other addresses find room, whatever one does
        self._patience = limits.hello_seconds + _TELLING
        self._strangers: dict[Conversation, float] = {}  # the oldest first; since when
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._strangers)

    def enters(self, one: Conversation) -> None:
        """A connection was opened; another may have to go for it."""
        same = [other for other in self._strangers if other.address == one.address]
        if len(same) >= self._most_of_one:
            same[0].cut()
        elif len(self._strangers) >= self._most:
            next(iter(self._strangers)).cut()
        self.stays(one)
        if self._timer is None:
            self._look()

    def stays(self, one: Conversation) -> None:
        """A stranger has said something sensible: its time begins anew."""
        self._strangers.pop(one, None)
        self._strangers[one] = asyncio.get_running_loop().time()

    def leaves(self, one: Conversation) -> None:
        """A connection has ended, or is no stranger's any more."""
        self._strangers.pop(one, None)

    def close(self) -> None:
        """Nobody comes any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() - self._patience
        for one in [one for one, since in self._strangers.items() if since < latest]:
            one.cut()
        waits = self._patience / 10
        self._timer = loop.call_later(waits, self._look) if self._strangers else None


class Conversation(RequestHandler):
    """One connection. Bodies arrive as they were sent: nothing is unpacked here."""

    def __init__(self, server: web.Server, door: Door):
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # pyright: ignore[reportArgumentType] # aiohttp's own way to have none
            auto_decompress=False,
            keepalive_timeout=_SECONDS,
            lingering_time=_LINGERING,
        )
        self.address = ""
        self._door = door
        self._stranger = True

    def knows_the_token(self) -> None:
        """No stranger's any more."""
        self._stranger = False
        self._door.leaves(self)

    def cut(self) -> None:
        """End it at once."""
        self._door.leaves(self)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if peer else ""
        super().connection_made(transport)
        self._door.enters(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """See asyncio."""
        self._door.leaves(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no request: a sentence, and nothing of its bytes in the log."""
        log.info("a request could not be read: %s", type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is half sent already")
        response = refusal(status, "this is no HTTP request that can be read, or its head is long")
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; a refusal that never came by guard.py is a sentence like all others."""
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = refusal(resp.status, resp.text or resp.reason)
        finished = await super().finish_response(request, resp, start_time)
        if self._stranger and self.transport is not None:
            self._door.stays(self)
        return finished


def _handles() -> int:
    """How many files and connections this process may hold."""
    if sys.platform == "win32":
        return 2**16
    import resource  # not there on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**16 if soft == resource.RLIM_INFINITY else soft
