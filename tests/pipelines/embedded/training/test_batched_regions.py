"""Teaching hears regions as painting does: same predictions, and gradients, from one sum."""

from __future__ import annotations

import copy

import pytest
import torch

from pipelines.attention import Mix, Prompt, attending
from pipelines.embedded.training.batched_regions import hearing_together, taught_together
from pipelines.embedded.training.text import WIDTH
from pipelines.embedded.training.unet import new_unet


def random(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def mix(count: int, height: int, width: int, seed: int) -> Mix:
    """So many prompts in soft shares; the last has but a corner."""
    shares = random(count, height, width, seed=seed).exp()
    shares[-1, 2:] = 0
    shares = shares / shares.sum(0)
    prompts = (Prompt(random(1, 6, WIDTH, seed=seed + n)) for n in range(count))
    return Mix(tuple(prompts), tuple(shares))


@pytest.mark.parametrize(("height", "width"), [(16, 16), (12, 20)])
def test_a_batch_together_predicts_and_learns_what_its_rows_do_one_by_one(
    height: int, width: int
) -> None:
    torch.manual_seed(0)
    painting = new_unet((32, 32, 32))
    for parameter in painting.parameters():  # what is added to a stream starts at zero
        torch.nn.init.normal_(parameter, std=0.1)
    teaching = taught_together(copy.deepcopy(painting))
    mixes = (mix(3, height, width, 1), None, mix(2, height, width, 2), None)
    latents, embeds = random(4, 4, height, width, seed=3), random(4, 6, WIDTH, seed=4)
    timesteps = torch.tensor([0, 300, 600, 999])
    with attending(painting, [(mix,) if mix else () for mix in mixes]):
        one_by_one = painting(latents, timesteps, embeds).sample
    with hearing_together(teaching, mixes, embeds):
        together = teaching(latents, timesteps, embeds).sample
    torch.testing.assert_close(together, one_by_one, atol=1e-4, rtol=1e-4)
    plain = painting(latents, timesteps, embeds).sample
    assert (plain - one_by_one).abs().amax((1, 2, 3))[[0, 2]].min() > 0.01  # regions do count
    torch.testing.assert_close(plain[[1, 3]], one_by_one[[1, 3]], atol=1e-4, rtol=1e-4)
    for predicted in (one_by_one, together):
        predicted.square().mean().backward()
    for one, other in zip(painting.parameters(), teaching.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(other.grad, one.grad, atol=1e-4, rtol=1e-3)


def test_without_a_mix_and_after_a_lesson_it_is_the_plain_unet() -> None:
    torch.manual_seed(0)
    plain = new_unet((32, 32, 32))
    for parameter in plain.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    taught = taught_together(copy.deepcopy(plain))
    latents, embeds = random(2, 4, 16, 16, seed=3), random(2, 6, WIDTH, seed=4)
    wanted = plain(latents, 500, embeds).sample
    with hearing_together(taught, (None, None), embeds):
        torch.testing.assert_close(taught(latents, 500, embeds).sample, wanted, atol=1e-4, rtol=0)
    with hearing_together(taught, (mix(2, 16, 16, 1), None), embeds):
        assert (taught(latents, 500, embeds).sample - wanted)[0].abs().max() > 0.01
    torch.testing.assert_close(taught(latents, 500, embeds).sample, wanted, atol=1e-4, rtol=0)
