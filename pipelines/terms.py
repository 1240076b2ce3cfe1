"""A guided prediction is a sum of predictions whose weights add up to 1.

Term, cfg      what is summed
Guided         a sum, and the part of the picture it sees
weighted_sum   one sum of the whole picture, as a denoiser
evaluated      several sums, each of its own part, in as few questions as there are sizes
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .asking import Asking, Denoiser, Query
from .model import Conditioning, stack

Weight = float | Tensor  # one number, or a map [1, 1, h, w]


@dataclass(frozen=True, eq=False)
class Term:
    """A conditioning and its share of the prediction."""

    conditioning: Conditioning
    weight: Weight


class View(Protocol):
    """What is seen of the latents. Views are equal when they are the same object."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in cells."""
        ...

    def see(self, latents: Tensor) -> Tensor:
        """The part of the latents that the model is shown."""
        ...

    def back(self, prediction: Tensor) -> Tensor:
        """A prediction of what was shown, with every cell where it belongs in the part."""
        ...


@dataclass(frozen=True, eq=False)
class Guided:
    """A weighted sum of predictions of one part of the picture."""

    terms: Sequence[Term]
    view: View | None = None  # None: the whole


def cfg(positive: Conditioning, negative: Conditioning, scale: float) -> list[Term]:
    """Classifier-free guidance, arXiv:2207.12598: negative + scale * (positive - negative)."""
    return [Term(positive, scale), Term(negative, 1 - scale)]


def weighted_sum(terms: Sequence[Term]) -> Denoiser:
    """All terms in one question; equal conditionings once, those of weight 0 never."""
    sums = evaluated([Guided(terms)])

    def denoise(latents: Tensor, sigma: float) -> Asking[Tensor]:
        (denoised,) = yield from sums(latents, sigma)
        return denoised

    return denoise


def evaluated(sums: Sequence[Guided]) -> Callable[[Tensor, float], Asking[list[Tensor]]]:
    """Each sum's prediction of its own part; views of one size share a question."""
    shares = [_merged(guided.terms) for guided in sums]
    calls: dict[tuple[int, int] | None, dict[tuple[View | None, Conditioning], None]] = {}
    for guided, weights in zip(sums, shares, strict=True):
        size = guided.view.size if guided.view else None
        calls.setdefault(size, {}).update({(guided.view, c): None for c in weights})
    batches = [(list(asked), stack([c for _, c in asked])) for asked in calls.values()]

    def predict(latents: Tensor, sigma: float) -> Asking[list[Tensor]]:
        views = {guided.view for guided in sums}
        seen = {view: view.see(latents) if view else latents for view in views}
        queries: list[Query] = []
        for asked, batch in batches:
            same = len({view for view, _ in asked}) == 1
            shown = seen[asked[0][0]] if same else torch.cat([seen[view] for view, _ in asked])
            queries.append(Query(shown, sigma, batch))
        answers = yield queries
        predicted: dict[tuple[View | None, Conditioning], Tensor] = {}
        for (asked, _), answer in zip(batches, answers, strict=True):
            predicted |= zip(asked, answer.split(1), strict=True)
        return [
            _summed(guided.view, weights, predicted)
            for guided, weights in zip(sums, shares, strict=True)
        ]

    return predict


def _merged(terms: Sequence[Term]) -> dict[Conditioning, Weight]:
    weights: dict[Conditioning, Weight] = {}
    for term in terms:
        weights[term.conditioning] = weights.get(term.conditioning, 0.0) + term.weight
    return {c: w for c, w in weights.items() if isinstance(w, Tensor) or w != 0}


def _summed(
    view: View | None,
    weights: dict[Conditioning, Weight],
    predicted: dict[tuple[View | None, Conditioning], Tensor],
) -> Tensor:
    parts = [share * predicted[view, conditioning] for conditioning, share in weights.items()]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return view.back(total) if view else total
