"""A folder may be a small change of its neighbour's UNet."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.func import functional_call

from pipelines.embedded.training.few import new_factors
from pipelines.folder import LOWRANK, NOTES
from pipelines.lowrank import DOWN, UP, changed, merge, save_factors
from pipelines.model import load_model

from .tiny_models import write_sd


def small() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8, 4))


def filled(model: nn.Module, rank: int = 2) -> dict[str, torch.Tensor]:
    draws = torch.Generator().manual_seed(2)
    factors = new_factors(model, rank, draws)
    for name, value in factors.items():
        if name.endswith(UP):
            value.normal_(generator=draws)
    return factors


def test_new_factors_change_nothing_and_later_ones_add_their_product() -> None:
    model, picture = small(), torch.randn(1, 3, 3, 3)
    untouched = changed(model, new_factors(model, 2, torch.Generator()))
    assert torch.equal(functional_call(model, untouched, picture), model(picture))
    factors = filled(model)
    weights = changed(model, factors)
    product = factors["0.weight" + UP] @ factors["0.weight" + DOWN]
    assert torch.allclose(weights["0.weight"] - model[0].weight, product.view(8, 3, 3, 3))  # pyright: ignore[reportIndexIssue] # a Sequential
    assert torch.linalg.matrix_rank(product) == 2


def test_a_merged_file_is_the_same_change(tmp_path: Path) -> None:
    model, picture = small(), torch.randn(1, 3, 3, 3)
    factors = {name: value.half().float() for name, value in filled(model).items()}
    expected = functional_call(model, changed(model, factors), picture)
    save_factors(factors, tmp_path / LOWRANK)
    merge(model.requires_grad_(False), tmp_path / LOWRANK)
    assert torch.allclose(model(picture), expected, atol=1e-6)


def test_a_change_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    save_factors(
        {"9.weight.up": torch.ones(2, 1), "9.weight.down": torch.ones(1, 2)}, tmp_path / "f"
    )
    with pytest.raises(ValueError, match=r"changes 9\.weight, which this UNet does not have"):
        merge(small(), tmp_path / "f")


def sibling(weights: Path, base: object) -> Path:
    """A folder beside the weights whose notes name a base."""
    folder = weights.with_name("sibling")
    folder.mkdir()
    shutil.copyfile(weights / "model_index.json", folder / "model_index.json")
    (folder / NOTES).write_text(json.dumps({"guidance_scale": 1.0, "base": base}))
    return folder


def test_a_folder_loads_as_its_neighbour_with_the_change(tmp_path: Path) -> None:
    base = write_sd(tmp_path / "base")
    plain = load_model(base)
    folder = sibling(base, base.name)
    save_factors(filled(plain.pipeline.unet), folder / LOWRANK)
    quick = load_model(folder)
    assert (quick.info.guidance_scale, quick.info.family) == (1.0, plain.info.family)
    assert quick.info.hash != plain.info.hash
    text = quick.encode_prompt("a", (64, 64))
    latents = torch.ones(quick.latent_shape((64, 64)))
    assert torch.equal(text.prompt_embeds, plain.encode_prompt("a", (64, 64)).prompt_embeds)
    assert not torch.allclose(quick.predict(latents, 2.0, text), plain.predict(latents, 2.0, text))


@pytest.mark.parametrize("base", ["../base", "", "..", 3])
def test_a_base_is_the_name_of_a_neighbour_and_nothing_else(tmp_path: Path, base: object) -> None:
    folder = sibling(write_sd(tmp_path / "base"), base)
    with pytest.raises(ValueError, match="base must be the name of a folder beside it, got"):
        load_model(folder)
