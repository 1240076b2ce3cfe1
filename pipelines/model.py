"""The border to diffusers: SD 1.5, SD 2 and SDXL alike, seen as a denoiser.

Model        encode_prompt, predict, encode_image, decode
load_model   any diffusers folder, after checking that it is one of those (see folder.py)

The rest of the package knows sigmas and clean latents only. Timesteps, input scaling and
prediction types end here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from diffusers import AutoencoderTiny
from torch import Tensor

from .attention import Effect, attending
from .folder import Family, load_parts, weights_hash
from .keys import deciding, sampled
from .pixels import CELL, Floats, Pixels, Size, full
from .schedule import Training, samplers_of, training_sigmas

Made = TypeVar("Made")
REMEMBERED = 128  # encoded prompts, masks, images: a run of forty regions names no more
GUIDANCE = {"sd": 7.5, "sdxl": 5.0}  # the defaults of diffusers' pipelines


@dataclass(frozen=True, eq=False)
class Conditioning:
    """What the UNet hears of prompts, B of them. The last two are SDXL's."""

    prompt_embeds: Tensor  # [B, tokens, D]
    pooled_prompt_embeds: Tensor | None = None  # [B, D2]
    time_ids: Tensor | None = None  # [B, 6]: original size, crop, target size
    effects: tuple[tuple[Effect, ...], ...] = ()  # B stacks in its cross-attention, or none at all


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What others may want to know of a model."""

    name: str
    hash: str  # sha256 over its weight files' contents
    family: Family
    native: int  # pixels; the side it was trained at
    guidance_scale: float  # a good start
    device: str
    samplers: tuple[str, ...]


class Model:
    """A diffusers pipeline's components behind four verbs."""

    def __init__(
        self,
        pipeline: Any,  # Any: StableDiffusionPipeline or its XL form, typed in part only
        training: Training,
        info: ModelFacts,
        tiny: AutoencoderTiny | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.training = training
        self.info = info
        self.tiny = tiny  # None: no tiny autoencoder was given
        self.device = torch.device(info.device)
        self._unet = pipeline.unet
        self._vae = pipeline.vae
        self.multiple = 2 ** (len(self._unet.config["block_out_channels"]) - 1)
        """Sides of latents, in cells, that the UNet halves without a rest are multiples of it."""
        self._log_sigmas = np.log(training_sigmas(training))
        self._remembered: OrderedDict[Hashable, object] = OrderedDict()
        self._encoders: tuple[object, object] = None, None  # their state, and a name for it
        self._still: object = None  # the name, where they are known to stay as they are

    def latent_shape(self, size: Size) -> tuple[int, int, int, int]:
        """[1, C, h, w] of a working size in pixels."""
        return 1, self._vae.config.latent_channels, size[1] // CELL, size[0] // CELL

    @torch.no_grad()
    def encode_prompt(
        self,
        prompt: str,
        size: Size,
        role: Literal["positive", "negative"] = "positive",
        *,
        clip_skip: int | None = None,
    ) -> Conditioning:
        """What the UNet hears of a prompt; equal prompts give the same object.

        Anew where the text encoders are others by now, as by a LoRA that was put on or turned.
        SDXL's own convention: its empty negative prompt is zeros, not the embedding of "".
        clip_skip: layers left out at the end; 0 and None: as the model was trained. ValueError: it
        has not so many.
        """
        if clip_skip is not None and clip_skip > (most := self._most_clip_skip()):
            raise ValueError(f"clip_skip must be at most {most} with this model, got {clip_skip}")
        zeros = self.info.family == "sdxl" and role == "negative" and not prompt
        zeros = zeros and bool(self.pipeline.config.get("force_zeros_for_empty_prompt"))
        now = self._still or self._encoders_now()
        key = ("prompt", prompt, size, zeros, clip_skip, now)
        return self.remember(key, lambda: self._encode_prompt(prompt, size, zeros, clip_skip))

    def _most_clip_skip(self) -> int:
        """All layers of the text encoder with the fewest; SDXL is trained without the last."""
        encoders = self.pipeline.text_encoder, getattr(self.pipeline, "text_encoder_2", None)
        layers = min(one.config.num_hidden_layers for one in encoders if one is not None)
        return layers - (self.info.family == "sdxl")

    @contextmanager
    def still(self) -> Generator[None]:
        """Nobody changes the text encoders inside: they are looked at once, not for each prompt."""
        before, self._still = self._still, self._still or self._encoders_now()
        try:
            yield
        finally:
            self._still = before

    @torch.no_grad()
    def _encoders_now(self) -> object:
        """A name for all that decides what they make of a prompt: another once that changes."""
        parts = [getattr(self.pipeline, name, None) for name in ("text_encoder", "text_encoder_2")]
        encoders = [part for part in parts if part is not None]
        state = deciding(*encoders), [some.tolist() for some in sampled(encoders)]
        if state != self._encoders[0]:
            self._encoders = state, object()
        return self._encoders[1]

    def unheard(self, prompt: str) -> str:
        """The end of a prompt that is longer than the model takes; empty: all of it is heard."""
        tokenizer = self.pipeline.tokenizer
        found = tokenizer(prompt, truncation=False, verbose=False, return_offsets_mapping=True)
        places = found.offset_mapping[tokenizer.model_max_length - 1 : -1]  # the last is a sign
        return prompt[places[0][0] :].strip() if places else ""

    def _encode_prompt(
        self, prompt: str, size: Size, zeros: bool, clip_skip: int | None
    ) -> Conditioning:
        encoded = self.pipeline.encode_prompt(
            prompt=prompt,
            device=self.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=False,
            clip_skip=clip_skip,
        )
        if self.info.family == "sd":
            return Conditioning(encoded[0])
        embeds, _, pooled, _ = encoded
        if zeros:
            embeds, pooled = torch.zeros_like(embeds), torch.zeros_like(pooled)
        wide, high = size
        time_ids = torch.tensor([[high, wide, 0, 0, high, wide]], device=self.device)
        return Conditioning(embeds, pooled, time_ids.to(embeds.dtype))

    @torch.no_grad()
    def predict(
        self, latents: Tensor, sigma: float | Sequence[float], conditioning: Conditioning
    ) -> Tensor:
        """The clean latents under each conditioning, [B, C, h, w] float32, in one UNet call.

        latents: [1, C, h, w], the same for all, or [B, C, h, w]. sigma: the same for all, or B.
        """
        # The scale is that of the variance-preserving latents that the UNet was trained on.
        if isinstance(sigma, Sequence):  # made in double precision and rounded once, as one is
            level, scale = (
                torch.tensor(values, device=self.device)[:, None, None, None]
                for values in (sigma, [(one**2 + 1) ** -0.5 for one in sigma])
            )
            timestep = torch.tensor([self.timestep(one) for one in sigma], device=self.device)
        else:
            level, scale, timestep = sigma, (sigma**2 + 1) ** -0.5, self.timestep(sigma)
        scaled = (latents * scale).to(self._unet.dtype)
        extras = {
            "text_embeds": conditioning.pooled_prompt_embeds,
            "time_ids": conditioning.time_ids,
        }
        with attending(self._unet, conditioning.effects):
            output = self._unet(
                scaled.expand(len(conditioning.prompt_embeds), -1, -1, -1),
                timestep,
                encoder_hidden_states=conditioning.prompt_embeds,
                added_cond_kwargs=extras if self.info.family == "sdxl" else None,
                return_dict=False,
            )[0].float()
        if self.training.prediction_type == "epsilon":
            return latents - level * output
        return scale * (scale * latents - level * output)

    def timestep(self, sigma: float) -> int:
        """The training timestep whose noise level is nearest: every schedule's own choice."""
        return int(np.abs(self._log_sigmas - np.log(sigma)).argmin())

    @torch.no_grad()
    def encode_image(self, pixels: Pixels) -> Tensor:
        """The clean latents of an RGB image of working size: the mode, so nothing is drawn."""
        image = self.tensor(pixels.astype(np.float32) / np.float32(full(pixels)))
        config = self._vae.config
        mode = self._vae.encode(image.to(self._vae.dtype)).latent_dist.mode().float()
        return (mode - (config.shift_factor or 0.0)) * config.scaling_factor

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Floats:
        """The image of clean latents, [H, W, 3] in 0..1."""
        config = self._vae.config
        raw = latents / config.scaling_factor + (config.shift_factor or 0.0)
        return _to_array(self._vae.decode(raw.to(self._vae.dtype), return_dict=False)[0])

    @torch.no_grad()
    def decode_tiny(self, latents: Tensor) -> Floats:
        """The same by the tiny autoencoder, in a fraction of the time."""
        if self.tiny is None:
            raise ValueError(f"model {self.info.name} came without a tiny autoencoder")
        raw = (latents / self.tiny.config["scaling_factor"]).to(self.tiny.dtype)
        return _to_array(self.tiny.decode(raw, return_dict=False)[0])

    def tensor(self, image: Floats) -> Tensor:
        """[H, W, C] in 0..1 as [1, C, H, W] in -1..1 on the model's device."""
        return (torch.from_numpy(image) * 2 - 1).permute(2, 0, 1)[None].to(self.device)

    def remember(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gave the last time under this key: prompts and images are encoded once."""
        if key not in self._remembered:
            self._remembered[key] = make()
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        self._remembered.move_to_end(key)
        return self._remembered[key]  # pyright: ignore[reportReturnType] # a key names one type


def stack(conditionings: Sequence[Conditioning]) -> Conditioning:
    """Several as one batch."""
    first = conditionings[0]
    stacks = tuple(s for c in conditionings for s in c.effects or ((),) * len(c.prompt_embeds))
    stacks = stacks if any(stacks) else ()
    if first.pooled_prompt_embeds is None:
        return Conditioning(torch.cat([c.prompt_embeds for c in conditionings]), effects=stacks)
    return Conditioning(
        torch.cat([c.prompt_embeds for c in conditionings]),
        torch.cat(
            [c.pooled_prompt_embeds for c in conditionings if c.pooled_prompt_embeds is not None]
        ),
        torch.cat([c.time_ids for c in conditionings if c.time_ids is not None]),
        stacks,
    )


def load_model(
    folder: Path | str,
    device: str = "auto",
    dtype: torch.dtype | None = None,
    *,
    name: str | None = None,
    tiny: Path | str | None = None,
) -> Model:
    """A model from a diffusers folder, with the tiny autoencoder in its `taesd` or in `tiny`.

    Reads safetensors only and nothing from the network. `dtype` None: float32 on CPU and Metal,
    float16 on CUDA. Raises ValueError naming what is wrong with the folder.
    """
    folder = Path(folder)
    device = auto_device() if device == "auto" else usable(device)
    dtype = dtype or (torch.float16 if device.startswith("cuda") else torch.float32)
    parts = load_parts(folder, device, dtype, Path(tiny) if tiny else folder / "taesd")
    training = Training.of(parts.scheduler_config)
    if not (samplers := samplers_of(training)):
        raise ValueError(f"{folder}: a model with zero terminal SNR must predict v, not epsilon")
    info = ModelFacts(
        name=name or folder.name,
        hash=weights_hash(folder),
        family=parts.family,
        native=parts.pipeline.unet.config.sample_size * CELL,
        guidance_scale=parts.guidance_scale or GUIDANCE[parts.family],
        device=device,
        samplers=samplers,
    )
    return Model(parts.pipeline, training, info, parts.tiny)


def usable(device: str) -> str:
    """The device, if there is such a one here. ValueError: there is none, and what there is."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there = ["cpu", *(f"cuda:{card}" for card in range(cards))]
    there += ["mps"] if torch.backends.mps.is_available() else []
    if ("cuda:0" if device == "cuda" else device) in there:
        return device
    raise ValueError(
        f"device {device} is not there: this machine and its torch {torch.__version__} have "
        f"{', '.join(there)}; --device auto takes the fastest"
    )


def auto_device() -> str:
    """The fastest device there is."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _to_array(decoded: Tensor) -> Floats:
    image = (decoded.float()[0] / 2 + 0.5).clamp(0, 1)
    return image.permute(1, 2, 0).contiguous().cpu().numpy()
