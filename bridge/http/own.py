"""What is one's own among everything that a bridge announces.

A bridge tells every client of every run, so that a painter sees what a command line paints. Who
waits for runs of their own goes by the request's name, which therefore nobody else may have, and
takes no more runs than were asked for: announcements may be repeated, and whatever else bears the
name is another's. The panel draws names of 16 hex digits itself.

named   a command under a name that nobody else can have
Own     a command's own runs, and whether they are over
"""

from __future__ import annotations

import secrets
from typing import TypeVar

from msgspec.structs import replace

from .. import wire
from ..wire import Continue, Event, Failed, Generate, Live, RunId

Asking = TypeVar("Asking", bound=Generate | Continue | Live)

_OVER = ("finished", "cancelled", "failed")
_LABEL = 60  # characters of the caller's word that stay in the name, for logs


def named(command: Asking) -> Asking:
    """The command under a name that nobody else can have, behind the caller's word for it."""
    return replace(command, request=f"{command.request[:_LABEL]} {secrets.token_hex(16)}")


class Own:
    """The runs of one command, as they are announced. Announcements may be repeated."""

    def __init__(self, command: Generate | Continue):
        self._request = command.request
        self._expected = command.count if isinstance(command, Generate) else 1
        self._runs: dict[RunId, bool] = {}  # whether it is over

    @property
    def going(self) -> set[RunId]:
        """The runs that are not over."""
        return {run for run, over in self._runs.items() if not over}

    @property
    def over(self) -> bool:
        """Whether all that was asked for was announced, or is refused, and is over."""
        return len(self._runs) >= self._expected and not self.going

    def concerns(self, event: Event) -> bool:
        """Take notice of an event; whether it is about these runs, or about everybody."""
        match event:
            case wire.Queued(run=run):
                return self._claim(run)
            case Failed(request=self._request, run=None):
                self._expected = len(self._runs)  # nothing more will come
                return True
            case wire.Finished() | wire.Cancelled() | Failed():
                if event.run not in self._runs:
                    return False
                self._runs[event.run] = True
                return True
            case wire.Started():
                return event.run in self._runs
            case wire.Stepped():
                return event.step.run in self._runs
            case wire.Refined():
                return event.step.partition(".")[0] in self._runs
            case wire.Notice(run=str(run)):
                return run in self._runs
            case _:
                return isinstance(event, wire.Notice | wire.Ready)

    def _claim(self, run: wire.Run) -> bool:
        """Whether the run is one of those that were asked for."""
        if run.id not in self._runs:
            if run.request != self._request or len(self._runs) >= self._expected:
                return False
            self._runs[run.id] = False
        self._runs[run.id] = self._runs[run.id] or run.state in _OVER
        return True
