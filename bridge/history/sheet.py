"""A contact sheet of a document's runs: every step of every line, side by side.

Line      one run as the sheet shows it
Large     a picture at the foot of the sheet
lines_of  the runs of a document with their layers as they are now
sheet     the whole picture
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image as pil
from PIL import ImageDraw, ImageFont
from PIL.Image import Image as PilImage

from pipelines.recipe import ImageId

from ..images.image import Image, in_profile, to_pil
from ..psd.document import Document
from ..wire import Run
from .history import Found, found_steps, history_of

# Photoshop's darkest panel, near enough: pictures are judged on it every day.
GROUND = (38, 38, 38)
TEXT = (226, 226, 226)
FAINT = (150, 150, 150)
ACCENT = (255, 176, 64)  # what the painter did

TILE = 176  # pixels; longer side of a step
GAP = 12
MARGIN = 40
SMALL, BODY, TITLE, HEAD = 15, 19, 24, 40  # type sizes, pixels


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """One run as the sheet shows it."""

    title: str
    caption: str
    steps: tuple[Found, ...]  # noisiest first
    sigmas: tuple[float, ...]  # of the steps
    numbers: tuple[int, ...]  # of the steps, counted from 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Large:
    """A picture at the foot of the sheet."""

    picture: PilImage
    title: str
    caption: str
    accent: bool = False  # the painter's own


def lines_of(document: Document, images: Mapping[ImageId, Image]) -> list[Line]:
    """The runs of a document with their layers as they are now."""
    history = history_of(document.xmp)
    found = found_steps(document, images, history)
    lines: list[Line] = []
    for run in history.runs:
        steps = [step for step in history.line(run.id) if step.id in found]
        lines.append(
            Line(
                title=f"Painting {run.number}{_origin(run)}",
                caption=_caption(run),
                steps=tuple(found[step.id] for step in steps),
                sigmas=tuple(step.sigma for step in steps),
                numbers=tuple(step.index + 1 for step in steps),
            )
        )
    return lines


def sheet(head: str, lines: Sequence[Line], foot: Sequence[Large]) -> PilImage:
    """The whole picture. Steps of equal number stand below each other."""
    first = min(line.numbers[0] for line in lines)
    columns = max(line.numbers[-1] for line in lines) - first + 1
    width = 2 * MARGIN + columns * (TILE + GAP) - GAP
    tile_height = _scaled(lines[0].steps[0].picture, TILE).height
    line_height = TITLE + BODY + 4 * GAP + tile_height + SMALL + GAP
    large = (width - 2 * MARGIN - (len(foot) - 1) * 2 * GAP) // len(foot)
    foot_height = max(_fitted(one.picture, large).height for one in foot) + 2 * BODY + 2 * GAP
    top = MARGIN + HEAD + 3 * GAP
    height = top + len(lines) * (line_height + 2 * GAP) + foot_height + MARGIN
    canvas = pil.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(canvas)
    draw.text((MARGIN, MARGIN - GAP), head, TEXT, _font(HEAD))
    for line in lines:
        _draw_line(canvas, line, top, first)
        top += line_height + 2 * GAP
    for number, one in enumerate(foot):
        _draw_large(canvas, one, MARGIN + number * (large + 2 * GAP), top, large)
    return canvas


def _draw_line(canvas: PilImage, line: Line, top: int, first: int) -> None:
    draw = ImageDraw.Draw(canvas)
    bottom = top + TITLE + BODY + 3 * GAP
    draw.text((MARGIN, top), line.title, TEXT, _font(TITLE))
    draw.text((MARGIN, top + TITLE + GAP), line.caption, FAINT, _font(BODY))
    for found, sigma, number in zip(line.steps, line.sigmas, line.numbers, strict=True):
        left = MARGIN + (number - first) * (TILE + GAP)
        tile = _scaled(found.picture, TILE)
        if found.painted:
            frame = (left - 4, bottom - 4, left + tile.width + 3, bottom + tile.height + 3)
            draw.rectangle(frame, ACCENT)
        canvas.paste(tile, (left, bottom), tile)
        below = bottom + tile.height + GAP // 2
        label = f"{number} · sigma {sigma:.2f}"
        colour = ACCENT if found.painted else FAINT
        draw.text((left, below), label, colour, _font(SMALL))
        if found.painted:
            draw.text((left + tile.width, below), "painted on", ACCENT, _font(SMALL), anchor="ra")


def _draw_large(canvas: PilImage, one: Large, left: int, top: int, width: int) -> None:
    draw = ImageDraw.Draw(canvas)
    picture = _fitted(one.picture, width)
    if one.accent:
        frame = (left - 4, top - 4, left + picture.width + 3, top + picture.height + 3)
        draw.rectangle(frame, ACCENT)
    canvas.paste(picture, (left, top))
    below = top + picture.height + GAP
    draw.text((left, below), one.title, ACCENT if one.accent else TEXT, _font(BODY))
    draw.text((left, below + BODY + GAP // 2), one.caption, FAINT, _font(SMALL))


def _origin(run: Run) -> str:
    if run.parent is None or run.rewind is None:
        return ""
    kept = ", everything else kept" if run.rewind.keep_outside else ""
    return f" · {run.rewind.mode} from step {int(run.parent.partition('.')[2]) + 1}{kept}"


def _caption(run: Run) -> str:
    recipe = run.recipe
    told = [
        f"“{recipe.prompt}”",
        f"{recipe.width} x {recipe.height}",
        recipe.sampler,
        f"guidance {recipe.guidance_scale:g}",
        f"seed {recipe.seed}",
    ]
    if recipe.init_image is not None:
        told.append(f"strength {recipe.strength:g}")
    return "   ".join(told)


def _scaled(image: Image, longer: int) -> PilImage:
    picture = to_pil(in_profile(image, "sRGB"))
    scale = longer / max(picture.size)
    size = round(picture.width * scale), round(picture.height * scale)
    return picture.resize(size, pil.Resampling.LANCZOS).convert("RGBA")


def _fitted(picture: PilImage, width: int) -> PilImage:
    size = width, round(picture.height * width / picture.width)
    return picture.convert("RGB").resize(size, pil.Resampling.BICUBIC)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
