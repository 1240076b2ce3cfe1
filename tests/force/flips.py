"""One flipped bit anywhere in a store's files: noticed and named, or without any effect.

A store of three paintings is closed, or killed with its newest content in the log; a random bit of
one of its files is flipped. The store must open, whatever was hit, and everything in it is read and
compared: each thing is what was stored, or a sentence names it as damaged. Then it is written to,
closed and opened again, and there is nothing more to be said.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bridge.images.image import Image
from bridge.store.database import Missing, StoreDamaged
from bridge.store.store import Store
from bridge.wire import Finished, Notice, Queued, Run, Step, Stepped, parse_event
from pipelines.recipe import Recipe

QUICK, LONG = 40, 1000

QUOTA = 2**30
_NAME = "store.sqlite"
_RUNS, _STEPS = 3, 5

Content = dict[tuple[str, str], object]


def run(count: int, seed: int) -> str:
    """Flip `count` bits, one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        closed, killed = Path(folder, "closed"), Path(folder, "killed")
        before = _write(closed, killed)
        return tried(count, seed, (closed, killed), before)


def tried(
    count: int,
    seed: int,
    sources: tuple[Path, Path],
    before: Content,
    is_lost: Callable[[str, object, object], bool] = lambda _, was, now: was != now,
) -> str:
    """Flip bits in copies of these stores.

    is_lost: of a kind of thing, what it was and what is found of it, whether a sentence must tell.
    """
    chance = random.Random(seed)
    ends = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            source, trial = chance.choice(sources), Path(folder, "trial")
            shutil.copytree(source, trial)
            file = _chosen(chance, trial)
            bit = chance.randrange(8 * file.stat().st_size)
            flip(file, bit)
            where = f"seed {seed}, try {number}: bit {bit} of {file.name}, {source.name}"
            ends[_compared(trial / _NAME, before, where, is_lost)] += 1
            shutil.rmtree(trial)
    figures = ", ".join(f"{many} {end}" for end, many in sorted(ends.items()))
    return f"{count} flipped bits: {figures}; 0 silent, 0 locked out"


def flip(file: Path, bit: int) -> None:
    """Flip one bit of a file."""
    with file.open("r+b") as opened:
        opened.seek(bit // 8)
        (byte,) = opened.read(1)
        opened.seek(bit // 8)
        opened.write(bytes([byte ^ 1 << bit % 8]))


def content(store: Store) -> Content:
    """Everything that can be read, what cannot as the sentence that says so."""
    found: Content = {("run", run.id): run for run in store.runs()}
    for step in store.steps():
        found["step", step.id] = step
        found["record", step.id] = _read(store.record, step.id)
        for look in sorted(store.looks(step.id, "denoised")):
            image = _read(store.picture, step.id, "denoised", look)
            pixels = (image.id, image.raw, image.profile) if isinstance(image, Image) else image
            found["picture", f"{step.id} {look}"] = pixels
    for seq, text in store.events_after(0, 10_000):
        found["event", str(seq)] = parse_event(text)
    return found


def _read(read: object, *values: object) -> object:
    try:
        return read(*values)  # pyright: ignore[reportCallIssue, reportUnknownVariableType]
    except (StoreDamaged, Missing) as error:
        return str(error)


def _compared(
    path: Path, before: Content, where: str, is_lost: Callable[[str, object, object], bool]
) -> str:
    """What became of a store."""
    try:
        with _opened(path) as store:
            found, built = content(store), any("built anew" in text for text in store.found)
            lost = [key for key, was in before.items() if is_lost(key[0], was, found.get(key))]
            messages = {e.message for e in found.values() if isinstance(e, Notice)}
            messages |= {
                event.message
                for _, text in store.events_after(0, 10_000)
                if isinstance(event := parse_event(text), Notice)
            }
            said = " ".join([*store.found, *messages])
            for key in lost:
                assert _named(key, before, said), f"{where}: {key} is lost without a word"
            told = bool(said)
            store.save(Notice(seq=0, message="goes on"))
    except AssertionError:
        raise
    except Exception as error:  # the one thing that must never be
        raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
    with _opened(path) as store:
        assert not store.found, f"{where}: mended, and again {store.found}"
    if not lost:
        return "mended, nothing lost" if told else "without effect"
    return "named and built anew" if built else "named and set aside"


def _named(key: tuple[str, str], before: Content, said: str) -> bool:
    """Whether a sentence tells of what is lost."""
    kind, id = key
    if kind == "event":
        return bool(said)
    run = before["run", id.partition(".")[0]]
    assert isinstance(run, Run)
    if kind == "run":
        return f"Painting {run.number}" in said
    step = before["step", id.partition(" ")[0]]
    assert isinstance(step, Step)
    return f"tep {step.index + 1} of Painting {run.number}" in said or "image (" in said


@contextmanager
def _opened(path: Path) -> Generator[Store]:
    store = Store(path, QUOTA)
    try:
        yield store
    finally:
        store.close()


def _chosen(chance: random.Random, folder: Path) -> Path:
    """The store's own files three times as often as the twin's."""
    files = sorted(file for file in folder.iterdir() if file.stat().st_size)
    return chance.choice([file for file in files for _ in range(1 if ".twin" in file.name else 3)])


def _write(closed: Path, killed: Path) -> Content:
    """A store that was closed, and one that was killed while its log held the newest half."""
    with _opened(closed / _NAME) as store:
        _paint(store, range(2))
    with _opened(closed / _NAME) as store:
        _paint(store, range(2, _RUNS))
        shutil.copytree(closed, killed)
        return content(store)


def _paint(store: Store, numbers: range) -> None:
    for number in numbers:
        noise = np.random.default_rng(number)
        run = Run(
            id=f"{number + 0xA0:032x}",
            number=store.next_number(),
            request="r",
            recipe=Recipe(prompt=f"a house {number}", width=64, height=64, model="sd"),
            state="finished",
            first=0,
            last=_STEPS - 1,
            working_width=64,
            working_height=64,
            enlarged=1.0,
        )
        store.save(Queued(seq=0, run=run, position=0), run=run)
        for index in range(_STEPS):
            step = Step(
                id=f"{run.id}.{index}", run=run.id, parent=None, index=index, sigma=1.0, seconds=0.1
            )
            record = noise.bytes(int(noise.integers(2_000, 30_000)))
            thumbnail = Image(noise.integers(0, 256, (8, 8, 3), np.uint8))
            store.add_step(step, record, thumbnail, Stepped(seq=0, step=step, seconds_left=0))
            full = Image(noise.integers(0, 256, (32, 32, 4), np.uint8))
            store.add_picture(step.id, "denoised", "full", full)
        store.save(Finished(seq=0, run=run.id, step=f"{run.id}.{_STEPS - 1}"))
