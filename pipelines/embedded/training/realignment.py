"""Turns a UNet's ears to a text encoder that was trained further.

An encoder that learns new words says the old ones in another way, and a UNet that knew them would
have to learn them again. What it used to hear is, nearly, a linear function of what it hears now:
the function is found by least squares and put into the cross-attention's own matrices.
"""

from pathlib import Path

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from ..scenes.captions import caption
from ..scenes.scene import HELD_OUT, scene
from .text import token_ids, trained_text

SHARED = 1500  # captions, all of whose words both encoders know
RIDGE = 1e-3  # of the least squares, as a share of an embedding's unit


def retune(unet: UNet2DConditionModel, folder: Path, start: Path) -> None:
    """Change the start's UNet so that it hears the folder's text encoder as it did the start's."""
    tokenizer, encoder = trained_text(folder)
    older = CLIPTokenizer.from_pretrained(start, subfolder="tokenizer")
    before = CLIPTextModel.from_pretrained(start, subfolder="text_encoder", dtype=torch.float32)
    texts = shared_captions(older, SHARED)
    turn(unet, *alignment(heard(tokenizer, encoder, texts), heard(older, before.eval(), texts)))


def shared_captions(older: CLIPTokenizer, count: int) -> list[str]:
    """Captions in words that the older tokenizer has as one token each."""
    rng = np.random.default_rng(0)
    known: dict[str, bool] = {}
    texts: list[str] = []
    while len(texts) < count:
        text = caption(scene(int(rng.integers(HELD_OUT))), rng)
        for word in set(text.replace(",", " , ").split()) - known.keys():
            known[word] = len(older(word).input_ids) == 3
        if all(known[word] for word in text.replace(",", " , ").split()):
            texts.append(text)
    return texts


@torch.no_grad()
def heard(tokenizer: CLIPTokenizer, encoder: CLIPTextModel, texts: list[str]) -> Tensor:
    """What a UNet hears of texts: [N * LENGTH, D]."""
    batches = [texts[start : start + 100] for start in range(0, len(texts), 100)]
    rows = [encoder(token_ids(tokenizer, batch)).last_hidden_state for batch in batches]
    return torch.cat(rows).flatten(0, 1)


def alignment(now: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """Matrix [D, D] and shift [D] with before ≈ now @ matrix + shift, for rows [N, D]."""
    one, other = now.double(), before.double()
    one_mean, other_mean = one.mean(dim=0), other.mean(dim=0)
    one, other = one - one_mean, other - other_mean
    square = one.T @ one + RIDGE * len(one) * torch.eye(one.shape[1], dtype=one.dtype)
    matrix = torch.linalg.solve(square, one.T @ other)
    return matrix.float(), (other_mean - one_mean @ matrix).float()


@torch.no_grad()
def turn(unet: UNet2DConditionModel, matrix: Tensor, shift: Tensor) -> None:
    """Let every cross-attention hear `embeds @ matrix + shift` for `embeds`, at no cost.

    A shift of all keys changes no softmax; a shift of all values passes it unchanged, into the
    bias that follows.
    """
    for name, attention in unet.named_modules():
        if not name.endswith("attn2"):
            continue
        out = attention.to_out[0]
        out.bias += out.weight @ (attention.to_v.weight @ shift)
        for projection in (attention.to_k, attention.to_v):
            projection.weight.copy_(projection.weight @ matrix.T)
