"""Captions of scenes: many wordings, long and short, always true of the picture.

Large things that are in a picture are always named, so that naming none means none; sky, ground,
sides, colours and the rest are named most of the time.
"""

from dataclasses import replace

import numpy as np

from . import words as say
from .palettes import HULLS, PETALS, WALLS
from .prompts import PROMPTS
from .scene import HELD_OUT, Scene, Thing, scene

LONGEST = 38  # words and commas of a caption: what the text encoder hears at once


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One true caption, drawn anew with every call."""
    if scene.things and rng.random() < 0.12:  # as for a region: the things alone
        text = ", ".join(_thing(thing, rng, sided=rng.random() < 0.4) for thing in scene.things)
        return _styled(text, scene, rng, 0.3)
    sided = rng.random() < 0.85
    things = [_thing(thing, rng, sided=sided) for thing in scene.things]
    rng.shuffle(things)
    loose = rng.random() < 0.08 and scene.ground in say.LOOSE
    spoken = _sentence if rng.random() < 0.5 and not loose else _list
    return _styled(_fitting(spoken(scene, things, rng, loose)), scene, rng, 0.75)


def full_caption(scene: Scene, rng: np.random.Generator) -> str:
    """One caption that names sky, ground and style, and things and flowers with their colours."""
    things = [_thing(thing, rng, sided=True, coloured=True) for thing in scene.things]
    spoken = _sentence(replace(scene, flowers=""), things, rng, False)
    if scene.flowers:
        spoken.insert(1, flowers(scene.flowers, rng))
    return _styled(_fitting(spoken), scene, rng, 1.0)


def plain_caption(scene: Scene, rng: np.random.Generator) -> str:
    """One caption of sky and ground, and of nothing that stands there."""
    return _styled(_fitting(_sentence(replace(scene, flowers=""), [], rng, False)), scene, rng, 1.0)


def regional_caption(thing: Thing, scene: Scene, rng: np.random.Generator) -> str:
    """What a region of one thing is asked for; its side is not said."""
    return _styled(_thing(thing, rng, sided=False), scene, rng, 0.3)


def flowers(colour: str, rng: np.random.Generator) -> str:
    """Flowers of a colour; "": it is not said."""
    return " ".join(pick(say.FLOWER_WORDS, rng).format(colour).split())


def _thing(
    thing: Thing, rng: np.random.Generator, *, sided: bool, coloured: bool | None = None
) -> str:
    """A thing with its size, its colour, its place and its side, as far as they are said."""
    coloured = rng.random() < 0.65 if coloured is None else coloured
    size = pick(say.SIZE_WORDS[thing.size], rng) if rng.random() < 0.75 else ""
    colour = thing.colour if coloured else ""
    text = named(thing.kind, " ".join(part for part in (size, colour) if part), rng)
    place = pick(say.PLACE_WORDS[thing.place], rng) if rng.random() < 0.6 else ""
    side = pick(say.SIDE_WORDS[thing.side], rng) if sided else ""
    if side and rng.random() < 0.12:
        return " ".join(part for part in (side, text, place) if part)
    return " ".join(part for part in (text, place, side) if part)


def _sentence(scene: Scene, things: list[str], rng: np.random.Generator, loose: bool) -> list[str]:
    """As one would say it: "a house on the left by a lake at sunset"; then what else there is."""
    ahead = " and ".join(things)
    sky = pick(say.SKY_WORDS[scene.sky], rng)
    order = rng.random()
    if not things or order < 0.35:
        text = f"{sky} {pick(say.OVER_GROUND[scene.ground], rng)}"
        text = f"{text} with {ahead}" if things else text
    elif order < 0.7:
        text = f"{ahead} {pick(say.ON_GROUND[scene.ground], rng)}, {sky}"
    else:
        text = f"{sky}, {ahead} {pick(say.ON_GROUND[scene.ground], rng)}"
    return [text, *_extras(scene, rng)]


def _list(scene: Scene, things: list[str], rng: np.random.Generator, loose: bool) -> list[str]:
    """As one would note it: the parts in any order, some left out."""
    parts = list(things)
    if rng.random() < 0.88:
        parts.append(pick(say.SKY_WORDS[scene.sky], rng))
    if rng.random() < 0.88 or not parts or loose:
        table = say.LOOSE if loose else say.GROUND_WORDS
        parts.append(pick(table[scene.ground], rng))
    rng.shuffle(parts)
    extras = _extras(scene, rng)
    if extras and rng.random() < 0.5:
        parts.insert(int(rng.integers(len(parts) + 1)), extras.pop())
    if len(parts) == 2 and not extras and rng.random() < 0.4:
        return [" and ".join(parts)]
    return [*parts, *extras]


def _extras(scene: Scene, rng: np.random.Generator) -> list[str]:
    """What else is there, each named or not."""
    extras: list[str] = []
    if scene.flowers and rng.random() < 0.85:
        extras.append(flowers(scene.flowers if rng.random() < 0.8 else "", rng))
    if scene.backdrop != "none" and rng.random() < 0.75:
        extras.append(pick(say.BACKDROP_WORDS[scene.backdrop], rng))
    if scene.path and rng.random() < 0.75:
        extras.append(pick(say.PATH_WORDS, rng))
    if scene.fence and rng.random() < 0.75:
        extras.append(pick(say.FENCE_WORDS, rng))
    if scene.light and rng.random() < 0.65:
        side = f" {pick(say.SIDE_WORDS[scene.light], rng)}" if rng.random() < 0.45 else ""
        extras.append(pick(say.LIGHT_WORDS[scene.sky], rng) + side)
    if scene.stars and rng.random() < 0.6:
        extras.append(pick(say.STAR_WORDS, rng))
    if scene.clouds and scene.sky not in ("overcast", "storm") and rng.random() < 0.6:
        extras.append(pick(say.CLOUD_WORDS, rng))
    rng.shuffle(extras)
    return extras


def _fitting(parts: list[str]) -> str:
    """The parts as one text, without the last ones if it would be too long for the encoder."""
    while len(parts) > 1 and sum(len(_counted(part)) + 1 for part in parts) > LONGEST - 5:
        parts = parts[:-1]
    return ", ".join(parts)


def _counted(text: str) -> list[str]:
    return text.replace(",", " , ").split()


def _styled(text: str, scene: Scene, rng: np.random.Generator, often: float) -> str:
    """The text with its medium before it or behind it, if that is said."""
    if scene.style == "gouache":
        often *= 0.2
    if rng.random() >= often:
        opening = text.startswith(("a ", "an ")) and rng.random() < 0.1
        return f"{pick(say.OPENINGS, rng)} {text}" if opening else text
    words = pick(say.STYLE_WORDS[scene.style], rng)
    if not words.endswith(",") and text.split()[0] in ("a", "an", "the"):
        return f"{words} {text}"
    medium = words.removesuffix(" of").rstrip(",")
    return f"{medium}, {text}" if rng.random() < 0.5 else f"{text}, {medium}"


def named(kind: str, how: str, rng: np.random.Generator) -> str:
    """A kind of thing as it is called, with its article and the words that say how it is."""
    noun = " ".join(pick(say.THING_NOUNS[kind], rng).format(how).split())
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def pick(phrases: tuple[str, ...], rng: np.random.Generator) -> str:
    """One of some phrases."""
    return phrases[int(rng.integers(len(phrases)))]


def held_out_captions(count: int) -> list[tuple[Scene, str]]:
    """Scenes never trained on, each fully captioned: what generated pictures are judged by."""
    scenes = [scene(seed) for seed in range(HELD_OUT, HELD_OUT + count)]
    return [
        (scene, full_caption(scene, np.random.default_rng((scene.seed, 3)))) for scene in scenes
    ]


def words() -> list[str]:
    """Every word a caption or a fixed prompt can hold, sorted."""
    tables = (
        *(say.SKY_WORDS, say.GROUND_WORDS, say.ON_GROUND, say.OVER_GROUND, say.LOOSE),
        *(say.THING_NOUNS, say.SIZE_WORDS, say.PLACE_WORDS, say.SIDE_WORDS, say.LIGHT_WORDS),
        *(say.BACKDROP_WORDS, say.STYLE_WORDS),
    )
    phrases = [phrase for table in tables for row in table.values() for phrase in row]
    phrases += [*say.STAR_WORDS, *say.CLOUD_WORDS, *say.FLOWER_WORDS, *say.FENCE_WORDS]
    phrases += [*say.PATH_WORDS, *say.OPENINGS, *HULLS, *PETALS, *WALLS, *PROMPTS, say.JOINTS]
    text = " ".join(phrases).replace(",", " , ").replace("{}", " ")
    return sorted(set(text.split()))
