"""Paint told apart from what a way back does by itself: conversion, dithering, losses, a replay.

Way          between the profile of a run and that of the document its layers lie in
differences  by how many levels of 255 each pixel differs from what was handed out
drift        by how many its surroundings do on the whole: losses cancel out there, strokes do not
spread       how much lies all over a picture: a program's doing, not a painter's
beyond       what differs by more than a number of levels, as an edit of what was handed out
painted_over what differs between two pictures that is paint, whatever became of the document
found_at     where a piece of a picture was cut out of it

Equality tells where nothing was converted. Where it was, a stroke is what differs by more than
conversion may; a tolerance is never wider than its reason, and the reason is said.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.colour import between
from pipelines.pixels import Pixels, full, laid_over, to_depth
from pipelines.recipe import Profile

from ..images.image import Image
from ..images.profiles import SRGB, from_icc, known, name_of, to_icc

CONVERTED = 3.0  # levels: both ways round, and programs dither by one more
NARROWED = 2.0  # levels: 16 bits to 8, rounded and dithered
REPLAYED = 8.0  # levels that a replay on another machine may differ by; seen: 1 to 3
LOSSES = 60.0  # levels; what differs more all over is no likeness any more
BLOCK = 8  # pixels: JPEG's blocks, and no stroke is finer all over a picture
SAMPLES = 256  # pixels that say where a piece lies

Levels = NDArray[np.float32]  # [H, W]


@dataclass(frozen=True, kw_only=True)
class Way:
    """Between the profile of a run and that of the document its layers lie in."""

    run: Profile
    document: str
    icc: bytes = b""  # the document's, where it is none that pictures may have

    @staticmethod
    def of(run: Profile, icc: bytes, assigned: str = "") -> Way:
        """assigned: the numbers are the run's, whatever the document says."""
        name = name_of(icc)
        if assigned or name == run:
            return Way(run=run, document=run)
        return Way(run=run, document=name, icc=b"" if known(name) else icc)

    @property
    def converts(self) -> bool:
        """Whether the two are different."""
        return self.run != self.document

    def there(self, image: Image) -> Image:
        """A picture of the run in the document's profile."""
        if self.icc:
            return Image(to_icc(between(image.pixels, self.run, SRGB), self.icc), self.document)
        return Image(between(image.pixels, self.run, known(self.document) or SRGB), self.document)

    def back(self, image: Image) -> Image:
        """A picture of the document in the run's profile."""
        if self.icc:
            return Image(between(from_icc(image.pixels, self.icc), SRGB, self.run), self.run)
        return Image(between(image.pixels, known(self.document) or SRGB, self.run), self.run)


def differences(handed: Pixels, edit: Pixels) -> Levels:
    """By how many levels of 255 each pixel that came back differs, where it is seen."""
    base = handed[..., :3].astype(np.float32)
    laid = laid_over(handed, edit).astype(np.float32)
    return np.abs(laid - base).max(axis=2) * np.float32(255 / full(handed))


def drift(handed: Pixels, edit: Pixels) -> Levels:
    """By how many levels of 255 the mean around each pixel differs, BLOCK pixels each way."""
    signed = laid_over(handed, edit).astype(np.float32) - handed[..., :3].astype(np.float32)
    scale = np.float32(255 / full(handed))
    means = [cv2.blur(signed[..., c] * scale, (BLOCK, BLOCK)) for c in range(3)]
    return np.abs(np.stack(means, axis=2)).max(axis=2)


def spread(found: Levels) -> tuple[float, float]:
    """The most, and the usual in a block, of what lies all over a picture; 0 where most is equal.

    A painter leaves most of a picture as it is; what a program does to a file is everywhere.
    """
    high, wide = (max(1, side // BLOCK) for side in found.shape)
    rows = np.arange(high) * found.shape[0] // high
    columns = np.arange(wide) * found.shape[1] // wide
    blocks = np.maximum.reduceat(np.maximum.reduceat(found, rows, axis=0), columns, axis=1)
    if np.median(blocks) == 0:
        return 0.0, 0.0
    return float(blocks.max()), float(np.median(blocks))


def beyond(handed: Image, edit: Image, strokes: NDArray[np.bool_]) -> Image:
    """The edit where strokes are, what was handed out elsewhere, to the bit."""
    pixels = handed.pixels
    if pixels.shape[2] == 3:
        opaque = np.full_like(pixels[..., :1], full(pixels))
        pixels = np.concatenate([pixels, opaque], axis=2)
    return Image(np.where(strokes[..., None], edit.pixels, pixels), handed.profile)


def painted_over(handed: Image, shown: Image, *, replayed: bool = False) -> Image | None:
    """The edit out of a document that may have another profile or depth since; None: no paint.

    replayed: what was handed out is not here; `handed` is what a replay made of it.

    A profile may have been assigned as well, which keeps the numbers: of both ways the one counts
    that leaves less to be paint. ValueError: the two are no pictures of the same size.
    """
    sizes = {(image.width, image.height) for image in (handed, shown)}
    if len(sizes) > 1 or shown.channels < 4 or handed.channels < 3:
        raise ValueError("both pictures must have colours, the shown one alpha, and one size")
    pixels = to_depth(shown.pixels, handed.depth)
    run = known(handed.profile) or SRGB
    found: list[tuple[int, Way, NDArray[np.bool_]]] = []
    for document in dict.fromkeys((shown.profile, run)):
        way = Way(run=run, document=document)
        narrowed = shown.depth < handed.depth
        levels = max(CONVERTED * way.converts, NARROWED * narrowed, REPLAYED * replayed)
        strokes = differences(way.there(handed).pixels, pixels) > levels
        found.append((int(strokes.sum()), way, strokes))
    count, way, strokes = min(found, key=lambda one: one[0])
    return beyond(handed, way.back(Image(pixels, way.document)), strokes) if count else None


def found_at(picture: Pixels, piece: Pixels, levels: float) -> tuple[int, int] | None:
    """Where in a picture a piece of it lies, x and y; None: it is no piece, as far as can be seen.

    Most of it must be there: it may have been painted on.
    """
    high, wide = (a - b + 1 for a, b in zip(picture.shape[:2], piece.shape[:2], strict=True))
    rows, columns = np.nonzero(piece[..., 3])
    if high < 1 or wide < 1 or not len(rows):
        return None
    chosen = np.random.default_rng(0).permutation(len(rows))[:SAMPLES]
    most = round(levels * full(picture) / 255)
    votes = np.zeros((high, wide), np.int16)
    for y, x in zip(rows[chosen], columns[chosen], strict=True):
        wanted = piece[y, x, :3].astype(float)
        there = np.ascontiguousarray(picture[y : y + high, x : x + wide, :3])
        votes += cv2.inRange(there, wanted - most, wanted + most) > 0
    places = np.argwhere(votes == votes.max())
    if votes.max() <= len(chosen) / 2 or len(places) > 1:
        return None
    return int(places[0][1]), int(places[0][0])
