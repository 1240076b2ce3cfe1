"""Keys and values of prompts in one cross-attention, kept while what decides them stays as it is.

Prompt    what is heard
KeptKeys  of the last prompts: computed once, and again when anything that decides them has changed
deciding  what decides the answers of layers, to be compared
sampled   a few numbers of all weights, for changes that torch does not count

A layer decides by its class, its weights, and the plain values on it, such as an adapter's scale.
Where one may hide more than that, nothing is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

import torch
from diffusers.models.attention_processor import Attention
from torch import Tensor
from torch.nn import Module, Parameter

KEPT = 16  # prompts whose keys and values are kept: 4 MB each for SD 1.5, 27 MB for SDXL
KNOWN = ("torch.nn.modules.", "peft.tuners.")  # where layers come from that hide nothing
WHOLE = "transformers."  # and those that hold other objects, such as their model's configuration
SAMPLED = 8  # numbers of a weight, about

Keys = tuple[Tensor, Tensor]  # keys and values, [1, heads, tokens, d] each


@dataclass(frozen=True, eq=False)
class Prompt:
    """What is heard: equal prompts are the same object."""

    embeds: Tensor  # [1, tokens, D]


class KeptKeys:
    """Of the last prompts in one cross-attention."""

    def __init__(self) -> None:
        self._heard = WeakKeyDictionary[Prompt, tuple[object, Keys]]()  # the last used is last
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._heard)

    def of(self, attention: Attention, prompt: Prompt, like: Tensor, state: object) -> Keys:
        """A prompt's, in the dtype of `like`; `state`: what `deciding` says of the attention."""
        state = [prompt.embeds._version, like.dtype, like.device, state]  # pyright: ignore[reportPrivateUsage] # torch has no other name for it
        with self._lock:
            found = self._heard.pop(prompt, None)
        if found is None or found[0] != state:
            embeds = prompt.embeds.to(like)
            key, value = (
                cast("Tensor", project(embeds)).unflatten(2, (attention.heads, -1)).transpose(1, 2)
                for project in projections(attention)
            )
            found = state, (key, value)
        with self._lock:
            self._heard[prompt] = found
            while len(self._heard) > KEPT:
                del self._heard[next(iter(self._heard))]
        return found[1]


def deciding(*layers: Module) -> list[object]:
    """What decides their answers, to be compared; what cannot be known equals nothing."""
    parts: list[object] = []
    for part in (part for layer in layers for part in layer.modules()):
        kind = type(part)
        whole = kind.__module__.startswith(WHOLE)
        parts.append(kind if whole or kind.__module__.startswith(KNOWN) else object())
        for name, value in vars(part).items():
            if name not in _ASIDE:
                parts.append((name, value if whole and _is_theirs(value) else _plain(value)))
    return parts


def sampled(layers: Iterable[Module]) -> list[Tensor]:
    """Of all their weights: an adapter that is merged into them counts as no change."""
    some: dict[tuple[torch.dtype, torch.device], list[Tensor]] = {}
    for weight in (weight for layer in layers for weight in layer.parameters()):
        strewn = weight.detach().flatten()[:: max(1, weight.numel() // SAMPLED)]
        some.setdefault((weight.dtype, weight.device), []).append(strewn)
    return [torch.cat(parts).cpu() for (_, device), parts in some.items() if device.type != "meta"]


def projections(attention: Attention) -> tuple[Module, Module]:
    """What makes keys and values of a text."""
    return cast("tuple[Module, Module]", (attention.to_k, attention.to_v))


def _is_theirs(value: object) -> bool:
    """Whether a library's own object, the same as long as it is the same object."""
    return type(value).__module__.startswith(WHOLE) and not isinstance(value, Module)


def _plain(value: Any) -> object:  # Any: what layers carry
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind in (Tensor, Parameter) and not value.is_inference():
        learning = value.requires_grad and torch.is_grad_enabled()
        return object() if learning else (value.data_ptr(), value._version)
    if isinstance(value, dict):
        return [(name, _plain(v)) for name, v in value.items()] if value else None
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, set):
        return {_plain(v) for v in value}
    return None if isinstance(value, Module) else object()  # a module is a part itself


_SCALARS = {type(None), bool, int, float, str}
# What torch puts on a layer and its answers do not hang on: all hooks but those of its forward.
_ASIDE = {
    name
    for name in vars(Module())
    if ("hook" in name and not name.startswith("_forward")) or name == "_non_persistent_buffers_set"
}
