"""A sitting: what training begins from, and how much was done before it.

A machine may be lost between two sittings, with every checkpoint on it. So a sitting begins from
the weights that are shipped, keeps a copy of them beside its checkpoints, and what it exports says
how many samples each part has seen in all.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from ...folder import NOTES
from .. import few_folder

START = "start"  # folder with the weights a sitting began from; empty when it began from nothing
SEEDS = 400_000  # scene seeds of a sitting: each paints scenes that none before it has seen


@dataclass(frozen=True)
class Done:
    """What a part has seen."""

    samples: int = 0
    steps: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class History:
    """What was done up to some point."""

    sittings: int
    parts: dict[str, Done]


def begin(folder: Path, weights: Path | None) -> None:
    """Start a sitting in the folder, from the weights or from nothing, if none is under way."""
    start = folder / START
    if start.is_dir():
        return
    if weights is not None and not (weights / "model_index.json").exists():
        raise ValueError(f"there are no weights in {weights} to begin from; say --from-nothing")
    unfinished = folder / f"{START}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    if weights is None:
        unfinished.mkdir(parents=True)
    else:
        shutil.copytree(weights, unfinished)
        if few_folder(weights).is_dir():
            shutil.copytree(few_folder(weights), few_folder(start), dirs_exist_ok=True)
    unfinished.rename(start)


def start_of(folder: Path) -> Path | None:
    """The weights this sitting began from. None: it began from nothing."""
    start = folder / START
    return start if (start / "model_index.json").exists() else None


def history(weights: Path | None) -> History:
    """What the weights in a folder had seen when they were exported."""
    notes = json.loads((weights / NOTES).read_text()) if weights else {}
    parts = {name: Done(**done) for name, done in notes.get("trained", {}).items()}
    return History(notes.get("sittings", 0), parts)


def added(before: History, now: dict[str, Done]) -> History:
    """The history with a sitting more."""
    parts = dict(before.parts)
    for name, done in now.items():
        old = parts.get(name, Done())
        parts[name] = Done(
            old.samples + done.samples, old.steps + done.steps, old.seconds + done.seconds
        )
    return History(before.sittings + 1, parts)


def noted(past: History) -> dict[str, object]:
    """The history as it is written into the weights' NOTES."""
    return {
        "sittings": past.sittings,
        "trained": {name: asdict(done) for name, done in past.parts.items()},
    }


def first_seed(folder: Path) -> int:
    """The first of this sitting's scene seeds."""
    return history(start_of(folder)).sittings * SEEDS
