"""The shipped weights load with diffusers' own classes and paint what is asked for."""

import json

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

from pipelines.embedded import WEIGHTS, few_folder
from pipelines.embedded.measuring.judge import Judge, open_judge, verdicts
from pipelines.embedded.training.dataset import held_out
from pipelines.embedded.training.export import generate, open_few, open_pipeline
from pipelines.embedded.training.session import history
from pipelines.embedded.training.vae import encode
from pipelines.folder import NOTES
from pipelines.model import load_model

FLOAT = torch.float32
FOLDERS = [folder for folder in WEIGHTS.parent.glob(f"{WEIGHTS.name}*") if folder.is_dir()]
WATER = ("sea", "lake", "river", "beach")


def test_all_files_together_are_below_40_megabytes() -> None:
    files = [path for folder in FOLDERS for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 40e6


def test_nothing_is_pickled() -> None:
    endings = {path.suffix for folder in FOLDERS for path in folder.rglob("*") if path.is_file()}
    assert endings <= {".json", ".safetensors", ".txt"}
    assert ".safetensors" in endings


def test_the_weights_say_how_much_each_part_has_seen() -> None:
    past = history(WEIGHTS)
    assert past.sittings >= 1
    assert {"vae", "text", "unet"} <= past.parts.keys()
    assert past.parts["unet"].samples >= 116_544
    assert 0 < json.loads((WEIGHTS / NOTES).read_text())["guidance_scale"] < 20


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


@pytest.fixture(scope="module")
def judge() -> Judge:
    return open_judge()


def test_latents_of_renders_are_about_one_wide(pipeline: StableDiffusionPipeline) -> None:
    latents = encode(pipeline.vae, np.stack(list(held_out(24, 128, 128))))
    deviations = latents.std(dim=(0, 2, 3))
    assert pipeline.vae.config.scaling_factor == 1
    assert ((deviations > 0.7) & (deviations < 1.4)).all()


@pytest.mark.parametrize(
    ("prompt", "sky", "grounds"),
    [
        ("a house on the left, green grass, a blue sky", "day", ("grass",)),
        ("a tree on the right in the snow at night", "night", ("snow",)),
        ("a boat in the middle, calm water at sunset", "sunset", WATER),
    ],
)
def test_pictures_answer_sky_and_ground(
    pipeline: StableDiffusionPipeline, judge: Judge, prompt: str, sky: str, grounds: tuple[str, ...]
) -> None:
    found = verdicts(judge, generate(pipeline, [prompt] * 3, steps=10))
    assert sum(verdict.sky == sky for verdict in found) >= 2
    assert sum(verdict.ground in grounds for verdict in found) >= 2


@pytest.mark.skipif(not few_folder(WEIGHTS).exists(), reason="no few-step sibling is here")
def test_the_few_step_sibling_paints_in_four_steps_without_guidance(judge: Judge) -> None:
    assert load_model(few_folder(WEIGHTS)).info.guidance_scale == 1
    prompts = ["green grass, a blue sky", "the sea at night", "snow at sunset"]
    found = verdicts(judge, generate(open_few(WEIGHTS), prompts, steps=4, guidance=1))
    assert sum(v.sky == s for v, s in zip(found, ("day", "night", "sunset"), strict=True)) >= 2
