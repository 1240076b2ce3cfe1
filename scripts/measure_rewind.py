"""What each way of rewinding keeps and what it moves, beside fresh noise everywhere.

    .venv/bin/python scripts/measure_rewind.py [--edits 20] [--model FOLDER] [--check]

Paints an ellipse on early, middle and late steps of runs of the embedded model, goes on in every
mode, and writes the table into docs/rewind-modes.md. --check prints it only and fails if `repaint`
moves as much outside the mask as fresh noise everywhere at any step.

survives  how far the finished picture went, inside the mask, from what it would have been without
          the edit to what was painted: 0 is not at all, 1 is all the way
moved     share of the pixels outside the mask that ended more than 2 levels elsewhere
by        mean difference outside the mask, in levels of 255
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from tqdm import tqdm

from pipelines.asking import answered
from pipelines.guidance import denoiser_for
from pipelines.model import Model, load_model
from pipelines.pixels import Pixels, image_id
from pipelines.preview import picture
from pipelines.recipe import Recipe, Rewind
from pipelines.record import Inputs, StepRecord
from pipelines.run import follow, rewind, start
from pipelines.samplers import Purpose, step_noise

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "pipelines" / "embedded" / "weights"
PAGE = ROOT / "docs" / "rewind-modes.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

STEPS = 20
INDICES = (4, 9, 14)  # early, middle, late; painters call them 5, 10 and 15
PROMPTS = (
    "a house on the left, grass, a blue sky",
    "a boat on the right, calm water, at sunset",
    "a tree in the centre, snow, a night sky",
    "a tree on the left, a green meadow, at sunset",
    "a boat in the centre, the sea, by day",
)
FRESH = "fresh noise everywhere"
METHODS: dict[str, dict[str, Any]] = {  # Any: fields of Rewind
    "nudge": {"mode": "nudge"},
    "keep": {"mode": "keep"},
    "repaint": {"mode": "repaint"},
    "repaint, keep everything else": {"mode": "repaint", "keep_outside": True},
    "hold, released half-way": {"mode": "hold", "release": 0.5},
    "hold": {"mode": "hold"},
}


@dataclass(frozen=True)
class Effect:
    """What became of one edit; the words are the module's."""

    survives: float
    moved: float
    by: float


@dataclass(frozen=True, eq=False)
class Edit:
    """A finished line, and a painter's ellipse on one of its steps."""

    old: list[StepRecord]
    record: StepRecord
    handed: Pixels  # [H, W, 4]
    edited: Pixels
    mask: Pixels  # [H, W, 1]
    finished: Pixels


def edits(model: Model, count: int) -> Iterator[Edit]:
    """`count` lines, each painted on at every one of INDICES."""
    side = model.info.native
    for number in range(count):
        recipe = Recipe(
            prompt=PROMPTS[number % len(PROMPTS)],
            width=side,
            height=side,
            num_inference_steps=STEPS,
            seed=number,
        )
        first = start(model, recipe, Inputs())
        old = [first, *follow(model, first, Inputs())]
        finished = picture(model, old[-1], Inputs())
        for index in INDICES:
            handed = picture(model, old[index], Inputs())
            edited, mask = _painted(handed, np.random.default_rng(100 * number + index))
            yield Edit(old, old[index], handed, edited, mask, finished)


def gone_on(model: Model, edit: Edit, method: str) -> Pixels:
    """The finished picture of the line that leaves the edited step by a method."""
    if method == FRESH:
        inputs, first = Inputs(), fresh_noise_everywhere(model, edit)
    else:
        inputs, first = _rewound(model, edit, METHODS[method])
    *_, last = follow(model, first, inputs)
    return picture(model, last, inputs)


def fresh_noise_everywhere(model: Model, edit: Edit) -> StepRecord:
    """RealtimeGen's edit: encode the whole picture, put unrelated noise on it, predict again.

    Nothing of the old line is kept, history included. Its encoding is a random draw of the VAE's
    posterior; the mode taken here is kinder to it.
    """
    noise = step_noise(edit.record.recipe.seed, Purpose.REPAINT, edit.record.latents, region=1)
    clean = model.encode_image(edit.edited[..., :3])
    latents = clean + edit.record.sigma * noise(edit.record.index)
    unknown = replace(edit.record, latents=latents, history=None, previous_sigma=None)
    denoise = denoiser_for(model, unknown.recipe, Inputs())
    denoised = answered(model, denoise(latents, unknown.sigma))
    return replace(unknown, denoised=denoised)


def effect(edit: Edit, result: Pixels) -> Effect:
    """What became of the edit in a finished picture."""
    inside = edit.mask[..., 0] > 0
    old, new, wanted = (p[..., :3].astype(np.float64) for p in (edit.finished, result, edit.edited))
    way = (wanted - old)[inside]
    outside = np.abs(new - old)[~inside]
    return Effect(
        survives=float(((new - old)[inside] * way).sum() / (way**2).sum()),
        moved=float((outside > 2).any(axis=-1).mean()),
        by=float(outside.mean()),
    )


def measure(
    model: Model, count: int, methods: Sequence[str] = (*METHODS, FRESH)
) -> dict[tuple[str, int], Effect]:
    """Means over `count` edits, by method and index of the step painted on."""
    found: dict[tuple[str, int], list[Effect]] = {}
    for edit in tqdm(edits(model, count), total=count * len(INDICES), desc="edits"):
        for method in methods:
            became = effect(edit, gone_on(model, edit, method))
            found.setdefault((method, edit.record.index), []).append(became)
    return {key: _mean(effects) for key, effects in found.items()}


def table(means: dict[tuple[str, int], Effect], model: Model, count: int) -> str:
    """The measured part of the page, in Markdown."""
    steps = "".join(f" {index + 1}: survives | moved | by |" for index in INDICES)
    rows = [f"| painted on step |{steps}", "|---|" + "---|" * (3 * len(INDICES))]
    for method in (*METHODS, FRESH):
        cells = ""
        for index in INDICES:
            mean = means[method, index]
            cells += f" {mean.survives:.2f} | {mean.moved:.0%} | {mean.by:.1f} |"
        rows.append(f"| {method} |{cells}")
    return (
        f"Means over {count} edits on each of three steps of {STEPS} (dpmpp_2m, "
        f"{model.info.native}x{model.info.native} pixels, guidance 3), embedded model "
        f"`{model.info.hash[:12]}`.\n\n" + "\n".join(rows)
    )


def moves_less_than_fresh(means: dict[tuple[str, int], Effect], method: str) -> bool:
    """Whether less moves outside the mask than with fresh noise everywhere, at every step."""
    return all(
        means[method, index].moved < means[FRESH, index].moved
        and means[method, index].by < means[FRESH, index].by
        for index in INDICES
    )


def _rewound(model: Model, edit: Edit, options: dict[str, Any]) -> tuple[Inputs, StepRecord]:
    step, last = "0" * 32 + ".1", "0" * 32 + ".2"
    images = {image_id(p): p for p in (edit.handed, edit.edited, edit.mask, edit.finished)}
    inputs = Inputs(images, {step: edit.record, last: edit.old[-1]})
    how = Rewind(
        edit=image_id(edit.edited),
        handed=image_id(edit.handed),
        mask=image_id(edit.mask),
        **options,
    )
    ids = {"step": step, "last": last, "picture": image_id(edit.finished)}
    return inputs, rewind(model, edit.record, edit.record.recipe, how, inputs, **ids)


def _painted(handed: Pixels, generator: np.random.Generator) -> tuple[Pixels, Pixels]:
    """An ellipse of one strong colour, a twelfth to a quarter of the side in radius."""
    side = len(handed)
    across, down = generator.uniform(0.25, 0.75, 2) * side
    wide, high = generator.uniform(1 / 12, 1 / 4, 2) * side
    y, x = np.mgrid[:side, :side]
    inside = ((x - across) / wide) ** 2 + ((y - down) / high) ** 2 <= 1
    edited = handed.copy()
    edited[inside, :3] = generator.choice([20, 128, 235], 3)
    return edited, (inside[..., None] * 255).astype(np.uint8)


def _mean(effects: list[Effect]) -> Effect:
    return Effect(
        survives=fmean(e.survives for e in effects),
        moved=fmean(e.moved for e in effects),
        by=fmean(e.by for e in effects),
    )


def _write(measured: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="What each way of rewinding keeps and moves.")
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--model", type=Path, default=WEIGHTS)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if repaint loses")
    arguments = parser.parse_args()
    model = load_model(arguments.model, name="embedded")
    means = measure(model, arguments.edits)
    measured = table(means, model, arguments.edits)
    print(measured)
    if not arguments.check:
        _write(measured)
    if not moves_less_than_fresh(means, "repaint"):
        sys.exit(f"repaint moves as much outside the mask as {FRESH}")


if __name__ == "__main__":
    main()
