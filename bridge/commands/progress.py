"""What a command says while it works: a bar for people, one JSON object per event for programs.

Report    told every event; `say` is for everything that is no event
waiting   what is waited for before there are events, with the seconds
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from tqdm import tqdm

from .. import wire
from ..plain import plain
from ..wire import Event, RunId
from .outputs import Output
from .printing import ascii_json, say


@asynccontextmanager
async def waiting(what: str) -> AsyncGenerator[None]:
    """On a terminal: a line that says so from the first second on, gone afterwards."""
    saying = asyncio.create_task(_count(what)) if sys.stderr.isatty() else None
    try:
        yield
    finally:
        if saying is not None:
            saying.cancel()
            sys.stderr.write(f"\r{' ' * (len(what) + 9)}\r")
            sys.stderr.flush()


async def _count(what: str) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(1)
        sys.stderr.write(f"\r{what}, {time.monotonic() - began:.0f} s")
        sys.stderr.flush()


class Report:
    """Progress of some runs of as many steps."""

    def __init__(self, *, as_json: bool, runs: int = 1, steps: int = 0):
        self._as_json = as_json
        self._deaf = False  # standard output is closed or full
        self._runs = runs
        self._noted: set[str] = set()
        self.failed = False  # whether a run did
        self._planned: dict[RunId, int] = {}  # steps of each run
        self._left: dict[RunId, float] = {}  # seconds of each that is painted
        self._bar = tqdm(
            total=runs * steps,
            unit="step",
            disable=True if as_json else None,  # None: off where standard error is no terminal
            bar_format="{desc}{percentage:3.0f}% {bar} {n_fmt}/{total_fmt} steps{postfix}",
            dynamic_ncols=True,
            leave=False,
        )

    def __call__(self, event: Event) -> None:
        """Tell of an event."""
        if self._as_json:
            self._print(ascii_json(wire.to_json(event)))
        match event:
            case wire.Queued(run=run, position=position):
                self._planned[run.id] = run.last - run.first + 1
                self._bar.total = max(sum(self._planned.values()), self._bar.n)
                self._bar.set_description_str(f"waiting behind {position} " if position else "")
            case wire.Stepped():
                self._left[event.step.run] = event.seconds_left
                self._bar.update()
                self._bar.set_postfix_str(f"{_duration(max(self._left.values()))} left")
            case wire.Refined():
                if self._bar.n >= (self._bar.total or 0):
                    self._bar.set_postfix_str("refining the layers")
            case wire.Finished() | wire.Cancelled():
                self._left.pop(event.run, None)
            case wire.Failed():
                self._left.pop(event.run or "", None)
                self.failed = True
            case wire.Notice() if event.message not in self._noted:  # variations say the same
                self._noted.add(event.message)
                self.note(event.message)
            case _:
                pass

    def note(self, message: str) -> None:
        """Something a person should know."""
        if not self._as_json:
            self._bar.write(plain(message), file=sys.stderr)

    def say(self, kind: str, facts: Mapping[str, object], sentence: str) -> None:
        """A result: facts for programs, a sentence for people."""
        if self._as_json:
            self._print(json.dumps({"type": kind, **facts}))
        else:
            self._bar.clear()
            self._print(plain(sentence))

    def written(self, output: Output, facts: Mapping[str, object], sentence: str) -> None:
        """A file was written: where it lies, and what a person should know of that."""
        told = {"path": str(output.landed), **facts} | (
            {"note": output.note} if output.note else {}
        )
        self.say("written", told, f"{output.landed}: {sentence}")
        if output.note:
            self.note(output.note)

    def _print(self, line: str) -> None:
        """Nobody who listens no longer, and no full disk under them, stops a painting."""
        if self._deaf:
            return
        try:
            say(line)
        except OSError as error:
            self._deaf = True
            if not isinstance(error, BrokenPipeError):
                print(f"{error}; painting goes on", file=sys.stderr)

    def close(self) -> None:
        """The bar goes."""
        self._bar.close()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    return f"{whole // 60}:{whole % 60:02d} min" if whole < 6000 else f"{whole / 3600:.1f} h"
