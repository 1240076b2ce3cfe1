"""Whether regions contain what their prompts say, by the embedded model's judge.

    .venv/bin/python scripts/bench.py --fidelity 100 [--weights FOLDER] [--json FILE]

For each way of painting and each kind of region: how often it contains what its prompt says, over
how often the same prompt alone does, on the same layouts and seeds; aim >= .95. What has been
measured is printed at the end of every tenth layout, so a run that is stopped has its table too.
"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from pipelines.embedded.measuring.fidelity import Fidelity, fidelity


def measured(weights: Path, count: int) -> dict[str, Any]:
    """All counts, by way and kind."""
    torch.set_num_threads(1)
    began = time.perf_counter()

    def say(done: int, found: Fidelity) -> None:
        left = (time.perf_counter() - began) / done * (count - done)
        print(f"\r{done} of {count} layouts, {left:.0f} s left ", end="", file=sys.stderr)
        if done % 10 == 0 or done == count:
            print(f"\n{shown(_plain(found))}\n", file=sys.stderr if done < count else sys.stdout)

    return _plain(fidelity(weights, count, say))


def _plain(found: Fidelity) -> dict[str, Any]:
    return {
        way: {kind: asdict(tally) | {"ratio": tally.ratio} for kind, tally in kinds.items()}
        for way, kinds in found.items()
    }


def shown(figures: dict[str, Any]) -> str:
    """A row for each kind: regions asked for, share of the prompts alone, ratio of each way."""
    kinds = list(next(iter(figures.values())))
    lines = [f"{'':10}{'asked':>7}{'alone':>8}" + "".join(f"{way:>9}" for way in figures)]
    for kind in sorted(kinds, key=lambda kind: kind == "all"):
        rows = [figures[way][kind] for way in figures]
        ratios = "".join(f"{row['ratio']:9.2f}" for row in rows)
        share = rows[0]["alone"] / rows[0]["asked"]
        lines.append(f"{kind:10}{rows[0]['asked']:7}{share:8.2f}{ratios}")
    return "\n".join(lines)
