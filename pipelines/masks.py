"""Soft masks of regions: from pixels to latent cells, and from claims to shares.

soft_mask    a mask in pixels, blurred, sampled so many times a cell
stacked      who gets how much of each place: upper regions first, the rest is the ground's
quantised    how much of a claim holds at a noise level
in_cells     shares of a stack as latent cells; small regions stay
at_grid      the same at a coarser level of the UNet

A claim is what a region would have if it were alone, in 0..1. Claims are finer than cells, so that
an edge that cuts a cell is not taken for a soft one.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, conv1d

from .pixels import CELL, Pixels, Size, full, padded_size
from .recipe import Quantisation

SAMPLES = 4  # of a claim along a cell's side
REACH = 3.0  # standard deviations after which a blur ends, as in arXiv:2403.09055's code


def soft_mask(mask: Pixels, size: Size, blur: float) -> Tensor:
    """The mask under a Gaussian of `blur` pixels, averaged over each sample of a working size.

    [SAMPLES h, SAMPLES w] float32. Its peak is the mask's own peak, so that what is smaller than
    its blur is kept alive. Blur and average are one matrix for each axis.
    """
    height, width = mask.shape[:2]
    padded = padded_size(width, height) == size
    rows = _averages(height, size[1] * SAMPLES // CELL, blur, padded=padded)
    columns = _averages(width, size[0] * SAMPLES // CELL, blur, padded=padded)
    plane = torch.from_numpy(mask[..., 0].astype("float32")) / full(mask)
    soft = rows @ (plane @ columns.T)
    soft = torch.where(soft > 1 - 1e-5, 1.0, soft.clamp(min=0))  # full is full, whatever rounding
    return _with_peak(soft, float(plane.max()))


def _with_peak(soft: Tensor, peak: float) -> Tensor:
    found = float(soft.max())
    return soft * (peak / found) if 0 < found < peak else soft


@lru_cache(maxsize=8)
def _averages(pixels: int, samples: int, blur: float, *, padded: bool) -> Tensor:
    """[samples, pixels], rows adding up to 1: blurred, then averaged; edges are repeated."""
    reach = math.ceil(REACH * blur)
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float64)
    kernel = torch.exp(-0.5 * (offsets / max(blur, 1e-9)) ** 2)
    kernel /= kernel.sum()
    length = CELL / SAMPLES if padded else pixels / samples
    matrix = torch.zeros(samples, pixels, dtype=torch.float64)
    for sample in range(samples):
        start, stop = sample * length, (sample + 1) * length
        first, last = math.floor(start), math.ceil(stop - 1e-9)
        pixel = torch.arange(first, last, dtype=torch.float64)
        shares = (pixel + 1).clamp(max=stop) - pixel.clamp(min=start)
        row = conv1d(shares[None, None], kernel[None, None], padding=2 * reach)[0, 0]
        place = torch.arange(first - reach, last + reach).clamp(0, pixels - 1)
        matrix[sample].index_add_(0, place, row / length)
    return matrix.float()


def stacked(claims: list[Tensor], weights: list[float]) -> list[Tensor]:
    """Each region's share of each place, lowest first; the ground's is what they leave of 1.

    An upper region takes what it claims, the next what it claims of the rest. Where several share
    a place, or one shares it with the ground (of weight 1), weights count.
    """
    if not claims:
        return []
    left = torch.ones_like(claims[0])
    shares: list[Tensor] = []
    for claim in reversed(claims):
        share = torch.minimum(claim, left)
        left = left - share
        shares.insert(0, share)
    if all(weight == 1 for weight in weights):
        return shares
    weighted = [weight * share for weight, share in zip(weights, shares, strict=True)]
    total = left + torch.stack(weighted).sum(0)
    return [share / total for share in weighted]


def quantised(claim: Tensor, level: float, following: float, how: Quantisation) -> Tensor:
    """What of a claim holds at a noise level, arXiv:2403.09055 section 3.3.

    level, following: shares of noise 0..1 of this step and of the next, 0 after the last. Discrete:
    a place belongs to the region once the noise is below its claim. Continuous: it does so by
    degrees over one step; semi: by degrees in the last step only.
    """
    level = min(level, 1 - 1e-6)  # so that a full claim holds from the first step on
    if how == "discrete" or (how == "semi" and following > 0):
        return (claim > level).float()
    return ((claim - following) / (level - following)).clamp(0, 1)


def in_cells(shares: list[Tensor]) -> list[Tensor]:
    """Shares of a stack as latent cells, [h, w]: averages, what is smaller than a cell lifted."""
    cells = [
        _with_peak(avg_pool2d(share[None], SAMPLES)[0], float(share.max())) for share in shares
    ]
    if not cells:
        return []
    total = torch.stack(cells).sum(0).clamp(min=1)
    return [share / total for share in cells]


def at_grid(shares: list[Tensor], grid: tuple[int, int]) -> list[Tensor]:
    """Shares [h, w] that add up to 1, as such on a coarser grid: averages.

    A region whose peak is lost in the average is lifted to it again.
    """
    if grid == tuple(shares[0].shape):
        return shares
    pooled = [
        _with_peak(adaptive_avg_pool2d(share[None], grid)[0], float(share.max()))
        for share in shares
    ]
    total = torch.stack(pooled).sum(0)
    return [share / total for share in pooled]
