"""What a model's configuration asks for against what its weights hold, before any of it is made.

A configuration of a few bytes can ask for a hundred thousand layers, or for one of a terabyte; the
libraries make what it says, and only then look whether weights fit. Weights cannot lie like that:
what they hold is there, byte by byte.

weighed   refuse a part of a folder that asks for more than it holds
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

MOST_LAYERS = 4096  # of any kind, in one part; SDXL's UNet counts 120
_SPARE = 1.25  # times what is held: a few weights may be left out, such as tied ones
_LITTLE = 2**20  # numbers that never matter


def weighed(kind: Any, folder: Path) -> None:  # Any: classes of diffusers and transformers
    """Raise ValueError where the part asks for more layers or numbers than its weights hold."""
    tensors, held = _held(folder)
    layers = _layers(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    if layers > min(tensors, MOST_LAYERS):
        raise ValueError(f"it asks for {layers} layers, its weights are {tensors} tensors")
    with torch.device("meta"):  # shapes only
        if hasattr(kind, "config_class"):
            asked = kind(kind.config_class.from_json_file(folder / "config.json"))
        else:
            asked = kind.from_config(kind.load_config(folder, local_files_only=True))
    numbers = sum(one.numel() for one in asked.parameters())
    if numbers > _SPARE * held + _LITTLE:
        raise ValueError(f"it asks for {numbers:.3g} numbers, its weights hold {held:.3g}")


def _held(folder: Path) -> tuple[int, int]:
    """How many tensors the weight files have, and how many numbers; only their heads are read."""
    tensors = numbers = 0
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - it is no dict
                tensors += 1
                numbers += torch.Size(file.get_slice(name).get_shape()).numel()
    return tensors, numbers


def _layers(config: dict[str, Any]) -> int:  # Any: JSON
    """At most so many layers come of it: what its numbers of layers and blocks multiply to."""
    product = len(config.get("block_out_channels") or [0])
    for name, value in config.items():
        if "layers" in name or ("blocks" in name and name.startswith("num_")):
            product *= max(1, *_whole(value))
    return product


def _whole(value: Any) -> list[int]:  # Any: JSON
    """The whole numbers in it, at any depth."""
    if isinstance(value, list):
        return [0, 0, *(number for one in value for number in _whole(one))]  # pyright: ignore[reportUnknownVariableType] # JSON
    return [value, 0] if isinstance(value, int) else [0, 0]
