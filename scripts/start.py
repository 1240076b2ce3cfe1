"""Set up what is needed, start the bridge, open the studio. Or: run the main job unattended.

    python3 scripts/start.py                  sets up, starts, opens the browser
    python3 scripts/start.py --no-browser     the same on a server; prints the address
    python3 scripts/start.py --demo OUT       paints, paints over a step, rewinds; writes OUT

Anything after `--` goes to `pentimento serve`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from environment import ROOT, Missing, ready


def main() -> int:
    """Exit status: 0, or 1 with a sentence that says what is missing."""
    parser = argparse.ArgumentParser(description="Start Pentimento.")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument("--demo", metavar="OUT", help="run the main job into OUT, then exit")
    parser.add_argument("serve", nargs="*", help="further options of `pentimento serve`, after --")
    options = parser.parse_args()
    try:
        python = ready()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    if options.demo:
        command = [str(python), "-m", "bridge.demo", options.demo]
    else:
        opening = [] if options.no_browser else ["--open"]
        command = [str(python), "-m", "bridge", "serve", *opening, *options.serve]
    try:
        return subprocess.run(command, cwd=ROOT).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
