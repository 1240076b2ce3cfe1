"""Reading files in processes of their own (reader.py), so that it can be stopped and is bounded.

Reading   pictures and documents out of files; few at a time, each for so long and so much memory
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from . import frames
from .config import Limits
from .document import Document
from .frames import Blobs, Read
from .images import Image
from .stream import ProcessHome, WorkerDied

_READER = [sys.executable, "-m", "bridge.reader"]


class Reading:
    """Reads. Whoever gives up, or takes too long, costs a process and leaves its place at once."""

    def __init__(self, limits: Limits):
        self._limits = limits
        self._places = asyncio.Semaphore(limits.heavy)
        self._idle: list[ProcessHome] = []  # one at most: it takes half a second to start
        self._ending: set[asyncio.Task[None]] = set()

    async def image(self, data: bytes, kind: str) -> Image:
        """A picture out of a file. Raises ValueError, WorkerBroke."""
        return frames.unpack_image((await self._read(data, kind=kind))["image"])

    async def document(
        self, data: bytes, profiles: tuple[str, ...]
    ) -> tuple[Document, dict[str, Image]]:
        """A document out of a PSD, its pixels in one of the profiles. Raises ValueError."""
        blobs = dict(await self._read(data, profiles=profiles))
        document = msgspec.json.decode(blobs.pop("document"), type=Document)
        images = (frames.unpack_image(packed) for packed in blobs.values())
        return document, {image.id: image for image in images}

    async def close(self) -> None:
        """End all readers."""
        for home in self._idle:
            self._end(home)
        if self._ending:
            await asyncio.wait(self._ending)

    async def _read(
        self, data: bytes, *, kind: str = "", profiles: tuple[str, ...] | None = None
    ) -> Blobs:
        limits = self._limits
        seconds, memory = limits.reading_seconds, limits.reading_bytes
        request = Read(
            kind=kind,
            profiles=profiles,
            side=limits.side,
            area=limits.area,
            memory=memory,
            seconds=seconds,
        )
        async with self._places:
            home = self._idle.pop() if self._idle else ProcessHome(_READER)
            keep = False
            try:
                async with asyncio.timeout(seconds):
                    _, blobs = await home.ask(request, {"file": data})
                keep = True
                return blobs
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
