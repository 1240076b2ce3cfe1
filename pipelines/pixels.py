"""Canvas arithmetic on numpy arrays: sizes, masks, composites. No torch.

working_size, to_working, from_working   between the picture and what the model paints
to_depth, rgb_of, resize                 between 8 and 16 bit, grey and colour, sizes
framed, in_steps                         colours as a layer
over, laid_over, changed_mask            what a layer shows, what a painter changed
bands                                    a large picture some rows at a time
grow, feather, uncovered, cells          masks in pixels, and as latent cells
steps_free, lets_change                  what a soft mask allows
image_id                                 the content hash that names an image

Pixels are straight-alpha rows, [H, W, C] with C = 1 (grey), 3 (RGB) or 4 (RGBA), 0..255 as uint8
or 0..65535 as uint16. Masks are [H, W, 1]; full (255 or 65535) is where something may change.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8 | np.uint16]
Floats = NDArray[np.float32]
Size = tuple[int, int]  # width, height

BAND = 2**18  # pixels: what is worked on at once of large pictures
CELL = 8  # pixels: one latent cell is CELL x CELL of them
LEAST = 1 / 255  # a smaller claim of a region is none
LARGEST = 1.5  # times the native side: beyond it SD models repeat their subject


def padded_size(width: int, height: int) -> Size:
    """The smallest size in whole latent cells that holds the picture."""
    return -(-width // CELL) * CELL, -(-height // CELL) * CELL


def working_size(width: int, height: int, native: int, *, panorama: bool = False) -> Size:
    """What the model paints: multiples of 8, area at most (1.5 native)², shape kept.

    Of a panorama the shorter side is at most 1.5 native, so that each of its windows sees all of
    that side: of several one above the other each would paint a horizon of its own.
    """
    if panorama:
        shorter, most = min(width, height), LARGEST * native
        if shorter <= most:
            return padded_size(width, height)
        wide, high = (int(side * most // shorter) // CELL * CELL for side in (width, height))
        return wide, high
    shrink = min(1.0, LARGEST * native / math.sqrt(width * height))
    wide, high = padded_size(width, height)
    if wide * high <= (LARGEST * native) ** 2:
        return wide, high
    wide = max(CELL, int(width * shrink) // CELL * CELL)
    high = max(CELL, int(height * shrink) // CELL * CELL)
    area = int((LARGEST * native) ** 2)  # a side raised to one cell may still stand above it
    if wide > high:
        return min(wide, area // high // CELL * CELL), high
    return wide, min(high, area // wide // CELL * CELL)


def to_working(pixels: Pixels, size: Size) -> Pixels:
    """The picture as the model paints it: edges repeated up to `size`, or else resized to it."""
    height, width = pixels.shape[:2]
    if padded_size(width, height) != size:
        return resize(pixels, size)
    return np.pad(pixels, ((0, size[1] - height), (0, size[0] - width), (0, 0)), mode="edge")


def from_working(pixels: Pixels, size: Size) -> Pixels:
    """The way back: cut to the picture's `size`, or enlarged to it."""
    height, width = pixels.shape[:2]
    if padded_size(*size) != (width, height):
        return resize(pixels, size)
    return pixels[: size[1], : size[0]]


def full(pixels: Pixels) -> int:
    """The largest value of the depth: 255 or 65535."""
    return 65535 if pixels.dtype == np.uint16 else 255


def to_depth(pixels: Pixels, depth: int) -> Pixels:
    """The same pixels in 8 or 16 bits; 8 to 16 and back is exact."""
    if depth == 16:
        return pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint16) * np.uint16(257)
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def rgb_of(pixels: Pixels) -> Pixels:
    """Three channels: grey repeated, transparency laid over white."""
    if pixels.shape[2] == 1:
        return np.repeat(pixels, 3, axis=2)
    if pixels.shape[2] == 3:
        return pixels
    return _mix(np.full_like(pixels[..., :3], full(pixels)), pixels[..., :3], pixels[..., 3:])


def resize(pixels: Pixels, size: Size) -> Pixels:
    """Lanczos, each channel for itself; flatten transparency first."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    planes = [
        np.asarray(
            Image.fromarray(pixels[..., c].astype(np.float32)).resize(
                size, Image.Resampling.LANCZOS
            )
        )
        for c in range(pixels.shape[2])
    ]
    return np.clip(np.rint(np.stack(planes, axis=2)), 0, full(pixels)).astype(pixels.dtype)


def over(source: Pixels, layer: Pixels) -> Pixels:
    """`layer` (RGBA) composited over `source`, in the source's channels and depth.

    Where the layer's alpha is 0 the source stays to the bit, also beneath its own transparency.
    Some rows at a time: of a whole large picture the fractions would fill ten times its memory.
    """
    _check_same_size("layer", layer, "the source", source)
    result = np.empty_like(source)
    for rows in bands(source):
        result[rows] = _over(source[rows], to_depth(layer[rows], 8 * source.itemsize))
    return result


def framed(colours: Pixels, mask: Pixels | None, kept: tuple[Pixels, Pixels] | None) -> Pixels:
    """RGB as a layer's RGBA in its own depth: alpha is `mask`, 255 or 65535 without one.

    kept: a picture and a mask; outside that mask the colours are the picture's, to the bit. Where
    alpha is 0 the colours are 0: `over` puts the source there, to the bit. 16 bits are handed out
    in the steps that Photoshop keeps, so that they come back as they were.
    """
    depth = 8 * colours.itemsize
    if kept is not None:
        picture, limits = (to_depth(pixels, depth) for pixels in kept)
        colours = over(picture[..., :3], np.concatenate([colours, limits], axis=2))
    alpha = np.full_like(colours[..., :1], full(colours)) if mask is None else to_depth(mask, depth)
    layer = np.concatenate([np.where(alpha > 0, colours, 0), alpha], axis=2).astype(colours.dtype)
    return layer if depth == 8 else in_steps(layer)


def in_steps(pixels: Pixels) -> Pixels:
    """16-bit pixels at the nearest of the 32769 levels that Photoshop has; those stay."""
    return _STEPS[pixels]


def _steps() -> NDArray[np.uint16]:
    """Each of 65536 values as 0..32768 and back, rounded: Adobe, imaging.md."""
    values = np.arange(65536, dtype=np.float64)
    return np.rint(np.rint(values * 32768 / 65535) * 65535 / 32768).astype(np.uint16)


_STEPS = _steps()


def bands(pixels: Pixels) -> Iterator[slice]:
    """The picture's rows in parts of about BAND pixels."""
    rows = max(1, BAND // max(1, pixels.shape[1]))
    return (slice(top, top + rows) for top in range(0, pixels.shape[0], rows))


def laid_over(handed: Pixels, edited: Pixels) -> Pixels:
    """RGB: what came back over the colours that were handed out; those count as opaque.

    A pixel that came back as it was handed out keeps its colour, whatever its alpha.
    """
    _check_same_size("edit", edited, "what was handed out", handed)
    edited = to_depth(edited, 16 if handed.dtype == np.uint16 else 8)
    base = np.repeat(handed, 3, axis=2) if handed.shape[2] == 1 else handed[..., :3]
    colour = np.repeat(edited, 3, axis=2) if edited.shape[2] == 1 else edited[..., :3]
    alpha = edited[..., 3:] if edited.shape[2] == 4 else np.full_like(edited[..., :1], full(edited))
    same = (colour == base).all(axis=2, keepdims=True)
    return np.where(same, base, _mix(base, colour, alpha))


def changed_mask(handed: Pixels, edited: Pixels) -> Pixels:
    """255 where the painter changed a colour, [H, W, 1] uint8; erasing shows what was there."""
    base = handed if handed.shape[2] == 1 else handed[..., :3]
    changed = (laid_over(handed, edited) != base).any(axis=2, keepdims=True)
    return changed.astype(np.uint8) * np.uint8(255)


def grow(mask: Pixels, pixels: int) -> Pixels:
    """The mask with its edge moved outwards by `pixels`."""
    side = 2 * pixels + 1
    grown = cv2.dilate(mask, np.ones((side, side), np.uint8))
    return np.asarray(grown, mask.dtype).reshape(mask.shape)


def feather(mask: Pixels, radius: float) -> Pixels:
    """The mask with a soft edge: a Gaussian of standard deviation `radius` pixels."""
    if radius <= 0:
        return mask
    side = 2 * math.ceil(3 * radius) + 1
    exact = mask.astype(np.float64)  # of whole numbers OpenCV's differs by up to 2.4 levels
    soft = cv2.GaussianBlur(exact, (side, side), radius, borderType=cv2.BORDER_REPLICATE)
    return np.rint(soft).reshape(mask.shape).astype(mask.dtype)


def uncovered(mask: Pixels, above: Sequence[Pixels]) -> Pixels:
    """What of a mask shows under those above it, [H, W, 1] uint8; each takes what it has."""
    left = np.ones(mask.shape, np.float64)
    for one in above:
        left -= np.minimum(left, one / full(one))
    return np.rint(255 * np.minimum(left, mask / full(mask))).astype(np.uint8)


def cells(mask: Pixels, size: Size) -> Floats:
    """The mask in latent cells of a working `size`: [h, w], 0..1, each cell its largest pixel.

    The largest, so that whatever was touched counts; pixels inside a cell that were not are put
    back by the composite.
    """
    height, width = mask.shape[:2]
    if padded_size(width, height) == size:
        mask = to_working(mask, size)
        height, width = mask.shape[:2]
    rows = np.arange(size[1] // CELL) * height // (size[1] // CELL)
    columns = np.arange(size[0] // CELL) * width // (size[0] // CELL)
    largest = np.maximum.reduceat(np.maximum.reduceat(mask[..., 0], rows, axis=0), columns, axis=1)
    return (largest / np.float64(full(mask))).astype(np.float32)


def steps_free(share: Floats, steps: int) -> NDArray[np.intp]:
    """For how many of so many steps a place may change, by its mask's share of 1."""
    return np.floor(steps * share.astype(np.float64)).astype(np.intp)


def lets_change(mask: Pixels, steps: int) -> bool:
    """Whether anything may change under a soft mask in so many steps."""
    largest = np.array([mask.max() / np.float64(full(mask))], np.float32)
    return bool(steps_free(largest, steps).any())


def image_id(pixels: Pixels, profile: str = "sRGB") -> str:
    """sha256 of a header and the pixels, in hex: equal images have equal names.

    The header is "WIDTHxHEIGHTxCHANNELS:DEPTH:PROFILE" and a newline, in ASCII. Pixels are chunky,
    row by row; 16 bits are little-endian, 0..65535. One channel has no colour: its profile is
    "sRGB" and says nothing.
    """
    height, width, channels = pixels.shape
    depth = 16 if pixels.dtype == np.uint16 else 8
    digest = hashlib.sha256(f"{width}x{height}x{channels}:{depth}:{profile}\n".encode())
    little_endian = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    digest.update(little_endian.data)
    return digest.hexdigest()


def _over(source: Pixels, layer: Pixels) -> Pixels:
    """The same of a few rows, alike in depth; where all is opaque or clear there is no mixing."""
    alpha, most = layer[..., 3:], full(source)
    colour = layer[..., :3] if source.shape[2] > 1 else _grey(layer[..., :3])
    if not alpha.any():
        return source
    if (alpha == most).all():
        return layer if source.shape[2] == 4 else colour
    if source.shape[2] < 4:
        return _mix(source, colour, alpha)
    if not source[..., 3].any():
        return np.where(alpha == 0, source, layer)
    above = alpha.astype(np.float64) / most
    below = source[..., 3:] / most * (1 - above)
    total = above + below
    mixed = (colour * above + source[..., :3] * below) / np.where(total > 0, total, 1)
    opaque = source[..., 3:] == most
    mixed = np.where(opaque, _mix(source[..., :3], colour, alpha), np.rint(mixed))
    result = np.concatenate([mixed, np.rint(total * most)], axis=2).astype(source.dtype)
    return np.where(alpha == 0, source, result)


def _mix(below: Pixels, above: Pixels, alpha: Pixels) -> Pixels:
    """Rounded share `alpha` of `above`; exact at both ends. 65535² + 32767 still fits 32 bits."""
    most = np.uint32(full(below))
    share = alpha.astype(np.uint32)
    mixed = below.astype(np.uint32) * (most - share) + above.astype(np.uint32) * share + most // 2
    return (mixed // most).astype(below.dtype)


def _grey(colour: Pixels) -> Pixels:
    """Rec. 601 luma, as Photoshop's and Pillow's grey conversions use."""
    luma = colour.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    return np.rint(luma)[..., None].astype(colour.dtype)


def _check_same_size(name: str, pixels: Pixels, other: str, reference: Pixels) -> None:
    if pixels.shape[:2] != reference.shape[:2]:
        (height, width), (high, wide) = pixels.shape[:2], reference.shape[:2]
        raise ValueError(f"{name} is {width}x{height} pixels, {other} is {wide}x{high}")
