"""Reading files in processes of their own (reader.py), so that it can be stopped and is bounded.

Reading   pictures and documents out of files; few at a time, each for so long and so much memory

How long and how much: Limits.reading_seconds, and reading_bytes, which Linux alone can hold to. Who
leaves while a file is read ends its process.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec

from ..config import Limits
from ..images.decoding import Decoded
from ..images.image import Image
from ..psd.document import Document, images_of
from . import protocol
from .homes import ProcessHome, WorkerDied, in_thread
from .protocol import Blob, HasRead, Read, Reply, Request, Take

Ask = Callable[[Request], Awaitable[Reply]]

_READER = [sys.executable, "-m", "bridge.worker.reader"]


class Reading:
    """Reads. Whoever gives up, or takes too long, costs a process and leaves its place at once."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._places = asyncio.Semaphore(limits.heavy)
        self._idle: list[ProcessHome] = []  # one at most: it takes half a second to start
        self._ending: set[asyncio.Task[None]] = set()

    async def image(self, data: bytes) -> Decoded:
        """A picture out of a file. Raises ValueError, WorkerBroke."""
        async with self._reader() as ask:
            reply = await ask(self._request(data, None))
            return Decoded(_image(reply), _read(reply).notices)

    async def document(
        self, data: bytes, profiles: tuple[str, ...], keep: Callable[[Image], object]
    ) -> Document:
        """A document out of a PSD, its pixels in one of the profiles. Raises ValueError.

        keep: is given each image that the document names, in a thread; one at a time, for all of
        them may be more than memory holds.
        """
        async with self._reader() as ask:
            found = _read(await ask(self._request(data, profiles))).document
            assert found is not None  # what a PSD is answered with
            document = msgspec.json.decode(found.data, type=Document)
            for id in images_of(document):
                await in_thread(keep, _image(await ask(Take(image=id))))
            await ask(Take(image=None))
            return document

    async def close(self) -> None:
        """End all readers."""
        for home in self._idle:
            self._end(home)
        if self._ending:
            await asyncio.wait(self._ending)

    def _request(self, data: bytes, profiles: tuple[str, ...] | None) -> Read:
        limits = self._limits
        return Read(
            file=Blob(data),
            profiles=profiles,
            side=limits.side,
            area=limits.area,
            memory=limits.reading_bytes,
            seconds=limits.reading_seconds,
        )

    @asynccontextmanager
    async def _reader(self) -> AsyncGenerator[Ask]:
        """A place and a process to read with, for so long."""
        seconds, memory = self._limits.reading_seconds, self._limits.reading_bytes
        async with self._places:
            home = self._idle.pop() if self._idle else ProcessHome(_READER)
            keep = False
            try:
                async with asyncio.timeout(seconds):
                    yield home.ask
                keep = True
            except TimeoutError:
                raise ValueError(f"this file takes more than {seconds:g} seconds to read") from None
            except WorkerDied:
                raise ValueError(
                    "this file cannot be read: it breaks what reads it, or needs more memory than "
                    f"the {memory / 2**30:.3g} GiB that it may take"
                ) from None
            except ValueError:
                keep = True
                raise
            finally:
                if keep and not self._idle:
                    self._idle.append(home)
                else:
                    self._end(home)

    def _end(self, home: ProcessHome) -> None:
        """In the background: nobody waits for a reader that is to end."""
        task = asyncio.create_task(home.kill())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _read(reply: Reply) -> HasRead:
    assert isinstance(reply, HasRead)  # what a reader answers
    return reply


def _image(reply: Reply) -> Image:
    image = _read(reply).image
    assert image is not None  # what a picture is answered with, and Take
    return protocol.unpack_image(image)
