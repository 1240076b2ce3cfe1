"""Palettes at the bridge and in the panel: the same files, read alike, refused alike.

The JavaScript side holds the same files in tests/ps-plugin/state/palette.test.js.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.commands.palette import palette_from, to_json

FOLDER = Path(__file__).parents[2] / "golden" / "palettes"
WRONG = json.loads((FOLDER / "wrong.json").read_text("utf-8"))


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def test_what_the_panel_writes_is_the_palette_that_the_bridge_wrote() -> None:
    ours, ignored = palette_from(read("ours.json"))
    assert palette_from(read("from_panel.json")) == (ours, ())
    assert ignored == ()
    assert to_json(ours) == read("ours.json")


def test_semantic_draws_file_is_read_as_both_agreed() -> None:
    palette, _ = palette_from(read("semantic_draw.json"))
    assert to_json(palette) == read("semantic_draw_as_ours.json")


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_what_the_panel_refuses_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        palette_from(json.dumps(wrong).encode())
