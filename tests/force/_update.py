"""Stores brought up to date by processes that are killed on the way: for updates.py.

    python -m tests.force._update SEED FIRST OTHER...

FIRST is brought up to date and the moments of that are counted: every few steps of SQLite, every
file that is opened or removed. Each OTHER is left to a process of its own, which ends itself with
SIGKILL at a moment drawn by chance. Printed: how many moments there are, then the drawn ones.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.store import migrations, schema
from bridge.store.store import Store

from .flips import QUOTA

_STEPS = 50  # of SQLite's virtual machine, from one moment to the next
_EVENTS = ("open", "os.remove", "shutil.copyfile")  # of Python, which are moments as well


class _Moments:
    """Counts them while a migration is under way, and ends the process at one of them."""

    def __init__(self) -> None:
        self.count = self.last = 0
        self.under_way = False

    def __call__(self, *_: object) -> int:
        self.count += self.under_way
        if self.under_way and self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    def watch(self) -> None:
        """From now on, whatever connection is opened."""
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect

        def connected(*options: Any, **more: Any) -> sqlite3.Connection:
            db = connect(*options, **more)
            db.set_progress_handler(self, _STEPS)
            return db

        def migrate(db: sqlite3.Connection, version: int) -> None:
            self.under_way = True
            migrations.migrate(db, version)
            self.under_way = False

        sqlite3.connect = connected
        schema.migrate = migrate
        sys.addaudithook(lambda event, _: self() and None if event in _EVENTS else None)


def main(seed: int, first: Path, *others: Path) -> None:
    """See above."""
    moments, chance = _Moments(), random.Random(seed)
    moments.watch()
    Store(first, QUOTA).close()
    print(moments.count, flush=True)
    for path in others:
        last = chance.randint(1, moments.count)
        print(last, flush=True)
        pid = os.fork()
        if pid == 0:
            moments.count, moments.last = 0, last
            Store(path, QUOTA)
            os._exit(0)  # it should not have come to this
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), f"{path} was brought up to date before moment {last}"


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(Path, sys.argv[2:]))
