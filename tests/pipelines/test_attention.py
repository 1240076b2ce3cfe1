"""Prompts mixed in cross-attention: the closed form, keys computed once, nothing left behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from diffusers.models.attention_processor import Attention
from torch import Tensor

from pipelines.attention import Mix, Prompt, attending
from pipelines.keys import KEPT
from pipelines.masks import at_grid
from pipelines.model import Conditioning, Model, load_model, stack

from .painting import SIDE, line
from .region_words import Layout, box

SIZE = (SIDE, SIDE)


def cross_attentions(model: Model) -> list[Attention]:
    modules = model.pipeline.unet.named_modules()
    return [m for name, m in modules if isinstance(m, Attention) and name.endswith("attn2")]


def seeded(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def prompt(model: Model, text: str) -> Prompt:
    return Prompt(model.encode_prompt(text, SIZE).prompt_embeds)


def soft_shares() -> tuple[Tensor, Tensor, Tensor]:
    """Three maps that add up to 1, the last one nothing on the left half."""
    raw = seeded(3, 8, 8).abs()
    raw[2, :, :4] = 0
    return tuple(raw / raw.sum(0))  # pyright: ignore[reportReturnType] # three of them


@pytest.mark.parametrize("tokens", [64, 16, 4, 1])
def test_the_mix_is_the_sum_of_each_prompts_own_attention_times_its_share(
    each_tiny: Model, tokens: int
) -> None:
    attention = cross_attentions(each_tiny)[0]
    prompts = tuple(prompt(each_tiny, text) for text in ("a tree", "red", "to"))
    mix = Mix(prompts, soft_shares())
    hidden = seeded(2, tokens, attention.to_q.in_features)
    other = prompt(each_tiny, "a").embeds
    embeds = torch.cat([prompts[0].embeds, other])
    side = int(tokens**0.5)
    with torch.no_grad():
        alone = [attention(hidden[:1], one.embeds)[0] for one in prompts]
        plain = attention(hidden[1:], other)[0]
        with attending(each_tiny.pipeline.unet, ((mix,), ())):
            mixed = attention(hidden, embeds)
    shares = at_grid(list(mix.shares), (side, side))
    wanted = sum(share.reshape(-1, 1) * one for share, one in zip(shares, alone, strict=True))
    torch.testing.assert_close(mixed[0], wanted, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(mixed[1], plain, rtol=1e-5, atol=1e-6)


def test_a_mix_of_one_prompt_is_the_prompt(each_tiny: Model) -> None:
    """Also through the whole UNet, beside a plain row."""
    one, negative = (each_tiny.encode_prompt(text, SIZE) for text in ("a tree", "to"))
    heard = Prompt(one.prompt_embeds)
    half = torch.full((8, 8), 0.5)
    effects = ((Mix((heard, heard), (half, half)),), ())
    batch = stack([one, negative])
    mixed = Conditioning(batch.prompt_embeds, batch.pooled_prompt_embeds, batch.time_ids, effects)
    latents = seeded(1, 4, 8, 8)
    wanted = each_tiny.predict(latents, 2.0, batch)
    torch.testing.assert_close(each_tiny.predict(latents, 2.0, mixed), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("grid", [(8, 8), (4, 4), (2, 2), (1, 1), (3, 5)])
def test_a_region_smaller_than_a_cell_of_a_level_is_heard_there(grid: tuple[int, int]) -> None:
    small = torch.zeros(8, 8)
    small[5, 2] = 1.0
    shares = at_grid([1 - small, small], grid)
    torch.testing.assert_close(shares[0] + shares[1], torch.ones(grid))
    assert float(shares[1].max()) >= 0.5
    assert float(shares[0].max()) > 0.4


def test_where_a_level_is_divided_evenly_shares_are_averages() -> None:
    shares = [torch.zeros(8, 8), torch.ones(8, 8)]
    shares[0][:, :5], shares[1][:, :5] = 1, 0
    half, rest = at_grid(shares, (4, 4))
    torch.testing.assert_close(half, torch.tensor([1.0, 1.0, 0.5, 0.0]).expand(4, 4))
    torch.testing.assert_close(rest, 1 - half)


class Projected:
    """Counts the prompts whose keys are computed."""

    def __init__(self, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        to_k = cast("Any", cross_attentions(model)[0].to_k)
        counted = getattr(to_k, "base_layer", to_k)
        forward = torch.nn.Linear.forward

        def counting(layer: torch.nn.Linear, embeds: Tensor) -> Tensor:
            self.count += len(embeds) if layer is counted else 0
            return forward(layer, embeds)

        # Of the class: a layer with a forward of its own may hide anything, and is asked each time.
        monkeypatch.setattr(torch.nn.Linear, "forward", counting)


def layout(steps: int = 4, **changes: Any) -> Layout:
    """Two soft regions that blend, without guidance: only what is mixed is heard."""
    one, two = ("a tree", box((0, 0, 4, 8)), {"blur": 4.0}), ("red", box((5, 5, 8, 8)), {})
    plain = {"num_inference_steps": steps, "guidance_scale": 1.0}
    return Layout(one, two, **(plain | changes))


def test_keys_are_computed_once_a_prompt_not_once_a_step(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(tiny_folder / "sd")
    projected = Projected(model, monkeypatch)
    line(model, layout().recipe, layout().inputs)
    assert projected.count == 3  # two regions and the ground
    line(model, layout(seed=7).recipe, layout().inputs)
    assert projected.count == 3


def test_keys_of_prompts_that_are_long_gone_are_not_kept(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prompts that come and go do not fill the memory, and are heard again when they come back."""
    model = load_model(tiny_folder / "sd")
    wanted = line(model, layout().recipe, layout().inputs)[-1].denoised
    for number in range(40):
        row = (f"tree {number}", box((0, 0, 4, 8)), {})
        passing = Layout(row, num_inference_steps=1)
        line(model, passing.recipe, passing.inputs)
    assert kept(model) == KEPT
    projected = Projected(model, monkeypatch)
    assert torch.equal(line(model, layout().recipe, layout().inputs)[-1].denoised, wanted)
    assert projected.count == 2  # the ground's have been in use all the time


def kept(model: Model) -> int:
    with attending(model.pipeline.unet, ((),)):
        processor = cast("Any", cross_attentions(model)[0].processor)
        return len(processor.kept)


def test_changed_weights_make_new_keys(tiny_folder: Path) -> None:
    model = load_model(tiny_folder / "sd")
    before = line(model, layout().recipe, layout().inputs)[-1].denoised
    for attention in cross_attentions(model):
        with torch.no_grad():
            cast("torch.nn.Linear", attention.to_k).weight.mul_(3)
            cast("torch.nn.Linear", attention.to_v).weight.mul_(3)
    changed = line(model, layout().recipe, layout().inputs)[-1].denoised
    fresh = load_model(tiny_folder / "sd")
    for attention, other in zip(cross_attentions(fresh), cross_attentions(model), strict=True):
        attention.load_state_dict(other.state_dict())
    wanted = line(fresh, layout().recipe, layout().inputs)[-1].denoised
    assert torch.equal(changed, wanted)
    assert not torch.equal(changed, before)


def test_processors_are_as_they_were_also_after_an_error(tiny: Model) -> None:
    unet = tiny.pipeline.unet
    before = dict(unet.attn_processors)
    wanted = line(tiny, layout(regions=()).recipe)[-1].denoised
    line(tiny, layout().recipe, layout().inputs)
    mix = Mix((prompt(tiny, "a"),), (torch.ones(8, 8),))
    with attending(unet, ((mix,),)):
        assert unet.attn_processors != before
    with pytest.raises(ValueError, match="no level of"), attending(unet, ((mix,),)):
        unet(seeded(1, 4, 4, 32), 5, prompt(tiny, "a").embeds)
    assert unet.attn_processors == before
    assert all(unet.attn_processors[name] is one for name, one in before.items())
    assert torch.equal(line(tiny, layout(regions=()).recipe)[-1].denoised, wanted)


def test_threads_with_regions_and_without_do_not_hear_each_other(
    tiny_folder: Path, tiny: Model
) -> None:
    """One model under three recipes, and a second model, at the same time."""
    second = load_model(tiny_folder / "sd_v")
    other = Layout(("a", box((2, 2, 6, 6)), {}), num_inference_steps=12, guidance_scale=3.0)
    jobs = [
        (tiny, layout(12)),
        (tiny, other),
        (tiny, layout(12, regions=())),
        (second, layout(12)),
    ]
    alone = [line(model, laid.recipe, laid.inputs)[-1].denoised for model, laid in jobs]

    def paint(job: tuple[Model, Layout]) -> Tensor:
        torch.set_num_threads(1)
        return line(job[0], job[1].recipe, job[1].inputs)[-1].denoised

    with ThreadPoolExecutor(len(jobs)) as pool:
        together = list(pool.map(paint, jobs * 3))
    for wanted, found in zip(alone * 3, together, strict=True):
        assert torch.equal(wanted, found)


def test_a_number_of_tokens_that_no_level_has_is_told(tiny: Model) -> None:
    attention = cross_attentions(tiny)[0]
    mix = Mix((prompt(tiny, "a"),), (torch.ones(8, 8),))
    with (
        attending(tiny.pipeline.unet, ((mix,),)),
        pytest.raises(ValueError, match="latents of 8x8 have no level of 17 tokens"),
    ):
        attention(seeded(1, 17, attention.to_q.in_features), prompt(tiny, "a").embeds)
