"""Paints docs/regions.png: layouts as rows; masks, each prompt alone, blend, isolate, both.

.venv/bin/python scripts/regions_sheet.py [--weights FOLDER] [-o FILE]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from pipelines.embedded import WEIGHTS
from pipelines.embedded.measuring.fidelity import SIDE, WAYS, Layout, alone, layout, painted
from pipelines.embedded.training.export import contact_sheet
from pipelines.model import Model, load_model

ROOT = Path(__file__).parent.parent
LAYOUTS = (4, 3, 12, 20, 23)  # seeds: two to six regions
COLOURS = ((116, 160, 214), (104, 150, 84), (206, 74, 58), (236, 178, 60), (138, 92, 160),
           (240, 240, 240))  # fmt: skip


def drawing(laid: Layout) -> NDArray[np.uint8]:
    """The masks as a painter sees them: a colour each, upper ones over lower ones."""
    drawn = np.zeros((SIDE, SIDE, 3), np.uint8)
    for asked, colour in zip(laid.asked, COLOURS, strict=False):
        drawn[asked.mask[..., 0] > 0] = colour
    return drawn


def quarters(model: Model, laid: Layout) -> NDArray[np.uint8]:
    """What up to four of the prompts give alone, the uppermost first, each at half its side."""
    sheet = np.full((SIDE, SIDE, 3), 255, np.uint8)
    half = SIDE // 2
    for number, asked in enumerate(laid.asked[::-1][:4]):
        small = Image.fromarray(alone(model, laid, asked)).resize((half, half))
        top, left = number // 2 * half, number % 2 * half
        sheet[top : top + half, left : left + half] = np.asarray(small)
    return sheet


def main() -> None:
    """Paint the sheet, and print what its rows ask for."""
    parser = argparse.ArgumentParser(description="Paint the contact sheet of regions.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, metavar="FOLDER")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "regions.png")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(options.weights, "cpu")
    pictures: list[NDArray[np.uint8]] = []
    for number, seed in enumerate(LAYOUTS, 1):
        laid = layout(seed)
        pictures += [drawing(laid), quarters(model, laid)]
        pictures += [painted(model, laid, way) for way in WAYS.values()]
        prompts = "; ".join(
            asked.prompt + f" ({asked.side})" * bool(asked.side) for asked in laid.asked
        )
        print(f"{number}. {prompts}")
        print(f"{number} of {len(LAYOUTS)} rows", file=sys.stderr)
    contact_sheet(np.stack(pictures), 2 + len(WAYS)).save(options.output, optimize=True)


if __name__ == "__main__":
    main()
