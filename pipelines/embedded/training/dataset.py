"""Renders on disk: one uint8 array per canvas size, written once by several processes."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..scenes.renderer import render
from ..scenes.scene import HELD_OUT, Scene, scene

CHUNK = 250  # scenes one process paints at a time


@dataclass(frozen=True)
class Shard:
    """Renders of consecutive seeds at one size. The seed says what is in each."""

    width: int  # pixels
    height: int
    first_seed: int
    count: int
    crowded: bool = False  # a thing on every side

    @property
    def name(self) -> str:
        """What its files are called, without an ending."""
        return f"{self.width}x{self.height}-{self.first_seed}"

    def scene(self, index: int) -> Scene:
        """What the render of this index shows."""
        return scene(self.first_seed + index, crowded=self.crowded)

    @property
    def seeds(self) -> range:
        """The seeds, in the order of the renders."""
        return range(self.first_seed, self.first_seed + self.count)


def write_shards(shards: list[Shard], folder: Path, processes: int) -> None:
    """Paint every shard that is not on disk yet. A shard half written is painted again."""
    folder.mkdir(parents=True, exist_ok=True)
    if processes == 1:
        return _write(shards, folder, map)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        _write(shards, folder, pool.map)


def _write(shards: list[Shard], folder: Path, mapped: Callable[..., Iterable[None]]) -> None:
    for shard in shards:
        done = folder / f"{shard.name}.json"
        if done.exists() and json.loads(done.read_text())["count"] >= shard.count:
            continue
        path = folder / f"{shard.name}.npy"
        shape = (shard.count, shard.height, shard.width, 3)
        np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        starts = range(0, shard.count, CHUNK)
        list(mapped(_paint_chunk, [path] * len(starts), [shard] * len(starts), starts))
        done.write_text(json.dumps({"count": shard.count}))


def _paint_chunk(path: Path, shard: Shard, start: int) -> None:
    renders = np.lib.format.open_memmap(path, mode="r+")
    for index in range(start, min(start + CHUNK, shard.count)):
        picture = render(shard.scene(index), shard.width, shard.height)
        renders[index] = picture.rgb


def open_shard(shard: Shard, folder: Path) -> NDArray[np.uint8]:
    """The renders of a shard, [count, H, W, 3], read from disk as they are used."""
    path = folder / f"{shard.name}.npy"
    if not (folder / f"{shard.name}.json").exists():
        raise ValueError(f"there are no renders {path.name}; make them with --stage data")
    return np.load(path, mmap_mode="r")


def held_out(
    count: int, width: int, height: int, first: int = HELD_OUT
) -> Iterator[NDArray[np.uint8]]:
    """Renders [H, W, 3] of held-out scenes."""
    for seed in range(first, first + count):
        yield render(scene(seed), width, height).rgb
