"""Regions in the UNet's cross-attention: one pass for any number of prompts.

Mix         prompts and the part of the picture that hears each
attending   a UNet whose cross-attention mixes them, for the duration of one call

Each image token asks the prompts that have a share of it, and takes their answers in proportion.
Keys and values hang on prompt and weights only, so they are computed once. Processors are put in
place through diffusers' own interface while a call with a mix is under way and are gone after it;
a call in another thread, or another model, goes on as if they were not there.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from weakref import WeakKeyDictionary

import torch
from diffusers.models.attention_processor import Attention
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from .masks import at_grid

KEPT = 16  # prompts whose keys and values are kept: 4 MB each for SD 1.5, 27 MB for SDXL


@dataclass(frozen=True, eq=False)
class Prompt:
    """What is heard: equal prompts are the same object."""

    embeds: Tensor  # [1, tokens, D]


@dataclass(frozen=True, eq=False)
class Mix:
    """Prompts, and each one's share of each cell; the shares add up to 1."""

    prompts: tuple[Prompt, ...]
    shares: tuple[Tensor, ...]  # [h, w] each, in 0..1
    _asked: dict[tuple[int, torch.dtype], list[tuple[Tensor, Tensor]]] = field(
        default_factory=dict[tuple[int, torch.dtype], list[tuple[Tensor, Tensor]]]
    )

    def asked(self, tokens: int, like: Tensor) -> list[tuple[Tensor, Tensor]]:
        """For each prompt: the tokens that ask it, [n], and its share of each, [n, 1]."""
        key = tokens, like.dtype
        if key not in self._asked:
            grid = grid_of(self, tokens)
            flat = [share.reshape(-1) for share in at_grid(list(self.shares), grid)]
            places = [share.nonzero()[:, 0] for share in flat]
            self._asked[key] = [
                (place.to(like.device), share[place, None].to(like))
                for place, share in zip(places, flat, strict=True)
            ]
        return self._asked[key]


def grid_of(mix: Mix, tokens: int) -> tuple[int, int]:
    """Height and width of a UNet's level, of which the number of tokens is known."""
    size = tuple(mix.shares[0].shape)
    height, width = size
    while height * width > tokens:
        height, width = (height + 1) // 2, (width + 1) // 2
    if height * width != tokens:
        raise ValueError(f"latents of {size[0]}x{size[1]} have no level of {tokens} tokens")
    return height, width


class _Mixing:
    """The processor of one cross-attention; what has no mix goes to the one it stands in for."""

    def __init__(self, original: Any) -> None:  # Any: diffusers names no common type for them
        self.original = original
        self._heard: dict[Prompt, tuple[object, Tensor, Tensor]] = {}  # the last used is last
        self._lock = threading.Lock()

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        **options: Any,  # Any: whatever diffusers hands on
    ) -> Tensor:
        mixes = cast("Sequence[Mix | None]", getattr(_calls, "mixes", ()))
        plain = [row for row in range(len(hidden_states)) if not mixes or mixes[row] is None]
        if not mixes or encoder_hidden_states is None or len(plain) == len(mixes):
            return self.original(
                attn, hidden_states, encoder_hidden_states, attention_mask, **options
            )
        out = torch.empty_like(hidden_states)
        if plain:
            embeds = encoder_hidden_states[plain]
            out[plain] = self.original(attn, hidden_states[plain], embeds, None, **options)
        for row, mix in enumerate(mixes):
            if mix is not None:
                out[row] = self._mixed(attn, hidden_states[row], mix)
        return out

    def _mixed(self, attn: Attention, tokens: Tensor, mix: Mix) -> Tensor:
        """[n, C] tokens of one picture, each answered by the prompts that have a share of it."""
        query = cast("Tensor", attn.to_q(tokens)).unflatten(1, (attn.heads, -1)).transpose(0, 1)
        answers = torch.zeros_like(query)
        asked = mix.asked(len(tokens), query)
        for prompt, (place, share) in zip(mix.prompts, asked, strict=True):
            if not len(place):
                continue
            key, value = self._keys(attn, prompt)
            some = query if len(place) == len(tokens) else query[:, place]
            answer = scaled_dot_product_attention(some[None], key, value)[0]
            answers.index_add_(1, place, answer * share)
        together = answers.transpose(0, 1).flatten(1)
        out = cast("Any", attn.to_out)  # a ModuleList: a projection, a dropout
        return out[1](out[0](together)) / attn.rescale_output_factor

    def _keys(self, attn: Attention, prompt: Prompt) -> tuple[Tensor, Tensor]:
        """Keys and values of a prompt, [1, heads, tokens, d]; made anew where weights changed."""
        to_k, to_v = cast("tuple[torch.nn.Linear, torch.nn.Linear]", (attn.to_k, attn.to_v))
        weights = [to_k.weight, to_v.weight]
        state = [(weight.data_ptr(), weight._version) for weight in weights]  # pyright: ignore[reportPrivateUsage] # torch has no other name for it
        with self._lock:
            found = self._heard.pop(prompt, None)
        if found is None or found[0] != state:
            embeds = prompt.embeds.to(to_k.weight.dtype)
            key, value = (
                cast("Tensor", project(embeds)).unflatten(2, (attn.heads, -1)).transpose(1, 2)
                for project in (to_k, to_v)
            )
            found = state, key, value
        with self._lock:
            self._heard[prompt] = found
            while len(self._heard) > KEPT:
                del self._heard[next(iter(self._heard))]
        return found[1], found[2]


@dataclass(eq=False)
class _Stand:
    """The cross-attentions of one UNet, and their stand-ins, which keep their keys and values."""

    attentions: list[Attention]
    mixing: list[_Mixing]
    calls: int = 0  # under way


_calls = threading.local()  # .mixes: of the call that this thread makes
_lock = threading.Lock()
_stands: WeakKeyDictionary[torch.nn.Module, _Stand] = WeakKeyDictionary()


@contextmanager
def attending(unet: torch.nn.Module, mixes: Sequence[Mix | None]) -> Generator[None]:
    """Calls of the UNet inside hear a mix of prompts in each row that has one."""
    if not mixes:
        yield
        return
    stand = _enter(unet)
    _calls.mixes = mixes
    try:
        yield
    finally:
        _calls.mixes = ()
        _leave(stand)


def _enter(unet: torch.nn.Module) -> _Stand:
    with _lock:
        stand = _stands.get(unet)
        if stand is None or not stand.calls:
            attentions = [
                module
                for name, module in unet.named_modules()
                if isinstance(module, Attention) and name.endswith("attn2")
            ]
            originals = [attention.processor for attention in attentions]
            if stand is None or [m.original for m in stand.mixing] != originals:
                stand = _Stand(attentions, [_Mixing(original) for original in originals])
                _stands[unet] = stand
            for attention, mixing in zip(stand.attentions, stand.mixing, strict=True):
                attention.processor = cast("Any", mixing)
        stand.calls += 1
        return stand


def _leave(stand: _Stand) -> None:
    with _lock:
        stand.calls -= 1
        if not stand.calls:
            for attention, mixing in zip(stand.attentions, stand.mixing, strict=True):
                attention.processor = mixing.original
