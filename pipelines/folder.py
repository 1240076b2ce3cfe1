"""Reading a diffusers folder: checked part by part, safetensors only, nothing from the network.

Each part is loaded by the class it must be, never by a class that the folder names: a folder
cannot make this program import anything.

What diffusers' files cannot say may stand in the folder's `pentimento.json`: {"guidance_scale":
3.0}; with "base": NAME too, the folder is its neighbour NAME with `lowrank.safetensors` merged into
the UNet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors import SafetensorError
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from .lowrank import merge
from .pixels import CELL
from .weighing import weighed

Family = Literal["sd", "sdxl"]
FAMILIES: dict[str, Family] = {
    "StableDiffusionPipeline": "sd",
    "StableDiffusionXLPipeline": "sdxl",
}
PREDICTIONS = ("epsilon", "v_prediction")
NOTES = "pentimento.json"  # optional, {"guidance_scale": 3.0}: what diffusers' files cannot say
LOWRANK = "lowrank.safetensors"  # optional: a change of the UNet, see lowrank.py


@dataclass(frozen=True, eq=False)
class Parts:
    """A loaded folder."""

    family: Family
    pipeline: Any  # Any: diffusers' pipeline classes, typed in part only
    scheduler_config: dict[str, Any]  # Any: scheduler_config.json
    guidance_scale: float | None  # what the folder's own NOTES recommend; None: it has none
    tiny: AutoencoderTiny | None


def load_parts(folder: Path, device: str, dtype: torch.dtype, tiny: Path) -> Parts:
    """Everything in the folder, on its device. The VAE stays float32: SDXL's overflows in half."""
    index = _read_json(folder / "model_index.json", f"{folder} is no diffusers folder")
    family = FAMILIES.get(str(index.get("_class_name")))
    if family is None:
        raise ValueError(
            f"{folder} holds a {index.get('_class_name')}; supported are {' and '.join(FAMILIES)}"
        )
    weights = base_of(folder)
    config = _read_json(
        weights / "scheduler" / "scheduler_config.json", f"{weights} says nothing of its training"
    )
    if (prediction := config.get("prediction_type", "epsilon")) not in PREDICTIONS:
        raise ValueError(f"{folder} predicts {prediction!r}; supported are {PREDICTIONS}")
    _within(weights, "num_train_timesteps", config.get("num_train_timesteps", 1000), 100_000)
    pipeline = _pipeline(weights, family, index, dtype)
    _within(weights, "sample_size", pipeline.unet.config.sample_size, 1024)
    if (folder / LOWRANK).exists():
        merge(pipeline.unet, folder / LOWRANK)
    check_shapes(folder, pipeline.unet.config, pipeline.vae.config)
    for part in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if (module := getattr(pipeline, part, None)) is not None:
            module.to(device).eval().requires_grad_(False)
    tiny_vae = _diffusers_part(AutoencoderTiny, tiny, torch.float32) if tiny.is_dir() else None
    if tiny_vae is not None:
        tiny_vae.to(device).eval().requires_grad_(False)
    return Parts(family, pipeline, config, _guidance_scale(folder / NOTES), tiny_vae)


def weights_hash(folder: Path) -> str:
    """sha256 over the contents of the folder's weight files, in the order of their paths."""
    digest = hashlib.sha256()
    for path in [*sorted(base_of(folder).glob("*/*.safetensors")), *folder.glob(LOWRANK)]:
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return digest.hexdigest()


def base_of(folder: Path) -> Path:
    """The folder with the parts: the neighbour that NOTES call the base, else the folder itself."""
    notes = folder / NOTES
    base = _read_json(notes, f"{notes} is damaged").get("base") if notes.exists() else None
    if base is None:
        return folder
    if not isinstance(base, str) or Path(base).name != base or base in ("", ".", ".."):
        raise ValueError(f"{notes}: base must be the name of a folder beside it, got {base!r}")
    return folder.parent / base


def _pipeline(folder: Path, family: Family, index: dict[str, Any], dtype: torch.dtype) -> Any:
    parts: dict[str, Any] = {  # Any, here and above: see Parts
        "unet": _diffusers_part(UNet2DConditionModel, folder / "unet", dtype),
        "vae": _diffusers_part(AutoencoderKL, folder / "vae", torch.float32),
        "text_encoder": _text_encoder(CLIPTextModel, folder / "text_encoder", dtype),
        "tokenizer": _tokenizer(folder / "tokenizer"),
        # encode_prompt never asks for it; schedules are made in schedule.py
        "scheduler": DDIMScheduler(clip_sample=False, steps_offset=1),
    }
    if family == "sd":
        absent: dict[str, Any] = {"safety_checker": None, "feature_extractor": None}
        return StableDiffusionPipeline(**parts, **absent, requires_safety_checker=False)
    second = folder / "text_encoder_2"
    return StableDiffusionXLPipeline(
        **parts,
        text_encoder_2=_text_encoder(CLIPTextModelWithProjection, second, dtype),
        tokenizer_2=_tokenizer(folder / "tokenizer_2"),
        force_zeros_for_empty_prompt=bool(index.get("force_zeros_for_empty_prompt", True)),
        add_watermarker=False,
    )


def check_shapes(folder: Path | str, unet: Any, vae: Any) -> None:  # Any: diffusers' configurations
    """Refuse a UNet and a VAE that cannot work together here."""
    if unet.in_channels != vae.latent_channels:
        raise ValueError(
            f"{folder}: the UNet takes {unet.in_channels} channels, the VAE has "
            f"{vae.latent_channels}; inpainting and depth models are not supported"
        )
    reduction = 2 ** (len(vae.block_out_channels) - 1)
    if reduction != CELL:
        raise ValueError(f"{folder}: the VAE reduces by {reduction}; supported is {CELL}")
    if vae.latents_mean is not None:
        raise ValueError(f"{folder}: a VAE with latents_mean is not supported")


def _diffusers_part(kind: Any, folder: Path, dtype: torch.dtype) -> Any:  # Any: untyped classes
    options = {"torch_dtype": dtype, "variant": _variant(folder), "low_cpu_mem_usage": False}
    return _loaded(kind, folder, weighed, use_safetensors=True, **options)


def _text_encoder(kind: Any, folder: Path, dtype: torch.dtype) -> Any:  # Any: untyped classes
    options = {"dtype": dtype, "variant": _variant(folder)}
    encoder = _loaded(kind, folder, weighed, use_safetensors=True, **options)
    if not hasattr(encoder, "text_model"):  # in transformers 5; diffusers asks it for its last norm
        object.__setattr__(encoder, "text_model", encoder)  # no part of itself
    return encoder


def _tokenizer(folder: Path) -> CLIPTokenizer:
    return _loaded(CLIPTokenizer, folder, lambda *_: None)


def _loaded(
    kind: Any, folder: Path, check: Callable[[Any, Path], None], **options: Any
) -> Any:  # Any: untyped classes
    try:
        check(kind, folder)
        return kind.from_pretrained(folder, local_files_only=True, **options)
    except (  # whatever the libraries meet in what somebody else wrote
        *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError),
        *(RuntimeError, ArithmeticError, AssertionError, SafetensorError),
    ) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{folder} cannot be read as a {kind.__name__}: {reason}") from error


def _variant(folder: Path) -> str | None:
    """fp16 where a folder has those files alone, as many SDXL downloads do."""
    names = [path.name for path in folder.glob("*.safetensors")]
    if not names:
        raise ValueError(f"{folder} has no .safetensors file; other weight formats are not read")
    return "fp16" if all(".fp16." in name for name in names) else None


def _within(folder: Path, field: str, value: Any, most: int) -> None:  # Any: JSON
    if not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{folder}: {field} must be in 1..{most}, got {value!r}")


def _guidance_scale(notes: Path) -> float | None:
    if not notes.exists():
        return None
    scale = _read_json(notes, f"{notes} is damaged").get("guidance_scale")
    if not isinstance(scale, int | float) or not 0 <= scale <= 100:
        raise ValueError(f"{notes}: guidance_scale must be in 0..100, got {scale!r}")
    return float(scale)


def _read_json(path: Path, otherwise: str) -> dict[str, Any]:  # Any: JSON
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{otherwise}: {path.name} cannot be read ({error})") from None
    if not isinstance(content, dict):
        raise ValueError(f"{otherwise}: {path.name} must hold a JSON object")
    return content  # pyright: ignore[reportUnknownVariableType] # JSON
