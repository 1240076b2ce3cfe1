"""A layered document as plain data: what the studio, the bridge and a PSD file have in common.

Document    size, depth, profile, XMP and its layers, bottom first
PixelLayer  pixels by image id, at a place, perhaps behind a mask
Group       layers under one name
Mask        8- or 16-bit grey; what lies outside it is hidden, or all of it shown
Metadata    what a program keeps with a layer: XMP, and generatorSettings by key
Block       a piece of a PSD file that nobody here understands, kept as it is
document_from  a document out of JSON that anybody may have sent
walk, pixel_layers, images_of    reading it
clipped_to, clipped, base_of     which layers are clipped to which

Pixels travel beside a document, by image id (pixels.image_id); a layer's are RGBA. As JSON, bytes
are base64. What nobody here understands comes along and is written again: blocks of layers
(effects, adjustments, vector masks, text) and of the file, blending ranges, a mask's density and
feather, image resources; 64 MiB in all (kept.py), what is more is named in `notices`. Whoever
paints on a layer leaves out the blocks that say how its pixels are made (TySh, SoLd, SoCo …). No
torch, no I/O.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from pipelines.recipe import IMAGE_ID, MAX_AREA, ImageId

MAX_SIDE = 30_000  # pixels; Photoshop's limit for a PSD
MAX_LAYERS = 8_000  # Photoshop's limit
MAX_NESTING = 10  # groups in groups; Photoshop's limit
MAX_NAME = 255  # characters
MAX_OFFSET = 2**20  # pixels a layer may lie away from the origin
MAX_COMMAS = 2**20  # of a document's JSON: what it lists is read at once, some 0.4 s at most


Lock = Literal["transparency", "pixels", "position", "all"]  # what of a layer may not change


class Metadata(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a program keeps with a layer."""

    xmp: str | None = None  # an XMP packet
    settings: dict[str, str] = {}  # generatorSettings: JSON text by the program's key


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A piece of a PSD file that nobody here understands."""

    key: str  # of a tagged block, four characters: "lfx2"; of a resource, its number: "1005"
    data: bytes

    def __post_init__(self) -> None:
        if not (1 <= len(self.key) <= 5 and self.key.isascii() and self.key.isprintable()):
            raise ValueError(f"a block's key must be 1..5 ASCII characters, got {self.key[:80]!r}")


class Mask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A layer's user mask. Outside its rectangle the layer is hidden, or shown."""

    image: ImageId  # one channel; full shows, 0 hides
    left: int = 0
    top: int = 0
    outside: bool = False  # whether what lies outside its rectangle shows
    parameters: bytes = b""  # density and feather, as a PSD file has them; not honoured here

    def __post_init__(self) -> None:
        _check_image("mask.image", self.image)
        _check_place("mask", self.left, self.top)


class PixelLayer(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="pixel",
):
    """RGBA pixels at a place."""

    id: int  # positive; unique in the document
    name: str
    left: int = 0
    top: int = 0
    visible: bool = True
    opacity: float = 1.0  # 0..1
    blend: str = "normal"  # Photoshop's scripting names: "multiply", "softLight"
    fill: float = 1.0  # 0..1; fill opacity: fades the pixels as opacity does, not their effects
    locks: tuple[Lock, ...] = ()
    image: ImageId | None = None  # None: empty
    mask: Mask | None = None
    unused: Mask | None = None  # a user mask that is switched off
    clipped: bool = False  # shows only where the next layer below that is not clipped does
    ranges: bytes = b""  # blending ranges, as a PSD file has them; empty: the whole range
    kept: tuple[Block, ...] = ()
    metadata: Metadata = Metadata()

    def __post_init__(self) -> None:
        _check_layer(self.id, self.name, self.opacity, self.fill)
        _check_place(f'layer "{self.name}"', self.left, self.top)
        if self.image is not None:
            _check_image("image", self.image)


class Group(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="group",
):
    """Layers under one name, bottom first."""

    id: int
    name: str
    layers: tuple[PixelLayer | Group, ...] = ()
    open: bool = False
    visible: bool = True
    opacity: float = 1.0  # 0..1
    blend: str = "passThrough"
    fill: float = 1.0  # 0..1
    locks: tuple[Lock, ...] = ()
    mask: Mask | None = None
    unused: Mask | None = None  # a user mask that is switched off
    clipped: bool = False  # shows only where the next layer below that is not clipped does
    ranges: bytes = b""  # blending ranges, as a PSD file has them; empty: the whole range
    kept: tuple[Block, ...] = ()
    metadata: Metadata = Metadata()

    def __post_init__(self) -> None:
        _check_layer(self.id, self.name, self.opacity, self.fill)


Layer = PixelLayer | Group


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture in layers."""

    width: int  # pixels
    height: int
    depth: Literal[8, 16] = 8  # bits of a channel
    profile: str = "sRGB"
    xmp: str | None = None
    layers: tuple[PixelLayer | Group, ...] = ()  # bottom first
    kept: tuple[Block, ...] = ()  # tagged blocks of the whole file
    resources: tuple[Block, ...] = ()  # image resources
    notices: tuple[str, ...] = ()  # what opening the file could not honour; nothing when written

    def __post_init__(self) -> None:
        check_size("document", self.width, self.height)
        layers = list(walk(self.layers))
        if len(layers) > MAX_LAYERS:
            raise ValueError(f"a document has at most {MAX_LAYERS} layers, got {len(layers)}")
        if len({layer.id for layer in layers}) != len(layers):
            raise ValueError("layer ids must be unique in a document")


def document_from(data: bytes) -> Document:
    """A document out of JSON. ValueError: it is none, or lists more than any file holds."""
    if data.count(b",") > MAX_COMMAS:
        raise ValueError(f"the document lists too much: its JSON has more than {MAX_COMMAS} commas")
    try:
        return msgspec.json.decode(data, type=Document)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"document: {error}") from None


def walk(layers: tuple[Layer, ...], depth: int = 0) -> Iterator[Layer]:
    """Every layer and group, bottom first; a group comes after what is in it."""
    if depth > MAX_NESTING:
        raise ValueError(f"groups may be nested {MAX_NESTING} deep at most")
    for layer in layers:
        if isinstance(layer, Group):
            yield from walk(layer.layers, depth + 1)
        yield layer


def pixel_layers(layers: tuple[Layer, ...]) -> Iterator[PixelLayer]:
    """The layers that can hold pixels, bottom first."""
    for layer in walk(layers):
        if isinstance(layer, PixelLayer):
            yield layer


def images_of(document: Document) -> set[ImageId]:
    """The images that a document's layers and masks name."""
    named: set[ImageId | None] = set()
    for layer in walk(document.layers):
        named |= {mask.image for mask in (layer.mask, layer.unused) if mask is not None}
        if isinstance(layer, PixelLayer):
            named.add(layer.image)
    return {id for id in named if id is not None}


def clipped_to(layers: Sequence[Layer]) -> Iterator[tuple[Layer, tuple[Layer, ...]]]:
    """Neighbours, bottom first: each layer with those that are clipped to it."""
    for place, layer in enumerate(layers):
        if base_of(layers, place) is None:
            yield layer, clipped(layers, place)


def clipped(layers: Sequence[Layer], place: int) -> tuple[Layer, ...]:
    """The layers right above the one at that place that are clipped, bottom first."""
    above = itertools.islice(layers, place + 1, None)
    return tuple(itertools.takewhile(lambda layer: layer.clipped, above))


def base_of(layers: Sequence[Layer], place: int) -> Layer | None:
    """The layer that the one at that place is clipped to; None: it is not clipped.

    The lowest has none below it, and is a layer like others, as in Photoshop.
    """
    if not layers[place].clipped or place == 0:
        return None
    below = (layers[at] for at in range(place - 1, 0, -1))
    return next((layer for layer in below if not layer.clipped), layers[0])


def layer_named(document: Document, name: str) -> PixelLayer:
    """The layer of that name. ValueError: none, or several."""
    found = [layer for layer in pixel_layers(document.layers) if layer.name == name]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f'"{layer.name}"' for layer in pixel_layers(document.layers))
    if not found:
        raise ValueError(f'there is no layer "{name}"; the layers are {names or "none"}')
    raise ValueError(f'{len(found)} layers are named "{name}"; give the one that is meant a name')


def check_size(what: str, width: int, height: int) -> None:
    """ValueError when a size is not one a PSD can have, or more than we take."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ValueError(f"{what} must be 1..{MAX_SIDE} pixels each way, got {width}x{height}")
    if width * height > MAX_AREA:
        raise ValueError(f"{what} must have at most {MAX_AREA} pixels, got {width}x{height}")


def _check_layer(number: int, name: str, opacity: float, fill: float) -> None:
    if not 0 < number < 2**31:
        raise ValueError(f"layer id must be in 1..{2**31 - 1}, got {number}")
    if len(name) > MAX_NAME:
        raise ValueError(f"layer name must be at most {MAX_NAME} characters, got {len(name)}")
    if any("\ud800" <= char <= "\udfff" for char in name):
        raise ValueError("layer name must be valid Unicode text")
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be in 0..1, got {opacity}")
    if not 0 <= fill <= 1:
        raise ValueError(f"fill must be in 0..1, got {fill}")


def _check_place(what: str, left: int, top: int) -> None:
    if abs(left) > MAX_OFFSET or abs(top) > MAX_OFFSET:
        raise ValueError(
            f"{what} must lie within {MAX_OFFSET} pixels of the origin, it lies at "
            f"{left},{top}: move it, or delete it"
        )


def _check_image(field: str, value: ImageId) -> None:
    if not IMAGE_ID.fullmatch(value):
        raise ValueError(f"{field} must be an image id (64 hex digits), got {value[:80]!r}")
