"""A minute of live painting; `scripts/test.py --soak` makes it ten, or as many as it is told."""

from __future__ import annotations

import os

import pytest

from .soak import soak
from .studio import Bridge, Studio

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(0)]  # as long as asked


def test_live_painting_loses_nothing_mixes_nothing_and_does_not_grow(
    studio: Studio, bridge: Bridge
) -> None:
    minutes = float(os.environ.get("PENTIMENTO_SOAK_MINUTES", "0.5"))
    seed = int(os.environ.get("PENTIMENTO_SOAK_SEED", "1"))
    report = soak(studio, bridge, minutes, seed)
    print(report)
    assert report.wrong == []
    assert report.frames > 5 * minutes
    assert report.edits > 5 * minutes
    assert report.compared > 0
