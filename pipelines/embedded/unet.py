"""The denoiser: a small UNet that reads the caption at every resolution, trained to predict v."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import Tensor

from .captions import caption, full_caption
from .dataset import Shard, open_shard
from .hearing import retune
from .loop import Plan, load_average, train
from .scenes import Scene, scene
from .sitting import start_of
from .text import WIDTH, token_ids, trained_text
from .vae import encode, latest_vae

UNTITLED = (
    0.1  # share of samples without a caption, for classifier-free guidance (arXiv:2207.12598)
)
HARD = 2.0  # how often a scene with something built is drawn, those without once: it is harder
FULL = 0.35  # share of captions that name everything
BUILT = {"house", "boat", "lighthouse", "bridge"}
EVEN = 0.25  # share of timesteps drawn evenly; the others are logit-normal
MIDDLE, SPREAD = 0.1, 0.8
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


@dataclass(frozen=True)
class Latents:
    """The latents of one shard, and the seeds of its scenes."""

    seeds: range
    values: Tensor  # [N, 4, h, w] float16
    weights: Tensor  # [N]: how often each is drawn


def write_latents(rank: int, ranks: int, folder: Path, shards: list[Shard]) -> None:
    """Encode every shard once. The processes share the shards' pictures between them."""
    vae = latest_vae(folder, shards)
    for shard in shards:
        path = folder / "latents" / f"{shard.name}-{rank}of{ranks}.safetensors"
        if path.exists():
            continue
        path.parent.mkdir(exist_ok=True)
        mine = range(shard.count * rank // ranks, shard.count * (rank + 1) // ranks)
        pictures = open_shard(shard, folder / "renders")[mine.start : mine.stop]
        save_file({"latents": encode(vae, pictures).half().contiguous()}, path)


def read_latents(folder: Path, shard: Shard, ranks: int) -> Latents:
    """The latents that `write_latents` made, as float16."""
    paths = [
        folder / "latents" / f"{shard.name}-{rank}of{ranks}.safetensors" for rank in range(ranks)
    ]
    values = torch.cat([load_file(path)["latents"] for path in paths])
    built = [any(thing.kind in BUILT for thing in scene(seed).things) for seed in shard.seeds]
    return Latents(shard.seeds, values, torch.where(torch.tensor(built), HARD, 1.0))


def train_unet(
    rank: int,
    ranks: int,
    folder: Path,
    shards: list[Shard],
    plan: Plan,
    channels: tuple[int, int, int],
) -> None:
    """Learn to denoise the latents under captions drawn anew each time."""
    tokenizer, encoder = trained_text(folder)
    unet = first_unet(folder, channels)
    latents = [read_latents(folder, shard, ranks) for shard in shards]
    alphas = new_scheduler().alphas_cumprod

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        clean, texts = drawn(latents, batch, ranks, draws, UNTITLED)
        with torch.no_grad():
            embeds = encoder(token_ids(tokenizer, texts)).last_hidden_state
        return denoising_loss(unet, clean, embeds, alphas, draws)

    train("unet", unet, loss, plan, folder, rank, ranks)


def drawn(
    latents: list[Latents], batch: int, ranks: int, draws: torch.Generator, untitled: float
) -> tuple[Tensor, list[str]]:
    """A batch of latents [n, 4, h, w] of one size, each with a fresh caption or, untitled, none.

    All processes draw the same size; of larger pictures there are fewer.
    """
    together = torch.Generator().manual_seed(draws.initial_seed() // ranks)
    weights = torch.tensor([float(len(size.seeds)) for size in latents])
    size = latents[int(torch.multinomial(weights, 1, generator=together))]
    area = size.values.shape[2] * size.values.shape[3]
    batch = max(1, batch * 256 // max(area, 256))
    chosen = torch.multinomial(size.weights, batch, replacement=True, generator=draws)
    rng = np.random.default_rng(int(torch.randint(2**31, (), generator=draws)))
    texts = [
        "" if rng.random() < untitled else _told(scene(size.seeds[index]), rng)
        for index in chosen.tolist()
    ]
    return size.values[chosen].float(), texts


def _told(scene: Scene, rng: np.random.Generator) -> str:
    """A caption; often one that leaves nothing out, so that sides and colours are learnt."""
    return (full_caption if rng.random() < FULL else caption)(scene, rng)


def denoising_loss(
    unet: UNet2DConditionModel,
    clean: Tensor,
    embeds: Tensor,
    alphas: Tensor,
    draws: torch.Generator,
) -> Tensor:
    """Weighted squared error of v (arXiv:2202.00512) for latents [N, 4, h, w] at random timesteps.

    The timesteps are spread over the batch, which makes the loss less noisy.
    """
    count = len(clean)
    places = often_in_between((torch.arange(count) + torch.rand(count, generator=draws)) / count)
    timesteps = (places * len(alphas)).long().clamp(max=len(alphas) - 1)
    kept = alphas[timesteps].sqrt()[:, None, None, None]
    lost = (1 - alphas[timesteps]).sqrt()[:, None, None, None]
    noise = torch.randn(clean.shape, generator=draws)
    with torch.autocast(clean.device.type, torch.bfloat16, enabled=halves_are_fast(clean.device)):
        predicted = unet(kept * clean + lost * noise, timesteps, embeds).sample.float()
    error = (predicted - (kept * noise - lost * clean)).square().mean(dim=(1, 2, 3))
    snr = alphas[timesteps] / (1 - alphas[timesteps])
    return (error * (SNR_CAP + 1) / (snr + 1).clamp(min=SNR_CAP + 1)).mean()


def often_in_between(shares: Tensor) -> Tensor:
    """Even shares (0..1) of the schedule, three quarters of them moved to its middle.

    There it is decided what stands where; a logit-normal density (arXiv:2403.03206), and an even
    one below it so that no timestep is forgotten.
    """
    inner = ((shares - EVEN / 2) / (1 - EVEN)).clamp(1e-4, 1 - 1e-4)
    moved = torch.sigmoid(MIDDLE + SPREAD * torch.special.ndtri(inner))
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
