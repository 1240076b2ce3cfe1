"""Documents and images for the PSD tests."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psd_tools.constants import ColorMode, Resource
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResource, VersionInfo

from bridge.images.image import Image
from bridge.psd.channels import Plane
from bridge.psd.document import Document, Group, Mask, PixelLayer
from bridge.psd.files import layer_info, merged_planes, opened
from bridge.psd.metadata import DOCUMENT, layer_metadata
from bridge.psd.writing import write_merged
from bridge.psd.xmp import with_xmp_value
from pipelines.recipe import ImageId, Profile

SHARED = Path(__file__).parents[4] / "shared" / "psd"  # files from Photoshop and others


class Album:
    """Images by id, random ones made on the way."""

    def __init__(self, depth: int = 8, seed: int = 0, profile: Profile = "sRGB") -> None:
        self.images: dict[ImageId, Image] = {}
        self._random = np.random.default_rng(seed)
        self.profile: Profile = profile
        self._kind = np.uint8 if depth == 8 else np.uint16

    def keep(self, pixels: NDArray[np.uint8 | np.uint16]) -> ImageId:
        image = Image(pixels, self.profile if pixels.shape[2] > 1 else "sRGB")
        self.images[image.id] = image
        return image.id

    def noise(self, height: int, width: int, channels: int = 4, *, opaque: bool = False) -> ImageId:
        most = np.iinfo(self._kind).max
        pixels = self._random.integers(0, most, (height, width, channels), endpoint=True)
        if opaque:
            pixels[..., 3] = most
        return self.keep(pixels.astype(self._kind))


def painting(album: Album, depth: int = 8, *, background: bool = True) -> Document:
    """A document with everything that is written: groups, masks, offsets, notes, odd names."""
    ground = PixelLayer(id=1, name="Hintergrund", image=album.noise(50, 70, opaque=True))
    group = Group(
        id=7,
        name="Painting 1 · 日本の海 😀…",
        blend="normal",
        opacity=128 / 255,
        metadata=layer_metadata({"v": 1, "run": "ü😀 <&>"}),
        layers=(
            PixelLayer(
                id=8,
                name="12 · σ 1.83",
                left=5,
                top=-3,
                image=album.noise(20, 30),
                visible=False,
                metadata=layer_metadata({"v": 1, "image": "0" * 64}),
            ),
            PixelLayer(
                id=9,
                name="masked",
                left=50,
                top=40,
                opacity=51 / 255,
                image=album.noise(20, 30),
                mask=Mask(image=album.noise(10, 10, 1), left=48, top=44),
            ),
            Group(id=11, name="empty group", blend="normal"),
            PixelLayer(id=10, name="empty"),
        ),
    )
    return Document(
        width=70,
        height=50,
        depth=8 if depth == 8 else 16,
        xmp=with_xmp_value(None, DOCUMENT, '{"v": 1, "prompt": "海 & <sky>"}'),
        layers=(ground, group) if background else (group,),
    )


def saved_by_another(
    data: bytes, *, declared: bool | None, merged: int | bytes | None = None
) -> bytes:
    """A file as other programs leave it.

    declared: whether it says that its flattened picture is real; None: it says nothing.
    merged: the one number its flattened picture is made of; or what lies in its place.
    """
    psd = opened(data)
    del psd.image_resources[Resource.VERSION_INFO]
    if declared is not None:
        version = VersionInfo(has_composite=declared, writer="other", reader="other").tobytes()
        key = Resource.VERSION_INFO
        psd.image_resources[key] = ImageResource(key=key, data=version)
    if isinstance(merged, bytes):
        psd.image_data.data = merged
    elif merged is not None:
        head = psd.header
        kind = np.uint8 if head.depth == 8 else np.uint16
        plane = np.full((head.height, head.width), merged, kind)
        psd.image_data = _image_data([plane] * head.channels, head)
    return psd.tobytes()


def in_grey(data: bytes, icc: bytes = b"") -> bytes:
    """A file of grey pixels as a greyscale one."""
    psd = opened(data)
    planes = merged_planes(psd)
    for record, channels in zip(
        layer_info(psd).layer_records, layer_info(psd).channel_image_data, strict=True
    ):
        kept = [n for n, one in enumerate(record.channel_info) if int(one.id) not in (1, 2)]
        record.channel_info = [record.channel_info[n] for n in kept]
        channels[:] = [channels[n] for n in kept]
    psd.header.color_mode = ColorMode.GRAYSCALE
    psd.header.channels -= 2
    psd.image_data = _image_data([planes[0], *planes[3:]], psd.header)
    if icc:
        key = Resource.ICC_PROFILE
        psd.image_resources[key] = ImageResource(key=key, data=icc)
    else:
        psd.image_resources.pop(Resource.ICC_PROFILE, None)
    return psd.tobytes()


def _image_data(planes: list[Plane], header: FileHeader) -> ImageData:
    """A flattened picture."""
    out = io.BytesIO()
    write_merged(out, planes, header)
    return ImageData.frombytes(out.getvalue())


def image_magick() -> str | None:
    """A true ImageMagick on this machine."""
    for name in ("magick", "convert", "/usr/bin/convert"):
        if (program := shutil.which(name)) is None:
            continue
        said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
        if said.stdout.startswith("Version: ImageMagick"):
            return program
    return None
