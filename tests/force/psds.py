"""PSD files that were changed at random: a document or one sentence, soon and in little memory.

Valid files (ours of version 1, small ones written here, those of other programs where they are
there) are flipped, cut, given other lengths, and metadata made to be slow. Each is opened as a
painting program does, looked at as a picture to start from, and given a group more.
"""

from __future__ import annotations

import logging
import random
import struct
import time
import traceback
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from bridge.images.image import Image
from bridge.psd.append import append_groups
from bridge.psd.document import Block, Document, Group, Mask, PixelLayer
from bridge.psd.files import opened, write_document
from bridge.psd.picture import coloured, picture_of, shown_document
from bridge.psd.xmp import NAMESPACE

QUICK = 100
LONG = 20_000

SECONDS = 10.0  # of one file, on one core beside seven others
MEMORY = 512 * 2**20  # bytes of Python's and numpy's, for files below 100 KiB
MEASURED = 4  # every so many tries the memory is measured, which makes them four times as slow

_ROOT = Path(__file__).parents[2]
_GOLDEN = _ROOT / "tests" / "golden" / "v1"
_SHARED = _ROOT.parent / "shared" / "psd"


def run(count: int, seed: int) -> str:
    """Try `count` times; a sentence with figures."""
    files = _files()
    refused, slowest, most = 0, 0.0, 0
    logging.disable(logging.CRITICAL)  # psd-tools says each thing that it wonders about
    try:
        for number in range(count):
            if number % MEASURED == 0:
                tracemalloc.start()
            chance = random.Random(f"{seed}.{number}")
            name, data = chance.choice(files)
            bad = _changed(data, chance)
            began = time.process_time()
            said = _said(bad)
            refused += said != ""
            assert said.count("\n") == 0, f"seed {seed}, try {number}, {name}: {said}"
            took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
            assert took < SECONDS, f"seed {seed}, try {number}, {name}: {took:.1f} s"
            assert peak < MEMORY, f"seed {seed}, try {number}, {name}: {peak / 2**20:.0f} MiB"
            slowest, most = max(slowest, took), max(most, peak)
            tracemalloc.stop()
    finally:
        tracemalloc.stop()
        logging.disable(logging.NOTSET)
    return (
        f"{count} changed PSD files, {refused} refused in a sentence and the others opened; "
        f"at most {slowest:.1f} s and {most / 2**20:.0f} MiB"
    )


def _said(data: bytes) -> str:
    """Why a file is refused; nothing where it is read, several lines where neither."""
    try:
        _read(data)
    except ValueError as error:
        return str(error) or "\n"
    except Exception:
        return "\n" + traceback.format_exc()
    return ""


def _read(data: bytes) -> None:
    """All that is done with a file of another program."""
    psd = opened(data)
    document, images = shown_document(data, ("sRGB", "Display P3"))
    for image in images.values():
        assert image.pixels.size
    coloured(picture_of(psd).pixels, psd)
    dot = Image(np.full((1, 1, 4), 9, np.uint8))
    layer = PixelLayer(id=2**30, name="more", image=dot.id)
    write_document(document, images)
    if psd.header.color_mode.name == "RGB":
        group = Group(id=2**30 + 1, name="group", layers=(layer,))
        append_groups(data, (group,), {dot.id: dot}, xmp="<x/>")


def _changed(data: bytes, chance: random.Random) -> bytes:
    """The file with one to four changes."""
    ways: tuple[Callable[[bytearray, random.Random], bytes], ...]
    ways = (_flipped, _flipped, _lengthened, _lengthened, _cut, _swapped, _noted)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if not data:
            break  # all of it was cut off
        data = chance.choice(ways)(bytearray(data), chance)
    return data


def _place(data: bytearray, chance: random.Random, room: int) -> int:
    """Somewhere in the file, mostly where its structure is."""
    end = max(1, len(data) - room)
    return chance.randrange(min(end, chance.choice((40, 400, 6000, end))))


def _flipped(data: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 8, 64))):
        data[_place(data, chance, 1)] ^= 1 << chance.randrange(8)
    return bytes(data)


def _lengthened(data: bytearray, chance: random.Random) -> bytes:
    """A number in place of another: lengths, counts and sizes are among them."""
    kind = chance.choice((">H", ">I", ">I", ">Q"))
    most = 2 ** (8 * struct.calcsize(kind)) - 1
    number = chance.choice((0, 1, 255, 32768, 65535, 2**20, 2**31 - 1, 2**31, most, most // 3))
    if len(data) > 16:
        struct.pack_into(kind, data, _place(data, chance, 8), min(number, most))
    return bytes(data)


def _cut(data: bytearray, chance: random.Random) -> bytes:
    return bytes(data[: _place(data, chance, 0)])


def _swapped(data: bytearray, chance: random.Random) -> bytes:
    """A piece of the file at another place of it."""
    size = chance.choice((4, 40, 400))
    one, other = _place(data, chance, size), _place(data, chance, size)
    data[one : one + size] = data[other : other + size]
    return bytes(data)


def _noted(data: bytearray, chance: random.Random) -> bytes:
    """With metadata that take long to read for those who look for patterns."""
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    much = chance.choice((10, 1_000, 20_000))
    ours = f'<rdf:Description xmlns:p="{NAMESPACE}" p:document="x"'
    packets = (
        f"<rdf:RDF xmlns:rdf='{rdf}'>" + f"{ours}>" * much,
        f"<rdf:RDF xmlns:rdf='{rdf}'>" + f"{ours}/>" * much + "</rdf:RDF>",
        f' xmlns:p="{NAMESPACE}"' * much,
        f"<!DOCTYPE a [<!ENTITY b '{'c' * much}'>]><a>{'&b;' * much}</a>{NAMESPACE}",
        f"<rdf:RDF xmlns:rdf='{rdf}'>{ours} {'a' * much}{' ' * much}",
    )
    try:
        document, images = shown_document(bytes(data), ("sRGB",))
        return write_document(replace(document, xmp=chance.choice(packets)), images)
    except ValueError:  # it was changed before, and is none any more
        return bytes(data)


def _files() -> list[tuple[str, bytes]]:
    """What is changed: at most as large as keeps a try short."""
    found = sorted(_GOLDEN.glob("*.psd")) + sorted(_SHARED.rglob("*.ps[db]"))
    files = [(file.name, file.read_bytes()) for file in found if file.stat().st_size < 100_000]
    return [*files, *((f"own {number}", data) for number, data in enumerate(_own()))]


def _own() -> list[bytes]:
    """Small files with all that we write."""
    files: list[bytes] = []
    for kind in (np.uint8, np.uint16):
        values = np.random.default_rng(7).integers(0, 256, (12, 16, 4)).astype(kind)
        picture, veil = Image(values), Image(np.ascontiguousarray(values[..., :1]))
        masked = PixelLayer(
            id=2, name="masked", image=picture.id, mask=Mask(image=veil.id, left=2, top=1)
        )
        invert = PixelLayer(id=4, name="invert", kept=(Block(key="nvrt", data=b""),))
        layers = (
            PixelLayer(id=1, name="below", image=picture.id),
            Group(id=3, name="group", layers=(masked,), blend="normal"),
            PixelLayer(id=5, name="clipped", image=picture.id, left=3, clipped=True),
            invert,
        )
        document = Document(
            width=20,
            height=14,
            depth=8 if kind is np.uint8 else 16,
            layers=layers,
            resources=(Block(key="1005", data=bytes(16)),),
        )
        files.append(write_document(document, {picture.id: picture, veil.id: veil}))
    return files
