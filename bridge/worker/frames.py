"""How a message lies in the pipes between bridge and worker. No torch, no asyncio.

A frame is a message in MessagePack, in which only the sizes of its blobs are written, and then the
blobs as they are. Nothing is pickled.

pack           a frame as pieces to be written
read_request   the worker's side, which waits
unpack_reply   the bridge's side, which reads by itself: header_length, then the message, then blobs
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from .protocol import Blob, Reply, Request

MAX_HEADER = 16 * 2**20  # bytes; a longer one means the pipe is out of step
MAX_BLOB = 4 * 2**30  # bytes, likewise
_LENGTH = struct.Struct("<I")
LENGTH_SIZE = _LENGTH.size


def _size(blob: Any) -> int:
    return blob.size


def _unread(_: type, size: Any) -> Blob:
    """A blob that is to be read after its message. Only Blob has to be made of something else."""
    if not isinstance(size, int) or not 0 <= size <= MAX_BLOB:
        raise ValueError(f"a blob has at most {MAX_BLOB} bytes, got {size!r}")
    return Blob(size=size)


_encoder = msgspec.msgpack.Encoder(enc_hook=_size)
_requests = msgspec.msgpack.Decoder(Request, dec_hook=_unread)
_replies = msgspec.msgpack.Decoder(Reply, dec_hook=_unread)


def blobs_of(message: Request | Reply) -> Iterator[Blob]:
    """A message's blobs, in the order in which they follow it."""
    for name in message.__struct_fields__:
        value = getattr(message, name)
        values = value.values() if isinstance(value, dict) else (value,)
        yield from (one for one in values if isinstance(one, Blob))


def pack(message: Request | Reply) -> list[bytes]:
    """A frame as pieces to be written one after the other."""
    head = _encoder.encode(message)
    return [_LENGTH.pack(len(head)), head, *(blob.data for blob in blobs_of(message))]


def header_length(data: bytes) -> int:
    """Bytes of the header that follows the first LENGTH_SIZE bytes of a frame."""
    (length,) = _LENGTH.unpack(data)
    if length > MAX_HEADER:
        raise ValueError(f"a frame's header has at most {MAX_HEADER} bytes, got {length}")
    return length


def read_request(pipe: BinaryIO) -> Request | None:
    """The next request, whole; None at the end of the pipe."""
    head = pipe.read(LENGTH_SIZE)
    if not head:
        return None
    request = _requests.decode(pipe.read(header_length(head)))
    for blob in blobs_of(request):
        blob.data = pipe.read(blob.size)
    return request


def unpack_reply(head: bytes) -> Reply:
    """A reply whose blobs, see blobs_of, follow and are to be read into it."""
    return _replies.decode(head)
