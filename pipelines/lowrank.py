"""Low-rank changes of a UNet (LoRA, arXiv:2106.09685), as matrices over every layer alike.

A layer's weight [out, ...] is seen as a matrix [out, rest]; its change is `up @ down`.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

UP, DOWN = ".up", ".down"
Factors = dict[str, Tensor]  # "NAME.up" [out, rank] and "NAME.down" [rank, rest]


def changed(model: nn.Module, factors: Factors) -> dict[str, Tensor]:
    """The model's weights with the factors' changes, for `torch.func.functional_call`."""
    weights: dict[str, Tensor] = dict(model.named_parameters())
    for name in [key.removesuffix(UP) for key in factors if key.endswith(UP)]:
        weight = weights[name]
        weights[name] = weight + (factors[name + UP] @ factors[name + DOWN]).view_as(weight)
    return weights


def save_factors(factors: Factors, path: Path) -> None:
    """Write them as float16."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.detach().half().contiguous() for name, value in factors.items()}, path)


def read_factors(path: Path) -> Factors:
    """What `save_factors` wrote, as float32."""
    return {name: value.float() for name, value in load_file(path).items()}


@torch.no_grad()
def merge(model: nn.Module, path: Path) -> None:
    """Put a file's changes into a model. Raises ValueError where they do not fit."""
    factors = read_factors(path)
    weights = dict(model.named_parameters())
    for name in [key.removesuffix(UP) for key in factors if key.endswith(UP)]:
        weight, change = weights.get(name), factors[name + UP] @ factors[name + DOWN]
        if weight is None or change.numel() != weight.numel():
            raise ValueError(f"{path} changes {name}, which this UNet does not have in that shape")
        weight.add_(change.view_as(weight).to(weight))
