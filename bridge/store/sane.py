"""Whether a row makes sense by itself, for rows that have no checksum to ask.

sane    a run's JSON is a run, its columns say the same; and so for the other tables
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..wire import Event, Run, Step

_runs = msgspec.json.Decoder(Run)
_steps = msgspec.json.Decoder(Step)
_events = msgspec.json.Decoder(Event)


def sane(table: str, columns: Sequence[Any]) -> bool:
    """Whether these columns, as checks.ROWS names them, can have been written by us."""
    try:
        return _sane(table, columns)
    except (msgspec.DecodeError, ValueError, TypeError):  # a flipped bit makes anything of JSON
        return False


def _sane(table: str, columns: Sequence[Any]) -> bool:
    match table, columns:
        case "runs", (id, number, state, kept, text):
            run = _runs.decode(text)
            return (run.id, run.number, run.state, int(run.kept)) == (id, number, state, kept)
        case "steps", (id, run, index, text):
            step = _steps.decode(text)
            return (step.id, step.run, step.index) == (id, run, index)
        case "events", (seq, text):
            return _events.decode(text).seq == seq
        case "meta", ("number", value):
            return int(value) >= 0
        case _:
            return all(value is not None for value in columns)
