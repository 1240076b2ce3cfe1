"""A store of version 1 is brought up to date by a process that is killed at any moment of it.

What is opened next is that store with everything in it, up to date, without a word and without the
copy that lay beside it. The golden store, made some ten times as long, is brought up to date by a
process that ends itself with SIGKILL (`_update.py`); where systems have no fork, nothing is tried.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from bridge.store.migrations import COPY
from bridge.store.store import Store

from .flips import QUOTA, content
from .flips_v1 import closed

QUICK, LONG = 10, 500
ROOT = Path(__file__).parents[2]
TIMES = 12


def run(count: int, seed: int) -> str:
    """Kill `count` updates."""
    if not hasattr(os, "fork"):
        return "no update was killed: this system has no fork"
    with tempfile.TemporaryDirectory() as folder:
        source = closed(Path(folder, "source"))
        _lengthen(source)
        places = [Path(folder, str(number), source.name) for number in range(count + 1)]
        for path in places:
            path.parent.mkdir()
            shutil.copyfile(source, path)
        command = [sys.executable, "-m", "tests.force._update", str(seed), *map(str, places)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"seed {seed}: {done.stderr}"
        whole = _opened(places[0], "not killed")
        assert len([key for key in whole if key[0] == "step"]) == 25 * TIMES
        of, *moments = done.stdout.split()
        for moment, path in zip(moments, places[1:], strict=True):
            where = f"seed {seed}, killed at moment {moment} of {of}"
            assert _opened(path, where) == whole, f"{where}: something is lost"
    return f"{count} of {count} updates killed at one of {of} moments; nothing was lost"


def _opened(path: Path, where: str) -> dict[tuple[str, str], object]:
    """What is in a store when it is opened again."""
    store = Store(path, QUOTA)
    try:
        assert store.found == [], f"{where}: {store.found}"
        assert not path.with_name(path.name + COPY).exists(), f"{where}: its copy is left"
        return content(store)
    finally:
        store.close()


def _lengthen(path: Path) -> None:
    """Every run once more under other ids, and again; images are shared."""
    with closing(sqlite3.connect(path)) as db:
        runs = [id for (id,) in db.execute("SELECT id FROM runs ORDER BY number")]
        for time in range(1, TIMES):
            for old in runs:
                new = f"{time:02x}{old[2:]}"
                in_it = f"'{old}', '{new}'"
                db.execute(
                    f"INSERT INTO runs SELECT '{new}', number + {time * len(runs)}, state, kept,"
                    " CAST(replace(replace(CAST(run AS TEXT), '\"number\":' || number,"
                    f" '\"number\":' || (number + {time * len(runs)})), {in_it}) AS BLOB)"
                    f" FROM runs WHERE id = '{old}'"
                )
                db.execute(
                    f"INSERT INTO steps SELECT replace(id, {in_it}), '{new}', idx,"
                    f" CAST(replace(CAST(step AS TEXT), {in_it}) AS BLOB)"
                    f" FROM steps WHERE run = '{old}'"
                )
                db.execute(
                    f"INSERT INTO records SELECT replace(step, {in_it}), data, crc"
                    f" FROM records WHERE step LIKE '{old}.%'"
                )
                db.execute(
                    f"INSERT INTO pictures SELECT replace(step, {in_it}), which, look, image"
                    f" FROM pictures WHERE step LIKE '{old}.%'"
                )
        db.commit()
