"""Regions on the command line: from a palette, from options, or from a PSD's layers.

add_to        the options
Asked         regions with their masks, and what a palette says besides
asked_regions what the options ask for, read from files
named_by      the files that a palette names
chosen        one region of a run, for `rewind`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from pipelines.recipe import MAX_STEPS, Region

from ..http.client import Bridge
from ..images.image import Image
from ..plain import plain
from . import field_options
from .amounts import Whole, complaint
from .files import Source, read_grey, read_mask, read_source
from .layouts import Layout, read_layout
from .palette import MAX_PALETTE, Brush, Palette, palette_from
from .places import FILE, about, beside, named_path, no_picture, read_bytes, said_at
from .recipes import Fields
from .region_layers import of_layers

T = TypeVar("T")

STAND_IN = "0" * 64  # for a mask's id, which the bridge gives


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """Regions with their masks, lowest first, and what a palette says besides."""

    regions: tuple[Region, ...] = ()
    masks: tuple[Image, ...] = ()
    layout: Layout | None = None  # some of the masks are of
    fields: Mapping[str, object] | None = None  # prompt, negative_prompt, seed
    source: Source | None = None  # the picture to start from, where it is not --init's

    @property
    def size(self) -> Fields:
        """The picture's size as the masks have it."""
        if not self.masks:
            return {}
        return {"width": self.masks[0].width, "height": self.masks[0].height}

    def check(self, width: int, height: int) -> None:
        """ValueError unless every mask has the picture's size."""
        if self.layout is not None:
            self.layout.check(width, height)
        for region, mask in zip(self.regions, self.masks, strict=True):
            if (mask.width, mask.height) != (width, height):
                raise ValueError(
                    f'the mask of "{region.prompt}" must be {width}x{height} pixels like the '
                    f"picture, it is {mask.width}x{mask.height}"
                )

    def given(self) -> Fields:
        """As a recipe's fields, with stand-ins for the masks' ids."""
        fields: Fields = dict(self.fields or {})
        return fields | ({"regions": self.regions} if self.regions else {})

    async def handed_over(self, bridge: Bridge) -> Fields:
        """As a recipe's fields, the masks handed to the bridge."""
        ids = [await bridge.put_image(mask) for mask in self.masks]
        regions = [replace(r, mask=id) for r, id in zip(self.regions, ids, strict=True)]
        return self.given() | ({"regions": regions} if regions else {})


def add_to(parser: argparse.ArgumentParser) -> None:
    """The options of regions."""
    group = parser.add_argument_group(
        "regions", "parts of the picture with prompts of their own; later ones cover earlier ones"
    )
    group.add_argument(
        "--region",
        action="append",
        default=[],
        metavar="PROMPT=MASK",
        help="a prompt, or the name of the palette's brush, and its mask: a grey image (white is "
        "inside), one with transparency, or FILE.psd#LAYER; may be given several times",
    )
    group.add_argument(
        "--palette",
        type=named_path,
        metavar="FILE.json",
        help="brushes, background and seed; also one that SemanticDraw exported",
    )
    group.add_argument(
        "--layout",
        type=FILE,
        metavar="IMAGE",
        help="where the palette's brushes are: a picture painted in their colours",
    )
    group.add_argument(
        "--regions-from-layers",
        action="store_true",
        help="each visible layer or group of --init FILE.psd above the lowest is a region: its "
        "alpha is the mask, its name the prompt; the lowest is the picture to start from",
    )
    group.add_argument(
        "--isolate",
        nargs="?",
        type=Whole(1, MAX_STEPS),
        const=0,
        metavar="K",
        help="paint --region's and layers' regions each by itself, with K for the first K steps",
    )
    field_options.add_to(group.add_argument, Region)


def asked_regions(options: argparse.Namespace, source: Source | None) -> Asked:
    """What the options ask for, read from files. ValueError: one sentence on what is wrong."""
    palette = _palette(options.palette) if options.palette else None
    if options.layout and palette is None:
        raise ValueError("--layout needs --palette: its colours are those of the brushes")
    if options.regions_from_layers and (source is None or source.layered is None):
        raise ValueError("--regions-from-layers needs --init FILE.psd: its layers are the regions")
    own = [
        text for text in options.region if palette is None or not palette.named(said_at(text)[0])
    ]
    if not (own or options.regions_from_layers):
        for option in ("isolate", "blur"):
            if getattr(options, option) is not None:
                raise ValueError(
                    f"--{option} needs --region or --regions-from-layers: it says how their "
                    "regions are painted; in a palette each brush says so itself"
                )
    start = None
    pairs: list[tuple[Brush, Image]] = []
    if options.regions_from_layers and source is not None and source.layered is not None:
        start, layers = of_layers(Path(options.init), source)
        pairs += [(_plain(name, options), mask) for name, mask in layers]
    frame = start or source
    layout = read_layout(options.layout) if options.layout else None
    if palette is not None:
        if palette.background.image and source is None:
            place = palette.background.image
            frame = start = _beside(options.palette, "background.image", place, read_source)
        pairs += _of_palette(palette, options, frame, layout)
    pairs += [_of_option(text, palette, options, frame) for text in options.region]
    return Asked(
        regions=tuple(brush.region(STAND_IN) for brush, _ in pairs),
        masks=tuple(mask for _, mask in pairs),
        layout=layout,
        fields=_said(palette) if palette else None,
        source=start,
    )


def named_by(palette: Path) -> list[tuple[str, str]]:
    """The fields of a palette that name files, and where those lie. ValueError: it is none."""
    said, _ = about(palette, lambda: palette_from(read_bytes(palette, MAX_PALETTE)))
    fields = {"background.image": said.background.image}
    fields |= {f"brushes[{number}].mask": brush.mask for number, brush in enumerate(said.brushes)}
    found: list[tuple[str, str]] = []
    for field, place in fields.items():
        if place is not None:
            with suppress(ValueError):  # it leads elsewhere, and is not read
                found.append((field, beside(palette, place)))
    return found


def chosen(text: str) -> tuple[int, str | None]:
    """Index and new prompt of "2=a boat"; painters count from 1."""
    number, equals, prompt = text.partition("=")
    if not (number.isascii() and number.isdigit() and int(number) > 0):
        raise complaint("N or N=PROMPT, N from 1 on", text)
    return int(number) - 1, prompt if equals else None


def _palette(file: Path) -> Palette:
    no_picture(file, "palette", "a picture painted in a palette's colours is given by --layout")
    data = read_bytes(file, MAX_PALETTE)
    palette, ignored = about(file, lambda: palette_from(data))
    if ignored:
        said = f"{file}: without meaning here, ignored: {', '.join(ignored)}"
        print(plain(said), file=sys.stderr)
    return palette


def _said(palette: Palette) -> Fields:
    said = {
        "prompt": palette.background.prompt,
        "negative_prompt": palette.background.negative_prompt,
        "seed": palette.seed,
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


def _of_palette(
    palette: Palette, options: argparse.Namespace, source: Source | None, layout: Layout | None
) -> Iterator[tuple[Brush, Image]]:
    """The brushes that have a mask: a file of their own, or their ground in the layout."""
    named = {said_at(text)[0] for text in options.region}
    grounds = layout.grounds(palette.brushes, named) if layout else {}
    for brush in (brush for brush in palette.brushes if brush.on):
        if brush.mask is not None:
            field = f"brushes[{palette.brushes.index(brush)}].mask"
            read = partial(_mask, source=source)
            yield brush, _beside(options.palette, field, brush.mask, read)
        elif brush in grounds:
            yield brush, grounds[brush]
        elif layout is None and brush.name not in named:
            raise ValueError(
                f'{options.palette}: nothing says where the brush "{brush.name or brush.prompt}" '
                'is; give it a "mask", or --region "NAME=MASK", or --layout'
            )


def _beside(palette: Path, field: str, place: str, read: Callable[[str], T]) -> T:
    """What a palette names, read; complaints name the palette and its field."""
    return about(palette, lambda: about(field, lambda: read(beside(palette, place))))


def _of_option(
    text: str, palette: Palette | None, options: argparse.Namespace, source: Source | None
) -> tuple[Brush, Image]:
    prompt, place = said_at(text)
    if not prompt.strip() or not place:
        raise ValueError(f'--region must be "PROMPT=MASK.png", got {text!r}')
    brush = palette.named(prompt) if palette else None
    return brush or _plain(prompt, options), _mask(place, source)


def _plain(prompt: str, options: argparse.Namespace) -> Brush:
    """A region that was asked for by its prompt alone."""
    isolate: Fields = {}
    if options.isolate is not None:
        isolate = {"mode": "isolate", "isolate_steps": options.isolate or None}
    return Brush(prompt=prompt.strip(), blur=options.blur or 0.0, **isolate)


def _mask(place: str, source: Source | None) -> Image:
    if source is None:
        return read_grey(place)
    size = source.image.width, source.image.height
    return read_mask(place, size, source.left, source.top)
