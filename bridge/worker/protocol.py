"""What bridge and worker say to each other: one request, one reply, in turn. No torch, no asyncio.

Large bytes are fields of a message, safetensors mostly. How it all lies in a pipe: frames.py.

Load, Room, Open, Next, Close, Decode    requests
Advance, Drop                            requests of a live stream
Read, Take                               requests to a reader, and its reply: HasRead
Loaded, HasRoom, Painted, Ended, Pictured  replies
Advanced                                 a live stream's reply
Refused, Broken                          replies when something is wrong: with the request, with us
Blob                                     large bytes
pack_image, unpack_image                 images as blobs
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from pipelines.recipe import ImageId, Recipe, Rewind, StepId

from ..images.image import Image
from ..wire import ModelInfo, Quality, RunId


class Blob:
    """Large bytes. `data` is empty in a message whose blobs were not read yet, `size` is known."""

    __slots__ = ("data", "size")

    def __init__(self, data: bytes = b"", size: int | None = None):
        self.data = data
        self.size = len(data) if size is None else size


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """What is said. Blobs are fields, or the values of a field."""


class Load(_Message, frozen=True, kw_only=True):
    """Load a model, and its few-step sibling; those before are let go of."""

    name: str
    folder: str
    few: tuple[str, str] | None  # the sibling's name and folder
    device: str
    threads: int | None  # None: torch's choice
    place: int  # of the worker among all: of several CUDA cards each has its own


class Room(_Message, frozen=True, kw_only=True):
    """Say how many lines of a recipe fit into memory at a time."""

    recipe: Recipe


class Open(_Message, frozen=True, kw_only=True):
    """Prepare a line of records.

    Without record: start. With record: go on after it. With record and rewind: leave it.
    """

    run: RunId
    recipe: Recipe
    images: dict[ImageId, Blob]
    records: dict[StepId, Blob]  # that hold and kept name, and `last`
    record: Blob | None = None
    step: StepId | None = None  # what `record` is
    rewind: Rewind | None = None
    last: StepId | None = None  # the last record of the line that is left, for keep_outside
    picture: ImageId | None = None  # that line's finished picture


class Next(_Message, frozen=True, kw_only=True):
    """Paint the next record of open lines of one model, together; forget what else is open."""

    runs: tuple[RunId, ...]


class Close(_Message, frozen=True, kw_only=True):
    """Forget the lines that are open."""


class Decode(_Message, frozen=True, kw_only=True):
    """Make a picture of a record."""

    record: Blob
    recipe: Recipe
    images: dict[ImageId, Blob]
    quality: Quality
    which: Literal["denoised", "noisy"]


class Advance(_Message, frozen=True, kw_only=True):
    """Take a live stream one step further; with a recipe, begin a frame first.

    A stream that the worker does not know begins here.
    """

    live: str
    number: int = 0  # of the frame that is begun; above all before
    begin: Recipe | None = None
    images: dict[ImageId, Blob] = {}  # of the recipe


class Drop(_Message, frozen=True, kw_only=True):
    """Forget a live stream."""

    live: str


class Read(_Message, frozen=True, kw_only=True):
    """Read a file, for a reader and not for a worker. With profiles it is a PSD."""

    file: Blob
    profiles: tuple[str, ...] | None = None  # that a document's pixels may have
    side: int  # pixels that a picture has at most
    area: int
    memory: int  # bytes that reading may take
    seconds: float  # and how long


class Take(_Message, frozen=True, kw_only=True):
    """Hand out an image of the document that was read last; None: forget the document."""

    image: ImageId | None


class HasRead(_Message, frozen=True, kw_only=True):
    """What was read: a picture, a document, or an image of one."""

    image: Blob | None = None
    document: Blob | None = None  # JSON
    notices: tuple[str, ...] = ()


class Loaded(_Message, frozen=True, kw_only=True):
    """The model is there."""

    model: ModelInfo
    made_with: dict[str, dict[str, str]]  # by model: what exactness hangs on, see Run.made_with
    cards: int  # that there are for workers to have one each


class HasRoom(_Message, frozen=True, kw_only=True):
    """What fits."""

    lines: int  # at least 1


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a record without opening it."""

    recipe: Recipe  # with hold and kept filled in
    index: int
    last: int  # index of the line's last record
    sigma: float


class Painted(_Message, frozen=True, kw_only=True):
    """A record of each line that was named and had a further one."""

    made: dict[RunId, Made]
    records: dict[RunId, Blob]
    thumbnails: dict[RunId, Blob]  # their pictures at latent size
    seconds: float  # all took together


class Ended(_Message, frozen=True, kw_only=True):
    """Done: the line is open, or what was asked for is closed."""

    unheard: tuple[str, ...] = ()  # what of the prompts the model cannot hear, a sentence each


class Pictured(_Message, frozen=True, kw_only=True):
    """A picture."""

    picture: Blob


class Advanced(_Message, frozen=True, kw_only=True):
    """One step of a live stream."""

    number: int | None  # of the newest frame that is finished now
    picture: Blob | None = None  # its
    flying: int  # frames in flight


class Refused(_Message, frozen=True, kw_only=True):
    """The request is wrong; one sentence."""

    message: str


class Broken(_Message, frozen=True, kw_only=True):
    """Something is wrong with the worker or its machine; one sentence, and a traceback."""

    message: str
    traceback: str


Request = Load | Room | Open | Next | Close | Decode | Advance | Drop | Read | Take
Reply = Loaded | HasRoom | Painted | Ended | Pictured | Advanced | Refused | Broken | HasRead


def pack_image(image: Image) -> Blob:
    """An image as a blob."""
    return Blob(save({"pixels": np.ascontiguousarray(image.pixels)}, {"profile": image.profile}))


def unpack_image(blob: Blob) -> Image:
    """An image from a blob."""
    data = blob.data
    try:
        pixels: Any = load(data)["pixels"]  # either depth's array
        header = int.from_bytes(data[:8], "little")  # its length, then the header as JSON
        head = msgspec.json.decode(data[8 : 8 + header])
        return Image(pixels, head["__metadata__"]["profile"])
    except (SafetensorError, KeyError, msgspec.DecodeError) as error:
        raise ValueError(f"this blob is no image: {error}") from None
