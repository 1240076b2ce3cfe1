"""What the UNet is shown: whole pictures with captions, pictures told in regions, and pieces.

Latents    the latents of one shard, written once
Lesson     a batch of them with what is said of it
Lessons    draws lessons

Regions are heard through the very attention that the program paints with (`attention.py`), and
pieces are what an isolated region sees (`windows.py`, `backdrop.py`): what is learnt is what is
used. A region's caption names one thing, so its colour can belong to nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...attention import Mix, Prompt
from ...backdrop import to_the_middle
from ...masks import SAMPLES, in_cells, stacked
from ...windows import Cells, Window, shifted
from ..scenes.captions import caption, flowers, full_caption, pick, plain_caption, regional_caption
from ..scenes.scene import Scene, Thing
from ..scenes.things import bounds
from ..scenes.words import GROUND_WORDS, SKY_WORDS
from .dataset import Shard, open_shard
from .text import token_ids, trained_text
from .vae import encode, latest_vae

OFTEN = {  # how often a scene with this in it is drawn, others once: what is built is harder
    "house": 2.0,
    "boat": 2.0,
    "lighthouse": 2.0,
    "bridge": 4.0,  # and rarer
}
FULL = 0.6  # share of captions that name everything
REGIONS = 0.35  # share of whole pictures that are told in regions; the crowded ones all are
PIECES = 0.25  # share of batches that are pieces of pictures, with one thing in each
WHITE_BELOW = 0.8  # share of the schedule; above it noise hides what a piece lies before
SIDES = (12, 16)  # cells of a piece's side
ROUND = 1.6  # of an ellipse in a box; 1 would lie inside it, 2 go through its corners
CARE = 1.5  # how much more the cells of a thing count than others, where it was asked for


@dataclass(frozen=True)
class Latents:
    """The latents of one shard."""

    shard: Shard
    values: Tensor  # [N, 4, h, w] float16
    weights: Tensor  # [N]: how often each is drawn
    things: Tensor  # [N]: how many there are
    white: Tensor  # [4, h, w]: of a white picture


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
        white = np.full((1, shard.height, shard.width, 3), 255, np.uint8)
        latents = {"latents": encode(vae, pictures), "white": encode(vae, white)[0]}
        save_file({name: value.half().contiguous() for name, value in latents.items()}, path)


def read_latents(folder: Path, shard: Shard, ranks: int) -> Latents:
    """The latents that `write_latents` made, as float16."""
    files = [
        load_file(folder / "latents" / f"{shard.name}-{rank}of{ranks}.safetensors")
        for rank in range(ranks)
    ]
    values = torch.cat([file["latents"] for file in files])
    shown = [shard.scene(index).things for index in range(shard.count)]
    often = [max((OFTEN.get(thing.kind, 1.0) for thing in things), default=1.0) for things in shown]
    counts = torch.tensor([len(things) for things in shown])
    return Latents(shard, values, torch.tensor(often), counts, files[0]["white"])


@dataclass(frozen=True)
class Lesson:
    """A batch of what the UNet is shown."""

    clean: Tensor  # [N, 4, h, w]
    embeds: Tensor  # [N, tokens, WIDTH], of what is said of the whole
    mixes: tuple[Mix | None, ...]  # what is said in regions, where it is
    care: Tensor  # [N, 1, h, w]: how much each cell counts
    below: Tensor  # [N]: the share of the schedule it is shown in, from its end; 1: in all of it


@dataclass(frozen=True)
class _Told:
    """What is said of one picture."""

    text: str
    regions: tuple[tuple[str, Tensor], ...] = ()  # texts and claims [SAMPLES h, SAMPLES w]
    behind: str = ""  # of a piece: what is said of the whole it is from
    strength: float = 1.0  # of the regions' texts, or of a piece's


@dataclass(frozen=True, eq=False)
class _Shown:
    """One picture, or a piece of one."""

    clean: Tensor  # [4, h, w]
    told: _Told
    inside: Tensor  # [h, w]: where its things are, 0..1
    below: float = 1.0


class Lessons:
    """Draws batches from all shards."""

    def __init__(self, folder: Path, shards: list[Shard], ranks: int) -> None:
        self.tokenizer, self.encoder = trained_text(folder)
        self.latents = [read_latents(folder, shard, ranks) for shard in shards]
        self.ranks = ranks

    @torch.no_grad()
    def heard(self, texts: list[str]) -> Tensor:
        """Texts as embeddings, [N, tokens, WIDTH]."""
        return self.encoder(token_ids(self.tokenizer, texts)).last_hidden_state

    def draw(self, batch: int, draws: torch.Generator, untitled: float) -> Lesson:
        """A batch of one size, `untitled` (0..1) of it without a word.

        All processes draw the same size; of larger pictures there are fewer.
        """
        together = torch.Generator().manual_seed(draws.initial_seed() // self.ranks)
        counts = torch.tensor([float(size.shard.count) for size in self.latents])
        size = self.latents[int(torch.multinomial(counts, 1, generator=together))]
        pieces = float(torch.rand((), generator=together)) < PIECES
        sides = [SIDES[int(torch.randint(len(SIDES), (), generator=together))] for _ in range(2)]
        height, width = sides if pieces else size.values.shape[2:]
        batch = max(1, batch * 256 // (height * width))
        weights = size.weights * (size.things > 0) if pieces else size.weights
        chosen = torch.multinomial(weights, batch, replacement=True, generator=draws).tolist()
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=draws)))
        shown = [
            _piece(size, index, (height, width), rng) if pieces else _whole(size, index, rng)
            for index in chosen
        ]
        told = [_Told("") if rng.random() < untitled else one.told for one in shown]
        embeds, mixes = self._said(told)
        care = [
            1 + CARE * one.inside if what.text else torch.ones_like(one.inside)
            for what, one in zip(told, shown, strict=True)
        ]
        return Lesson(
            torch.stack([one.clean for one in shown]),
            embeds,
            mixes,
            torch.stack(care)[:, None],
            torch.tensor([one.below for one in shown]),
        )

    def _said(self, told: list[_Told]) -> tuple[Tensor, tuple[Mix | None, ...]]:
        """Embeddings of the wholes and the pieces, and mixes of the regions'."""
        texts = [text for what in told for text in (what.behind, what.text)]
        own = iter(self.heard([*texts, *(text for what in told for text, _ in what.regions)]))
        wholes: list[Tensor] = []
        for what in told:
            behind, text = next(own), next(own)
            wholes.append(torch.lerp(behind, text, what.strength) if what.behind else text)
        return torch.stack(wholes), tuple(
            _mix(what, whole, [next(own) for _ in what.regions]) if what.regions else None
            for what, whole in zip(told, wholes, strict=True)
        )


def _mix(told: _Told, whole: Tensor, own: list[Tensor]) -> Mix:
    """Regions as attention hears them, the rest of the picture as the ground."""
    shares = in_cells(stacked([claim for _, claim in told.regions], [1.0] * len(own)))
    left = (1 - torch.stack(shares).sum(0)).clamp(min=0)
    embeds = [whole, *(torch.lerp(whole, text, told.strength) for text in own)]
    return Mix(tuple(Prompt(row[None]) for row in embeds), (left, *shares))


def _whole(size: Latents, index: int, rng: np.random.Generator) -> _Shown:
    """A picture, told in one caption or in regions."""
    scene, clean = size.shard.scene(index), size.values[index].float()
    cells = clean.shape[1], clean.shape[2]
    claims = [_claim(_box(thing, scene, size.shard), cells) for thing in scene.things]
    inside = in_cells([torch.stack(claims).amax(0)])[0] if claims else torch.zeros(cells)
    if size.shard.crowded or rng.random() < REGIONS:
        return _Shown(clean, _in_regions(size.shard, scene, cells, rng), inside)
    told = _Told((full_caption if rng.random() < FULL else caption)(scene, rng))
    return _Shown(clean, told, inside)


def _in_regions(shard: Shard, scene: Scene, cells: Cells, rng: np.random.Generator) -> _Told:
    """A scene as somebody with brushes would ask for it."""
    regions: list[tuple[str, Tensor]] = []
    horizon = scene.horizon + float(rng.uniform(-0.03, 0.03))
    if rng.random() < 0.6:
        regions.append((pick(SKY_WORDS[scene.sky], rng), _band(0, horizon, cells)))
        regions.append((pick(GROUND_WORDS[scene.ground], rng), _band(horizon, 1, cells)))
    if scene.flowers:
        top = float(rng.uniform(0.6, 0.8))
        regions.append((flowers(scene.flowers, rng), _band(top, 1, cells)))
    for thing in sorted(scene.things, key=lambda thing: thing.foot):
        box = _roomy(_box(thing, scene, shard), rng)
        text = regional_caption(thing, scene, rng)
        regions.append((text, _claim(box, cells, round=rng.random() < 0.4)))
    plain = shard.crowded or rng.random() < 0.7
    text = (plain_caption if plain else caption)(scene, rng)
    return _Told(text, tuple(regions), strength=_strength(rng))


def _strength(rng: np.random.Generator) -> float:
    """How much of a region's own prompt is heard; the rest is the whole's."""
    return 1.0 if rng.random() < 0.4 else float(rng.uniform(0.6, 1))


def _piece(size: Latents, index: int, cells: Cells, rng: np.random.Generator) -> _Shown:
    """A window around one thing; before white, as in an isolated region's first steps, or not.

    White is shown only where it can be seen through the noise. Shown from pure noise on, it would
    be what a thing asked for alone begins with, and whoever asks for a boat would get white paper.
    """
    scene, clean = size.shard.scene(index), size.values[index].float()
    whole = clean.shape[1], clean.shape[2]
    thing = scene.things[rng.integers(len(scene.things))]
    box = _roomy(_box(thing, scene, size.shard), rng)
    claim = _claim(box, whole, round=rng.random() < 0.4)
    share = in_cells([claim])[0]
    window = _around((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, whole, cells)
    clean, share = window.see(clean), window.see(share)
    below = 1.0
    if len(scene.things) > 1 or rng.random() < 0.5:  # others would not be spoken of
        white = window.see(size.white.float())
        shift = to_the_middle(share, window.size)
        clean = shifted(torch.lerp(white, clean, share), *shift, fill=white)
        share = shifted(share, *shift, fill=torch.zeros_like(share))
        below = WHITE_BELOW
    text, behind = regional_caption(thing, scene, rng), plain_caption(scene, rng)
    return _Shown(clean, _Told(text, behind=behind, strength=_strength(rng)), share, below)


Shares = tuple[float, float, float, float]  # left, top, right, bottom of a box, of the sides


def _box(thing: Thing, scene: Scene, shard: Shard) -> Shares:
    left, top, right, bottom = bounds(thing, scene, shard.width, shard.height)
    return left / shard.width, top / shard.height, right / shard.width, bottom / shard.height


def _roomy(box: Shares, rng: np.random.Generator) -> Shares:
    """The box with room on every side, as a brush leaves it."""
    left, top, right, bottom = rng.uniform(0, 0.12, 4)
    return box[0] - left, box[1] - top, box[2] + right, box[3] + bottom


def _band(top: float, bottom: float, cells: Cells) -> Tensor:
    return _claim((0, top, 1, bottom), cells)


def _claim(box: Shares, cells: Cells, *, round: bool = False) -> Tensor:
    """A box as a claim, [SAMPLES h, SAMPLES w] of 0 and 1; round: an ellipse about as large."""
    rows, columns = ((torch.arange(side * SAMPLES) + 0.5) / (side * SAMPLES) for side in cells)
    across = (columns - (box[0] + box[2]) / 2).abs() / max((box[2] - box[0]) / 2, 1e-6)
    down = (rows - (box[1] + box[3]) / 2).abs() / max((box[3] - box[1]) / 2, 1e-6)
    if round:
        return (down[:, None] ** 2 + across[None] ** 2 <= ROUND).float()
    return (torch.maximum(down[:, None], across[None]) <= 1).float()


def _around(x: float, y: float, whole: Cells, cells: Cells) -> Window:
    """The window of so many cells that has a place, in shares of the sides, in its middle.

    Near the edges of the picture it stays inside; it is never larger than the picture.
    """
    height, width = (min(side, most) for side, most in zip(cells, whole, strict=True))
    top = min(max(int(y * whole[0] - height / 2), 0), whole[0] - height)
    left = min(max(int(x * whole[1] - width / 2), 0), whole[1] - width)
    return Window(top, left, height, width)
