"""`pentimento show`: the runs, branches and steps that lie in a PSD."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from ..history import Found, History, found_steps, history_of
from ..plain import plain
from ..psd import read_document
from ..wire import Run, RunId
from .places import path, read_bytes
from .printing import say

HELP = "say what a PSD remembers"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", type=path, metavar="FILE.psd", help="a PSD")
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print it; the exit status."""
    try:
        document, images = read_document(read_bytes(options.file))
        history = history_of(document.xmp)
    except ValueError as error:
        raise ValueError(f"{options.file}: {error}") from None
    found = found_steps(document, images, history)
    if options.json:
        say(json.dumps(_facts(history, found)))
    else:
        lines = list(_tree(history, found)) or [f"There is no run in {options.file}."]
        say("\n".join(plain(line) for line in lines))
    return 0


def _facts(history: History, found: dict[str, Found]) -> dict[str, Any]:
    """For programs."""
    return {
        "runs": [
            {
                **msgspec.to_builtins(run),
                "steps": [
                    {
                        **msgspec.to_builtins(step),
                        "step": step.index + 1,
                        "layer": found[step.id].layer.name if step.id in found else None,
                        "painted": step.id in found and found[step.id].painted,
                    }
                    for step in history.line(run.id)
                ],
            }
            for run in history.runs
        ]
    }


def _tree(history: History, found: dict[str, Found]) -> Iterator[str]:
    """For people: every run, its branches indented below it."""
    known = {run.id for run in history.runs}

    def below(run: Run, indent: str) -> Iterator[str]:
        yield from _lines(run, history, found, indent)
        for branch in history.runs:
            if _left(branch) == run.id:
                yield from below(branch, indent + "    ")

    for run in history.runs:
        if _left(run) not in known:
            yield from below(run, "")


def _lines(run: Run, history: History, found: dict[str, Found], indent: str) -> Iterator[str]:
    recipe, steps = run.recipe, history.line(run.id)
    origin = ""
    if run.parent is not None and run.rewind is not None:
        origin = f", {run.rewind.mode} from step {int(run.parent.partition('.')[2]) + 1}"
        origin += ", everything else kept" if run.rewind.keep_outside else ""
    yield f"{indent}Painting {run.number} · {run.id[:6]}{origin}"
    yield f'{indent}  "{recipe.prompt}"' + (
        f' without "{recipe.negative_prompt}"' if recipe.negative_prompt else ""
    )
    yield (
        f"{indent}  {recipe.width}x{recipe.height}, {recipe.sampler}, "
        f"guidance {recipe.guidance_scale:g}, seed {recipe.seed}, model {recipe.model}"
        + (f", strength {recipe.strength:g}" if recipe.init_image else "")
        + (", masked" if recipe.mask else "")
    )
    if steps:
        first, last = steps[0], steps[-1]
        yield (
            f"{indent}  steps {first.index + 1} to {last.index + 1}, "
            f"σ {first.sigma:.2f} to {last.sigma:.2f}"
        )
    gone = [str(step.index + 1) for step in steps if step.id not in found]
    painted = [str(s.index + 1) for s in steps if s.id in found and found[s.id].painted]
    if painted:
        yield f"{indent}  painted on: step {', '.join(painted)}"
    if gone:
        yield f"{indent}  layers gone: step {', '.join(gone)}"


def _left(run: Run) -> RunId | None:
    return run.parent.partition(".")[0] if run.parent else None
