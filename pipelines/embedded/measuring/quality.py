"""How good pictures are, by the judge: attributes followed, and the distance to renders."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from .. import few_folder
from ..scenes.captions import held_out_captions
from ..scenes.prompts import PROMPTS
from ..scenes.scene import HELD_OUT, Scene, scene
from ..training.dataset import held_out
from ..training.export import FEW_STEPS, GUIDANCE, STEPS, generate, open_few, open_pipeline
from ..training.vae import decoded, means_of, to_tensor
from .colour_reader import RENDERS, fitted, read
from .judge import (
    HEADS,
    IGNORED,
    answers,
    features,
    frechet,
    judged,
    open_judge,
    truth,
)

Pictures = NDArray[np.uint8]  # [N, H, W, 3]
OTHERS = HELD_OUT + 1_000_000  # renders that stand for "any picture of the kind"


@dataclass(frozen=True)
class Quality:
    """Figures by the name of a set of pictures, the same captions for each."""

    count: int  # captions, none of them trained on
    attributes: dict[str, dict[str, float]]  # set -> attribute -> share of right verdicts
    by_colours: dict[str, dict[str, float]]  # the same by colours alone, see colour_reader.py
    distances: dict[str, float]  # set -> Fréchet distance to other held-out renders


def quality(weights: Path, count: int) -> Quality:
    """Renders, their round trips through the VAE, generated pictures, the few-step sibling's.

    Shuffled captions are the generated pictures again, each beside another's caption: what a model
    that paints as well and does not listen would score. So the distance is taken between pictures
    and captions together, as the Fréchet joint distance is (arXiv:1907.08175).
    """
    pipeline, judge = open_pipeline(weights), open_judge(weights)
    pairs = held_out_captions(count)
    scenes, texts = [asked for asked, _ in pairs], [text for _, text in pairs]
    renders = np.stack(list(held_out(count, 128, 128)))
    sets: dict[str, Pictures] = {
        "renders": renders,
        "through the VAE": round_trips(pipeline, renders),
        "generated": generate(pipeline, texts),
    }
    if few_folder(weights).exists():
        few = open_few(weights)
        sets[f"in {FEW_STEPS} steps"] = generate(few, texts, steps=FEW_STEPS, guidance=1)
    asked = dict.fromkeys(sets, scenes)
    sets["shuffled captions"] = sets["generated"]
    asked["shuffled captions"] = scenes[1:] + scenes[:1]
    others = features(judge, np.stack(list(held_out(count, 128, 128, OTHERS))))
    wide = others.std(axis=0)  # so that pictures and captions weigh alike
    seen = {name: features(judge, pictures) / wide for name, pictures in sets.items()}
    goal = joint(others / wide, [scene(seed) for seed in range(OTHERS, OTHERS + count)])
    reader = fitted(min(RENDERS, 8 * count))
    return Quality(
        count,
        {name: judged(judge, asked[name], pictures) for name, pictures in sets.items()},
        {name: read(reader, asked[name], pictures) for name, pictures in sets.items()},
        {name: frechet(joint(rows, asked[name]), goal) for name, rows in seen.items()},
    )


@dataclass(frozen=True)
class Speed:
    """What one square picture takes, by itself, on this machine."""

    side: int  # pixels
    steps: int
    seconds: float
    passes: float  # the same, as a multiple of the UNet's own time for its steps

    def __str__(self) -> str:
        return (
            f"{self.side} × {self.side} in {self.steps} steps: {self.seconds:.2f} s, "
            f"{self.passes:.2f} times the bare UNet passes"
        )


def speeds(weights: Path, side: int = 256) -> list[Speed]:
    """How fast the weights paint, and the few-step sibling if there is one; medians of three."""
    found = [_speed(open_pipeline(weights), side, STEPS, GUIDANCE)]
    if few_folder(weights).exists():
        found.append(_speed(open_few(weights), side, FEW_STEPS, 1.0))
    return found


def _speed(pipeline: StableDiffusionPipeline, side: int, steps: int, guidance: float) -> Speed:
    prompts: list[str] = [PROMPTS[0]]

    def painted() -> None:
        generate(pipeline, prompts, width=side, height=side, steps=steps, guidance=guidance)

    batch = 2 if guidance > 1 else 1
    latents = torch.zeros(batch, 4, side // 8, side // 8)
    width = pipeline.unet.config["cross_attention_dim"]
    embeds = torch.zeros(batch, pipeline.tokenizer.model_max_length, width)

    @torch.no_grad()
    def passed() -> None:
        for _ in range(steps):
            pipeline.unet(latents, 500, embeds)

    whole, bare = [], []
    for _ in range(4):  # in turns; the first of each warms up
        whole.append(_seconds(painted))
        bare.append(_seconds(passed))
    seconds = statistics.median(whole[1:])
    return Speed(side, steps, seconds, seconds / statistics.median(bare[1:]))


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def joint(seen: NDArray[np.float64], asked: list[Scene]) -> NDArray[np.float64]:
    """Descriptions of pictures [N, FEATURES] beside what was asked for, as ones and zeros."""
    sizes = list(HEADS.values())
    said = np.zeros((len(asked), sum(sizes)))
    starts = np.cumsum([0, *sizes[:-1]])
    for row, wanted in zip(said, asked, strict=True):
        for start, answer in zip(starts, answers(truth(wanted)), strict=True):
            if answer != IGNORED:
                row[start + answer] = 1
    return np.hstack([seen, said])


@torch.no_grad()
def round_trips(pipeline: StableDiffusionPipeline, pictures: Pictures) -> Pictures:
    """Pictures encoded and decoded again."""
    again: list[Pictures] = []
    for start in range(0, len(pictures), 16):
        clean = to_tensor(pictures[start : start + 16])
        back = decoded(pipeline.vae, means_of(pipeline.vae, clean)).clamp(-1, 1)
        again.append(((back + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy())
    return np.concatenate(again)
