"""The tree of records: replays repeat to the bit, branches change what they may, no more."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from pipelines.model import Model
from pipelines.recipe import SAMPLER_NAMES, Rewind, Sampler
from pipelines.record import Inputs, StepRecord, from_bytes, to_bytes
from pipelines.run import follow, last_index, rewind, start

from .painting import line, on, recipe_of

REPLAY = Rewind(mode="replay")


def assert_same(ours: list[StepRecord], others: list[StepRecord]) -> None:
    assert len(ours) == len(others)
    for one, other in zip(ours, others, strict=True):
        assert to_bytes(one) == to_bytes(other)


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
@pytest.mark.parametrize("index", [0, 3, 7])
def test_an_unedited_replay_repeats_the_line_to_the_bit(
    tiny: Model, sampler: Sampler, index: int
) -> None:
    old = line(tiny, recipe_of(sampler=sampler))
    first = rewind(tiny, old[index], old[index].recipe, REPLAY, Inputs())
    assert first.parent is old[index].parent
    assert_same(on(tiny, first), old[index:])


@pytest.mark.parametrize("sampler", SAMPLER_NAMES)
def test_a_record_read_back_from_bytes_is_followed_to_the_bit(
    each_tiny: Model, sampler: Sampler
) -> None:
    old = line(each_tiny, recipe_of(sampler=sampler))
    assert_same(on(each_tiny, from_bytes(to_bytes(old[2]))), old[2:])


def test_noisy_ddim_repeats_to_the_bit(tiny: Model) -> None:
    old = line(tiny, recipe_of(sampler="ddim", eta=0.7))
    assert_same(on(tiny, from_bytes(to_bytes(old[4]))), old[4:])


FRESH = """
import sys
import torch
from pathlib import Path
from pipelines.model import load_model
from pipelines.record import Inputs, from_bytes, to_bytes
from pipelines.run import follow
torch.set_num_threads(1)
model, folder = load_model(sys.argv[1]), Path(sys.argv[2])
for path in sorted(folder.glob("*.old")):
    *_, last = follow(model, from_bytes(path.read_bytes()), Inputs())
    path.with_suffix(".new").write_bytes(to_bytes(last))
"""


def test_a_fresh_process_repeats_every_sampler_to_the_bit(
    tiny: Model, tiny_folder: Path, tmp_path: Path
) -> None:
    lasts: dict[str, bytes] = {}
    for sampler in SAMPLER_NAMES:
        old = line(tiny, recipe_of(sampler=sampler))
        (tmp_path / f"{sampler}.old").write_bytes(to_bytes(old[3]))
        lasts[sampler] = to_bytes(old[-1])
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", FRESH, str(tiny_folder / "sd"), str(tmp_path)]
    subprocess.run(command, check=True, cwd=root, capture_output=True)
    for sampler in SAMPLER_NAMES:
        assert (tmp_path / f"{sampler}.new").read_bytes() == lasts[sampler], sampler


def test_equal_recipes_give_equal_lines_and_another_seed_another(tiny: Model) -> None:
    assert_same(line(tiny, recipe_of()), line(tiny, recipe_of()))
    other = line(tiny, recipe_of(seed=1))
    assert not torch.equal(line(tiny, recipe_of())[-1].denoised, other[-1].denoised)


def test_records_count_on_and_point_at_their_parents(tiny: Model) -> None:
    records = line(tiny, recipe_of())
    assert [record.index for record in records] == [*range(8)]
    assert all(b.parent is a for a, b in pairwise(records))
    assert last_index(tiny, records[0]) == last_index(tiny, records[5]) == 7


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "to"},
        {"negative_prompt": "a"},
        {"guidance_scale": 1.0},
        {"sampler": "euler"},
        {"sampler": "dpmpp_2m_karras"},
    ],
)
def test_a_branch_paints_on_under_another_recipe(tiny: Model, changes: dict[str, Any]) -> None:
    old = line(tiny, recipe_of())
    new = on(tiny, rewind(tiny, old[3], recipe_of(**changes), Rewind(), Inputs()))
    assert torch.equal(new[0].latents, old[3].latents)
    assert new[0].recipe == recipe_of(**changes)
    assert not torch.equal(new[-1].denoised, old[-1].denoised)
    assert new[-1].index == last_index(tiny, new[0])


def test_a_branch_with_another_prompt_starts_as_a_run_with_it_would(tiny: Model) -> None:
    old = line(tiny, recipe_of())
    branched = rewind(tiny, old[0], recipe_of(prompt="to"), Rewind(), Inputs())
    assert torch.equal(branched.denoised, start(tiny, recipe_of(prompt="to"), Inputs()).denoised)


def test_a_change_of_prompt_cuts_the_history_everywhere_and_of_seed_not(tiny: Model) -> None:
    old = line(tiny, recipe_of())
    assert old[3].history is old[2].denoised
    assert rewind(tiny, old[3], recipe_of(prompt="to"), Rewind(), Inputs()).history is None
    assert rewind(tiny, old[3], recipe_of(seed=5), Rewind(), Inputs()).history is old[3].history


def test_another_seed_from_an_old_step_changes_only_what_is_still_drawn(tiny: Model) -> None:
    old = line(tiny, recipe_of(sampler="euler_ancestral"))
    seeded = recipe_of(sampler="euler_ancestral", seed=1)
    new = on(tiny, rewind(tiny, old[3], seeded, Rewind(), Inputs()))
    assert torch.equal(new[0].denoised, old[3].denoised)
    assert not torch.equal(new[1].latents, old[4].latents)


def test_another_sampler_goes_on_with_its_own_sigmas_below(tiny: Model) -> None:
    old = line(tiny, recipe_of(sampler="euler"))
    karras = line(tiny, recipe_of(sampler="dpmpp_2m_karras"))
    new = on(tiny, rewind(tiny, old[3], karras[0].recipe, Rewind(), Inputs()))
    wanted = [record.sigma for record in karras if record.sigma < old[3].sigma]
    assert [record.sigma for record in new[1:]] == wanted
    assert [record.index for record in new] == [*range(3, 4 + len(wanted))]


def test_a_branch_of_a_branch_repeats_to_the_bit(tiny: Model) -> None:
    old = line(tiny, recipe_of())
    second = on(tiny, rewind(tiny, old[2], recipe_of(prompt="to"), Rewind(), Inputs()))
    third = on(tiny, rewind(tiny, second[2], recipe_of(guidance_scale=1.5), Rewind(), Inputs()))
    again = rewind(tiny, from_bytes(to_bytes(third[1])), third[1].recipe, REPLAY, Inputs())
    assert_same(on(tiny, again), third[1:])
    assert third[0].parent is second[2].parent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 72),
        ("height", 72),
        ("num_inference_steps", 9),
        ("model", "another"),
        ("strength", 0.5),
        ("init_image", "1" * 64),
        ("mask", "1" * 64),
    ],
)
def test_what_the_latents_fix_cannot_change(tiny: Model, field: str, value: Any) -> None:
    old = start(tiny, recipe_of(), Inputs())
    needed = {"init_image": "1" * 64} if field in ("strength", "mask") else {}
    before = recipe_of(**needed)
    record = StepRecord(
        recipe=before, index=0, sigma=old.sigma, latents=old.latents, denoised=old.denoised
    )
    recipe = recipe_of(**(needed | {field: value}))
    with pytest.raises(ValueError, match=f"{field} cannot change in a rewind: .* start a new run"):
        rewind(tiny, record, recipe, Rewind(), Inputs())


def test_a_line_stops_when_nobody_asks_for_more(tiny: Model) -> None:
    steps = follow(tiny, start(tiny, recipe_of(), Inputs()), Inputs())
    assert next(steps).index == 1
    steps.close()  # pyright: ignore[reportAttributeAccessIssue] # a generator, typed as iterator
    assert next(steps, None) is None
