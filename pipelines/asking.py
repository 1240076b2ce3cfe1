"""Denoisers ask and whoever answers paints: one line, a stream's frames, several runs alike.

Query      a prediction that is asked for
Asking     what is asked on the way to a result
Line       what is asked on the way through a run, and its records as they are made
answers    to what several ask at once, in one UNet call for each size of latents
answered   the result of one that asks
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from .model import Conditioning, Model, stack
from .record import StepRecord

T = TypeVar("T")


class Query(NamedTuple):
    """A prediction that is asked for: what Model.predict takes."""

    latents: Tensor  # [1, C, h, w], the same for all B, or [B, C, h, w]
    sigma: float
    conditioning: Conditioning


Asking = Generator[list[Query], list[Tensor], T]
"""Yields questions that are answered together, is sent an answer to each, returns a result."""
Line = Generator[list[Query] | StepRecord, list[Tensor], None]
"""The same, but yields each record that comes of it as well; next() goes on after a record."""
Denoiser = Callable[[Tensor, float], Asking[Tensor]]  # (latents, sigma) -> denoised


def answers(model: Model, asked: Sequence[Sequence[Query]]) -> list[list[Tensor]]:
    """An answer to each question of each of those who ask."""
    sizes: dict[torch.Size, list[Query]] = {}
    for query in chain.from_iterable(asked):
        sizes.setdefault(query.latents.shape[2:], []).append(query)
    predicted = {size: iter(_together(model, group)) for size, group in sizes.items()}
    return [[next(predicted[query.latents.shape[2:]]) for query in queries] for queries in asked]


def answered(model: Model, asking: Asking[T]) -> T:
    """What comes of it, each question answered as it is asked."""
    try:
        asked = next(asking)
        while True:
            (given,) = answers(model, [asked])
            asked = asking.send(given)
    except StopIteration as done:
        return done.value


def _together(model: Model, queries: Sequence[Query]) -> Sequence[Tensor]:
    """Predictions for latents of one size, in one UNet call."""
    rows = [len(query.conditioning.prompt_embeds) for query in queries]
    predicted = model.predict(
        torch.cat([q.latents.expand(n, -1, -1, -1) for q, n in zip(queries, rows, strict=True)]),
        [q.sigma for q, n in zip(queries, rows, strict=True) for _ in range(n)],
        stack([query.conditioning for query in queries]),
    )
    return predicted.split(rows)
