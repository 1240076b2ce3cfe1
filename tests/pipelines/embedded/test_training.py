"""Training runs end to end, goes on from a checkpoint, and refuses to start from nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from torch import nn

from pipelines.embedded.dataset import Shard, open_shard, write_shards
from pipelines.embedded.loop import Plan, load_average, train
from pipelines.embedded.renderer import render
from pipelines.embedded.scenes import scene
from pipelines.embedded.train import main
from pipelines.embedded.vae import decoded, encode, new_vae, whiten


def line() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 1)


class KilledError(Exception):
    """Stands for a SIGKILL."""


def fit(model: nn.Linear, folder: Path, samples: int, killed_at: int = -1) -> None:
    slope = torch.tensor([1.0, -2.0, 0.5])
    calls = iter(range(10_000))

    def loss(batch: int, draws: torch.Generator) -> torch.Tensor:
        if next(calls) == killed_at:
            raise KilledError
        points = torch.randn(batch, 3, generator=draws)
        return (model(points)[:, 0] - points @ slope - 0.25).square().mean()

    plan = Plan(seconds=60, samples=samples, rate=0.02, warmup=1, falling=1 - 1e-9, save_every=0)
    train("line", model, loss, plan, folder, 0, 1)


def test_training_finds_a_line(tmp_path: Path) -> None:
    model = line()
    fit(model, tmp_path, 32 * 600)
    assert torch.allclose(model.weight[0], torch.tensor([1.0, -2.0, 0.5]), atol=0.02)
    assert load_average(line(), tmp_path, "line").samples == 32 * 600


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole, first, second = line(), line(), line()
    fit(whole, tmp_path / "whole", 32 * 40)
    with pytest.raises(KilledError):
        fit(first, tmp_path / "parts", 32 * 40, killed_at=15)
    fit(second, tmp_path / "parts", 32 * 40)
    assert torch.equal(whole.weight, second.weight)
    assert not torch.equal(first.weight, second.weight)


def test_the_rate_rises_stays_and_falls() -> None:
    plan = Plan(seconds=1, rate=1.0, warmup=10, falling=0.5)
    assert plan.rate_at(0, 0) == pytest.approx(0.1)
    assert plan.rate_at(100, 0.5) == pytest.approx(1)
    assert plan.rate_at(100, 0.75) == pytest.approx(0.505)
    assert plan.rate_at(100, 1) == pytest.approx(0.01)


def test_renders_on_disk_are_those_of_their_seeds(tmp_path: Path) -> None:
    shard = Shard(64, 32, 50, 3)
    write_shards([shard], tmp_path, 1)
    renders = open_shard(shard, tmp_path)
    assert np.array_equal(renders[2], render(scene(52), 64, 32).rgb)


def test_whitening_changes_latents_and_no_picture() -> None:
    torch.manual_seed(0)
    vae = new_vae().eval().requires_grad_(False)
    pictures = np.stack([render(scene(seed), 64, 64).rgb for seed in range(12)])
    with torch.no_grad():
        before = decoded(vae, encode(vae, pictures))
        whiten(vae, encode(vae, pictures))
        after = decoded(vae, encode(vae, pictures))
    latents = encode(vae, pictures).permute(1, 0, 2, 3).reshape(4, -1)
    assert torch.allclose(torch.cov(latents), torch.eye(4), atol=0.02)
    assert torch.allclose(before, after, atol=1e-4)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no renders 64x64-0\.npy; make them with --stage data"):
        open_shard(Shard(64, 64, 0, 1), tmp_path)
    with pytest.raises(
        ValueError, match=r"no checkpoint vae\.safetensors; train it with --stage vae"
    ):
        load_average(new_vae(), tmp_path, "vae")


@pytest.mark.slow
def test_the_whole_procedure_runs_from_nothing_to_a_card(tmp_path: Path) -> None:
    arguments = ["--toy", "--folder", tmp_path / "work", "--weights", tmp_path / "weights"]
    main([str(argument) for argument in [*arguments, "--docs", tmp_path / "docs"]])
    StableDiffusionPipeline.from_pretrained(tmp_path / "weights", torch_dtype=torch.float32)
    card = (tmp_path / "docs" / "model-card.md").read_text()
    assert "| sky | 1.000 |" in card
    assert (tmp_path / "docs" / "embedded-contact-sheet.png").stat().st_size > 10_000
