"""Who may speak to the bridge, and what everybody hears when something is wrong.

guarded      the middleware: host, origin, token, limits, errors as sentences, security headers
asked_for    the same for whoever wants to be asked before it sends a body
token_fits   the pairing token, compared in constant time
known        the sender of a request has shown it
body_of      what a request brought, within bounds
check_length, too_large   a body that is longer than may be

Any web page can reach a port of this machine. So the Host must be this machine's own name, with
our port (otherwise a name that was rebound to 127.0.0.1 gets in), an Origin must be the bridge's
own or Photoshop's, and the token is the gate proper.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ..config import Config
from ..store.database import Missing, StoreDamaged, StoreFull
from ..worker.homes import WorkerBroke, WorkerDied
from .door import Conversation
from .refusals import HEADERS, refusal

log = logging.getLogger(__name__)

NAMES = ("localhost", "127.0.0.1", "[::1]")  # of this machine, as a Host header has them
PHOTOSHOP = "file://"  # the Origin that Photoshop's WebSocket sends; its fetch sends none
OPEN = ("/health", "/openapi.json", "/pair", "/studio", "/ws")  # no token; see /ws's Hello


def guarded(config: Config, token: str) -> Middleware:
    """The middleware of a bridge with this token."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            admitted(request, token)
            if (packed := request.headers.get("Content-Encoding", "identity")) != "identity":
                raise web.HTTPUnsupportedMediaType(
                    text=f"bodies are sent as they are, not packed as {packed[:40]!r}"
                )
            check_length(request, config.limits.body_bytes)
            response = await handler(request)
        except web.HTTPException as error:
            if error.status < 400:  # a redirect
                raise
            response = refusal(error.status, _sentence(error))
        except (Missing, ValueError, StoreFull, StoreDamaged, WorkerBroke, WorkerDied) as error:
            response = refusal(_status(error), str(error))
        except TimeoutError:
            response = refusal(408, "the request's body did not arrive in time")
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception:  # the top of a request: the log has the traceback, the user a sentence
            log.exception("%s %s", request.method, request.path)
            response = refusal(
                500, "something went wrong inside the bridge; its log file says more"
            )
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return guard


def admitted(request: web.Request, token: str) -> None:
    """Refuse a request by its head. Raises HTTPForbidden, HTTPUnauthorized."""
    _check_sender(request)
    if not _is_open(request.path) and not _has_token(request, token):
        raise web.HTTPUnauthorized(text="the token is missing or wrong; pair again")


def asked_for(token: str) -> Callable[[web.Request], Awaitable[None]]:
    """What is done when somebody waits to be asked for a body: those without token are not."""

    async def expected(request: web.Request) -> None:
        if request.headers["Expect"].lower() != "100-continue":
            raise web.HTTPExpectationFailed(text="100-continue is all that may be expected")
        admitted(request, token)
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # it is no part of the answer

    return expected


def token_fits(given: str, token: str) -> bool:
    """Whether it is the pairing token; takes as long for any wrong one. None is no token."""
    return bool(token) and hmac.compare_digest(given.encode(errors="replace"), token.encode())


def _check_sender(request: web.Request) -> None:
    port = _own_port(request)
    hosts = [f"{name}:{port}" for name in NAMES]
    if request.host.lower() not in hosts:
        raise web.HTTPForbidden(text=f"the Host must be one of {', '.join(hosts)}")
    origin = request.headers.get("Origin")
    own = [f"http://{host}" for host in hosts]
    if origin is not None and origin not in (PHOTOSHOP, *own):
        raise web.HTTPForbidden(text="the bridge talks to its own panel and studio only")


def _own_port(request: web.Request) -> int:
    name = request.get_extra_info("sockname")
    return name[1] if name else 0


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(("/studio/", "/pair/"))


def _has_token(request: web.Request, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        fits = token_fits(given.strip(), token)
    else:
        fits = request.method == "GET" and token_fits(request.query.get("token", ""), token)
    if fits:
        known(request)
    return fits


def known(request: web.Request) -> None:
    """Whoever has sent this has shown the token: its connection is no stranger's any more."""
    if isinstance(request.protocol, Conversation):
        request.protocol.knows_the_token()


def check_length(request: web.Request, most: int) -> None:
    """Refuse a body by what its head says of it. Raises HTTPRequestEntityTooLarge."""
    if request.content_length and request.content_length > most:
        raise too_large(most)


async def body_of(request: web.Request, most: int, seconds: float) -> bytes:
    """What was sent; more than `most` bytes are not waited for, nor longer than so many seconds."""
    check_length(request, most)
    try:
        async with asyncio.timeout(seconds):
            return await request.clone(client_max_size=most).read()
    except web.HTTPRequestEntityTooLarge:
        raise too_large(most) from None


def too_large(most: int) -> web.HTTPRequestEntityTooLarge:
    """The refusal of a body that has more bytes."""
    return web.HTTPRequestEntityTooLarge(most, text=f"a request has at most {most} bytes")


def _status(error: Exception) -> int:
    match error:
        case Missing():
            return 404
        case ValueError():
            return 400
        case StoreFull():
            return 507
        case _:
            return 500


def _sentence(error: web.HTTPException) -> str:
    match error.status:
        case 404:
            return "there is nothing at this address; see /openapi.json"
        case 405:
            return "this address does not take this method; see /openapi.json"
        case _:
            return error.text or error.reason
