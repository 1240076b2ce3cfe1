"""Five hundred random painters, at real bridges that are killed now and then.

A sceptic says: a panel that listens to a document which its painter changes at the same time must
lose something sometimes. So random painters (`tests/ps-plugin/painter_actions.js` says what they
do) paint, move, mask, delete, merge, undo and close documents while runs arrive. When all is quiet:
nobody threw, what the painter left on a layer is there to the bit, the active layers are the
painter's, the timeline is the bridge's tree, and a panel that comes fresh to the document finds the
same.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bridge import access

from .cli import ROOT, data_folder, served

PAINTERS = ROOT / "tests" / "ps-plugin" / "painter_actions.js"
SEQUENCES = 500
LIVES = 4  # of the bridge; each ends while painters are at work, so that they have to reconnect


def painters(folder: Path, model: Path, seeds: tuple[int, int]) -> list[dict[str, Any]]:
    """What became of the sequences of a range: first seed, how many."""
    node = shutil.which("node")
    assert node, "node is not on the PATH: run scripts/test.py, which installs one"
    with served(folder, model):
        where = access.find(folder)
        assert where is not None
        ran = subprocess.run(
            [node, *web_socket(node), str(PAINTERS), where.address, where.token, *map(str, seeds)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=600,
        )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def web_socket(node: str) -> list[str]:
    """Node has a WebSocket of its own from 22 on, and behind a flag before."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return [] if int(version[1:].split(".")[0]) >= 22 else ["--experimental-websocket"]


@pytest.mark.parametrize("life", range(LIVES))
def test_random_painters_lose_nothing_and_the_timeline_is_the_bridge_s_tree(
    life: int, tmp_path: Path, tiny_folder: Path
) -> None:
    count = SEQUENCES // LIVES
    with data_folder(tmp_path):
        results = painters(tmp_path, tiny_folder / "sd", (1 + life * count, count))
    wrong = [result for result in results if result["wrong"]]
    assert not wrong, "\n".join(
        f"seed {one['seed']}: {' | '.join(one['wrong'])}\n  {' '.join(one['acts'])}"
        for one in wrong[:10]
    )
    assert len(results) == count
    assert sum(len(result["acts"]) for result in results) >= 14 * count
