"""Denoisers ask and somebody answers: for one line, a stream's frames or several runs alike.

Query      a prediction that is asked for
Asking     what is asked on the way to a result; a Denoiser asks on the way to a prediction
together   the results of several that ask, in one UNet call for each size of latents
answered   the result of one
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from .model import Conditioning, Model, stack

T = TypeVar("T")


class Query(NamedTuple):
    """A prediction that is asked for: what Model.predict takes."""

    latents: Tensor  # [1, C, h, w], the same for all B, or [B, C, h, w]
    sigma: float
    conditioning: Conditioning  # of B prompts


Asking = Generator[list[Query], list[Tensor], T]
"""Yields what is to be answered together, is sent [B, C, h, w] for each, returns a result."""
Denoiser = Callable[[Tensor, float], Asking[Tensor]]  # (latents, sigma) -> denoised


def together(model: Model, askings: Sequence[Asking[T]]) -> list[T]:
    """What comes of each, asked together until the last one knows enough.

    A line by itself is the same to the bit however often it is painted. Among others it differs
    in the last bits: a UNet sums in another order in a larger batch.
    """
    results: dict[int, T] = {}
    given: dict[int, list[Tensor]] = {}
    while len(results) < len(askings):
        asked: dict[int, list[Query]] = {}
        for number, asking in enumerate(askings):
            if number not in results:
                try:
                    asked[number] = asking.send(given[number]) if given else next(asking)
                except StopIteration as done:
                    results[number] = done.value
        given = _answers(model, asked)
    return [results[number] for number in range(len(askings))]


def answered(model: Model, asking: Asking[T]) -> T:
    """What comes of one."""
    return together(model, [asking])[0]


def _answers(model: Model, asked: dict[int, list[Query]]) -> dict[int, list[Tensor]]:
    """Everybody's answers, in one UNet call for each size of latents."""
    if len(asked) == 1:  # as it is asked: nothing is stacked or copied
        return {n: [model.predict(*query) for query in queries] for n, queries in asked.items()}
    sizes: dict[torch.Size, list[Query]] = {}
    for queries in asked.values():
        for query in queries:
            sizes.setdefault(query.latents.shape[2:], []).append(query)
    made = {size: iter(_predictions(model, queries)) for size, queries in sizes.items()}
    return {n: [next(made[q.latents.shape[2:]]) for q in queries] for n, queries in asked.items()}


def _predictions(model: Model, queries: Sequence[Query]) -> Sequence[Tensor]:
    if len(queries) == 1:
        return [model.predict(*queries[0])]
    rows = [len(query.conditioning.prompt_embeds) for query in queries]
    predicted = model.predict(
        torch.cat([q.latents.expand(n, -1, -1, -1) for q, n in zip(queries, rows, strict=True)]),
        [q.sigma for q, n in zip(queries, rows, strict=True) for _ in range(n)],
        stack([query.conditioning for query in queries]),
    )
    return predicted.split(rows)
