"""What of a layer's looks is more than pixels, mask, opacity and blend mode: by its kept blocks.

adjustment_of   which adjustment a layer is
fill_of         which fill a layer is that has no pixels of its own
looks_of        what else of a layer we do not draw: effects, vector masks …

Blocks and their values as in the Adobe Photoshop File Formats Specification, "Additional Layer
Information"; those the specification lacks as psd-tools names them.
"""

from __future__ import annotations

from .document import Layer

ADJUSTMENTS = {
    "brit": "brightness/contrast",
    "CgEd": "brightness/contrast",
    "levl": "levels",
    "curv": "curves",
    "expA": "exposure",
    "hue ": "hue/saturation",
    "hue2": "hue/saturation",
    "nvrt": "invert",
    "post": "posterize",
    "thrs": "threshold",
    "vibA": "vibrance",
    "blnc": "color balance",
    "blwh": "black & white",
    "phfl": "photo filter",
    "mixr": "channel mixer",
    "clrL": "color lookup",
    "selc": "selective color",
    "grdm": "gradient map",
}
FILLS = {"SoCo": "solid color", "GdFl": "gradient", "PtFl": "pattern"}

_LOOKS = {
    **dict.fromkeys(("lfx2", "lmfx", "lfxs", "lrFX"), "layer effects"),
    **dict.fromkeys(("vmsk", "vsms"), "a vector mask"),
    **dict.fromkeys(("vstk", "vscg"), "a stroke of a shape"),
    **dict.fromkeys(("artb", "artd", "abdd"), "an artboard"),
    "knko": "knockout",
    "infx": "interior effects blended as a group",
    "clbl": "clipped layers blended one by one",
    "tsly": "transparency that shapes nothing",
    "lmgm": "a mask that hides effects",
    "vmgm": "a vector mask that hides effects",
    "brst": "channels that are left out",
}
_ORDINARY = {  # the values by which these say nothing
    "knko": b"\0",
    "infx": b"\0",
    "clbl": b"\1",
    "tsly": b"\1",
    "lmgm": b"\0",
    "vmgm": b"\0",
    "brst": b"",
}


def adjustment_of(layer: Layer) -> str | None:
    """Which adjustment a layer is; None: it is none."""
    return next((ADJUSTMENTS[block.key] for block in layer.kept if block.key in ADJUSTMENTS), None)


def fill_of(layer: Layer) -> str | None:
    """Which fill a layer is; None: it is none."""
    return next((FILLS[block.key] for block in layer.kept if block.key in FILLS), None)


def looks_of(layer: Layer) -> tuple[str, ...]:
    """What of a layer's looks we do not draw ourselves, besides adjustments and fills."""
    found = [
        _LOOKS[block.key]
        for block in layer.kept
        if block.key in _LOOKS and _ORDINARY.get(block.key) != block.data[:1]
    ]
    if layer.ranges:
        found.append("blending ranges")
    if layer.mask is not None and layer.mask.parameters:
        found.append("a mask's density or feather")
    return tuple(dict.fromkeys(found))
