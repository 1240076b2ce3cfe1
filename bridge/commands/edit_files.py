"""A step's picture as it was painted on, in a file of its own, as `--edit` names it.

Given     the picture, and what its way here may have done to it
given     it, out of the file
of_file   what counts as painted of it

A file without losses in the run's own profile and depth differs by nothing but paint.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as pil
from PIL import JpegImagePlugin

from pipelines.colour import between
from pipelines.pixels import to_depth
from pipelines.recipe import Recipe

from ..history.likeness import (
    CONVERTED,
    LOSSES,
    NARROWED,
    Levels,
    beyond,
    differences,
    drift,
    spread,
)
from ..images.image import Image, Pixels, to_pil
from ..images.profiles import SRGB, known
from ..psd.spool import rgba
from .files import read_source
from .limits import Edit, Limits
from .places import parts, read_bytes

MOVED = 12.0  # levels; twice what the worst WebP moves the means around most pixels by is 8


@dataclass(frozen=True, eq=False, kw_only=True)
class Given:
    """A picture in a file of its own."""

    file: Path
    image: Image  # in the run's profile and depth
    lossy: bool  # it was saved with losses
    levels: float = 0.0  # by how much its way here may have changed it
    reasons: tuple[str, ...] = ()
    jpeg: bytes = b""  # the file, where it is one: its losses can be done again


def given(place: str, recipe: Recipe) -> Given:
    """A picture as it was painted on. ValueError: it is not of the size that was handed out."""
    source = read_source(place)
    image = source.image
    file = parts(place)[0]
    if (image.width, image.height) != (recipe.width, recipe.height):
        raise ValueError(
            f"{file}: the edit must be {recipe.width}x{recipe.height} pixels like the picture, "
            f"it is {image.width}x{image.height}"
        )
    data = read_bytes(file)
    if image.channels == 4 and not image.pixels[..., 3].any():
        raise ValueError(f"{file}: all of it is transparent, so nothing is painted in it")
    profile = known(image.profile) or SRGB
    levels, reasons = 0.0, []
    if source.converted or (image.channels > 1 and profile != recipe.profile):
        levels = CONVERTED
        reasons.append(f"its colours were converted to {recipe.profile}")
    if image.depth < recipe.depth:
        levels = max(levels, NARROWED)
        reasons.append(f"it has {image.depth} bits, the run {recipe.depth}")
    pixels = between(image.pixels, profile, recipe.profile)
    return Given(
        file=file,
        image=Image(to_depth(pixels, recipe.depth), recipe.profile),
        lossy=source.lossy,
        levels=levels,
        reasons=tuple(reasons),
        jpeg=data if data[:3] == b"\xff\xd8\xff" else b"",
    )


def of_file(file: Given, handed: Image) -> Edit:
    """An edit out of a file, without what the file's way did to the picture.

    ValueError: nothing of it counts as painted.
    """
    shown = rgba(file.image)
    base = _as_jpeg(handed, file.jpeg) if file.jpeg else rgba(handed).pixels[..., :3]
    found = differences(base, shown.pixels)
    limits = _limits_of(file, found, drift(base, shown.pixels))
    strokes = limits.strokes(base, shown.pixels)
    why = " and ".join(limits.reasons)
    if not strokes.any():
        raise ValueError(_unpainted(file, handed, found, limits))
    if not limits.levels:
        all_over = spread(found)[1]
        said = (
            f"{file.file} differs all over from what was handed out, mostly by {all_over:.3g} of "
            "255 levels: all of that counts as painted."
        )
        return Edit(handed=handed, picture=file.image, said=(said,) if all_over else ())
    said = (
        f"The edit's file differs all over from what was handed out ({why}): differences of up to "
        f"{limits.levels:.0f} of 255 levels do not count as painted, unless a whole patch differs; "
        f"{strokes.mean():.1%} of the picture is painted."
    )
    return Edit(handed=handed, picture=beyond(handed, shown, strokes), said=(said,))


def _limits_of(file: Given, found: Levels, drifts: Levels) -> Limits:
    """What a file may differ by: nothing at all, where it has the run's colours to the bit."""
    levels, reasons, around = file.levels, list(file.reasons), 0.0
    if file.jpeg:
        levels = max(levels, CONVERTED)
        reasons.append("it is a JPEG")
    losses = 3 * spread(np.where(found > levels, found, 0).astype(np.float32))[1]
    if (file.lossy or levels) and levels < losses <= LOSSES:
        levels, around = losses, max(2 * float(np.median(drifts)), CONVERTED)
        if around > MOVED:  # losses nearly leave the means where they are
            around = CONVERTED
        reasons.append("it was saved with losses")
    return Limits(levels=levels, around=around, reasons=tuple(reasons))


def _unpainted(file: Given, handed: Image, found: Levels, limits: Limits) -> str:
    """That nothing of a file counts as painted."""
    if not limits.levels:
        return (
            f"in {file.file} nothing is painted, it is to the bit what was handed out; leave out "
            "--edit to go on from that"
        )
    same = ", saved as such a JPEG," if file.jpeg else ""
    return (
        f"in {file.file} nothing counts as painted: it differs from what was handed out{same} by "
        f"up to {found.max():.3g} of 255 levels, and {limits.levels:.0f} may come from its way "
        f"here ({' and '.join(limits.reasons)}); save it as a PNG or TIFF of {handed.depth} bits "
        f"in {handed.profile}, where every difference counts"
    )


def _as_jpeg(handed: Image, file: bytes) -> Pixels:
    """What was handed out, with the losses of that JPEG file."""
    with pil.open(io.BytesIO(file)) as other:
        tables = getattr(other, "quantization", None)
        sampling = JpegImagePlugin.get_sampling(other)
    out = io.BytesIO()
    plain = to_pil(handed).convert("RGB")
    plain.save(out, "JPEG", qtables=tables, subsampling=max(sampling, 0))
    with pil.open(out) as again:
        return to_depth(np.asarray(again.convert("RGB")), handed.depth)
