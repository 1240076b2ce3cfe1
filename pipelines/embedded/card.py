"""The model card: every figure measured here and now, and the contact sheet beside it."""

import json
import platform
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from .captions import PROMPTS, held_out_captions
from .dataset import Shard, held_out
from .export import EXPORTED, GUIDANCE, STEPS, contact_sheet, generate, open_pipeline
from .judge import judge, scores
from .scenes import GROUNDS, HELD_OUT, SKIES, THINGS, Scene
from .text import reading_accuracy, trained_text
from .vae import decoded, means_of, psnr, to_tensor

SHEET = "embedded-contact-sheet.png"


def write_card(folder: Path, shards: list[Shard], weights: Path, docs: Path, judged: int) -> None:
    """Measure the exported weights and write docs/model-card.md and the contact sheet."""
    pipeline = open_pipeline(weights)
    pairs = held_out_captions(judged)
    scenes = [scene for scene, _ in pairs]
    renders = np.stack(list(held_out(judged, 128, 128)))
    tables = {"renders": judged_scores(scenes, renders)}
    tables["through the VAE"] = judged_scores(scenes, round_trips(pipeline, renders))
    start = time.monotonic()
    pictures = generate(pipeline, [text for _, text in pairs])
    seconds = (time.monotonic() - start) / judged
    tables["generated"] = judged_scores(scenes, pictures)
    sheet = contact_sheet(generate(pipeline, list(PROMPTS)), columns=6)
    docs.mkdir(parents=True, exist_ok=True)
    sheet.save(docs / SHEET, optimize=True)
    tokenizer, _, reader = trained_text(folder)
    reading = reading_accuracy(tokenizer, reader, 1000)
    (docs / "model-card.md").write_text(
        "\n".join(
            [
                *_opening(judged),
                *_parts(folder, weights, pipeline),
                *_data(shards),
                *_figures(tables, reading, psnr(pipeline.vae, renders), seconds, judged),
                *_limits(tables["generated"]),
                *_again(),
            ]
        )
        + "\n"
    )


def judged_scores(scenes: list[Scene], pictures: NDArray[np.uint8]) -> dict[str, float]:
    """What the judge says of pictures [N, H, W, 3] of these scenes."""
    verdicts = [judge(picture) for picture in pictures]
    return scores(list(zip(scenes, verdicts, strict=True)))


@torch.no_grad()
def round_trips(
    pipeline: StableDiffusionPipeline, pictures: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Pictures [N, H, W, 3] encoded and decoded again."""
    again: list[NDArray[np.uint8]] = []
    for start in range(0, len(pictures), 16):
        clean = to_tensor(pictures[start : start + 16])
        back = decoded(pipeline.vae, means_of(pipeline.vae, clean)).clamp(-1, 1)
        again.append(((back + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy())
    return np.concatenate(again)


def _opening(judged: int) -> list[str]:
    return [
        "# Model card: the embedded model",
        "",
        "A small text-to-image model of Stable Diffusion's architecture, made for this project and",
        "shipped with it. It was trained from nothing, only on small landscapes that",
        "`pipelines/embedded/renderer.py` paints; no photograph, no outside picture, no outside",
        "weights. This page is written by `python -m pipelines.embedded.train --stage card`.",
        "",
        f"![24 prompts]({SHEET})",
        "",
        "The prompts, row by row: " + "; ".join(f"*{prompt}*" for prompt in PROMPTS) + ".",
        "",
        "It knows "
        + ", ".join(SKIES)
        + " skies; "
        + ", ".join(GROUNDS)
        + " on the ground; a "
        + ", a ".join(THINGS)
        + ", one or two of them, left, centre or right; the sun or the moon,",
        "hills and clouds.",
        "",
    ]


def _parts(folder: Path, weights: Path, pipeline: StableDiffusionPipeline) -> list[str]:
    rows = ["## Parts", "", "| part | parameters | samples | steps | minutes of training |"]
    rows.append("|---|---|---|---|---|")
    parts = {
        "vae": ("AutoencoderKL, f = 8, 4 channels", pipeline.vae),
        "text": ("CLIPTextModel", pipeline.text_encoder),
        "unet": ("UNet2DConditionModel, v-prediction", pipeline.unet),
    }
    exported = json.loads((folder / EXPORTED).read_text())
    for name, (title, model) in parts.items():
        progress = exported[name]
        millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
        rows.append(
            f"| {title} | {millions:.2f} M | {progress['samples']:,} | {progress['step']:,} "
            f"| {progress['seconds'] / 60:.0f} |"
        )
    size = sum(path.stat().st_size for path in weights.rglob("*") if path.is_file()) / 1e6
    rows += [
        "",
        f"All files together: {size:.1f} MB (float16). Device: CPU ({platform.machine()}), two",
        "processes of one thread each, shared with other work; the minutes are wall time.",
        "Samples of the autoencoder are pieces of 64 by 64 pixels, of the UNet whole pictures, of",
        "the text encoder captions.",
        "",
    ]
    return rows


def _data(shards: list[Shard]) -> list[str]:
    rows = ["## Data", "", "| size | renders | scene seeds |", "|---|---|---|"]
    rows += [
        f"| {shard.width} × {shard.height} | {shard.count} | {shard.seeds.start} to "
        f"{shard.seeds.stop - 1} |"
        for shard in shards
    ]
    return [
        *rows,
        "",
        "The UNet saw these; captions were drawn anew each time, and a tenth was left out.",
        f"Held-out scenes are those from seed {HELD_OUT} on.",
        "",
    ]


def _figures(
    tables: dict[str, dict[str, float]],
    reading: dict[str, float],
    decibels: float,
    seconds: float,
    judged: int,
) -> list[str]:
    rows = [
        "## Figures",
        "",
        f"Over {judged} held-out scenes and their captions, at 128 × 128, {STEPS} steps of",
        f"DPM-Solver++ 2M, guidance {GUIDANCE:g}. The judge (`pipelines/embedded/judge.py`) goes",
        "by plain colours and was fitted to renders only: the first column is its own accuracy.",
        "",
        "| attribute | " + " | ".join(tables) + " |",
        "|---|" + "---|" * len(tables),
    ]
    rows += [
        f"| {name} | " + " | ".join(f"{table[name]:.3f}" for table in tables.values()) + " |"
        for name in tables["renders"]
    ]
    return [
        *rows,
        "",
        f"- Autoencoder: {decibels:.1f} dB on held-out renders at 128 × 128.",
        "- Text encoder, read by its own linear layer from full captions: "
        + ", ".join(f"{name} {share:.3f}" for name, share in reading.items())
        + " (the last three are often not named in a caption).",
        f"- A picture took {seconds:.2f} s, in batches of eight, on the machine named above.",
        "",
    ]


def _limits(generated: dict[str, float]) -> list[str]:
    weak = [f"{name} ({share:.2f})" for name, share in generated.items() if share < 0.9]
    return [
        "## Limits",
        "",
        "- Attributes below .9: " + (", ".join(weak) if weak else "none") + ".",
        "- It knows one house, one kind of tree and one kind of boat; colours named in a prompt",
        "  are not followed, words it was not taught are not understood.",
        "- It was trained between 128 and 192 pixels; larger canvases were not measured.",
        "- Detail finer than a few pixels (stars, window bars, blades of grass) is blurred.",
        "",
    ]


def _again() -> list[str]:
    return [
        "## Make it again",
        "",
        "`python -m pipelines.embedded.train` runs every stage; `--budget` is in minutes, a larger",
        "one continues from the checkpoints of a finished run. `--toy` proves in a minute or two",
        "that everything runs.",
    ]
