"""Says what a picture shows, by plain colour facts: no network, nothing learnt.

The colours are those of `scenes.PALETTES` and `things`; the thresholds lie between them, and the
model card says how often the judge is right on held-out renders.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .scenes import Scene

Plane = NDArray[np.float32]  # [H, W]
Mask = NDArray[np.bool_]  # [H, W]

SNOW_FROM = {"day": 185.0, "sunset": 150.0, "night": 88.0}  # brightness, 0..255
TREE_FROM = 0.02  # share of the square of the height that must be leaf-green above the horizon
ROOF_FROM = 0.015  # the same for roof-red
HULL_FROM = 0.2  # width of the hull, share of the height


@dataclass(frozen=True)
class Verdict:
    """What a picture shows."""

    sky: str
    ground: str
    things: dict[str, str]  # kind -> side, of what is there


def judge(rgb: NDArray[np.uint8]) -> Verdict:
    """Look at a picture [H, W, 3]."""
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"a picture is uint8 [H, W, 3], got {rgb.dtype} {list(rgb.shape)}")
    sky = _sky(rgb)
    masks = {"tree": _leaves(rgb), "house": _roof(rgb), "boat": _hull(rgb)}
    return Verdict(
        sky, _ground(rgb, sky), {kind: _side(mask) for kind, mask in masks.items() if mask.any()}
    )


def _sky(rgb: NDArray[np.uint8]) -> str:
    """Dark is night; redder than blue is sunset; else day. Seen in the upper third."""
    red, green, blue = _median(rgb, 0.08, 0.36)
    if (red + green + blue) / 3 < 92:
        return "night"
    return "sunset" if red > blue else "day"


def _ground(rgb: NDArray[np.uint8], sky: str) -> str:
    """Green before all is grass; bright for its hour is snow; else water. Seen at the bottom."""
    red, green, blue = _median(rgb, 0.8, 1.0)
    if green > blue + 8 and green > red - 12:
        return "grass"
    return "snow" if (red + green + blue) / 3 > SNOW_FROM[sky] else "water"


def _median(rgb: NDArray[np.uint8], top: float, bottom: float) -> tuple[float, float, float]:
    height = rgb.shape[0]
    band = rgb[int(top * height) : max(int(bottom * height), int(top * height) + 1)]
    red, green, blue = np.median(band.reshape(-1, 3), axis=0)
    return float(red), float(green), float(blue)


def _channels(rgb: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    red, green, blue = rgb.astype(np.float32).transpose(2, 0, 1)
    return red, green, blue


def _leaves(rgb: NDArray[np.uint8]) -> Mask:
    """Green above the horizon: no sky is."""
    red, green, blue = _channels(rgb)
    green_there = (green > red + 12) & (green > blue + 12)
    green_there[int(0.5 * len(rgb)) :] = False
    return _if_large(green_there, TREE_FROM)


def _roof(rgb: NDArray[np.uint8]) -> Mask:
    """A red that no sunset has."""
    red, green, blue = _channels(rgb)
    red_there = (red > 2.4 * green) & (red > 2.1 * blue) & (red > 70)
    red_there[int(0.62 * len(rgb)) :] = False
    return _if_large(red_there, ROOF_FROM)


def _hull(rgb: NDArray[np.uint8]) -> Mask:
    """Dark brown below the horizon, in one piece much wider than a trunk or a door."""
    red, green, blue = _channels(rgb)
    height = len(rgb)
    brown = (red > 1.25 * blue) & (red > 1.15 * green) & (red < 2.6 * green)
    brown &= (red + green + blue) / 3 < 85
    brown[: int(0.55 * height)] = False
    brown[int(0.85 * height) :] = False
    columns = brown.sum(axis=0) >= 0.03 * height
    edges = np.flatnonzero(np.diff(np.concatenate([[0], columns.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    found = np.zeros_like(brown)
    if len(starts) and (ends - starts).max() >= HULL_FROM * height:
        widest = int((ends - starts).argmax())
        piece = slice(int(starts[widest]), int(ends[widest]))
        found[:, piece] = brown[:, piece]
    return found


def _if_large(mask: Mask, share: float) -> Mask:
    return mask if mask.sum() >= share * len(mask) ** 2 else np.zeros_like(mask)


def _side(mask: Mask) -> str:
    """Where the middle of a mask lies; the borders are half-way between the sides' centres."""
    middle = float(np.median(np.nonzero(mask)[1]) + 0.5) / mask.shape[1]
    return "left" if middle < 0.38 else "right" if middle > 0.62 else "centre"


def scores(pairs: list[tuple[Scene, Verdict]]) -> dict[str, float]:
    """Shares of right verdicts over pictures of known, or asked-for, scenes, by attribute.

    "object present" counts the things asked for, "object side" those found where they were asked
    for, "nothing invented" the pictures without a thing nobody asked for.
    """
    hits: dict[str, list[bool]] = {
        name: [] for name in ("sky", "ground", "object present", "object side", "nothing invented")
    }
    for scene, verdict in pairs:
        hits["sky"].append(verdict.sky == scene.sky)
        hits["ground"].append(verdict.ground == scene.ground)
        hits["nothing invented"].append(verdict.things.keys() <= {t.kind for t in scene.things})
        for thing in scene.things:
            found = thing.kind in verdict.things
            placed = found and verdict.things[thing.kind] == thing.side
            hits["object present"].append(found)
            hits["object side"].append(placed)
            hits.setdefault(f"{thing.kind} present", []).append(found)
            hits.setdefault(f"{thing.kind} side", []).append(placed)
    return {name: float(np.mean(values)) for name, values in hits.items() if values}
