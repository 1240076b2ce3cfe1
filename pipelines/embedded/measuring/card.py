"""The model card: every figure measured here and now, and the contact sheet beside it."""

import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from diffusers import StableDiffusionPipeline

from ..scenes.prompts import PROMPTS
from ..scenes.scene import BACKDROPS, GROUNDS, HELD_OUT, SKIES, STYLES, THINGS
from ..training.dataset import Shard, held_out
from ..training.export import GUIDANCE, STEPS, contact_sheet, generate, open_pipeline
from ..training.samples import PIECES, REGIONS
from ..training.session import SEEDS, History, history
from ..training.text import reading_accuracy, trained_reader
from ..training.vae import psnr
from .judge import open_judge
from .quality import Quality, Speed, quality, speeds

SHEET = "embedded-contact-sheet.png"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The card's figures."""

    quality: Quality
    decibels: dict[int, float]  # side of the picture -> of the autoencoder
    reading: dict[str, float]  # question -> share of right answers; empty: not trained here
    speeds: list[Speed]


def write_card(
    folder: Path, shards: list[Shard], weights: Path, docs: Path, judged: int, timed: int
) -> None:
    """Measure the exported weights and write docs/model-card.md and the contact sheet."""
    pipeline = open_pipeline(weights)
    docs.mkdir(parents=True, exist_ok=True)
    pictures = generate(pipeline, list(PROMPTS))
    contact_sheet(pictures, columns=8).save(docs / SHEET, optimize=True)
    measured = Measured(
        quality=quality(weights, judged),
        decibels={
            side: psnr(pipeline.vae, np.stack(list(held_out(count, side, side))))
            for side, count in ((128, judged), (256, max(1, judged // 4)))
        },
        reading=_reading(folder),
        speeds=speeds(weights, timed),
    )
    sections = [
        *_opening(),
        *_parts(history(weights), weights, pipeline),
        *_data(shards),
        *_figures(measured),
        *_limits(measured.quality.attributes["generated"]),
        *_again(),
    ]
    (docs / "model-card.md").write_text("\n".join(sections) + "\n")


def _reading(folder: Path) -> dict[str, float]:
    if not (folder / "text.safetensors").exists():
        return {}
    tokenizer, reader = trained_reader(folder)
    return reading_accuracy(tokenizer, reader, 1000)


def _opening() -> list[str]:
    return [
        "# Model card: the embedded model",
        "",
        "A small text-to-image model of Stable Diffusion's architecture, made for this project and",
        "shipped with it. It was trained from nothing, only on small landscapes that",
        "`pipelines/embedded/scenes/renderer.py` paints; no photograph, no outside picture, no",
        "outside weights. This page is written by",
        "`python -m pipelines.embedded.train --stage card`.",
        "",
        f"![{len(PROMPTS)} prompts]({SHEET})",
        "",
        "The prompts, row by row: " + "; ".join(f"*{prompt}*" for prompt in PROMPTS) + ".",
        "",
        f"It was shown: skies ({', '.join(SKIES)}); grounds ({', '.join(GROUNDS)}); behind them "
        f"{', '.join(BACKDROPS[1:])};",
        f"things ({', '.join(THINGS)}), up to two, left, centre or right, small or large,",
        "near or far, some in colours; sun, moon, stars, clouds, flowers, a fence, a path; as",
        f"{', '.join(STYLES)}.",
        "",
    ]


def _parts(past: History, weights: Path, pipeline: StableDiffusionPipeline) -> list[str]:
    sizes = {
        "vae": ("AutoencoderKL, f = 8, 4 channels", pipeline.vae),
        "decoder": ("its decoder, alone", None),
        "text": ("CLIPTextModel", pipeline.text_encoder),
        "unet": ("UNet2DConditionModel, v-prediction", pipeline.unet),
        "judge": ("the judge", open_judge(weights)),
        "few": ("few-step LoRA", None),
    }
    rows = ["## Parts", "", "| part | parameters | samples | steps | minutes of training |"]
    rows.append("|---|---|---|---|---|")
    for name, (title, model) in sizes.items():
        if (done := past.parts.get(name)) is None:
            continue
        millions = sum(p.numel() for p in model.parameters()) / 1e6 if model else None
        rows.append(
            f"| {title} | {f'{millions:.2f} M' if millions else ''} | {done.samples:,} "
            f"| {done.steps:,} | {done.seconds / 60:.0f} |"
        )
    size = sum(path.stat().st_size for path in weights.rglob("*") if path.is_file()) / 1e6
    return [
        *rows,
        "",
        f"Sums over {past.sittings} sittings. All files together: {size:.1f} MB (float16).",
        f"Device: CPU ({platform.machine()}), two processes of one thread each, shared with other",
        "work; the minutes are wall time. Samples of the autoencoder are pieces of 64 by 64",
        "pixels, of the UNet and the judge whole pictures, of the text encoder captions.",
        "",
    ]


def _data(shards: list[Shard]) -> list[str]:
    rows = ["## Data of the last sitting", "", "| size | renders | scene seeds |", "|---|---|---|"]
    rows += [
        f"| {shard.width} × {shard.height}{', crowded' if shard.crowded else ''} | {shard.count} "
        f"| {shard.seeds.start} to {shard.seeds.stop - 1} |"
        for shard in shards
    ]
    return [
        *rows,
        "",
        "The UNet saw these; captions were drawn anew each time, and a tenth was left out.",
        f"Crowded scenes have a thing on every side. They and {REGIONS:.0%} of the others were",
        "told in regions, heard through the attention that the program paints regions with;",
        f"{PIECES:.0%} of the batches were pieces around one thing, half of them before white",
        "where white can be seen through the noise (`training/samples.py`).",
        f"Sitting number n paints the scenes from seed {SEEDS:,} · (n - 1) on. Held-out scenes are",
        f"those from seed {HELD_OUT:,} on.",
        "",
    ]


def _figures(measured: Measured) -> list[str]:
    tables, count = measured.quality.attributes, measured.quality.count
    rows = [
        "## Figures",
        "",
        f"Over {count} held-out scenes and their captions, at 128 × 128, {STEPS} steps of",
        f"DPM-Solver++ 2M, guidance {GUIDANCE:g}. The judge",
        "(`pipelines/embedded/measuring/judge.py`) is a small network that saw renders only: the",
        "first column is its own accuracy. The last column reads the generated pictures by",
        "another's caption: what not listening would score.",
        "",
        *_table(tables),
        "",
        "By colours alone: how often each occurs where, read by one linear map that was fitted to",
        "renders in closed form (`pipelines/embedded/measuring/colour_reader.py`). It is no",
        "network, and sees less:",
        "",
        *_table(measured.quality.by_colours),
        "",
        "Fréchet distance of pictures with their captions to other held-out renders with theirs,",
        "in the judge's feature space: "
        + ", ".join(f"{name} {value:.2f}" for name, value in measured.quality.distances.items())
        + ".",
        "",
        "- Autoencoder: "
        + ", ".join(
            f"{value:.1f} dB at {side} × {side}" for side, value in measured.decibels.items()
        )
        + ", on held-out renders.",
        *(f"- {speed}." for speed in measured.speeds),
    ]
    if measured.reading:
        rows.append(
            "- Text encoder, read by its own linear layer from full captions: "
            + ", ".join(f"{name} {share:.3f}" for name, share in measured.reading.items())
            + " (what is often not named in a caption cannot come near 1)."
        )
    return [*rows, ""]


def _table(tables: dict[str, dict[str, float]]) -> list[str]:
    """A column for each set of pictures, a row for each attribute that the renders have."""
    return [
        "| attribute | " + " | ".join(tables) + " |",
        "|---|" + "---|" * len(tables),
        *(
            f"| {name} | "
            + " | ".join(f"{table.get(name, float('nan')):.3f}" for table in tables.values())
            + " |"
            for name in tables["renders"]
        ),
    ]


def _limits(generated: dict[str, float]) -> list[str]:
    weak = [f"{name} ({share:.2f})" for name, share in generated.items() if share < 0.9]
    return [
        "## Limits",
        "",
        "- Attributes below .9: " + (", ".join(weak) if weak else "none") + ".",
        "- Words it was not taught are not understood; there are at most two large things.",
        "- It was trained between 128 and 256 pixels; larger canvases were not measured.",
        "- Detail finer than a few pixels (stars, window bars, blades of grass) is blurred.",
        "",
    ]


def _again() -> list[str]:
    """Also what to do first when the machine has nothing but the repository."""
    return [
        "## Make it again",
        "",
        "`python -m pipelines.embedded.train --budget MINUTES` runs every stage (data, vae, text,",
        "unet, decoder, judge, export, few, card) and begins from the weights that are shipped:",
        "nothing else need be left of the sitting before. `--stage NAME` runs one. A stage that",
        "was stopped goes on from its checkpoint in `.training/`; a larger budget continues a",
        "finished one; `--from-nothing` begins without weights; `--toy` proves in a minute that",
        "all runs.",
        "",
        "- The minutes are wall time: on a busy machine give more of them. One core does about 15",
        "  pictures of 128 × 128 a second in the UNet, 30 where it has instructions for bfloat16;",
        "  30 pieces in the autoencoder, 200 captions.",
        "- Each sitting paints scenes that none before it has seen. What the UNet knew of the",
        "  older text encoder is folded into its cross-attention before it goes on",
        "  (`training/realignment.py`).",
        "- The autoencoder's latents are held to what the UNet knows. Once the UNet knows the",
        "  present scenes too, a better one may be shipped alone: `--stage export --parts vae`.",
        "- After the UNet: `--stage export`, then `--stage few`, then `--stage card`; look at the",
        "  sheet before shipping.",
    ]
