"""Messages between panel and bridge. Each is one frozen class; `type` on the wire is its name.

Commands go to the bridge, events come from it. Every event carries `seq`, which grows by one per
event of one bridge store; a client that reconnects says the last it saw and gets the rest. No
pixels travel here: images go over HTTP, by id. No aiohttp, no torch.

GET /ws opens the WebSocket. Hello comes first, within 10 s; a socket whose Hello does not fit is
closed with 1008 and a reason, one too many with 1013. Everybody hears of every run and every stored
refusal; runs of one's own are known by the request's name (http/own.py). A request that is refused
is a Failed with its `request`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

import msgspec

from pipelines.fields import check, fields_of, like, within
from pipelines.recipe import RUN_ID, Recipe, Region, Rewind, Sampler, StepId

PROTOCOL = 2  # raised whenever an old panel and a new bridge would misunderstand each other
MAX_MESSAGE = 256 * 1024  # bytes of one command
MAX_COUNT = 16  # variations of one request
MAX_FRAMES = 1000  # that a Live may ask for at once

RunId = Annotated[str, like(RUN_ID, "a run id (32 hex digits)", names="run")]
Quality = Literal["linear", "tiny", "full"]  # how a picture was made of latents; later is better
State = Literal["queued", "running", "finished", "cancelled", "failed"]


class Message(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag=str.lower,
):
    """A frozen message; unknown fields are refused by name."""


# Commands


class Hello(Message, frozen=True, kw_only=True):
    """First message of a connection. Anything else before it closes the socket."""

    protocol: int
    token: str
    client: str = ""  # name and version, for the log
    seen: int | None = None  # the last event's seq; None: a fresh client, Welcome tells all


class Generate(Message, frozen=True, kw_only=True):
    """Paint a recipe. `count` > 1 paints variations: seeds seed, seed + 1, ...

    They are runs of their own, painted together as far as memory allows: to 1e-5 of the latents'
    range what each is by itself. `made_with` names the batch, so a replay is called approximate.
    """

    request: str  # chosen by the client, nobody else's; echoed in Queued or Failed
    recipe: Recipe
    count: Annotated[int, within(1, MAX_COUNT)] = 1

    def __post_init__(self) -> None:
        check(self)


class Continue(Message, frozen=True, kw_only=True):
    """Go on from an old step: a new run whose first record is a sibling of it."""

    request: str
    step: StepId
    rewind: Rewind
    recipe: Recipe | None = None  # None: unchanged
    anew: bool = False  # repaint: all of it, where no edit, mask or region says what
    roll: bool = False  # repaint: other noise each time; the bridge draws the variation_seed


class Cancel(Message, frozen=True, kw_only=True):
    """Stop a run within one step; what it has painted stays.

    Open to everybody: a painter may stop in the panel what a command line began. A command line
    stops its own runs only, also those that were not announced yet.
    """

    run: RunId


class Keep(Message, frozen=True, kw_only=True):
    """Say whether the quota may ever drop a run; open documents' runs are kept by the panel."""

    run: RunId
    keep: bool


class Live(Message, frozen=True, kw_only=True):
    """What this connection's live stream is to show from now on: the newest state, whole.

    One stream for each connection. The first Live starts it, every other takes the place of the one
    before, also of one that no frame was begun of; frames in flight end as they were begun. It ends
    with Stop or with the connection; a client that comes back sends its Live again. Without
    `variation` a state that plays is one frame, so a scene that does not change costs nothing. A
    Failed with its request: this state cannot be shown, and the stream waits for the next Live.
    """

    request: str  # chosen by the client, echoed in Frame and Failed
    recipe: Recipe
    frames: int | None = None  # still to be begun; 0 pauses, None plays on
    variation: bool = False  # each frame of a seed of its own; else one picture for each state


class Stop(Message, frozen=True, kw_only=True):
    """End this connection's live stream."""


Command = Hello | Generate | Continue | Cancel | Keep | Live | Stop


# What events are made of


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One record, as clients see it. Its pictures are fetched from /steps/{id}/picture."""

    id: StepId
    run: RunId
    parent: StepId | None  # for a rewind's first record: the parent of the step it left
    index: int  # 0 is the noisiest; painters count index + 1
    sigma: float
    seconds: float  # this step took, with all that were painted together with it


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One line of records: made by one Generate or one Continue."""

    id: RunId
    number: int  # "Painting 3": counts runs of the store, from 1
    request: str
    recipe: Recipe  # a rewind's is complete (hold, kept) from its first step on: GET /runs/{id}
    state: State
    first: int  # index of its first record
    last: int  # index of its last record once finished
    working_width: int  # pixels the model paints
    working_height: int
    enlarged: float  # picture / working size; 1.0: not enlarged
    parent: StepId | None = None  # the step it left, for a rewind
    rewind: Rewind | None = None
    made_with: dict[str, str] = {}  # model hash, device, batch, versions: what exactness hangs on
    approximate: str = ""  # why a replay may differ in the last bits; empty: exact
    message: str = ""  # why it failed
    created: float = 0.0  # seconds since 1970
    kept: bool = False


class Few(msgspec.Struct, frozen=True, kw_only=True):
    """What a recipe is to have for pictures to be seen soonest, by its own field names.

    A client lays it over what it would paint. The embedded model's sibling is `embedded-few`: lcm,
    4 steps, guidance 1, so no second pass. A model without one is named itself: dpmpp_2m, 8 steps.
    """

    model: str  # the few-step sibling, where the model has one
    sampler: Sampler
    num_inference_steps: int
    guidance_scale: float | None  # None: as asked


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The model the worker holds, and what it likes."""

    name: str
    hash: str
    family: Literal["sd", "sdxl"]
    native: int  # pixels; the side it was trained at
    guidance_scale: float  # a good start
    device: str
    samplers: tuple[str, ...]
    few: Few  # how a live stream paints with it


# Events


class Welcome(Message, frozen=True, kw_only=True):
    """The answer to Hello: everything a fresh client needs. `seq` is the newest event's."""

    protocol: int
    version: str
    store: str  # id of the store: seq and runs belong to it
    seq: int
    model: ModelInfo | None  # None: still loading
    runs: tuple[Run, ...]
    steps: tuple[Step, ...]
    resumed: bool  # True: events after Hello.seen follow; False: start over from runs and steps
    store_bytes: int
    quota_bytes: int


class Ready(Message, frozen=True, kw_only=True):
    """The worker has loaded its model."""

    seq: int
    model: ModelInfo


class Queued(Message, frozen=True, kw_only=True):
    """A run was accepted, moved up, or begins (`run.state` says so). Position 0 is next."""

    seq: int
    run: Run
    position: int


class Started(Message, frozen=True, kw_only=True):
    """The worker took up a run."""

    seq: int
    run: RunId


class Stepped(Message, frozen=True, kw_only=True):
    """A record is in the store."""

    seq: int
    step: Step
    seconds_left: float  # of the run, from measured steps, with what is painted beside it


class Refined(Message, frozen=True, kw_only=True):
    """A better picture of a step can be fetched; the unpainted layer should be replaced."""

    seq: int
    step: StepId
    quality: Quality


class Finished(Message, frozen=True, kw_only=True):
    """A run is complete; every step of it has a full decode."""

    seq: int
    run: RunId
    step: StepId


class Cancelled(Message, frozen=True, kw_only=True):
    """A run was stopped; its steps stay."""

    seq: int
    run: RunId


class Failed(Message, frozen=True, kw_only=True):
    """A run or a request came to nothing. `message` is one sentence for the user.

    What could not be stored (the disk is full, a message named no request) repeats the newest seq
    and is told once: it is news whatever its seq.
    """

    seq: int
    message: str  # what is wrong and what to do
    run: RunId | None = None
    request: str | None = None


class Dropped(Message, frozen=True, kw_only=True):
    """Runs left the store to keep the quota: neither kept nor referred to, oldest first."""

    seq: int
    runs: tuple[RunId, ...]


class Frame(Message, frozen=True, kw_only=True):
    """A frame of this connection's live stream. Told once and not stored: the newest only.

    Its pixels: GET /live/{live}/picture, made by the tiny autoencoder where the model has one, else
    by the full one. To keep it: Generate its request's recipe with `seed`, a run like any other.
    """

    seq: int  # the newest event's
    live: str  # 32 hex digits, the stream's
    number: int  # counts frames begun; gaps were not told
    request: str  # of the Live it was begun by
    seed: int  # of its recipe
    left: int | None  # frames of that Live still to come; 0: paused
    seconds: float  # since the frame before was ready, or since this one was begun
    latency: float  # seconds from the arrival of its Live to the frame; its first frame's counts


class Notice(Message, frozen=True, kw_only=True):
    """Something a painter should know: near the quota, a worker that was restarted.

    With a run it concerns those who have that run, else everybody.
    """

    seq: int
    message: str
    run: RunId | None = None


Event = (
    Welcome
    | Ready
    | Queued
    | Started
    | Stepped
    | Refined
    | Finished
    | Cancelled
    | Failed
    | Dropped
    | Frame
    | Notice
)


class WireError(ValueError):
    """A command that cannot be understood; the text names the field."""


_CHOICES: dict[str, tuple[object, ...]] = {  # by how a path ends
    f"{part}.{name}": one.choices
    for part, kind in (("recipe", Recipe), ("regions", Region), ("rewind", Rewind))
    for name, one in fields_of(kind).items()
} | {"type": tuple(command.__name__.lower() for command in get_args(Command))}
_PLACED = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)  # how msgspec says where an error is

_commands = msgspec.json.Decoder(Command)
_events = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def parse_command(text: str | bytes) -> Command:
    """One command from JSON. Raises WireError: the field, what was found, what would be right."""
    if len(text) > MAX_MESSAGE:
        raise WireError(f"a message is at most {MAX_MESSAGE} bytes, got {len(text)}")
    try:
        return _commands.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        said_here = isinstance(error.__cause__, ValueError)  # by a command's own check
        raise WireError(_sentence(str(error), said_here)) from None


def parse_event(text: str | bytes) -> Event:
    """One event from JSON, for clients in Python."""
    return _events.decode(text)


def to_json(message: Message) -> str:
    """The message as JSON text."""
    return _encoder.encode(message).decode()


def _sentence(text: str, said_here: bool) -> str:
    """msgspec's message with the field in front, and the choices where there are some."""
    placed = _PLACED.fullmatch(text)
    if placed is None:
        return text if said_here else f"the message cannot be read: {text}"
    what, path = placed.groups()
    plain = re.sub(r"\[\d+\]", "", path)
    choices = next((names for end, names in _CHOICES.items() if plain.endswith(end)), ())
    right = (
        f"; it must be one of {', '.join(map(str, choices))}"
        if what.startswith("Invalid") and choices
        else ""
    )
    return f"{path or 'the message'}: {what}{right}"
