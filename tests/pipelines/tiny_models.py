"""Tiny models of the real classes: the published ones' code paths, milliseconds on a CPU.

Written to a folder once per test session and read back by load_model, so that reading a folder is
tested by every test. Weights are seeded; the tokenizer's vocabulary lies in tests/tiny.
"""

from __future__ import annotations

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
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

VOCABULARY = Path(__file__).parents[1] / "tiny"
Prediction = Literal["epsilon", "v_prediction"]
TOKENS = 8
WIDTH = 16  # of the text encoders


def write_sd(
    folder: Path, *, prediction_type: Prediction = "epsilon", zero_snr: bool = False
) -> Path:
    """A model shaped like SD 1.5, or like SD 2 with prediction_type v_prediction."""
    absent: dict[str, Any] = {"safety_checker": None, "feature_extractor": None}
    parts = _common(prediction_type, zero_snr) | absent
    unet = _unet(cross_attention_dim=WIDTH)
    pipeline = StableDiffusionPipeline(unet=unet, **parts, requires_safety_checker=False)
    return _saved(pipeline, folder)


def write_sdxl(folder: Path, *, prediction_type: Prediction = "epsilon") -> Path:
    """A model shaped like SDXL: two text encoders, sizes and a pooled embedding for the UNet."""
    pipeline = StableDiffusionXLPipeline(
        unet=_unet(
            cross_attention_dim=2 * WIDTH,
            addition_embed_type="text_time",
            addition_time_embed_dim=4,
            projection_class_embeddings_input_dim=6 * 4 + WIDTH,
        ),
        **_common(prediction_type, zero_snr=False),
        text_encoder_2=_seeded(lambda: CLIPTextModelWithProjection(_text_config())),
        tokenizer_2=_tokenizer(),
        add_watermarker=False,
    )
    return _saved(pipeline, folder)


def write_deaf(folder: Path) -> Path:
    """A model whose UNet has no cross-attention: no prompt is heard."""
    absent: dict[str, Any] = {"safety_checker": None, "feature_extractor": None}
    unet = _unet(
        down_block_types=("DownBlock2D",) * 2,
        mid_block_type="UNetMidBlock2D",
        up_block_types=("UpBlock2D",) * 2,
        cross_attention_dim=WIDTH,
    )
    parts = _common("epsilon", zero_snr=False) | absent
    return _saved(
        StableDiffusionPipeline(unet=unet, **parts, requires_safety_checker=False), folder
    )


def write_tiny_autoencoder(folder: Path) -> Path:
    """An AutoencoderTiny, as TAESD is one."""
    tiny = _seeded(
        lambda: AutoencoderTiny(
            encoder_block_out_channels=(4, 4, 4, 4),
            decoder_block_out_channels=(4, 4, 4, 4),
            num_encoder_blocks=(1, 1, 1, 1),
            num_decoder_blocks=(1, 1, 1, 1),
        )
    )
    tiny.save_pretrained(folder)
    return folder


def _common(prediction_type: Prediction, zero_snr: bool) -> dict[str, Any]:  # Any: arguments
    return {
        "vae": _seeded(_vae),
        "text_encoder": _seeded(lambda: CLIPTextModel(_text_config())),
        "tokenizer": _tokenizer(),
        "scheduler": DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            steps_offset=1,
            prediction_type=prediction_type,
            rescale_betas_zero_snr=zero_snr,
        ),
    }


def _seeded(make: Any) -> Any:  # Any: models of several libraries
    torch.manual_seed(0)
    return make().eval()


def _unet(**options: Any) -> UNet2DConditionModel:
    plain: dict[str, Any] = {
        "sample_size": 8,
        "block_out_channels": (8, 16),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "attention_head_dim": 4,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    }
    return _seeded(lambda: UNet2DConditionModel(**(plain | options)))


def _vae() -> AutoencoderKL:
    options: dict[str, Any] = {  # Any: diffusers types these as tuples of one
        "block_out_channels": (8,) * 4,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    }
    return AutoencoderKL(**options, norm_num_groups=4, latent_channels=4)


def _text_config() -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=16,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
        projection_dim=WIDTH,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )


def _tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(VOCABULARY, model_max_length=TOKENS)


def _saved(pipeline: Any, folder: Path) -> Path:
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder
