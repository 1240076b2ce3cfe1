"""Attention as a stack: effects add up, keys know what decides them, what has no place is refused.

What would convince a sceptic: a LoRA is changed in every way there is between two calls of one
denoiser at one step, and the picture is the one of a model that always had it so. Where a model
could only leave something out, there is a sentence before the first step.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from diffusers import SD3Transformer2DModel
from diffusers.models.attention_processor import (
    Attention,
    AttnProcessor,
    IPAdapterAttnProcessor2_0,
    SlicedAttnProcessor,
)
from torch import Tensor

from pipelines import keys
from pipelines.asking import answered
from pipelines.attention import Asked, Mix, Prompt, Voice, attending
from pipelines.guidance import denoiser_for
from pipelines.live import Stream
from pipelines.masks import at_grid
from pipelines.model import Model, load_model
from pipelines.run import start

from . import tiny_models
from .painting import line
from .region_words import Layout, box
from .test_attention import Projected, cross_attentions, kept, layout, prompt, seeded, soft_shares

SIGMA = 2.0


class LowRank(torch.nn.Module):
    """A LoRA by hand, with the names that adapters' layers have."""

    def __init__(self, base_layer: torch.nn.Linear, scale: float = 0.0) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.weight = base_layer.weight
        self.scaling = {"one": scale, "two": 1.0}
        self.active = ["one"]
        rows, columns = base_layer.weight.shape
        self.down, self.up = torch.nn.ModuleDict(), torch.nn.ModuleDict()
        for number, name in enumerate(self.scaling):
            for part, size in ((self.down, (2, columns)), (self.up, (rows, 2))):
                part[name] = linear = torch.nn.Linear(*size[::-1], bias=False)
                linear.weight = torch.nn.Parameter(seeded(*size, number + 1).mean(-1), False)

    def added(self, name: str, embeds: Tensor) -> Tensor:
        """What an adapter adds."""
        return self.scaling[name] * self.up[name](self.down[name](embeds))

    def forward(self, embeds: Tensor) -> Tensor:
        """The layer and its active adapters."""
        answer = self.base_layer(embeds)
        for name in self.active:
            answer = answer + self.added(name, embeds)
        return answer


Change = Callable[[LowRank], object]


def scaled(layer: LowRank) -> None:
    """As set_adapters does."""
    layer.scaling["one"] = 3.0


def trained(layer: LowRank) -> None:
    """Another LoRA read into the same tensors."""
    cast("Any", layer.up["one"]).weight.mul_(-2)


def put_anew(layer: LowRank) -> None:
    """The adapter deleted, and another one of its name."""
    cast("Any", layer.up["one"]).weight = torch.nn.Parameter(seeded(len(layer.weight), 2), False)


def merged(layer: LowRank) -> None:
    """As fuse_lora does, which torch does not count as a change."""
    up, down = (cast("Any", part["two"]).weight for part in (layer.up, layer.down))
    layer.base_layer.weight.data += up @ down


CHANGES: list[Change] = [
    scaled,
    trained,
    put_anew,
    merged,
    lambda layer: layer.active.append("two"),
    lambda layer: layer.active.clear(),
    lambda layer: layer.base_layer.weight.mul_(2),
    lambda layer: layer.base_layer.weight[1, 1].add_(5),
]


def with_lora(folder: Path, scale: float = 1.0) -> tuple[Model, list[LowRank]]:
    """A model of its own with a LoRA on all keys and values, and the LoRA's layers."""
    model, layers = load_model(folder / "sd"), list[LowRank]()
    for one in cross_attentions(model):
        for name in ("to_k", "to_v"):
            layers.append(LowRank(getattr(one, name), scale))
            setattr(one, name, layers[-1])
    return model, layers


def at_one_step(model: Model, guidance_scale: float = 3.0) -> Callable[[], Tensor]:
    """A step of a picture with regions, to be predicted again and again."""
    laid = layout(guidance_scale=guidance_scale)
    denoise = denoiser_for(model, laid.recipe, laid.inputs)
    latents = seeded(1, 4, 8, 8)

    def again() -> Tensor:
        with torch.no_grad():
            return answered(model, denoise(latents, SIGMA))

    return again


@pytest.fixture(params=["known", "unknown"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether a LoRA by hand is a kind of layer that is known to hide nothing."""
    if request.param == "known":
        monkeypatch.setattr(keys, "KNOWN", (*keys.KNOWN, __name__))
    return request.param


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("change", CHANGES)
def test_a_lora_that_changes_between_two_calls_of_a_step_is_in_the_second(
    tiny_folder: Path, change: Change
) -> None:
    model, layers = with_lora(tiny_folder)
    fresh, others = with_lora(tiny_folder)
    step = at_one_step(model)
    before = step()
    with torch.no_grad():
        for layer in (*layers, *others):
            change(layer)
    after = step()
    assert torch.equal(after, at_one_step(fresh)())
    assert not torch.equal(after, before)


def test_a_lora_that_is_merged_and_gone_leaves_no_old_keys(tiny_folder: Path) -> None:
    """The layers are the old objects again, their tensors too, and no counter has moved."""
    model, fresh = load_model(tiny_folder / "sd"), load_model(tiny_folder / "sd")
    step = at_one_step(model)
    before = step()
    for one in (*cross_attentions(model), *cross_attentions(fresh)):
        for projection in (one.to_k, one.to_v):
            merged(LowRank(cast("torch.nn.Linear", projection)))
    after = step()
    assert torch.equal(after, at_one_step(fresh)())
    assert not torch.equal(after, before)


def test_keys_are_kept_where_what_decides_them_is_known(
    tiny_folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, layers = with_lora(tiny_folder)
    projected = Projected(model, monkeypatch)
    step = at_one_step(model, guidance_scale=1.0)
    counts: list[int] = []
    for change in (None, None, scaled):
        if change:
            change(layers[0])
        before = projected.count
        step()
        counts.append(projected.count - before)
    assert counts == [3, 0 if kind == "known" else 3, 3]


@pytest.mark.parametrize("how", ["hook", "forward"])
def test_a_layer_that_hears_through_code_of_others_is_asked_each_time(
    tiny_folder: Path, how: str
) -> None:
    model, loud = load_model(tiny_folder / "sd"), [1.0]
    for one in cross_attentions(model):
        projection = cast("Any", one.to_k)
        if how == "hook":
            projection.register_forward_hook(lambda *heard: loud[0] * heard[2])
        else:
            plain = projection.forward
            projection.forward = lambda embeds, plain=plain: loud[0] * plain(embeds)
    step = at_one_step(model, guidance_scale=1.0)  # no row goes round the stack
    before = step()
    loud[0] = 3.0
    after = step()
    assert not torch.equal(after, before)
    loud[0] = 1.0
    assert torch.equal(step(), before)


def test_adapters_of_peft(tiny_folder: Path) -> None:
    """The real layers, put on and turned by diffusers."""
    peft = pytest.importorskip("peft")

    def adapted(scale: float) -> Model:
        model = load_model(tiny_folder / "sd")
        for number, name in enumerate(("one", "two")):
            torch.manual_seed(number)
            targets = ["to_q", "to_k", "to_v", "to_out.0"]
            config = peft.LoraConfig(r=2, target_modules=targets, init_lora_weights=False)
            model.pipeline.unet.add_adapter(config, name)
        model.pipeline.unet.set_adapters(["one"], [scale])
        return model

    model = adapted(0.3)
    unet, step = model.pipeline.unet, at_one_step(model)
    first = step()
    assert kept(model) == 3
    unet.set_adapters(["one"], [1.5])
    assert torch.equal(step(), at_one_step(adapted(1.5))())
    unet.set_adapters(["two"], [1.0])
    assert not torch.equal(step(), first)
    unet.disable_adapters()
    bare = step()
    assert torch.equal(bare, at_one_step(load_model(tiny_folder / "sd"))())
    unet.enable_adapters()
    unet.set_adapters(["one"], [0.3])
    assert torch.equal(step(), first)
    unet.fuse_lora(adapter_names=["one"])
    unet.unload_lora()
    torch.testing.assert_close(step(), first, rtol=1e-4, atol=1e-5)
    assert not torch.equal(step(), bare)


def heard(model: Model) -> Tensor:
    return model.encode_prompt("a red tree", (64, 64)).prompt_embeds


def with_heard_lora(folder: Path, scale: float = 1.0) -> tuple[Model, list[LowRank]]:
    """A model with a LoRA on its text encoder, and the LoRA's layers."""
    model, layers = load_model(folder), list[LowRank]()
    for part in [*model.pipeline.text_encoder.modules()]:
        for name in ("q_proj", "v_proj"):
            if isinstance(projection := getattr(part, name, None), torch.nn.Linear):
                layers.append(LowRank(projection, scale))
                setattr(part, name, layers[-1])
    assert layers
    return model, layers


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_lora_on_the_text_encoder_that_changes_is_in_the_next_embedding(
    tiny_folder: Path, change: Change, family: str
) -> None:
    model, layers = with_heard_lora(tiny_folder / family)
    fresh, others = with_heard_lora(tiny_folder / family)
    before = heard(model)
    assert torch.equal(heard(model), before)
    with torch.no_grad():
        for layer in (*layers, *others):
            change(layer)
    assert torch.equal(heard(model), heard(fresh))
    assert not torch.equal(heard(model), before)


def test_a_lora_that_is_put_on_the_text_encoder_merged_and_gone_is_heard(
    tiny_folder: Path,
) -> None:
    model = load_model(tiny_folder / "sd")
    bare = model.encode_prompt("a red tree", (64, 64))
    assert model.encode_prompt("a red tree", (64, 64)) is bare
    encoder = model.pipeline.text_encoder
    homes = [(part, part.q_proj) for part in encoder.modules() if hasattr(part, "q_proj")]
    for part, projection in homes:
        part.q_proj = LowRank(projection, 1.0)
    assert not torch.equal(heard(model), bare.prompt_embeds)
    for part, projection in homes:
        part.q_proj = projection
    assert torch.equal(heard(model), bare.prompt_embeds)
    for _, projection in homes:
        merged(LowRank(projection))
    assert not torch.equal(heard(model), bare.prompt_embeds)


def test_regions_look_at_the_text_encoders_once_for_all_their_prompts(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, looks = load_model(tiny_folder / "sd"), list[object]()
    now = model._encoders_now  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(model, "_encoders_now", lambda: looks.append(None) or now())
    laid = layout()
    start(model, laid.recipe, laid.inputs)
    assert len(looks) == 1


def test_keys_that_were_kept_cut_no_gradient(tiny_folder: Path) -> None:
    model = load_model(tiny_folder / "sd")
    one = cross_attentions(model)[0]
    weight = cast("torch.nn.Linear", one.to_k).weight.requires_grad_()
    stack = (Mix((prompt(model, "a tree"), prompt(model, "red")), soft_shares()[:2]),)
    hidden = seeded(1, 64, one.to_q.in_features)
    gradients: list[Tensor] = []
    for _ in range(2):
        with attending(model.pipeline.unet, (stack,)):
            with torch.no_grad():
                one(hidden, prompt(model, "a").embeds)
            one(hidden, prompt(model, "a").embeds).square().mean().backward()
        assert weight.grad is not None
        gradients.append(weight.grad)
        weight.grad = None
    assert torch.equal(*gradients)


# --- effects add up ---


@dataclass(frozen=True)
class Nothing:
    """Changes nothing."""

    def __call__(self, asked: Asked, voices: Sequence[Voice]) -> Sequence[Voice]:
        return voices


@dataclass(frozen=True)
class Leaning:
    """A bias between words and areas."""

    bias: Tensor  # [n, tokens]

    def __call__(self, asked: Asked, voices: Sequence[Voice]) -> Sequence[Voice]:
        return [
            replace(v, bias=self.bias if v.place is None else self.bias[v.place]) for v in voices
        ]


@dataclass(frozen=True)
class Reference:
    """Keys and values from elsewhere, heard besides."""

    image: Tensor  # [1, tokens, D]
    weight: float

    def __call__(self, asked: Asked, voices: Sequence[Voice]) -> Sequence[Voice]:
        image = Prompt(self.image)
        key, value = asked.keys(image)
        return [*voices, Voice(image, share=self.weight, keys=(2 * key, value))]


def by_hand(
    one: Attention, hidden: Tensor, text: Tensor, bias: Tensor | float = 0.0, louder: float = 1.0
) -> Tensor:
    """softmax(q k / sqrt(d) + bias) v of every head, before the last projection, [n, C]."""
    split = [
        cast("Any", project)(of).unflatten(1, (one.heads, -1)).transpose(0, 1)
        for project, of in ((one.to_q, hidden), (one.to_k, text[0]), (one.to_v, text[0]))
    ]
    query, key, value = split
    scores = query @ (louder * key).transpose(1, 2) * one.scale + bias
    return (scores.softmax(-1) @ value).transpose(0, 1).flatten(1)


def test_effects_of_a_stack_add_up(each_tiny: Model) -> None:
    """Regions, words that lean to areas and a reference, each in one sum, beside a plain row."""
    one = cross_attentions(each_tiny)[0]
    texts = [prompt(each_tiny, text) for text in ("a tree", "red", "to")]
    image = seeded(*texts[0].embeds.shape)
    bias = 2 * seeded(64, texts[0].embeds.shape[1])
    mix = Mix(tuple(texts), soft_shares())
    own = texts[0].embeds
    hidden = seeded(5, 64, one.to_q.in_features)
    stacks = (
        (mix, Leaning(bias), Reference(image, 0.5)),
        (),
        (Leaning(bias),),
        (Nothing(),),
        (mix,),
    )
    with torch.no_grad():
        with attending(each_tiny.pipeline.unet, stacks):
            found = one(hidden, own.expand(5, -1, -1))
        shares = [share.reshape(-1, 1) for share in at_grid(list(mix.shares), (8, 8))]
        mixed, leaning = (
            sum(s * by_hand(one, row, t.embeds, b) for s, t in zip(shares, texts, strict=True))
            for row, b in ((hidden[4], 0.0), (hidden[0], bias))
        )
        wanted = [
            leaning + 0.5 * by_hand(one, hidden[0], image, louder=2),
            by_hand(one, hidden[1], own),
            by_hand(one, hidden[2], own, bias),
            by_hand(one, hidden[3], own),
            mixed,
        ]
        for row, answer in zip(found, wanted, strict=True):
            out = cast("Any", one.to_out)[0](answer)
            torch.testing.assert_close(row, out, rtol=1e-4, atol=1e-5)


# --- what has no place is refused ---

REGIONS = {"blend": {}, "isolate, then blend": {"mode": "isolate", "isolate_steps": 2}}


def with_reference(folder: Path) -> Model:
    """A model that hears a reference image through processors of diffusers' own."""
    model = load_model(folder / "sd")
    for one in cross_attentions(model):
        size = one.to_q.in_features, one.cross_attention_dim
        one.set_processor(cast("Any", IPAdapterAttnProcessor2_0(*size)))
    return model


@pytest.mark.parametrize("options", REGIONS.values(), ids=REGIONS)
@pytest.mark.parametrize("kind", ["reference", "deaf"])
def test_a_model_without_a_place_for_regions_is_refused_before_it_paints(
    tiny_folder: Path, tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    if kind == "deaf":
        model, named = load_model(tiny_models.write_deaf(tmp_path)), "UNet2DConditionModel has no"
    else:
        model, named = with_reference(tiny_folder), "IPAdapterAttnProcessor2_0"
    processors = dict(model.pipeline.unet.attn_processors)
    laid = Layout(("a tree", box((0, 0, 4, 8)), options), sampler="euler")
    with pytest.raises(ValueError, match=f"regions .*{named}"):
        denoiser_for(model, laid.recipe, laid.inputs)
    with pytest.raises(ValueError, match=f"regions .*{named}"):
        start(model, laid.recipe, laid.inputs)
    with pytest.raises(ValueError, match=f"regions .*{named}"):
        Stream(model).begin(laid.recipe, laid.inputs)
    assert model.pipeline.unet.attn_processors == processors


def test_what_mixes_nothing_is_painted_by_such_a_model(tiny_folder: Path, tmp_path: Path) -> None:
    deaf = load_model(tiny_models.write_deaf(tmp_path))
    alone = Layout(("a tree", box((0, 0, 4, 8)), {"mode": "isolate"}), num_inference_steps=2)
    for laid in (alone, layout(2, regions=())):
        line(deaf, laid.recipe, laid.inputs)
    line(with_reference(tiny_folder), alone.recipe, alone.inputs)


def test_a_transformer_is_refused(tiny: Model) -> None:
    transformer = SD3Transformer2DModel(
        sample_size=8, num_layers=1, attention_head_dim=4, num_attention_heads=2,
        joint_attention_dim=8, caption_projection_dim=8, pooled_projection_dim=8,
    )  # fmt: skip
    mix = Mix((prompt(tiny, "a"),), (torch.ones(8, 8),))
    refused = pytest.raises(ValueError, match=r"regions .*SD3Transformer2DModel has no")
    with refused, attending(transformer, ((mix,),)):
        pass


def test_attention_with_more_to_it_than_keys_and_values_is_refused(tiny_folder: Path) -> None:
    model = load_model(tiny_folder / "sd")
    one = cross_attentions(model)[0]
    one.norm_q = torch.nn.LayerNorm(4)
    with pytest.raises(ValueError, match="norm_q"):
        at_one_step(model)


@pytest.mark.parametrize("plain", [AttnProcessor(), SlicedAttnProcessor(2)])
def test_other_ways_to_the_same_sum_are_as_good(tiny_folder: Path, plain: Any) -> None:
    model = load_model(tiny_folder / "sd")
    wanted = at_one_step(model)()
    model.pipeline.unet.set_attn_processor(plain)
    torch.testing.assert_close(at_one_step(model)(), wanted, rtol=1e-4, atol=1e-4)
    assert set(model.pipeline.unet.attn_processors.values()) == {plain}


def test_attention_that_was_replaced_hears_regions_too(tiny_folder: Path) -> None:
    model = load_model(tiny_folder / "sd")
    step = at_one_step(model)
    wanted = step()
    for module in model.pipeline.unet.modules():
        if isinstance(one := getattr(module, "attn2", None), Attention):
            module.attn2 = copy.deepcopy(one)
            module.attn2.processor = one.processor
    assert torch.equal(step(), wanted)
