"""What the program stands: flipped bits, kills, odd files, attacks. Each prints its figures.

.venv/bin/python scripts/reliability.py               all of them, long
.venv/bin/python scripts/reliability.py flips stops   some
.venv/bin/python scripts/reliability.py flips --count 1000 --seed 7
.venv/bin/python scripts/reliability.py clients --workers 2
"""

from __future__ import annotations

import argparse
import inspect
import secrets
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import force


def main() -> int:
    """Exit status: 0 when everything held."""
    parser = argparse.ArgumentParser(description="Try what the program stands.")
    parser.add_argument("names", nargs="*", help=f"default all: {', '.join(force.names())}")
    parser.add_argument("--count", type=int, help="how often; default: each one's own")
    parser.add_argument("--seed", type=int, default=None, help="default: a fresh one")
    parser.add_argument("--workers", type=int, default=1, help="of a bridge that clients ask (1)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(force.names()):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    failed: list[str] = []
    for name in options.names or force.names():
        began = time.monotonic()
        one = force.named(name)
        try:
            takes = "workers" in inspect.signature(one.run).parameters
            more = {"workers": options.workers} if takes else {}
            said = one.run(options.count or one.LONG, seed, **more)
        except AssertionError as error:
            failed.append(name)
            said = f"FAILED: {error}"
        print(f"{name} (seed {seed}, {time.monotonic() - began:.0f} s): {said}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
