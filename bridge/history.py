"""The history that lies in a document: runs, steps, and which layers were painted on since.

History       all runs and steps of a document, as its XMP carries them
history_of    an XMP packet -> History; with_history the way back
Found         a step's layer as it is in the document now
found_steps   every step's layer
found_inputs  the images that runs were made from, by id
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from pipelines.pixels import Pixels, full, to_depth
from pipelines.recipe import ImageId, StepId

from .document import Document, PixelLayer, pixel_layers
from .images import Image
from .profiles import SRGB
from .psd_metadata import DOCUMENT, layer_note
from .wire import Run, RunId, Step
from .xmp import with_xmp_value, xmp_value


class ShownStep(Step, frozen=True, kw_only=True):
    """A step that has a layer."""

    image: ImageId  # the layer's pixels as they were handed out


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All that a replay elsewhere needs, besides the images that lie in the document."""

    v: int = 1
    runs: tuple[Run, ...] = ()
    steps: tuple[ShownStep, ...] = ()

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

    ValueError: it was written by a newer Pentimento, or somebody changed it.
    """
    text = xmp_value(xmp, DOCUMENT)
    if text is None:
        return History()
    try:
        history = msgspec.json.decode(text.encode(), type=History)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"the document's history cannot be read: {error}") from None
    if history.v != 1:
        raise ValueError(
            f"the document's history has version {history.v}, this Pentimento reads version 1; "
            "update Pentimento"
        )
    return history


def with_history(xmp: str | None, history: History) -> str:
    """The XMP packet with this history in it."""
    plain = json.dumps(msgspec.to_builtins(history), separators=(",", ":"))
    return with_xmp_value(xmp, DOCUMENT, plain)


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """A step's layer as it is in the document now."""

    step: StepId
    layer: PixelLayer
    handed: ImageId | None  # what was handed out; None: the note does not say
    picture: Image  # the layer on the run's frame: what came back
    painted: bool  # whether it is not what was handed out any more
    left: int  # where the frame's corner lies in the document
    top: int


def found_steps(
    document: Document, images: Mapping[ImageId, Image], history: History
) -> dict[StepId, Found]:
    """Every step's layer. Of several copies the topmost that was painted on counts."""
    found: dict[StepId, Found] = {}
    for layer in pixel_layers(document.layers):
        note = layer_note(layer.metadata)
        step, handed = note.get("step"), note.get("image")
        if not isinstance(step, str) or layer.image is None:
            continue
        run = history.run(step.partition(".")[0])
        size = (run.recipe.width, run.recipe.height) if run else None
        corner = _corner(note, layer)
        pixels = to_depth(images[layer.image].pixels, run.recipe.depth if run else 8)
        picture = Image(
            _framed(pixels, size, layer.left - corner[0], layer.top - corner[1]), document.profile
        )
        handed = handed if isinstance(handed, str) else None
        now = Found(
            step=step,
            layer=layer,
            handed=handed,
            picture=picture,
            painted=handed is not None and handed not in _names(picture),
            left=corner[0],
            top=corner[1],
        )
        if step not in found or now.painted or not found[step].painted:
            found[step] = now
    return found


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


def _corner(note: Mapping[str, object], layer: PixelLayer) -> tuple[int, int]:
    """Where the picture's corner lies in the document."""
    left, top = note.get("left"), note.get("top")
    return (
        left if isinstance(left, int) else layer.left,
        top if isinstance(top, int) else layer.top,
    )


def _framed(pixels: Pixels, size: tuple[int, int] | None, left: int, top: int) -> Pixels:
    """A layer's pixels on the run's frame: programs trim what is transparent.

    A layer that has the frame's size was moved at most, and is taken as it is.
    """
    if size is not None and (pixels.shape[1], pixels.shape[0]) != size:
        frame = np.zeros((size[1], size[0], 4), pixels.dtype)
        rows = slice(max(0, top), max(0, min(size[1], top + pixels.shape[0])))
        columns = slice(max(0, left), max(0, min(size[0], left + pixels.shape[1])))
        part = pixels[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
        ]
        frame[rows, columns] = part
        pixels = frame
    return np.where(pixels[..., 3:] == 0, 0, pixels).astype(pixels.dtype)


def _names(picture: Image) -> Iterator[ImageId]:
    """The ids a picture may have been handed out under: with transparency, or without."""
    yield picture.id
    if (picture.pixels[..., 3] == full(picture.pixels)).all():
        yield Image(picture.pixels[..., :3], picture.profile).id


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
