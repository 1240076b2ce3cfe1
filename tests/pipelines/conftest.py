"""What the tests of pipelines share."""

from __future__ import annotations

import pytest

from pipelines import windows


@pytest.fixture
def whole_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each isolated region is seen in the whole of the canvas."""
    monkeypatch.setattr(windows, "CONTEXT", 1.0)
