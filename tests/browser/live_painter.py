"""A scripted painter at a live stream, and what must be true of what the panel says meanwhile.

LivePainter   acts by chance, repeatable by seed; knows what is in the hand and what was meant
Told          what the document and the painter's words ask for, read without the panel
Moment        what that was when an act began
"""

from __future__ import annotations

import base64
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import Locator

from bridge.images.image import Image

from .painter import set_slider, wait_until_calm
from .studio import Point, Studio
from .test_regions import add_region

CALM = 1500  # milliseconds until what was changed stands in its layer's note
GROUNDS = ("green grass, bright day", "the sea, sunset", "snow, night", "a meadow, fog")
THINGS = ("a house", "a tree", "a boat", "the moon", "a red house", "a hill", "stars", "a cloud")
SIDE = 256  # pixels of the studio's first document

ACTS = {
    "stroke": 9,
    "erase": 2,
    "choose": 3,
    "words": 2,
    "ground": 1,
    "alpha": 2,
    "strength": 1,
    "blur": 1,
    "way": 1,
    "switch": 1.5,
    "aside": 1,
    "pause": 1,
    "variation": 0.7,
    "undo": 1,
    "keep": 0.3,
}


@dataclass(frozen=True)
class Told:
    """What a frame that is begun now is to be painted by."""

    prompt: str
    regions: list[dict[str, Any]]  # as a recipe has them

    def of(self, recipe: dict[str, Any]) -> bool:
        """Whether a recipe says exactly this."""
        return recipe["prompt"] == self.prompt and recipe.get("regions", []) == self.regions


@dataclass(frozen=True)
class Moment:
    """What was asked for at a moment."""

    at: float  # seconds, by the page's clock
    told: Told


class LivePainter:
    """Paints regions; whatever it does is done with mouse, keys and the panel's fields."""

    def __init__(self, studio: Studio, seed: int) -> None:
        self.studio = studio
        self.panel = studio.panel
        self.done: Counter[str] = Counter()
        self._random = random.Random(seed)
        self.prompt = GROUNDS[0]
        self.problems: list[str] = []  # what was seen to be wrong on the way
        self.moments: list[Moment] = []  # when each act began
        self._meant: dict[int, dict[str, Any]] = {}  # by layer: what its region was set to
        self._layers: list[int] = []  # of the regions, lowest first
        self._plain = -1  # a layer that is no region
        self._hand = -1  # the active layer's id
        self._open = 0  # which region's fields are open

    def begin(self) -> None:
        """A scene of three regions and a layer that is none."""
        self.panel.locator("#source .chip[data-value=nothing]").click()
        self.panel.locator("#more-settings").click()
        self.panel.locator("#keep .chip[data-value=last]").click()
        self.panel.locator("#prompt textarea").fill(self.prompt)
        self.studio.page.click("#new-layer")
        self._plain = self._active()[0]
        for thing, at in zip(THINGS, ((60, 160), (190, 150), (128, 60)), strict=False):
            add_region(self.studio, thing, self._path(at))
        self.studio.page.wait_for_timeout(CALM)
        self._layers = [region["layer"] for region in self._notes()]
        self._hand, self._open = self._layers[-1], len(self._layers) - 1
        self._take_as_meant()

    def act(self) -> str:
        """One thing that a painter does; its name."""
        self.moments.append(self.moment())
        name = self._random.choices(list(ACTS), list(ACTS.values()))[0]
        does: Callable[[], None] = getattr(self, f"_{name}")
        does()
        self.done[name] += 1
        self.studio.page.wait_for_timeout(self._random.uniform(100, 1200))
        return name

    def told(self) -> Told:
        """What the painter's words and the document's own notes and pixels ask for now."""
        notes = self._notes()
        return self._told(notes, _brushes(notes))

    def moment(self) -> Moment:
        """What is asked for now, also where the document's notes do not say so yet."""
        at, notes = self.studio.page.evaluate(
            "[performance.now() / 1000, studio.witness.regions()]"
        )
        return Moment(at, self._told(notes, self._meant))

    def _told(self, notes: list[dict[str, Any]], brushes: dict[int, dict[str, Any]]) -> Told:
        regions: list[dict[str, Any]] = []
        for note in notes:
            alpha = np.frombuffer(base64.b64decode(note["alpha"]), np.uint8)
            brush = dict(brushes[note["layer"]])
            brush.pop("colour")
            if not brush.pop("on") or not alpha.any():
                continue
            mask = Image(alpha.reshape(note["height"], note["width"], 1)).id
            regions.append(
                brush | {"prompt": brush["prompt"].strip() or note["name"], "mask": mask}
            )
        return Told(self.prompt, regions)

    def wrong(self) -> list[str]:
        """What is not as the painter left it, once all is written; in words."""
        found: list[str] = []
        noted = _brushes(self._notes())
        for layer, meant in self._meant.items():
            lost = {k: (v, noted[layer].get(k)) for k, v in meant.items() if noted[layer][k] != v}
            if lost:
                found.append(f"region of layer {layer}: meant and noted differ: {lost}")
        if self._active() != [self._hand]:
            found.append(f"active is {self._active()}, the painter had taken {self._hand}")
        own = ("New", "Brush Tool", "Eraser", "Region: ", "Painting ")
        strange = [name for name in self.studio.history() if not name.startswith(own)]
        return found + [f"history has “{name}”, which no act of theirs made" for name in strange]

    # What a painter does

    def _stroke(self) -> None:
        self._take(self._layers[self._open])
        self.studio.tool("brush", size=self._random.choice((14, 24, 40)), hardness=0.8, opacity=1)
        self.studio.drag(*self._path())

    def _erase(self) -> None:
        self._take(self._layers[self._open])
        self.studio.tool("eraser", size=18)
        self.studio.drag(*self._path())

    def _aside(self) -> None:
        self._take(self._plain)
        self.studio.tool("brush", size=20)
        self.studio.drag(*self._path())

    def _choose(self) -> None:
        others = [n for n in range(len(self._layers)) if n != self._open]
        self._open = self._random.choice(others)
        self._hand = self._layers[self._open]
        self._row(self._open).locator(".region-name").click()
        self.studio.page.wait_for_function(
            "layer => String(studio.witness.active()) === String(layer)", arg=self._hand
        )

    def _words(self) -> None:
        words = self._random.choice(THINGS)
        self.panel.locator("#region-prompt textarea").fill(words)
        self._mean(prompt=words)

    def _ground(self) -> None:
        self.prompt = self._random.choice(GROUNDS)
        self.panel.locator("#prompt textarea").fill(self.prompt)

    def _alpha(self) -> None:
        self._mean(alpha=self._slide("region-alpha", 20, 100) / 100)

    def _strength(self) -> None:
        self._mean(prompt_strength=self._slide("region-strength", 30, 100) / 100)

    def _blur(self) -> None:
        self._mean(blur=self._slide("region-blur", 0, 24))

    def _way(self) -> None:
        way = self._random.choice(("blend", "isolate"))
        self.panel.locator(f"#region-way .chip[data-value={way}]").click()
        self._mean(mode=way, isolate_steps=None)

    def _switch(self) -> None:
        number = self._random.randrange(len(self._layers))
        self._row(number).locator(".region-colour").click()
        meant = self._meant[self._layers[number]]
        meant["on"] = not meant["on"]

    def _pause(self) -> None:
        self.panel.locator("#live-play").click()
        self._stroke()
        asked = self.studio.page.evaluate("studio.witness.seen.sent.length")
        self.panel.locator(self._random.choice(("#live-step", "#live-four"))).click()
        self._until_said(asked)
        self.panel.locator("#live-play").click()

    def _variation(self) -> None:
        wait_until_calm(self.studio)  # what a kept frame paints is no frame of the stream's
        asked = self.studio.page.evaluate("studio.witness.seen.sent.length")
        self.panel.locator("#live-variation").click()
        self._until_said(asked)
        before = self.studio.history()
        self.studio.page.wait_for_timeout(2 * CALM)
        if self.studio.history() != before:
            self.problems.append("frames of the stream have moved the history")
        self.panel.locator("#live-variation").click()

    def _undo(self) -> None:
        self.studio.page.wait_for_timeout(CALM)
        # In one go: a step of a kept frame that comes in between would be undone instead.
        undo = """strokes => strokes.includes(studio.witness.history().at(-1))
            && (document.getElementById("undo").click(), true)"""
        if not self.studio.page.evaluate(undo, ["Brush Tool", "Eraser"]):
            return
        self.studio.page.wait_for_timeout(CALM)
        self._take_as_meant()  # what was set after that stroke has gone with it
        (self._hand,) = self._active()  # so has what was taken in hand

    def _keep(self) -> None:
        if self.panel.locator("#live-keep").is_visible():
            self.panel.locator("#live-keep").click()

    # What the painter knows

    def _mean(self, **changes: object) -> None:
        self._meant[self._layers[self._open]].update(changes)

    def _take_as_meant(self) -> None:
        self._meant = _brushes(self._notes())

    def _take(self, layer: int) -> None:
        """Make a layer the active one, as one does in the layer list."""
        if self._hand == layer:
            return
        self.studio.page.click(f'[data-testid="layer-row"][data-layer-id="{layer}"]')
        self._hand = layer

    def _until_said(self, count: int) -> None:
        self.studio.page.wait_for_function(
            "count => studio.witness.seen.sent.length > count", arg=count
        )

    def _row(self, region: int) -> Locator:
        """A region's row: the topmost comes first."""
        return self.panel.locator("#regions .region").nth(len(self._layers) - 1 - region)

    def _slide(self, name: str, least: int, most: int) -> int:
        value = self._random.randint(least, most)
        set_slider(self.studio, name, value)
        return value

    def _path(self, around: Point | None = None) -> tuple[Point, ...]:
        middle = around or (self._random.uniform(40, 216), self._random.uniform(40, 216))
        points = range(self._random.randint(2, 4))
        return tuple((self._near(middle[0]), self._near(middle[1])) for _ in points)

    def _near(self, at: float) -> float:
        return min(SIDE - 6, max(6, at + self._random.uniform(-36, 36)))

    def _notes(self) -> list[dict[str, Any]]:
        return self.studio.page.evaluate("studio.witness.regions()")

    def _active(self) -> list[int]:
        return self.studio.page.evaluate("studio.witness.active()")


def _brushes(notes: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """By layer: what its region is noted to be set to."""
    return {note["layer"]: dict(note["brush"]) for note in notes}
