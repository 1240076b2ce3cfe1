"""Pictures of a record: the linear map is least squares', sizes and alpha the recipe's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from pipelines.model import Model, load_model
from pipelines.pixels import image_id, in_steps, to_depth
from pipelines.preview import linear_map, picture, thumbnail
from pipelines.record import Inputs
from pipelines.run import start

from .painting import SIDE, line, noise, recipe_of

EMBEDDED = Path(__file__).parents[2] / "pipelines" / "embedded" / "weights"


@pytest.fixture(scope="module")
def affine(tiny_folder: Path) -> Model:
    """A VAE whose decoder is an affine map of each cell: each convolution is the identity.

    The residual blocks pass on what they get, and nothing is normalised.
    """
    model = load_model(tiny_folder / "sd")
    decoder = model.pipeline.vae.decoder
    decoder.conv_norm_out = torch.nn.Identity()
    decoder.conv_act = torch.nn.Identity()
    for name, part in decoder.named_parameters():
        if "resnets" in name or "attentions" in name:
            part.zero_()
        elif name.endswith("weight") and part.ndim == 4:
            part.zero_()
            part[:, :, 1, 1].fill_diagonal_(0.02 if "conv_in" in name else 1.0)
    return model


def test_an_affine_decoder_is_found_exactly(affine: Model) -> None:
    fitted = linear_map(affine)
    assert fitted.r_squared == pytest.approx(1, abs=1e-6)
    record = start(affine, recipe_of(), Inputs())
    latents = record.denoised
    wanted = affine.decode(latents)[::8, ::8]
    assert wanted.std() > 0.1
    np.testing.assert_allclose(fitted(latents), wanted, atol=1e-4)


def test_the_map_is_fitted_once_and_always_the_same(tiny: Model, tiny_folder: Path) -> None:
    assert linear_map(tiny) is linear_map(tiny)
    other = load_model(tiny_folder / "sd")
    assert torch.equal(linear_map(other).weights, linear_map(tiny).weights)


@pytest.mark.skipif(not EMBEDDED.exists(), reason="the embedded model is not here")
def test_the_map_explains_the_embedded_models_colours() -> None:
    assert linear_map(load_model(EMBEDDED)).r_squared > 0.8


def test_a_thumbnail_has_a_pixel_for_each_cell(tiny: Model) -> None:
    small = thumbnail(tiny, start(tiny, recipe_of(), Inputs()).denoised)
    assert small.shape == (SIDE // 8, SIDE // 8, 3)
    assert small.dtype == np.uint8


@pytest.mark.parametrize("quality", ["linear", "tiny", "full"])
@pytest.mark.parametrize("which", ["denoised", "noisy"])
@pytest.mark.parametrize("depth", [8, 16])
def test_every_picture_has_the_recipes_size_and_is_opaque_without_a_mask(
    tiny: Model, quality: str, which: str, depth: int
) -> None:
    record = start(tiny, recipe_of(width=50, height=61, depth=depth), Inputs())
    shown = picture(tiny, record, Inputs(), quality, which)  # pyright: ignore[reportArgumentType] # parametrized
    assert shown.shape == (61, 50, 4)
    assert shown.dtype == (np.uint16 if depth == 16 else np.uint8)
    assert (shown[..., 3] == 2**depth - 1).all()


def test_the_noisy_picture_is_the_latents_at_the_variance_the_vae_knows(tiny: Model) -> None:
    record = start(tiny, recipe_of(), Inputs())
    scaled = record.latents / (record.sigma**2 + 1) ** 0.5
    wanted = np.rint(tiny.decode(scaled) * 255)
    assert np.array_equal(picture(tiny, record, Inputs(), "full", "noisy")[..., :3], wanted)


def test_alpha_is_the_recipes_mask_at_either_depth(tiny: Model) -> None:
    source, mask = noise(SIDE, SIDE, 3), noise(SIDE, SIDE, 1, dtype=np.uint16)
    inputs = Inputs({image_id(source): source, image_id(mask): mask})
    recipe = recipe_of(init_image=image_id(source), mask=image_id(mask))
    record = line(tiny, recipe, inputs)[-1]
    deep = replace(record, recipe=msgspec.structs.replace(recipe, depth=16))
    assert np.array_equal(picture(tiny, deep, inputs)[..., 3:], in_steps(mask))
    shown = picture(tiny, record, inputs)
    assert np.array_equal(shown[..., 3:], to_depth(mask, 8))
    assert (shown[shown[..., 3] == 0] == 0).all()


def test_a_tiny_picture_needs_a_tiny_autoencoder(tiny_folder: Path) -> None:
    model = load_model(tiny_folder / "sd_v")
    record = start(model, recipe_of(), Inputs())
    with pytest.raises(ValueError, match="model sd_v came without a tiny autoencoder"):
        picture(model, record, Inputs(), "tiny")
