"""What a bridge is told at its start: where it listens, what it paints with, what it may use.

Config     settings and limits, checked when made
Limits     the most of everything that a request may ask for
data_dir   where this system wants the program's data to lie
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from pipelines.recipe import MAX_AREA, MAX_SIDE

PORT = 7866
EMBEDDED = "embedded"  # name of the model that comes with the program
SIBLING = "-few"  # ends the name, and the folder's, of a model's few-step sibling
LOOPBACK = ("localhost", "127.0.0.1", "::1")
GIB = 2**30
MAX_WORKERS = 8
_DEVICE = re.compile(r"auto|cpu|cuda(:\d{1,3})?|mps")

_EMBEDDED_FOLDER = Path(__file__).parent.parent / "pipelines" / "embedded" / "weights"


def data_dir() -> Path:
    """The program's data folder: `PENTIMENTO_DATA`, or what this system uses for such."""
    given = os.environ.get("PENTIMENTO_DATA")
    if not given:
        return Path(platformdirs.user_data_dir("pentimento", appauthor=False))
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError:  # ~somebody who does not exist
        raise ValueError(
            f"PENTIMENTO_DATA names a user that this system does not know: {given}"
        ) from None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds that hold before any work is done for a request."""

    body_bytes: int = 512 * 2**20  # of one HTTP body
    document_bytes: int = 128 * 2**20  # of a document's JSON: no pixels, and 64 MiB kept as base64
    side: int = MAX_SIDE  # pixels
    area: int = MAX_AREA  # pixels
    layer_pixels: int = 2**31  # of all layers of a document that is written as a file
    connections: int = 64  # open WebSockets, from Hello on
    queue: int = 200  # runs that wait
    hello_seconds: float = 10.0  # from connecting to Hello
    strangers: int = 1024  # connections that have not shown the token; half of them of one address
    body_seconds: float = 120.0  # to send one body
    heavy: int = 2  # files and documents that are read or written at the same time
    reading_seconds: float = 120.0  # for one file
    reading_bytes: int = 4 * GIB  # of memory, for one file; 64 million pixels at 16 bits take 2


@dataclass(frozen=True, kw_only=True)
class Config:
    """One bridge's settings."""

    host: str = "localhost"  # a name of the loopback; localhost means 127.0.0.1 and ::1
    port: int = PORT  # 0: any free one
    model: Path | None = None  # a diffusers folder; None: the embedded model
    device: str = "auto"  # auto, cpu, cuda, cuda:1, mps
    workers: int | None = None  # that paint at the same time; None: one, or one for each CUDA card
    threads: int | None = None  # of each on a CPU; None: torch's choice, of several their share
    data: Path = field(default_factory=data_dir)
    quota_bytes: int = 20 * GIB  # of the store
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK:
            raise ValueError(
                f"host must be one of {', '.join(LOOPBACK)}, got {self.host!r}: "
                "the bridge serves its own machine only"
            )
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port must be in 0..65535, got {self.port}")
        if self.model is not None and not os.path.isfile(self.model / "model_index.json"):
            raise ValueError(
                f"model must be a diffusers folder with a model_index.json, got {self.model}"
            )
        if not _DEVICE.fullmatch(self.device):
            raise ValueError(
                f"device must be auto, cpu, cuda, cuda:NUMBER or mps, got {self.device[:40]!r}"
            )
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads must be at least 1, got {self.threads}")
        if self.workers is not None and not 1 <= self.workers <= MAX_WORKERS:
            raise ValueError(f"workers must be in 1..{MAX_WORKERS}, got {self.workers}")
        if self.quota_bytes < 16 * 2**20:
            raise ValueError(f"quota_bytes must be at least 16 MiB, got {self.quota_bytes}")

    @property
    def models(self) -> dict[str, Path]:
        """The models a recipe may name, and their folders: each, and its few-step sibling.

        A sibling is the folder NAME-few beside the model's, found when the bridge starts. The
        worker loads both and holds both, so streams and runs name either without waiting.
        """
        given = {} if self.model is None else {model_name(self.model): self.model}
        models = {EMBEDDED: _EMBEDDED_FOLDER} | given
        beside = {
            name + SIBLING: folder.resolve().with_name(folder.resolve().name + SIBLING)
            for name, folder in models.items()
        }
        found = {n: f for n, f in beside.items() if (f / "model_index.json").is_file()}
        return models | {name: folder for name, folder in found.items() if name not in models}

    def sibling(self, model: str) -> str | None:
        """The few-step sibling of a model, by the name a recipe may carry."""
        return model + SIBLING if model + SIBLING in self.models else None

    def whole(self, model: str) -> str:
        """The model that is loaded where a recipe names this one: siblings come with theirs."""
        base = model.removesuffix(SIBLING)
        return base if self.sibling(base) == model else model

    @property
    def worker_threads(self) -> int | None:
        """The threads of each worker: several share the processors; None: torch's choice."""
        if self.threads or (self.workers or 1) == 1 or "OMP_NUM_THREADS" in os.environ:
            return self.threads
        return max(1, (os.cpu_count() or 1) // (self.workers or 1))

    @property
    def default_model(self) -> str:
        """The name of the model that is loaded first."""
        return EMBEDDED if self.model is None else model_name(self.model)

    @property
    def store_path(self) -> Path:
        """The store: one SQLite file."""
        return self.data / "store.sqlite"

    @property
    def log_path(self) -> Path:
        """The log file; older ones lie beside it with a number."""
        return self.data / "log" / "bridge.log"


def model_name(folder: Path) -> str:
    """A name that a recipe may carry for a model's folder: its last part, tidied."""
    name = "".join(c if c.isalnum() or c in "_.-" else "-" for c in folder.resolve().name)
    return name[:100] or "model"
