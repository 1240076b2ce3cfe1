"""What a PSD looks like: its flattened picture where that is real, else its layers composited.

Picture          pixels, and what has to be said of them
picture_of       a file's
coloured         its pixels in colours that a picture may have
shown_document   a file as a painting program opens it that keeps few colour profiles

A flattened picture counts where the file does not say that it has none, where it can be unpacked,
and where it is what the layers show. Programs save without one (Photoshop, with Maximize
Compatibility off, then keeps one flat colour in its place), and some change layers and leave the
old one. Layers made of nothing but what we write ourselves are compared to the last grey level;
others only where the picture is one flat colour, because Photoshop draws them better than we can.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from dataclasses import replace as replaced
from functools import partial

import numpy as np
from msgspec.structs import replace
from psd_tools.constants import ColorMode, Resource
from psd_tools.psd.document import PSD
from psd_tools.psd.image_resources import VersionInfo

from pipelines.pixels import full, over
from pipelines.recipe import ImageId

from ..images.image import Image, Pixels
from ..images.profiles import SRGB, Coloured, from_icc, in_colours
from .document import Document, Group, Layer, PixelLayer, walk
from .files import document_of, icc_in, layer_info, merged_pixels, opened, raw_icc
from .flatten import flatten, is_plain
from .images import LayerImages
from .looks import adjustment_of, fill_of, looks_of
from .render import rendered, undrawn

NEAR = 16 / 255  # of the range: what rounding in groups and other programs' ways may do, and more
MAX_COMPARED = 64 * 2**20  # pixels of all layers that are composited only to compare them

COMPATIBLE = "save it in its own program with Maximize Compatibility on"


@dataclass(frozen=True, eq=False)
class Picture:
    """What a file looks like."""

    pixels: Pixels  # [H, W, 4], straight alpha
    notices: tuple[str, ...] = ()  # a sentence each
    composited: bool = False  # of the layers: the file's own picture did not count


def picture_of(psd: PSD) -> Picture:
    """What a file looks like. ValueError: it keeps nothing that could tell."""
    try:
        kept, trouble = merged_pixels(psd), ""
    except ValueError as error:
        kept, trouble = None, str(error)
    if not layer_info(psd).layer_count:
        return _flat_file(psd, kept, trouble)
    if kept is None or not _declared(psd):
        missing = "its flattened picture is broken" if trouble else "it was saved without one"
        return _composited(psd, missing)
    if _one_colour(kept):
        return _checked(psd, kept)
    try:
        stale = _stale(psd, kept)
    except ValueError as error:  # whatever the layers would show, the picture is whole
        return Picture(kept, (f"{error}; its flattened picture counts",))
    if stale:
        return _composited(psd, "its flattened picture is not what its layers show")
    return Picture(kept)


def coloured(pixels: Pixels, psd: PSD) -> Coloured:
    """A file's RGBA pixels in colours that a picture may have; grey is repeated."""
    if psd.header.color_mode is not ColorMode.GRAYSCALE:
        return in_colours(pixels, raw_icc(psd))
    made = in_colours(np.ascontiguousarray(pixels[..., [0, 3]]), raw_icc(psd))
    return replaced(made, pixels=made.pixels[..., [0, 0, 0, 1]])


def shown_document(data: bytes, profiles: Collection[str]) -> tuple[Document, LayerImages]:
    """A file as a painting program opens it that keeps those profiles only: others in sRGB.

    A file without layers has its picture as the only one.
    """
    psd = opened(data)
    document, images = document_of(psd)
    notices = [
        *document.notices,
        *_unhonoured(psd, document),
        *_converted(psd, document, profiles),
    ]
    if not document.layers:
        picture = picture_of(psd)
        flat = images.keep(lambda: Image(picture.pixels, document.profile))
        only = PixelLayer(id=1, name="Background", image=flat)
        document = replace(document, layers=(only,))
    document = replace(document, notices=tuple(notices))
    if document.profile in profiles:
        return document, images
    icc = icc_in(psd)
    moved = LayerImages()
    new: dict[ImageId, ImageId] = {
        id: moved.keep(partial(_in_srgb, images, id, icc)) for id in images
    }

    def changed(layer: Layer) -> Layer:
        if isinstance(layer, Group):
            return replace(layer, layers=tuple(changed(child) for child in layer.layers))
        return replace(layer, image=layer.image and new[layer.image])

    return replace(
        document, profile=SRGB, layers=tuple(changed(layer) for layer in document.layers)
    ), moved


def _converted(psd: PSD, document: Document, profiles: Collection[str]) -> Iterator[str]:
    """What becomes of the file's colours: a sentence each."""
    said = coloured(_DOT, psd).notices
    yield from said
    if psd.header.color_mode is ColorMode.GRAYSCALE:
        yield "the file is in greyscale; it is opened, and saved from here, as RGB"
    elif document.profile not in profiles and not said:
        yield f"the colours were converted to sRGB from {document.profile}"


def _in_srgb(images: LayerImages, id: ImageId, icc: bytes) -> Image:
    """A layer's image in sRGB; masks have no colours."""
    image = images[id]
    return image if image.channels == 1 else Image(from_icc(image.pixels, icc))


_DOT = np.full((1, 1, 4), 255, np.uint8)


def _unhonoured(psd: PSD, document: Document) -> Iterator[str]:
    """What a painting program does not see, or loses, of a file: a sentence each."""
    found: dict[str, list[str]] = {}
    for layer in walk(document.layers):
        what = adjustment_of(layer)
        if what is None and isinstance(layer, PixelLayer) and layer.image is None:
            what = fill_of(layer)
        for look in (what, *looks_of(layer)):
            if look is not None:
                found.setdefault(look, []).append(f'"{layer.name}"')
    for look, names in found.items():
        yield f"{look} of layer {_listed(tuple(names))}: kept in the file, but not shown here"
    more = psd.header.channels - (1 if psd.header.color_mode is ColorMode.GRAYSCALE else 3)
    more -= layer_info(psd).layer_count < 0
    if more > 0:
        yield f"saved selections, which are lost when it is saved from here: {more}"


def _flat_file(psd: PSD, kept: Pixels | None, trouble: str) -> Picture:
    """A file without layers: its picture is all there is."""
    if kept is None:
        raise ValueError(trouble)
    if not _declared(psd) and _one_colour(kept):
        raise ValueError(
            f"the PSD file has no layers, and was saved without a flattened picture; {COMPATIBLE}"
        )
    return Picture(kept)


def _declared(psd: PSD) -> bool:
    """Whether the file does not say that its flattened picture is none."""
    version = psd.image_resources.get_data(Resource.VERSION_INFO)
    return not isinstance(version, VersionInfo) or bool(version.has_composite)


def _composited(psd: PSD, missing: str) -> Picture:
    """The layers composited, because of what is missing."""
    document, images = document_of(psd)  # whoever composites: broken pixels are an error
    if is_plain(document):
        return Picture(flatten(document, images), (_said(missing),), composited=True)
    left_out = undrawn(psd)
    if left_out.wrong:
        raise ValueError(
            f"the PSD file has no flattened picture that counts ({missing}), and "
            f"{_listed(left_out.wrong)} cannot be drawn here; {COMPATIBLE}"
        )
    unseen = (f"not seen in it: {_listed(left_out.unseen)}",) if left_out.unseen else ()
    return Picture(rendered(psd), (_said(missing), *unseen), composited=True)


def _checked(psd: PSD, kept: Pixels) -> Picture:
    """A picture of one colour counts where the layers are of one colour as well."""
    document, images = document_of(psd)
    shown = flatten(document, images) if is_plain(document) else rendered(psd)
    if _one_colour(shown) and (undrawn(psd).wrong or _alike(kept, shown)):
        return Picture(kept)
    return _composited(psd, "its flattened picture is one flat colour, its layers are not")


def _stale(psd: PSD, kept: Pixels) -> bool:
    """Whether the picture is surely not what the layers show."""
    sizes = (record.width * record.height for record in layer_info(psd).layer_records)
    if sum(sizes) > MAX_COMPARED:
        return False
    document, images = document_of(psd)
    return is_plain(document) and not _alike(kept, flatten(document, images))


def _one_colour(pixels: Pixels) -> bool:
    return bool((pixels == pixels[:1, :1]).all())


def _alike(one: Pixels, other: Pixels) -> bool:
    """Whether two pictures look the same: over white, and in their transparency."""
    far = NEAR * full(one)
    white = np.full_like(one[..., :3], full(one))

    def apart(a: Pixels, b: Pixels) -> bool:
        return bool((np.abs(a.astype(np.int32) - b) > far).any())

    return not (apart(over(white, one), over(white, other)) or apart(one[..., 3], other[..., 3]))


def _said(missing: str) -> str:
    return f"the file's layers were composited: {missing}"


def _listed(phrases: tuple[str, ...]) -> str:
    """At most three of them."""
    more = f" and {len(phrases) - 3} more" if len(phrases) > 3 else ""
    return ", ".join(phrases[:3]) + more
