"""Trains the embedded model from nothing: `python -m pipelines.embedded.train --stage all`.

Stages: data (renders), vae, text, unet, export (weights as a diffusers folder), card (figures and
pictures in docs/). Every stage goes on from its last checkpoint in the folder, so it may be killed
and started again; a larger budget continues a finished one.
"""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from . import WEIGHTS
from .card import write_card
from .dataset import Shard, write_shards
from .export import export
from .loop import Plan, in_processes
from .text import train_text
from .unet import train_unet, write_latents
from .vae import train_vae

STAGES = ("data", "vae", "text", "unet", "export", "card")
DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is trained on what, and for how long."""

    shards: list[Shard]  # the first one's latents also whiten the autoencoder
    latent_shards: list[Shard]  # the UNet's: a part of the same renders, encoded once
    vae: Plan
    text: Plan
    unet: Plan
    channels: tuple[int, int, int]  # of the UNet
    judged: int  # held-out captions and renders for the card


def full(minutes: float) -> Settings:
    """The shipped model's settings: a quarter of the time for the autoencoder."""
    seconds = 60 * minutes
    shards = [
        Shard(128, 128, 0, 32000),
        Shard(160, 128, 100_000, 4000),
        Shard(128, 160, 200_000, 4000),
        Shard(192, 128, 300_000, 4000),
        Shard(192, 192, 400_000, 3000),
    ]
    counts = (14000, 1500, 1500, 1500, 1000)
    return Settings(
        shards=shards,
        latent_shards=[
            Shard(shard.width, shard.height, shard.first_seed, count)
            for shard, count in zip(shards, counts, strict=True)
        ],
        vae=Plan(seconds=0.25 * seconds, batch=16, rate=1.5e-3, falling=0.4),
        text=Plan(seconds=0.03 * seconds, batch=64, rate=1.5e-3, falling=0.4, ema=0.998),
        unet=Plan(seconds=0.72 * seconds, batch=16, rate=1e-3, falling=0.5, decay=0.003),
        channels=(64, 128, 192),
        judged=200,
    )


def toy() -> Settings:
    """The whole procedure in a minute or two, to prove that it runs; the pictures are mush."""
    shards = [Shard(128, 128, 0, 96), Shard(160, 128, 100_000, 32)]
    return Settings(
        shards=shards,
        latent_shards=shards,
        vae=Plan(seconds=20, samples=256, batch=8, warmup=5),
        text=Plan(seconds=10, samples=512, batch=32, warmup=5),
        unet=Plan(seconds=20, samples=128, batch=8, warmup=5),
        channels=(32, 32, 32),
        judged=4,
    )


def run(
    stage: str, settings: Settings, folder: Path, weights: Path, docs: Path, ranks: int
) -> None:
    """Run one stage, from its last checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    match stage:
        case "data":
            write_shards(settings.shards, folder / "renders", ranks)
        case "vae":
            in_processes(train_vae, ranks, folder, settings.shards, settings.vae)
        case "text":
            in_processes(train_text, ranks, folder, settings.text)
        case "unet":
            in_processes(write_latents, ranks, folder, settings.latent_shards)
            in_processes(
                train_unet, ranks, folder, settings.latent_shards, settings.unet, settings.channels
            )
        case "export":
            export(folder, settings.latent_shards, settings.channels, weights)
        case "card":
            write_card(folder, settings.latent_shards, weights, docs, settings.judged)
        case _:
            raise ValueError(f"a stage is one of {', '.join(STAGES)} or all, got {stage!r}")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="pipelines.embedded.train", description=__doc__)
    parser.add_argument("--stage", choices=[*STAGES, "all"], default="all")
    parser.add_argument("--budget", type=float, default=80.0, help="minutes of training in all")
    parser.add_argument("--toy", action="store_true", help="the whole procedure in a minute or two")
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="for checkpoints")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where to export to")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the card goes")
    parser.add_argument("--processes", type=int, default=2, help="one thread each")
    options = parser.parse_args(arguments)
    if options.budget <= 0 or options.processes < 1:
        parser.error("--budget and --processes must be positive")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(options.processes)
    settings = toy() if options.toy else full(options.budget)
    for stage in STAGES if options.stage == "all" else [options.stage]:
        run(stage, settings, options.folder, options.weights, options.docs, options.processes)


if __name__ == "__main__":
    main()
