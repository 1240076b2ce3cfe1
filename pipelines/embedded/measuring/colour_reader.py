"""What a picture shows by its colours alone: a second opinion beside the judge's, with no network.

How often each colour occurs in each part of the picture is counted, and one linear map, fitted to
renders in closed form, says what that means. It sees less than the judge, and is not to be misled
by what misleads a network. Renders are fitted sharp and blurred, since what is read is not always
as sharp as they are.

Reader    reads pictures
fitted    the reader of so many renders
read      what it says of pictures, beside what was asked for
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..scenes.scene import GROUNDS, SIDES, SKIES, THINGS, Scene, scene
from ..training.dataset import held_out
from .judge import SIDE, Verdict, scores

FIRST = 9_000_000  # seed of the renders that are fitted to; no sitting has come so far
RENDERS = 4000
LEVELS = 6  # of each of red, green and blue
ROWS, COLUMNS = 8, 8  # parts of a picture
SOFT = 2.5  # pixels, standard deviation of the blur that half of the renders are fitted under
RIDGE = 1e-3  # of the least squares, as a share of the renders
QUESTIONS = {"sky": len(SKIES), "ground": len(GROUNDS)} | dict.fromkeys(THINGS, len(SIDES))

SAID = ("sky", "ground", "object present", "object side", "nothing invented")

Pictures = NDArray[np.uint8]  # [N, SIDE, SIDE, 3]


def counted(pictures: Pictures) -> NDArray[np.float32]:
    """Root of each colour's share of each part, [N, ROWS * COLUMNS * LEVELS ** 3 + 1]; then a 1.

    A colour between levels counts to those around it, the more the nearer.
    """
    if pictures.ndim != 4 or pictures.shape[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"pictures are [N, {SIDE}, {SIDE}, 3], got {list(pictures.shape)}")
    places = np.arange(SIDE)
    part = (places * ROWS // SIDE)[:, None] * COLUMNS + places * COLUMNS // SIDE
    size = np.bincount(part.ravel(), minlength=ROWS * COLUMNS)[:, None]
    rows = np.ones((len(pictures), ROWS * COLUMNS * LEVELS**3 + 1), np.float32)
    for row, picture in zip(rows, pictures, strict=True):
        place = np.clip((picture + 0.5) * LEVELS / 256 - 0.5, 0, LEVELS - 1)
        below = np.minimum(place.astype(np.int64), LEVELS - 2)
        above = place - below
        counts = np.zeros(len(row) - 1)
        for corner in itertools.product((0, 1), repeat=3):  # of the cube that a colour lies in
            share = np.where(corner, above, 1 - above).prod(axis=2)
            colour = (below + corner) @ (LEVELS**2, LEVELS, 1)
            counts += np.bincount((part * LEVELS**3 + colour).ravel(), share.ravel(), len(counts))
        row[:-1] = np.sqrt(counts.reshape(len(size), -1) / size).ravel()
    return rows


@dataclass(frozen=True, eq=False)
class Reader:
    """Colours to verdicts: one linear map, and how much of a thing is one."""

    weights: NDArray[np.floating]  # [counts and 1, answers to all QUESTIONS]
    enough: dict[str, float]  # thing -> from which sum over the sides on it is there

    def verdicts(self, pictures: Pictures) -> list[Verdict]:
        """What pictures show; of colours and style nothing is said."""
        return [self._verdict(row) for row in counted(pictures) @ self.weights]

    def _verdict(self, row: NDArray[np.floating]) -> Verdict:
        said = _by_question(row)
        things = {
            kind: SIDES[int(said[kind].argmax())]
            for kind in THINGS
            if said[kind].sum() > self.enough[kind]
        }
        sky, ground = SKIES[int(said["sky"].argmax())], GROUNDS[int(said["ground"].argmax())]
        return Verdict(sky, ground, things, colours={}, style="")


def fitted(count: int = RENDERS) -> Reader:
    """The reader that least squares make of so many renders, the same whenever it is made.

    A thing is held to be there where as large a share of the renders that have it is missed as of
    the others is mistaken.
    """
    scenes = [scene(seed) for seed in range(FIRST, FIRST + count)]
    renders = list(held_out(count, SIDE, SIDE, FIRST))
    renders += [cv2.GaussianBlur(render, (0, 0), SOFT).astype(np.uint8) for render in renders]
    seen = counted(np.stack(renders))
    wanted = np.tile(np.stack([_answers(shown) for shown in scenes]), (2, 1)).astype(np.float32)
    ridge = RIDGE * len(seen) * np.eye(len(seen), dtype=np.float32)
    weights = seen.T @ np.linalg.solve(seen @ seen.T + ridge, wanted)  # fewer renders than counts
    found = _by_question(seen @ weights)
    there = {kind: _by_question(wanted)[kind].max(axis=1) > 0 for kind in THINGS}
    return Reader(weights, {kind: _enough(found[kind].sum(axis=1), there[kind]) for kind in THINGS})


def read(reader: Reader, scenes: list[Scene], pictures: Pictures) -> dict[str, float]:
    """Shares of right verdicts on pictures of these scenes, by attribute."""
    found = scores(list(zip(scenes, reader.verdicts(pictures), strict=True)))
    return {name: found[name] for name in SAID if name in found}


def _answers(shown: Scene) -> NDArray[np.float64]:
    """Ones at the true answers to all QUESTIONS."""
    sides = {thing.kind: thing.side for thing in shown.things}
    rows = [[name == shown.sky for name in SKIES], [name == shown.ground for name in GROUNDS]]
    rows += [[side == sides.get(kind) for side in SIDES] for kind in THINGS]
    return np.concatenate(rows).astype(np.float64)


def _by_question(answers: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
    """Answers [..., all] as one array for each question."""
    ends = np.cumsum(list(QUESTIONS.values()))[:-1]
    return dict(zip(QUESTIONS, np.split(answers, ends, axis=-1), strict=True))


def _enough(found: NDArray[np.floating], there: NDArray[np.bool_]) -> float:
    """The bound that misses and mistakes alike."""
    bounds = np.sort(found)
    missed = np.searchsorted(np.sort(found[there]), bounds, side="right") / max(there.sum(), 1)
    mistaken = 1 - np.searchsorted(np.sort(found[~there]), bounds, side="right") / (~there).sum()
    return float(bounds[np.abs(missed - mistaken).argmin()])
