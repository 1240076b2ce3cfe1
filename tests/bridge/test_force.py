"""Every force, quickly; `scripts/reliability.py` runs them for as long as one likes."""

from __future__ import annotations

import pytest

from tests import force


@pytest.mark.slow
@pytest.mark.parametrize("name", force.names())
def test_what_a_force_says_must_hold_holds(name: str):
    one = force.named(name)
    assert one.run(one.QUICK, seed=12)
