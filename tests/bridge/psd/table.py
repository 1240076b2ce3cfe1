"""Every sample PSD as a row of docs/psd-files.md: opened with psd-tools' pixels, or why not.

Run `python -m tests.bridge.psd.table` to write the page anew; a test says whether it is.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from psd_tools import PSDImage
from psd_tools.psd.document import PSD

from bridge.images.image import Pixels
from bridge.psd.document import pixel_layers
from bridge.psd.files import merged_pixels, opened, read_document
from bridge.psd.picture import picture_of

from .samples import SHARED

PAGE = Path(__file__).parents[3] / "docs" / "psd-files.md"
NEAR = 1e-6  # of the range: psd-tools gives floats

HEAD = """# PSD and PSB files from elsewhere

Pentimento opens RGB and greyscale files of 8 and 16 bits per channel, by Photoshop or any other
program, and keeps every byte of what it does not understand when it adds its own groups; the
studio, too, saves what it does not show. Text, shapes and smart objects come as the pixels the file
keeps for them, adjustments as empty layers. Layers in colours are not added to greyscale files: a
run that starts from one is a new document.

A file's flattened picture is what a run starts from where it is real: the file does not say that it
has none, and it is what the layers show. Else the layers are composited here, clipping, masks and
plain layers by Pentimento, all else by psd-tools, and that is said. What neither can draw (some
adjustments, blending ranges, strokes of shapes) is named and the file refused, because it would be
another picture; shadows, glows, bevels and satin are named and not seen.
Profiles other than sRGB, Display P3 and Adobe RGB (1998) are converted to sRGB when a picture is
taken out to be painted on, and back when the steps are put into the file.

The files below are psd-tools' test data (MIT licence), written by Photoshop, GIMP and others. Each
was opened here, and the pixels of its layers and of its flattened picture compared with those that
psd-tools reads. `python -m tests.bridge.psd.table` writes this page; a test compares it with what
happens, where the files are there.
"""


@dataclass(frozen=True)
class Row:
    """What became of a file."""

    name: str
    layers: int  # whose pixels were compared; the flattened picture comes on top
    trouble: str  # empty: all pixels are psd-tools'
    picture: str = ""  # what a run starts from


def rows() -> list[Row]:
    """One for each file, by name."""
    files = sorted(SHARED.rglob("*.ps[db]"), key=lambda file: file.relative_to(SHARED).as_posix())
    return [_tried(file) for file in files]


def page(found: list[Row]) -> str:
    """docs/psd-files.md."""
    equal = [row for row in found if not row.trouble]
    refused = [row for row in found if row.trouble]
    count = f"{len(equal)} of {len(found)} open with pixels equal to psd-tools'"
    first = "\n".join(f"| {row.name} | {row.trouble} |" for row in refused)
    second = "\n".join(f"| {row.name} | {row.layers} | {row.picture} |" for row in equal)
    return (
        f"{HEAD}\n{count}; {len(refused)} are refused in a sentence.\n\n"
        f"## Refused\n\n| file | why |\n|---|---|\n{first}\n\n"
        "## Opened\n\n| file | layers with pixels | the picture to start from |\n|---|---|---|\n"
        f"{second}\n"
    )


def _tried(file: Path) -> Row:
    name = file.relative_to(SHARED).as_posix()
    data = file.read_bytes()
    try:
        psd = opened(data)
        document, images = read_document(data)
    except ValueError as error:
        return Row(name, 0, str(error))
    theirs = PSDImage.open(io.BytesIO(data))
    ours = list(pixel_layers(document.layers))  # both list bottom first
    others = [layer for layer in theirs.descendants() if not layer.is_group()]
    if [layer.name for layer in ours] != [layer.name for layer in others]:
        return Row(name, 0, "its layers are others")
    compared = 0
    for layer, their in zip(ours, others, strict=True):
        if layer.image is None:
            continue
        other = their.numpy(real_mask=False)
        compared += 1
        if other is None or not _same(images[layer.image].pixels, other):
            return Row(name, compared, f'layer "{layer.name}" differs')
    merged, flat = merged_pixels(psd), theirs.numpy()
    seen = merged[..., 3] == np.iinfo(merged.dtype).max  # elsewhere files keep colours on white
    colours = 3 if flat.shape[2] >= 3 else 1
    if not _near(merged[seen][:, :colours], flat[seen][:, :colours]):
        return Row(name, compared, "the flattened picture differs")
    return Row(name, compared, "", _looks(psd))


def _looks(psd: PSD) -> str:
    """What a run starts from."""
    try:
        picture = picture_of(psd)
    except ValueError as error:
        return f"refused: {error}"
    return (
        f"composited: {picture.notices[0].partition(': ')[2]}" if picture.composited else "its own"
    )


def _same(ours: Pixels, theirs: np.ndarray) -> bool:
    channels = [0, 3] if theirs.shape[2] < 3 else [0, 1, 2, 3]  # grey comes as one channel there
    return _near(ours[..., channels[: theirs.shape[2]]], theirs)


def _near(ours: Pixels, theirs: np.ndarray) -> bool:
    return ours.shape == theirs.shape and bool(
        np.allclose(ours / np.iinfo(ours.dtype).max, theirs, rtol=0, atol=NEAR)
    )


if __name__ == "__main__":
    PAGE.write_text(page(rows()), encoding="utf-8")
    print(PAGE)
