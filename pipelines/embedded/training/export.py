"""From checkpoints to a diffusers folder, and from the folder to pictures."""

import json
import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, LCMScheduler, StableDiffusionPipeline
from numpy.typing import NDArray
from PIL import Image

from ...folder import LOWRANK, NOTES
from ...lowrank import merge
from .. import few_folder
from .dataset import Shard
from .session import START, Done, added, history, noted, start_of
from .text import trained_text, trained_vocabulary
from .unet import new_scheduler, trained_unet
from .vae import trained_vae

PARTS = ("vae", "decoder", "text", "unet", "judge", "few")
STEPS = 20
GUIDANCE = 3.0
FEW_STEPS = 4


def export(
    folder: Path,
    shards: list[Shard],
    channels: tuple[int, int, int],
    weights: Path,
    chosen: Collection[str] = PARTS,
) -> None:
    """Write the averaged weights of the chosen checkpoints as float16, file by file in one go.

    The parts not chosen stay as they were when the sitting began: a better autoencoder need not
    wait for the UNet.
    """
    whole, folder = folder, _only(folder, chosen)
    tokenizer, encoder = trained_text(folder)
    parts: dict[str, Any] = {  # diffusers takes None for the checker, its annotations do not
        "vae": trained_vae(folder, shards),
        "text_encoder": encoder,
        "tokenizer": tokenizer,
        "unet": trained_unet(folder, channels),
        "scheduler": new_scheduler(),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    past = added(history(start_of(folder)), progress_in(folder))  # before it: training may go on
    pipeline = StableDiffusionPipeline(**parts)
    fresh = whole / "exported"
    shutil.rmtree(fresh, ignore_errors=True)
    pipeline.to(dtype=torch.float16).save_pretrained(fresh, safe_serialization=True)
    vocabulary, merges = trained_vocabulary(folder)
    # in CLIP's two files too, for other readers of the folder
    (fresh / "tokenizer" / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (fresh / "tokenizer" / "merges.txt").write_text("\n".join(lines) + "\n")
    notes = {"guidance_scale": GUIDANCE, **noted(past)}
    (fresh / NOTES).write_text(json.dumps(notes, indent=1) + "\n")
    for path in sorted(fresh.rglob("*")):
        target = weights / path.relative_to(fresh)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            part = target.with_name(f".{target.name}.part")
            part.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, part)
            os.replace(part, target)


def _only(folder: Path, chosen: Collection[str]) -> Path:
    """A folder of links to what the sitting began from and to the chosen parts' checkpoints."""
    links = folder / "chosen"
    shutil.rmtree(links, ignore_errors=True)
    links.mkdir()
    files = [f"{part}{ending}" for part in chosen for ending in (".json", ".safetensors")]
    for name in (START, "renders", *files):
        if (folder / name).exists():
            (links / name).symlink_to((folder / name).resolve())
    return links


def progress_in(folder: Path) -> dict[str, Done]:
    """How far each part has come in this sitting."""
    done: dict[str, Done] = {}
    for part in PARTS:
        path = folder / f"{part}.json"
        if path.exists():
            progress = json.loads(path.read_text())
            done[part] = Done(progress["samples"], progress["step"], progress["seconds"])
    return done


def open_pipeline(weights: Path) -> StableDiffusionPipeline:
    """The exported model in float32 with the second-order multistep sampler, quiet."""
    pipeline = StableDiffusionPipeline.from_pretrained(
        weights, torch_dtype=torch.float32, local_files_only=True
    )
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def open_few(weights: Path) -> StableDiffusionPipeline:
    """The few-step sibling of exported weights: four steps of LCM, no guidance."""
    pipeline = open_pipeline(weights)
    merge(pipeline.unet, few_folder(weights) / LOWRANK)
    pipeline.scheduler = LCMScheduler.from_config(pipeline.scheduler.config)
    return pipeline


def generate(
    pipeline: StableDiffusionPipeline,
    prompts: list[str],
    *,
    width: int = 128,
    height: int = 128,
    steps: int = STEPS,
    guidance: float = GUIDANCE,
) -> NDArray[np.uint8]:
    """One picture [N, H, W, 3] for each prompt; the seed of each is its place in the list."""
    pictures: list[NDArray[np.uint8]] = []
    for start in range(0, len(prompts), 8):
        some = prompts[start : start + 8]
        generators = [torch.Generator().manual_seed(start + index) for index in range(len(some))]
        result = pipeline(
            some,
            width=width,
            height=height,
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=generators,
            return_dict=False,
        )
        pictures += [np.asarray(picture.convert("RGB")) for picture in result[0]]
    return np.stack(pictures)


def contact_sheet(pictures: NDArray[np.uint8], columns: int) -> Image.Image:
    """Pictures [N, H, W, 3] side by side on a white sheet, row by row."""
    count, height, width, _ = pictures.shape
    gap = 4  # pixels
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), "white")
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        place = (gap + column * (width + gap), gap + row * (height + gap))
        sheet.paste(Image.fromarray(picture), place)
    return sheet
