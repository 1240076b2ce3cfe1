"""What a live stream gives on the embedded few-step model: frames per second, edit to frame.

    .venv/bin/python scripts/bench.py --live [--json FILE]

regions              P blended regions: frames per second of four lcm steps, each frame decoded,
                     a new state at every call as in the middle of a stroke
edit_to_frame        frames begun from an edit until one shows it, 1 is the next one begun; and the
                     UNet calls until that frame is finished, 4 is its own number of steps

Wall clock of all of torch's threads.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from bench_regions import side_by_side

from bridge.config import Config
from pipelines.live import Frame, Stream
from pipelines.model import Model, load_model
from pipelines.pixels import image_id
from pipelines.preview import picture
from pipelines.recipe import Recipe, Region
from pipelines.record import Inputs

STEPS = 4
WARM, PLAYED = 6, 16  # frames


def measured() -> dict[str, Any]:
    """All figures."""
    config = Config()
    name = config.sibling(config.default_model) or config.default_model
    model = load_model(config.models[name], name=name)
    figures: dict[str, Any] = {"model": name, "threads": torch.get_num_threads(), "regions": {}}
    for count in (1, 2, 4, 8):
        figures["regions"][count] = _frames_per_second(model, count)
    return figures | {"edit_to_frame": _edit_to_frame(model)}


def _state(model: Model, count: int, seed: int) -> tuple[Recipe, Inputs]:
    side = model.info.native
    masks = side_by_side(side, count)
    prompts = ("a house", "a tree", "a boat", "the sea", "snow", "a hill", "night sky", "grass")
    regions = tuple(
        Region(prompt=prompt, mask=image_id(mask))
        for prompt, mask in zip(prompts[:count], masks, strict=True)
    )
    recipe = Recipe(
        prompt="a landscape", width=side, height=side, num_inference_steps=STEPS, seed=seed,
        guidance_scale=1.0, sampler="lcm", regions=regions,
    )  # fmt: skip
    return recipe, Inputs(images={image_id(mask): mask for mask in masks})


def _frames_per_second(model: Model, count: int) -> float:
    stream, began = Stream(model), 0.0
    for number in range(WARM + PLAYED):
        if number == WARM:
            began = time.perf_counter()
        stream.begin(*_state(model, count, number))
        _decoded(model, stream.advance())
    return PLAYED / (time.perf_counter() - began)


def _decoded(model: Model, frame: Frame | None) -> None:
    if frame is not None:
        picture(model, frame.record, frame.inputs, "full" if model.tiny is None else "tiny")


def _edit_to_frame(model: Model) -> dict[str, int]:
    stream = Stream(model)
    for _ in range(WARM):
        stream.begin(*_state(model, 2, 0))
        stream.advance()
    edit, inputs = _state(model, 2, 1)
    first = stream.begin(edit, inputs)
    for call in range(1, 2 * WARM):
        frame = stream.advance()
        if frame is not None and frame.record.recipe == edit:
            return {"frames": frame.number - first + 1, "calls": call}
        stream.begin(edit, inputs)
    raise RuntimeError("the edit never showed")


def shown(figures: dict[str, Any]) -> str:
    """The figures as lines of text."""
    lines = [f"live, {figures['model']}, {STEPS} steps, {figures['threads']} threads"]
    lines += [
        f"  {n} regions  {fps:.2f} frames per second" for n, fps in figures["regions"].items()
    ]
    edit = figures["edit_to_frame"]
    return "\n".join([*lines, f"  edit: frame {edit['frames']}, after {edit['calls']} calls"])
