"""What a run's group and its steps' layers are called, and the way back from a name.

group_name, step_name   as they are written
run_named, step_named   which run or step a name speaks of, where a program lost all other notes

The panel writes "Painting" in its own language; nothing reads that word back. Without notes a
step's layer is known by its name inside a group whose name ends in the run's id, by nothing else.
Without both nothing is replayed, unless that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from ..psd.document import MAX_NAME
from ..wire import Run, Step

PROMPT_SHOWN = 24  # characters of a prompt in a group's name
ID_SHOWN = 6  # digits of a run's id in a group's name

# Programs that know no Unicode make other signs of · and σ, and add " copy 2" to copies.
_RUN = re.compile(rf".*\s\S+\s([0-9a-f]{{{ID_SHOWN}}})(?:\s.*)?", re.DOTALL)
_STEP = re.compile(r"(\d+)\s\S+\s\S+\s(\d+\.\d\d)(?:\s.*)?", re.DOTALL)


AnyStep = TypeVar("AnyStep", bound=Step)


def group_name(run: Run) -> str:
    """Such as "Painting 3 · a house by the lake, su… · 1f3a9c"."""
    prompt = " ".join(run.recipe.prompt.split())
    shown = prompt[:PROMPT_SHOWN] + ("…" if len(prompt) > PROMPT_SHOWN else "")
    return f"Painting {run.number} · {shown} · {run.id[:ID_SHOWN]}"[:MAX_NAME]


def step_name(step: Step) -> str:
    """Such as "12 · σ 1.83"; painters count from 1."""
    return f"{step.index + 1} · σ {step.sigma:.2f}"


def run_named(name: str, runs: Iterable[Run]) -> Run | None:
    """The run whose id a group's name ends in; None: none, or several."""
    found = _RUN.fullmatch(name)
    named = [run for run in runs if found and run.id.startswith(found[1])]
    return named[0] if len(named) == 1 else None


def step_named(name: str, steps: Iterable[AnyStep]) -> AnyStep | None:
    """The step whose number and noise a layer's name begins with."""
    found = _STEP.fullmatch(name)
    wanted = found and (found[1], found[2])
    return next((s for s in steps if wanted == (str(s.index + 1), f"{s.sigma:.2f}")), None)
