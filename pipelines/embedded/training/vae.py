"""The autoencoder: eight pixels a latent, four channels, of which three are held to colour."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor

from .dataset import Shard, open_shard
from .loop import Plan, load_average, train
from .session import start_of

TIE = 0.1  # weight of the colour tie
ANCHOR = 0.1  # weight of staying near the latents that the UNet knows
SPREAD = 0.06  # deviation of the noise the decoder learns to bear, of latents about 1 wide


def new_vae() -> AutoencoderKL:
    """An untrained autoencoder of the shipped shape.

    No attention in the middle: a latent then sees its neighbourhood only, so that an edit stays
    where it was made.
    """
    shape: dict[str, Any] = {  # diffusers annotates its tuples as one long
        "in_channels": 3,
        "out_channels": 3,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (16, 32, 64, 128),
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "latent_channels": 4,
        "sample_size": 128,
        "scaling_factor": 1.0,
        "mid_block_add_attention": False,
    }
    return AutoencoderKL(**shape)


def means_of(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """The posterior's means [N, 4, h, w] of pictures [N, 3, H, W] in -1..1."""
    return vae.encode(pictures, return_dict=False)[0].mean


def decoded(vae: AutoencoderKL, latents: Tensor) -> Tensor:
    """The pictures [N, 3, H, W], about -1..1, of latents [N, 4, h, w]."""
    return vae.decode(latents.to(torch.float32), return_dict=False)[0]  # type: ignore[arg-type] # FloatTensor


def first_vae(folder: Path) -> AutoencoderKL:
    """What a sitting's autoencoder begins as."""
    start = start_of(folder)
    if start is None:
        return new_vae()
    options: dict[str, Any] = {"torch_dtype": torch.float32, "low_cpu_mem_usage": False}
    return AutoencoderKL.from_pretrained(start, subfolder="vae", **options)


def train_vae(rank: int, ranks: int, folder: Path, shards: list[Shard], plan: Plan) -> None:
    """Learn from random pieces of the renders, 64 pixels wide.

    Begun from weights, the latents are held to what they were: the UNet knows those.
    """
    vae = first_vae(folder)
    before = first_vae(folder).eval().requires_grad_(False) if start_of(folder) else None
    pictures = [open_shard(shard, folder / "renders") for shard in shards]

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        clean = pieces(pictures, batch, draws)
        means = means_of(vae, clean)
        spread = SPREAD * 2 * torch.rand(batch, 1, 1, 1, generator=draws)
        seen = means + spread * torch.randn(means.shape, generator=draws)
        error = picture_loss(clean, decoded(vae, seen))
        if before is None:
            return error + tie_loss(clean, means)
        return error + ANCHOR * (means - means_of(before, clean)).square().mean()

    train("vae", vae, loss, plan, folder, rank, ranks)


def train_decoder(rank: int, ranks: int, folder: Path, shards: list[Shard], plan: Plan) -> None:
    """Learn to paint better what the latents say, which stay as they are."""
    vae = decoder_only(latest_vae(folder, shards))
    pictures = [open_shard(shard, folder / "renders") for shard in shards]

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        clean = pieces(pictures, batch, draws)
        with torch.no_grad():
            means = means_of(vae, clean)
        spread = SPREAD * 2 * torch.rand(batch, 1, 1, 1, generator=draws)
        seen = means + spread * torch.randn(means.shape, generator=draws)
        return picture_loss(clean, decoded(vae, seen))

    train("decoder", vae, loss, plan, folder, rank, ranks)


def decoder_only(vae: AutoencoderKL) -> AutoencoderKL:
    """The autoencoder with everything behind the latents free to learn, the rest frozen."""
    vae.requires_grad_(False)
    vae.decoder.requires_grad_(True)
    return vae


def pieces(
    pictures: list[NDArray[np.uint8]], batch: int, draws: torch.Generator, size: int = 64
) -> Tensor:
    """Random squares of random renders, half of them mirrored: [batch, 3, size, size], -1..1."""
    rng = np.random.default_rng(int(torch.randint(2**31, (), generator=draws)))
    sizes = np.array([shard[..., 0].size for shard in pictures], float)
    squares = np.empty((batch, size, size, 3), np.uint8)
    for index in range(batch):
        shard = pictures[rng.choice(len(pictures), p=sizes / sizes.sum())]
        picture = shard[rng.integers(len(shard))]
        top = rng.integers(picture.shape[0] - size + 1)
        left = rng.integers(picture.shape[1] - size + 1)
        square = picture[top : top + size, left : left + size]
        squares[index] = square[:, ::-1] if rng.random() < 0.5 else square
    return to_tensor(squares)


def to_tensor(pictures: NDArray[np.uint8]) -> Tensor:
    """uint8 [N, H, W, 3] -> float32 [N, 3, H, W] in -1..1, channels last in memory."""
    return torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def picture_loss(clean: Tensor, back: Tensor) -> Tensor:
    """Absolute and squared error, of slopes too."""
    error = back - clean
    slopes = sum((error.diff(dim=axis)).abs().mean() for axis in (2, 3))
    return error.abs().mean() + 2 * error.square().mean() + 0.5 * slopes


def tie_loss(clean: Tensor, means: Tensor) -> Tensor:
    """Draws latents 0 to 2 to twice the mean colour of their eight by eight pixels.

    Without it small saturated areas (a red roof) are lost for a long time. The fourth latent is
    only kept from growing, which would make the noise the decoder bears meaningless.
    """
    tie = (means[:, :3] - 2 * F.avg_pool2d(clean, 8)).square().mean()
    return TIE * tie + F.relu(means.abs() - 2.5).square().mean()


@torch.no_grad()
def whiten(vae: AutoencoderKL, means: Tensor) -> None:
    """Make the latents' channels uncorrelated and unit-wide, in the layers made for such things.

    `means` [N, 4, h, w] are latents of renders. The symmetric root keeps each channel as near to
    what it was as can be. The posterior's deviation becomes a constant.
    """
    flat = means.permute(1, 0, 2, 3).reshape(4, -1).double()
    centre = flat.mean(1)
    values, vectors = torch.linalg.eigh(torch.cov(flat))
    forward = (vectors * values.rsqrt()) @ vectors.T
    backward = (vectors * values.sqrt()) @ vectors.T
    inside, outside = vae.quant_conv, vae.post_quant_conv
    assert inside is not None
    assert outside is not None
    assert inside.bias is not None
    assert outside.bias is not None
    weight, bias = inside.weight[:4, :, 0, 0].double(), inside.bias[:4].double()
    inside.weight[:4, :, 0, 0] = (forward @ weight).float()
    inside.bias[:4] = (forward @ (bias - centre)).float()
    inside.weight[4:] = 0
    inside.bias[4:] = 2 * float(np.log(SPREAD))
    kept = outside.weight[:, :, 0, 0].double()
    outside.bias.add_((kept @ centre).float())
    outside.weight[:, :, 0, 0] = (kept @ backward).float()


def latest_vae(folder: Path, shards: list[Shard]) -> AutoencoderKL:
    """The averaged autoencoder of the checkpoint; the start's if this sitting left it as it was.

    One made from nothing is whitened on the first renders; one begun from weights was already.
    """
    vae = first_vae(folder)
    start = start_of(folder)
    if start is None or (folder / "vae.safetensors").exists():
        load_average(vae, folder, "vae")
    vae.eval().requires_grad_(False)
    if start is None:
        first = open_shard(shards[0], folder / "renders")[:512]
        whiten(vae, encode(vae, first))
    return vae


def trained_vae(folder: Path, shards: list[Shard]) -> AutoencoderKL:
    """The latest autoencoder with the decoder that was trained last."""
    vae = latest_vae(folder, shards)
    if (folder / "decoder.safetensors").exists():
        load_average(decoder_only(vae), folder, "decoder")
    return vae.requires_grad_(False)


@torch.no_grad()
def encode(vae: AutoencoderKL, pictures: NDArray[np.uint8]) -> Tensor:
    """Latents [N, 4, h, w] of renders [N, H, W, 3]: the posterior's means."""
    batches = [to_tensor(pictures[i : i + 32]) for i in range(0, len(pictures), 32)]
    return torch.cat([means_of(vae, batch) for batch in batches])


@torch.no_grad()
def psnr(vae: AutoencoderKL, pictures: NDArray[np.uint8]) -> float:
    """Peak signal to noise of round trips, dB, over all renders [N, H, W, 3] together."""
    squared = []
    for start in range(0, len(pictures), 32):
        clean = to_tensor(pictures[start : start + 32])
        back = decoded(vae, means_of(vae, clean)).clamp(-1, 1)
        squared.append((back - clean).square().mean(dim=(1, 2, 3)))
    return float(10 * torch.log10(4 / torch.cat(squared).mean()))
