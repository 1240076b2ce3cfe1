"""The colours of every hour, ground and thing, as tables. Levels are 0..255, tints 0..1."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .canvas import Colour


@dataclass(frozen=True)
class Palette:
    """The colours of a sky and of the light it gives."""

    sky: tuple[Colour, ...]  # from the top to the horizon
    water: tuple[Colour, Colour]  # far, near
    hills: Colour  # the colour of distance
    cloud: tuple[Colour, Colour]  # lit, in shade
    light: Colour  # sun or moon
    land: Colour  # tint of the ground
    tint: Colour  # tint of the things
    window: Colour


PALETTES = {
    "day": Palette(
        sky=((54, 124, 208), (112, 176, 232), (208, 232, 240)),
        water=((98, 168, 206), (30, 92, 152)),
        hills=(124, 158, 190),
        cloud=((252, 252, 250), (186, 200, 218)),
        light=(255, 240, 150),
        land=(1.0, 1.0, 1.0),
        tint=(1.0, 1.0, 1.0),
        window=(88, 124, 152),
    ),
    "dawn": Palette(
        sky=((130, 156, 206), (214, 190, 214), (255, 214, 190), (255, 236, 196)),
        water=((238, 206, 200), (112, 138, 176)),
        hills=(150, 148, 184),
        cloud=((255, 226, 214), (208, 168, 186)),
        light=(255, 246, 206),
        land=(0.88, 0.86, 0.86),
        tint=(0.96, 0.9, 0.9),
        window=(252, 220, 160),
    ),
    "sunset": Palette(
        sky=((92, 62, 132), (198, 88, 112), (246, 130, 78), (255, 202, 104)),
        water=((246, 168, 108), (104, 64, 114)),
        hills=(128, 76, 116),
        cloud=((255, 170, 112), (150, 78, 116)),
        light=(255, 236, 150),
        land=(0.94, 0.74, 0.66),
        tint=(0.98, 0.82, 0.74),
        window=(255, 214, 112),
    ),
    "night": Palette(
        sky=((10, 14, 44), (20, 32, 80), (52, 74, 130)),
        water=((44, 66, 120), (12, 22, 58)),
        hills=(28, 38, 80),
        cloud=((74, 90, 138), (34, 46, 92)),
        light=(250, 244, 214),
        land=(0.36, 0.46, 0.64),
        tint=(0.6, 0.63, 0.76),
        window=(255, 210, 104),
    ),
    "overcast": Palette(
        sky=((142, 150, 160), (172, 178, 184), (208, 210, 208)),
        water=((176, 186, 190), (92, 110, 122)),
        hills=(138, 150, 158),
        cloud=((206, 210, 212), (132, 140, 150)),
        light=(236, 236, 226),
        land=(0.8, 0.82, 0.82),
        tint=(0.86, 0.88, 0.9),
        window=(96, 108, 118),
    ),
    "storm": Palette(
        sky=((40, 46, 58), (62, 70, 82), (122, 128, 124)),
        water=((96, 112, 112), (28, 44, 52)),
        hills=(52, 62, 70),
        cloud=((96, 102, 108), (28, 32, 42)),
        light=(220, 224, 220),
        land=(0.56, 0.6, 0.6),
        tint=(0.66, 0.69, 0.73),
        window=(240, 206, 120),
    ),
}


@dataclass(frozen=True)
class Soil:
    """A ground by daylight."""

    colours: tuple[Colour, ...]  # from far to near
    shine: float = 0.0  # 0..1; how much less than the rest it darkens with the hour


SOILS = {
    "grass": Soil(((158, 190, 86), (104, 160, 58), (72, 126, 42))),
    "wheat": Soil(((240, 210, 116), (226, 182, 70), (190, 138, 44))),
    "lavender": Soil(((178, 148, 204), (140, 98, 184), (102, 64, 152))),
    "snow": Soil(((248, 250, 252), (226, 236, 246), (204, 220, 240)), shine=0.55),
    "sand": Soil(((242, 224, 172), (228, 198, 136), (204, 166, 102))),
    "beach": Soil(((246, 230, 186), (236, 212, 158), (216, 182, 124))),
}
FURROW: Colour = (92, 116, 66)  # the green between rows of lavender
SHADOW: Colour = (52, 64, 92)
BANK: Colour = (118, 142, 66)
ROCK: Colour = (120, 112, 104)
STONE: Colour = (176, 164, 146)
PATH: Colour = (222, 196, 150)
TIMBER: Colour = (150, 112, 76)
TRUNK: Colour = (98, 62, 38)
SAIL: Colour = (252, 248, 236)
DOOR: Colour = (104, 62, 40)

CROWNS = {  # tree -> shade, body, lit
    "tree": ((26, 78, 42), (46, 112, 50), (112, 168, 66)),
    "autumn": ((150, 52, 24), (214, 98, 28), (250, 178, 56)),
    "conifer": ((16, 52, 44), (28, 82, 60), (74, 128, 82)),
}
WALLS = {  # house's colour -> wall, roof
    "red": ((200, 48, 38), (92, 78, 78)),
    "white": ((246, 242, 230), (190, 66, 48)),
    "yellow": ((246, 196, 66), (172, 66, 44)),
    "blue": ((70, 122, 190), (98, 74, 72)),
}
HULLS = {
    "brown": (104, 56, 36),
    "red": (204, 42, 36),
    "white": (244, 240, 232),
    "blue": (38, 92, 170),
}
PETALS = {
    "red": (224, 40, 36),
    "yellow": (252, 216, 44),
    "white": (252, 250, 244),
    "blue": (84, 96, 216),
}


def jittered(palette: Palette, rng: np.random.Generator) -> Palette:
    """The palette as a painter mixed it on one day: a little warmer, cooler, lighter, darker."""
    shift = rng.normal(0, 5, 3)  # levels; one mixture for the whole picture, so it stays in tune
    return replace(
        palette,
        sky=tuple(_mixed(colour, shift, rng) for colour in palette.sky),
        water=(_mixed(palette.water[0], shift, rng), _mixed(palette.water[1], shift, rng)),
        hills=_mixed(palette.hills, shift, rng),
    )


def _mixed(colour: Colour, shift: NDArray[np.float64], rng: np.random.Generator) -> Colour:
    red, green, blue = np.clip(np.asarray(colour) + shift + rng.normal(0, 4, 3), 0, 255)
    return float(red), float(green), float(blue)


def soil_colours(ground: str, palette: Palette) -> tuple[Colour, ...]:
    """The colours of a ground from far to near in the light of the hour."""
    soil = SOILS[ground]
    red, green, blue = (tint ** (1 - soil.shine) for tint in palette.land)
    return tuple((r * red, g * green, b * blue) for r, g, b in soil.colours)
