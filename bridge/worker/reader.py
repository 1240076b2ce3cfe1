"""The process that reads files which others made: pictures and PSDs, one after the other.

Such a file may be made to take minutes or gigabytes, or may meet a fault in a library written in C.
Here it does so on its own: reading.py ends the process, and the bridge never notices. It holds no
token and no store, and its memory is bounded where the system can do that.

Reader   a file, one reply; of a document also its images, one by one
main     the same over standard input and output
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pipelines.recipe import ImageId

from ..config import Limits
from ..images.decoding import decode
from ..images.image import Image
from ..psd import picture as psd_picture
from . import frames, protocol
from .protocol import Blob, Broken, HasRead, Read, Refused, Take


class Reader:
    """One file after the other. Of a document the images are handed out one by one."""

    def __init__(self) -> None:
        self._images: Mapping[ImageId, Image] = {}
        self._memory = 0

    def answer(self, request: Read | Take) -> HasRead | Refused | Broken:
        """Read. Never raises: what goes wrong is a reply as well."""
        try:
            if isinstance(request, Read):
                return self._read(request)
            if request.image is None:
                self._images = {}
                return HasRead()
            return HasRead(image=protocol.pack_image(self._images[request.image]))
        except ValueError as error:
            return Refused(message=str(error))
        except Exception as error:  # the top of all reading, as worker.py is of painting
            if isinstance(error, MemoryError) or "nsufficient memory" in str(error):  # OpenCV's
                most = f"{self._memory / 2**30:.3g} GiB"
                return Refused(message=f"this file needs more than {most} of memory to be read")
            sentence = f"reading the file met an error that is not known ({type(error).__name__})"
            return Broken(message=sentence, traceback=traceback.format_exc())

    def _read(self, request: Read) -> HasRead:
        self._memory, data = request.memory, request.file.data
        if request.profiles is None:
            found = decode(data, Limits(side=request.side, area=request.area))
            return HasRead(image=protocol.pack_image(found.image), notices=found.notices)
        document, self._images = psd_picture.shown_document(data, request.profiles)
        return HasRead(document=Blob(msgspec.json.encode(document)))


def main() -> None:
    """Answer frames on standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bridge, which then closes us
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the frames
    pipe, bounded, seconds, reader = sys.stdin.buffer, False, 0.0, Reader()
    while request := frames.read_request(pipe):
        assert isinstance(request, Read | Take)  # all that is asked here
        if isinstance(request, Read):
            seconds = request.seconds
            if not bounded:
                _bound(request.memory)
                bounded = True
        with _at_most(seconds):
            reply = reader.answer(request)
        for piece in frames.pack(reply):
            replies.write(piece)
        replies.flush()
        del request, reply  # and with them what they weigh


def _bound(more: int) -> None:
    """Let this process take so many bytes beyond what it has; elsewhere the system is not asked."""
    if sys.platform == "linux":
        import resource  # not there on Windows

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextmanager
def _at_most(seconds: float) -> Generator[None]:
    """End this process after a while, in case that the bridge is gone and cannot do it."""
    if sys.platform == "win32":
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)  # the system's own answer to it is the end
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
