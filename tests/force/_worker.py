"""A worker that paints nothing, quickly, and is slow to leave now and then: for stops."""

from __future__ import annotations

import random
import sys
import time

import numpy as np

from bridge.images.image import Image
from bridge.wire import Few, ModelInfo
from bridge.worker import frames, protocol
from bridge.worker.protocol import (
    Advance,
    Advanced,
    Blob,
    Decode,
    Ended,
    HasRoom,
    Load,
    Loaded,
    Made,
    Next,
    Open,
    Painted,
    Pictured,
    Reply,
    Request,
    Room,
)
from pipelines.recipe import Recipe

STUBBORN = 3.0  # seconds that now and then a request takes, in which the worker sees nothing
PICTURE = protocol.pack_image(Image(np.zeros((64, 64, 4), np.uint8)))
FEW = Few(model="embedded", sampler="lcm", num_inference_steps=4, guidance_scale=1.0)


class Idle:
    """Answers as bridge/worker/worker.py does, with nothing in it."""

    def __init__(self) -> None:
        self._recipe: Recipe | None = None
        self._index = 0

    def answer(self, request: Request) -> Reply:
        """The reply, after a while."""
        time.sleep(STUBBORN if random.random() < 0.02 else random.random() * 0.03)
        match request:
            case Load(name=name):
                info = ModelInfo(
                    name=name,
                    hash="0" * 64,
                    family="sd",
                    native=64,
                    guidance_scale=1.0,
                    device="cpu",
                    samplers=("dpmpp_2m", "lcm"),
                    few=FEW,
                )
                return Loaded(model=info, made_with={name: {}}, cards=1)
            case Room():
                return HasRoom(lines=2)
            case Open():
                self._recipe, self._index = request.recipe, -1
                return Ended()
            case Next(runs=runs):
                return self._next(runs)
            case Decode():
                return Pictured(picture=PICTURE)
            case Advance():
                return Advanced(number=request.number or None, flying=0, picture=PICTURE)
            case _:
                return Ended()

    def _next(self, runs: tuple[str, ...]) -> Reply:
        assert self._recipe is not None  # opened before
        self._index += 1
        last = self._recipe.num_inference_steps - 1
        small = protocol.pack_image(Image(np.zeros((8, 8, 3), np.uint8)))
        made = Made(recipe=self._recipe, index=self._index, last=last, sigma=1.0)
        return Painted(
            made=dict.fromkeys(runs, made),
            records={run: Blob(b"record") for run in runs},
            thumbnails=dict.fromkeys(runs, small),
            seconds=0.01,
        )


def main() -> None:
    """Answer frames on standard input until it ends."""
    worker, pipe = Idle(), sys.stdin.buffer
    while request := frames.read_request(pipe):
        for piece in frames.pack(worker.answer(request)):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
