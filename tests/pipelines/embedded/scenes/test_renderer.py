"""The renderer paints the same scene the same way, anywhere, and says what it painted where."""

import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from pipelines.embedded.scenes.renderer import render, sample_painting
from pipelines.embedded.scenes.scene import (
    BACKDROPS,
    GROUNDS,
    SIDES,
    SKIES,
    STYLES,
    THINGS,
    Scene,
    Thing,
    scene,
)


def plain(sky: str, ground: str, *things: Thing) -> Scene:
    return Scene(seed=5, sky=sky, ground=ground, things=things)


def thing(kind: str, side: str = "centre", x: float = 0.5, height: float = 0.46) -> Thing:
    return Thing(kind, side, x, height, (*THINGS[kind].colours, "")[0])


def test_the_same_seed_gives_the_same_pixels_in_another_process() -> None:
    code = (
        "from hashlib import sha256;from pipelines.embedded.scenes.renderer import render;"
        "from pipelines.embedded.scenes.scene import scene;"
        "print(sha256(render(scene(11), 96, 64).rgb.tobytes()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert other == sha256(render(scene(11), 96, 64).rgb.tobytes()).hexdigest()


def test_another_seed_gives_another_picture() -> None:
    assert not np.array_equal(render(scene(11), 64, 64).rgb, render(scene(12), 64, 64).rgb)


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (192, 128), (40, 104), (257, 131), (1600, 200)]
)
def test_any_size_is_painted_with_masks_and_depth_of_that_size(width: int, height: int) -> None:
    rendering = render(plain("day", "grass", thing("tree")), width, height)
    assert rendering.rgb.shape == (height, width, 3)
    assert rendering.rgb.dtype == np.uint8
    assert rendering.masks["tree"].shape == rendering.depth.shape == (height, width)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("backdrop", BACKDROPS)
def test_every_ground_is_painted_under_every_sky_in_every_medium(
    ground: str, backdrop: str
) -> None:
    pictures = [
        render(
            Scene(
                seed=3, sky=sky, ground=ground, backdrop=backdrop, style=style, stars=sky == "night"
            ),
            48,
            48,
        ).rgb
        for sky in SKIES
        for style in STYLES
    ]
    assert len({picture.tobytes() for picture in pictures}) == len(SKIES) * len(STYLES)
    assert all(picture.std() > 8 for picture in pictures)


@pytest.mark.parametrize("kind", THINGS)
@pytest.mark.parametrize("side", SIDES)
def test_a_mask_lies_where_its_thing_does(kind: str, side: str) -> None:
    x = {"left": 0.24, "centre": 0.5, "right": 0.76}[side]
    mask = render(plain("day", "lake", thing(kind, side, x)), 128, 128).masks[kind]
    columns = np.nonzero(mask > 127)[1]
    assert abs(columns.mean() / 128 - x) < 0.06
    assert 0.02 < (mask > 127).mean() < 0.3


def test_without_its_thing_a_scene_differs_in_the_mask_and_nowhere_above_it() -> None:
    house = Thing("house", "left", 0.24, 0.5, "red")
    with_house = render(plain("day", "snow", house), 128, 128)
    without = render(plain("day", "snow"), 128, 128)
    moved = np.abs(with_house.rgb.astype(int) - without.rgb).max(axis=2) > 24
    inside = with_house.masks["house"] > 200
    assert moved[inside].mean() > 0.8
    assert moved[:30].mean() < 0.01


def test_a_nearer_thing_hides_a_farther_one_and_says_so_in_the_depth_map() -> None:
    far = Thing("tree", "centre", 0.5, 0.4, foot=0.15, place="far")
    near = Thing("house", "centre", 0.5, 0.4, "white", foot=0.6, place="near")
    rendering = render(plain("day", "grass", near, far), 96, 96)
    house = rendering.masks["house"] > 200
    tree = (rendering.masks["tree"] > 200) & ~house
    assert rendering.depth[house].mean() > rendering.depth[tree].mean() + 40


def test_depth_grows_from_the_sky_to_the_painters_feet() -> None:
    depth = render(Scene(seed=1, sky="day", ground="grass", backdrop="forest"), 64, 64).depth
    rows = depth.mean(axis=1)
    assert rows[2] == 0
    assert (np.diff(rows[40:]) >= 0).all()
    assert rows[-1] > 240


@pytest.mark.parametrize("colour", THINGS["house"].colours)
def test_a_house_has_the_colour_it_is_said_to_have(colour: str) -> None:
    house = Thing("house", "centre", 0.5, 0.6, colour)
    rendering = render(plain("day", "grass", house), 128, 128)
    rows, columns = np.nonzero(rendering.masks["house"] > 200)
    walls = rows > np.quantile(rows, 0.6)  # the roof is above
    red, green, blue = np.median(rendering.rgb[rows[walls], columns[walls]], axis=0)
    seen = {
        "red": red > 1.8 * max(green, blue),
        "white": min(red, green, blue) > 0.75 * max(red, green, blue),
        "yellow": min(red, green) > 1.5 * blue,
        "blue": blue > 1.3 * red,
    }
    assert [name for name, there in seen.items() if there] == [colour]


def test_every_attribute_is_drawn_and_things_stand_where_they_can() -> None:
    scenes = [scene(seed) for seed in range(900)]
    assert {s.sky for s in scenes} == set(SKIES)
    assert {s.ground for s in scenes} == set(GROUNDS)
    assert {s.style for s in scenes} == set(STYLES)
    assert {s.backdrop for s in scenes} == set(BACKDROPS)
    assert {(t.kind, t.side) for s in scenes for t in s.things} == {
        (kind, side) for kind in THINGS for side in SIDES
    }
    assert all(s.ground in THINGS[t.kind].grounds for s in scenes for t in s.things)
    assert {len(s.things) for s in scenes} == {0, 1, 2}
    assert all(len({t.side for t in s.things}) == len(s.things) for s in scenes)


def test_the_sketch_is_flat_and_always_the_same() -> None:
    sketch = sample_painting(160, 96)
    assert isinstance(sketch, Image.Image)
    assert (sketch.size, sketch.mode) == ((160, 96), "RGB")
    assert len(sketch.getcolors(maxcolors=100_000) or []) <= 16
    assert sketch.tobytes() == sample_painting(160, 96).tobytes()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: scene(-1), "a scene's seed must not be negative, got -1"),
        (lambda: plain("green", "snow"), "sky must be one of day, sunset, night, .*, got 'green'"),
        (lambda: plain("day", "lava"), "ground must be one of sea, lake, .*, got 'lava'"),
        (
            lambda: plain("day", "snow", Thing("car", "left", 0.2, 0.5)),
            "a thing must be one of tree, house, boat, .*, got 'car'",
        ),
        (
            lambda: plain("day", "snow", Thing("tree", "up", 0.2, 0.5)),
            "a side must be one of left, centre, right, got 'up'",
        ),
        (
            lambda: plain("day", "snow", Thing("house", "left", 0.2, 0.5)),
            "the colour of a house must be one of red, white, yellow, blue, got ''",
        ),
        (
            lambda: Scene(seed=0, sky="day", ground="snow", style="crayon"),
            "style must be one of gouache, oil, watercolour, ink, got 'crayon'",
        ),
        (lambda: render(scene(0), 16, 64), "32x32 pixels or more, got 16x64"),
    ],
)
def test_wrong_input_is_refused_with_a_sentence(wrong: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        wrong()
