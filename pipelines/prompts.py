"""Prompts mixed: two by strength, many by area, and as attention hears them.

between    a region's prompt mixed with the ground's
averaged   what SDXL hears everywhere of prompts that are heard in places
heard      a prompt whose keys and values attention keeps
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from .attention import Prompt
from .model import Conditioning, Model


def between(model: Model, ground: Conditioning, own: Conditioning, share: float) -> Conditioning:
    """The mix of two prompts' embeddings; the very objects at both ends."""
    if own is ground or share == 0:
        return ground
    if share == 1:
        return own
    return model.remember(("between", ground, own, share), lambda: _lerped(ground, own, share))


def _lerped(ground: Conditioning, own: Conditioning, share: float) -> Conditioning:
    embeds = torch.lerp(ground.prompt_embeds, own.prompt_embeds, share)
    pooled = None
    if ground.pooled_prompt_embeds is not None and own.pooled_prompt_embeds is not None:
        pooled = torch.lerp(ground.pooled_prompt_embeds, own.pooled_prompt_embeds, share)
    return Conditioning(embeds, pooled, own.time_ids)


def averaged(shares: dict[Conditioning, Tensor]) -> Conditioning:
    """The first prompt with the mean of all pooled embeddings by area: SDXL hears it everywhere."""
    first = next(iter(shares))
    pooled = [
        float(share.mean()) * c.pooled_prompt_embeds
        for c, share in shares.items()
        if c.pooled_prompt_embeds is not None
    ]
    if not pooled:
        return first
    return replace(first, pooled_prompt_embeds=torch.stack(pooled).sum(0))


def heard(model: Model, conditioning: Conditioning) -> Prompt:
    """The prompt as attention hears it; the same object for the same conditioning."""
    return model.remember(("heard", conditioning), lambda: Prompt(conditioning.prompt_embeds))
