"""The layers of a PSD composited by psd-tools, which knows what we do not write ourselves.

rendered   the visible layers: every blend mode, fills, shapes, most adjustments, some effects
undrawn    what of the visible layers psd-tools cannot draw
Undrawn    that, in words: what would make the picture wrong, and what is merely not seen

It is done in bands of rows, so that a large picture needs no more memory than a small one.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from psd_tools import PSDImage
from psd_tools.api.layers import AdjustmentLayer, Layer, SmartObjectLayer, TypeLayer
from psd_tools.composite import composite
from psd_tools.composite.adjustments import ADJUSTMENT_FUNC
from psd_tools.psd.document import PSD

from ..images.image import Pixels
from .kept import ranges_of
from .looks import ADJUSTMENTS

log = logging.getLogger(__name__)
BAND = 4 * 2**20  # pixels that are composited at once
MAX_LAYER = 64 * 2**20  # pixels of one layer, which psd-tools unpacks whole
MAX_WORK = 128 * 2**20  # pixels of all layers, as often as they are read: most of a minute

_UNSEEN = {
    "DropShadow": "drop shadow",
    "InnerShadow": "inner shadow",
    "OuterGlow": "outer glow",
    "InnerGlow": "inner glow",
    "BevelEmboss": "bevel",
    "Satin": "satin",
}


@dataclass(frozen=True)
class Undrawn:
    """What of the visible layers psd-tools cannot draw, a phrase each."""

    wrong: tuple[str, ...]  # without these the picture is another, or cannot be made
    unseen: tuple[str, ...]  # without these something is missing


def rendered(psd: PSD) -> Pixels:
    """The visible layers, [H, W, 4]. ValueError: psd-tools cannot composite them."""
    with _told_plainly():
        image = PSDImage(psd)
        rows = max(1, BAND // image.width)
        areas = [one.width * one.height for one in image.descendants() if not one.is_group()]
    _check_work(areas, math.ceil(image.height / rows))
    kind = np.uint8 if psd.header.depth == 8 else np.uint16
    out = np.empty((image.height, image.width, 4), kind)
    for top in range(0, image.height, rows):
        bottom = min(image.height, top + rows)
        with _told_plainly():
            colour, _, alpha = composite(image, viewport=(0, top, image.width, bottom))
        out[top:bottom, :, :3] = _numbers(colour, kind)
        out[top:bottom, :, 3:] = _numbers(alpha, kind)
    out[out[..., 3] == 0] = 0
    return out


def undrawn(psd: PSD) -> Undrawn:
    """What of the visible layers psd-tools cannot draw. ValueError: that cannot be told."""
    with _told_plainly():
        return _undrawn(PSDImage(psd))


def _undrawn(image: PSDImage) -> Undrawn:
    wrong: list[str] = []
    unseen: list[str] = []
    for layer in image.descendants():
        if not layer.is_visible():
            continue
        named = f'"{layer.name}"'
        if isinstance(layer, AdjustmentLayer) and layer.kind not in ADJUSTMENT_FUNC:
            wrong.append(f"the adjustment {_adjustment(layer)} of layer {named}")
        if ranges_of(layer._record.blending_ranges):  # pyright: ignore[reportPrivateUsage] - psd-tools has no other way to them
            wrong.append(f"the blending ranges of layer {named}")
        if _has_stroke(layer):
            wrong.append(f"the stroke of the shape of layer {named}")
        unseen += [f"the {effect} of layer {named}" for effect in _effects(layer)]
        if isinstance(layer, TypeLayer | SmartObjectLayer) and not layer.has_pixels():
            what = "text" if isinstance(layer, TypeLayer) else "smart object"
            unseen.append(f"the {what} of layer {named}, which has no pixels in the file")
    return Undrawn(tuple(dict.fromkeys(wrong)), tuple(dict.fromkeys(unseen)))


@contextmanager
def _told_plainly() -> Generator[None]:
    """What psd-tools says of a broken layer, as a sentence: it raises whatever a byte leads to."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures: the work is bounded
            yield
    except Exception as error:
        log.info("layers cannot be composited: %s: %s", type(error).__name__, error)
        raise ValueError(
            "the file's layers cannot be composited here, some of it makes no sense to psd-tools; "
            "save it flattened, or with Maximize Compatibility on"
        ) from None


def _check_work(areas: Sequence[int], bands: int) -> None:
    if max(areas, default=0) > MAX_LAYER or bands * sum(areas) > MAX_WORK:
        raise ValueError(
            "the file's layers are too large to be composited here; save it flattened, or with "
            "Maximize Compatibility on"
        )


def _numbers(values: np.ndarray, kind: type[np.uint8 | np.uint16]) -> Pixels:
    """Shares of 1 as the file's numbers."""
    most = np.iinfo(kind).max
    return np.rint(np.nan_to_num(np.clip(values, 0, 1)) * most).astype(kind)


def _adjustment(layer: Layer) -> str:
    keys = (getattr(key, "value", key) for key in layer.tagged_blocks)
    named = (ADJUSTMENTS.get(key.decode("latin-1")) for key in keys)
    return next((name for name in named if name), layer.kind)


def _has_stroke(layer: Layer) -> bool:
    """Whether a shape has a stroke: psd-tools draws those with aggdraw, which few systems have."""
    return bool(layer.has_vector_mask() and layer.stroke is not None and layer.stroke.enabled)


def _effects(layer: Layer) -> Iterator[str]:
    """The enabled effects that psd-tools does not draw."""
    try:
        if not layer.has_effects() or not layer.effects.enabled:
            return
        shown = [type(effect).__name__ for effect in layer.effects if effect.enabled]
    except Exception:  # a broken descriptor: psd-tools draws none of it, nor do we know of any
        return
    yield from (_UNSEEN[name] for name in shown if name in _UNSEEN)
