"""Parts of the picture in latent cells: windows around regions, and windows side by side.

Window          a rectangle; a View that shows what lies in it
window_around   the one that a region is painted in
tiles           overlapping ones that cover a wide picture, with their weights
shifted         content moved inside a rectangle; what comes in is given, nothing wraps
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .pixels import LARGEST

CONTEXT = 1 / 8  # of the native side: what a window shows around its region at least
LEAST = 5 / 8  # of the native side: what a model can still paint well

Cells = tuple[int, int]  # height, width


@dataclass(frozen=True)
class Window:
    """A rectangle of latent cells."""

    top: int
    left: int
    height: int
    width: int

    @property
    def size(self) -> Cells:
        """Height and width."""
        return self.height, self.width

    def see(self, latents: Tensor) -> Tensor:
        """What lies in it of [..., h, w]; a view, so it can be written to."""
        rows = slice(self.top, self.top + self.height)
        return latents[..., rows, self.left : self.left + self.width]

    def back(self, prediction: Tensor) -> Tensor:
        """The prediction as it is: nothing was moved."""
        return prediction


def extent(mask: Tensor) -> Window | None:
    """The smallest window that holds every cell of [h, w] above 0; None: there is none."""
    rows, columns = (mask > 0).any(1).nonzero(), (mask > 0).any(0).nonzero()
    if not len(rows):
        return None
    top, left = int(rows[0]), int(columns[0])
    return Window(top, left, int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left)


def window_around(mask: Tensor, native: int, multiple: int) -> Window | None:
    """The window a region is painted in: its extent, context, and no less than the model needs.

    native: the side the model was trained at, in cells; multiple: what its UNet halves evenly.
    """
    held = extent(mask)
    if held is None:
        return None
    sides = (
        _side(held.top, held.height, mask.shape[0], native, multiple),
        _side(held.left, held.width, mask.shape[1], native, multiple),
    )
    return Window(sides[0][0], sides[1][0], sides[0][1], sides[1][1])


def _side(start: int, length: int, whole: int, native: int, multiple: int) -> tuple[int, int]:
    """Where a window begins along one axis, and how long it is."""
    context = math.ceil(CONTEXT * native)
    shown = min(start + length + context, whole) - max(start - context, 0)
    side = math.ceil(max(shown, LEAST * native) / multiple) * multiple
    if side >= whole:
        return 0, whole
    middle = start + length // 2
    return min(max(middle - side // 2, 0), whole - side), side


def tiles(whole: Window, native: int, turn: float) -> list[tuple[Window, Tensor]]:
    """Windows of the native side that overlap by half, and their weights, which add up to 1.

    Every step cuts elsewhere, `turn` (0..1) of the way from one window to the next: no border and
    no period stays in one place long enough to show. Weights fall off linearly towards a window's
    borders, [height, width].
    """
    rows, columns = (_cuts(side, native, turn) for side in whole.size)
    return [
        (
            Window(whole.top + top, whole.left + left, len(down), len(across)),
            down[:, None] * across[None, :],
        )
        for top, down in rows
        for left, across in columns
    ]


def _cuts(length: int, side: int, turn: float) -> list[tuple[int, Tensor]]:
    """Overlapping pieces of a length, each of `side`: where they begin, and their weights.

    One piece where a model can paint all of it well.
    """
    if length <= LARGEST * side:
        return [(0, torch.ones(length))]
    stride = side // 2
    starts = range(int(turn * stride) - stride, length, stride)
    inside = sorted({min(max(start, 0), length - side) for start in starts})
    steps = torch.arange(side) + 0.5
    ramp = torch.minimum(steps, side - steps)
    total = torch.zeros(length)
    for start in inside:
        total[start : start + side] += ramp
    return [(start, ramp / total[start : start + side]) for start in inside]


def shifted(content: Tensor, down: int, right: int, fill: Tensor) -> Tensor:
    """[..., h, w] moved by whole cells; where nothing came to lie it is `fill`."""
    height, width = content.shape[-2:]
    moved = fill.expand_as(content).clone()
    rows, columns = max(0, height - abs(down)), max(0, width - abs(right))
    to = moved[..., max(down, 0) :, max(right, 0) :]
    of = content[..., max(-down, 0) :, max(-right, 0) :]
    to[..., :rows, :columns] = of[..., :rows, :columns]
    return moved
