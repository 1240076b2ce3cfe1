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

from .captions import caption, held_out_captions
from .loop import Plan, load_average, train
from .scenes import GROUNDS, HELD_OUT, SIDES, SKIES, THINGS, Scene, scene
from .tokens import END, LENGTH, START, new_tokenizer

WIDTH = 128  # of the embeddings; the UNet's cross_attention_dim

QUESTIONS: dict[str, int] = {  # what is asked of a caption -> number of possible answers
    "sky": len(SKIES),
    "ground": len(GROUNDS),
    **{kind: 1 + len(SIDES) for kind in THINGS},  # absent, or on which side
    "light": 1 + len(SIDES),
    "hills": 2,
    "clouds": 2,
}


def answers(scene: Scene) -> list[int]:
    """The answers to QUESTIONS that are true of a scene."""
    sides = {thing.kind: 1 + SIDES.index(thing.side) for thing in scene.things}
    return [
        SKIES.index(scene.sky),
        GROUNDS.index(scene.ground),
        *(sides.get(kind, 0) for kind in THINGS),
        1 + SIDES.index(scene.light) if scene.light else 0,
        int(scene.hills),
        int(scene.clouds),
    ]


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


class Reader(nn.Module):
    """The encoder with one linear layer that states the answers to all questions."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.encoder = new_text_encoder(tokenizer)
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
    tokenizer = new_tokenizer()
    reader = Reader(tokenizer)

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


def trained_text(folder: Path) -> tuple[CLIPTokenizer, CLIPTextModel, Reader]:
    """Tokenizer, averaged encoder and its reader, frozen."""
    tokenizer = new_tokenizer()
    reader = Reader(tokenizer)
    load_average(reader, folder, "text")
    reader.eval().requires_grad_(False)
    return tokenizer, reader.encoder, reader


@torch.no_grad()
def reading_accuracy(tokenizer: CLIPTokenizer, reader: Reader, count: int) -> dict[str, float]:
    """Share of right answers to full captions of held-out scenes, by question.

    Light, hills and clouds are often not named, so theirs cannot come near 1.
    """
    right: dict[str, list[bool]] = {question: [] for question in QUESTIONS}
    pairs = held_out_captions(count)
    logits = reader(token_ids(tokenizer, [text for _, text in pairs]))
    for question, (name, answer) in enumerate(zip(QUESTIONS, logits, strict=True)):
        said = answer[:, -1].argmax(dim=-1)
        for (truth, _), stated in zip(pairs, said.tolist(), strict=True):
            right[name].append(stated == answers(truth)[question])
    return {name: float(np.mean(hits)) for name, hits in right.items()}
