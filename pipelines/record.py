"""One evaluated step, what it needs to be followed, and how it travels.

StepRecord          a node of the tree of runs; immutable, points at its parent
Inputs              the images and records a recipe names
to_bytes/from_bytes a record as safetensors bytes, for the store and the worker; never pickled
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from .pixels import Pixels
from .recipe import ImageId, Recipe, StepId
from .said import said


@dataclass(frozen=True, eq=False, kw_only=True)
class StepRecord:
    """One evaluation of the denoiser. Records point at their parents, so runs form a tree.

    Nothing else has to be kept to go on from here: multistep samplers read `history`, and the
    noise of a step depends only on the seed and the step's index.
    """

    recipe: Recipe
    index: int  # position in the schedule; 0 is the noisiest
    sigma: float
    latents: Tensor  # [1, C, h, w] float32, clean + sigma * noise
    denoised: Tensor  # [1, C, h, w] float32, the prediction of the clean latents the sampler uses
    parent: StepRecord | None = None  # None: the first of a run, or read back from bytes
    history: Tensor | None = None  # prediction a multistep sampler may extrapolate from; None: cut
    previous_sigma: float | None = None  # of `history`
    nudge: Tensor | None = None  # what a nudge added to `denoised`, for this one update only


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a recipe names by id."""

    images: Mapping[ImageId, Pixels] = field(default_factory=dict[ImageId, Pixels])
    records: Mapping[StepId, StepRecord] = field(default_factory=dict[StepId, StepRecord])

    def image(self, name: str, id: ImageId) -> Pixels:
        """The image that the recipe's field `name` refers to."""
        if id not in self.images:
            raise ValueError(f"{name} names an image that is not here: {id}")
        return self.images[id]

    def record(self, name: str, id: StepId) -> StepRecord:
        """The record that the recipe's field `name` refers to."""
        if id not in self.records:
            raise ValueError(f"{name} names a step that is not here: {id}")
        return self.records[id]


FORMAT = "pentimento step 1"


class _Header(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a record says besides its tensors; the one metadata entry of its bytes."""

    format: str
    recipe: Recipe
    index: Annotated[int, msgspec.Meta(ge=0)]
    sigma: Annotated[float, msgspec.Meta(gt=0)]
    previous_sigma: Annotated[float, msgspec.Meta(gt=0)] | None


def to_bytes(record: StepRecord) -> bytes:
    """The record with its recipe, without its parent. Equal records give equal bytes.

    Tensors are float32; recipe, index, sigma and the previous sigma stand in the header.
    """
    optional = {"history": record.history, "nudge": record.nudge}
    tensors = {"latents": record.latents, "denoised": record.denoised}
    tensors |= {name: tensor for name, tensor in optional.items() if tensor is not None}
    header = _Header(
        format=FORMAT,
        recipe=record.recipe,
        index=record.index,
        sigma=record.sigma,
        previous_sigma=record.previous_sigma,
    )
    # One entry: safetensors writes several in an order that changes from call to call.
    metadata = {"step": msgspec.json.encode(said(header)).decode()}
    return save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, metadata)


def from_bytes(data: bytes, device: torch.device | str = "cpu") -> StepRecord:
    """The record again, to the bit. Raises ValueError naming what is wrong with the bytes."""
    try:
        tensors = load(data)
        text = _metadata(data)["step"]
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"a step's bytes are not a step's safetensors file: {error}") from None
    try:
        header = msgspec.json.decode(text, type=_Header)
    except msgspec.DecodeError as error:
        raise ValueError(
            f"a step's header cannot be read: {error}; update Pentimento, if a newer one painted it"
        ) from None
    if header.format != FORMAT:
        raise ValueError(f"a step's format must be {FORMAT!r}, got {header.format!r}")
    if header.previous_sigma is not None and header.previous_sigma <= header.sigma:
        raise ValueError(
            f"a step's previous_sigma must be above its sigma {header.sigma}, "
            f"got {header.previous_sigma}"
        )
    _check_tensors(tensors, header.previous_sigma)
    tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
    return StepRecord(
        recipe=header.recipe,
        index=header.index,
        sigma=header.sigma,
        previous_sigma=header.previous_sigma,
        latents=tensors["latents"],
        denoised=tensors["denoised"],
        history=tensors.get("history"),
        nudge=tensors.get("nudge"),
    )


def _metadata(data: bytes) -> dict[str, str]:
    """The header's free part; safetensors' own reader gives it for files only, not for bytes."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length])["__metadata__"]


def _check_tensors(tensors: dict[str, Tensor], previous_sigma: float | None) -> None:
    missing = {"latents", "denoised"} - set(tensors)
    unknown = set(tensors) - {"latents", "denoised", "history", "nudge"}
    if missing or unknown:
        raise ValueError(
            "a step holds latents, denoised, and perhaps history and nudge; "
            f"missing {sorted(missing)}, unknown {sorted(unknown)}"
        )
    shape = tensors["latents"].shape
    for name, tensor in tensors.items():
        if tensor.dtype != torch.float32 or tensor.shape != shape or len(shape) != 4:
            raise ValueError(
                f"a step's {name} must be float32 like its latents {list(shape)}, "
                f"got {tensor.dtype} {list(tensor.shape)}"
            )
    if ("history" in tensors) != (previous_sigma is not None):
        raise ValueError("a step's history and its previous sigma belong together")
