"""One client's conversation over the WebSocket: commands in, events out.

greeted   its Hello
talk      from there until either side leaves
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from .. import wire
from ..access import access
from ..config import Limits
from ..runs.listener import Listener
from ..runs.session import Session
from ..store.database import StoreDamaged, StoreFull
from ..wire import (
    Cancel,
    Command,
    Continue,
    Failed,
    Generate,
    Hello,
    Keep,
    Live,
    Stop,
    WireError,
)
from ..worker.homes import in_thread
from .guard import token_fits

log = logging.getLogger(__name__)

HEARTBEAT = 20.0  # seconds; who does not answer within as many again is gone


async def greeted(socket: web.WebSocketResponse, limits: Limits, token: str) -> Hello | None:
    """A fitting Hello. None: whoever did not begin with one was told why and cut off."""
    try:
        return await _hello(socket, limits, token)
    except (WireError, TimeoutError) as error:
        reason = str(error).encode()[:120].decode(errors="ignore").encode()  # of 123 at most
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=reason)
        return None


async def talk(socket: web.WebSocketResponse, session: Session, hello: Hello) -> None:
    """Serve one connection, after its Hello."""
    log.info("connected: %r", hello.client[:80])
    if hello.client.startswith("panel"):
        try:
            await in_thread(access.pair, session.config.data, hello.token)
        except OSError as error:
            log.warning("the panel has to be paired again after a restart: %s", error)
    welcome = session.welcome(hello.seen)
    seen = hello.seen if welcome.resumed and hello.seen is not None else welcome.seq
    with session.listener(seen) as listener:
        await socket.send_str(wire.to_json(welcome))
        sending = asyncio.create_task(_send(socket, listener))
        try:
            await _receive(socket, session, listener)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await sending


async def _hello(socket: web.WebSocketResponse, limits: Limits, token: str) -> Hello:
    try:
        message = await asyncio.wait_for(socket.receive(), limits.hello_seconds)
    except TimeoutError:
        raise TimeoutError(f"no hello within {limits.hello_seconds:g} seconds") from None
    if message.type is not WSMsgType.TEXT:
        raise WireError("the first message must be a hello in JSON")
    hello = wire.parse_command(message.data)
    if not isinstance(hello, Hello):
        raise WireError(f"the first message must be hello, got {type(hello).__name__.lower()}")
    if not token_fits(hello.token, token):
        raise WireError("The token does not fit; pair again.")
    if hello.protocol != wire.PROTOCOL:
        older = "the panel" if hello.protocol < wire.PROTOCOL else "the bridge"
        raise WireError(
            f"panel speaks protocol {hello.protocol}, bridge {wire.PROTOCOL}; update {older}"
        )
    return hello


async def _send(socket: web.WebSocketResponse, listener: Listener) -> None:
    """Events as fast as the client reads them; what it has not read waits in the store."""
    try:
        async for text in listener.texts():
            await socket.send_str(text)
    except ConnectionError:
        return  # the client has gone; the reading side notices as well
    except Exception:  # the top of a connection: cut off, so that the client comes back
        log.exception("events could not be sent")
        await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=b"see the bridge's log file")


async def _receive(socket: web.WebSocketResponse, session: Session, listener: Listener) -> None:
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            listener.tell(Failed(seq=0, message="messages are JSON text; pixels go to /images"))
            continue
        try:
            await _obey(wire.parse_command(message.data), session, listener)
        except (ValueError, StoreDamaged) as error:
            _refuse(session, listener, message.data, str(error))
        except StoreFull as error:
            listener.tell(_failure(message.data, str(error)))
        except Exception:  # the top of a command, as guard.py is of a request
            log.exception("a command failed")
            text = "something went wrong inside the bridge; its log file says more"
            _refuse(session, listener, message.data, text)


async def _obey(command: Command, session: Session, listener: Listener) -> None:
    match command:
        case Generate():
            await session.generate(command)
        case Continue():
            await session.continue_(command)
        case Cancel():
            session.cancel(command)
        case Keep():
            session.keep(command)
        case Live():
            session.live(command, listener)
        case Stop():
            session.stop(listener)
        case Hello():
            raise WireError("hello is the first message only")


def _refuse(session: Session, listener: Listener, text: str, message: str) -> None:
    """Answer a request with an event that a client can hear again; else tell this client only."""
    failed = _failure(text, message)
    if failed.request is None:
        listener.tell(failed)
    else:
        session.store.save(failed)


def _failure(text: str, message: str) -> Failed:
    """A Failed that names the request even where the command could not be understood."""
    request: str | None = None
    with suppress(msgspec.DecodeError, RecursionError, UnicodeError):
        request = msgspec.json.decode(text, type=_Named).request
    return Failed(seq=0, message=message, request=None if request is None else request[:100])


class _Named(msgspec.Struct):
    """All that is needed of a command that cannot be understood."""

    request: str | None = None
