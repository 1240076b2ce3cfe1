"""What became of all of a run's layers together: what a program did to the whole document.

Whole       where the run's frame lies now, and what is not as it was handed out
whole_of    that, and which layers are what was handed out, to the bit

A layer was painted on where the ImageId of its pixels is not the one in its note. One that is still
what was handed out proves that nothing happened to the document as a whole. Where none is, the
document's size, profile and depth say what may have, and only the pictures that were handed out
tell paint from it: they go the same way (profile, depth, the JPEG of an `--edit`), and what differs
by no more than that way may do by itself (likeness.py) is no paint. Another size and a turned
document are refused with a way on. What is new is written in the profile and depth the document has
now.

The frame lies where most of the run's full-size layers lie: moved together is a place (a crop,
another canvas, a moved group), moved alone is paint.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipelines.pixels import Pixels, full, to_depth
from pipelines.recipe import MAX_AREA, ImageId

from ..images.image import Image
from ..psd.document import Document, PixelLayer, pixel_layers
from ..psd.metadata import layer_note
from ..wire import Run
from .claims import Claim

TRIED = 8  # layers that are turned and flipped to see whether that is what happened
MAX_FRAMED = 4 * MAX_AREA  # pixels of frames that are named around layers smaller than them

Corner = tuple[int, int]

TURNS: dict[str, Callable[[Pixels], Pixels]] = {  # what happened, and the way back
    "flipped horizontally": np.fliplr,
    "flipped vertically": np.flipud,
    "turned by 180°": lambda pixels: np.rot90(pixels, 2),
    "turned by 90° clockwise": lambda pixels: np.rot90(pixels, 1),
    "turned by 90° counterclockwise": lambda pixels: np.rot90(pixels, -1),
}


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What became of a run's layers together."""

    left: int  # where the corner of the run's frame lies in the document
    top: int
    moved: Corner = (0, 0)  # how far all went together: a crop, another canvas, a moved group
    exact: bool = True  # some layer is what was handed out, to the bit
    assigned: str = ""  # the run's profile, where the document has another but the same numbers
    converted: str = ""  # the document's profile, where it was converted to that
    narrowed: bool = False  # 16 bits became 8
    turned: str = ""  # how: one of TURNS
    size: tuple[int, int] | None = None  # a layer's, where none has the run's any more
    many: bool = False  # there are several layers, and none is as it was handed out

    @property
    def changed(self) -> bool:
        """Whether the document may have been changed as a whole: equality says nothing then."""
        return bool(self.converted or self.narrowed or self.turned or self.size or self.many)

    def enlarged(self, width: int, height: int) -> bool:
        """Whether the layers are larger than the run's frame, so that they are no pieces of it."""
        return self.size is not None and (self.size[0] > width or self.size[1] > height)


def whole_of(
    run: Run | None, claims: Sequence[Claim], document: Document, images: Mapping[ImageId, Image]
) -> tuple[Whole, set[Claim]]:
    """What became of a run's layers, and those that are what was handed out."""
    noted = _noted(claims)
    if run is None:
        return Whole(left=noted[0], top=noted[1]), set()
    home = _home(claims, run, document, images, noted)
    whole = Whole(left=home[0], top=home[1], moved=(home[0] - noted[0], home[1] - noted[1]))
    same: dict[Claim, str] = {}
    room = MAX_FRAMED
    for claim in claims:
        if not fills(claim.layer, run, images):
            room -= run.recipe.width * run.recipe.height
        name = _profile_of(claim, run, home, document.profile, images) if room >= 0 else None
        if name is not None:
            same[claim] = name
    if same:
        as_it_is = document.profile in same.values()
        return replace(whole, assigned="" if as_it_is else run.recipe.profile), set(same)
    return _changed(whole, run, claims, document, images), set()


def fills(layer: PixelLayer, run: Run, images: Mapping[ImageId, Image]) -> bool:
    """Whether a layer has the size of the run's frame."""
    image = images.get(layer.image or "")
    size = (run.recipe.width, run.recipe.height)
    return image is not None and (image.width, image.height) == size


def _noted(claims: Sequence[Claim]) -> Corner:
    """Where the frame's corner lay when the layers were written."""
    noted = Counter(claim.corner for claim in claims if claim.corner is not None)
    if noted:
        return noted.most_common(1)[0][0]
    own = Counter((claim.layer.left, claim.layer.top) for claim in claims)
    return own.most_common(1)[0][0]


def _home(
    claims: Sequence[Claim],
    run: Run,
    document: Document,
    images: Mapping[ImageId, Image],
    noted: Corner,
) -> Corner:
    """Where it lies now: where most of the run's layers that fill it lie.

    Layers that were moved each for itself are paint; all of them together are a place.
    """
    inputs = (
        layer
        for layer in pixel_layers(document.layers)
        if "input" in (note := layer_note(layer.metadata)) and note.get("run") == run.id
    )
    full_size = [
        (layer.left, layer.top)
        for layer in (*(claim.layer for claim in claims), *inputs)
        if fills(layer, run, images)
    ]
    if not full_size:
        return noted
    corner, votes = Counter(full_size).most_common(1)[0]
    return corner if 2 * votes > len(full_size) else noted


def _profile_of(
    claim: Claim, run: Run, home: Corner, profile: str, images: Mapping[ImageId, Image]
) -> str | None:
    """The profile under which a layer's pixels have the name they were handed out by."""
    if claim.handed is None:
        return None
    recipe, layer = run.recipe, claim.layer
    pixels = to_depth(images[layer.image or ""].pixels, recipe.depth)
    pixels = np.where(pixels[..., 3:] == 0, 0, pixels).astype(pixels.dtype)
    is_full = fills(layer, run, images)
    place = (0, 0) if is_full else (layer.left - home[0], layer.top - home[1])
    size = (recipe.width, recipe.height)
    for name in dict.fromkeys((profile, recipe.profile)):
        if claim.handed in _names(pixels, size, place, name):
            return name
    return None


def _names(pixels: Pixels, size: tuple[int, int], place: Corner, profile: str) -> Iterator[ImageId]:
    """The ids a picture may have been handed out under: with transparency, or without."""
    yield _framed_id(pixels, size, place, profile)
    whole = pixels.shape[1::-1] == size and place == (0, 0)
    if whole and (pixels[..., 3] == full(pixels)).all():
        yield Image(np.ascontiguousarray(pixels[..., :3]), profile).id


def _framed_id(pixels: Pixels, size: tuple[int, int], place: Corner, profile: str) -> ImageId:
    """The id of a layer on the run's frame, transparent elsewhere; no frame is made for it.

    Programs trim what is transparent, and a frame may be thousands of times the layer.
    """
    (width, height), (x, y) = size, place
    rows = slice(max(0, -y), max(0, min(pixels.shape[0], height - y)))
    columns = slice(max(0, -x), max(0, min(pixels.shape[1], width - x)))
    part = pixels[rows, columns]
    value = pixels.dtype.newbyteorder("<")
    depth = 8 * pixels.itemsize
    digest = hashlib.sha256(f"{width}x{height}x4:{depth}:{profile}\n".encode())
    nothing = bytes(width * 4 * pixels.itemsize)
    before = max(0, y) if part.size else 0
    for _ in range(before):
        digest.update(nothing)
    for line in part if part.size else part[:0]:
        row = np.zeros((width, 4), value)
        row[max(0, x) : max(0, x) + part.shape[1]] = line
        digest.update(row.data)
    for _ in range(height - before - (len(part) if part.size else 0)):
        digest.update(nothing)
    return digest.hexdigest()


def _changed(
    whole: Whole,
    run: Run,
    claims: Sequence[Claim],
    document: Document,
    images: Mapping[ImageId, Image],
) -> Whole:
    """What may have happened to a document none of whose layers is as it was handed out."""
    recipe = run.recipe
    known = [claim for claim in claims if claim.handed is not None]
    if not known:
        return whole
    turned = _turned(run, known, document.profile, images)
    if turned:
        return replace(whole, exact=False, turned=turned)
    image = images[known[-1].layer.image or ""]
    sized = recipe.mask is None and not any(fills(c.layer, run, images) for c in known)
    return replace(
        whole,
        exact=False,
        converted=document.profile if document.profile != recipe.profile else "",
        narrowed=document.depth < recipe.depth,
        size=(image.width, image.height) if sized else None,
        many=len(known) > 1,
    )


def _turned(
    run: Run, claims: Sequence[Claim], profile: str, images: Mapping[ImageId, Image]
) -> str:
    """How the document was turned or flipped; empty: it was not, or not only."""
    for claim in claims[:TRIED]:
        pixels = to_depth(images[claim.layer.image or ""].pixels, run.recipe.depth)
        for how, back in TURNS.items():
            upright = np.ascontiguousarray(back(pixels))
            if upright.shape[1::-1] != (run.recipe.width, run.recipe.height):
                continue
            for name in dict.fromkeys((profile, run.recipe.profile)):
                if claim.handed in set(_names(upright, upright.shape[1::-1], (0, 0), name)):
                    return how
    return ""
