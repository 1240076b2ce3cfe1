"""What of Pentimento's lies in an open document, by what its layers say: for the panel.

Texts         what stands in a document and in its layers, unread
Contents      the runs and steps it lists, and which layers they are
contents_of   the one, from the other

Whose a layer is, is known as in a file: by its note, else by its name (claims.py). Of several
layers of one step the oldest counts, for Photoshop's ids only rise: without pixels nobody knows
which one was painted on. A layer of -1 stands for what was there and is not: it is not written
twice.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import msgspec

from pipelines.recipe import ImageId, StepId

from ..psd.document import MAX_COMMAS, MAX_NAME, Document, Group, Layer, PixelLayer, walk
from ..psd.metadata import SETTINGS_KEY, Metadata, Note, layer_note, note_in
from ..wire import Quality, RunId
from .claims import claims_of, run_of
from .history import History, NewerError, history_in


class LayerTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A layer or a group, and its notes as they stand there."""

    id: int
    name: str = ""
    left: int = 0  # where its pixels lie
    top: int = 0
    settings: str | None = None  # under org.pentimento, of its generator settings
    xmp: str | None = None  # our property of its XMP
    layers: tuple[LayerTexts, ...] | None = None  # of a group, bottom first


class Texts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in a document."""

    index: str | None  # our property of its XMP: the list of runs and steps
    layers: tuple[LayerTexts, ...]  # bottom first


class Place(msgspec.Struct, frozen=True):
    """Where a picture's corner lies."""

    left: int
    top: int
    above: int | None = None  # the layer it shall lie above; None: wherever it does


class StepLayer(msgspec.Struct, frozen=True, kw_only=True):
    """The layer of a step."""

    layer: int  # -1: it has none any more
    image: ImageId  # as it was handed out; empty: not said
    quality: Quality = "full"
    painted: bool = False  # pixels say that, see ps-plugin/photoshop/sight.js


class Papers(msgspec.Struct, kw_only=True):
    """Which layers are whose."""

    runs: list[RunId] = []
    places: dict[RunId, Place] = {}
    groups: dict[RunId, int] = {}  # -1: it has none any more
    layers: dict[StepId, StepLayer] = {}
    inputs: list[ImageId] = []  # that lie there as hidden layers
    keeps: dict[RunId, int | str] = {}  # which steps become layers; absent: all


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a document tells."""

    runs: list[dict[str, Any]]  # as listed there, with what only newer versions know of them
    steps: list[dict[str, Any]]
    papers: Papers
    ours: list[int]  # all layers of runs
    newer: str = ""  # the version of a list that this one may not read; empty: it may


def texts_from(data: bytes) -> Texts:
    """Texts out of JSON. ValueError: it is none, or too much."""
    if data.count(b",") > MAX_COMMAS:
        raise ValueError(f"the document lists too much: its JSON has more than {MAX_COMMAS} commas")
    try:
        return msgspec.json.decode(data, type=Texts)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"texts: {error}") from None


def contents_of(texts: Texts) -> Contents:
    """What the document tells; a list that another program cut short counts as none."""
    history, newer = History(), ""
    try:
        history = history_in(texts.index)
    except NewerError as error:
        newer = error.version
    except ValueError:
        pass  # the layers' own notes have to do
    runs, steps = ([], []) if newer else (_listed(texts.index, name) for name in ("runs", "steps"))
    papers, ours = _papers(texts, history)
    return Contents(runs=runs, steps=steps, papers=papers, ours=ours, newer=newer)


def _listed(index: str | None, name: str) -> list[dict[str, Any]]:
    """What is listed, as it stands there, so that it can be written back."""
    try:
        listed = json.loads(index or "{}").get(name)
    except (ValueError, AttributeError, RecursionError):
        return []
    found: list[Any] = listed if isinstance(listed, list) else []
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)]


def _papers(texts: Texts, history: History) -> tuple[Papers, list[int]]:
    """Which layers are whose, and all of them."""
    ids: dict[int, int] = {}  # a host's may be 0
    layers = tuple(_layers(texts.layers, ids, itertools.count(1)))
    document = Document(width=1, height=1, layers=layers)
    written = {step.run for step in history.steps}  # a run that waits has nothing here yet
    papers = Papers(runs=[run.id for run in history.runs if run.id in written])
    notes = sorted(_notes(document, history), key=lambda found: ids[found[0].id])
    for layer, note in notes:
        _add(papers, ids[layer.id], note, is_group=isinstance(layer, Group))
    for run in papers.runs:
        papers.groups.setdefault(run, -1)
    for step in history.steps:
        if step.run in papers.runs:
            papers.layers.setdefault(step.id, StepLayer(layer=-1, image=step.image))
    return papers, [ids[layer.id] for layer, _ in notes]


def _layers(
    texts: tuple[LayerTexts, ...], ids: dict[int, int], count: Iterator[int]
) -> Iterator[Layer]:
    """The layers as in a file, each with a picture that nobody looks at."""
    for text in texts:
        id, name, note = next(count), text.name[:MAX_NAME], note_in(text.settings, text.xmp)
        ids[id] = text.id
        metadata = Metadata(settings={SETTINGS_KEY: json.dumps(note)} if note else {})
        if text.layers is None:
            yield PixelLayer(
                id=id,
                name=name,
                left=text.left,
                top=text.top,
                image="0" * 64,
                metadata=metadata,
            )
        else:
            inside = tuple(_layers(text.layers, ids, count))
            yield Group(id=id, name=name, layers=inside, metadata=metadata)


def _notes(document: Document, history: History) -> Iterator[tuple[Layer, Note]]:
    """Layers with their notes, or with what should stand in them where only names are left."""
    said = set[str]()
    for layer in walk(document.layers):
        note = layer_note(layer.metadata)
        if note.get("v") != 1 or not isinstance(note.get("run"), str):
            continue
        said.add(str(note["run"] if isinstance(layer, Group) else note.get("step")))
        yield layer, note
    named = dict[int, tuple[Layer, Note]]()  # a group lies where its uppermost step does
    for claim in claims_of(document, history):
        if not claim.named or claim.run is None:
            continue
        left, top = claim.corner or (claim.layer.left, claim.layer.top)
        note: Note = {"run": claim.run.id, "left": left, "top": top}
        home = next(one for one in reversed(claim.spot.groups) if run_of(one, history))
        if claim.run.id not in said:
            named[home.id] = home, note
        if claim.step not in said:
            named[claim.layer.id] = (
                claim.layer,
                note | {"step": claim.step, "image": claim.handed},
            )
    yield from named.values()


def _add(papers: Papers, layer: int, note: Note, *, is_group: bool) -> None:
    run, step, image = (str(note.get(name) or "") for name in ("run", "step", "image"))
    if run not in papers.runs:
        papers.runs.append(run)
    if "input" in note:
        papers.inputs += [image] if image else []
        return
    if is_group:
        papers.groups.setdefault(run, layer)
        if isinstance(keep := note.get("keep"), int | str):
            papers.keeps[run] = keep
    left, top = (
        value if isinstance(value := note.get(name), int) else 0 for name in ("left", "top")
    )
    if papers.groups.get(run) == layer or run not in papers.places:
        papers.places[run] = Place(left, top)
    if step and step not in papers.layers:
        quality: Any = note.get("quality")
        quality = quality if quality in ("linear", "tiny") else "full"
        papers.layers[step] = StepLayer(layer=layer, image=image, quality=quality)
