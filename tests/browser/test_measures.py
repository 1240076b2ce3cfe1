"""The figures that the soak judges by, on made-up logs: what is wrong is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .live_painter import Moment, Told
from .measures import Sample, quantiles, rise
from .soak import BOUNDED, edit_latencies, grown, out_of_turn


def sent(at: float, request: str) -> dict[str, Any]:
    recipe = {"num_inference_steps": 2, "prompt": request}
    return {"at": at, "request": request, "recipe": recipe}


def frame(at: float, number: int, request: str) -> dict[str, Any]:
    return {"at": at, "number": number, "request": request}


def minutes(value: Callable[[float], float]) -> list[Sample]:
    """Ten minutes of samples, six in each."""
    return [(n / 6, value(n / 6)) for n in range(61)]


def test_what_fills_and_stays_rises_no_more_and_one_sample_counts_for_nothing() -> None:
    assert rise(minutes(lambda at: min(70.0, 30 + 40 * at))) == 0
    assert rise(minutes(lambda at: 30 + 40.0 * (at == 10))) == 0
    assert abs(rise(minutes(lambda at: 30 + 2 * at)) - 15) < 0.1
    assert rise([(0.0, 5.0), (1.0, 9.0)]) == 4


def test_growth_is_told_with_what_it_is_and_what_it_may_be() -> None:
    most = BOUNDED["worker, MiB"]
    leak = {"worker, MiB": minutes(lambda at: 300 + 1.4 * at)}
    (told,) = grown(leak, kept=5)
    assert told.startswith("worker, MiB rises by 10.5")
    assert told.endswith(f", {most:.2f} is the most")
    assert grown({"worker, MiB": minutes(lambda at: 300 + 1.2 * at)}, kept=0) == []
    stores = {"store, MiB": minutes(lambda at: 0.3 * at)}
    assert grown(stores, kept=1) == []
    assert len(grown(stores, kept=0)) == 1


def test_frames_of_older_states_are_counted_after_a_newer_one_was_asked_for() -> None:
    log = {"sent": [sent(0, "a"), sent(1, "b")], "frames": [frame(0.5, 1, "a"), frame(2, 9, "b")]}
    assert out_of_turn(log) == []
    in_flight = [frame(1.1 + n / 10, 2 + n, "a") for n in range(3)]
    assert out_of_turn({**log, "frames": in_flight}) == []
    late = [*in_flight, frame(1.9, 5, "a")]
    assert out_of_turn({**log, "frames": late}) == [
        "after state 1 was asked for, 4 frames of older states came"
    ]
    back = [frame(2, 2, "b"), frame(3, 3, "a")]
    assert "frame 3 goes back to an older state" in out_of_turn({**log, "frames": back})


def acts(*begun: tuple[float, str]) -> list[Moment]:
    return [Moment(at, Told(prompt, [])) for at, prompt in begun]


LOG = {
    "sent": [sent(1.1, "a"), sent(1.4, "b"), sent(3.2, "c")],
    "shown": [
        {"at": 2.0, "request": "a"},
        {"at": 2.5, "request": "b"},
        {"at": 4.0, "request": "c"},
    ],
    "edits": [1.0, 3.0],
}


def test_an_edit_is_seen_in_the_first_frame_of_a_state_that_tells_of_it() -> None:
    moments = acts((0.9, "0"), (2.6, "b"), (3.5, "c"))
    assert edit_latencies(LOG, moments) == [1.5, 1.0]  # "a" is how "b" was looked at too soon
    hurried = acts((0.9, "0"), (2.6, "b"), (2.95, "half of c"), (3.5, "c"))
    assert edit_latencies({**LOG, "edits": [1.0, 2.9, 3.0]}, hurried) == [1.5, 4.0 - 2.9, 1.0]


def test_an_edit_that_changes_nothing_is_seen_in_no_frame() -> None:
    moments = acts((0.9, "0"), (1.2, "b"), (2.6, "b"), (3.5, "c"))
    assert edit_latencies({**LOG, "edits": [1.0, 1.3, 3.0]}, moments) == [1.5, 1.0]


def test_an_edit_that_is_taken_back_before_a_look_is_seen_in_no_frame() -> None:
    log = {**LOG, "edits": [1.6, 1.8, 3.0]}
    moments = acts((1.5, "b"), (1.7, "lost"), (2.6, "b"), (3.5, "c"))
    assert edit_latencies(log, moments) == [1.0]


def test_an_edit_while_the_stream_rests_is_not_measured() -> None:
    moments = acts((0.9, "0"), (2.6, "b"), (3.5, "c"))
    assert edit_latencies({**LOG, "edits": [1.0]}, moments) == [1.5]


def test_quantiles() -> None:
    assert quantiles([]) == {}
    assert quantiles([1.0, 2.0, 3.0]) == {"p50": 2.0, "p90": 2.8, "p99": 2.98, "max": 3.0}
