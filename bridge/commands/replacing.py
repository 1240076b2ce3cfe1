"""Files that `-o` must not replace unasked: what lies there and nowhere else would be gone.

add_to         the option --overwrite
check          whether a file that is there may be replaced
check_picture  the same for one PNG

A PNG that is as a command wrote it and a PSD in which nothing was painted may: commands are run
again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipelines.recipe import ImageId

from ..history.history import History, found_steps, history_of
from ..images.image import Image
from ..psd.document import Document, Group, Layer, pixel_layers, walk
from ..psd.files import read_document
from ..psd.metadata import layer_note
from .located_step import named
from .marks import as_written
from .outputs import Output
from .places import parts, read_bytes, said_at
from .regions import named_by

_PICTURES = ("init", "mask", "edit", "layout")  # options that name one
_BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".psd": b"8BPS\0\1", ".psb": b"8BPS\0\2"}
_WAY_ON = "give another name, or say --overwrite"


def add_to(parser: argparse.ArgumentParser) -> None:
    """The option that replaces whatever is there."""
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace what -o names, even where it is painted on or read here",
    )


def check(
    options: argparse.Namespace, outputs: Sequence[Output], file: str | Path | None, psd: bytes
) -> None:
    """ValueError: something would be lost. `psd` is what `file` holds and groups are added to."""
    for output in outputs:
        out = output.path
        if options.overwrite or not out.is_file():
            continue
        if psd and file is not None and out.samefile(parts(str(file))[0]):
            continue
        data = _unread(options, out)
        if data and out.suffix.lower() != ".png" and (lost := _lost(out, data, psd)):
            raise ValueError(
                f"-o {out} is there, and holds what was not painted by a model ({lost}); {_WAY_ON}"
            )


def check_picture(options: argparse.Namespace, out: Path) -> None:
    """ValueError: a PNG is there that would be gone."""
    if not options.overwrite and out.is_file():
        _unread(options, out)


def _unread(options: argparse.Namespace, out: Path) -> bytes:
    """What a file holds. ValueError: the command reads it, or it is plainly somebody else's."""
    for option, place in _read(options):
        file = parts(place)[0]
        if file.is_file() and out.samefile(file):
            raise ValueError(f"-o {out} is what {option} reads, and would be gone; {_WAY_ON}")
    suffix = out.suffix.lower()
    if not out.stat().st_size:
        return b""
    data = read_bytes(out)
    if not data.startswith(_BEGINNINGS[suffix]):
        raise ValueError(f"-o {out} is there, and is no {suffix[1:].upper()} file; {_WAY_ON}")
    if suffix == ".png" and not as_written(data):
        raise ValueError(f"-o {out} is there, and is no picture as it was painted here; {_WAY_ON}")
    return data


def _read(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """What names pictures, and what it names."""
    for name in _PICTURES:
        if place := getattr(options, name, None):
            yield f"--{name}", place
    regions = getattr(options, "region", None)
    for text in regions if isinstance(regions, list) else ():
        yield "--region", said_at(str(text))[1]
    if palette := getattr(options, "palette", None):
        for field, place in named_by(palette):
            yield f"{palette} ({field})", place


def _lost(out: Path, data: bytes, base: bytes) -> str:
    """What of a PSD file no model painted and lies nowhere else, in words; empty: nothing."""
    kept = set(_keys(read_document(base)[0].layers)) if base else set[str]()
    try:
        document, images = read_document(data)
        theirs = list(_painters(document, images, history_of(document.xmp)))
    except ValueError as error:
        raise ValueError(f"-o {out} is there, and cannot be read ({error}); {_WAY_ON}") from None
    if not document.layers:
        return "a picture without layers"
    return named([layer for layer in theirs if not kept.issuperset(_keys((layer,)))])


def _painters(
    document: Document, images: Mapping[ImageId, Image], history: History
) -> Iterator[Layer]:
    """The layers that are not as a run left them, or no run's."""
    steps = found_steps(document, images, history)
    ours = {one.layer.id for one in steps.values() if one.same and one.handed}
    layers = list(pixel_layers(document.layers))
    inputs = {layer.image for layer in layers if "input" in layer_note(layer.metadata)}
    for layer in walk(document.layers):
        own = isinstance(layer, Group) or layer.id in ours or layer.image in inputs
        if not own or layer.mask or layer.unused:
            yield layer


def _keys(layers: tuple[Layer, ...]) -> Iterator[str]:
    """What tells whether the same lies in another document."""
    for layer in walk(layers):
        yield from (mask.image for mask in (layer.mask, layer.unused) if mask)
        if not isinstance(layer, Group):
            yield layer.image or f"without pixels: {layer.name}"
