"""The figures that the soak judges by, on made-up logs: what is wrong is found."""

from __future__ import annotations

from typing import Any

from .measures import quantiles, slope
from .soak import GROWTH, edit_latencies, grown, out_of_turn


def sent(at: float, request: str) -> dict[str, Any]:
    return {"at": at, "request": request, "recipe": {"num_inference_steps": 2}}


def frame(at: float, number: int, request: str) -> dict[str, Any]:
    return {"at": at, "number": number, "request": request}


def test_a_line_is_fitted_over_the_second_half() -> None:
    rising = [(n / 10, 100 - n if n < 50 else float(n)) for n in range(101)]
    assert abs(slope(rising) - 10) < 0.2
    assert abs(slope([(0.0, 5.0), (1.0, 5.0), (2.0, 5.0)])) < 1e-9
    assert slope([(0.0, 5.0), (1.0, 9.0)]) == 0


def test_growth_is_told_with_its_rate_and_what_it_may_be() -> None:
    most = GROWTH["store, MiB"]
    samples = {"store, MiB": [(n / 6, 2 * most * n / 6) for n in range(61)]}
    (told,) = grown(samples, kept=0)
    assert told.startswith("store, MiB grows by 0.3")
    assert told.endswith(f"per minute, {most:.2f} is the most")
    assert grown(samples, kept=5) == []
    assert grown({"store, MiB": [(n / 6, 70.0) for n in range(61)]}, kept=0) == []


def test_one_step_up_is_no_growth_and_several_are() -> None:
    once = [(n / 6, 70.0 + 30 * (n > 45)) for n in range(61)]
    assert abs(slope(once)) < 1e-9
    steps = [(n / 6, 70.0 + 10 * (n // 6)) for n in range(61)]
    assert slope(steps) > 5


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


def test_an_edit_is_seen_in_the_first_frame_of_the_last_state_said_before_the_next_edit() -> None:
    log = {
        "sent": [sent(1.1, "a"), sent(1.4, "b"), sent(3.2, "c")],
        "shown": [
            {"at": 2.0, "request": "a"},
            {"at": 2.5, "request": "b"},
            {"at": 4.0, "request": "c"},
        ],
        "edits": [1.0, 3.0, 5.0],
    }
    assert edit_latencies(log) == [1.5, 1.0]
    hurried = {**log, "edits": [1.0, 2.9, 3.0]}
    assert edit_latencies(hurried) == [1.5, 4.0 - 2.9, 1.0]


def test_quantiles() -> None:
    assert quantiles([]) == {}
    assert quantiles([1.0, 2.0, 3.0]) == {"p50": 2.0, "p90": 2.8, "p99": 2.98, "max": 3.0}
