"""Palettes: a painter's brushes, their background and a seed, as one JSON file.

Brush, Background, Palette   what a palette holds; checked when made
palette_from                 JSON -> Palette; also a palette that SemanticDraw exported
to_json                      the way back

A brush is a region that has no mask yet. On the command line its `mask` names a file; in a document
its layer is the mask. The file has `"format": FORMAT`, `background` (`prompt`, `negative_prompt`,
`image`), `seed` and `brushes`, lowest first: a region's fields, `name`, `colour`, `on`, `mask`.
Files that it names lie beside it or in a folder below it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

from pipelines.fields import check, listed
from pipelines.recipe import MAX_REGIONS, Painted, Region, Seed

from .texts import json_of
from .worded import made_of

FORMAT = "pentimento palette 1"
MAX_PALETTE = 1024 * 1024  # bytes
MAX_NAME = 255  # characters, as a layer's

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# SemanticDraw's file has no colours: these are the ones its canvas offers, in order.
_SEMANTIC_DRAW = ("#2692F3", "#F89E12", "#16C232", "#F92F6C", "#AC6AEB", "#92C62C", "#92C6EC")

Fields = dict[str, Any]  # JSON objects, checked when something is made of them


class Brush(Painted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A region's settings under a name and a colour; what is None is the background's."""

    name: str = ""  # empty: the prompt's beginning is shown
    colour: str = "#808080"  # sRGB
    on: bool = True
    mask: str | None = None  # FILE or FILE#LAYER, from the palette's folder

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"colour must be like #2692F3, got {self.colour!r}")
        if len(self.name) > MAX_NAME:
            raise ValueError(f"name must be at most {MAX_NAME} characters, got {len(self.name)}")
        super().__post_init__()

    def region(self, mask: str) -> Region:
        """The brush as a region of a recipe, with its mask's id."""
        fields = {name: getattr(self, name) for name in Painted.__struct_fields__}
        return Region(**fields, mask=mask)


class Background(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the ground hears, or shows."""

    prompt: str = ""
    negative_prompt: str = ""
    image: str | None = None  # FILE or FILE#LAYER, from the palette's folder


class Palette(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Brushes over a background. Later brushes cover earlier ones."""

    format: str = FORMAT
    background: Background = Background()
    brushes: Annotated[tuple[Brush, ...], listed(MAX_REGIONS)] = ()
    seed: Seed | None = None  # None: whatever the recipe says

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ValueError(f"format must be {FORMAT!r}, got {self.format[:80]!r}")
        check(self)

    def named(self, name: str) -> Brush | None:
        """The brush of that name; None: there is none. ValueError: there are several."""
        found = [brush for brush in self.brushes if brush.name == name]
        if len(found) > 1:
            raise ValueError(f'{len(found)} brushes of the palette are named "{name}"')
        return found[0] if found else None


def palette_from(data: bytes) -> tuple[Palette, tuple[str, ...]]:
    """A palette, and the names of what another program's file says that has no meaning here.

    ValueError: one sentence on what is wrong.
    """
    if len(data) > MAX_PALETTE:
        raise ValueError(f"a palette has at most {MAX_PALETTE} bytes, got {len(data)}")
    try:
        fields = json_of(data)
    except ValueError as error:
        raise ValueError(f"it is not a palette's JSON: {error}") from None
    if "format" not in fields and {"prompts", "neg_prompts"} <= fields.keys():
        return _semantic_draw(fields)
    if "format" not in fields:
        raise ValueError(f'it is not a palette: it has no "format": {FORMAT!r}')
    return made_of(fields, Palette), ()


def to_json(palette: Palette) -> bytes:
    """The palette as a file; what people look for in a brush comes first."""
    said = msgspec.to_builtins(palette)
    first = ("prompt", "name", "colour")
    said["brushes"] = [{name: one[name] for name in first} | one for one in said["brushes"]]
    return msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n"


class _Exported(msgspec.Struct):
    """What SemanticDraw's "Export" writes: lists whose first prompt is the background's."""

    prompts: list[str]
    neg_prompts: list[str]
    prompt_names: list[str] = []
    prompt_strengths: list[float] = []  # these three without the background
    mask_strengths: list[float] = []
    mask_stds: list[float] = []
    seed: int = -1  # negative: another one each time


def _semantic_draw(fields: Fields) -> tuple[Palette, tuple[str, ...]]:
    """Its brushes as it means to paint them: isolated, begun before white for two steps."""
    try:
        exported = made_of(fields, _Exported)
    except ValueError as error:
        raise ValueError(f"SemanticDraw's palette cannot be read: {error}") from None
    count = len(exported.prompts) - 1
    names = [name for name in ("neg_prompts", "prompt_names") if name in fields]
    sliders = [n for n in ("prompt_strengths", "mask_strengths", "mask_stds") if n in fields]
    lengths = [(name, count + 1) for name in names] + [(name, count) for name in sliders]
    for name, wanted in lengths:
        if (found := len(fields[name])) != wanted:
            raise ValueError(
                f"SemanticDraw's palette cannot be read: {name} must have {wanted} entries beside "
                f"{count + 1} prompts, it has {found}"
            )
    if count < 0:
        raise ValueError("SemanticDraw's palette cannot be read: it has no background prompt")

    def slider(name: str, number: int, default: float) -> float:
        return fields[name][number] if name in fields else default

    brushes = [
        {
            "prompt": exported.prompts[n + 1],
            "name": exported.prompt_names[n + 1] if exported.prompt_names else "",
            "colour": _SEMANTIC_DRAW[n % len(_SEMANTIC_DRAW)],
            "negative_prompt": exported.neg_prompts[n + 1],
            "prompt_strength": slider("prompt_strengths", n, 1.0),
            "alpha": slider("mask_strengths", n, 1.0),
            "blur": slider("mask_stds", n, 0.0),
            "mode": "isolate",
            "bootstrap_steps": 2,
        }
        for n in range(count)
    ]
    background = {"prompt": exported.prompts[0], "negative_prompt": exported.neg_prompts[0]}
    palette: Fields = {"format": FORMAT, "background": background, "brushes": brushes}
    if exported.seed >= 0:
        palette["seed"] = exported.seed
    ignored = fields.keys() - set(_Exported.__struct_fields__)
    return made_of(palette, Palette), tuple(sorted(ignored))
