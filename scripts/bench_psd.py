"""What writing PSD files costs, over pytoshop: pairs of processes, interleaved, CPU seconds.

    .venv/bin/python scripts/bench.py --psd [--pairs 9] [--json FILE]

over_pytoshop   20 layers of 4000 x 3000 and the flattened picture, over pytoshop's time for the
                layers alone (it writes no flattened picture), each kind of picture apart;
                aim <= 1.0
peak_mib        the most memory that took above the start, of a process of its own; aim <= 200
after_last      seconds to write 50 layers of 1024 x 1024 that were compressed while they came, and
                hashed before; aim <= 0.5

pytoshop is asked for here alone; its C packbits needs a compiler:

    .venv/bin/python -m pip install cython setuptools wheel
    .venv/bin/python -m pip install --no-build-isolation --no-deps pytoshop six

Pictures: soft (a blown-up sketch), photo (soft with grain), poster (soft in 32 shades), tiles
(areas of one colour). Ours are made when they are asked for, and that time does not count;
pytoshop's are all there before, and their memory does not count.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bridge.images.image import Image
from bridge.psd.document import Document, PixelLayer
from bridge.psd.files import save_document
from bridge.psd.spool import OnDemand, Spool
from pipelines.pixels import Pixels

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import peak

LAYERS, WIDTH, HEIGHT = 20, 4000, 3000
STEPS, SIDE = 50, 1024
KINDS = ("soft", "photo", "poster", "tiles")


def picture(kind: str, number: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """An opaque picture, RGBA."""
    import cv2

    random = np.random.default_rng(number)
    small = random.integers(0, 256, (64, 64, 4)).astype(np.uint8)
    how = cv2.INTER_NEAREST if kind == "tiles" else cv2.INTER_LINEAR
    large = np.asarray(cv2.resize(small, (width, height), interpolation=how), np.uint8)
    if kind == "photo":
        grain = random.integers(-6, 7, 2**16).astype(np.int16)
        for row in large:
            at = int(random.integers(0, 2**15))
            noise = np.resize(grain[at:], (width, 4))
            row[:] = np.clip(row.astype(np.int16) + noise, 0, 255)
    if kind == "poster":
        large &= 0xF8
    large[..., 3] = 255
    return large


def ours(kind: str, file: Path) -> float:
    """CPU seconds to write the layers, pictures not counted."""
    made = 0.0

    def make(number: int) -> Image:
        nonlocal made
        began = time.process_time()
        image = Image(picture(kind, number))
        made += time.process_time() - began
        return image

    layers = tuple(
        PixelLayer(id=n + 1, name=str(n), image=f"{n:064x}", visible=n in (0, LAYERS - 1))
        for n in range(LAYERS)
    )
    images = OnDemand({f"{n:064x}": lambda n=n: make(n) for n in range(LAYERS)})
    began = time.process_time()
    with file.open("w+b") as out:
        save_document(out, Document(width=WIDTH, height=HEIGHT, layers=layers), images)
    return time.process_time() - began - made


def theirs(kind: str, file: Path) -> float:
    """The same of pytoshop, whose pictures are all there before."""
    from pytoshop import enums  # pyright: ignore[reportMissingImports] # no dependency of ours
    from pytoshop.user import nested_layers  # pyright: ignore[reportMissingImports]

    pictures = [picture(kind, number) for number in range(LAYERS)]
    began = time.process_time()
    channels = {0: 0, 1: 1, 2: 2, -1: 3}
    layers = [
        nested_layers.Image(
            name=str(n), channels={c: one[..., at] for c, at in channels.items()}, top=0, left=0
        )
        for n, one in enumerate(pictures)
    ]
    psd = nested_layers.nested_layers_to_psd(
        layers, enums.ColorMode.rgb, compression=enums.Compression.rle
    )
    with file.open("wb") as out:
        psd.write(out)
    return time.process_time() - began


def after_last(file: Path) -> float:
    """CPU seconds from the last step of a run to its file, beyond hashing."""
    spool = Spool()
    kept = [spool.keep(Image(picture("photo", n, SIDE, SIDE))) for n in range(STEPS)]
    layers = tuple(
        PixelLayer(id=n + 1, name=str(n), image=one.shown, visible=n == STEPS - 1)
        for n, one in enumerate(kept)
    )
    document = Document(width=SIDE, height=SIDE, layers=layers)
    began = time.process_time()
    with file.open("w+b") as out:
        images = OnDemand({one.shown: one.rgba for one in kept})
        save_document(out, document, images, {one.shown: one.packed for one in kept})
    return time.process_time() - began


def one_side(side: str, kind: str) -> dict[str, float]:
    """One writing, in this process: its seconds, and its memory above the start."""
    work: dict[str, Callable[[Path], float]] = {
        "ours": lambda file: ours(kind, file),
        "theirs": lambda file: theirs(kind, file),
        "after_last": after_last,
    }
    picture(kind, 0, 64, 64)  # what is imported is not the writing's
    before = peak.forget()
    with tempfile.TemporaryDirectory() as folder:
        seconds = work[side](Path(folder) / "a.psd")
    return {"seconds": seconds, "peak_mib": (peak.held() - before) / 2**20}


def _apart(side: str, kind: str) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, side, kind]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(said.stdout)


def measured(pairs: int) -> dict[str, Any]:
    """All figures."""
    figures: dict[str, Any] = {"pairs": pairs, "over_pytoshop": {}, "peak_mib": {}}
    if (there := importlib.util.find_spec("pytoshop") is not None) is False:
        print("pytoshop is not installed; bench_psd.py says how to get it")
    for kind in KINDS:
        ratios, peaks = list[float](), list[float]()
        for number in range(pairs if there else 1):
            sides = ("ours", "theirs") if number % 2 else ("theirs", "ours")
            found = {side: _apart(side, kind) for side in sides if there or side == "ours"}
            peaks.append(found["ours"]["peak_mib"])
            if there:
                ratios.append(found["ours"]["seconds"] / found["theirs"]["seconds"])
        figures["peak_mib"][kind] = max(peaks)
        if ratios:
            figures["over_pytoshop"][kind] = {
                "median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)
            }  # fmt: skip
    seconds = [_apart("after_last", "photo")["seconds"] for _ in range(pairs)]
    return figures | {"after_last": statistics.median(seconds)}


def shown(figures: dict[str, Any]) -> str:
    """The figures as lines of text."""
    lines = [f"PSD files, {LAYERS} layers of {WIDTH} x {HEIGHT}, {figures['pairs']} pairs"]
    for kind in KINDS:
        over = figures["over_pytoshop"].get(kind)
        ratio = f"{over['median']:.2f} ({over['min']:.2f} to {over['max']:.2f})" if over else "-"
        lines.append(f"  {kind:6} {ratio} x pytoshop, {figures['peak_mib'][kind]:.0f} MiB")
    return "\n".join([*lines, f"  {STEPS} steps of {SIDE}²: {figures['after_last']:.2f} s"])


if __name__ == "__main__":
    print(json.dumps(one_side(sys.argv[1], sys.argv[2])))
