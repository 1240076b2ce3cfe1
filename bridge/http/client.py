"""The bridge as functions, for Python programs: the command line and the tests.

    async with connect(access, client="pentimento run") as bridge:
        async for event in bridge.paint(Generate(request="1", recipe=recipe)):
            ...

connect   a paired connection
Bridge    commands, events, images and documents
Order     a command at work: what concerns its own runs, and a way to stop them
Refused   the bridge said no; the text is its sentence
Full      it has as many clients as it takes
Lost      it is gone, or does not answer
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal, TypeVar

import aiohttp
import msgspec
from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, WSCloseCode, WSMsgType

from pipelines.recipe import ImageId, StepId

from .. import wire
from ..access.access import Access
from ..config import Limits
from ..images.image import Image, from_raw
from ..wire import (
    Cancel,
    Command,
    Continue,
    Event,
    Failed,
    Frame,
    Generate,
    Hello,
    Live,
    Quality,
    RunId,
    Welcome,
)
from .own import Own, named
from .routes import RunAndSteps

HEARTBEAT = 20.0  # seconds between signs of life; without one for half as many it is silent
WELCOME_PATIENCE = 20.0  # seconds from connecting to Welcome
SILENT = "the bridge is running but does not answer any more; end it, or wait, and try again"

T = TypeVar("T")

_LIMITS = Limits()


class Refused(ValueError):
    """The bridge's answer was no. The text is the bridge's sentence."""


class Full(RuntimeError):
    """The bridge has as many clients as it takes. The text is its sentence."""


class Lost(ConnectionError):
    """The bridge is gone, or does not answer."""


class Bridge:
    """One connection. Only one at a time may read its events."""

    def __init__(self, http: ClientSession, socket: ClientWebSocketResponse, welcome: Welcome):
        self.welcome = welcome
        self._http = http
        self._socket = socket
        self._shown: set[str] = set()  # requests of the live stream

    async def send(self, command: Command) -> None:
        """Send a command; what comes of it arrives as events."""
        await self._socket.send_str(wire.to_json(command))

    async def events(self) -> AsyncIterator[Event]:
        """Everything the bridge announces, until it goes. Raises Lost."""
        while True:
            yield await _receive(self._socket)

    async def _answered(self, work: Awaitable[T]) -> T:
        """What the bridge answers, however long it works at it. Raises Lost: it is silent."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=HEARTBEAT))[0]:
                async with asyncio.timeout(HEARTBEAT), self._http.get("/health"):
                    pass
        except (TimeoutError, aiohttp.ClientError):
            raise Lost(SILENT) from None
        finally:
            task.cancel()
        return task.result()

    def paint(self, command: Generate | Continue) -> Order:
        """The command at work. Its request is a word for it: the name is made here, and unique."""
        return Order(self._socket, named(command))

    async def show(self, live: Live) -> None:
        """What this connection's live stream is to show from now on; named as by `paint`."""
        live = named(live)
        self._shown.add(live.request)
        await self.send(live)

    async def frames(self) -> AsyncIterator[Frame | Failed]:
        """What `show` brings: frames, and why a state cannot be shown. Raises Lost."""
        async for event in self.events():
            match event:
                case Frame() | Failed(request=str()) if event.request in self._shown:
                    yield event
                case _:
                    pass

    async def put_image(self, image: Image, *, fleeting: bool = False) -> ImageId:
        """Hand pixels to the bridge; fleeting: until a stream shows something else."""
        size = {"width": image.width, "height": image.height, "channels": image.channels}
        query = size | {"depth": image.depth, "profile": image.profile}
        query |= {"fleeting": "yes" if fleeting else "no"}
        headers = {"Content-Type": "application/octet-stream"}
        answer = await self._call("PUT", "/images", params=query, data=image.raw, headers=headers)
        return msgspec.json.decode(answer)["id"]

    async def live_picture(self, live: str) -> Image:
        """The newest frame of a live stream."""
        return (await self.live_frame(live))[1]

    async def live_frame(self, live: str) -> tuple[int, Image]:
        """The newest frame and its number; it may be newer than the event that told of one."""
        fetched = self._fetched(f"/live/{live}/picture", {})
        image, headers = await self._answered(fetched)
        return int(headers["X-Frame"]), image

    async def image(self, id: ImageId) -> Image:
        """An image by its id."""
        return await self._pixels(f"/images/{id}", {})

    async def picture(
        self,
        step: StepId,
        which: Literal["denoised", "noisy"] = "denoised",
        quality: Quality | Literal["best"] = "full",
    ) -> Image:
        """A step's picture at full size."""
        return await self._pixels(f"/steps/{step}/picture", {"which": which, "quality": quality})

    async def thumbnail(self, step: StepId) -> Image:
        """A step's picture at latent size."""
        return await self._pixels(f"/steps/{step}/thumbnail", {})

    async def runs(self) -> list[RunAndSteps]:
        """All runs of the store."""
        return msgspec.json.decode(await self._call("GET", "/runs"), type=list[RunAndSteps])

    async def run(self, id: RunId) -> RunAndSteps:
        """One run, with its recipe resolved, and its steps."""
        return msgspec.json.decode(await self._call("GET", f"/runs/{id}"), type=RunAndSteps)

    async def write_psd(self, document: dict[str, Any]) -> bytes:
        """A document (psd/document.py) as the bytes of a PSD file."""
        return await self._call("POST", "/psd", json=document)

    async def doctor(self) -> dict[str, Any]:
        """What `pentimento doctor --json` prints."""
        return msgspec.json.decode(await self._call("GET", "/doctor"))

    async def _pixels(self, path: str, query: dict[str, str]) -> Image:
        return (await self._answered(self._fetched(path, query)))[0]

    async def _fetched(self, path: str, query: dict[str, str]) -> tuple[Image, Mapping[str, str]]:
        async with self._http.get(path, params=query | {"format": "raw"}) as answer:
            data = await _body(answer)
            head = {name: answer.headers[f"X-{name}"] for name in ("Width", "Height", "Channels")}
            image = from_raw(
                data,
                width=int(head["Width"]),
                height=int(head["Height"]),
                channels=int(head["Channels"]),
                depth=int(answer.headers["X-Depth"]),
                profile=answer.headers["X-Profile"],
                limits=_LIMITS,
            )
            return image, answer.headers

    async def _call(self, method: str, path: str, **how: Any) -> bytes:  # aiohttp's own options
        async def asked() -> bytes:
            async with self._http.request(method, path, **how) as answer:
                return await _body(answer)

        return await self._answered(asked())


class Order:
    """A command at work: iterates over what concerns its own runs, until all of them are over.

    Notices and the model's readiness concern everybody. Raises Refused, Lost.
    """

    def __init__(self, socket: ClientWebSocketResponse, command: Generate | Continue):
        self._socket = socket
        self._command = command
        self._own = Own(command)
        self._sent = False

    def __aiter__(self) -> Order:
        return self

    async def __anext__(self) -> Event:
        if not self._sent:
            self._sent = True
            await self._socket.send_str(wire.to_json(self._command))
        while not self._own.over:
            event = await _receive(self._socket)
            if self._own.concerns(event):
                if isinstance(event, Failed) and event.run is None:
                    raise Refused(event.message)
                return event
        raise StopAsyncIteration

    async def cancel(self) -> None:
        """Stop the runs, also those that are still to be announced, and wait until they are over.

        A step in progress is finished. Raises Lost.
        """
        asked: set[RunId] = set()
        while self._sent and not self._own.over:
            for run in self._own.going - asked:
                await self._socket.send_str(wire.to_json(Cancel(run=run)))
                asked.add(run)
            self._own.concerns(await _receive(self._socket))


@asynccontextmanager
async def connect(
    access: Access, *, client: str = "", seen: int | None = None
) -> AsyncGenerator[Bridge]:
    """A connection to a bridge, after Hello and Welcome. Raises Refused, Full, Lost."""
    headers = {"Authorization": f"Bearer {access.token}"}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    async with ClientSession(access.address, headers=headers, timeout=timeout) as http:
        hello = Hello(protocol=wire.PROTOCOL, token=access.token, client=client, seen=seen)
        try:
            async with asyncio.timeout(WELCOME_PATIENCE):
                socket = await http.ws_connect(
                    "/ws", compress=0, heartbeat=HEARTBEAT, max_msg_size=0
                )
                with suppress(ConnectionError):  # it was closed already, and says why
                    await socket.send_str(wire.to_json(hello))
                welcome = await _receive(socket)
        except TimeoutError:
            raise Lost(SILENT) from None
        except aiohttp.ClientError as error:
            raise Lost(f"no bridge answers at {access.address}: {error}") from None
        if not isinstance(welcome, Welcome):
            raise Lost(f"the bridge's first word was {type(welcome).__name__}, not Welcome")
        try:
            yield Bridge(http, socket, welcome)
        finally:
            await asyncio.shield(socket.close())


async def _receive(socket: ClientWebSocketResponse) -> Event:
    message = await socket.receive()
    if message.type is WSMsgType.CLOSE and message.data == WSCloseCode.POLICY_VIOLATION:
        raise Refused(message.extra or "the bridge closed the connection")
    if message.type is WSMsgType.CLOSE and message.data == WSCloseCode.TRY_AGAIN_LATER:
        raise Full(f"the bridge takes {message.extra}, or wait")
    if isinstance(socket.exception(), aiohttp.ServerTimeoutError):
        raise Lost(SILENT)
    if message.type is not WSMsgType.TEXT:
        raise Lost("the bridge closed the connection")
    return wire.parse_event(message.data)


async def _body(answer: ClientResponse) -> bytes:
    data = await answer.read()
    if answer.status < 400:
        return data
    try:
        message = msgspec.json.decode(data, type=dict[str, str])["message"]
    except (msgspec.DecodeError, KeyError):
        message = f"the bridge answered {answer.status}"
    raise Refused(message)
