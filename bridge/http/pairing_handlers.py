"""Pairing over HTTP: two addresses for panels without a token, two for who has it.

PairingHandlers   one method per route, by its name in routes.py
id_in             an id out of an address, once it is sure to be one
as_json           an answer
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec
from aiohttp import web

from ..access.pairing import LASTS, Crowded, Pairings
from ..config import Limits
from .guard import body_of
from .routes import IDS, JSON, Asked, Heard, Outcome, Told, WaitingPanel, Word

_MOST = 1024  # bytes of a body
_SECONDS = 10.0  # for it to arrive
_NOT_KEPT = {"Cache-Control": "no-store"}  # the token is no browser's to keep

T = TypeVar("T")


class PairingHandlers:
    """The handlers, each under its route's name."""

    def __init__(self, pairings: Pairings, limits: Limits, token: str):
        self._limits = limits
        self._token = token
        self._pairings = pairings

    async def ask_in(self, request: web.Request) -> web.Response:
        """A panel asks to be let in."""
        asked = await _told(request, Asked)
        try:
            port = request.get_extra_info("sockname")[1]
            id, nonce = self._pairings.begin(asked.promise, port)
        except Crowded as error:
            raise web.HTTPTooManyRequests(text=str(error)) from None
        return as_json(Heard(id=id, nonce=nonce, left=LASTS), _NOT_KEPT)

    async def ask_again(self, request: web.Request) -> web.Response:
        """The panel keeps its promise, and asks what has become of it."""
        id = id_in(request, "pairing")
        told = await _told(request, Told)
        try:
            state, left = self._pairings.heard(id, told.nonce)
        except PermissionError as error:
            raise web.HTTPForbidden(text=str(error)) from None
        token = self._token if state == "in" else None
        return as_json(Outcome(state=state, left=left, token=token), _NOT_KEPT)

    async def waiting_panels(self, _: web.Request) -> web.Response:
        """Panels that wait to be let in."""
        waiting = self._pairings.waiting()
        return as_json(
            [WaitingPanel(id=one.id, words=one.words, left=one.left) for one in waiting], _NOT_KEPT
        )

    async def let_in(self, request: web.Request) -> web.Response:
        """The painter's word to one of them."""
        id = id_in(request, "pairing")
        word = await _told(request, Word)
        return as_json(self._pairings.answer(id, let_in=word.let_in))


async def _told(request: web.Request, kind: type[T]) -> T:
    """A small body of JSON. It must be sent as such: a web page cannot without asking first."""
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(
            text=f"Content-Type must be {JSON}, got {request.content_type[:80]!r}"
        )
    try:
        return msgspec.json.decode(await body_of(request, _MOST, _SECONDS), type=kind)
    except msgspec.DecodeError as error:
        raise ValueError(f"the body is not what {request.path[:80]} takes: {error}") from None


Kind = Literal["image", "step", "run", "live", "pairing"]


def id_in(request: web.Request, kind: Kind) -> str:
    """An id from the path, once it is sure to be one. Raises ValueError."""
    value = request.match_info[kind]
    if not IDS[kind].fullmatch(value):
        raise ValueError(f"{kind} must match {IDS[kind].pattern}, got {value[:80]!r}")
    return value


def as_json(value: Any, headers: dict[str, str] | None = None) -> web.Response:
    """Anything that msgspec can encode."""
    return web.Response(body=msgspec.json.encode(value), content_type=JSON, headers=headers)
