"""The few-step sibling: a low-rank change of the UNet that paints in four steps without guidance.

Consistency distillation (arXiv:2303.01469, arXiv:2310.04378) at the noise levels that the sampler
`lcm` visits: from each, the student learns to say at once where the teacher, guided and in a few
steps, would arrive. The teacher goes all the way, so nothing is learnt from the student's own
unfinished opinion, and the teacher's guidance becomes part of the student. Half of the pictures it
begins from are what the student itself has come to above that level: it meets its own mistakes, as
it will when it paints (arXiv:1011.0686), and the teacher says how they are made good.
"""

import json
import shutil
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from torch.func import functional_call

from ...folder import LOWRANK, NOTES
from ...lowrank import DOWN, UP, Factors, changed, read_factors, save_factors
from .. import few_folder
from .batched_regions import hearing_together, taught_together
from .dataset import Shard
from .export import GUIDANCE
from .loop import Plan, load_average, train
from .samples import Lesson, Lessons
from .session import start_of
from .unet import halves_are_fast, new_scheduler, trained_unet

RANK = 16
LEVELS = (999, 759, 499, 259)  # timesteps: diffusers' LCMScheduler for four steps
TEACHER_STEPS = (3, 4, 3, 2)  # from each down to clean; from the first not much can be known yet
ALPHAS = new_scheduler().alphas_cumprod
OWN = 0.5  # share of pictures that the student has come to by itself


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

    def weights(self) -> dict[str, Tensor]:
        """The UNet's, changed."""
        return changed(self.unet, self.factors())

    def forward(
        self, latents: Tensor, timesteps: Tensor, lesson: Lesson, weights: dict[str, Tensor]
    ) -> Tensor:
        """The picture that the changed UNet predicts from [N, 4, h, w] at timesteps [N]."""
        with hearing_together(self.unet, lesson.mixes, lesson.embeds):
            arguments = latents, timesteps, lesson.embeds
            velocity = functional_call(self.unet, weights, arguments).sample.float()
        kept, lost = scales(ALPHAS, timesteps)
        return kept * latents - lost * velocity


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
    teacher, begun = (taught_together(trained_unet(folder, channels)) for _ in range(2))
    student = Student(begun, first_factors(folder))
    nothing = lessons.heard([""])
    halves = halves_are_fast(torch.device("cpu"))

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        lesson = lessons.draw(batch, draws, 0)
        places = torch.randint(len(LEVELS), (len(lesson.clean),), generator=draws)
        places = torch.where(lesson.below < 1, places.clamp(min=1), places)
        with torch.autocast("cpu", torch.bfloat16, enabled=halves):
            weights = student.weights()
            with torch.no_grad():
                clean = arrived_by_itself(student, lesson, places, weights, draws)
                noised = noisy(clean, torch.tensor(LEVELS)[places], draws)
                end = arrived(teacher, noised, places, lesson, nothing)
            said = student(noised, torch.tensor(LEVELS)[places], lesson, weights)
        error = F.huber_loss(said, end, delta=0.5, reduction="none")
        return (error * lesson.care).mean()

    train("few", student, loss, plan, folder, rank, ranks)


def scales(alphas: Tensor, timesteps: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the picture and of the noise there is at timesteps [N]: two of [N, 1, 1, 1]."""
    alpha = torch.where(timesteps < 0, torch.ones(()), alphas[timesteps.clamp(min=0)])
    alpha = alpha[:, None, None, None]
    return alpha.sqrt(), (1 - alpha).sqrt()


def noisy(clean: Tensor, timesteps: Tensor, draws: torch.Generator) -> Tensor:
    """Latents [N, 4, h, w] under fresh noise of timesteps [N]."""
    kept, lost = scales(ALPHAS, timesteps)
    return kept * clean + lost * torch.randn(clean.shape, generator=draws)


def part_of(lesson: Lesson, chosen: Tensor) -> Lesson:
    """The chosen rows [n] of a lesson."""
    return Lesson(
        lesson.clean[chosen],
        lesson.embeds[chosen],
        tuple(lesson.mixes[row] for row in chosen.tolist()),
        lesson.care[chosen],
        lesson.below[chosen],
    )


def arrived_by_itself(
    student: Student,
    lesson: Lesson,
    places: Tensor,
    weights: dict[str, Tensor],
    draws: torch.Generator,
) -> Tensor:
    """Clean latents to be noised to LEVELS[places]: the lesson's, some as the student paints them.

    Those begin at the first level and go down to the one above, noised anew at each as `lcm` does.
    Before white there is nothing to begin from: see `lessons.WHITE_BELOW`.
    """
    clean = lesson.clean.clone()
    own = (torch.rand(len(clean), generator=draws) < OWN) & (lesson.below == 1)
    for place, level in enumerate(LEVELS[:-1]):
        chosen = (own & (places > place)).nonzero()[:, 0]
        if len(chosen):
            timesteps = torch.full((len(chosen),), level)
            latents = noisy(clean[chosen], timesteps, draws)
            clean[chosen] = student(latents, timesteps, part_of(lesson, chosen), weights)
    return clean


def arrived(
    teacher: UNet2DConditionModel,
    latents: Tensor,
    places: Tensor,
    lesson: Lesson,
    nothing: Tensor,
) -> Tensor:
    """Where the guided teacher arrives from latents [N, 4, h, w] at LEVELS[places], by DDIM."""
    clean, latents = latents.clone(), latents.clone()
    counts = torch.tensor(TEACHER_STEPS)[places]
    for step in range(max(TEACHER_STEPS)):
        chosen = (counts > step).nonzero()[:, 0]
        if not len(chosen):
            continue
        now, then = (
            torch.tensor([down(place, step + later) for place in places[chosen].tolist()])
            for later in (0, 1)
        )
        some, part = latents[chosen], part_of(lesson, chosen)
        both = torch.cat([part.embeds, nothing.expand(len(chosen), -1, -1)])
        mixes = (*part.mixes, *(None for _ in part.mixes))
        with hearing_together(teacher, mixes, both):
            predicted = teacher(torch.cat([some, some]), torch.cat([now, now]), both).sample
        guided, free = predicted.float().chunk(2)
        velocity = free + GUIDANCE * (guided - free)
        kept, lost = scales(ALPHAS, now)
        clean[chosen], noise = kept * some - lost * velocity, lost * some + kept * velocity
        kept, lost = scales(ALPHAS, then)
        latents[chosen] = kept * clean[chosen] + lost * noise
    return clean


def down(place: int, step: int) -> int:
    """The timestep that the teacher has after so many steps from LEVELS[place]; -1 is clean."""
    return int((LEVELS[place] + 1) * (1 - step / TEACHER_STEPS[place])) - 1


def write_few(folder: Path, channels: tuple[int, int, int], weights: Path) -> None:
    """The averaged factors of the checkpoint, in a folder beside the weights they change."""
    student = Student(trained_unet(folder, channels))
    load_average(student, folder, "few")
    sibling = few_folder(weights)
    save_factors(student.factors(), sibling / LOWRANK)
    shutil.copyfile(weights / "model_index.json", sibling / "model_index.json")
    notes = {"guidance_scale": 1.0, "base": weights.name}
    (sibling / NOTES).write_text(json.dumps(notes, indent=1) + "\n")
