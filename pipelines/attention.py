"""Effects in the UNet's cross-attention: a stack of small ones for each picture of a batch.

Effect            takes who answers the image tokens, and gives who does instead
Mix               the first effect: prompts, and the part of the picture that hears each
attending         a UNet that hears such stacks, for the duration of one call
cross_attentions  where they are heard; a UNet with no such place is refused

Each image token asks the voices that have a share of it, and takes their answers in proportion.
Keys and values of prompts are kept, see keys.py. Processors are put in place through diffusers' own
interface while a call with effects is under way and are gone after it; a call in another thread, or
another model, goes on as if they were not there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary

import torch
from diffusers.models.attention_processor import (
    Attention,
    AttnProcessor,
    AttnProcessor2_0,
    AttnProcessorNPU,
    SlicedAttnProcessor,
    XFormersAttnProcessor,
)
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from .keys import KeptKeys, Keys, Prompt, deciding, projections, sampled
from .masks import at_grid

Answered = list[tuple[Tensor | None, Tensor]]
PLAIN = {  # processors that voices can stand for: softmax(q k) v of the text and nothing else
    AttnProcessor,
    AttnProcessor2_0,
    AttnProcessorNPU,
    SlicedAttnProcessor,
    XFormersAttnProcessor,
}
# What an attention may have that they would do besides and voices do not.
MORE = ("norm_q", "norm_k", "norm_cross", "group_norm", "spatial_norm", "residual_connection")


@dataclass(frozen=True, eq=False)
class Asked:
    """What the n image tokens of one picture ask in one cross-attention."""

    attention: Attention
    query: Tensor  # [heads, n, d]
    keys: Callable[[Prompt], Keys]  # of a text in this attention


@dataclass(frozen=True, eq=False)
class Voice:
    """A text, or what stands for one, that answers image tokens."""

    text: Prompt
    place: Tensor | None = None  # [m] the tokens that ask it; None: all
    share: Tensor | float = 1.0  # [m, 1], or one number: how much of its answer counts
    keys: Keys | None = None  # None: the text's own
    bias: Tensor | None = None  # [m, tokens], added to the scores before the softmax


class Effect(Protocol):
    """One change of what is heard. A stack begins with the picture's own text, heard by all.

    A bias between words and areas gives voices a `bias`; a reference image is one voice more; a
    LoRA that counts in one place gives voices `keys` of their own.
    """

    def __call__(self, asked: Asked, voices: Sequence[Voice]) -> Sequence[Voice]:
        """Who answers, of those who did."""
        ...


@dataclass(frozen=True, eq=False)
class Mix:
    """Prompts, and each one's share of each cell; the shares add up to 1. First in its stack."""

    prompts: tuple[Prompt, ...]
    shares: tuple[Tensor, ...]  # [h, w] each, in 0..1
    _answered: dict[object, Answered] = field(default_factory=dict[object, Answered])

    def __call__(self, asked: Asked, voices: Sequence[Voice]) -> Sequence[Voice]:
        """The prompts in the place of the picture's own text."""
        answered = self.answered(asked.query.shape[1], asked.query)
        rows = zip(self.prompts, answered, strict=True)
        own = [Voice(prompt, place, share) for prompt, (place, share) in rows if len(share)]
        return [*own, *voices[1:]]

    def answered(self, tokens: int, like: Tensor) -> Answered:
        """For each prompt: the tokens that ask it, [n], or None: all; its share of each, [n, 1]."""
        key = tokens, like.dtype, like.device
        if key not in self._answered:
            grid = grid_of(self, tokens)
            flat = [share.reshape(-1) for share in at_grid(list(self.shares), grid)]
            places = [share.nonzero()[:, 0] for share in flat]
            self._answered[key] = [
                (place.to(like.device) if len(place) < tokens else None, part[place, None].to(like))
                for place, part in zip(places, flat, strict=True)
            ]
        return self._answered[key]


def grid_of(mix: Mix, tokens: int) -> tuple[int, int]:
    """Height and width of a UNet's level, of which the number of tokens is known."""
    size = tuple(mix.shares[0].shape)
    height, width = size
    while height * width > tokens:
        height, width = (height + 1) // 2, (width + 1) // 2
    if height * width != tokens:
        raise ValueError(f"latents of {size[0]}x{size[1]} have no level of {tokens} tokens")
    return height, width


class _Stacked:
    """The processor of one cross-attention; rows without effects go to the one it stands for."""

    def __init__(self, original: Any) -> None:  # Any: diffusers names no common type for them
        self.original = original
        self.kept = KeptKeys()

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        **options: Any,  # Any: whatever diffusers hands on
    ) -> Tensor:
        stacks = cast("Sequence[Sequence[Effect]]", getattr(_calls, "stacks", ()))
        plain = [row for row, stack in enumerate(stacks) if not stack]
        if encoder_hidden_states is None or len(plain) == len(stacks):
            return self.original(
                attn, hidden_states, encoder_hidden_states, attention_mask, **options
            )
        out = torch.empty_like(hidden_states)
        if plain:
            embeds = encoder_hidden_states[plain]
            out[plain] = self.original(attn, hidden_states[plain], embeds, None, **options)
        state = [attn.heads, *deciding(*projections(attn))]

        def keys(prompt: Prompt) -> Keys:
            return self.kept.of(attn, prompt, hidden_states, state)

        for row, stack in enumerate(stacks):
            if stack:
                text = Prompt(encoder_hidden_states[row : row + 1])
                out[row] = _heard(attn, hidden_states[row], text, stack, keys)
        return out


def _heard(
    attn: Attention,
    tokens: Tensor,
    text: Prompt,
    stack: Sequence[Effect],
    keys: Callable[[Prompt], Keys],
) -> Tensor:
    """[n, C] tokens of one picture, each answered by the voices that have a share of it."""
    query = cast("Tensor", attn.to_q(tokens)).unflatten(1, (attn.heads, -1)).transpose(0, 1)
    asked, voices = Asked(attn, query, keys), cast("Sequence[Voice]", (Voice(text),))
    for effect in stack:
        voices = effect(asked, voices)
    answers = torch.zeros_like(query)
    for voice in voices:
        key, value = voice.keys or keys(voice.text)
        some = query if voice.place is None else query[:, voice.place]
        answer = scaled_dot_product_attention(some[None], key, value, voice.bias)[0] * voice.share
        if voice.place is None:
            answers += answer
        else:
            answers.index_add_(1, voice.place, answer)
    together = answers.transpose(0, 1).flatten(1)
    out = cast("Any", attn.to_out)  # a ModuleList: a projection, a dropout
    return out[1](out[0](together)) / attn.rescale_output_factor


@dataclass(eq=False)
class _Stand:
    """The cross-attentions of one UNet, and their stand-ins, which keep their keys and values."""

    attentions: list[Attention]
    stacked: list[_Stacked]
    sample: list[Tensor]  # of the weights
    calls: int = 0  # under way

    def still(self, attentions: list[Attention], sample: list[Tensor]) -> bool:
        """Whether these are the same attentions, processors and weights."""
        same = [s.original for s in self.stacked] == [a.processor for a in attentions]
        same = same and self.attentions == attentions and len(self.sample) == len(sample)
        return same and all(map(torch.equal, self.sample, sample))


_calls = threading.local()  # .stacks: of the call that this thread makes
_lock = threading.Lock()
_stands: WeakKeyDictionary[torch.nn.Module, _Stand] = WeakKeyDictionary()


@contextmanager
def attending(unet: torch.nn.Module, stacks: Sequence[Sequence[Effect]]) -> Generator[None]:
    """Calls of the UNet inside hear a stack of effects in each row that has one.

    Raises ValueError: the UNet has no place for them.
    """
    if not stacks:
        yield
        return
    stand = _enter(unet)
    _calls.stacks = stacks
    try:
        yield
    finally:
        _calls.stacks = ()
        _leave(stand)


def cross_attentions(unet: torch.nn.Module) -> list[Attention]:
    """Where prompts are heard. ValueError: nowhere, or with what a stack would leave out."""
    found, left = list[Attention](), [unet]
    while left:  # a quarter of what unet.modules() takes: each call waits for it
        module = left.pop()
        if not isinstance(module, Attention):
            left += filter(None, vars(module)["_modules"].values())
        elif module.is_cross_attention:
            found.append(module)
    kinds = {type(_original(attention)) for attention in found} - PLAIN
    odd = {kind.__name__ for kind in kinds} | {n for n in MORE for a in found if getattr(a, n)}
    if found and not odd:
        return found
    lack = f"its cross-attention goes through {', '.join(sorted(odd))}, which would be left out"
    raise ValueError(
        "regions that blend cannot be painted with this model: "
        + (lack if odd else f"{type(unet).__name__} has no cross-attention to hear them in")
        + "; isolate them to the end, or paint without"
    )


def _original(attention: Attention) -> Any:  # Any: see _Stacked
    processor = cast("Any", attention.processor)
    return processor.original if isinstance(processor, _Stacked) else processor


def _enter(unet: torch.nn.Module) -> _Stand:
    with _lock:
        stand = _stands.get(unet)
        if stand is None or not stand.calls:
            attentions = cross_attentions(unet)
            sample = sampled(layer for one in attentions for layer in projections(one))
            if stand is None or not stand.still(attentions, sample):
                stand = _Stand(attentions, [_Stacked(a.processor) for a in attentions], sample)
                _stands[unet] = stand
            for attention, stacked in zip(stand.attentions, stand.stacked, strict=True):
                attention.processor = cast("Any", stacked)
        stand.calls += 1
        return stand


def _leave(stand: _Stand) -> None:
    with _lock:
        stand.calls -= 1
        if not stand.calls:
            for attention, stacked in zip(stand.attentions, stand.stacked, strict=True):
                attention.processor = stacked.original
