"""How good pictures are, by the judge: attributes followed, and the distance to renders."""

from dataclasses import dataclass

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from .captions import held_out_captions
from .dataset import held_out
from .export import generate
from .judge import Judge, features, frechet, judged
from .scenes import HELD_OUT
from .vae import decoded, means_of, to_tensor

Pictures = NDArray[np.uint8]  # [N, H, W, 3]
OTHERS = HELD_OUT + 1_000_000  # renders that stand for "any picture of the kind"


@dataclass(frozen=True)
class Quality:
    """Figures by the name of a set of pictures, the same captions for each."""

    count: int  # captions, none of them trained on
    attributes: dict[str, dict[str, float]]  # set -> attribute -> share of right verdicts
    distances: dict[str, float]  # set -> Fréchet distance to other held-out renders


def quality(
    pipeline: StableDiffusionPipeline, judge: Judge, count: int, quick: Pictures | None = None
) -> Quality:
    """Renders, their round trips through the VAE, generated pictures and, given, a quick model's.

    Shuffled captions are generated pictures too, each judged by another's caption: what a model
    that does not listen would score. Their distance shows what a wrong mixture of scenes costs.
    """
    pairs = held_out_captions(count)
    scenes = [scene for scene, _ in pairs]
    renders = np.stack(list(held_out(count, 128, 128)))
    sets: dict[str, Pictures] = {
        "renders": renders,
        "through the VAE": round_trips(pipeline, renders),
        "generated": generate(pipeline, [text for _, text in pairs]),
    }
    if quick is not None:
        sets["few steps"] = quick
    others = features(judge, np.stack(list(held_out(count, 128, 128, OTHERS))))
    attributes = {name: judged(judge, scenes, pictures) for name, pictures in sets.items()}
    attributes["shuffled captions"] = judged(judge, scenes[1:] + scenes[:1], sets["generated"])
    distances = {
        name: frechet(features(judge, pictures), others) for name, pictures in sets.items()
    }
    return Quality(count, attributes, distances)


@torch.no_grad()
def round_trips(pipeline: StableDiffusionPipeline, pictures: Pictures) -> Pictures:
    """Pictures encoded and decoded again."""
    again: list[Pictures] = []
    for start in range(0, len(pictures), 16):
        clean = to_tensor(pictures[start : start + 16])
        back = decoded(pipeline.vae, means_of(pipeline.vae, clean)).clamp(-1, 1)
        again.append(((back + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy())
    return np.concatenate(again)
