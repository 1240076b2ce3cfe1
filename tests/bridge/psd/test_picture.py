"""What a PSD looks like: its flattened picture where that is real, else its layers."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from psd_tools.constants import Resource
from psd_tools.psd.image_resources import ImageResource

from bridge.commands.files import Source, check_kept, read_source
from bridge.commands.region_layers import of_layers
from bridge.history.seen import seen, spots
from bridge.images.icc import built_grey, gamma_curve
from bridge.images.image import Image, Pixels
from bridge.psd import images as psd_images
from bridge.psd import strips as psd_strips
from bridge.psd.append import append_groups
from bridge.psd.document import Block, Document, Group, Mask, PixelLayer, pixel_layers
from bridge.psd.files import layer_info, merged_pixels, opened, read_document, write_document
from bridge.psd.flatten import flatten, is_plain, matted, unmatted
from bridge.psd.picture import picture_of, shown_document
from bridge.psd.render import rendered

from .samples import SHARED, Album, in_grey, painting, saved_by_another

CASES = SHARED.parent / "cases"
NOT_REAL: dict[str, tuple[bool | None, int | bytes | None]] = {  # how other programs leave a file
    "said to be none, white": (False, 255),
    "said to be none, though it is there": (False, None),
    "nothing said, white": (None, 255),
    "nothing said, black": (None, 0),
    "said to be real, black": (True, 0),
    "cut short": (True, b"\0\1\0\1"),
}


@pytest.mark.parametrize("grey", [False, True], ids=["RGB", "grey"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("way", NOT_REAL)
def test_a_picture_that_is_not_real_is_composited_from_the_layers(
    way: str, depth: int, grey: bool
) -> None:
    document, images, data = _grey(depth) if grey else _written(depth)
    declared, merged = NOT_REAL[way]
    bad = saved_by_another(in_grey(data) if grey else data, declared=declared, merged=merged)
    picture = picture_of(opened(bad))
    assert picture.composited
    assert picture.notices
    np.testing.assert_array_equal(picture.pixels, flatten(document, images))


@pytest.mark.parametrize("declared", [True, None])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_picture_that_shows_the_layers_is_taken_as_it_is(
    depth: int, declared: bool | None
) -> None:
    _, _, data = _written(depth)
    kept = saved_by_another(data, declared=declared)
    picture = picture_of(opened(kept))
    assert not picture.composited
    np.testing.assert_array_equal(picture.pixels, merged_pixels(opened(data)))


def test_a_picture_that_another_program_left_behind_is_not_what_the_layers_show() -> None:
    album = Album()
    old = write_document(painting(album), album.images)
    new = replace(painting(album), layers=painting(Album(seed=5)).layers)
    psd = opened(write_document(new, album.images | _album(5).images))
    psd.image_data = opened(old).image_data
    picture = picture_of(psd)
    assert "not what its layers show" in picture.notices[0]
    np.testing.assert_array_equal(picture.pixels, flatten(new, _album(5).images))


def _album(seed: int) -> Album:
    album = Album(seed=seed)
    painting(album)
    return album


def test_one_colour_is_a_picture_where_the_layers_are_of_one_colour() -> None:
    white = Image(np.full((8, 8, 4), 255, np.uint8))
    layers = (PixelLayer(id=1, name="paper", image=white.id),)
    data = write_document(Document(width=8, height=8, layers=layers), {white.id: white})
    picture = picture_of(opened(saved_by_another(data, declared=None)))
    assert not picture.composited
    assert (picture.pixels == 255).all()


def test_a_file_with_neither_layers_nor_a_picture_is_refused_with_the_way_out() -> None:
    flat = write_document(Document(width=8, height=8), {})
    with pytest.raises(ValueError, match=r"has no layers, and .* Maximize Compatibility"):
        picture_of(opened(saved_by_another(flat, declared=False, merged=255)))
    assert picture_of(opened(saved_by_another(flat, declared=None, merged=255))).pixels.any()


def test_an_adjustment_is_composited_and_one_that_cannot_be_is_named() -> None:
    album = Album()
    ground = PixelLayer(id=1, name="ground", image=album.noise(9, 8, opaque=True))
    kept = {"nvrt": b"", "blnc": bytes(20)}
    for key, data in kept.items():
        above = PixelLayer(id=2, name="above", kept=(Block(key=key, data=data),))
        document = Document(width=8, height=9, layers=(ground, above))
        assert not is_plain(document)
        file = saved_by_another(write_document(document, album.images), declared=None, merged=255)
        if key == "nvrt":
            seen = picture_of(opened(file)).pixels
            assert ground.image is not None
            below = album.images[ground.image].pixels
            np.testing.assert_array_equal(seen[..., :3], 255 - below[..., :3])
        else:
            with pytest.raises(ValueError, match='color balance of layer "above" cannot be drawn'):
                picture_of(opened(file))


def test_a_blend_mode_that_we_do_not_write_is_composited_by_psd_tools() -> None:
    below, above = np.full((4, 4, 4), 255, np.uint8), np.full((4, 4, 4), 255, np.uint8)
    below[..., :3], above[..., :3] = 128, 64
    images = {image.id: image for image in (Image(below), Image(above))}
    ids = tuple(images)
    layers = (
        PixelLayer(id=1, name="a", image=ids[0]),
        PixelLayer(id=2, name="b", image=ids[1], blend="multiply"),
    )
    data = write_document(Document(width=4, height=4, layers=layers), images)
    assert (picture_of(opened(data)).pixels[..., :3] == 32).all()
    broken = saved_by_another(data, declared=False, merged=255)
    assert (picture_of(opened(broken)).pixels[..., :3] == 32).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_colours_beside_a_transparency_are_straight_or_over_white(
    kind: type[np.uint8 | np.uint16],
) -> None:
    most = np.iinfo(kind).max
    straight = np.zeros((5, 6, 4), kind)
    straight[..., 3] = most // 2
    straight[:2, :, 0] = most
    np.testing.assert_array_equal(unmatted(straight), straight)  # black is no white shining through
    np.testing.assert_allclose(unmatted(matted(straight)), straight, atol=1)


def test_layers_are_added_to_what_the_file_looks_like() -> None:
    document, images, data = _written(8)
    album = Album(seed=3)
    layer = PixelLayer(id=200, name="new", image=album.noise(5, 5, opaque=True))
    group = Group(id=201, name="G", layers=(layer,))
    bad = saved_by_another(data, declared=True, merged=0)
    seen = merged_pixels(opened(append_groups(bad, (group,), album.images, xmp="")))
    expected = flatten(document, images)
    assert layer.image is not None
    expected[:5, :5] = album.images[layer.image].pixels
    np.testing.assert_array_equal(seen, expected)


@pytest.mark.skipif(not CASES.is_dir(), reason="no sample files")
@pytest.mark.parametrize("name", ["60-psd-no-composite", "adjustment-no-composite"])
def test_the_pictures_of_cases_are_those_of_their_layers(name: str) -> None:
    psd = opened((CASES / f"{name}.psd").read_bytes())
    picture = picture_of(psd)
    assert picture.composited
    assert not (picture.pixels == picture.pixels[:1, :1]).all()
    np.testing.assert_allclose(picture.pixels, rendered(psd), atol=1)


# Greyscale


@pytest.mark.parametrize("depth", [8, 16])
def test_a_grey_file_is_opened_in_its_own_colour_space(tmp_path: Path, depth: int) -> None:
    _, _, data = _grey(depth)
    icc = built_grey(gamma_curve(1.0), "linear")
    file = tmp_path / "grey.psd"
    file.write_bytes(in_grey(data, icc))
    plain = picture_of(opened(in_grey(data))).pixels
    source = read_source(str(file))
    assert source.psd is None
    assert source.layered is not None
    assert (source.image.profile, source.image.depth) == ("sRGB", depth)
    pixels = source.image.pixels
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()
    most = np.iinfo(pixels.dtype).max
    light = plain[..., 0] / most
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(pixels[..., 0] / most, srgb, atol=1.5 / most)
    layer = read_source(f"{file}#masked")
    assert layer.image.depth == depth
    shown, images = shown_document(file.read_bytes(), ("sRGB",))
    assert shown.profile == "sRGB"
    assert all(one.image in (None, *images) for one in pixel_layers(shown.layers))


def test_a_file_in_other_colours_says_what_becomes_of_them() -> None:
    grey, _ = shown_document(in_grey(_grey(8)[2]), ("sRGB",))
    assert grey.notices == ("the file is in greyscale; it is opened, and saved from here, as RGB",)
    album = Album(profile="Adobe RGB (1998)")
    layer = PixelLayer(id=1, name="p", image=album.noise(4, 4))
    document = Document(width=4, height=4, profile="Adobe RGB (1998)", layers=(layer,))
    data = write_document(document, album.images)
    shown, _ = shown_document(data, ("sRGB",))
    assert shown.notices == ("the colours were converted to sRGB from Adobe RGB (1998)",)
    assert shown.profile == "sRGB"
    kept, _ = shown_document(data, ("sRGB", "Adobe RGB (1998)"))
    assert kept.notices == ()


def test_a_profile_that_does_not_fit_leaves_the_pixels_as_they_are() -> None:
    album = Album()
    layer = PixelLayer(id=1, name="p", image=album.noise(4, 4, opaque=True))
    data = write_document(Document(width=4, height=4, layers=(layer,)), album.images)
    psd = opened(data)
    icc = built_grey(gamma_curve(1.0), "linear")
    psd.image_resources[Resource.ICC_PROFILE] = ImageResource(
        key=Resource.ICC_PROFILE.value, data=icc
    )
    shown, images = shown_document(psd.tobytes(), ("sRGB",))
    (found,) = pixel_layers(shown.layers)
    wanted = album.images[layer.image or ""].pixels
    np.testing.assert_array_equal(images[found.image or ""].pixels, wanted)
    assert shown.notices == (
        "the file's colour profile does not fit its pixels: they are RGB, it is one of grey; "
        "it is left out, the colours count as sRGB",
    )


def test_no_document_takes_the_place_of_a_grey_file_that_cannot_take_layers(tmp_path: Path) -> None:
    file, other = tmp_path / "grey.psd", tmp_path / "new.psd"
    file.write_bytes(in_grey(_grey(8)[2]))
    source = read_source(str(file))
    check_kept(str(file), source, other)
    other.write_bytes(b"old")
    check_kept(str(file), source, other)
    with pytest.raises(ValueError, match="is a greyscale file, which cannot take layers"):
        check_kept(str(file), source, file)


def test_a_file_that_shows_nothing_is_nothing_to_start_from(tmp_path: Path) -> None:
    album = Album()
    hidden = PixelLayer(id=1, name="a", visible=False, image=album.noise(4, 4, opaque=True))
    file = tmp_path / "hidden.psd"
    file.write_bytes(write_document(Document(width=4, height=4, layers=(hidden,)), album.images))
    with pytest.raises(ValueError, match="nothing of it is visible"):
        read_source(str(file))


# Clipping, and what nobody here knows


@pytest.mark.parametrize("depth", [8, 16])
def test_clipping_to_what_is_opaque_is_flattened_as_psd_tools_does(depth: int) -> None:
    album = Album(depth)
    document = Document(
        width=20,
        height=16,
        depth=8 if depth == 8 else 16,
        layers=(
            PixelLayer(id=1, name="paper", image=album.noise(16, 20, opaque=True)),
            PixelLayer(
                id=2,
                name="base",
                opacity=153 / 255,
                image=album.noise(10, 10, opaque=True),
                left=3,
                top=2,
                mask=Mask(image=album.noise(6, 6, 1), left=5, top=4),
            ),
            PixelLayer(id=3, name="a", clipped=True, image=album.noise(9, 9), left=6, top=3),
            PixelLayer(
                id=4, name="b", clipped=True, image=album.noise(9, 9), left=1, opacity=102 / 255
            ),
            Group(
                id=6,
                name="group",
                layers=(
                    PixelLayer(
                        id=5, name="in", image=album.noise(5, 5, opaque=True), left=14, top=9
                    ),
                ),
            ),
            PixelLayer(id=7, name="c", clipped=True, image=album.noise(8, 8), left=12, top=7),
            PixelLayer(id=8, name="hidden", visible=False, image=album.noise(8, 8)),
            PixelLayer(id=9, name="d", clipped=True, image=album.noise(8, 8)),
        ),
    )
    assert is_plain(document)
    theirs = rendered(opened(write_document(document, album.images))).astype(np.int32)
    ours = flatten(document, album.images)
    assert np.abs(ours - theirs).max() <= 2 * (1 if depth == 8 else 257)


def test_fill_opacity_is_flattened_and_not_complained_of() -> None:
    album = Album()
    own = PixelLayer(id=2, name="own", image=album.noise(9, 9, opaque=True), fill=102 / 255)
    onto = PixelLayer(id=3, name="onto", image=album.noise(9, 9), clipped=True, fill=51 / 255)
    document = Document(
        width=20,
        height=16,
        layers=(
            PixelLayer(id=1, name="paper", image=album.noise(16, 20, opaque=True)),
            Group(id=4, name="g", fill=153 / 255, layers=(replace(own, id=5, left=8, top=6),)),
            own,
            onto,
        ),
    )
    data = write_document(document, album.images)
    shown = flatten(document, album.images)
    theirs = rendered(opened(data)).astype(np.int32)
    assert np.abs(shown - theirs).max() <= 2
    opened_document, _ = shown_document(data, ("sRGB",))
    assert opened_document.layers == document.layers
    assert opened_document.notices == ()


@pytest.mark.skipif(not SHARED.is_dir(), reason="no sample files")
def test_clipping_to_soft_edges_is_flattened_as_photoshop_does() -> None:
    psd = opened((SHARED / "clipping-mask.psd").read_bytes())
    document, images = read_document(psd.tobytes())
    np.testing.assert_array_equal(flatten(document, images), merged_pixels(psd))


FOREIGN = (Block(key="lfx2", data=bytes(range(40))), Block(key="abcd", data=b"unknown!"))


def test_what_nobody_here_knows_comes_back_as_it_was() -> None:
    album = Album()
    group = Group(id=9, name="g", clipped=True, kept=FOREIGN[:1], layers=())
    layer = PixelLayer(
        id=3,
        name="l",
        image=album.noise(4, 4),
        clipped=True,
        ranges=b"\0\0\0\x08" + bytes(4) + b"\xff\xff\0\1",
        kept=FOREIGN,
        unused=Mask(image=album.noise(3, 3, 1), parameters=b"\1\x7f"),
    )
    document = Document(
        width=9,
        height=9,
        layers=(layer, group),
        kept=(Block(key="Patt", data=b""), Block(key="efgh", data=b"1234")),
        resources=(Block(key="1005", data=bytes(16)), Block(key="4711", data=b"plug-in")),
    )
    again, images = read_document(write_document(document, album.images))
    assert again == document
    assert images.keys() == album.images.keys()


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="no sample files")
def test_opening_and_saving_keeps_all_of_other_programs_layers() -> None:
    tried = 0
    for file in sorted(SHARED.rglob("*.ps[db]")):
        try:
            document, images = read_document(file.read_bytes())
        except ValueError:
            continue
        if document.profile != "sRGB":  # a profile nobody here can write is another document
            continue
        again, _ = read_document(write_document(document, images))
        assert again == document, file.name
        tried += 1
    assert tried > 40


# Regions


def test_a_region_is_clipped_and_an_adjustment_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def patch(left: int, width: int, alpha: int = 255) -> Pixels:
        pixels = np.zeros((8, width, 4), np.uint8)
        pixels[..., 3] = alpha
        pixels[..., left % 3] = 200
        return pixels

    images = {
        name: Image(pixels)
        for name, pixels in {
            "paper": patch(0, 16),
            "base": patch(1, 6, 128),
            "top": patch(2, 8),
        }.items()
    }
    layers = (
        PixelLayer(id=1, name="paper", image=images["paper"].id),
        PixelLayer(id=2, name="a hill", image=images["base"].id, left=2),
        PixelLayer(id=3, name="a tree", image=images["top"].id, left=5, clipped=True),
        PixelLayer(id=4, name="curves", kept=(Block(key="curv", data=b""),)),
        PixelLayer(id=5, name="nothing"),
        Group(id=6, name="closed", layers=(PixelLayer(id=7, name="x", kept=FOREIGN),)),
    )
    document = Document(width=16, height=8, layers=layers)
    data = write_document(document, {image.id: image for image in images.values()})
    file = tmp_path / "layers.psd"
    file.write_bytes(data)
    source = Source(image=images["paper"], psd=data, layered=data)
    start, regions = of_layers(file, source)
    assert start.image.pixels.shape == (8, 16, 3)
    assert [name for name, _ in regions] == ["a hill", "a tree"]
    expected = np.zeros((8, 16, 1), np.uint8)
    expected[:, 5:8] = 128  # where the tree is, and as much as the hill is there
    np.testing.assert_array_equal(regions[1][1].pixels, expected)
    said = capsys.readouterr().err
    assert 'the layer "curves" is an adjustment (curves) and no region' in said
    assert 'the layer "nothing" is empty and no region' in said
    assert 'the layer "closed" is a group without pixels and no region' in said


# Bounds


def test_a_document_needs_the_memory_of_its_layers_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(psd_images, "HELD", 4 * 2**20)
    images = {}
    layers: list[PixelLayer] = []
    for number in range(24):
        image = Image(np.full((512, 512, 4), number, np.uint8))
        images[image.id] = image
        layers.append(PixelLayer(id=number + 1, name=f"{number}", image=image.id))
    data = write_document(Document(width=512, height=512, layers=tuple(layers)), images)
    del images
    assert len(data) < 2**20
    tracemalloc.start()
    document, again = shown_document(data, ("sRGB",))
    total = sum(image.pixels.nbytes for image in again.values())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(document.layers) == 24
    assert total == 24 * 2**20
    assert peak < 14 * 2**20


def test_masks_that_show_what_lies_outside_cost_no_more_than_others() -> None:
    album = Album()
    veil = Mask(image=album.noise(2, 2, 1), outside=True)
    layers = tuple(PixelLayer(id=n + 1, name="m", mask=veil) for n in range(70))
    psd = opened(write_document(Document(width=9, height=9, layers=layers), album.images))
    psd.header.width = psd.header.height = 8192
    _, images = read_document(psd.tobytes())
    assert images[veil.image].pixels.shape == (2, 2, 1)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_mask_that_shows_what_lies_outside_comes_back_and_is_drawn_so(depth: int) -> None:
    album = Album(depth)
    veil = Mask(image=album.noise(4, 5, 1), left=3, top=2, outside=True)
    unused = Mask(image=album.noise(2, 2, 1), outside=True)
    document = Document(
        width=20,
        height=16,
        depth=8 if depth == 8 else 16,
        layers=(
            PixelLayer(id=1, name="paper", image=album.noise(16, 20, opaque=True)),
            PixelLayer(id=2, name="p", image=album.noise(9, 9), left=1, top=1, mask=veil),
            PixelLayer(id=3, name="off", image=album.noise(3, 3), unused=unused),
            Group(
                id=5,
                name="g",
                mask=replace(veil, left=12),
                layers=(PixelLayer(id=4, name="in", image=album.noise(16, 20)),),
            ),
        ),
    )
    data = write_document(document, album.images)
    back, _ = read_document(data)
    assert back.layers == document.layers
    ours = flatten(document, album.images).astype(np.int32)
    theirs = rendered(opened(data)).astype(np.int32)
    assert np.abs(ours - theirs).max() <= 2 * (1 if depth == 8 else 257)
    plain = replace(veil, outside=False)
    hidden = replace(document, layers=(document.layers[0], replace(document.layers[1], mask=plain)))
    assert (flatten(hidden, album.images) != flatten(document, album.images)).any()
    (spot,) = (one for one in spots(document.layers) if one.layer.id == 2)
    shown = seen(spot, (), album.images, (1, 1, 9, 9), depth)
    own = album.images[spot.layer.image or ""].pixels
    assert (shown[0] == np.where(own[0][..., 3:] == 0, 0, own[0])).all()  # above the mask


def test_the_strips_of_a_large_document_show_what_lies_outside_a_mask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    album = Album()
    veil = Mask(image=album.noise(2, 2, 1), left=1, top=1, outside=True)
    layer = PixelLayer(id=1, name="p", image=album.noise(12, 9), mask=veil)
    document = Document(width=9, height=12, layers=(layer,))
    monkeypatch.setattr(psd_strips, "STRIP", 9 * 4)
    parts = [flatten(strip, found) for strip, found in psd_strips.strips(document, album.images)]
    assert len(parts) == 3
    np.testing.assert_array_equal(np.concatenate(parts), flatten(document, album.images))


def test_a_mask_of_nothing_but_its_outside_shows_all_of_the_layer() -> None:
    album = Album()
    layer = PixelLayer(
        id=1, name="p", image=album.noise(4, 4), mask=Mask(image=album.noise(2, 2, 1), outside=True)
    )
    psd = opened(write_document(Document(width=9, height=9, layers=(layer,)), album.images))
    (record,) = layer_info(psd).layer_records  # pyright: ignore[reportGeneralTypeIssues, reportOptionalIterable] - it has a layer
    assert record.mask_data is not None
    record.mask_data.right = record.mask_data.bottom = 0
    document, images = read_document(psd.tobytes())
    (found,) = pixel_layers(document.layers)
    assert found.mask is not None
    assert found.mask.outside
    assert (images[found.mask.image].pixels == 255).all()


@pytest.mark.parametrize("version", [1, 2], ids=["PSD", "PSB"])
def test_more_layers_than_any_program_writes_are_refused_before_they_are_read(version: int) -> None:
    number = b"\0\0\0\0" if version == 1 else bytes(8)
    record = bytes(16) + b"\0\0" + b"8BIMnorm" + bytes(8)
    body = b"\x7f\xff" + record * 32767
    sized = [
        len(part).to_bytes(len(number), "big") + part
        for part in (body, len(body).to_bytes(len(number), "big") + body)
    ]
    head = b"8BPS" + bytes([0, version]) + bytes(6) + b"\0\3" + b"\0\0\0\x09" * 2
    data = head + b"\0\x08\0\3" + bytes(8) + sized[1] + bytes(2 + 9 * 9 * 3)
    with pytest.raises(ValueError, match="more than 8000 layers"):
        opened(data)


def _written(depth: int) -> tuple[Document, dict[str, Image], bytes]:
    """A document with groups and masks, its images, and its file."""
    album = Album(depth)
    document = painting(album, depth)
    return document, album.images, write_document(document, album.images)


def _grey(depth: int) -> tuple[Document, dict[str, Image], bytes]:
    """The same in grey."""
    document, images, _ = _written(depth)
    grey: dict[str, Image] = {}
    for id, image in images.items():
        pixels = image.pixels.copy()
        pixels[..., :3] = pixels[..., :1]
        grey[id] = Image(pixels)

    def moved(layer: PixelLayer | Group) -> PixelLayer | Group:
        if isinstance(layer, Group):
            return replace(layer, layers=tuple(moved(one) for one in layer.layers))
        return replace(layer, image=layer.image and grey[layer.image].id)

    document = replace(document, layers=tuple(moved(layer) for layer in document.layers))
    images = {image.id: image for image in grey.values()}
    return document, images, write_document(document, images)
