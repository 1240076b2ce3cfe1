"""Trains the embedded model: `python -m pipelines.embedded.train --budget MINUTES`.

Stages: data (renders), vae, text, unet, decoder, judge, export (weights as a diffusers folder), few
(the sibling for few steps), card (figures and pictures in docs/). Training begins from the weights
that are shipped, or `--from-nothing`. Every stage goes on from its last checkpoint in the folder,
so it may be killed and started again; a larger budget continues a finished one.
"""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from . import WEIGHTS
from .measuring.card import write_card
from .measuring.judge import train_judge, write_judge
from .training.dataset import Shard, write_shards
from .training.export import PARTS, export
from .training.few import train_few, write_few
from .training.loop import Plan, in_processes
from .training.samples import write_latents
from .training.session import begin, first_seed
from .training.text import train_text
from .training.unet import train_unet
from .training.vae import train_decoder, train_vae

STAGES = ("data", "vae", "text", "unet", "decoder", "judge", "export", "few", "card")
DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is trained on what, and for how long."""

    shards: list[Shard]  # all renders; the first one's latents also whiten the autoencoder
    latent_shards: list[Shard]  # the UNet's: a part of the same renders, encoded once
    vae: Plan
    text: Plan
    unet: Plan
    decoder: Plan
    judge: Plan
    few: Plan
    channels: tuple[int, int, int]  # of a UNet made from nothing
    judged: int  # held-out captions and renders for the card
    timed: int  # pixels; side of the picture whose seconds the card states


def full(minutes: float, seed: int) -> Settings:
    """The shipped model's settings. Scenes are those from `seed` on."""
    seconds = 60 * minutes
    shards = [
        Shard(128, 128, seed, 20000),
        Shard(160, 128, seed + 100_000, 2000),
        Shard(128, 160, seed + 150_000, 1000),
        Shard(192, 128, seed + 200_000, 1500),
        Shard(192, 192, seed + 250_000, 1500),
        Shard(256, 256, seed + 300_000, 1500),
        Shard(128, 128, seed + 350_000, 5000, crowded=True),
        Shard(192, 192, seed + 375_000, 600, crowded=True),
    ]
    counts = (20000, 1500, 1000, 1000, 800, 600, 5000, 600)
    return Settings(
        shards=shards,
        latent_shards=[
            replace(shard, count=count) for shard, count in zip(shards, counts, strict=True)
        ],
        vae=Plan(seconds=0.12 * seconds, batch=16, rate=6e-4, falling=0.3),
        text=Plan(seconds=0.05 * seconds, batch=64, rate=1.5e-3, falling=0.4, ema=0.998),
        unet=Plan(seconds=0.7 * seconds, batch=12, rate=5e-4, falling=0.4, ema=0.998, decay=0.003),
        decoder=Plan(seconds=0.05 * seconds, batch=16, rate=5e-4, falling=0.3),
        judge=Plan(seconds=0.08 * seconds, batch=32, rate=2e-3, falling=0.3, ema=0.998),
        few=Plan(seconds=0.3 * seconds, batch=8, rate=1e-3, falling=0.4, ema=0.995, decay=0),
        channels=(64, 128, 192),
        judged=500,
        timed=256,
    )


def toy(seed: int) -> Settings:
    """The whole procedure in a minute or two, to prove that it runs; the pictures are mush."""
    shards = [
        Shard(128, 128, seed, 48),
        Shard(160, 128, seed + 100_000, 16),
        Shard(128, 128, seed + 350_000, 16, crowded=True),
    ]
    return Settings(
        shards=shards,
        latent_shards=shards,
        vae=Plan(seconds=20, samples=16, batch=8, warmup=5),
        text=Plan(seconds=10, samples=256, batch=32, warmup=5),
        unet=Plan(seconds=20, samples=24, batch=8, warmup=5),
        decoder=Plan(seconds=10, samples=16, batch=8, warmup=5),
        judge=Plan(seconds=10, samples=96, batch=16, warmup=5),
        few=Plan(seconds=20, samples=16, batch=4, warmup=5),
        channels=(32, 32, 32),
        judged=4,
        timed=64,
    )


def run(
    stage: str,
    settings: Settings,
    folder: Path,
    weights: Path,
    docs: Path,
    ranks: int,
    chosen: Sequence[str] = PARTS,
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
        case "decoder":
            in_processes(train_decoder, ranks, folder, settings.shards, settings.decoder)
        case "judge":
            in_processes(train_judge, ranks, folder, settings.shards, settings.judge)
            write_judge(folder, weights)
        case "export":
            export(folder, settings.latent_shards, settings.channels, weights, chosen)
        case "few":
            in_processes(
                train_few, ranks, folder, settings.latent_shards, settings.few, settings.channels
            )
            write_few(folder, settings.channels, weights)
        case "card":
            write_card(
                folder, settings.latent_shards, weights, docs, settings.judged, settings.timed
            )
        case _:
            raise ValueError(f"a stage is one of {', '.join(STAGES)} or all, got {stage!r}")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="pipelines.embedded.train", description=__doc__)
    parser.add_argument("--stage", choices=[*STAGES, "all"], default="all")
    parser.add_argument("--budget", type=float, default=80.0, help="minutes of training in all")
    parser.add_argument("--toy", action="store_true", help="the whole procedure in a minute or two")
    parser.add_argument("--folder", type=Path, default=Path(".training"), help="for checkpoints")
    parser.add_argument("--start", type=Path, default=WEIGHTS, help="the weights to begin from")
    parser.add_argument("--from-nothing", action="store_true", help="begin without any weights")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where to export to")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the card goes")
    parser.add_argument("--processes", type=int, default=2, help="one thread each")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="what to export; all by default"
    )
    options = parser.parse_args(arguments)
    if options.budget <= 0 or options.processes < 1:
        parser.error("--budget and --processes must be positive")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(options.processes)
    begin(options.folder, None if options.from_nothing else options.start)
    seed = first_seed(options.folder)
    settings = toy(seed) if options.toy else full(options.budget, seed)
    for stage in STAGES if options.stage == "all" else [options.stage]:
        run(
            *(stage, settings, options.folder, options.weights, options.docs),
            *(options.processes, options.parts),
        )


if __name__ == "__main__":
    main()
