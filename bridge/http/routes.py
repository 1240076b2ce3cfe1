"""Every HTTP route as data: what the server is built of and what /openapi.json is made of.

Route    method, path, what it takes, what it gives
ROUTES   all of them
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from pipelines.recipe import IMAGE_ID, RUN_ID, STEP_ID

from ..access.pairing import NONCE, PROMISE, State
from ..history.contents import Contents, Texts
from ..history.replay import Lost, Replay
from ..images.decoding import FORMATS
from ..psd.document import Document
from ..wire import Run, Step

RAW = "application/octet-stream"
PNG = "image/png"
JSON = "application/json"
PSD = "image/vnd.adobe.photoshop"

IDS = {
    "image": IMAGE_ID,
    "step": STEP_ID,
    "run": RUN_ID,
    "live": RUN_ID,
    "pairing": re.compile(r"[0-9a-f]{16}"),
}  # path parameters and what fits them


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """That a bridge is here, and whether it can paint yet."""

    version: str
    protocol: int
    pid: int
    model: Literal["loading", "ready", "failed"]
    workers: int  # that paint at the same time
    proof: str | None = None  # that it knows the token, for a challenge; see access/access.py
    program: Literal["pentimento"] = "pentimento"


class ImageInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An image as it was taken in."""

    id: str
    width: int
    height: int
    channels: int
    depth: int
    profile: str
    notices: tuple[str, ...] = ()  # what of a file was left out or understood, a sentence each


class Strokes(msgspec.Struct, frozen=True, kw_only=True):
    """What was painted over a picture that was handed out."""

    edit: str | None  # an image in the profile and depth of what was handed out; None: nothing


class RunAndSteps(msgspec.Struct, frozen=True, kw_only=True):
    """A run and what it has painted."""

    run: Run
    steps: tuple[Step, ...]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, by the headers of the request."""

    host: str
    origin: str | None  # None: the header was not sent


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How the caller and the open WebSockets look from the bridge."""

    caller: Caller
    sockets: tuple[Caller, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A panel asks to be let in; see access/pairing.py."""

    promise: Annotated[str, msgspec.Meta(pattern=f"^{PROMISE.pattern}$")]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What the bridge answers: its part of the words."""

    id: str
    nonce: str
    left: float  # seconds in which the painter can let it in


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The panel's part of the words, and what it shows itself with from then on."""

    nonce: Annotated[str, msgspec.Meta(pattern=f"^{NONCE.pattern}$")]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of an asking; what is not waiting is said once."""

    state: State
    left: float  # seconds
    token: str | None = None  # where the state is "in"


class WaitingPanel(msgspec.Struct, frozen=True, kw_only=True):
    """A panel that waits to be let in."""

    id: str
    words: tuple[str, ...]  # as the panel shows them
    left: float  # seconds


class Word(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The painter's word to a panel that waits."""

    let_in: bool


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, for the user."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query parameter."""

    name: str
    values: tuple[str, ...] = ()  # empty: a number or a name
    default: str | None = None  # None: must be given
    kind: Literal["string", "integer"] = "string"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One address. `gives` and `takes` are content types; JSON ones have a type as well."""

    name: str  # of the handler in server.py
    method: Literal["GET", "PUT", "POST"]
    path: str
    summary: str
    detail: str = ""  # more of it, where the types do not say it
    query: tuple[Query, ...] = ()
    takes: tuple[str, ...] = ()
    taken: Any = None  # type of a JSON body
    gives: tuple[str, ...] = (JSON,)
    given: Any = None  # type of a JSON answer; None: any object
    headers: tuple[str, ...] = ()  # of the answer
    token: bool = True
    errors: tuple[int, ...] = ()  # beyond 401 and 403


_FORMAT = Query(name="format", values=("raw", "png"), default="raw")
_PIXELS = ("X-Width", "X-Height", "X-Channels", "X-Depth", "X-Profile", "X-Image-Id")

ROUTES = (
    Route(
        name="health",
        method="GET",
        path="/health",
        summary="Whether a bridge is here, and whether it knows the token",
        detail="challenge: 32 to 128 hex digits that were never asked before. proof: the "
        "HMAC-SHA256 of 'PORT CHALLENGE' under the token, in hex; null without a challenge.",
        query=(Query(name="challenge", default=""),),
        given=Health,
        token=False,
    ),
    Route(
        name="openapi",
        method="GET",
        path="/openapi.json",
        summary="This description",
        token=False,
    ),
    Route(
        name="ask_in",
        method="POST",
        path="/pair",
        summary="A panel asks to be let in",
        detail="promise: what its nonce hashes to. The body has at most 1 KiB. How it goes on "
        "stands in bridge/access/pairing.py.",
        takes=(JSON,),
        taken=Asked,
        given=Heard,
        token=False,
        errors=(400, 408, 413, 415, 429),
    ),
    Route(
        name="ask_again",
        method="POST",
        path="/pair/{pairing}",
        summary="The panel keeps its promise, and asks what has become of it",
        detail="Asked each second. What is not waiting any more is said once, then 404.",
        takes=(JSON,),
        taken=Told,
        given=Outcome,
        token=False,
        errors=(400, 404, 408, 413, 415),
    ),
    Route(
        name="waiting_panels",
        method="GET",
        path="/pairings",
        summary="Panels that wait to be let in, the oldest first",
        given=list[WaitingPanel],
    ),
    Route(
        name="let_in",
        method="POST",
        path="/pairings/{pairing}",
        summary="The painter's word to a panel that waits; gives its words",
        detail="404: it does not wait any more.",
        takes=(JSON,),
        taken=Word,
        given=list[str],
        errors=(400, 404, 408, 413, 415),
    ),
    Route(
        name="put_image",
        method="PUT",
        path="/images",
        summary="Hand in an image: a file, or raw pixels with their size in the query",
        detail="A file is known by its contents, whichever of their Content-Types is given. It "
        "keeps its depth and one of the three profiles; others come in sRGB. notices: a "
        "sentence for whatever of it was left out or understood. With fleeting=yes the "
        "image is forgotten two minutes after it was last put or shown live, unless a run "
        "names it.",
        query=(
            Query(name="width", default="", kind="integer"),
            Query(name="height", default="", kind="integer"),
            Query(name="channels", values=("1", "3", "4"), default="4"),
            Query(name="depth", values=("8", "16"), default="8"),
            Query(name="profile", default="sRGB"),
            Query(name="fleeting", values=("no", "yes"), default="no"),
        ),
        takes=(*FORMATS, RAW),
        given=ImageInfo,
        errors=(400, 408, 413, 507),
    ),
    Route(
        name="image",
        method="GET",
        path="/images/{image}",
        summary="An image's pixels",
        query=(_FORMAT,),
        gives=(RAW, PNG),
        headers=_PIXELS,
        errors=(400, 404),
    ),
    Route(
        name="strokes",
        method="GET",
        path="/images/{image}/strokes",
        summary="What was painted, in a document that may have another profile or depth since",
        detail="edit: what of the image was painted over the one that was handed out, as a "
        "fleeting image of that one's profile and depth; null where the two differ by no "
        "more than a conversion of the document between them may do, or, where `handed` is what "
        "a replay made of it, than that may.",
        query=(Query(name="handed"), Query(name="replayed", values=("no", "yes"), default="no")),
        given=Strokes,
        errors=(400, 404, 507),
    ),
    Route(
        name="picture",
        method="GET",
        path="/steps/{step}/picture",
        summary="A step's picture at full size",
        detail="RGBA. best: the best there is without waiting; full waits for the decode. What was "
        "handed out is remembered by its id, so it can be named as `handed`.",
        query=(
            Query(name="which", values=("denoised", "noisy"), default="denoised"),
            Query(name="quality", values=("best", "linear", "tiny", "full"), default="best"),
            _FORMAT,
        ),
        gives=(RAW, PNG),
        headers=(*_PIXELS, "X-Quality"),
        errors=(400, 404, 507),
    ),
    Route(
        name="thumbnail",
        method="GET",
        path="/steps/{step}/thumbnail",
        summary="A step's picture at latent size",
        detail="RGB, linear: next to free.",
        query=(_FORMAT,),
        gives=(RAW, PNG),
        headers=_PIXELS,
        errors=(400, 404),
    ),
    Route(
        name="live_picture",
        method="GET",
        path="/live/{live}/picture",
        summary="The newest frame of a live stream, in full or as a panel shows it",
        detail="seen: 8 bits, at most 768 pixels a side. X-Frame: the frame's number, which may be "
        "newer than the event's.",
        query=(Query(name="size", values=("full", "seen"), default="full"), _FORMAT),
        gives=(RAW, PNG),
        headers=(*_PIXELS, "X-Frame"),
        errors=(400, 404),
    ),
    Route(
        name="runs",
        method="GET",
        path="/runs",
        summary="All runs with their steps, oldest first",
        given=list[RunAndSteps],
    ),
    Route(
        name="run",
        method="GET",
        path="/runs/{run}",
        summary="A run, its recipe resolved, with its steps",
        given=RunAndSteps,
        errors=(400, 404),
    ),
    Route(
        name="write_psd",
        method="POST",
        path="/psd",
        summary="A document as a PSD file",
        takes=(JSON,),
        taken=Document,
        gives=(PSD,),
        errors=(400, 404, 408, 413),
    ),
    Route(
        name="open_psd",
        method="POST",
        path="/psd/open",
        summary="A PSD file as a document; its pixels become images",
        detail="Profiles that the studio cannot keep become sRGB. A flat file is one layer.",
        takes=(PSD, RAW),
        given=Document,
        errors=(400, 408, 413, 507),
    ),
    Route(
        name="read_history",
        method="POST",
        path="/history",
        summary="What of Pentimento's lies in an open document, by what its layers say",
        detail="The rules of a PSD file's. What stands in a layer: bridge/history/run_layers.py.",
        takes=(JSON,),
        taken=Texts,
        given=Contents,
        errors=(400, 408, 413),
    ),
    Route(
        name="replay",
        method="POST",
        path="/history/replay",
        summary="What has to be painted, so that a run which a document knows is here again",
        detail="Asked again after each: what was painted is then among `done`. `request` in the "
        "command is the caller's to choose.",
        takes=(JSON,),
        taken=Lost,
        given=Replay,
        errors=(400, 404, 408, 413),
    ),
    Route(
        name="doctor",
        method="GET",
        path="/doctor",
        summary="What a bridge knows of itself, and `pentimento doctor` adds to",
        detail="Versions, model, store and what was set aside in it, log.",
    ),
    Route(
        name="connection",
        method="GET",
        path="/facts/connection",
        summary="Host and Origin of the caller and of the open WebSockets, as the bridge sees them",
        given=Connection,
    ),
)
