"""docs/rooms.svg: the rooms of the house, and which rely on which, drawn from the imports.

    .venv/bin/python scripts/draw_rooms.py

imports      the modules that a Python file imports
rooms_found  the rooms, and which asks which
svg_of       the picture

A room is a folder; its line of text is the one that its map has: `__init__.py` of the bridge and of
the embedded model, ps-plugin/README.md. Files beside the rooms are one box of each house; those of
pipelines are two, with torch and without. An arrow that follows from others is left out. Every
arrow leads downwards; a circle is an error that names it. The same tree gives the same bytes.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import combinations, pairwise, permutations, product
from pathlib import Path

import networkx

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "rooms.svg"
PANEL, STUDIO, BRIDGE, PIPELINES = "ps-plugin", "ps-plugin/studio", "bridge", "pipelines"
LOOP = f"{PIPELINES}/loop"  # its files that have torch
PROGRAMS = ("bridge/__main__.py", "bridge/demo.py", "pipelines/embedded/train.py")
HALVES = ((PANEL, STUDIO), (BRIDGE, PIPELINES))  # of the picture, each with a house at either side
TITLES = {
    PANEL: "the panel",
    STUDIO: "a stand-in for Photoshop",
    BRIDGE: "the server, the command line",
    PIPELINES: "diffusion",
}
BESIDE = {  # files beside the rooms: what no folder and no map names as one
    f"{PANEL}/": ("start, main", "where it starts, and meets Photoshop"),
    f"{STUDIO}/": ("studio, boot", "the browser studio, put together"),
    f"{BRIDGE}/": ("wire, config, log", "for all rooms: messages, settings, the log"),
    f"{PIPELINES}/": ("recipe, pixels, colour", "what to make; numbers without torch"),
    LOOP: ("run, live, regions …", "one loop over steps, and the models it asks"),
}
SAID = (f"{PANEL}/bridge", f"{BRIDGE}/http")  # no import: the wire
LEGEND = (
    "An arrow is an import: the upper room asks the lower one.",
    "An arrow that follows from others is left out.",
    "Dashed: messages (bridge/wire.py) and pixels over HTTP.",
)
TORCH = {"torch", "diffusers", "transformers"}

WIDTH, HEIGHT, GAP, PITCH = 190, 60, 20, 84  # pixels: a box, what is free beside it, a row
COLUMN, MARGIN, HEAD, PORT = 450, 22, 44, 26  # a house, around it, its title, between two arrows
LETTERS, LINE = 27, 14  # of a box's text, and pixels from one line to the next
ABREAST = 2  # boxes beside each other in a house, where that can be

Arrow = tuple[str, str]
Place = tuple[float, float]  # pixels from the left, from the top: the middle of a box
Way = tuple[str, ...]  # an arrow's rooms, and the slots that it goes through in rows between them


@dataclass(frozen=True)
class Rooms:
    """Rooms by their folders, each with its line of text, and which asks which."""

    texts: dict[str, str]
    arrows: frozenset[Arrow]

    @cached_property
    def needed(self) -> list[Arrow]:
        """The arrows that follow from no others. ValueError: rooms ask each other in a circle."""
        graph = networkx.DiGraph(list(self.arrows))
        if not networkx.is_directed_acyclic_graph(graph):
            circle = sorted(one for one, _ in networkx.find_cycle(graph))
            raise ValueError(f"rooms ask each other in a circle: {', '.join(circle)}")
        return sorted(networkx.transitive_reduction(graph).edges)


def imports(file: str) -> set[str]:
    """The modules a file imports, with their whole names; also those inside functions."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    package = file.rsplit("/", 1)[0].split("/")
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def rooms_found() -> Rooms:
    """The rooms that folders and maps have, with the arrows that imports are."""
    texts = dict(_told())
    kinds = ((PANEL, "js"), (BRIDGE, "py"), (PIPELINES, "py"))
    paths = [path for folder, kind in kinds for path in (ROOT / folder).rglob(f"*.{kind}")]
    files = {path.relative_to(ROOT).as_posix() for path in paths} - set(PROGRAMS)
    asked = {file: _asked(file) for file in files}
    heavy = {file for file, names in asked.items() if names & TORCH}
    while more := {file for file, names in asked.items() if names & heavy} - heavy:
        heavy |= more

    def room_of(file: str) -> str | None:
        folder = posixpath.dirname(file)
        if folder == PIPELINES and file in heavy:
            return LOOP
        return next((room for room in (folder, f"{folder}/") if room in texts), None)

    arrows = {
        (here, there)
        for file, names in asked.items()
        for name in names & files
        if (here := room_of(file)) and (there := room_of(name)) and here != there
    }
    return Rooms(texts, frozenset(arrows))


def _asked(file: str) -> set[str]:
    """The files that a file imports or requires, and the packages from outside."""
    if file.endswith(".py"):
        names = imports(file)
        return {f"{name.replace('.', '/')}.py" for name in names} | {n.split(".")[0] for n in names}
    text = (ROOT / file).read_text(encoding="utf-8")
    named = re.findall(r'\brequire\(\s*"(\.[^"]+)"', text)
    return {posixpath.normpath(posixpath.join(posixpath.dirname(file), name)) for name in named}


def _told() -> Iterator[tuple[str, str]]:
    """Each room with its line of text."""
    yield from ((room, text) for room, (_, text) in BESIDE.items())
    for package in (BRIDGE, f"{PIPELINES}/embedded"):
        told = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
        for name, text in re.findall(r"^(\w+) {2,}(.+)$", told, re.MULTILINE):
            if (ROOT / package / name).is_dir():
                yield f"{package}/{name}", text
    told = (ROOT / PANEL / "README.md").read_text(encoding="utf-8")
    for folder, text in re.findall(r"^\| `([\w/-]+)/` \| ([^|]+) \|", told, re.MULTILINE):
        if folder not in (PANEL, STUDIO):
            yield f"{PANEL}/{folder}", text.replace("`", "")


def _house(room: str) -> str:
    """The folder of TITLES that a room is in."""
    return max((house for house in TITLES if room.startswith(f"{house}/")), key=len)


def _rows(rooms: Rooms) -> dict[str, int]:
    """Each room's row in its half of the picture, 0 at the top: as low as its arrows let it be.

    Where more are abreast than there is space for, one goes up that can.
    """
    rows = dict.fromkeys(sorted(rooms.texts), 0)
    for _ in rows:
        for one, other in rooms.needed:
            rows[one] = min(rows[one], rows[other] - 1)
    for room, row in rows.items():
        abreast = [one for one in rows if rows[one] == row and _house(one) == _house(room)]
        above = [rows[one] for one, other in rooms.needed if other == room]
        if len(abreast) > ABREAST and max(above, default=row) < row - 1:
            rows[room] -= 1
    tops = {
        house: min(row for room, row in rows.items() if _house(room) in half)
        for half in HALVES
        for house in half
    }
    return {room: row - tops[_house(room)] for room, row in rows.items()}


def _ways(rooms: Rooms, rows: dict[str, int]) -> dict[Arrow, Way]:
    """The ways of the arrows that stay in their house."""
    return {
        (one, other): (
            one,
            *(f"{one}>{other}>{row}" for row in range(rows[one] + 1, rows[other])),
            other,
        )
        for one, other in rooms.needed
        if _house(one) == _house(other)
    }


def _across(
    rows: dict[int, list[str]], ways: Iterable[Way], pulls: dict[str, float]
) -> dict[str, float]:
    """How far right of the house's middle each box or slot lies: few crossings, short arrows."""
    steps = [
        (row, one, other)
        for way in ways
        for one, other in pairwise(way)
        for row, there in rows.items()
        if one in there
    ]

    def placed(orders: tuple[tuple[str, ...], ...]) -> dict[str, float]:
        return {name: x for order in orders for name, x in _spread(order)}

    def cost(places: dict[str, float]) -> float:
        crossings = sum(
            row == same and (places[a] - places[c]) * (places[b] - places[d]) < 0
            for (row, a, b), (same, c, d) in combinations(steps, 2)
        )
        lengths = sum(abs(places[one] - places[other]) for _, one, other in steps)
        return 1000 * crossings + lengths + sum(8 * abs(places[n] - x) for n, x in pulls.items())

    orders = product(*(permutations(sorted(there)) for there in rows.values()))
    return min((placed(order) for order in orders), key=cost)


def _spread(order: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """One row's boxes and slots beside each other, their middle at 0."""
    widths = [4 if ">" in name else WIDTH for name in order]
    x = -(sum(widths) + GAP * (len(order) - 1)) / 2
    for name, width in zip(order, widths, strict=True):
        yield name, x + width / 2
        x += width + GAP


def svg_of(rooms: Rooms) -> str:
    """The whole picture."""
    rows = _rows(rooms)
    ways = _ways(rooms, rows)
    rows |= {slot: rows[way[0]] + n for way in ways.values() for n, slot in enumerate(way[1:-1], 1)}
    places = _places(rooms, rows, ways)
    left, top = (
        MARGIN * 2 + COLUMN,
        min(y for room, (_, y) in places.items() if _house(room) == BRIDGE),
    )
    size = left + COLUMN + MARGIN, max(y for _, y in places.values()) + HEIGHT / 2 + GAP + MARGIN
    legend = [_line(text, left, top + n * 20, "legend") for n, text in enumerate(LEGEND)]
    cards = [_card(house, places) for house in TITLES]
    arrows, boxes = _arrows(rooms.needed, ways, places), _boxes(rooms.texts, places)
    return "\n".join([_head(*size), *cards, *arrows, *boxes, *legend, "</svg>", ""])


def _places(rooms: Rooms, rows: dict[str, int], ways: dict[Arrow, Way]) -> dict[str, Place]:
    """Where each box and slot lies."""
    places: dict[str, Place] = {}
    top = MARGIN + HEAD + HEIGHT / 2
    for half in HALVES:
        for side, house in enumerate(half):
            mine: dict[int, list[str]] = {}
            for name, row in rows.items():
                if _house(name) == house:
                    mine.setdefault(row, []).append(name)
            here = [way for way in ways.values() if _house(way[0]) == house]
            across = _across(mine, here, _pulls(rooms, house))
            middle = MARGIN + COLUMN / 2 + side * (COLUMN + MARGIN)
            for row, there in mine.items():
                places |= {name: (middle + across[name], top + row * PITCH) for name in there}
        lowest = max(y for name, (_, y) in places.items() if _house(name) in half)
        top = lowest + HEIGHT + GAP + MARGIN + HEAD
    return places


def _pulls(rooms: Rooms, house: str) -> dict[str, float]:
    """Rooms that have to do with another house lie towards it; what is said goes along the left."""
    left, right = -COLUMN / 2, COLUMN / 2
    pulls = {room: left for room in SAID if _house(room) == house}
    for one, other in rooms.needed:
        if _house(one) == house != _house(other):
            pulls[one] = right
        elif _house(other) == house != _house(one):
            pulls[other] = left
    return pulls


def _arrows(needed: list[Arrow], ways: dict[Arrow, Way], places: dict[str, Place]) -> Iterator[str]:
    """Within a house from a lower edge to an upper one, to another house from side to side."""
    starts, ends = _ports(ways.values(), places, 1), _ports(ways.values(), places, -1)
    for arrow in needed:
        (x, y), (to_x, to_y) = (places[room] for room in arrow)
        if (way := ways.get(arrow)) is None:
            x, to_x = x + WIDTH / 2, to_x - WIDTH / 2 - 2
            path = f"M{x:g} {y:g}C{x + 70:g} {y:g} {to_x - 70:g} {to_y:g} {to_x:g} {to_y:g}"
        else:
            x, y = x + starts[way], y + HEIGHT / 2
            path = f"M{x:g} {y:g}"
            for name in way[1:]:
                to_x, to_y = places[name]
                last = name == way[-1]
                to_x, to_y = to_x + (ends[way] if last else 0), to_y - HEIGHT / 2 - 2 * last
                mid = (y + to_y) / 2
                path += f"C{x:g} {mid:g} {to_x:g} {mid:g} {to_x:g} {to_y:g}"
                x, y = to_x, to_y + HEIGHT
                path += "" if last else f"V{y:g}"
        yield f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>'
    (x, y), (to_x, to_y) = (places[room] for room in SAID)
    x, to_x, edge = x - WIDTH / 2, to_x - WIDTH / 2 - 2, MARGIN / 2
    path = f"M{x:g} {y:g}H{edge + 12:g}q-12 0 -12 12V{to_y - 12:g}q0 12 12 12H{to_x:g}"
    yield f'<path class="arrow said" d="{path}" marker-end="url(#tip)"/>'


def _ports(ways: Iterable[Way], places: dict[str, Place], end: int) -> dict[Way, float]:
    """Where along a box's edge each arrow begins (end 1) or ends (-1), from the box's middle."""
    at: dict[str, list[Way]] = {}
    for way in ways:
        at.setdefault(way[0 if end == 1 else -1], []).append(way)
    ports: dict[Way, float] = {}
    for here in at.values():
        here.sort(key=lambda way: places[way[end if end == 1 else -2]][0])
        ports |= {way: (n - (len(here) - 1) / 2) * PORT for n, way in enumerate(here)}
    return ports


def _boxes(texts: dict[str, str], places: dict[str, Place]) -> Iterator[str]:
    for room, text in texts.items():
        x, y = places[room]
        left, top = x - WIDTH / 2, y - HEIGHT / 2
        name = BESIDE[room][0] if room in BESIDE else room.removeprefix(f"{_house(room)}/")
        lines = _wrapped(text)
        first = y - LINE * (len(lines) - 1) / 2 - 2
        kind = posixpath.basename(_house(room))
        yield (
            f'<rect class="box {kind}" x="{left:g}" y="{top:g}" width="{WIDTH}" height="{HEIGHT}" '
            'rx="7"/>'
        )
        yield _line(name, x, first, "name")
        for number, line in enumerate(lines, 1):
            yield _line(line, x, first + number * LINE + 1, "text")


def _wrapped(text: str) -> list[str]:
    """As much of a text as two lines hold, to the end of a clause."""
    held: list[str] = []
    clauses = re.split(r"(?<=[,;:]) ", text)
    for count in range(1, len(clauses) + 1):
        lines = [""]
        for word in " ".join(clauses[:count]).rstrip(",;:").split():
            if lines[-1] and len(lines[-1]) + 1 + len(word) > LETTERS:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        if held and len(lines) > 2:
            break
        held = lines
    return held


def _card(house: str, places: dict[str, Place]) -> str:
    heights = [y for name, (_, y) in places.items() if _house(name) == house]
    left = MARGIN if any(house == half[0] for half in HALVES) else 2 * MARGIN + COLUMN
    top, height = (
        min(heights) - HEIGHT / 2 - HEAD,
        max(heights) - min(heights) + HEAD + HEIGHT + GAP,
    )
    return (
        f'<rect class="card" x="{left}" y="{top:g}" width="{COLUMN}" height="{height:g}" '
        f'rx="12"/>\n<text class="title" x="{left + 16}" y="{top + 26:g}"><tspan class="folder '
        f'{posixpath.basename(house)}">{house}/</tspan>  {escape(TITLES[house])}</text>'
    )


def _line(text: str, x: float, y: float, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _head(width: float, height: float) -> str:
    """The beginning, with its own paper: legible wherever it is shown."""
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">
<title>The rooms of Pentimento, and which rely on which</title>
<!-- drawn by scripts/draw_rooms.py -->
<style>
svg {{ --paper: #fff; --card: #f4f4f2; --ink: #1f2328; --soft: #57606a; --box: #fff;
  --panel: #2f6fb5; --studio: #76608f; --bridge: #a8641c; --pipelines: #33784a }}
@media (prefers-color-scheme: dark) {{ svg {{ --paper: #0d1117; --card: #161b22; --ink: #e6edf3;
  --soft: #9da7b3; --box: #0d1117; --panel: #7ab3ee; --studio: #bda9d6; --bridge: #e3a968;
  --pipelines: #84c695 }} }}
text {{ font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  font-size: 12px; fill: var(--soft); text-anchor: middle }}
.name {{ font-size: 14.5px; font-weight: 600; fill: var(--ink) }}
.title {{ font-size: 15px; text-anchor: start; white-space: pre }}
.folder {{ font-weight: 700 }}
.legend {{ font-size: 13px; text-anchor: start }}
.card {{ fill: var(--card) }}
.box {{ fill: var(--box); stroke-width: 1.5 }}
.box.ps-plugin {{ stroke: var(--panel) }} .folder.ps-plugin {{ fill: var(--panel) }}
.box.studio {{ stroke: var(--studio) }} .folder.studio {{ fill: var(--studio) }}
.box.bridge {{ stroke: var(--bridge) }} .folder.bridge {{ fill: var(--bridge) }}
.box.pipelines {{ stroke: var(--pipelines) }} .folder.pipelines {{ fill: var(--pipelines) }}
.arrow {{ fill: none; stroke: var(--soft); stroke-width: 1.3 }}
.said {{ stroke-dasharray: 5 4 }}
</style>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0L8 4L0 8z" fill="var(--soft)"/></marker>
<rect width="{width:g}" height="{height:g}" rx="12" fill="var(--paper)"/>"""


if __name__ == "__main__":
    PICTURE.write_text(svg_of(rooms_found()), encoding="utf-8", newline="\n")
