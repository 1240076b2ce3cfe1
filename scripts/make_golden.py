"""Paint the golden latents again: the only way the files in tests/golden/latents/ are made.

    .venv/bin/python scripts/make_golden.py

One finished line per sampler on the tiny SD model of the tests, float32 on the CPU, one thread.
The test that reads them prints this command and the largest difference when they differ.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the tests' tiny models are no installed package

from pipelines.model import load_model  # noqa: E402 # after the path is set
from tests.pipelines.golden import GOLDEN, golden_latents  # noqa: E402 # likewise
from tests.pipelines.tiny_models import write_sd  # noqa: E402 # likewise


def main() -> None:
    """Write every sampler's finished latents."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        model = load_model(write_sd(Path(folder)))
        latents = golden_latents(model)
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    save_file(latents, GOLDEN)
    print(f"{GOLDEN}: {', '.join(latents)}")


if __name__ == "__main__":
    main()
