"""The few-step sibling: a low-rank change of the UNet that paints in four steps without guidance.

Consistency distillation (arXiv:2303.01469, arXiv:2310.04378) at the noise levels that the sampler
`lcm` visits: from each, the student learns to say at once where the teacher, guided and in two
steps, would arrive. The teacher goes all the way, so nothing is learnt from the student's own
unfinished opinion, and the teacher's guidance becomes part of the student.
"""

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from torch.func import functional_call

from ..attention import attending
from ..folder import LOWRANK, NOTES
from ..lowrank import DOWN, UP, Factors, changed, read_factors, save_factors
from . import few_folder
from .dataset import Shard
from .export import GUIDANCE
from .lessons import Lesson, Lessons
from .loop import Plan, load_average, train
from .sitting import start_of
from .unet import new_scheduler, trained_unet

RANK = 16
LEVELS = (999, 759, 499, 259)  # timesteps: diffusers' LCMScheduler for four steps
TEACHER_STEPS = 2  # from a level down to clean; more, and there is less time for more pictures


def new_factors(model: nn.Module, rank: int, draws: torch.Generator) -> Factors:
    """Factors for every weight of two dimensions or more; together they change nothing yet."""
    factors: Factors = {}
    for name, weight in model.named_parameters():
        if weight.dim() < 2:
            continue
        rest = weight[0].numel()
        small = min(rank, len(weight), rest)
        factors[name + UP] = torch.zeros(len(weight), small)
        factors[name + DOWN] = torch.randn(small, rest, generator=draws) * rest**-0.5
    return factors


def first_factors(folder: Path) -> Factors | None:
    """What a sitting's sibling begins as: the start's. None: it has none."""
    start = start_of(folder)
    path = few_folder(start) / LOWRANK if start else None
    return read_factors(path) if path and path.exists() else None


class Student(nn.Module):
    """The frozen UNet with factors that learn."""

    def __init__(self, unet: UNet2DConditionModel, factors: Factors | None = None) -> None:
        super().__init__()
        self.unet = unet.requires_grad_(False)
        factors = factors or new_factors(unet, RANK, torch.Generator().manual_seed(0))
        self.names = list(factors)
        self.values = nn.ParameterList(nn.Parameter(value) for value in factors.values())

    def factors(self) -> Factors:
        """The factors by name."""
        return dict(zip(self.names, self.values, strict=True))

    def forward(self, latents: Tensor, timesteps: Tensor, embeds: Tensor) -> Tensor:
        """The changed UNet's prediction of v."""
        weights = changed(self.unet, self.factors())
        return functional_call(self.unet, weights, (latents, timesteps, embeds)).sample


def train_few(
    rank: int,
    ranks: int,
    folder: Path,
    shards: list[Shard],
    plan: Plan,
    channels: tuple[int, int, int],
) -> None:
    """Learn the ends of the teacher's trajectories."""
    lessons = Lessons(folder, shards, ranks)
    teacher = trained_unet(folder, channels)
    student = Student(trained_unet(folder, channels), first_factors(folder))
    alphas = new_scheduler().alphas_cumprod
    nothing = lessons.heard([""])

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        lesson = lessons.draw(batch, draws, 0)
        clean = lesson.clean
        levels = torch.tensor(LEVELS)[torch.randint(len(LEVELS), (len(clean),), generator=draws)]
        with torch.no_grad():
            kept, lost = scales(alphas, levels)
            noised = kept * clean + lost * torch.randn(clean.shape, generator=draws)
            end = arrived(teacher, noised, levels, lesson, nothing, alphas)
        with attending(student.unet, lesson.mixes):
            said = kept * noised - lost * student(noised, levels, lesson.embeds)
        return F.huber_loss(said, end, delta=0.5)

    train("few", student, loss, plan, folder, rank, ranks)


def scales(alphas: Tensor, timesteps: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the picture and of the noise there is at timesteps [N]: two of [N, 1, 1, 1]."""
    alpha = torch.where(timesteps < 0, torch.ones(()), alphas[timesteps.clamp(min=0)])
    alpha = alpha[:, None, None, None]
    return alpha.sqrt(), (1 - alpha).sqrt()


def arrived(
    teacher: UNet2DConditionModel,
    latents: Tensor,
    timesteps: Tensor,
    lesson: Lesson,
    nothing: Tensor,
    alphas: Tensor,
) -> Tensor:
    """Where the guided teacher arrives from latents [N, 4, h, w] at timesteps [N], by DDIM."""
    both = torch.cat([lesson.embeds, nothing.expand(len(lesson.embeds), -1, -1)])
    mixes = (*lesson.mixes, *(None for _ in lesson.mixes))
    clean = latents
    for now, then in downwards(timesteps):
        kept, lost = scales(alphas, now)
        with attending(teacher, mixes):
            predicted = teacher(torch.cat([latents, latents]), torch.cat([now, now]), both).sample
        guided, free = predicted.chunk(2)
        velocity = free + GUIDANCE * (guided - free)
        clean, noise = kept * latents - lost * velocity, lost * latents + kept * velocity
        kept, lost = scales(alphas, then)
        latents = kept * clean + lost * noise
    return clean


def downwards(timesteps: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Pairs of timesteps [N] from each down to clean, which is -1."""
    shares = [1 - step / TEACHER_STEPS for step in range(TEACHER_STEPS + 1)]
    places = [((timesteps + 1) * share).long() - 1 for share in shares]
    yield from pairwise(places)


def write_few(folder: Path, channels: tuple[int, int, int], weights: Path) -> None:
    """The averaged factors of the checkpoint, in a folder beside the weights they change."""
    student = Student(trained_unet(folder, channels))
    load_average(student, folder, "few")
    sibling = few_folder(weights)
    save_factors(student.factors(), sibling / LOWRANK)
    shutil.copyfile(weights / "model_index.json", sibling / "model_index.json")
    notes = {"guidance_scale": 1.0, "base": weights.name}
    (sibling / NOTES).write_text(json.dumps(notes, indent=1) + "\n")
