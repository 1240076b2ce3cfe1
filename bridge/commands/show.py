"""`pentimento show`: the runs, branches and steps that lie in a PSD, and what became of them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from ..history.history import Found, History, found_steps, history_of
from ..plain import plain
from ..psd.files import read_document
from ..wire import Run, RunId
from .located_step import LOST_XMP, named
from .places import named_path, read_bytes
from .printing import say

HELP = "say what a PSD remembers"

LAYERS = (  # what may have become of a step's layer, as --json names it; several may be true
    "as handed out",
    "painted",
    "moved",
    "masked",  # behind a mask, an opacity, a clipping
    "changed with the document",  # only `rewind` can tell whether it was painted on as well
    "note lost",  # found by its name
    "gone",
)


def add_to(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", type=named_path, metavar="FILE.psd", help="a PSD")
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print it; the exit status."""
    data = read_bytes(options.file)
    try:
        document, images = read_document(data)
        history = history_of(document.xmp)
    except ValueError as error:
        raise ValueError(f"{options.file}: {error}") from None
    found = found_steps(document, images, history)
    if options.json:
        say(json.dumps(_facts(history, found)))
        return 0
    nothing = f"{options.file}: {LOST_XMP}" if found else f"There is no run in {options.file}."
    lines = [*_tree(history, found), *history.unread]
    say("\n".join(plain(line) for line in lines or [nothing]))
    return 0


def _facts(history: History, found: dict[str, Found]) -> dict[str, Any]:
    """For programs."""
    return {
        "newer": history.newer,
        "runs": [
            {
                **msgspec.to_builtins(run),
                "document": list(_whole(run, _of(run, found))),
                "steps": [
                    {
                        **msgspec.to_builtins(step),
                        "step": step.index + 1,
                        "layer": found[step.id].layer.name if step.id in found else None,
                        "painted": step.id in found and found[step.id].painted,
                        "found": _found(found.get(step.id)),
                    }
                    for step in history.line(run.id)
                ],
            }
            for run in history.runs
        ],
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
    if newer := history.newer.get(run.id):
        yield f"{indent}  {newer}"
    for sentence in _whole(run, _of(run, found)):
        yield f"{indent}  {sentence}"
    undone = any(
        one.whole.turned or one.whole.enlarged(recipe.width, recipe.height)
        for one in _of(run, found)
    )
    if undone:
        yield f"{indent}  rewind goes on from its steps only when that is undone"
    for what in LAYERS[1:]:
        if undone and what == "changed with the document":
            continue
        told = [str(s.index + 1) for s in steps if what in _found(found.get(s.id))]
        if told:
            yield f"{indent}  {_SAID[what]}: step {', '.join(told)}"
    for one in _of(run, found):
        number = int(one.step.partition(".")[2]) + 1
        over = {
            "as paint on it": one.added,
            "not taken in": one.idle,
            "hidden and not taken in": one.hidden,
        }
        for what, layers in over.items():
            if layers:
                yield f"{indent}  over step {number}, {what}: {named(layers)}"
        if one.rivals:
            rivals = named((one.layer, *one.rivals))
            yield f"{indent}  of step {number} several layers were painted on: {rivals}"
    if apart := next((one.apart for one in _of(run, found)), ()):
        yield f"{indent}  over its group, not taken in: {named(apart)}"


_SAID = {
    "painted": "painted on",
    "moved": "moved",
    "masked": "masked or faded",
    "changed with the document": "only rewind can tell paint from that",
    "note lost": "layers' notes are gone, found by their names",
    "gone": "layers gone",
}


def _of(run: Run, found: dict[str, Found]) -> list[Found]:
    """The layers of a run."""
    return [one for one in found.values() if one.step.partition(".")[0] == run.id]


def _found(layer: Found | None) -> list[str]:
    """What became of a step's layer: some of LAYERS."""
    if layer is None:
        return ["gone"]
    unsure = layer.whole.changed and not layer.added
    told = {
        "as handed out": not layer.differs,
        "painted": layer.painted and (not layer.same or bool(layer.added)),
        "moved": layer.moved,
        "masked": layer.masked,
        "changed with the document": unsure,
        "note lost": layer.claim.named,
    }
    return [what for what in LAYERS if told.get(what)]


def _whole(run: Run, layers: list[Found]) -> Iterator[str]:
    """What became of all layers of a run together."""
    if not layers:
        return
    whole, recipe = layers[0].whole, run.recipe
    (x, y), (wide, high) = whole.moved, whole.size or (0, 0)
    is_unclear = whole.many and not (whole.converted or whole.narrowed or whole.size)
    told = {
        f"the document was {whole.turned}": whole.turned,
        f"converted to {whole.converted}": whole.converted,
        f"the profile {whole.assigned} was lost, the numbers are as they were": whole.assigned,
        "brought from 16 bits to 8": whole.narrowed,
        f"another size: {wide}x{high}, the run {recipe.width}x{recipe.height}": whole.size,
        f"all layers lie {x:+d}, {y:+d} pixels from where they were written": (x, y) != (0, 0),
        "no layer is as it was handed out: each was painted, or the file saved with losses": (
            is_unclear
        ),
    }
    yield from (sentence for sentence, is_so in told.items() if is_so)


def _left(run: Run) -> RunId | None:
    return run.parent.partition(".")[0] if run.parent else None
