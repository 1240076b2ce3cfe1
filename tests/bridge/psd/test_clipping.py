"""Which layers are clipped to which is told alike wherever layers are looked at."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.history.seen import seen, spots
from bridge.images.image import Image, Pixels
from bridge.psd.document import Document, Group, Layer, PixelLayer, base_of, clipped, clipped_to
from bridge.psd.flatten import flatten


@pytest.mark.parametrize(
    ("flags", "bases"),
    [
        ("", ()),
        ("-", (None,)),
        ("-cc-c", (None, 0, 0, None, 3)),
        ("ccc", (None, 0, 0)),
        ("c-c", (None, None, 1)),
    ],
)
def test_a_layer_is_clipped_to_the_next_below_that_is_not(
    flags: str, bases: tuple[int | None, ...]
) -> None:
    layers: list[Layer] = [
        PixelLayer(id=n + 1, name=str(n), clipped=flag == "c") for n, flag in enumerate(flags)
    ]
    found = [base_of(layers, place) for place in range(len(layers))]
    assert found == [None if base is None else layers[base] for base in bases]
    pairs = list(clipped_to(layers))
    assert [base for base, _ in pairs] == [layers[n] for n, b in enumerate(bases) if b is None]
    for base, onto in pairs:
        assert onto == clipped(layers, layers.index(base))
        assert list(onto) == [
            layers[n] for n, b in enumerate(bases) if b is not None and layers[b] is base
        ]


def test_what_is_seen_of_a_group_is_what_is_flattened_also_where_its_lowest_is_clipped() -> None:
    """Each clipped layer once: half opaque colours laid twice would be thicker."""

    def half(colour: int) -> Pixels:
        pixels = np.full((4, 4, 4), colour, np.uint8)
        pixels[..., 3] = 128
        return pixels

    images = {image.id: image for image in (Image(half(10)), Image(half(200)), Image(half(90)))}
    ids = list(images)
    inside = tuple(
        PixelLayer(id=n + 2, name=str(n), clipped=n < 2, image=id) for n, id in enumerate(ids[:2])
    )
    step = PixelLayer(id=9, name="step", image=ids[2])
    group = Group(id=1, name="mine", layers=inside, clipped=True)
    document = Document(width=4, height=4, layers=(step, group))
    (spot,) = [one for one in spots(document.layers) if one.layer is step]
    shown = seen(spot, (), images, (0, 0, 4, 4), 8)
    np.testing.assert_allclose(shown, flatten(document, images), atol=1)
