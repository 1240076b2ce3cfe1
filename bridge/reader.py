"""The process that reads files which others made: pictures and PSDs, one after the other.

Such a file may be made to take minutes or gigabytes, or may meet a fault in a library written in C.
Here it does so on its own: reading.py ends the process, and the bridge never notices. It holds no
token and no store, and its memory is bounded where the system can do that.

answer   one file, one reply
main     the same over standard input and output
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from . import frames, psd
from .config import Limits
from .frames import Blobs, Broken, HasRead, Read, Refused
from .images import decode


def answer(request: Read, data: bytes) -> tuple[HasRead | Refused | Broken, Blobs]:
    """Read the file. Never raises: what goes wrong is a reply as well."""
    try:
        if request.profiles is None:
            image = decode(data, request.kind, Limits(side=request.side, area=request.area))
            return HasRead(), {"image": frames.pack_image(image)}
        document, images = psd.shown_document(data, request.profiles)
        pixels = {f"image {id}": frames.pack_image(image) for id, image in images.items()}
        return HasRead(), pixels | {"document": msgspec.json.encode(document)}
    except ValueError as error:
        return Refused(message=str(error)), {}
    except Exception as error:  # the top of all reading, as worker.py is of painting
        if isinstance(error, MemoryError) or "nsufficient memory" in str(error):  # OpenCV's
            most = f"{request.memory / 2**30:.3g} GiB"
            return Refused(message=f"this file needs more than {most} of memory to be read"), {}
        sentence = f"reading the file met an error that is not known ({type(error).__name__})"
        return Broken(message=sentence, traceback=traceback.format_exc()), {}


def main() -> None:
    """Answer frames on standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bridge, which then closes us
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the frames
    pipe, bounded = sys.stdin.buffer, False
    while head := pipe.read(frames.LENGTH_SIZE):
        request, sizes = frames.unpack_request(pipe.read(frames.header_length(head)))
        assert isinstance(request, Read)  # all that is asked here
        (data,) = (pipe.read(size) for _, size in sizes)
        if not bounded:
            _bound(request.memory)
            bounded = True
        with _at_most(request.seconds):
            reply, blobs = answer(request, data)
        for piece in frames.pack(reply, blobs):
            replies.write(piece)
        replies.flush()
        del data, blobs


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
