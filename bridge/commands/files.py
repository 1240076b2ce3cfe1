"""Pictures and masks from files.

Source        pixels, where they lie, and the PSD they came from
read_source   an image, a PSD, or a layer of a PSD: FILE or FILE#LAYER
read_mask     where a picture may change, from the same kinds of files
read_grey     a mask of any size
check_kept    that no document takes the place of one that cannot take layers
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from psd_tools.constants import ColorMode
from psd_tools.psd.document import PSD

from pipelines.pixels import full
from pipelines.recipe import ImageId

from ..config import Limits
from ..images.decoding import Decoded, as_mask, decode
from ..images.image import Image, Pixels
from ..psd.document import PixelLayer, layer_named
from ..psd.files import UNREADABLE, opened, read_document, xmp_of
from ..psd.picture import coloured as in_colours
from ..psd.picture import picture_of
from ..psd.xmp import readable
from . import notices
from .places import about, parts, read_bytes

_COLOURED = 12.0  # levels of 255 between a mask's channels; JPEG's losses leave less in grey


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """Pixels, where they lie, and the PSD they came from."""

    image: Image
    left: int = 0  # of the pixels' corner in the PSD
    top: int = 0
    psd: bytes | None = None  # the whole file, where layers can be added to it
    layered: bytes | None = None  # the whole PSD file, whether or not they can
    lossy: bool = False  # see decoding.Decoded
    converted: bool = False


def read_source(place: str) -> Source:
    """The picture to start from. ValueError: one sentence on what is wrong with the file."""
    file, layer = parts(place)
    data = read_bytes(file)
    if not _is_psd(data):
        _refuse_layer(file, layer)
        found = _decoded(file, data)
        return Source(image=found.image, lossy=found.lossy, converted=found.converted)
    psd = about(file, lambda: opened(data))
    if (xmp := xmp_of(psd)) and not readable(xmp):
        notices.tell(file, (UNREADABLE,))
    if layer is None:
        picture = about(file, lambda: picture_of(psd))
        notices.tell(file, picture.notices)
        if not picture.pixels[..., 3].any():
            raise ValueError(f"{file}: nothing of it is visible; there is nothing to start from")
        image, converted = coloured(file, picture.pixels, psd)
        return Source(image=image, psd=_extendable(psd, data), layered=data, converted=converted)
    document, images = about(file, lambda: read_document(data))
    found = about(file, lambda: layer_named(document, layer))
    if found.image is None:
        raise ValueError(f'{file}: the layer "{layer}" is empty; there is nothing to start from')
    image, converted = coloured(file, images[found.image].pixels, psd)
    return Source(
        image=image,
        left=found.left,
        top=found.top,
        psd=_extendable(psd, data),
        layered=data,
        converted=converted,
    )


def read_mask(place: str, size: tuple[int, int], left: int = 0, top: int = 0) -> Image:
    """A mask of that size: grey, full where the picture may change.

    left, top: where the picture's corner lies in its document; a PSD's mask lies there too.
    """
    file, layer = parts(place)
    data = read_bytes(file)
    if _is_psd(data):
        if layer is None:
            raise ValueError(f"{file}: say which layer is the mask: {file}#LAYER")
        document, images = about(file, lambda: read_document(data))
        found = about(file, lambda: layer_named(document, layer))
        grey, x, y = _layer_mask(file, found, images)
        outside = found.mask is not None and found.mask.outside
        return Image(_placed(grey, size, x - left, y - top, outside=outside))
    _refuse_layer(file, layer)
    return Image(_amounts(file, data, size))


def read_grey(place: str) -> Image:
    """A mask of the file's own size; a PSD's layer lies on the document's canvas."""
    file, layer = parts(place)
    data = read_bytes(file)
    if not _is_psd(data):
        _refuse_layer(file, layer)
        return Image(_amounts(file, data))
    header = about(file, lambda: opened(data)).header
    return read_mask(place, (header.width, header.height))


def psd_ending(data: bytes) -> str:
    """What the name of a copy of this PSD or PSB file must end in."""
    return ".psb" if data[4:6] == b"\0\2" else ".psd"


def _refuse_layer(file: Path, layer: str | None) -> None:
    if layer is not None:
        raise ValueError(f'{file} is no PSD and has no layer "{layer}"; leave out #{layer}')


def _is_psd(data: bytes) -> bool:
    return data[:4] == b"8BPS"


def _extendable(psd: PSD, data: bytes) -> bytes | None:
    """The file, where layers in colours can be added to it."""
    return data if psd.header.color_mode is ColorMode.RGB else None


def check_kept(place: str, source: Source, output: Path) -> None:
    """ValueError: a document without the file's layers would take the place of the file."""
    file = parts(place)[0]
    if source.layered is None or source.psd is not None or not output.exists():
        return
    if output.samefile(file):
        raise ValueError(
            f"{file} is a greyscale file, which cannot take layers in colours; write a new "
            "document to another file with -o, or convert it to RGB first"
        )


def _decoded(file: Path, data: bytes) -> Decoded:
    """A picture that is no PSD; what is to be said of the file is said."""
    decoded = about(file, lambda: decode(data, Limits()))
    notices.tell(file, decoded.notices)
    return decoded


def _amounts(file: Path, data: bytes, size: tuple[int, int] | None = None) -> Pixels:
    """A picture that is no PSD as a mask. ValueError: which of its numbers are meant is open."""
    decoded = about(file, lambda: as_mask(data, Limits()))
    if size is not None:
        _check_size(file, "mask", decoded.image.pixels, size)
    if decoded.more:
        raise ValueError(
            f"{file}: beside its colours it has more channels ({decoded.more}), any of which may "
            "be the mask; save the mask as a grey picture of its own, or name a layer of a PSD"
        )
    notices.tell(file, decoded.notices)
    return about(file, lambda: _grey(decoded.image.pixels))


def coloured(file: Path, pixels: Pixels, psd: PSD) -> tuple[Image, bool]:
    """A PSD's pixels: in its profile where pictures may have that, else in sRGB; if converted."""
    made = in_colours(pixels, psd)
    notices.tell(file, made.notices)
    return Image(_opaque(made.pixels), made.profile), made.converted


def _opaque(pixels: Pixels) -> Pixels:
    """RGB where nothing is transparent."""
    if pixels.shape[2] == 4 and (pixels[..., 3] == full(pixels)).all():
        return np.ascontiguousarray(pixels[..., :3])
    return pixels


def _grey(pixels: Pixels) -> Pixels:
    """A picture as a mask: its transparency where it has some, else its grey."""
    if pixels.shape[2] == 4 and (pixels[..., 3] < full(pixels)).any():
        return np.ascontiguousarray(pixels[..., 3:])
    if pixels.shape[2] == 1:
        return pixels
    apart = float(np.ptp(pixels[..., :3], axis=2).max()) * 255 / full(pixels)
    if apart > _COLOURED:
        raise ValueError(
            f"the mask has colours, its channels are up to {apart:.0f} of 255 levels apart; make "
            "it grey, white where something may change, or transparent elsewhere, or name a layer "
            "of a PSD"
        )
    luma = pixels[..., :3].astype(np.float64) @ np.array([0.299, 0.587, 0.114])  # Rec. 601
    return np.rint(luma)[..., None].astype(pixels.dtype)


def _layer_mask(
    file: Path, layer: PixelLayer, images: Mapping[ImageId, Image]
) -> tuple[Pixels, int, int]:
    """A layer's user mask, or its transparency, and where it lies."""
    if layer.mask is not None:
        return images[layer.mask.image].pixels, layer.mask.left, layer.mask.top
    if layer.image is None:
        raise ValueError(f'{file}: the layer "{layer.name}" is empty and has no mask')
    return np.ascontiguousarray(images[layer.image].pixels[..., 3:]), layer.left, layer.top


def _check_size(file: Path, what: str, pixels: Pixels, size: tuple[int, int]) -> None:
    if (pixels.shape[1], pixels.shape[0]) != size:
        raise ValueError(
            f"{file}: the {what} must be {size[0]}x{size[1]} pixels like the picture, "
            f"it is {pixels.shape[1]}x{pixels.shape[0]}"
        )


def _placed(grey: Pixels, size: tuple[int, int], left: int, top: int, *, outside: bool) -> Pixels:
    """A mask on a frame of another size; what it does not reach may change if it shows that."""
    width, height = size
    frame = np.full((height, width, 1), full(grey) if outside else 0, grey.dtype)
    rows = slice(max(0, top), max(0, min(height, top + grey.shape[0])))
    columns = slice(max(0, left), max(0, min(width, left + grey.shape[1])))
    frame[rows, columns] = grey[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    return frame
