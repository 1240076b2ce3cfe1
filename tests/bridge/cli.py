"""What the command line's tests share: a bridge in a process of its own, and commands run here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pil
from psd_tools import PSDImage

from bridge.__main__ import main
from bridge.access import access

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0  # seconds until a bridge answers, beside whatever else is running


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its standard output as one JSON object per line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Terminal:
    """Commands run in this process, against the data folder of the tests."""

    def __init__(self, capsys: pytest.CaptureFixture[str]):
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Said:
        self._capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:  # argparse's way
            status = int(ended.code or 0)
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(status, said.out, said.err)

    def works(self, *arguments: object) -> Said:
        """A command that must succeed."""
        said = self(*arguments)
        assert said.status == 0, said.err
        return said


@contextmanager
def data_folder(folder: Path) -> Generator[Path]:
    """Everything here uses this data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PENTIMENTO_DATA", str(folder))
        yield folder


@contextmanager
def served(
    folder: Path, model: Path, port: int = 0, workers: int = 1
) -> Generator[subprocess.Popen[bytes]]:
    """A bridge in a process of its own, at any free port if none is given."""
    command = [sys.executable, "-m", "bridge", "serve", "--port", str(port), "--model", str(model)]
    process = subprocess.Popen(
        [*command, "--workers", str(workers)],
        cwd=ROOT,
        env=os.environ | {"PENTIMENTO_DATA": str(folder), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while access.find(folder) is None:
            assert process.poll() is None, "the bridge ended"
            assert time.monotonic() < end, "the bridge did not answer"
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def paint_on(file: Path, layer: str, box: tuple[int, int, int, int], out: Path) -> None:
    """Do what another program does: fill a rectangle of a layer, with psd-tools."""
    psd = PSDImage.open(file)
    found = next(one for one in psd.descendants() if one.name.startswith(layer))
    pixels = np.array(found.topil(apply_icc=False))
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = (250, 220, 40, 255)
    planes = {-1: 3, 0: 0, 1: 1, 2: 2}
    pairs = zip(found._record.channel_info, found._channels, strict=True)  # pyright: ignore[reportPrivateUsage] - psd-tools has no other way to write pixels
    for info, channel in pairs:
        if int(info.id) in planes:
            plane = np.ascontiguousarray(pixels[..., planes[int(info.id)]])
            channel.set_data(plane.tobytes(), found.width, found.height, 8)
    psd.save(out)


def picture(path: Path, size: tuple[int, int] = (32, 24), *, seed: int = 0) -> Path:
    """A random picture in a file."""
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    pil.fromarray(values).save(path)
    return path
