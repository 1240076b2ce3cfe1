"""The text encoder: taught what captions mean before the UNet sees any of its words, then frozen.

Left alone with the denoising loss, a small encoder takes very long to tell left from right. So it
first learns to state what a caption says; whatever follows the end mark then knows all of it.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from ..scenes.captions import caption, held_out_captions
from ..scenes.palettes import HULLS, PETALS, WALLS
from ..scenes.scene import (
    BACKDROPS,
    GROUNDS,
    HELD_OUT,
    PLACES,
    SIDES,
    SIZES,
    SKIES,
    STYLES,
    THINGS,
    Scene,
    scene,
)
from .loop import Plan, load_average, train
from .session import start_of
from .tokens import END, LENGTH, START, new_tokenizer, new_vocabulary, read_vocabulary

WIDTH = 128  # of the embeddings; the UNet's cross_attention_dim

PLACED = (*THINGS, "light")  # what stands on a side

QUESTIONS: dict[str, int] = {  # what is asked of a caption -> number of possible answers
    "sky": len(SKIES),
    "ground": len(GROUNDS),
    **{name: 1 + len(SIDES) for name in PLACED},  # absent, or on which side
    "house's colour": 1 + len(WALLS),
    "boat's colour": 1 + len(HULLS),
    "flowers": 1 + len(PETALS),
    "backdrop": len(BACKDROPS),
    "style": len(STYLES),
    **{f"{kind}'s size": len(SIZES) for kind in THINGS},
    **{f"{kind}'s place": len(PLACES) for kind in THINGS},
    **dict.fromkeys(("clouds", "stars", "fence", "path"), 2),
}


def answers(scene: Scene) -> list[int]:
    """The answers to QUESTIONS that are true of a scene."""
    things = {thing.kind: thing for thing in scene.things}
    sides = {kind: thing.side for kind, thing in things.items()} | {"light": scene.light}
    house, boat = things.get("house"), things.get("boat")
    return [
        SKIES.index(scene.sky),
        GROUNDS.index(scene.ground),
        *(_place(SIDES, sides.get(name)) for name in PLACED),
        _place(tuple(WALLS), house.colour if house else None),
        _place(tuple(HULLS), boat.colour if boat else None),
        _place(tuple(PETALS), scene.flowers or None),
        BACKDROPS.index(scene.backdrop),
        STYLES.index(scene.style),
        *(SIZES.index(things[kind].size) if kind in things else 0 for kind in THINGS),
        *(PLACES.index(things[kind].place) if kind in things else 0 for kind in THINGS),
        *(int(there) for there in (scene.clouds, scene.stars, scene.fence, scene.path)),
    ]


def _place(names: tuple[str, ...], name: str | None) -> int:
    """0 for nothing, else 1 + the name's place."""
    return 0 if name is None else 1 + names.index(name)


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained encoder of the shipped shape."""
    start, end = (tokenizer.convert_tokens_to_ids(mark) for mark in (START, END))
    assert isinstance(start, int)
    assert isinstance(end, int)
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=LENGTH,
            projection_dim=WIDTH,
            bos_token_id=start,
            eos_token_id=end,
            pad_token_id=end,
        )
    )


def first_text(folder: Path) -> tuple[CLIPTokenizer, CLIPTextModel]:
    """What a sitting's tokenizer and text encoder begin as.

    Words that the start's tokenizer did not have begin as the mean of the pieces it broke them to.
    """
    start = start_of(folder)
    tokenizer = new_tokenizer(start)
    encoder = new_text_encoder(tokenizer)
    if start is None:
        return tokenizer, encoder
    older = CLIPTokenizer.from_pretrained(start, subfolder="tokenizer")
    before = CLIPTextModel.from_pretrained(start, subfolder="text_encoder", dtype=torch.float32)
    values = dict(before.state_dict())
    (name,) = (name for name in values if name.endswith("token_embedding.weight"))
    table = values[name]
    rows = [table]
    for index in range(len(table), len(tokenizer)):
        piece = tokenizer.convert_ids_to_tokens(index)
        assert isinstance(piece, str)
        ids = older(piece.removesuffix("</w>")).input_ids[1:-1]
        rows.append(table[ids].mean(dim=0, keepdim=True))
    values[name] = torch.cat(rows)
    encoder.load_state_dict(values)
    return tokenizer, encoder


class Reader(nn.Module):
    """The encoder with one linear layer that states the answers to all questions."""

    def __init__(self, encoder: CLIPTextModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.state = nn.Linear(WIDTH, sum(QUESTIONS.values()))

    def forward(self, ids: Tensor) -> tuple[Tensor, ...]:
        """Token ids [N, LENGTH] -> logits [N, LENGTH, answers] for each question."""
        hidden = self.encoder(ids).last_hidden_state
        return self.state(hidden).split(list(QUESTIONS.values()), dim=-1)


def token_ids(tokenizer: CLIPTokenizer, captions: list[str]) -> Tensor:
    """Captions as token ids [N, LENGTH], filled up with end marks."""
    filled = tokenizer(captions, padding="max_length", truncation=True, max_length=LENGTH)
    return torch.tensor(filled["input_ids"])


def train_text(rank: int, ranks: int, folder: Path, plan: Plan) -> None:
    """Learn to answer from fresh captions of fresh scenes."""
    tokenizer, encoder = first_text(folder)
    reader = Reader(encoder)

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=draws)))
        scenes = [scene(int(seed)) for seed in rng.integers(HELD_OUT, size=batch)]
        ids = token_ids(tokenizer, [caption(scene, rng) for scene in scenes])
        return reading_loss(reader, ids, torch.tensor([answers(scene) for scene in scenes]))

    train("text", reader, loss, plan, folder, rank, ranks)


def reading_loss(reader: Reader, ids: Tensor, truth: Tensor) -> Tensor:
    """Cross entropy of all answers, at the end mark and at every place after it."""
    after = (ids == ids[:, -1:]).float()  # the last token is always an end mark
    after /= after.sum(dim=1, keepdim=True)
    loss = torch.zeros(())
    for question, logits in enumerate(reader(ids)):
        target = truth[:, question, None].expand(-1, LENGTH)
        error = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
        loss = loss + (error * after).sum(dim=1).mean()
    return loss


def trained_text(folder: Path) -> tuple[CLIPTokenizer, CLIPTextModel]:
    """Tokenizer and encoder, frozen: the checkpoint's, or the start's if none was trained."""
    start = start_of(folder)
    if start is None or (folder / "text.safetensors").exists():
        tokenizer, reader = trained_reader(folder)
        return tokenizer, reader.encoder
    encoder = CLIPTextModel.from_pretrained(start, subfolder="text_encoder", dtype=torch.float32)
    tokenizer = CLIPTokenizer.from_pretrained(start, subfolder="tokenizer")
    return tokenizer, encoder.eval().requires_grad_(False)


def trained_vocabulary(folder: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The pieces and the pairs to join of `trained_text`'s tokenizer."""
    start = start_of(folder)
    if start is None or (folder / "text.safetensors").exists():
        return new_vocabulary(start)
    return read_vocabulary(start)


def trained_reader(folder: Path) -> tuple[CLIPTokenizer, Reader]:
    """Tokenizer and averaged reader of the checkpoint, frozen."""
    tokenizer, encoder = first_text(folder)
    reader = Reader(encoder)
    load_average(reader, folder, "text")
    return tokenizer, reader.eval().requires_grad_(False)


@torch.no_grad()
def reading_accuracy(tokenizer: CLIPTokenizer, reader: Reader, count: int) -> dict[str, float]:
    """Share of right answers to full captions of held-out scenes, by question.

    What is often not named cannot come near 1.
    """
    right: dict[str, list[bool]] = {question: [] for question in QUESTIONS}
    pairs = held_out_captions(count)
    logits = reader(token_ids(tokenizer, [text for _, text in pairs]))
    for question, (name, answer) in enumerate(zip(QUESTIONS, logits, strict=True)):
        said = answer[:, -1].argmax(dim=-1)
        for (truth, _), stated in zip(pairs, said.tolist(), strict=True):
            right[name].append(stated == answers(truth)[question])
    return {name: float(np.mean(hits)) for name, hits in right.items()}
