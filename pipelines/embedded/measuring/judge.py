"""Says what a picture shows: a small network, trained on renders only and never on generated ones.

`open_judge` gives the shipped one; `verdicts` reads pictures, `features` describes them for the
Fréchet distance, `scores` compares what was read with what was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from .. import WEIGHTS
from ..scenes.palettes import PETALS
from ..scenes.scene import GROUNDS, SIDES, SKIES, STYLES, THINGS, Scene
from ..training.dataset import Shard, open_shard
from ..training.loop import Plan, load_average, train
from ..training.session import start_of

FILE = "judge.safetensors"  # among the weights
SIDE = 128  # pixels; every picture is brought to this square
FEATURES = 96

COLOURED = {kind: row.colours for kind, row in THINGS.items() if row.colours}
HEADS: dict[str, int] = {  # what it is asked -> number of possible answers
    "sky": len(SKIES),
    "ground": len(GROUNDS),
    **{kind: 1 + len(SIDES) for kind in THINGS},  # absent, or on which side
    **{f"{kind}'s colour": len(colours) for kind, colours in COLOURED.items()},
    "flowers": 1 + len(PETALS),
    "style": len(STYLES),
}
IGNORED = -100  # the colour of a thing that is not there


@dataclass(frozen=True)
class Verdict:
    """What a picture shows."""

    sky: str
    ground: str
    things: dict[str, str]  # kind -> side, of what is there
    colours: dict[str, str]  # kind -> colour, of what is there and has one; "flowers" too
    style: str


def truth(scene: Scene) -> Verdict:
    """What a perfect judge would say of a scene."""
    colours = {thing.kind: thing.colour for thing in scene.things if thing.colour}
    if scene.flowers:
        colours["flowers"] = scene.flowers
    things = {thing.kind: thing.side for thing in scene.things}
    return Verdict(scene.sky, scene.ground, things, colours, scene.style)


def answers(verdict: Verdict) -> list[int]:
    """A verdict as the numbers of the answers to HEADS."""
    flowers = verdict.colours.get("flowers")
    return [
        SKIES.index(verdict.sky),
        GROUNDS.index(verdict.ground),
        *(1 + SIDES.index(verdict.things[k]) if k in verdict.things else 0 for k in THINGS),
        *(
            row.index(verdict.colours[kind]) if kind in verdict.things else IGNORED
            for kind, row in COLOURED.items()
        ),
        1 + tuple(PETALS).index(flowers) if flowers else 0,
        STYLES.index(verdict.style),
    ]


class Judge(nn.Module):
    """Convolutions down to 8 by 8 places, a description of the whole, one linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.eyes = nn.Sequential(
            *_halved(3, 24, 5),
            *_halved(24, 48),
            nn.Conv2d(48, 64, 3, padding=1),
            *_eased(64),
            *_halved(64, 96),
            nn.Conv2d(96, 96, 3, padding=1),
            *_eased(96),
            *_halved(96, 128),
            nn.Conv2d(128, 96, 3, padding=1),
            *_eased(96),
        )
        self.describe = nn.Linear(96 * 8 * 3, FEATURES)
        self.state = nn.Linear(FEATURES, sum(HEADS.values()))

    def features(self, pictures: Tensor) -> Tensor:
        """[N, 3, SIDE, SIDE] in -1..1 -> [N, FEATURES]."""
        seen = self.eyes(pictures)  # [N, 96, 8, 8]
        columns = torch.cat(
            [seen[:, :, :4].mean(dim=2), seen[:, :, 4:].mean(dim=2), seen.amax(dim=2)], dim=1
        )
        return self.describe(columns.flatten(1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Logits [N, answers] for each question."""
        described = F.silu(self.features(pictures))
        return self.state(described).split(list(HEADS.values()), dim=-1)


def _halved(inside: int, outside: int, size: int = 3) -> list[nn.Module]:
    return [nn.Conv2d(inside, outside, size, stride=2, padding=size // 2), *_eased(outside)]


def _eased(channels: int) -> list[nn.Module]:
    return [nn.GroupNorm(8, channels), nn.SiLU()]


def prepared(pictures: NDArray[np.uint8]) -> Tensor:
    """uint8 [N, H, W, 3] as the judge sees them: [N, 3, SIDE, SIDE] in -1..1."""
    if pictures.ndim != 4 or pictures.shape[3] != 3 or pictures.dtype != np.uint8:
        raise ValueError(
            f"pictures are uint8 [N, H, W, 3], got {pictures.dtype} {list(pictures.shape)}"
        )
    values = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
    if values.shape[2:] != (SIDE, SIDE):
        values = F.interpolate(values, (SIDE, SIDE), mode="bilinear", antialias=True)
    return values.contiguous()


def first_judge(folder: Path) -> Judge:
    """What a sitting's judge begins as."""
    start = start_of(folder)
    return Judge() if start is None else open_judge(start).train().requires_grad_(True)


def train_judge(rank: int, ranks: int, folder: Path, shards: list[Shard], plan: Plan) -> None:
    """Learn from the renders, some of them blurred, paler, darker or shifted a little."""
    judge = first_judge(folder)
    pictures = [open_shard(shard, folder / "renders") for shard in shards]
    counts = torch.tensor([float(shard.count) for shard in shards])

    def loss(batch: int, draws: torch.Generator) -> Tensor:
        which = int(torch.multinomial(counts, 1, generator=draws))
        chosen = torch.randint(shards[which].count, (batch,), generator=draws).tolist()
        seen = roughened(prepared(pictures[which][chosen]), draws)
        targets = torch.tensor([answers(truth(shards[which].scene(i))) for i in chosen])
        total = torch.zeros(())
        for question, logits in enumerate(judge(seen)):
            if (targets[:, question] != IGNORED).any():
                total = total + F.cross_entropy(logits, targets[:, question], ignore_index=IGNORED)
        return total

    train("judge", judge, loss, plan, folder, rank, ranks)


def roughened(pictures: Tensor, draws: torch.Generator) -> Tensor:
    """Pictures as a careless decoder might give them; what they show stays."""
    count = len(pictures)
    share = torch.rand(count, 1, 1, 1, generator=draws)
    blurred = F.avg_pool2d(F.pad(pictures, (2, 2, 2, 2), mode="replicate"), 5, stride=1)
    pictures = pictures + share * (torch.rand(count, 1, 1, 1, generator=draws) < 0.5) * (
        blurred - pictures
    )
    gain = 1 + 0.06 * torch.randn(count, 1, 1, 1, generator=draws)
    lift = 0.04 * torch.randn(count, 3, 1, 1, generator=draws)
    grain = 0.06 * torch.rand(count, 1, 1, 1, generator=draws)
    return gain * pictures + lift + grain * torch.randn(pictures.shape, generator=draws)


def write_judge(folder: Path, weights: Path) -> None:
    """The averaged judge of the checkpoint, as float16, among the weights."""
    judge = Judge()
    load_average(judge, folder, "judge")
    weights.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half() for name, value in judge.state_dict().items()}, weights / FILE)


def open_judge(weights: Path = WEIGHTS) -> Judge:
    """The judge that is shipped, or another folder's."""
    if not (weights / FILE).exists():
        raise ValueError(f"there is no {FILE} in {weights}; train it with --stage judge")
    judge = Judge()
    judge.load_state_dict({name: v.float() for name, v in load_file(weights / FILE).items()})
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def verdicts(judge: Judge, pictures: NDArray[np.uint8]) -> list[Verdict]:
    """What pictures [N, H, W, 3] show."""
    found: list[Verdict] = []
    for start in range(0, len(pictures), 32):
        logits = judge(prepared(pictures[start : start + 32]))
        said = torch.stack([answer.argmax(dim=-1) for answer in logits], dim=1).tolist()
        found += [_verdict(dict(zip(HEADS, row, strict=True))) for row in said]
    return found


def _verdict(said: dict[str, int]) -> Verdict:
    things = {kind: SIDES[said[kind] - 1] for kind in THINGS if said[kind]}
    colours = {k: row[said[f"{k}'s colour"]] for k, row in COLOURED.items() if k in things}
    if said["flowers"]:
        colours["flowers"] = tuple(PETALS)[said["flowers"] - 1]
    return Verdict(
        SKIES[said["sky"]], GROUNDS[said["ground"]], things, colours, STYLES[said["style"]]
    )


@torch.no_grad()
def features(judge: Judge, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Descriptions [N, FEATURES] of pictures [N, H, W, 3]."""
    rows = [
        judge.features(prepared(pictures[start : start + 32]))
        for start in range(0, len(pictures), 32)
    ]
    return torch.cat(rows).double().numpy()


def frechet(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The Fréchet distance of two sets, each taken as a Gaussian (arXiv:1706.08500).

    The trace of the root of the product is taken through the symmetric form, which stays real.
    """
    means = one.mean(axis=0) - other.mean(axis=0)
    first, second = np.cov(one.T), np.cov(other.T)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ second @ root), 0, None)).sum()
    return float(means @ means + np.trace(first) + np.trace(second) - 2 * cross)


ATTRIBUTES = ("sky", "ground", "object present", "object side", "object colour")


def scores(pairs: list[tuple[Scene, Verdict]]) -> dict[str, float]:
    """Shares of right verdicts over pictures of known, or asked-for, scenes, by attribute.

    "object present" counts the things asked for, "object side" and "object colour" those found
    where and as they were asked for, "nothing invented" the pictures without another thing;
    "mean" is the mean of ATTRIBUTES.
    """
    hits: dict[str, list[bool]] = {name: [] for name in (*ATTRIBUTES, "nothing invented", "style")}
    for asked, verdict in pairs:
        wanted = truth(asked)
        hits["sky"].append(verdict.sky == wanted.sky)
        hits["ground"].append(verdict.ground == wanted.ground)
        hits["style"].append(verdict.style == wanted.style)
        hits["nothing invented"].append(verdict.things.keys() <= wanted.things.keys())
        for kind, side in wanted.things.items():
            found, placed = kind in verdict.things, verdict.things.get(kind) == side
            hits["object present"].append(found)
            hits["object side"].append(placed)
            hits.setdefault(f"{kind} present", []).append(found)
            hits.setdefault(f"{kind} side", []).append(placed)
        for kind, colour in wanted.colours.items():
            hits["object colour"].append(verdict.colours.get(kind) == colour)
    shares = {name: float(np.mean(values)) for name, values in hits.items() if values}
    named = [shares[name] for name in ATTRIBUTES if name in shares]
    return {"mean": float(np.mean(named)), **shares}


def judged(judge: Judge, scenes: list[Scene], pictures: NDArray[np.uint8]) -> dict[str, float]:
    """What the judge says of pictures [N, H, W, 3] of these scenes."""
    return scores(list(zip(scenes, verdicts(judge, pictures), strict=True)))
