"""What is seen of a layer: its pixels with what lies over them, under masks and opacities.

Spot      a pixel layer, and where in the tree it lies
spots     all of a document's
alone     a rectangle of a layer's own pixels
seen      a rectangle of a layer as a painter sees it: [H, W, 4]

Eyes of groups and of the layer itself do not count: painters switch them to look at something else.
Of what lies over it only what is visible counts. An eye that is closed hides no stroke of the
layer, a mask or an opacity does. So an edit is what is seen in the picture's place: alpha times
user mask, opacity and fill, those of the groups it lies in, and the layer it is clipped to. A mask
or an opacity alone is no paint: it shows what was handed out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psd_tools.composite.blend import BLEND_FUNC

from pipelines.pixels import full, over, to_depth
from pipelines.recipe import ImageId

from ..images.image import Image, Pixels
from ..psd.document import Group, Layer, Mask, PixelLayer, base_of, clipped, clipped_to
from ..psd.records import BLENDS

Rect = tuple[int, int, int, int]  # left, top, width, height
Shares = NDArray[np.float64]  # [H, W, 1]: how much of it is seen, 0..1


@dataclass(frozen=True, eq=False, kw_only=True)
class Spot:
    """A pixel layer, and where in the tree it lies."""

    layer: PixelLayer
    groups: tuple[Group, ...]  # that it lies in, the innermost last
    siblings: tuple[Layer, ...]  # the layers beside it and itself, bottom first
    place: int  # its own among them


def spots(layers: tuple[Layer, ...], groups: tuple[Group, ...] = ()) -> Iterator[Spot]:
    """Every pixel layer, bottom first."""
    for place, layer in enumerate(layers):
        if isinstance(layer, Group):
            yield from spots(layer.layers, (*groups, layer))
        else:
            yield Spot(layer=layer, groups=groups, siblings=layers, place=place)


def seen(
    spot: Spot, more: Sequence[Layer], images: Mapping[ImageId, Image], rect: Rect, depth: int
) -> Pixels:
    """What is seen of a layer, and of `more` over it, in that rectangle of the document."""
    view = _View(images, rect, depth)
    picture = view.stacked(view.pixels(spot.layer), clipped(spot.siblings, spot.place))
    picture = view.veiled(picture, spot.layer)
    base = base_of(spot.siblings, spot.place)
    if isinstance(base, PixelLayer):
        picture = _faded(picture, view.alpha(base))
    for layer in more:
        picture = view.laid(picture, layer, spot.siblings)
    for group in reversed(spot.groups):
        picture = view.veiled(picture, group)
    return np.where(picture[..., 3:] == 0, 0, picture).astype(picture.dtype)


def alone(layer: PixelLayer, images: Mapping[ImageId, Image], rect: Rect, depth: int) -> Pixels:
    """A layer's own pixels in a rectangle of the document, whatever hides them."""
    picture = _View(images, rect, depth).pixels(layer)
    return np.where(picture[..., 3:] == 0, 0, picture).astype(picture.dtype)


@dataclass(frozen=True, eq=False)
class _View:
    """A rectangle of a document at a depth."""

    images: Mapping[ImageId, Image]
    rect: Rect
    depth: int

    def pixels(self, layer: PixelLayer) -> Pixels:
        """The layer's own, transparent where it has none."""
        kind = np.uint8 if self.depth == 8 else np.uint16
        frame = np.zeros((self.rect[3], self.rect[2], 4), kind)
        if layer.image is not None:
            pixels = self.images[layer.image].pixels
            rows, columns, part = self._overlap(pixels, layer.left, layer.top)
            frame[rows, columns] = to_depth(part, self.depth)
        return frame

    def alpha(self, layer: PixelLayer) -> Shares:
        """How much of the rectangle a layer covers."""
        picture = self.veiled(self.pixels(layer), layer)
        return picture[..., 3:] / np.float64(full(picture))

    def veiled(self, picture: Pixels, layer: Layer) -> Pixels:
        """The picture under the layer's mask and opacities."""
        share = layer.opacity * layer.fill
        return _faded(picture, share * self._shown(layer.mask) if layer.mask else share)

    def stacked(self, picture: Pixels, onto: Sequence[Layer]) -> Pixels:
        """The picture with layers clipped onto it: its transparency stays."""
        if not any(layer.visible for layer in onto):
            return picture
        opaque = np.full_like(picture[..., :1], full(picture))
        colours = np.concatenate([picture[..., :3], opaque], axis=2)
        for layer in onto:
            colours = self.laid(colours, layer, ())
        return np.concatenate([colours[..., :3], picture[..., 3:]], axis=2)

    def laid(self, below: Pixels, layer: Layer, siblings: Sequence[Layer]) -> Pixels:
        """A layer over the picture, if it is visible, with what is clipped onto it."""
        if not layer.visible:
            return below
        if isinstance(layer, Group):
            own = np.zeros_like(below)
            for child, _ in clipped_to(layer.layers):
                own = self.laid(own, child, layer.layers)
        else:
            own = self.pixels(layer)
        if layer in siblings:
            own = self.stacked(own, clipped(siblings, siblings.index(layer)))
        return over(below, _blended(below, self.veiled(own, layer), layer.blend))

    def _shown(self, mask: Mask) -> Shares:
        share = np.full((self.rect[3], self.rect[2], 1), float(mask.outside))
        grey = self.images[mask.image].pixels
        rows, columns, part = self._overlap(grey, mask.left, mask.top)
        share[rows, columns] = part / full(grey)
        return share

    def _overlap(self, pixels: Pixels, left: int, top: int) -> tuple[slice, slice, Pixels]:
        """Where pixels that lie there fall on the rectangle, and those that do."""
        x, y = left - self.rect[0], top - self.rect[1]
        rows = slice(max(0, y), max(0, min(self.rect[3], y + pixels.shape[0])))
        columns = slice(max(0, x), max(0, min(self.rect[2], x + pixels.shape[1])))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return slice(0, 0), slice(0, 0), pixels[:0, :0]
        part = pixels[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
        return rows, columns, part


def _faded(picture: Pixels, share: Shares | float) -> Pixels:
    if isinstance(share, float) and share >= 1:
        return picture
    alpha = np.rint(picture[..., 3:] * share).astype(picture.dtype)
    return np.concatenate([picture[..., :3], alpha], axis=2)


def _blended(below: Pixels, above: Pixels, blend: str) -> Pixels:
    """The layer's colours as its blend mode makes them over those below."""
    if blend in ("normal", "passThrough"):
        return above
    most = np.float32(full(below))
    under, own = below[..., :3] / most, above[..., :3] / most
    mixed = np.broadcast_to(BLEND_FUNC[BLENDS[blend]](under, own), own.shape)
    share = below[..., 3:] / most  # over nothing a blend mode has nothing to blend with
    colours = np.rint(np.clip(own * (1 - share) + mixed * share, 0, 1) * most)
    return np.concatenate([colours.astype(above.dtype), above[..., 3:]], axis=2)
