"""Picture files with anything wrong: a sentence or an image, never more than a picture's work.

Valid files of every kind are flipped, cut, stretched and lied in, the colour profiles in them too,
and decoded in a process of its own. It must go on living, answer each with a ValueError of one
sentence or an image of the size that the file declares, and need no more memory and time than
the limits allow.
"""

from __future__ import annotations

import io
import multiprocessing
import random
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection

from PIL import Image as pil

from bridge.config import Limits
from bridge.images.decoding import decode
from tests import peak
from tests.bridge.images.picture_samples import chunk, exif, iccp, noise, png, saved, tiff
from tests.bridge.images.profile_samples import brightness, grey, inks, nobodys

QUICK, LONG = 2000, 100_000

LIMITS = Limits(side=1024, area=2**18)
SECONDS = 2.0  # of processor time for one file; the slowest seen took a tenth of that
MEMORY = 128 * 2**20  # bytes more than before, ever; a picture of LIMITS has 2 MiB
PATIENCE = 60.0  # seconds without a word until a process counts as stuck

_EXTREMES = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def samples() -> list[bytes]:
    """A valid file of each kind and of what is odd in each."""
    grey8, rgb8, rgb16 = noise(24, 32, 1), noise(24, 32, 3), noise(24, 32, 3, 16)
    rgba = noise(24, 32, 4)
    profile = b"Exif\0\0" + exif(6)
    files = [
        png(grey8, iccp(grey(1.8))),
        png(rgb16, iccp(nobodys()), chunk(b"eXIf", exif(8))),
        png(rgb8, iccp(brightness(5)), chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b" * 99))),
        png(rgb8, chunk(b"gAMA", struct.pack(">I", 70000)), chunk(b"tRNS", b"\0\1\0\2\0\3")),
        saved(rgb8, "jpeg", exif=profile, icc_profile=nobodys()),
        saved(grey8, "jpeg", icc_profile=grey(2.2)),
        saved(rgb8, "jpeg", progressive=True),
        saved(rgba, "webp", lossless=True, exif=profile, icc_profile=nobodys()),
        saved(rgb8, "webp"),
        tiff(rgb16, photometric="rgb", iccprofile=nobodys(), compression="lzw", predictor=True),
        tiff(rgb8, photometric="rgb", compression="jpeg"),
        tiff(rgb8, photometric="rgb", tile=(16, 16), compression="zlib", bigtiff=True),
        tiff(rgba, photometric="rgb", extrasamples=["assocalpha"], byteorder=">"),
        tiff(rgba, photometric="separated", iccprofile=inks(3)),
        tiff(grey8[..., 0] > 99, photometric="miniswhite"),
    ]
    out = io.BytesIO()
    frames = [pil.fromarray(rgb8), pil.fromarray(rgb8[::-1])]
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    return [*files, out.getvalue()]


def changed(data: bytes, dice: random.Random) -> bytes:
    """The file with something wrong in it."""
    made = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 9))):
        at = dice.randrange(len(made)) if made else 0
        _CHANGES[dice.randrange(len(_CHANGES))](made, at, dice)
    whole = bytes(made)
    return _checked(whole) if dice.random() < 0.7 else whole


def _flip(made: bytearray, at: int, dice: random.Random) -> None:
    if made:
        made[at] ^= 1 << dice.randrange(8)


def _number(made: bytearray, at: int, dice: random.Random) -> None:
    kind = dice.choice((">I", "<I", ">H", "<H", "B"))
    value = dice.choice(_EXTREMES) & (256 ** struct.calcsize(kind) - 1)
    made[at : at + struct.calcsize(kind)] = struct.pack(kind, value)


def _copy(made: bytearray, at: int, dice: random.Random) -> None:
    length = dice.choice((2, 12, 40, 200))
    made[at:at] = made[dice.randrange(len(made) + 1) :][:length] * dice.choice((1, 1, 50))


def _drop(made: bytearray, at: int, dice: random.Random) -> None:
    del made[at : at + dice.choice((1, 2, 12, 100))]


def _cut(made: bytearray, at: int, dice: random.Random) -> None:
    if dice.random() < 0.3:
        del made[at:]


_CHANGES: tuple[Callable[[bytearray, int, random.Random], None], ...] = (
    _flip, _flip, _number, _number, _number, _copy, _drop, _cut,
)  # fmt: skip


def _checked(data: bytes) -> bytes:
    """A PNG's checksums made true again, so that what was changed is read."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    made, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if at + 12 + length > len(data):
            break
        made.append(chunk(name, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(made) + data[at:]


def one(number: int, seed: int, files: list[bytes]) -> bytes:
    """Try `number`: a broken file, the same at every call."""
    dice = random.Random(f"{seed}.{number}")
    if dice.random() < 0.25:  # a broken profile in a file that is whole
        name, channels = dice.choice((("nobodys", 3), ("grey", 1), ("brightness", 3)))
        icc = {"nobodys": nobodys(), "grey": grey(1.8), "brightness": brightness(3)}[name]
        return png(noise(4, 5, channels), iccp(changed(icc, dice)))
    return changed(dice.choice(files), dice)


def tried(data: bytes) -> str:
    """What came of a file. AssertionError: something that must not."""
    began = time.process_time()
    try:
        decoded = decode(data, LIMITS)
    except ValueError as error:
        said = str(error)
        assert "\n" not in said, f"no sentence: {said!r}"
        assert 10 < len(said) < 400, f"no sentence: {said!r}"
        assert "too much memory" not in said, said
        outcome = "refused"
    else:
        image = decoded.image
        assert image.width * image.height <= LIMITS.area
        declared = _declared(data)
        size = {(image.width, image.height), (image.height, image.width)}
        assert declared is None or declared in size, f"{declared} became {size}"
        assert all("\n" not in notice for notice in decoded.notices)
        outcome = "opened with a notice" if decoded.notices else "opened"
    spent = time.process_time() - began
    assert spent < SECONDS, f"took {spent:.1f} s"
    return outcome


def _declared(data: bytes) -> tuple[int, int] | None:
    """The size that a PNG's header has, and the one that Pillow finds in a WebP."""
    if data.startswith(b"\x89PNG"):
        width, height = struct.unpack(">2I", data[16:24])
        return width, height
    if data.startswith(b"RIFF"):
        with pil.open(io.BytesIO(data)) as file:
            return file.size
    return None


def _child(count: int, seed: int, told: Connection) -> None:
    """Try them all, telling of each before and after."""
    files = samples()
    for file in files:
        tried(file)
    before = peak.forget()
    for number in range(count):
        told.send((number, None))
        try:
            outcome = tried(one(number, seed, files))
        except Exception as error:  # whatever it is: it must not be
            outcome = f"FAILED: {type(error).__name__}: {error}"
        if (more := peak.held() - before) > MEMORY:
            outcome = f"FAILED: {more / 2**20:.0f} MiB more than before"
        told.send((number, outcome))
    told.send((count, peak.held() - before))


def run(count: int, seed: int) -> str:
    """Broken files, each once; a sentence with figures."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(count, seed, theirs), daemon=True)
    process.start()
    theirs.close()
    outcomes: Counter[str] = Counter()
    number, more = -1, 0
    try:
        while number < count:
            assert ours.poll(PATIENCE), f"seed {seed}, try {number}: no answer for {PATIENCE:.0f} s"
            number, told = ours.recv()
            if isinstance(told, int):
                more = told
            elif told is not None:
                assert not told.startswith("FAILED"), f"seed {seed}, try {number}: {told}"
                outcomes[told] += 1
    except EOFError:
        process.join()
        raise AssertionError(
            f"seed {seed}, try {number}: the process ended with {process.exitcode}"
        ) from None
    finally:
        process.kill()
        process.join()
    figures = ", ".join(f"{number} {what}" for what, number in sorted(outcomes.items()))
    return f"{count} broken pictures: {figures}; {more / 2**20:.0f} MiB at most"
