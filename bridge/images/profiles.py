"""Colour profiles as files carry them and as pictures name them.

SRGB          the name that counts where a file has no profile
name_of       the name of a file's profile: one of recipe.PROFILE_NAMES where it says the same
icc_of        a profile for files, by its name
known         that name as the recipe has it
in_colours    a file's pixels in colours that a picture may have, and what is to be said of it
fits          whether pixels can be in a profile
from_icc      pixels of any profile in sRGB; to_icc the way back
from_cmyk     CMYK pixels in sRGB
is_grey       whether a profile is one of grey pixels

A profile is known by what it says, never by what it is called. Those made of a matrix and curves
(all that cameras, screens and painting programs use as working spaces) are calculated here:
littleCMS differs by up to 874 of 65535 in the dark. Tables are left to it, at 16 bits, without
its shortcuts. Files of profiles that pictures do not have are converted to sRGB here; in open
documents Photoshop does that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from PIL import ImageCms

from pipelines.colour import ADOBE_GAMMA, linear_table, to_xyz
from pipelines.pixels import Floats, Pixels, full, to_depth
from pipelines.recipe import PROFILE_NAMES, Profile

from .icc import BROKEN, D65_TO_D50, SRGB_CURVE, Doubles, Icc, built, parsed

SRGB: Profile = "sRGB"

# A profile is a known one where its numbers and the known one's mean the same: greys within half a
# level of 255, so that each would stay what it is at 8 bits, or within what a table of 16 bits can
# say of light in the dark; primaries within what makers of profiles round D50 and the way there to.
SAME_GREY = 0.5 / 255
SAME_LIGHT = 1 / 65535
SAME_PRIMARIES = 5e-4  # of full light

_STEPS = np.linspace(0, 1, 65536)
BAND = 2**18  # pixels that are converted at a time: a large picture needs no more memory than that


@dataclass(frozen=True, eq=False)
class Coloured:
    """Pixels in colours that a picture may have."""

    pixels: Pixels  # as many channels and bits as before
    profile: Profile = SRGB
    notices: tuple[str, ...] = ()  # what was dropped, a sentence each
    converted: bool = False  # whether the numbers are others than the file's


def name_of(icc: bytes) -> str:
    """What a file's profile is called; sRGB where it is empty. ValueError: it is broken."""
    if not icc:
        return SRGB
    profile = parsed(icc)
    if (same := _recognised(profile)) is not None:
        return same
    name = profile.name[:80]
    return f"{name} (by name only)" if name in PROFILE_NAMES else name or "without a name"


def known(name: str) -> Profile | None:
    """The name as one that pictures may have while they are painted; None: it is none of those."""
    return name if name in PROFILE_NAMES else None


@cache
def icc_of(profile: Profile) -> bytes:
    """A profile for files: ICC version 4, a matrix and one curve."""
    if profile == SRGB:
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    curve = _GAMMA if profile == "Adobe RGB (1998)" else SRGB_CURVE
    return built(_colorants(profile), curve, profile)


def in_colours(pixels: Pixels, icc: bytes) -> Coloured:
    """Grey, grey + alpha, RGB or RGBA (1 to 4 channels) of that profile; empty: there is none.

    In its own colours where pictures may have those, else in sRGB. A profile that is broken or
    made for other pixels is dropped, with a notice.
    """
    if not icc:
        return Coloured(pixels)
    try:
        grey = pixels.shape[2] < 3
        _fitting(icc, "grey" if grey else "RGB")
        own = known(name_of(icc))
        if own is not None:
            return Coloured(pixels, own)
        converted = from_icc(pixels, icc)
    except ValueError as error:
        return Coloured(pixels, notices=(f"{error}; it is left out, the colours count as sRGB",))
    if grey and np.array_equal(converted, pixels):
        return Coloured(pixels)
    what = "greys" if grey else "colours"
    said = f'the {what} were converted to sRGB from the profile "{name_of(icc)}"'
    return Coloured(converted, notices=(said,), converted=True)


def fits(pixels: Pixels, icc: bytes) -> bool:
    """Whether pixels of that many channels can be in that profile."""
    try:
        _fitting(icc, "grey" if pixels.shape[2] < 3 else "RGB")
        from_icc(pixels[:1, :1], icc)
    except ValueError:
        return False
    return True


def is_grey(icc: bytes) -> bool:
    """Whether this is a profile of grey pixels."""
    try:
        return bool(icc) and parsed(icc).space == "grey"
    except ValueError:
        return False


def from_icc(pixels: Pixels, icc: bytes) -> Pixels:
    """Pixels of that profile in sRGB, at the same depth. ValueError: it does not fit.

    A grey profile may speak of grey that is repeated as red, green and blue, too.
    """
    spaces = ("grey",) if pixels.shape[2] < 3 else ("RGB", "grey")
    profile = _fitting(icc, *spaces)
    if profile.space == "grey":
        colours = pixels[..., :3] if pixels.shape[2] > 2 else pixels[..., :1]
        values = np.interp(_grey_light(profile), linear_table(SRGB, 65535), _STEPS)
        return _with_colours(pixels, values.astype(np.float32)[to_depth(colours, 16)])
    if profile.curves is None:
        return _by_tables(pixels, icc, icc_of(SRGB))
    light = [linear_table(SRGB, 65535)] * 3
    return _by_matrix(pixels, profile.curves, profile.colorants, _colorants(SRGB), light)


def to_icc(pixels: Pixels, icc: bytes) -> Pixels:
    """RGB or RGBA of sRGB in that profile, at the same depth; grey is repeated."""
    profile = _fitting(icc, "RGB", "grey")
    ours, light = _colorants(SRGB), linear_table(SRGB, 65535)
    if profile.space == "grey":
        luminance = np.tile(ours[1], (3, 1))
        return _by_matrix(pixels, [light] * 3, luminance, np.eye(3), [_grey_light(profile)] * 3)
    if profile.curves is None:
        return _by_tables(pixels, icc_of(SRGB), icc)
    return _by_matrix(pixels, [light] * 3, ours, profile.colorants, profile.curves)


def from_cmyk(pixels: Pixels, icc: bytes) -> Coloured:
    """CMYK(A), full ink at 255 or 65535, in sRGB; as screens mix it where no profile fits."""
    notice = "the picture is CMYK without a colour profile; its colours are as screens mix them"
    if icc:
        try:
            _fitting(icc, "CMYK")
            return Coloured(_by_tables(pixels, icc, icc_of(SRGB), "cmyk"), converted=True)
        except ValueError as error:
            notice = f"{error}; it is left out, the colours are as screens mix them"
    most = np.uint32(full(pixels))
    mixed = np.empty((*pixels.shape[:2], pixels.shape[2] - 1), pixels.dtype)
    mixed[..., 3:] = pixels[..., 4:]
    for rows in _bands(pixels):
        left = most - pixels[rows, :, :4].astype(np.uint32)
        mixed[rows, :, :3] = (left[..., :3] * left[..., 3:] + most // 2) // most
    return Coloured(mixed, notices=(notice,), converted=True)


def _fitting(icc: bytes, *spaces: str) -> Icc:
    """The profile. ValueError: it is broken, or of other pixels than these."""
    profile = parsed(icc)
    if profile.space not in spaces:
        raise ValueError(
            "the file's colour profile does not fit its pixels: "
            f"they are {spaces[0]}, it is one of {profile.space}"
        )
    return profile


def _bands(pixels: Pixels) -> list[slice]:
    """Rows, some at a time."""
    height, width = pixels.shape[:2]
    step = max(1, BAND // width)
    return [slice(top, top + step) for top in range(0, height, step)]


def _by_matrix(
    pixels: Pixels, curves: list[Floats], one: Doubles, other: Doubles, back: list[Floats]
) -> Pixels:
    """RGB(A) through curves into light, XYZ and another profile's light, and its curves back."""
    matrix = np.linalg.solve(other, one).T

    def converted(band: Pixels) -> Floats:
        numbers = to_depth(band[..., :3], 16)
        linear = np.stack([curve[numbers[..., c]] for c, curve in enumerate(curves)], axis=2)
        light = linear @ matrix
        planes = [np.interp(light[..., c], curve, _STEPS) for c, curve in enumerate(back)]
        return np.stack(planes, axis=2).astype(np.float32)

    return _each_band(pixels, converted)


def _by_tables(pixels: Pixels, one: bytes, other: bytes, space: str = "rgb") -> Pixels:
    """What littleCMS makes of profiles with tables."""
    import imagecodecs  # a tenth of a second to import, and such profiles are rare

    colours = {"gray": 1, "rgb": 3, "cmyk": 4}[space]
    files = parsed(one).clean, parsed(other).clean

    def converted(band: Pixels) -> Floats:
        try:
            made = imagecodecs.cms_transform(
                np.ascontiguousarray(to_depth(band[..., :colours], 16)),
                *files,
                colorspace=space,
                outcolorspace="rgb",
                outdtype=np.uint16,
                intent=imagecodecs.CMS.INTENT.PERCEPTUAL,
                flags=imagecodecs.CMS.FLAGS.NOOPTIMIZE,
            )
        except (imagecodecs.CmsError, ValueError) as error:
            raise ValueError(f"{BROKEN}: {error}") from None
        return made.astype(np.float32) / np.float32(65535)

    return _each_band(pixels, converted, colours)


def _each_band(pixels: Pixels, converted: Callable[[Pixels], Floats], colours: int = 3) -> Pixels:
    """Pixels with other colours, 0..1, some rows at a time; alpha stays."""
    made = np.empty((*pixels.shape[:2], pixels.shape[2] - colours + 3), pixels.dtype)
    made[..., 3:] = pixels[..., colours:]
    for rows in _bands(pixels):
        made[rows, :, :3] = _quantised(converted(pixels[rows]), pixels)
    return made


def _quantised(colours: Floats, like: Pixels) -> Pixels:
    return np.rint(np.clip(colours, 0, 1) * np.float32(full(like))).astype(like.dtype)


def _with_colours(pixels: Pixels, colours: Floats) -> Pixels:
    """The same alpha and depth with other colours, 0..1."""
    return np.concatenate([_quantised(colours, pixels), pixels[..., colours.shape[2] :]], axis=2)


@lru_cache(maxsize=4)
def _grey_light(profile: Icc) -> Floats:
    """Light for each of 65536 numbers of a grey profile."""
    if profile.curves is not None:
        return profile.curves[0]
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    made = _by_tables(ramp, profile.clean, icc_of(SRGB), "gray")
    return np.maximum.accumulate(linear_table(SRGB, 65535)[made[..., 1].ravel()])


@lru_cache(maxsize=4)
def _recognised(profile: Icc) -> Profile | None:
    """The known profile that says the same of every colour."""
    if profile.space != "RGB" or profile.curves is None:
        return None
    for name in PROFILE_NAMES:
        moved = np.linalg.solve(_colorants(name), profile.colorants) - np.eye(3)
        if np.abs(moved).sum(axis=1).max() <= SAME_PRIMARIES and all(
            _same_curve(curve, linear_table(name, 65535)) for curve in profile.curves
        ):
            return name
    return None


def _same_curve(curve: Floats, known: Floats) -> bool:
    numbers = np.abs(np.interp(curve, known, _STEPS) - _STEPS)
    return bool(((numbers <= SAME_GREY) | (np.abs(curve - known) <= SAME_LIGHT)).all())


@cache
def _colorants(profile: Profile) -> Doubles:
    """Linear RGB -> XYZ under D50."""
    return D65_TO_D50 @ to_xyz(profile)


_GAMMA = b"curv\0\0\0\0" + b"\0\0\0\1" + round(ADOBE_GAMMA * 256).to_bytes(2, "big")
