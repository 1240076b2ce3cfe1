"""The history that lies in a document: runs, steps, and which layers were painted on since.

Noted         all runs and steps of a document, as its XMP carries them
History       the same, and what a newer Pentimento wrote beside it
history_of    an XMP packet -> History; with_history the way back
history_in    the same of our property in it
Found         a step's layer as it is in the document now
found_steps   every step's layer
found_inputs  the images that runs were made from, by id

Whose a layer is stands in claims.py, what is seen of it in seen.py, what became of a whole run in
whole.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from pipelines.pixels import Pixels, to_depth
from pipelines.recipe import ImageId, StepId

from ..images.image import Image
from ..images.profiles import SRGB
from ..psd.document import Document, Layer, PixelLayer, base_of, clipped, pixel_layers
from ..psd.metadata import DOCUMENT, layer_note
from ..psd.xmp import with_xmp_value, xmp_value
from ..versions import NOTHING, Rest, read, written
from ..wire import Run, RunId, Step
from .claims import Claim, beyond, claims_of, idle, painters
from .seen import alone, seen
from .whole import Whole, fills, whole_of

VERSION = 1  # of what is noted; raised where older programs must not touch it (versions.py)
WAY_OUT = (
    "go on from an older copy of the file, or begin anew from a layer with pentimento run --init "
    "FILE.psd#LAYER"
)


class ShownStep(Step, frozen=True, kw_only=True):
    """A step that has a layer."""

    image: ImageId  # the layer's pixels as they were handed out


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """All that a replay elsewhere needs, besides the images that lie in the document."""

    v: int = VERSION
    runs: tuple[Run, ...] = ()
    steps: tuple[ShownStep, ...] = ()


class History(Noted, frozen=True, kw_only=True):
    """What a document tells of its runs."""

    newer: dict[RunId, str] = {}  # runs of which a newer Pentimento wrote more: what, a sentence

    @property
    def unread(self) -> tuple[str, ...]:
        """Of runs that cannot be read, a sentence each."""
        return tuple(text for id, text in self.newer.items() if self.run(id) is None)

    def run(self, id: RunId) -> Run | None:
        """A run by its id."""
        return next((run for run in self.runs if run.id == id), None)

    def line(self, id: RunId) -> tuple[ShownStep, ...]:
        """A run's own steps, noisiest first."""
        return tuple(sorted((s for s in self.steps if s.run == id), key=lambda step: step.index))

    def with_run(self, run: Run, steps: tuple[ShownStep, ...]) -> History:
        """The history with one run more."""
        return msgspec.structs.replace(self, runs=(*self.runs, run), steps=(*self.steps, *steps))


def history_of(xmp: str | None) -> History:
    """What the document tells of its runs; empty when it tells nothing.

    NewerError: it was written by a newer Pentimento. ValueError: somebody changed it.
    """
    return history_in(xmp_value(xmp, DOCUMENT))


def history_in(text: str | None) -> History:
    """The same, of our property in its XMP."""
    noted, rest = _listed(text)
    runs, steps = (rest.below.get(name, NOTHING) for name in ("runs", "steps"))
    newer = {one.id: one.sentence() for one in runs.unread}
    for run in noted.runs:
        names = list(runs.below.get(run.id, NOTHING).names())
        names += [f"{one.id}: {one.why}" for one in steps.unread if one.item.get("run") == run.id]
        if names:
            newer[run.id] = (
                f"A newer Pentimento wrote more of Painting {run.number} ({run.id[:6]}) than this "
                f"one knows ({', '.join(names)}): it is kept in the document, and left out of what "
                "is painted; update Pentimento."
            )
    return History(v=noted.v, runs=noted.runs, steps=noted.steps, newer=newer)


def with_history(xmp: str | None, history: History) -> str:
    """The XMP packet with this history in it; what only newer ones know of it stays."""
    noted = Noted(v=history.v, runs=history.runs, steps=history.steps)
    plain = json.dumps(written(noted, _listed(xmp_value(xmp, DOCUMENT))[1]), separators=(",", ":"))
    return with_xmp_value(xmp, DOCUMENT, plain)


class _Version(msgspec.Struct):
    v: Any = VERSION


class NewerError(ValueError):
    """A newer Pentimento wrote what this one may not touch."""

    def __init__(self, version: object):
        self.version = str(version)[:20]
        super().__init__(
            f"the document's history has version {self.version}, this Pentimento reads version "
            f"{VERSION}; update Pentimento"
        )


def _listed(text: str | None) -> tuple[Noted, Rest]:
    """The list, and what only newer versions know of it; raises what history_of does."""
    if text is None:
        return Noted(), NOTHING
    try:
        version = msgspec.json.decode(text.encode(), type=_Version).v
        if version == VERSION:
            return read(text.encode(), Noted)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(
            f"the document's history (XMP) is damaged, as by another program: {error}; {WAY_OUT}"
        ) from None
    raise NewerError(version)


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """A step's layer as it is in the document now."""

    claim: Claim
    whole: Whole  # what became of all layers of its run
    same: bool  # whether its own pixels are what was handed out, to the bit
    moved: bool  # whether it lies elsewhere than the others of its run
    over: tuple[Layer, ...]  # the painter's layers over it that count as paint on it
    idle: tuple[Layer, ...]  # adjustments and fills over it, which do not
    hidden: tuple[Layer, ...]  # those that would, if they were visible
    apart: tuple[Layer, ...]  # those that lie over the run's group and do not
    copies: tuple[PixelLayer, ...] = ()  # other layers of the step, which do not count
    rivals: tuple[PixelLayer, ...] = ()  # those of them that were painted on as well
    images: Mapping[ImageId, Image]
    profile: str  # the document's

    @property
    def step(self) -> StepId:  # noqa: D102 - says it
        return self.claim.step

    @property
    def layer(self) -> PixelLayer:  # noqa: D102 - says it
        return self.claim.layer

    @property
    def handed(self) -> ImageId | None:
        """What was handed out; None: nothing says so."""
        return self.claim.handed

    @property
    def left(self) -> int:
        """Where the frame's corner lies in the document."""
        return self.whole.left

    @property
    def top(self) -> int:
        """Where the frame's corner lies in the document."""
        return self.whole.top

    @property
    def added(self) -> tuple[Layer, ...]:
        """The layers that are seen over it as paint on it: clipped onto it, or above it."""
        onto = clipped(self.claim.spot.siblings, self.claim.spot.place)
        seen = (one for one in onto if one.visible and one not in self.idle)
        return (*seen, *self.over)

    @property
    def painted(self) -> bool:
        """Whether it shows what was not handed out, as far as the document alone can tell."""
        return self.differs and (not self.whole.changed or bool(self.added))

    @property
    def differs(self) -> bool:
        """Whether anything of it is not to the bit what was handed out."""
        return not self.same or self.moved or bool(self.added)

    @property
    def masked(self) -> bool:
        """Whether a mask, an opacity or a clipping hides some of it."""
        spot = self.claim.spot
        faded = spot.layer.opacity * spot.layer.fill < 1
        groups = any(group.mask or group.opacity < 1 for group in spot.groups)
        clips = base_of(spot.siblings, spot.place) is not None
        return faded or groups or clips or spot.layer.mask is not None

    @property
    def raw(self) -> Image:
        """The layer's own pixels."""
        return self.images[self.layer.image or ""]

    @property
    def own(self) -> Image:
        """What was handed out, of a layer that still holds it: its own pixels on the frame."""
        run, layer = self.claim.run, self.layer
        if run is None:
            return self.raw
        recipe = run.recipe
        is_full = (self.raw.width, self.raw.height) == (recipe.width, recipe.height)
        corner = (layer.left, layer.top) if is_full else (self.left, self.top)
        rect = (*corner, recipe.width, recipe.height)
        return Image(alone(layer, self.images, rect, recipe.depth), recipe.profile)

    @cached_property
    def picture(self) -> Image:
        """What is seen of the layer on the run's frame."""
        run, image = self.claim.run, self.raw
        width = run.recipe.width if run else image.width
        height = run.recipe.height if run else image.height
        rect = (self.left, self.top, width, height)
        depth = run.recipe.depth if run else 8
        return Image(seen(self.claim.spot, self.over, self.images, rect, depth), self.profile)


def found_steps(
    document: Document, images: Mapping[ImageId, Image], history: History
) -> dict[StepId, Found]:
    """Every step's layer. Of several copies the topmost visible one that was painted on counts."""
    claims = list(claims_of(document, history))
    kin: dict[RunId, list[Claim]] = {}
    for claim in claims:
        kin.setdefault(claim.step.partition(".")[0], []).append(claim)
    found: dict[StepId, Found] = {}
    for id, of_run in kin.items():
        whole, same = whole_of(history.run(id), of_run, document, images)
        for claim in of_run:
            above = painters(claim, of_run, history)
            now = Found(
                claim=claim,
                whole=whole,
                same=claim in same or claim.handed is None,
                moved=_is_moved(claim, whole, images),
                over=tuple(one for one in above if one.visible),
                hidden=tuple(one for one in above if not one.visible),
                idle=tuple(idle(claim, of_run, history)),
                apart=tuple(beyond(claim, document, history)),
                images=images,
                profile=document.profile,
            )
            found[claim.step] = _counts(found.get(claim.step), now)
    return found


def _is_moved(claim: Claim, whole: Whole, images: Mapping[ImageId, Image]) -> bool:
    """Whether a layer of the frame's size lies elsewhere than the frame."""
    there = (claim.layer.left, claim.layer.top)
    is_full = claim.run is not None and fills(claim.layer, claim.run, images)
    return is_full and there != (whole.left, whole.top)


def _counts(before: Found | None, now: Found) -> Found:
    """Of two layers of one step the one that counts; `now` lies above."""
    if before is None:
        return now
    chosen, other = (before, now) if _weight(before) > _weight(now) else (now, before)
    rivals = [*before.rivals, *now.rivals]
    if other.differs and (other.added or other.layer.image != chosen.layer.image):
        rivals.append(other.layer)
    copies = (*before.copies, *now.copies, other.layer)
    return replace(chosen, copies=copies, rivals=tuple(rivals))


def _weight(found: Found) -> tuple[bool, bool]:
    return found.differs, found.layer.visible


def found_inputs(document: Document, images: Mapping[ImageId, Image]) -> dict[ImageId, Image]:
    """The images that runs were made from, as far as they are unchanged."""
    inputs: dict[ImageId, Image] = {}
    for layer in pixel_layers(document.layers):
        wanted = layer_note(layer.metadata).get("image")
        if not isinstance(wanted, str) or layer.image is None:
            continue
        for candidate in _readings(images[layer.image]):
            if candidate.id == wanted:
                inputs[wanted] = candidate
                break
    return inputs


def _readings(layer: Image) -> Iterator[Image]:
    """What a layer's RGBA pixels may have been as an image: any channels, depth, or profile.

    Inputs in a file of a profile that pictures cannot have are sRGB, as a new run's would be.
    """
    for profile in dict.fromkeys((layer.profile, SRGB)):
        yield from _of_any_depth(layer.pixels, profile)


def _of_any_depth(pixels: Pixels, profile: str) -> Iterator[Image]:
    opaque = (pixels[..., 3] == np.iinfo(pixels.dtype).max).all()
    grey = opaque and (pixels[..., :1] == pixels[..., :3]).all()
    for depth in (8, 16):
        wide = to_depth(pixels, depth)
        yield Image(wide, profile)
        if opaque:
            yield Image(np.ascontiguousarray(wide[..., :3]), profile)
        if grey:
            yield Image(np.ascontiguousarray(wide[..., :1]))
