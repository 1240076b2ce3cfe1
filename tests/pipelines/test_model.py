"""Reading model folders: what is taken, what is refused and with which words."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipelines.folder import check_shapes
from pipelines.model import Model, load_model
from pipelines.pixels import Pixels
from pipelines.sources import conditioning_for
from tests import peak

from .painting import noise, recipe_of
from .tiny_models import write_tiny_autoencoder


def changed(folder: Path, part: str, **values: Any) -> None:
    """Change a JSON file of a model folder."""
    path = folder / part
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def delete_weights(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()


def pickle_weights(folder: Path) -> None:
    delete_weights(folder)
    torch.save({}, folder / "unet" / "diffusion_pytorch_model.bin")


def damage_weights(folder: Path) -> None:
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"\0" * 100)


def widened(folder: Path, part: str, **values: Any) -> None:
    changed(folder, f"{part}/config.json", **values)


TOO_LARGE: dict[str, tuple[str, dict[str, Any], str]] = {
    "a hundred thousand layers": ("unet", {"layers_per_block": 100_000}, "layers, its weights are"),
    "layers that multiply": (
        "unet",
        {"layers_per_block": 300, "transformer_layers_per_block": [300, 300]},
        "layers, its weights are",
    ),
    "a text encoder of as many": (
        "text_encoder", {"num_hidden_layers": 100_000}, "100000 layers, its weights are"
    ),
    "a layer of terabytes": ("unet", {"cross_attention_dim": 10**10}, "numbers, its weights hold"),
    "a UNet wider than any": (
        "unet", {"block_out_channels": [2**16, 2**17]}, "numbers, its weights hold"
    ),
    "a VAE wider than any": ("vae", {"latent_channels": 10**6}, "numbers, its weights hold"),
    "a vocabulary of billions": (
        "text_encoder", {"vocab_size": 4 * 10**9}, "numbers, its weights hold"
    ),
    "widths that no number holds": ("unet", {"cross_attention_dim": 10**30}, "cannot be read as"),
    "widths below nothing": ("unet", {"block_out_channels": [-8, -8]}, "cannot be read as"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_folder_that_asks_for_more_than_its_weights_hold_is_refused_before_it_is_made(
    tiny_folder: Path, tmp_path: Path, name: str
):
    part, values, sentence = TOO_LARGE[name]
    folder = tmp_path / "sd"
    shutil.copytree(tiny_folder / "sd", folder)
    widened(folder, part, **values)
    before = peak.forget()
    with pytest.raises(ValueError, match=f"{part} cannot be read as") as refused:
        load_model(folder)
    assert sentence in str(refused.value)
    assert peak.held() - before < 200 * 2**20


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "cuda:99", "mps"])
def test_a_device_that_is_not_there_is_named_with_those_that_are(
    tiny_folder: Path, device: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    with pytest.raises(ValueError, match=f"device {device} is not there: .* have cpu; "):
        load_model(tiny_folder / "sd", device=device)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (shutil.rmtree, "is no diffusers folder: model_index.json cannot be read"),
    "another pipeline": (
        lambda folder: changed(folder, "model_index.json", _class_name="FluxPipeline"),
        "holds a FluxPipeline; supported are StableDiffusionPipeline and StableDiffusionXLPipeline",
    ),
    "a list": (
        lambda folder: (folder / "model_index.json").write_text("[]"),
        "is no diffusers folder: model_index.json must hold a JSON object",
    ),
    "a schedule of a billion steps": (
        lambda folder: changed(
            folder, "scheduler/scheduler_config.json", num_train_timesteps=10**9
        ),
        "num_train_timesteps must be in 1..100000, got 1000000000",
    ),
    "a native side of a million": (
        lambda folder: changed(folder, "unet/config.json", sample_size=10**6),
        "sample_size must be in 1..1024, got 1000000",
    ),
    "no native side": (
        lambda folder: changed(folder, "unet/config.json", sample_size=None),
        "sample_size must be in 1..1024, got None",
    ),
    "no scheduler": (
        lambda folder: shutil.rmtree(folder / "scheduler"),
        "says nothing of its training: scheduler_config.json cannot be read",
    ),
    "another prediction": (
        lambda folder: changed(folder, "scheduler/scheduler_config.json", prediction_type="sample"),
        r"predicts 'sample'; supported are \('epsilon', 'v_prediction'\)",
    ),
    "zero SNR with epsilon": (
        lambda folder: changed(
            folder, "scheduler/scheduler_config.json", rescale_betas_zero_snr=True
        ),
        "a model with zero terminal SNR must predict v, not epsilon",
    ),
    "no weights": (delete_weights, r"unet has no .safetensors file; other weight formats are not"),
    "a pickle": (pickle_weights, r"unet has no .safetensors file; other weight formats are not"),
    "damaged weights": (damage_weights, "vae cannot be read as a AutoencoderKL: "),
    "no tokenizer": (
        lambda folder: shutil.rmtree(folder / "tokenizer"),
        "tokenizer cannot be read as a CLIPTokenizer: ",
    ),
    "bad notes": (
        lambda folder: (folder / "pentimento.json").write_text('{"guidance_scale": "much"}'),
        r"pentimento.json: guidance_scale must be in 0..100, got 'much'",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(
    tiny_folder: Path, tmp_path: Path, case: str
) -> None:
    breakage, message = BROKEN[case]
    folder = tmp_path / "model"
    shutil.copytree(tiny_folder / "sd", folder)
    breakage(folder)
    with pytest.raises(ValueError, match=message):
        load_model(folder)


def test_shapes_that_do_not_fit_together_are_refused(tiny: Model) -> None:
    unet, vae = tiny.pipeline.unet.config, tiny.pipeline.vae.config
    check_shapes("here", unet, vae)
    wide = type(unet)(unet | {"in_channels": 9})
    with pytest.raises(ValueError, match="here: the UNet takes 9 channels, the VAE has 4; inpaint"):
        check_shapes("here", wide, vae)
    shallow = type(vae)(vae | {"block_out_channels": [8, 8]})
    with pytest.raises(ValueError, match="here: the VAE reduces by 2; supported is 8"):
        check_shapes("here", unet, shallow)
    centred = type(vae)(vae | {"latents_mean": [0.0]})
    with pytest.raises(ValueError, match="here: a VAE with latents_mean is not supported"):
        check_shapes("here", unet, centred)


def test_the_facts_of_a_model_are_its_folders(tiny_folder: Path) -> None:
    info = load_model(tiny_folder / "sdxl", name="mine").info
    assert (info.name, info.family, info.native, info.device) == ("mine", "sdxl", 64, "cpu")
    assert info.guidance_scale == 5.0
    assert load_model(tiny_folder / "sd").info.guidance_scale == 7.5


def test_a_folder_may_recommend_a_guidance_scale(tiny_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_folder / "sd", tmp_path / "model")
    (tmp_path / "model" / "pentimento.json").write_text('{"guidance_scale": 3}')
    assert load_model(tmp_path / "model").info.guidance_scale == 3.0


def test_the_hash_is_over_the_weights_in_the_order_of_their_paths(tiny_folder: Path) -> None:
    digest = hashlib.sha256()
    for part in ("taesd", "text_encoder", "unet", "vae"):
        (path,) = (tiny_folder / "sd" / part).glob("*.safetensors")
        digest.update(path.read_bytes())
    assert load_model(tiny_folder / "sd").info.hash == digest.hexdigest()


def test_half_precision_files_are_loaded_in_the_dtype_asked_for(
    tiny_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_folder / "sd", tmp_path / "model")
    for path in (tmp_path / "model").glob("*/*.safetensors"):
        if path.parent.name != "taesd":
            path.rename(path.with_suffix(".fp16.safetensors"))
    pipeline = load_model(tmp_path / "model").pipeline
    assert {pipeline.unet.dtype, pipeline.vae.dtype, pipeline.text_encoder.dtype} == {torch.float32}
    pipeline = load_model(tmp_path / "model", dtype=torch.bfloat16).pipeline
    assert pipeline.unet.dtype == torch.bfloat16
    assert pipeline.vae.dtype == torch.float32


def test_a_model_in_half_precision_paints_in_float32(tiny_folder: Path) -> None:
    half = load_model(tiny_folder / "sd", dtype=torch.bfloat16)
    latents = torch.zeros(1, 4, 8, 8)
    denoised = half.predict(latents, 1.0, half.encode_prompt("a red tree", (64, 64)))
    assert denoised.dtype == torch.float32
    assert bool(denoised.isfinite().all())


def test_a_tiny_autoencoder_may_be_named(tiny_folder: Path, tmp_path: Path) -> None:
    named = load_model(tiny_folder / "sd_v", tiny=write_tiny_autoencoder(tmp_path / "tiny"))
    inside = load_model(tiny_folder / "sd")
    latents = torch.randn(1, 4, 4, 4)
    assert np.array_equal(named.decode_tiny(latents), inside.decode_tiny(latents))


def test_a_prompt_is_encoded_once(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tiny.encode_prompt("to a tree", (64, 64))
    monkeypatch.setattr(tiny.pipeline, "encode_prompt", None)
    assert tiny.encode_prompt("to a tree", (64, 64)) is first


@pytest.mark.parametrize("clip_skip", [None, 0, 1])
def test_a_prompt_is_taken_as_many_layers_before_the_end_as_diffusers_takes_it(
    each_tiny: Model, clip_skip: int | None
) -> None:
    """The negative prompt is not: diffusers takes it as the model was trained."""
    recipe = recipe_of(clip_skip=clip_skip)
    wanted = each_tiny.pipeline.encode_prompt(
        prompt=recipe.prompt,
        negative_prompt=recipe.negative_prompt,
        device=each_tiny.device,
        num_images_per_prompt=1,
        do_classifier_free_guidance=True,
        clip_skip=clip_skip,
    )
    positive = conditioning_for(each_tiny, recipe, recipe.prompt)
    negative = conditioning_for(each_tiny, recipe, recipe.negative_prompt, "negative")
    assert torch.equal(positive.prompt_embeds, wanted[0])
    assert torch.equal(negative.prompt_embeds, wanted[1])
    plain = conditioning_for(each_tiny, recipe_of(), recipe.prompt)
    assert torch.equal(positive.prompt_embeds, plain.prompt_embeds) == (not clip_skip)


def test_more_layers_than_a_model_has_are_refused_in_a_sentence(each_tiny: Model) -> None:
    most = 2 if each_tiny.info.family == "sd" else 1
    size = (64, 64)
    assert each_tiny.encode_prompt("a", size, clip_skip=most).prompt_embeds.isfinite().all()
    with pytest.raises(ValueError, match=f"clip_skip must be at most {most} with this model"):
        each_tiny.encode_prompt("a", size, clip_skip=most + 1)


def test_sdxls_empty_negative_prompt_is_zeros_and_its_empty_prompt_is_not(
    tiny_folder: Path,
) -> None:
    model = load_model(tiny_folder / "sdxl")
    negative = model.encode_prompt("", (64, 64), "negative")
    assert not negative.prompt_embeds.any()
    assert model.encode_prompt("", (64, 64)).prompt_embeds.any()
    assert model.encode_prompt("a", (64, 64), "negative").prompt_embeds.any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_image_is_encoded_by_the_mode_at_either_depth(
    tiny: Model, dtype: type[np.uint8 | np.uint16]
) -> None:
    pixels: Pixels = noise(64, 64, 3, dtype=dtype)
    image = torch.from_numpy(pixels.astype(np.float32) / np.iinfo(dtype).max * 2 - 1)
    vae = tiny.pipeline.vae
    mode = vae.encode(image.permute(2, 0, 1)[None]).latent_dist.mode()
    wanted = mode * vae.config.scaling_factor
    torch.testing.assert_close(tiny.encode_image(pixels), wanted, rtol=1e-4, atol=1e-5)
    assert torch.equal(tiny.encode_image(pixels), tiny.encode_image(pixels))


def test_the_end_of_a_prompt_that_is_too_long_is_not_heard(tiny: Model) -> None:
    """What the model hears is told by the embeddings it makes."""
    for prompt in ("", "a", "a b", "a  B   c " * 40, "b " * 3000):
        rest = tiny.unheard(prompt)
        assert prompt.rstrip().endswith(rest)
        heard = prompt.rstrip()[: len(prompt.rstrip()) - len(rest)]
        assert tiny.unheard(heard) == ""
        pair = (tiny.encode_prompt(text, (32, 24)).prompt_embeds for text in (prompt, heard))
        torch.testing.assert_close(*pair)
        assert bool(rest) == (len(prompt) > 60)
    for prompt in ("A  Red   HOUSE by the Sea, " * 40, "é" * 90, "海" * 90, "a" * 5000):
        assert 0 < len(tiny.unheard(prompt)) < len(prompt)
        assert prompt.rstrip().endswith(tiny.unheard(prompt))
