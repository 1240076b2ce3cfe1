"""Captions of scenes: many wordings, long and short, always true of the picture.

Things that are in a picture are always named, so that naming none means none; sky, ground, sides
and the rest are named most of the time.
"""

import numpy as np

from .scenes import HELD_OUT, Scene, Thing, scene

SKY_WORDS = {
    "day": ("a blue sky", "a clear day", "a sunny day", "daylight", "by day", "a bright blue sky"),
    "sunset": (
        "sunset",
        "at sunset",
        "a sunset sky",
        "an orange evening sky",
        "at dusk",
        "evening",
    ),
    "night": (
        "night",
        "at night",
        "a night sky",
        "a dark night",
        "a dark blue night sky",
        "midnight",
    ),
}
GROUND_WORDS = {
    "water": ("water", "the sea", "a lake", "calm water", "blue water", "the sea shore"),
    "grass": ("grass", "green grass", "a meadow", "a green field", "a green meadow", "a lawn"),
    "snow": ("snow", "white snow", "a snowy field", "deep snow", "winter snow", "a field of snow"),
}
THING_WORDS = {
    "tree": ("a tree", "a tree", "a green tree", "a round tree", "a leafy tree", "one tree"),
    "house": (
        "a house",
        "a house",
        "a red house",
        "a house with a red roof",
        "a cottage",
        "a home",
    ),
    "boat": (
        "a boat",
        "a boat",
        "a sailing boat",
        "a sailboat",
        "a boat with white sails",
        "a ship",
    ),
}
SIDE_WORDS = {
    "left": ("on the left", "on the left", "to the left", "at the left", "on the left side"),
    "centre": ("in the middle", "in the centre", "in the center", "at the centre", "centred"),
    "right": ("on the right", "on the right", "to the right", "at the right", "on the right side"),
}
ON_GROUND = {
    "water": ("by the water", "on the water", "at the lake", "by the sea", "by a lake", "at sea"),
    "grass": ("on green grass", "in a meadow", "on the grass", "in a green field", "on a lawn"),
    "snow": ("in the snow", "on white snow", "in a snowy field", "in deep snow", "in winter"),
}
OVER_GROUND = {
    "water": ("over the sea", "over the water", "over a lake"),
    "grass": ("over green grass", "over a meadow", "over the fields"),
    "snow": ("over the snow", "over a snowy field", "over white snow"),
}
LIGHT_WORDS = {
    "day": ("the sun", "a yellow sun"),
    "sunset": ("the setting sun", "a low sun"),
    "night": ("the moon", "a full moon", "moon and stars"),
}
HILL_WORDS = ("hills", "distant hills", "far mountains", "hills far away")
CLOUD_WORDS = ("clouds", "some clouds", "drifting clouds")
STYLES = ("a painting of", "a gouache painting of", "a picture of", "a landscape with", "painting,")

PROMPTS = (  # of the contact sheet; the wordings are ours, no training caption is checked against
    "a house on the left, green grass, a blue sky",
    "a house on the right in the snow at night",
    "a red house in the middle by a lake at sunset",
    "a tree on the left, snow, sunset",
    "a tree in the middle of a meadow on a sunny day",
    "a green tree on the right, night over the fields",
    "a boat on the left, the sea, a blue sky",
    "night over the sea with a boat on the right",
    "a sailing boat in the middle, calm water at sunset",
    "a house on the left and a tree on the right, green grass, sunset sky",
    "a tree on the left and a house on the right, snow, blue sky",
    "a boat on the left and a house on the right, water, at night",
    "the sea at night with the moon",
    "a meadow under a blue sky",
    "snow at sunset, distant hills",
    "a lake on a clear day, hills, clouds",
    "a boat",
    "a tree",
    "a red house",
    "a house by the water, a bright blue sky, the sun on the right",
    "winter night, a cottage in the centre",
    "evening, a leafy tree to the right by a lake",
    "a sailboat on the right, sunset over the water",
    "a gouache painting of a house in a green field at dusk",
)


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One true caption, drawn anew with every call."""
    if scene.things and rng.random() < 0.08:
        return ", ".join(_thing(thing, rng, sided=rng.random() < 0.5) for thing in scene.things)
    sided = rng.random() < 0.85
    things = [_thing(thing, rng, sided=sided) for thing in scene.things]
    rng.shuffle(things)
    text = _sentence(scene, things, rng) if rng.random() < 0.5 else _list(scene, things, rng)
    return f"{_pick(STYLES, rng)} {text}" if rng.random() < 0.12 else text


def _thing(thing: Thing, rng: np.random.Generator, *, sided: bool) -> str:
    words = _pick(THING_WORDS[thing.kind], rng)
    if not sided:
        return words
    side = _pick(SIDE_WORDS[thing.side], rng)
    return f"{words} {side}" if rng.random() < 0.85 else f"{side} {words}"


def _sentence(scene: Scene, things: list[str], rng: np.random.Generator) -> str:
    """As one would say it: "a house on the left by a lake at sunset"."""
    ahead = " and ".join(things)
    sky = _pick(SKY_WORDS[scene.sky], rng)
    order = rng.random()
    if not things or order < 0.35:
        text = f"{sky} {_pick(OVER_GROUND[scene.ground], rng)}"
        text = f"{text} with {ahead}" if things else text
    elif order < 0.7:
        text = f"{ahead} {_pick(ON_GROUND[scene.ground], rng)}, {sky}"
    else:
        text = f"{sky}, {ahead} {_pick(ON_GROUND[scene.ground], rng)}"
    extras = _extras(scene, rng)
    return ", ".join([text, *extras])


def _list(scene: Scene, things: list[str], rng: np.random.Generator) -> str:
    """As one would note it: the parts in any order, some left out."""
    parts = list(things)
    if rng.random() < 0.88:
        parts.append(_pick(SKY_WORDS[scene.sky], rng))
    if rng.random() < 0.88 or not parts:
        parts.append(_pick(GROUND_WORDS[scene.ground], rng))
    parts += _extras(scene, rng)
    rng.shuffle(parts)
    return (" and " if len(parts) == 2 and rng.random() < 0.5 else ", ").join(parts)


def _extras(scene: Scene, rng: np.random.Generator) -> list[str]:
    extras: list[str] = []
    if scene.light and rng.random() < 0.6:
        side = f" {_pick(SIDE_WORDS[scene.light], rng)}" if rng.random() < 0.4 else ""
        extras.append(_pick(LIGHT_WORDS[scene.sky], rng) + side)
    if scene.hills and rng.random() < 0.6:
        extras.append(_pick(HILL_WORDS, rng))
    if scene.clouds and rng.random() < 0.6:
        extras.append(_pick(CLOUD_WORDS, rng))
    return extras


def _pick(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


def full_caption(scene: Scene, rng: np.random.Generator) -> str:
    """One caption that names the sky, the ground, and every thing with its side."""
    return _sentence(scene, [_thing(thing, rng, sided=True) for thing in scene.things], rng)


def held_out_captions(count: int) -> list[tuple[Scene, str]]:
    """Scenes never trained on, each fully captioned: what generated pictures are judged by."""
    scenes = [scene(seed) for seed in range(HELD_OUT, HELD_OUT + count)]
    return [
        (scene, full_caption(scene, np.random.default_rng((scene.seed, 3)))) for scene in scenes
    ]


def words() -> list[str]:
    """Every word a caption or a fixed prompt can hold, sorted."""
    tables = (SKY_WORDS, GROUND_WORDS, THING_WORDS, SIDE_WORDS, ON_GROUND, OVER_GROUND, LIGHT_WORDS)
    phrases = [phrase for table in tables for row in table.values() for phrase in row]
    phrases += [*HILL_WORDS, *CLOUD_WORDS, *STYLES, *PROMPTS, "and with"]
    return sorted({word for phrase in phrases for word in phrase.replace(",", " , ").split()})
