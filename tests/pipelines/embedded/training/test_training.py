"""Training runs end to end, goes on from a checkpoint, and refuses to start from nothing."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar, cast

import numpy as np
import pytest
import torch
from diffusers import LCMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from torch import nn

from pipelines.embedded import WEIGHTS, few_folder
from pipelines.embedded.scenes.renderer import render
from pipelines.embedded.scenes.scene import scene
from pipelines.embedded.train import STAGES, main
from pipelines.embedded.training.dataset import Shard, open_shard, write_shards
from pipelines.embedded.training.export import export, open_pipeline
from pipelines.embedded.training.few import (
    ALPHAS,
    LEVELS,
    TEACHER_STEPS,
    Student,
    arrived,
    arrived_by_itself,
    down,
    first_factors,
    noisy,
    scales,
)
from pipelines.embedded.training.loop import Plan, load_average, train
from pipelines.embedded.training.realignment import alignment, turn
from pipelines.embedded.training.samples import Lesson
from pipelines.embedded.training.session import (
    Done,
    added,
    begin,
    first_seed,
    history,
    noted,
    start_of,
)
from pipelines.embedded.training.text import first_text, token_ids
from pipelines.embedded.training.unet import SCHEDULE, first_unet, new_unet
from pipelines.embedded.training.vae import (
    decoded,
    encode,
    latest_vae,
    new_vae,
    train_decoder,
    trained_vae,
    whiten,
)
from pipelines.folder import LOWRANK
from pipelines.lowrank import read_factors
from pipelines.model import load_model


def line() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 1)


class KilledError(Exception):
    """Stands for a SIGKILL."""


def fit(model: nn.Linear, folder: Path, samples: int, killed_at: int = -1) -> None:
    slope = torch.tensor([1.0, -2.0, 0.5])
    calls = iter(range(10_000))

    def loss(batch: int, draws: torch.Generator) -> torch.Tensor:
        if next(calls) == killed_at:
            raise KilledError
        points = torch.randn(batch, 3, generator=draws)
        return (model(points)[:, 0] - points @ slope - 0.25).square().mean()

    plan = Plan(seconds=60, samples=samples, rate=0.02, warmup=1, falling=1 - 1e-9, save_every=0)
    train("line", model, loss, plan, folder, 0, 1)


def test_training_finds_a_line(tmp_path: Path) -> None:
    model = line()
    fit(model, tmp_path, 32 * 600)
    assert torch.allclose(model.weight[0], torch.tensor([1.0, -2.0, 0.5]), atol=0.02)
    assert load_average(line(), tmp_path, "line").samples == 32 * 600


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole, first, second = line(), line(), line()
    fit(whole, tmp_path / "whole", 32 * 40)
    with pytest.raises(KilledError):
        fit(first, tmp_path / "parts", 32 * 40, killed_at=15)
    fit(second, tmp_path / "parts", 32 * 40)
    assert torch.equal(whole.weight, second.weight)
    assert not torch.equal(first.weight, second.weight)


def test_the_rate_rises_stays_and_falls() -> None:
    plan = Plan(seconds=1, rate=1.0, warmup=10, falling=0.5)
    assert plan.rate_at(0, 0) == pytest.approx(0.1)
    assert plan.rate_at(100, 0.5) == pytest.approx(1)
    assert plan.rate_at(100, 0.75) == pytest.approx(0.505)
    assert plan.rate_at(100, 1) == pytest.approx(0.01)


def test_renders_on_disk_are_those_of_their_seeds(tmp_path: Path) -> None:
    shard = Shard(64, 32, 50, 3)
    write_shards([shard], tmp_path, 1)
    renders = open_shard(shard, tmp_path)
    assert np.array_equal(renders[2], render(scene(52), 64, 32).rgb)


def test_whitening_changes_latents_and_no_picture() -> None:
    torch.manual_seed(0)
    vae = new_vae().eval().requires_grad_(False)
    pictures = np.stack([render(scene(seed), 64, 64).rgb for seed in range(12)])
    with torch.no_grad():
        before = decoded(vae, encode(vae, pictures))
        whiten(vae, encode(vae, pictures))
        after = decoded(vae, encode(vae, pictures))
    latents = encode(vae, pictures).permute(1, 0, 2, 3).reshape(4, -1)
    assert torch.allclose(torch.cov(latents), torch.eye(4), atol=0.02)
    assert torch.allclose(before, after, atol=1e-4)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no renders 64x64-0\.npy; make them with --stage data"):
        open_shard(Shard(64, 64, 0, 1), tmp_path)
    with pytest.raises(
        ValueError, match=r"no checkpoint vae\.safetensors; train it with --stage vae"
    ):
        load_average(new_vae(), tmp_path, "vae")


def test_a_sitting_begins_from_a_copy_of_the_weights_and_adds_to_what_they_had_seen(
    tmp_path: Path,
) -> None:
    begin(tmp_path / "first", None)
    assert start_of(tmp_path / "first") is None
    assert first_seed(tmp_path / "first") == 0
    begin(tmp_path / "second", WEIGHTS)
    start = start_of(tmp_path / "second")
    assert start is not None
    before = history(start)
    assert before == history(WEIGHTS)
    after = added(before, {"unet": Done(100, 10, 5.0), "judge": Done(7, 1, 1.0)})
    assert after.sittings == before.sittings + 1
    assert after.parts["unet"].samples == before.parts["unet"].samples + 100
    assert after.parts["vae"] == before.parts["vae"]
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "model_index.json").write_text("{}")
    (tmp_path / "third" / "pentimento.json").write_text(json.dumps(noted(after)))
    assert history(tmp_path / "third") == after
    with pytest.raises(ValueError, match=r"there are no weights in .* to begin from"):
        begin(tmp_path / "fourth", tmp_path)


def test_a_text_encoder_begun_from_weights_hears_old_words_as_before(tmp_path: Path) -> None:
    begin(tmp_path, WEIGHTS)
    tokenizer, encoder = first_text(tmp_path)
    older = open_pipeline(WEIGHTS)
    texts = ["a red house on the left, green grass, a blue sky", ""]
    with torch.no_grad():
        now = encoder.eval()(token_ids(tokenizer, texts)).last_hidden_state
        before = older.text_encoder(token_ids(older.tokenizer, texts)).last_hidden_state
    assert torch.allclose(now, before, atol=1e-4)


def test_a_turned_unet_hears_a_linear_change_of_what_it_heard() -> None:
    torch.manual_seed(0)
    unet = new_unet((32, 32, 32)).eval()
    for parameter in unet.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    embeds, latents = torch.randn(2, 5, 128), torch.randn(2, 4, 16, 16)
    matrix, shift = torch.randn(128, 128) / 11, torch.randn(128)
    with torch.no_grad():
        expected = unet(latents, 300, embeds @ matrix + shift).sample
        turn(unet, matrix, shift)
        assert torch.allclose(unet(latents, 300, embeds).sample, expected, rtol=1e-3, atol=1e-3)


def test_least_squares_find_a_linear_change() -> None:
    torch.manual_seed(0)
    now, matrix, shift = torch.randn(900, 8), torch.randn(8, 8), torch.randn(8)
    found = alignment(now, now @ matrix + shift)
    assert torch.allclose(found[0], matrix, atol=0.01)
    assert torch.allclose(found[1], shift, atol=0.01)


def test_the_decoder_alone_learns_without_moving_a_latent_and_is_shipped_alone(
    tmp_path: Path,
) -> None:
    begin(tmp_path, WEIGHTS)
    shard = Shard(64, 64, 0, 24)
    write_shards([shard], tmp_path / "renders", 1)
    pictures = open_shard(shard, tmp_path / "renders")
    before = latest_vae(tmp_path, [shard])
    plan = Plan(seconds=60, samples=32, batch=8, warmup=2)
    train_decoder(0, 1, tmp_path, [shard], plan)
    after = trained_vae(tmp_path, [shard])
    assert torch.equal(encode(after, pictures), encode(before, pictures))
    latents = encode(before, pictures[:2])
    with torch.no_grad():
        assert not torch.equal(decoded(after, latents), decoded(before, latents))
    (tmp_path / "unet.json").write_text((tmp_path / "decoder.json").read_text())
    export(tmp_path, [shard], (64, 128, 192), tmp_path / "weights", ["decoder"])
    past = history(tmp_path / "weights")
    assert past.sittings == history(WEIGHTS).sittings + 1
    assert past.parts["unet"] == history(WEIGHTS).parts["unet"]
    assert past.parts["decoder"].samples >= 32
    for file in (
        "unet/diffusion_pytorch_model",
        "text_encoder/model",
        "vae/diffusion_pytorch_model",
    ):
        path = Path(f"{file}.safetensors")
        equal = (tmp_path / "weights" / path).read_bytes() == (WEIGHTS / path).read_bytes()
        assert equal == (not file.startswith("vae"))
    vocabulary = Path("tokenizer") / "vocab.json"
    assert (tmp_path / "weights" / vocabulary).read_text() == (WEIGHTS / vocabulary).read_text()


def test_a_sibling_begins_as_the_one_that_lies_beside_the_weights(tmp_path: Path) -> None:
    begin(tmp_path / "first", WEIGHTS)
    start = start_of(tmp_path / "first")
    assert start is not None
    factors = first_factors(tmp_path / "first")
    assert factors is not None
    kept = read_factors(few_folder(WEIGHTS) / LOWRANK)
    student = Student(first_unet(tmp_path / "first", (64, 128, 192)), factors)
    assert {n: v.shape for n, v in student.factors().items()} == {
        n: v.shape for n, v in kept.items()
    }
    assert all(torch.equal(value, kept[name]) for name, value in student.factors().items())
    begin(tmp_path / "second", None)
    assert first_factors(tmp_path / "second") is None


def test_the_teacher_goes_all_the_way_down() -> None:
    for place, (level, steps) in enumerate(zip(LEVELS, TEACHER_STEPS, strict=True)):
        path = [down(place, step) for step in range(steps + 1)]
        assert (path[0], path[-1]) == (level, -1)
        assert path == sorted(path, reverse=True)
        assert max(np.diff(path)) - min(np.diff(path)) <= 1


class Sure(torch.nn.Module):
    """A teacher that knows the picture, whatever it sees: v of that picture and the noise in it."""

    attn_processors: ClassVar[dict[str, object]] = {}

    def __init__(self, clean: torch.Tensor) -> None:
        super().__init__()
        self.clean, self.seen = clean, 0

    def forward(
        self, latents: torch.Tensor, timesteps: torch.Tensor, embeds: torch.Tensor
    ) -> SimpleNamespace:
        self.seen += len(latents)
        kept, lost = scales(ALPHAS, timesteps)
        return SimpleNamespace(sample=(kept * latents - self.clean) / lost)


def lesson_of(count: int) -> Lesson:
    clean = torch.randn(count, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    return Lesson(
        clean,
        torch.zeros(count, 4, 128),
        (None,) * count,
        torch.ones(count, 1, 8, 8),
        torch.ones(count),
    )


def test_a_teacher_that_knows_the_picture_arrives_there_from_every_level() -> None:
    lesson, places = lesson_of(4), torch.tensor([0, 1, 2, 3])
    draws = torch.Generator().manual_seed(1)
    noised = noisy(lesson.clean, torch.tensor(LEVELS)[places], draws)
    picture = torch.full((1, 4, 8, 8), 0.3)
    teacher = Sure(picture)
    unet = cast("UNet2DConditionModel", teacher)
    end = arrived(unet, noised, places, lesson, torch.zeros(1, 4, 128))
    torch.testing.assert_close(end, picture.expand_as(end), atol=1e-4, rtol=0)
    assert teacher.seen == 2 * sum(TEACHER_STEPS)  # guided, and no step more than each needs


def test_the_student_begins_from_its_own_pictures_in_half_of_the_cases_but_never_before_white() -> (
    None
):
    student = Student(new_unet((32, 32, 32)))
    lesson = replace(lesson_of(400), below=torch.tensor([1.0] * 300 + [0.8] * 100))
    places = torch.arange(400) % len(LEVELS)
    draws = torch.Generator().manual_seed(2)
    with torch.no_grad():
        clean = arrived_by_itself(student, lesson, places, student.weights(), draws)
    own = (clean != lesson.clean).flatten(1).any(1)
    assert not own[places == 0].any()  # above the first level there is nothing
    assert not own[300:].any()
    assert 0.4 < own[:300][places[:300] > 0].float().mean() < 0.6


def test_the_levels_are_those_of_diffusers_sampler() -> None:
    scheduler = LCMScheduler(**SCHEDULE)
    scheduler.set_timesteps(len(LEVELS))
    assert scheduler.timesteps.tolist() == list(LEVELS)


@pytest.mark.slow
def test_the_whole_procedure_runs_from_nothing_to_a_card_and_on_from_there(tmp_path: Path) -> None:
    weights, docs = tmp_path / "weights", tmp_path / "docs"
    places = ["--weights", weights, "--docs", docs, "--toy", "--processes", "1"]
    first = ["--folder", tmp_path / "first", "--from-nothing", *places]
    for stage in STAGES[: STAGES.index("export") + 1]:
        main([*(str(argument) for argument in first), "--stage", stage])
    once = history(weights)
    StableDiffusionPipeline.from_pretrained(weights, torch_dtype=torch.float32)
    second = ["--folder", tmp_path / "second", "--start", weights, *places]
    main([str(argument) for argument in second])
    twice = history(weights)
    assert (once.sittings, twice.sittings) == (1, 2)
    assert all(twice.parts[name].samples > once.parts[name].samples for name in once.parts)
    assert twice.parts.keys() >= {"vae", "decoder", "text", "unet", "judge"}
    quick = load_model(tmp_path / "weights-few")
    assert quick.info.guidance_scale == 1
    assert quick.info.hash != load_model(weights).info.hash
    card = (docs / "model-card.md").read_text()
    assert "Sums over 2 sittings" in card
    assert "| mean | " in card
    assert (docs / "embedded-contact-sheet.png").stat().st_size > 10_000
