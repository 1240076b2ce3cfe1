"""Live painting for minutes: a scripted painter in a real Chromium, a real bridge, the real model.

soak     paints for so long, measures, checks; raises AssertionError with all that is wrong
Report   what was found, as text

What is checked: every settled edit is in what the panel asks for, and what is seen last is painted
by exactly the document's masks and words; an edit shows in the next frame begun after it; frames
are of one state each; nothing grows; active layer and history are the painter's.
"""

from __future__ import annotations

import base64
import io
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from PIL import Image as Pillow

from bridge.config import Config
from bridge.images.decoding import decode
from pipelines.model import Model, load_model
from pipelines.pixels import Pixels
from pipelines.preview import picture
from pipelines.recipe import Recipe, images_named
from pipelines.record import Inputs
from pipelines.run import follow, start

from .live_painter import LivePainter, Moment, Told
from .measures import Meter, Sample, fetched, quantiles, rise
from .studio import ROOT, SOON, Bridge, Studio

SETTLED_EVERY = 7  # acts; then the painter waits until all is seen
MEASURED_EVERY = 20.0  # seconds; each time painter and worker rest for a while
COMPARED = 16  # frames that are painted again by themselves, at most
NEAR = 3  # levels of 255 between a frame and the same recipe by itself: a batch sums otherwise
BOUNDED = {  # how much more there may be in the last quarter of the time than in the first
    "bridge, MiB": 5.0,  # the store's pages 2, and what lies free between blocks in use
    "worker, MiB": 10.0,  # 128 masks 5, keys and values of 16 prompts 7, most of it at once
    "page, MiB": 2.0,  # the document's 50 history states, without pixels
    "image addresses": 1.0,
    "image data": 1.0,
    "store, MiB": 1.0,  # masks of two and a half minutes' strokes, 2 KiB each
}
KEPT = {"page, MiB": 1.0, "store, MiB": 1.5}  # more for each frame that is kept: runs stay
LONG = 3.0  # minutes from which growth is judged


@dataclass(frozen=True)
class Shown:
    """A frame that was seen, as it was seen, and what it was asked for with."""

    number: int
    recipe: Recipe
    pixels: Pixels
    images: dict[str, Pixels]


@dataclass
class Report:
    """What was found."""

    seed: int
    minutes: float
    acts: Counter[str]
    frames: int
    edits: int
    latency: dict[str, float]  # seconds from an edit to its frame
    pace: dict[str, float]  # seconds from frame to frame, where they follow each other
    compared: int
    apart: int  # levels of 255, the furthest that one was from the same recipe by itself
    samples: dict[str, list[Sample]]
    wrong: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        acts = ", ".join(f"{count} {name}" for name, count in self.acts.most_common())
        memory = [
            f"  {name:16}{values[0][1]:7.1f}, then{values[len(values) // 2][1]:7.1f}, "
            f"then{values[-1][1]:7.1f}; {rise(values):+.2f} from the first quarter to the last"
            for name, values in self.samples.items()
        ]
        return "\n".join(
            [
                f"soak: seed {self.seed}, {self.minutes:.1f} minutes: {acts}",
                f"  edit → shown frame, seconds: {_line(self.latency)} ({self.edits} edits)",
                f"  frame → next frame, seconds: {_line(self.pace)} "
                f"({1 / self.pace['p50'] if self.pace else 0:.1f} frames per second)",
                f"  {self.frames} frames seen, {self.compared} compared, {self.apart} levels apart",
                *memory,
                *(f"  WRONG: {sentence}" for sentence in self.wrong),
            ]
        )


def soak(studio: Studio, bridge: Bridge, minutes: float, seed: int) -> Report:
    """Paint for so many minutes. The bridge's model must be there."""
    print(f"soak: seed {seed}, {minutes:g} minutes", flush=True)
    page = studio.page
    page.evaluate((ROOT / "tests" / "browser" / "witness.js").read_text(encoding="utf-8"))
    painter = LivePainter(studio, seed)
    painter.begin()
    meter = Meter(page, bridge)
    studio.panel.locator("#live-play").click()
    wrong: list[str] = []
    shown: list[Shown] = []
    settled(studio, painter, wrong)
    meter.take()
    began = measured = time.monotonic()
    while (passed := time.monotonic() - began) < 60 * minutes:
        painter.act()
        if painter.done.total() % SETTLED_EVERY == 0:
            settled(studio, painter, wrong)
        if len(shown) < COMPARED * passed / (60 * minutes):
            shown += seen_now(studio, bridge)
        if time.monotonic() - measured > MEASURED_EVERY:
            settled(studio, painter, wrong)
            meter.take()
            measured = time.monotonic()
    settled(studio, painter, wrong)
    meter.take()
    seen = page.evaluate("studio.witness.seen")
    studio.panel.locator("#live-play").click()
    apart = [apart_from_alone(frame) for frame in shown]
    wrong += painter.problems + out_of_turn(seen) + mixed(shown, apart)
    if minutes >= LONG:
        wrong += grown(meter.samples, painter.done["keep"])
    latencies = edit_latencies(seen, [*painter.moments, painter.moment()])
    gaps = [frame["seconds"] for frame in seen["frames"]]
    return Report(
        seed=seed,
        minutes=(time.monotonic() - began) / 60,
        acts=painter.done,
        frames=len(seen["shown"]),
        edits=len(latencies),
        latency=quantiles(latencies),
        pace=quantiles(gaps),
        compared=len(shown),
        apart=max(apart, default=0),
        samples=meter.samples,
        wrong=wrong,
    )


def settled(studio: Studio, painter: LivePainter, wrong: list[str]) -> None:
    """Wait until what the painter did last is asked for and seen; note what is not."""
    end = time.monotonic() + SOON / 1000
    while True:
        script = "[studio.witness.last(), studio.witness.shown()]"
        told, (last, shown) = painter.told(), studio.page.evaluate(script)
        lost = _unseen(told, last, shown) + painter.wrong()
        if not lost or time.monotonic() > end:
            break
        studio.page.wait_for_timeout(100)
    wrong += [f"after {painter.done.total()} acts {sentence}" for sentence in lost]


def _unseen(told: Told, last: dict[str, Any] | None, shown: dict[str, Any] | None) -> list[str]:
    """What of the document is not asked for, or not seen."""
    if last is None or shown is None:
        return ["nothing was asked for, or nothing is seen"]
    if not told.of(last["recipe"]):
        asked = last["recipe"]["prompt"], last["recipe"].get("regions", [])
        return [f"an edit is lost: {asked} was asked for, the document says {told}"]
    if shown["request"] != last["request"]:
        return [f"{last['request']} was asked for, and {shown['request']} is seen"]
    return []


def seen_now(studio: Studio, bridge: Bridge) -> list[Shown]:
    """The frame that is seen at this moment; none where another came in between."""
    frame = studio.page.evaluate("studio.witness.frame()")
    if frame is None:
        return []
    script = "request => studio.witness.seen.sent.find((one) => one.request === request).recipe"
    asked = studio.page.evaluate(script, frame["request"])
    recipe = msgspec.convert(asked | {"seed": frame["seed"]}, Recipe)
    limits = Config().limits
    images = {
        id: decode(fetched(bridge, f"/images/{id}?format=png"), limits).image.pixels
        for id in images_named(recipe).values()
    }
    pixels = np.array(Pillow.open(io.BytesIO(base64.b64decode(frame["png"]))))
    return [Shown(frame["number"], recipe, pixels, images)]


_models: dict[str, Model] = {}


def apart_from_alone(shown: Shown) -> int:
    """How far a frame is from the same recipe painted by itself, levels of 255."""
    recipe = shown.recipe
    if recipe.model not in _models:
        _models[recipe.model] = load_model(Config().models[recipe.model], device="cpu")
    model, inputs = _models[recipe.model], Inputs(images=shown.images, records={})
    first = start(model, recipe, inputs)
    *_, last = [first, *follow(model, first, inputs)]
    alone = picture(model, last, inputs, "full" if model.tiny is None else "tiny")
    return int(np.abs(alone.astype(int) - shown.pixels.astype(int)).max())


def mixed(shown: list[Shown], apart: list[int]) -> list[str]:
    """Frames that are not what they say they are."""
    return [
        f"frame {frame.number} is {levels} levels from its recipe painted by itself"
        for frame, levels in zip(shown, apart, strict=True)
        if levels > NEAR
    ]


def out_of_turn(seen: dict[str, Any]) -> list[str]:
    """Frames of an older state where a newer one was due: at most those in flight come first."""
    order = {sent["request"]: place for place, sent in enumerate(seen["sent"])}
    steps = [sent["recipe"]["num_inference_steps"] for sent in seen["sent"]]
    wrong: list[str] = []
    newest = 0
    late: Counter[int] = Counter()  # frames of older states after a state was asked for
    for frame in seen["frames"]:
        place = order[frame["request"]]
        if place < newest:
            wrong.append(f"frame {frame['number']} goes back to an older state")
        newest = max(newest, place)
        for later in range(place + 1, len(order)):
            if seen["sent"][later]["at"] < frame["at"]:
                late[later] += 1
    return wrong + [
        f"after state {place} was asked for, {count} frames of older states came"
        for place, count in late.items()
        if count > steps[place] + 1  # one may be begun while the words are under way
    ]


def edit_latencies(seen: dict[str, Any], moments: list[Moment]) -> list[float]:
    """Seconds from each edit to the first frame of a state that tells of it.

    Edits that change nothing of what is asked for show in no frame, such as a stroke where all is
    painted already. moments: one for each act's beginning, and one of the end.
    """
    order = {sent["request"]: place for place, sent in enumerate(seen["sent"])}
    found: list[float] = []
    for number, (before, after) in enumerate(pairwise(moments), 1):
        edits = [edit for edit in seen["edits"] if before.at <= edit < after.at]
        if before.told == after.told or not edits:  # or the stream rested
            continue
        edit = edits[-1]
        told = _told_of(seen["sent"], edit, moments[number:])
        shown = (s["at"] for s in seen["shown"] if told is not None and order[s["request"]] >= told)
        found += [at - edit for at in shown if at >= edit][:1]
    return found


def _told_of(sent: list[dict[str, Any]], edit: float, later: list[Moment]) -> int | None:
    """Place of the first state that was asked for with an edit; None where it was taken back."""
    before = [s["recipe"] for s in sent if s["at"] < edit][-1:]
    back = (moment.at for moment in later if before and moment.told.of(before[0]))
    end = next(back, math.inf)
    for place, one in enumerate(sent):
        if edit <= one["at"] < end and any(moment.told.of(one["recipe"]) for moment in later):
            return place
    return None


def grown(samples: dict[str, list[Sample]], kept: int) -> list[str]:
    """What rose by more than what is bounded can fill; kept frames are runs, and stay.

    Whatever a stream keeps has a bound, and most of it is filled in the first minutes: a leak goes
    on, so the last quarter of the time is held against the first. In ten minutes that finds a
    worker that leaks 1.3 MiB a minute, and a page that leaks 0.3.
    """
    wrong: list[str] = []
    for name, values in samples.items():
        found, most = rise(values), BOUNDED[name] + KEPT.get(name, 0.0) * kept
        if found > most:
            wrong.append(f"{name} rises by {found:.2f}, {most:.2f} is the most")
    return wrong


def _line(quantiles: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in quantiles.items()) or "none"
