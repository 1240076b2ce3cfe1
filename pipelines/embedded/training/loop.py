"""One training loop for all parts: flat AdamW, averages, checkpoints, one process per core.

Processes with one thread each and a single all-reduce per step are much faster on busy CPU cores
than one process with as many threads. Rank 0 writes checkpoints; the others load the same ones.
"""

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.adamw import adamw


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long and how fast to train. The run ends at whichever budget is used up first."""

    seconds: float  # wall time, all sittings together
    samples: float = math.inf
    rate: float = 1e-3  # learning rate, reached after `warmup` steps
    batch: int = 32  # per process
    warmup: int = 100  # steps
    falling: float = 0.5  # share of the budget after which the rate falls, to a hundredth
    ema: float = 0.999  # per step
    decay: float = 0.01  # AdamW's
    clip: float = 1.0  # norm of the gradient
    save_every: float = 60.0  # seconds

    def rate_at(self, step: int, share: float) -> float:
        """The learning rate at a step, `share` (0..1) of the budget being spent."""
        fall = min(max(share - self.falling, 0) / (1 - self.falling), 1)
        return (
            self.rate
            * min((step + 1) / self.warmup, 1)
            * (0.505 + 0.495 * math.cos(fall * math.pi))
        )


@dataclass
class Progress:
    """How far a part has come; kept beside its weights."""

    step: int = 0
    samples: int = 0
    seconds: float = 0.0
    loss: float = math.nan  # running mean


Loss = Callable[[int, torch.Generator], Tensor]  # batch size, randomness -> mean loss


class Flat:
    """A model's parameters as views of one vector, with Adam's and the average's beside it."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.value = torch.cat([p.detach().reshape(-1) for p in self.parameters])
        self.gradient = torch.zeros(self.value.numel() + 1)  # the last one carries the time share
        self.ema, self.first, self.second = (
            self.value.clone(),
            torch.zeros_like(self.value),
            torch.zeros_like(self.value),
        )
        start = 0
        for parameter in self.parameters:
            end = start + parameter.numel()
            parameter.data = self.value[start:end].view(parameter.shape)
            parameter.grad = self.gradient[start:end].view(parameter.shape)
            start = end

    def update(self, plan: Plan, step: int, rate: float) -> None:
        """One step of AdamW (arXiv:1711.05101, beta 0.9 and 0.99), and of the moving average."""
        gradient = self.gradient[:-1]
        gradient *= min(1.0, plan.clip / (float(gradient.norm()) + 1e-12))
        adamw(  # fused: one pass over memory, a tenth of the time of single operations
            [self.value],
            [gradient],
            [self.first],
            [self.second],
            [],
            [torch.tensor(float(step))],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.99,
            lr=rate,
            weight_decay=plan.decay,
            eps=1e-8,
            maximize=False,
        )
        self.ema.lerp_(self.value, 1 - min(plan.ema, (1 + step) / (10 + step)))
        self.gradient.zero_()

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint holds."""
        return {"value": self.value, "ema": self.ema, "first": self.first, "second": self.second}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Go on from a checkpoint."""
        for name, mine in self.tensors().items():
            mine.copy_(tensors[name])


def save(folder: Path, name: str, flat: Flat, progress: Progress) -> None:
    """Write a checkpoint; whoever is killed meanwhile leaves the one before it whole."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {"progress": json.dumps(asdict(progress))}
    save_file(flat.tensors(), folder / f"{name}.part", metadata)
    os.replace(folder / f"{name}.part", folder / f"{name}.safetensors")
    (folder / f"{name}.json").write_text(json.dumps(asdict(progress)))


def load_average(model: nn.Module, folder: Path, name: str) -> Progress:
    """Put the averaged weights of a checkpoint into a model."""
    flat = Flat(model)
    path = folder / f"{name}.safetensors"
    if not path.exists():
        raise ValueError(f"there is no checkpoint {path.name}; train it with --stage {name}")
    flat.value.copy_(load_file(path)["ema"])
    for parameter in flat.parameters:
        parameter.grad = None
    return Progress(**json.loads((folder / f"{name}.json").read_text()))


def train(
    name: str, model: nn.Module, loss: Loss, plan: Plan, folder: Path, rank: int, ranks: int
) -> Progress:
    """Train until the plan's budget is spent, from the last checkpoint if there is one."""
    flat, progress = Flat(model), Progress()
    path = folder / f"{name}.safetensors"
    if path.exists():
        flat.load(load_file(path))
        progress = Progress(**json.loads((folder / f"{name}.json").read_text()))
    if ranks > 1:
        dist.barrier()
    before, saved, logged = time.monotonic(), progress.seconds, (progress.seconds, progress.samples)
    share = max(progress.seconds / plan.seconds, progress.samples / plan.samples)
    while share < 1:
        draws = torch.Generator().manual_seed(progress.step * ranks + rank)
        value = loss(plan.batch, draws)
        value.backward()
        progress.seconds += time.monotonic() - before
        before = time.monotonic()
        progress.samples += plan.batch * ranks
        flat.gradient[-1] = max(progress.seconds / plan.seconds, progress.samples / plan.samples)
        if ranks > 1:
            dist.all_reduce(flat.gradient)
            flat.gradient /= ranks
        share = float(flat.gradient[-1])
        flat.update(plan, progress.step, plan.rate_at(progress.step, share))
        progress.step += 1
        progress.loss = (
            value.item() if progress.step == 1 else 0.98 * progress.loss + 0.02 * value.item()
        )
        if rank == 0 and (progress.seconds - saved > plan.save_every or share >= 1):
            save(folder, name, flat, progress)
            saved = progress.seconds
        if rank == 0 and (progress.seconds - logged[0] > 15 or share >= 1):
            speed = (progress.samples - logged[1]) / (progress.seconds - logged[0] + 1e-9)
            print(
                f"{name} {share:4.0%} step {progress.step} samples {progress.samples} "
                f"loss {progress.loss:.4f} {speed:.1f} samples/s",
                flush=True,
            )
            logged = (progress.seconds, progress.samples)
    if ranks > 1:
        dist.barrier()
    return progress


def in_processes(work: Callable[..., None], ranks: int, folder: Path, *arguments: object) -> None:
    """Call work(rank, ranks, folder, *arguments) in so many processes of one thread each.

    A single one is this process.
    """
    if ranks == 1:
        torch.manual_seed(0)
        return work(0, 1, folder, *arguments)
    meeting = folder / f"meeting-{os.getpid()}"  # two stages may run side by side
    meeting.unlink(missing_ok=True)
    mp.spawn(_join, (work, ranks, folder, meeting, arguments), nprocs=ranks)
    meeting.unlink(missing_ok=True)


def _join(
    rank: int,
    work: Callable[..., None],
    ranks: int,
    folder: Path,
    meeting: Path,
    arguments: tuple[object, ...],
) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)  # every process builds the same model
    if ranks > 1:
        dist.init_process_group("gloo", f"file://{meeting.resolve()}", rank=rank, world_size=ranks)
    work(rank, ranks, folder, *arguments)
    if ranks > 1:
        dist.destroy_process_group()
