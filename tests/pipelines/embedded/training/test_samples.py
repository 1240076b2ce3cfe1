"""What the UNet is shown agrees with what was painted, and with how the program paints."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar, cast

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from pipelines.embedded import WEIGHTS
from pipelines.embedded.scenes.renderer import render
from pipelines.embedded.scenes.scene import SIDES, scene
from pipelines.embedded.scenes.things import bounds
from pipelines.embedded.training import samples
from pipelines.embedded.training.batched_regions import taught_together
from pipelines.embedded.training.dataset import Shard, write_shards
from pipelines.embedded.training.samples import CARE, WHITE_BELOW, Lessons, write_latents
from pipelines.embedded.training.session import begin
from pipelines.embedded.training.unet import denoising_loss, first_unet, new_scheduler

SHARDS = [Shard(128, 128, 5, 16), Shard(160, 128, 100, 8), Shard(128, 128, 300, 8, crowded=True)]
CROWDED = SHARDS[2:]  # several things in each


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    begin(folder, WEIGHTS)
    write_shards(SHARDS, folder / "renders", 1)
    write_latents(0, 1, folder, SHARDS)
    return folder


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_things_lie_in_their_bounds_and_fill_them() -> None:
    for seed in range(60):
        shown = scene(seed, crowded=seed % 2 == 0)
        masks = render(shown, 128, 128).masks
        for thing in shown.things:
            mask = masks[thing.kind] > 127
            if mask.sum() < 100:  # behind another
                continue
            left, top, right, bottom = (
                int(np.clip(round(edge), 0, 128)) for edge in bounds(thing, shown, 128, 128)
            )
            inside = mask[top:bottom, left:right]
            assert inside.sum() > 0.75 * mask.sum(), (seed, thing.kind)  # a rock may reach beyond
            assert inside.mean() > 0.1, (seed, thing.kind)


def test_a_crowd_has_a_thing_on_every_side_and_the_same_sky_as_the_scene_it_is_of() -> None:
    for seed in range(30):
        crowd = scene(seed, crowded=True)
        assert {thing.side for thing in crowd.things} == set(SIDES)
        assert len({thing.kind for thing in crowd.things}) == len(SIDES)
        assert (crowd.sky, crowd.ground) == (scene(seed).sky, scene(seed).ground)


def test_a_lesson_without_words_has_no_regions_and_cares_for_all_alike(folder: Path) -> None:
    lesson = Lessons(folder, SHARDS, 1).draw(4, seeded(0), 1.0)
    assert lesson.mixes == (None,) * len(lesson.clean)
    assert torch.equal(lesson.care, torch.ones_like(lesson.care))
    assert torch.equal(lesson.embeds[0], lesson.embeds[-1])


def test_crowded_pictures_are_always_told_in_regions_that_share_out_every_cell(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "PIECES", 0.0)
    lesson = Lessons(folder, CROWDED, 1).draw(8, seeded(0), 0.0)
    for mix in lesson.mixes:
        assert mix is not None
        assert len(mix.prompts) >= 1 + len(SIDES)
        torch.testing.assert_close(torch.stack(mix.shares).sum(0), torch.ones(16, 16))
        for share in mix.shares[-len(SIDES) :]:
            assert 4 < share.sum() < 160


def test_a_piece_is_one_thing_in_the_middle_of_white(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "PIECES", 1.0)
    monkeypatch.setattr(samples, "SIDES", (12,))
    drawn = Lessons(folder, CROWDED, 1)
    lesson = drawn.draw(4, seeded(0), 0.0)
    assert lesson.clean.shape[1:] == (4, 12, 12)
    assert torch.equal(lesson.below, torch.full((len(lesson.clean),), WHITE_BELOW))
    white = drawn.latents[0].white.float()[:, 6, 6, None, None]
    for clean, care in zip(lesson.clean, lesson.care[:, 0], strict=True):
        inside = (care - 1) / CARE
        away = (clean - white).square().mean(0)
        assert away[inside == 0].mean() < 0.1 * away[inside == 1].mean()
        rows = (inside > 0).any(1).nonzero()
        columns = (inside > 0).any(0).nonzero()
        for held in (rows, columns):
            assert abs(float(held.min() + held.max()) / 2 - 5.5) <= 1


def test_a_piece_hears_a_little_of_the_whole_it_is_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "PIECES", 1.0)
    monkeypatch.setattr(samples, "regional_caption", lambda *_: "a boat")
    monkeypatch.setattr(samples, "plain_caption", lambda *_: "the sea")
    drawn = Lessons(folder, SHARDS[:1], 1)
    embeds = torch.cat([drawn.draw(8, seeded(seed), 0.0).embeds for seed in range(4)])
    boat, sea = drawn.heard(["a boat", "the sea"])
    shares = (embeds - sea).flatten(1) @ (boat - sea).flatten() / (boat - sea).square().sum()
    torch.testing.assert_close(
        embeds, torch.lerp(sea, boat, shares[:, None, None]), atol=1e-4, rtol=0
    )
    assert 0.6 <= shares.min() < shares.max() <= 1 + 1e-4


class Asked(torch.nn.Module):
    """A UNet that says nothing, and remembers when it was asked."""

    attn_processors: ClassVar[dict[str, object]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.timesteps: list[int] = []

    def forward(
        self, latents: torch.Tensor, timesteps: torch.Tensor, _: torch.Tensor
    ) -> SimpleNamespace:
        self.timesteps += timesteps.tolist()
        return SimpleNamespace(sample=torch.zeros_like(latents))


def test_before_white_a_piece_is_shown_only_where_noise_does_not_hide_it(folder: Path) -> None:
    lesson = Lessons(folder, SHARDS[:1], 1).draw(4, seeded(0), 0.0)
    alphas = new_scheduler().alphas_cumprod
    for share in (1.0, WHITE_BELOW):
        asked, below = Asked(), torch.full((len(lesson.clean),), share)
        part = replace(lesson, below=below, mixes=(None,) * len(below))
        for seed in range(100):
            denoising_loss(cast("UNet2DConditionModel", asked), part, alphas, seeded(seed))
        assert max(asked.timesteps) in range(int(share * 1000) - 10, int(share * 1000))
        assert min(asked.timesteps) < 10


def test_processes_draw_other_pictures_of_one_size(folder: Path) -> None:
    sizes: set[tuple[int, ...]] = set()
    drawn = Lessons(folder, SHARDS, 1)
    drawn.ranks = 2  # the two halves of the latents are not needed for it
    for step in range(12):
        first, second = (drawn.draw(4, seeded(2 * step + rank), 0.1) for rank in range(2))
        assert first.clean.shape == second.clean.shape
        assert not torch.equal(first.clean, second.clean)
        sizes.add(tuple(first.clean.shape[2:]))
    assert len(sizes) > 2


def test_what_a_region_is_told_moves_the_prediction_there_and_the_loss_learns_from_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "PIECES", 0.0)
    lesson = Lessons(folder, CROWDED, 1).draw(2, seeded(0), 0.0)
    unet = taught_together(first_unet(folder, (64, 128, 192)))
    alphas = new_scheduler().alphas_cumprod
    untold = replace(lesson, mixes=(None, None))
    told, bare = (
        float(denoising_loss(unet, which, alphas, seeded(1)).detach()) for which in (lesson, untold)
    )
    assert told != bare
    denoising_loss(unet, lesson, alphas, seeded(1)).backward()
    (key,) = (
        module.to_k.weight
        for name, module in unet.named_modules()
        if name == "mid_block.attentions.0.transformer_blocks.0.attn2"
    )
    assert key.grad is not None
    assert key.grad.abs().max() > 0
