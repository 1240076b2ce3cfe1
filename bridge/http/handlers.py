"""What the bridge does at each of its addresses; routes.py has the table.

Handlers   one method per route, by its name there
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import BinaryIO, cast

from aiohttp import WSCloseCode, web

from pipelines.recipe import PROFILE_NAMES, ImageId

from .. import wire
from ..access import access
from ..access.access import CHALLENGE
from ..config import Config
from ..history.contents import contents_of, texts_from
from ..history.likeness import painted_over
from ..history.replay import Lost, Replay, lost_from
from ..images.decoding import Decoded, check_type
from ..images.image import Image, check_size, from_raw, seen, to_png
from ..psd import files as psd
from ..psd.document import Document, PixelLayer, document_from, images_of, walk
from ..psd.spool import OnDemand, nameless
from ..runs.session import Session, program_version
from ..store.database import Missing
from ..store.store import Which
from ..wire import Quality
from ..worker.homes import in_thread
from ..worker.reading import Reading
from . import openapi, studio
from .facts import facts
from .guard import body_of, known
from .pairing_handlers import PairingHandlers, as_json, id_in
from .routes import (
    IDS,
    PNG,
    PSD,
    RAW,
    ROUTES,
    Caller,
    Connection,
    Health,
    ImageInfo,
    RunAndSteps,
    Strokes,
)
from .websocket import HEARTBEAT, greeted, talk

_FAREWELL = 0.5  # seconds to say goodbye to all clients


class Handlers(PairingHandlers):
    """The handlers, each under its route's name."""

    def __init__(self, session: Session, config: Config, token: str):
        super().__init__(session.pairings, config.limits, token)
        self._session = session
        self._store = session.store
        self._heavy = asyncio.Semaphore(config.limits.heavy)
        self._reading = Reading(config.limits)
        self._sockets = dict[web.WebSocketResponse, web.Request]()
        self._clients = 0  # sockets after their Hello
        self._files = studio.files()

    async def health(self, request: web.Request) -> web.Response:
        """That a bridge is here, which one, and whether it can paint yet."""
        challenge = request.query.get("challenge", "")
        proof = None
        if challenge:
            if not CHALLENGE.fullmatch(challenge):
                raise ValueError(
                    f"challenge must match {CHALLENGE.pattern}, got {challenge[:80]!r}"
                )
            port = request.get_extra_info("sockname")[1]
            proof = access.proof(self._token, port, challenge)
        health = Health(
            version=program_version(),
            protocol=wire.PROTOCOL,
            pid=os.getpid(),
            model=self._session.workers.state,
            workers=len(self._session.workers),
            proof=proof,
        )
        return as_json(health)

    async def openapi(self, _: web.Request) -> web.Response:
        """The description of all this."""
        return as_json(openapi.document(program_version()))

    async def put_image(self, request: web.Request) -> web.Response:
        """Take in a file or raw pixels."""
        kind = request.content_type
        size = _raw_size(request) if kind == RAW else None
        if size is not None:
            self._check_raw(request, size)
        else:
            check_type(kind)
        data = await self._body(request)
        if size is None:
            decoded = await self._reading.image(data)
        else:
            profile = request.query.get("profile", "sRGB")
            decoded = Decoded(await in_thread(self._from_raw, data, size, profile))
        image, fleeting = decoded.image, _choice(request, "fleeting") == "yes"
        async with self._heavy:
            id = await in_thread(partial(self._store.put_image, image, fleeting=fleeting))
        return as_json(
            ImageInfo(
                id=id,
                width=image.width,
                height=image.height,
                channels=image.channels,
                depth=image.depth,
                profile=image.profile,
                notices=decoded.notices,
            )
        )

    async def image(self, request: web.Request) -> web.Response:
        """An image's pixels."""
        image = await in_thread(self._store.image, id_in(request, "image"))
        if image is None:
            raise Missing("there is no such image; it may have been dropped, upload it again")
        return await _pixels(request, image)

    async def strokes(self, request: web.Request) -> web.Response:
        """What of an image was painted over the one that was handed out."""
        handed = request.query.get("handed", "")
        if not IDS["image"].fullmatch(handed):
            raise ValueError(f"handed must match {IDS['image'].pattern}, got {handed[:80]!r}")
        async with self._heavy:
            replayed = _choice(request, "replayed") == "yes"
            edit = await in_thread(self._painted_over, handed, id_in(request, "image"), replayed)
        return as_json(Strokes(edit=edit))

    def _painted_over(self, handed: ImageId, shown: ImageId, replayed: bool) -> ImageId | None:
        images = [self._store.image(id) for id in (handed, shown)]
        found = [image for image in images if image is not None]
        if len(found) < 2:
            raise Missing("there is no such image; it may have been dropped, upload it again")
        edit = painted_over(*found, replayed=replayed)
        return None if edit is None else self._store.put_image(edit, fleeting=True)

    async def picture(self, request: web.Request) -> web.Response:
        """A step's picture at full size."""
        step = id_in(request, "step")
        which = cast("Which", _choice(request, "which"))
        wanted = _choice(request, "quality")
        pictures = self._session.pictures
        if wanted == "best":
            image, quality = await pictures.best(step, which)
        else:
            quality = cast("Quality", wanted)
            image = await pictures.make(step, which, quality)
        return await _pixels(request, image, {"X-Quality": quality})

    async def thumbnail(self, request: web.Request) -> web.Response:
        """A step's picture at latent size."""
        return await _pixels(
            request, await self._session.pictures.thumbnail(id_in(request, "step"))
        )

    async def live_picture(self, request: web.Request) -> web.Response:
        """The newest frame of a live stream."""
        number, image = self._session.live_picture(id_in(request, "live"))
        if _choice(request, "size") == "seen":
            image = await in_thread(seen, image)
        return await _pixels(request, image, {"X-Frame": str(number)})

    async def runs(self, _: web.Request) -> web.Response:
        """All runs with their steps."""
        now = self._store.snapshot()
        steps: dict[str, list[wire.Step]] = {run.id: [] for run in now.runs}
        for step in now.steps:
            steps[step.run].append(step)
        return as_json([RunAndSteps(run=run, steps=tuple(steps[run.id])) for run in now.runs])

    async def run(self, request: web.Request) -> web.Response:
        """One run with its steps."""
        id = id_in(request, "run")
        run = self._store.run(id)
        if run is None:
            raise Missing("there is no such run; it may have been dropped to keep the quota")
        return as_json(RunAndSteps(run=run, steps=self._store.steps(id)))

    async def write_psd(self, request: web.Request) -> web.Response:
        """A document as a PSD file."""
        data = await self._body(request, self._limits.document_bytes)
        async with self._heavy:
            file = await in_thread(self._write_psd, data)
        return web.Response(body=file, content_type=PSD)  # which closes it

    async def open_psd(self, request: web.Request) -> web.Response:
        """A PSD file as a document."""
        data = await self._body(request)
        document = await self._reading.document(data, PROFILE_NAMES, self._store.put_image)
        return await in_thread(as_json, document)

    async def read_history(self, request: web.Request) -> web.Response:
        """What of ours lies in a document."""
        data = await self._body(request, self._limits.document_bytes)
        return as_json(await in_thread(lambda: contents_of(texts_from(data))))

    async def replay(self, request: web.Request) -> web.Response:
        """What has to be painted again of a run that a document knows."""
        data = await self._body(request, self._limits.document_bytes)
        return as_json(await in_thread(self._replay, lost_from(data)))

    def _replay(self, lost: Lost) -> Replay:
        now = self._store.snapshot()
        return lost.replay(now.runs, now.steps)

    async def doctor(self, _: web.Request) -> web.Response:
        """What `pentimento doctor` wants to know."""
        return as_json(facts(self._session))

    async def connection(self, request: web.Request) -> web.Response:
        """How the caller, and who is connected, look from here: the panel's self-test asks."""
        sockets = tuple(_caller(other) for other in self._sockets.values())
        return as_json(Connection(caller=_caller(request), sockets=sockets))

    async def studio(self, request: web.Request) -> web.Response:
        """One of the studio's files."""
        path = self._files.get(request.match_info["path"])
        if path is None:
            raise web.HTTPNotFound()
        return await in_thread(studio.served, path)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Commands and events."""
        # Compression costs 20 to 40 times the sending and UXP knows none.
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, compress=False, max_msg_size=wire.MAX_MESSAGE
        )
        self._sockets[socket] = request
        try:
            await socket.prepare(request)
            hello = await greeted(socket, self._limits, self._token)
            if hello is not None:
                known(request)
                await self._talk(socket, hello)
        finally:
            del self._sockets[socket]
        return socket

    async def _talk(self, socket: web.WebSocketResponse, hello: wire.Hello) -> None:
        """Serve a client, unless there are too many. Strangers do not count: see door.py."""
        if self._clients >= self._limits.connections:
            text = f"at most {self._limits.connections} connections; close another panel"
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=text.encode())
            return
        self._clients += 1
        try:
            await talk(socket, self._session, hello)
        finally:
            self._clients -= 1

    async def close(self, _: web.Application) -> None:
        """Let all clients know that the bridge goes; who does not listen is not waited for."""
        code, text = WSCloseCode.GOING_AWAY, b"the bridge was stopped"
        said = [asyncio.create_task(one.close(code=code, message=text)) for one in self._sockets]
        if said:
            await asyncio.wait(said, timeout=_FAREWELL)
        for task in said:
            task.cancel()
        await self._reading.close()

    async def _body(self, request: web.Request, most: int | None = None) -> bytes:
        """What was sent; more than `most` bytes are not waited for."""
        most = min(most or self._limits.body_bytes, self._limits.body_bytes)
        return await body_of(request, most, self._limits.body_seconds)

    def _check_raw(self, request: web.Request, size: dict[str, int]) -> None:
        """Refuse a size that is too large, or a body of another length, before it is read."""
        check_size(size["width"], size["height"], self._limits)
        expected = size["width"] * size["height"] * size["channels"] * size["depth"] // 8
        given = request.content_length
        if given is not None and given != expected:
            raise ValueError(
                f"{size['width']}x{size['height']}x{size['channels']} at {size['depth']} bits are "
                f"{expected} bytes, got {given}"
            )

    def _from_raw(self, data: bytes, size: dict[str, int], profile: str) -> Image:
        return from_raw(
            data,
            width=size["width"],
            height=size["height"],
            channels=size["channels"],
            depth=size["depth"],
            profile=profile,
            limits=self._limits,
        )

    def _write_psd(self, data: bytes) -> BinaryIO:
        """The file, on disk; images are read one at a time."""
        document = document_from(data)
        ids = images_of(document)
        for id in ids:
            if not self._store.has_image(id):
                raise Missing(f"document: there is no image {id}; upload it first")
        self._check_pixels(document)
        file = nameless(self._store.path.parent)
        try:
            images = OnDemand({id: partial(self._image, id) for id in ids})
            psd.save_document(file, document, images)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def _check_pixels(self, document: Document) -> None:
        """Refuse more pixels than a file could hold, before any is read."""
        layers = [layer for layer in walk(document.layers) if isinstance(layer, PixelLayer)]
        sizes = (self._store.image_size(layer.image) for layer in layers if layer.image)
        pixels = sum(width * height for width, height, _ in sizes)
        if pixels > self._limits.layer_pixels:
            raise ValueError(
                f"the document's layers have {pixels} pixels, at most {self._limits.layer_pixels} "
                "are written; merge some layers or make the document smaller"
            )

    def _image(self, id: ImageId) -> Image:
        image = self._store.image(id)
        if image is None:  # dropped meanwhile
            raise Missing(f"document: there is no image {id} any more; upload it again")
        return image


def _choice(request: web.Request, name: str) -> str:
    """A query parameter that knows its values."""
    route = next(r for r in ROUTES if any(q.name == name for q in r.query))
    query = next(q for q in route.query if q.name == name)
    value = request.query.get(name, query.default or "")
    if value not in query.values:
        raise ValueError(f"{name} must be one of {', '.join(query.values)}, got {value[:80]!r}")
    return value


def _raw_size(request: web.Request) -> dict[str, int]:
    """Size of raw pixels, from the query."""
    size: dict[str, int] = {}
    for name, default in (("width", ""), ("height", ""), ("channels", "4"), ("depth", "8")):
        text = request.query.get(name, default)
        if not text:
            raise ValueError(
                f"{name} is missing: raw pixels ({RAW}) say their size in the query; "
                "a picture file is sent with its own Content-Type"
            )
        if not (text.isascii() and text.isdigit() and len(text) <= 20):
            raise ValueError(f"{name} must be a whole number, got {text[:80]!r}")
        size[name] = int(text)
    return size


async def _pixels(
    request: web.Request, image: Image, more: dict[str, str] | None = None
) -> web.Response:
    """An image as it was asked for, with its size in the headers."""
    png = _choice(request, "format") == "png"
    headers = {
        "X-Width": str(image.width),
        "X-Height": str(image.height),
        "X-Channels": str(image.channels),
        "X-Depth": str(image.depth),
        "X-Profile": image.profile,
        "X-Image-Id": image.id,
    }
    body = await in_thread(to_png, image) if png else image.raw
    return web.Response(body=body, content_type=PNG if png else RAW, headers=headers | (more or {}))


def _caller(request: web.Request) -> Caller:
    return Caller(host=request.host, origin=request.headers.get("Origin"))
