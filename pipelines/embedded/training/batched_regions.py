"""Regions in cross-attention for a whole batch at once, with gradients: how a UNet is taught them.

The sum is that of `attention.py`, which paints: each token's answers from the prompts that have a
share of it. There the prompts are asked one by one and only for their own tokens, and what they
say is kept, which costs least where few pictures are painted in many steps. Here every prompt is
asked for every token in one product; with gradients that takes half of the time.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention, AttnProcessor
from torch import Tensor

from ...attention import Mix, grid_of
from ...masks import at_grid


class _Batch:
    """What every row of a batch hears: prompts, the rows they are for, their shares of the cells.

    A row without a mix hears its own prompt everywhere.
    """

    def __init__(self, mixes: Sequence[Mix | None], embeds: Tensor) -> None:
        self._mixes = mixes
        self._shares: dict[int, Tensor] = {}
        heard = [
            [prompt.embeds for prompt in mix.prompts] if mix else [embeds[row, None]]
            for row, mix in enumerate(mixes)
        ]
        self.embeds = torch.cat([one for some in heard for one in some])  # [T, tokens, D]
        self.rows = torch.tensor([row for row, some in enumerate(heard) for _ in some])  # [T]

    def shares(self, tokens: int) -> Tensor:
        """Each prompt's share of the tokens of its picture, [T, 1, tokens, 1]."""
        if tokens not in self._shares:
            flat = [
                torch.stack(at_grid(list(mix.shares), grid_of(mix, tokens))).flatten(1)
                if mix
                else torch.ones(1, tokens)
                for mix in self._mixes
            ]
            self._shares[tokens] = torch.cat(flat)[:, None, :, None]
        return self._shares[tokens]


class _Together:
    """The processor of one cross-attention."""

    batch: _Batch | None = None

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        batch = self.batch
        if batch is None:
            return AttnProcessor()(attn, hidden_states, encoder_hidden_states, attention_mask)
        query, key, value = (
            cast("Tensor", cast("Any", project)(what))
            .unflatten(2, (attn.heads, -1))
            .transpose(1, 2)
            for project, what in (
                (attn.to_q, hidden_states),
                (attn.to_k, batch.embeds),
                (attn.to_v, batch.embeds),
            )
        )
        scores = query[batch.rows] @ key.transpose(2, 3) * attn.scale
        answers = scores.softmax(dim=-1).to(value.dtype) @ value
        answers = answers * batch.shares(hidden_states.shape[1]).to(answers)
        out = torch.zeros_like(query).index_add(0, batch.rows, answers)
        project_out = cast("Any", attn.to_out)[0]  # of a ModuleList: a projection, a dropout
        return project_out(out.transpose(1, 2).flatten(2)) / attn.rescale_output_factor


def taught_together(unet: UNet2DConditionModel) -> UNet2DConditionModel:
    """The UNet with attention of plain products: the gradients of a fused one are slow on a CPU."""
    for name, module in unet.named_modules():
        if isinstance(module, Attention):
            processor = _Together() if name.endswith("attn2") else AttnProcessor()
            module.set_processor(cast("Any", processor))
    return unet


@contextmanager
def hearing_together(
    unet: UNet2DConditionModel, mixes: Sequence[Mix | None], embeds: Tensor
) -> Generator[None]:
    """Calls of a UNet that is `taught_together` hear a mix in each row that has one.

    embeds: what the rows without one hear, [N, tokens, D].
    """
    batch = _Batch(mixes, embeds) if any(mixes) else None
    stands = [p for p in unet.attn_processors.values() if isinstance(p, _Together)]
    for stand in stands:
        stand.batch = batch
    try:
        yield
    finally:
        for stand in stands:
            stand.batch = None
