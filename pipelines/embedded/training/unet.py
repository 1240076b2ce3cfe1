"""The denoiser: a small UNet that reads the caption at every resolution, trained to predict v."""

from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import Tensor

from .batched_regions import hearing_together, taught_together
from .dataset import Shard
from .loop import Plan, load_average, train
from .realignment import retune
from .samples import Lesson, Lessons
from .session import start_of
from .text import WIDTH

UNTITLED = (
    0.1  # share of samples without a caption, for classifier-free guidance (arXiv:2207.12598)
)
EVEN = 0.25  # share of timesteps drawn evenly; the others are logit-normal
MIDDLE, BREADTH = 0.1, 0.8  # of their logits
SNR_CAP = 5.0  # of the loss's weight, after arXiv:2303.09556; the floor of 1 keeps the noisy end

SCHEDULE: dict[
    str, Any
] = {  # Stable Diffusion's form with a higher end: sigma reaches 64, and no further
    "num_train_timesteps": 1000,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.02,
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": False,
    "steps_offset": 1,
}


def new_scheduler() -> DDIMScheduler:
    """The noise schedule, as the sampler that is shipped with the weights."""
    return DDIMScheduler(**SCHEDULE)


def new_unet(channels: tuple[int, int, int] = (64, 128, 192)) -> UNet2DConditionModel:
    """An untrained UNet of the shipped shape. What is added to a stream starts at zero."""
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=channels,
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D",) * 3,
        up_block_types=("CrossAttnUpBlock2D",) * 3,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,  # diffusers' name for the number of heads
        norm_num_groups=16,
        use_linear_projection=True,
    )
    for name, module in unet.named_modules():
        if name.endswith(("conv2", "proj_out", "conv_out")):
            for parameter in module.parameters(recurse=False):
                torch.nn.init.zeros_(parameter)
    return unet


def first_unet(folder: Path, channels: tuple[int, int, int]) -> UNet2DConditionModel:
    """What a sitting's UNet begins as."""
    start = start_of(folder)
    if start is None:
        return new_unet(channels)
    options: dict[str, Any] = {"torch_dtype": torch.float32, "low_cpu_mem_usage": False}
    unet = UNet2DConditionModel.from_pretrained(start, subfolder="unet", **options)
    if (folder / "text.safetensors").exists() and not (folder / "unet.safetensors").exists():
        retune(unet, folder, start)
    return unet


def train_unet(
    rank: int,
    ranks: int,
    folder: Path,
    shards: list[Shard],
    plan: Plan,
    channels: tuple[int, int, int],
) -> None:
    """Learn to denoise the latents under captions drawn anew each time."""
    lessons = Lessons(folder, shards, ranks)
    unet = taught_together(first_unet(folder, channels))
    alphas = new_scheduler().alphas_cumprod

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        return denoising_loss(unet, lessons.draw(batch, draws, UNTITLED), alphas, draws)

    train("unet", unet, loss, plan, folder, rank, ranks)


def denoising_loss(
    unet: UNet2DConditionModel, lesson: Lesson, alphas: Tensor, draws: torch.Generator
) -> Tensor:
    """Weighted squared error of v (arXiv:2202.00512) for a lesson's latents at random timesteps.

    The timesteps are spread over the batch, which makes the loss less noisy.
    """
    clean, count = lesson.clean, len(lesson.clean)
    places = often_in_between((torch.arange(count) + torch.rand(count, generator=draws)) / count)
    timesteps = (places * lesson.below * len(alphas)).long().clamp(max=len(alphas) - 1)
    kept = alphas[timesteps].sqrt()[:, None, None, None]
    lost = (1 - alphas[timesteps]).sqrt()[:, None, None, None]
    noise = torch.randn(clean.shape, generator=draws)
    halved = torch.autocast(
        clean.device.type, torch.bfloat16, enabled=halves_are_fast(clean.device)
    )
    with halved, hearing_together(unet, lesson.mixes, lesson.embeds):
        predicted = unet(kept * clean + lost * noise, timesteps, lesson.embeds).sample.float()
    error = (predicted - (kept * noise - lost * clean)).square() * lesson.care
    error = error.mean(dim=(1, 2, 3))
    snr = alphas[timesteps] / (1 - alphas[timesteps])
    return (error * (SNR_CAP + 1) / (snr + 1).clamp(min=SNR_CAP + 1)).mean()


def often_in_between(shares: Tensor) -> Tensor:
    """Even shares (0..1) of the schedule, three quarters of them moved to its middle.

    There it is decided what stands where; a logit-normal density (arXiv:2403.03206), and an even
    one below it so that no timestep is forgotten.
    """
    inner = ((shares - EVEN / 2) / (1 - EVEN)).clamp(1e-4, 1 - 1e-4)
    moved = torch.sigmoid(MIDDLE + BREADTH * torch.special.ndtri(inner))
    outside = (shares < EVEN / 2) | (shares > 1 - EVEN / 2)
    return torch.where(outside, (shares / EVEN) % 1, moved)


def halves_are_fast(device: torch.device) -> bool:
    """Whether bfloat16 saves time: a processor without it takes ten times as long."""
    return device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def trained_unet(folder: Path, channels: tuple[int, int, int]) -> UNet2DConditionModel:
    """The averaged UNet of the checkpoint, frozen; the start's if none was trained."""
    unet = first_unet(folder, channels)
    if start_of(folder) is None or (folder / "unet.safetensors").exists():
        load_average(unet, folder, "unet")
    return unet.eval().requires_grad_(False)
