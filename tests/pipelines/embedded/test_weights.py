"""The shipped weights load with diffusers' own classes and paint what is asked for."""

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextModel, CLIPTokenizer

from pipelines.embedded import WEIGHTS
from pipelines.embedded.dataset import held_out
from pipelines.embedded.export import generate, open_pipeline
from pipelines.embedded.judge import judge
from pipelines.embedded.vae import encode

FLOAT = torch.float32


def test_all_files_together_are_below_40_megabytes() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) < 40e6


def test_nothing_is_pickled() -> None:
    endings = {path.suffix for path in WEIGHTS.rglob("*") if path.is_file()}
    assert endings <= {".json", ".safetensors", ".txt"}
    assert ".safetensors" in endings


def test_each_part_loads_by_itself() -> None:
    unet = UNet2DConditionModel.from_pretrained(WEIGHTS, subfolder="unet", torch_dtype=FLOAT)
    vae = AutoencoderKL.from_pretrained(WEIGHTS, subfolder="vae", torch_dtype=FLOAT)
    encoder = CLIPTextModel.from_pretrained(WEIGHTS, subfolder="text_encoder", dtype=FLOAT)
    tokenizer = CLIPTokenizer.from_pretrained(WEIGHTS, subfolder="tokenizer")
    scheduler = open_pipeline(WEIGHTS).scheduler
    DDIMScheduler.from_pretrained(WEIGHTS, subfolder="scheduler")
    assert unet.config["cross_attention_dim"] == encoder.config.hidden_size
    assert unet.config["in_channels"] == vae.config["latent_channels"] == 4
    assert len(vae.config["block_out_channels"]) == 4  # f = 8
    assert encoder.config.vocab_size == len(tokenizer)
    assert encoder.config.eos_token_id == tokenizer.eos_token_id
    assert encoder.config.max_position_embeddings == tokenizer.model_max_length
    assert scheduler.config["num_train_timesteps"] == 1000
    assert scheduler.config["prediction_type"] == "v_prediction"


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    return open_pipeline(WEIGHTS)


def test_latents_of_renders_are_about_one_wide(pipeline: StableDiffusionPipeline) -> None:
    latents = encode(pipeline.vae, np.stack(list(held_out(24, 128, 128))))
    deviations = latents.std(dim=(0, 2, 3))
    assert pipeline.vae.config.scaling_factor == 1
    assert ((deviations > 0.7) & (deviations < 1.4)).all()


@pytest.mark.parametrize(
    ("prompt", "sky", "ground"),
    [
        ("a house on the left, green grass, a blue sky", "day", "grass"),
        ("a tree on the right in the snow at night", "night", "snow"),
        ("a boat in the middle, calm water at sunset", "sunset", "water"),
    ],
)
def test_pictures_answer_sky_and_ground(
    pipeline: StableDiffusionPipeline, prompt: str, sky: str, ground: str
) -> None:
    verdicts = [judge(picture) for picture in generate(pipeline, [prompt] * 3, steps=10)]
    assert sum(verdict.sky == sky for verdict in verdicts) >= 2
    assert sum(verdict.ground == ground for verdict in verdicts) >= 2
