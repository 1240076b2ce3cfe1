"""What bridge and worker say to each other, and how it lies in the pipes between them.

A frame is a JSON header and named blobs: safetensors bytes, nothing pickled. One request, one
reply, in turn. No torch, no asyncio.

Load, Open, Next, Close, Decode          requests
Advance, Drop                            requests of a live stream
Loaded, Painted, Ended, Pictured         replies
Advanced                                 a live stream's reply
Refused, Broken                          replies when something is wrong: with the request, with us
pack, unpack_request, unpack_reply       frames as bytes
pack_image, unpack_image                 images as blobs
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from pipelines.recipe import Recipe, Rewind, StepId

from ..images.image import Image
from ..wire import ModelInfo, Quality, RunId

Blobs = Mapping[str, bytes]  # "image ID", "record STEP", "record", "thumbnail", "picture"

MAX_HEADER = 16 * 2**20  # bytes; a longer one means the pipe is out of step
_LENGTH = struct.Struct("<I")
LENGTH_SIZE = _LENGTH.size


class _Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """What every frame's header has."""


class Load(_Header, frozen=True, kw_only=True):
    """Load a model, and its few-step sibling; those before are let go of."""

    name: str
    folder: str
    few: tuple[str, str] | None  # the sibling's name and folder
    device: str
    threads: int | None  # None: torch's choice


class Open(_Header, frozen=True, kw_only=True):
    """Prepare a line of records. Blobs: images, records that hold and kept name, and `record`.

    Without record: start. With record: go on after it. With record and rewind: leave it.
    """

    run: RunId
    recipe: Recipe
    step: StepId | None = None  # what the blob `record` is
    rewind: Rewind | None = None
    last: StepId | None = None  # the last record of the line that is left, for keep_outside
    picture: str | None = None  # image id of that line's finished picture


class Next(_Header, frozen=True, kw_only=True):
    """Paint the next record of an open line."""

    run: RunId


class Close(_Header, frozen=True, kw_only=True):
    """Forget a line."""

    run: RunId


class Decode(_Header, frozen=True, kw_only=True):
    """Make a picture of the blob `record`."""

    recipe: Recipe
    quality: Quality
    which: Literal["denoised", "noisy"]


class Advance(_Header, frozen=True, kw_only=True):
    """Take a live stream one step further; with a recipe, begin a frame first. Blobs: its images.

    A stream that the worker does not know begins here.
    """

    live: str
    number: int = 0  # of the frame that is begun; above all before
    begin: Recipe | None = None


class Drop(_Header, frozen=True, kw_only=True):
    """Forget a live stream."""

    live: str


class Read(_Header, frozen=True, kw_only=True):
    """Read a file, for a reader and not for a worker; blob: file. With profiles it is a PSD."""

    profiles: tuple[str, ...] | None = None  # that a document's pixels may have
    side: int  # pixels that a picture has at most
    area: int
    memory: int  # bytes that reading may take
    seconds: float  # and how long


class Take(_Header, frozen=True, kw_only=True):
    """Hand out an image of the document that was read last; None: forget the document."""

    image: str | None


class HasRead(_Header, frozen=True, kw_only=True):
    """What was read; blobs: image, or document."""

    notices: tuple[str, ...] = ()


class Loaded(_Header, frozen=True, kw_only=True):
    """The model is there."""

    model: ModelInfo
    made_with: dict[str, dict[str, str]]  # by model: what exactness hangs on, see Run.made_with


class Painted(_Header, frozen=True, kw_only=True):
    """A record; blobs: record, thumbnail."""

    recipe: Recipe  # with hold and kept filled in
    index: int
    last: int  # index of the line's last record
    sigma: float
    seconds: float  # it took


class Ended(_Header, frozen=True, kw_only=True):
    """Done: the line is open, or has no further record, or what was asked for is closed."""

    unheard: tuple[str, ...] = ()  # what of the prompts the model cannot hear, a sentence each


class Pictured(_Header, frozen=True, kw_only=True):
    """A picture; blob: picture."""


class Advanced(_Header, frozen=True, kw_only=True):
    """One step of a live stream. With a frame that is finished: blob picture."""

    number: int | None  # of the newest frame that is finished now
    flying: int  # frames in flight


class Refused(_Header, frozen=True, kw_only=True):
    """The request is wrong; one sentence."""

    message: str


class Broken(_Header, frozen=True, kw_only=True):
    """Something is wrong with the worker or its machine; one sentence, and a traceback."""

    message: str
    traceback: str


Request = Load | Open | Next | Close | Decode | Advance | Drop | Read | Take
Reply = Loaded | Painted | Ended | Pictured | Advanced | Refused | Broken | HasRead
T = TypeVar("T")


class _Frame(msgspec.Struct, Generic[T], frozen=True):
    header: T
    blobs: list[tuple[str, int]]  # name and bytes of each, in order


_requests = msgspec.json.Decoder(_Frame[Request])
_replies = msgspec.json.Decoder(_Frame[Reply])


def pack(header: Request | Reply, blobs: Blobs) -> list[bytes]:
    """A frame as pieces to be written one after the other."""
    sizes = [(name, len(data)) for name, data in blobs.items()]
    head = msgspec.json.encode(_Frame(header, sizes))
    return [_LENGTH.pack(len(head)), head, *blobs.values()]


def header_length(data: bytes) -> int:
    """Bytes of the header that follows the first LENGTH_SIZE bytes of a frame."""
    (length,) = _LENGTH.unpack(data)
    if length > MAX_HEADER:
        raise ValueError(f"a frame's header has at most {MAX_HEADER} bytes, got {length}")
    return length


def unpack_request(data: bytes) -> tuple[Request, list[tuple[str, int]]]:
    """A request's header, and name and size of the blobs that follow it."""
    frame = _requests.decode(data)
    return frame.header, frame.blobs


def unpack_reply(data: bytes) -> tuple[Reply, list[tuple[str, int]]]:
    """A reply's header, and name and size of the blobs that follow it."""
    frame = _replies.decode(data)
    return frame.header, frame.blobs


def pack_image(image: Image) -> bytes:
    """An image as a blob."""
    return save({"pixels": np.ascontiguousarray(image.pixels)}, {"profile": image.profile})


def unpack_image(data: bytes) -> Image:
    """An image from a blob."""
    try:
        pixels: Any = load(data)["pixels"]  # either depth's array
        header = int.from_bytes(data[:8], "little")  # its length, then the header as JSON
        head = msgspec.json.decode(data[8 : 8 + header])
        return Image(pixels, head["__metadata__"]["profile"])
    except (SafetensorError, KeyError, msgspec.DecodeError) as error:
        raise ValueError(f"this blob is no image: {error}") from None
