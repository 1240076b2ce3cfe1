"""Ways of going on from an old step, and which options of `rewind` do something in which.

add_to     the options
mode_of    the way that was asked for, or that follows from what is there
check      that no option was given which would do nothing in that way
how_of     the rewind, with the options' defaults
seam       how far beyond a region its repainting reached

A recipe's JSON takes every field in every mode (see recipe.Rewind); here what would do nothing is
refused by its name.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import cv2
import numpy as np

from pipelines.pixels import changed_mask, uncovered
from pipelines.recipe import DRAWS, MODE_NAMES, Mode, Recipe, Rewind

from ..http.client import Bridge
from ..wire import Run
from . import field_options, regions
from .wording import counted, listed

TAKE_IN = ("nudge", "keep", "hold", "repaint")  # the ordinary one last
BELONGS: Mapping[str, tuple[str, ...]] = {  # an option, and the modes in which it does something
    "edit": TAKE_IN,
    "mask": TAKE_IN,
    "region": ("repaint",),
    "keep_outside": ("repaint",),
    "variation_seed": ("repaint",),
    "weight": ("hold",),
    "release": ("hold",),
}
ANEW = ("region", "keep_outside", "variation_seed")  # with one of them something is painted anew

_STAND_IN = "0" * 64  # for an image's id, which the bridge gives


def add_to(parser: argparse.ArgumentParser) -> None:
    """The options. None of them has a default here: what was given is told from what was not."""
    how = parser.add_argument_group("how to go on")
    how.add_argument(
        "--mode",
        choices=MODE_NAMES,
        help="replay: as it was, what is painted on the step is left out; nudge, keep, repaint, "
        "hold: take the edit in, ever more firmly; repaint without an edit, a mask or a region "
        "paints all of the step anew (repaint where there is one of them, else replay)",
    )
    how.add_argument(
        "--region",
        type=regions.chosen,
        metavar="N[=PROMPT]",
        help="paint one region anew, counted from 1 at the lowest, perhaps with another prompt, "
        "and keep everything else; it reaches softly some 20 pixels beyond the region, for the "
        "seam, unless a --mask besides says where",
    )
    how.add_argument(
        "--keep-outside",
        action="store_true",
        help="repaint an edit or a mask: change nothing else; without a --mask the edit has a soft "
        "seam of some 20 pixels",
    )
    field_options.add_to(how.add_argument, Rewind)


def mode_of(options: argparse.Namespace, *, edited: bool, masked: bool) -> Mode:
    """The way to go on."""
    repaints = any(_is_given(options, name) for name in ANEW)
    return options.mode or ("repaint" if edited or masked or repaints else "replay")


def check(options: argparse.Namespace, mode: str) -> None:
    """ValueError: an option was given that does nothing in that mode."""
    for name, modes in BELONGS.items():
        if _is_given(options, name) and mode not in modes:
            plural = "s" if len(modes) > 1 else ""
            found = f"got mode {mode}" if options.mode else f"and the mode is {mode} by itself"
            raise ValueError(
                f"{_option(name)} belongs to mode{plural} {listed(modes)}, {found}; say --mode "
                f"{next(reversed(modes))}, or leave {_option(name)} out"
            )


def how_of(
    options: argparse.Namespace, old: Recipe, recipe: Recipe, *, edited: bool, masked: bool
) -> Rewind:
    """The rewind, with stand-ins for its images. ValueError: the options do not fit together."""
    mode = mode_of(options, edited=edited, masked=masked)
    somewhere = edited or masked or options.region is not None
    if options.keep_outside and not somewhere:
        raise ValueError(
            "--keep-outside needs an edit, a --mask or a --region: without one all of the step is "
            "painted anew"
        )
    if _is_given(options, "variation_seed") and not somewhere and options.mode != "repaint":
        raise ValueError(
            "--variation-seed needs an edit, a --mask, a --region or --mode repaint: without one "
            "nothing is painted anew"
        )
    if recipe.seed != old.seed and not (_draws(recipe) or mode == "repaint"):
        raise ValueError(
            f"--seed does nothing in mode {mode} with {recipe.sampler}, which draws no noise: it "
            "belongs to mode repaint, and to the samplers "
            f"{', '.join(DRAWS)} and ddim with --eta"
        )
    return Rewind(
        mode=mode,
        edit=_STAND_IN if edited else None,
        handed=_STAND_IN if edited else None,
        mask=_STAND_IN if masked else None,
        keep_outside=options.keep_outside or options.region is not None,
        region=options.region[0] if options.region else None,
        **field_options.given(options, Rewind),
    )


async def seam(bridge: Bridge, run: Run) -> str:
    """How far beyond a region or an edit a kept picture was painted anew; empty: not at all."""
    how = run.rewind
    if how is None or how.mask is None or not how.keep_outside:
        return ""
    if how.region is not None:
        masks = [(await bridge.image(one.mask)).pixels for one in run.recipe.regions[how.region :]]
        own, what = uncovered(masks[0], masks[1:]), f"Region {how.region + 1} was painted anew"
    elif how.edit is not None and how.handed is not None:
        handed, edit = await bridge.image(how.handed), await bridge.image(how.edit)
        own, what = changed_mask(handed.pixels, edit.pixels), "The edit was taken in"
    else:
        return ""
    reached = (await bridge.image(how.mask)).pixels
    outside = own[..., 0] == 0
    beyond = outside & (reached[..., 0] > 0)
    if not beyond.any():
        return ""
    away = cv2.distanceTransform(outside.astype(np.uint8), cv2.DIST_L2, 5)[beyond].max()
    pixels = counted(int(beyond.sum()), "pixel")
    return (
        f"{what} with a soft seam around it: {pixels} beyond it, up to {away:.0f} "
        "away, may have changed as well; everything else is as it was. A --mask keeps to the mask."
    )


def _draws(recipe: Recipe) -> bool:
    """Whether noise is drawn on the way; isolated regions are painted before drawn backdrops."""
    isolates = any(region.mode == "isolate" for region in recipe.regions)
    return recipe.sampler in DRAWS or recipe.eta > 0 or isolates


def _is_given(options: argparse.Namespace, name: str) -> bool:
    value = getattr(options, name)
    return value is not None and value is not False  # 0 is given


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
