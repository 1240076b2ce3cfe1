"""PSD files written front to back: little in memory, nothing packed twice, any file extended."""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from psd_tools import PSDImage
from psd_tools.constants import Compression

from bridge.access import access
from bridge.commands import saving
from bridge.config import Config
from bridge.http.client import connect
from bridge.images.image import Image
from bridge.psd import strips as psd_strips
from bridge.psd.append import append_groups, growing
from bridge.psd.channels import encode
from bridge.psd.document import Document, Group, PixelLayer
from bridge.psd.files import (
    layer_info,
    merged_pixels,
    opened,
    read_document,
    save_document,
    write_document,
)
from bridge.psd.spool import OnDemand, Spool
from bridge.store.store import Store
from pipelines.recipe import Recipe

from ..cli import served
from .samples import Album, painting

MIB = 2**20


def large(number: int, side: int) -> Image:
    """Noise, opaque, of four mebibytes for a side of 1024."""
    random = np.random.default_rng(number)
    pixels = random.integers(0, 256, (side, side, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    return Image(pixels)


def stack(count: int, side: int, images: Callable[[int], str]) -> Document:
    layers = tuple(
        PixelLayer(id=n + 1, name=str(n), image=images(n), visible=n == count - 1)
        for n in range(count)
    )
    return Document(width=side, height=side, layers=layers)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("background", [True, False], ids=["opaque", "transparent"])
def test_psd_tools_saves_it_again_byte_for_byte(depth: int, background: bool) -> None:
    album, out = Album(depth), io.BytesIO()
    data = write_document(painting(album, depth, background=background), album.images)
    PSDImage.open(io.BytesIO(data)).save(out)
    assert out.getvalue() == data
    assert (
        write_document(painting(Album(depth), depth, background=background), album.images) == data
    )


def test_twenty_layers_take_no_more_memory_than_five(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        document = stack(count, 1024, lambda n: f"{n:064x}")
        images = OnDemand({f"{n:064x}": lambda n=n: large(n, 1024) for n in range(count)})
        tracemalloc.start()
        with (tmp_path / "a.psd").open("w+b") as out:
            save_document(out, document, images)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few = peak(5)
    assert few < 80 * MIB
    assert peak(20) < few + MIB


def test_a_group_more_holds_no_copy_of_the_old_file(tmp_path: Path) -> None:
    images = {f"{n:064x}": large(n, 1024) for n in range(20)}
    data = write_document(stack(20, 1024, lambda n: f"{n:064x}"), images)
    group = Group(id=100, name="G", layers=(PixelLayer(id=101, name="new", image=f"{0:064x}"),))
    assert len(data) > 60 * MIB
    tracemalloc.start()
    with (tmp_path / "a.psd").open("w+b") as out:
        saving.extend(out, growing(data), (group,), images, xmp="")
    assert tracemalloc.get_traced_memory()[1] < 50 * MIB
    tracemalloc.stop()


def test_a_picture_of_several_layers_is_read_and_packed_once() -> None:
    image, asked = large(0, 64), list[str]()

    def make() -> Image:
        asked.append("")
        return image

    document = stack(10, 64, lambda _: image.id)
    hidden = tuple(replace(layer, visible=False) for layer in document.layers)
    data = write_document(replace(document, layers=hidden), OnDemand({image.id: make}))
    assert len(asked) == 1
    again, images = read_document(data)
    assert again.layers == hidden
    assert images[image.id].raw == image.raw


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_spooled_picture_comes_back_to_the_bit(depth: int, channels: int) -> None:
    album, spool = Album(depth), Spool()
    wanted = [album.images[album.noise(20, 30 + n, channels)] for n in range(3)]
    found = [spool.keep(image) for image in wanted]
    for image, kept in zip(wanted, found, strict=True):
        assert kept.id == image.id == kept.image().id
        assert kept.shown == kept.rgba().id
        np.testing.assert_array_equal(kept.rgba().pixels[..., 0], image.pixels[..., 0])


def test_what_was_packed_for_a_psd_goes_into_a_psb() -> None:
    flat = Image(np.repeat(np.arange(240, dtype=np.uint8)[:, None, None], 200, 1).repeat(4, 2))
    document = stack(2, 240, lambda _: flat.id)
    packed = {flat.id: encode(flat.pixels, 8)}
    assert packed[flat.id].planes[0].data.compression is Compression.RLE
    direct, copied = io.BytesIO(), io.BytesIO()
    save_document(direct, document, {flat.id: flat}, version=2)
    save_document(copied, document, {flat.id: flat}, packed, version=2)
    assert copied.getvalue() == direct.getvalue()
    assert read_document(copied.getvalue())[0] == document


@pytest.mark.parametrize("depth", [8, 16])
def test_a_psb_made_anew_is_read_by_psd_tools_and_takes_groups(depth: int) -> None:
    album, out = Album(depth), io.BytesIO()
    document = painting(album, depth)
    save_document(out, document, album.images, version=2)
    assert read_document(out.getvalue())[0] == document
    group = Group(id=100, name="G", layers=(PixelLayer(id=101, name="x", image=album.noise(4, 4)),))
    added = append_groups(out.getvalue(), (group,), album.images, xmp="")
    assert read_document(added)[0].layers == (*document.layers, group)
    assert len(list(PSDImage.open(io.BytesIO(added)).descendants())) == 8


def test_planes_are_packed_only_where_that_pays() -> None:
    noisy = large(0, 100).pixels
    planes = [packed.data.compression for packed in encode(noisy, 8).planes]
    assert planes == [Compression.RLE, Compression.RAW, Compression.RAW, Compression.RAW]
    assert sum(packed.size for packed in encode(noisy, 8).planes) < noisy.nbytes


def test_a_large_document_of_other_blend_modes_is_composited_part_by_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    album = Album()
    document = painting(album)
    group = document.layers[1]
    assert isinstance(group, Group)
    first, second, *others = group.layers
    layers = (replace(first, visible=True, blend="multiply"), replace(second, blend="screen"))
    document = replace(
        document, layers=(document.layers[0], replace(group, layers=(*layers, *others)))
    )
    whole = merged_pixels(opened(write_document(document, album.images)))
    monkeypatch.setattr(psd_strips, "STRIP", 70 * 7)
    parts = merged_pixels(opened(write_document(document, album.images)))
    np.testing.assert_array_equal(parts, whole)


# Old files of every build


def sections(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Until the layer section's length, the section, and what is behind."""
    start = 34 + struct.unpack(">I", data[30:34])[0]
    length = struct.unpack(">I", data[start : start + 4])[0]
    return data[:start], data[start + 4 : start + 4 + length], data[start + 4 + length :]


def with_section(data: bytes, section: bytes) -> bytes:
    start, _, end = sections(data)
    return start + struct.pack(">I", len(section)) + section + end


def _built(depth: int) -> dict[str, bytes]:
    album = Album(depth)
    good = write_document(painting(album, depth), album.images)
    section = sections(good)[1]
    length = struct.unpack(">I", section[:4])[0]
    info, behind = section[: 4 + length], section[4 + length :]
    block = b"8BIMPatt" + struct.pack(">I", 4) + b"\1\2\3\4"
    flat = write_document(Document(width=9, height=8, depth=depth), {})  # pyright: ignore[reportArgumentType] # 8 or 16
    built = {
        "as we write it": good,
        "a mask with contents": with_section(
            good, info + struct.pack(">I", 14) + bytes(14) + behind[4:]
        ),
        "a block more": with_section(good, info + behind[:4] + block + behind[4:]),
        "a flat file": flat,
        "a flat file without a section": with_section(flat, b""),
        "a flat file whose section is a length": with_section(flat, bytes(4)),
        "a flat file with a block and no mask": with_section(flat, bytes(4) + block),
    }
    if depth == 8:
        built |= {
            "no mask length": with_section(good, info),
            "a block and no mask length": with_section(good, info + block),
            "zeros behind": with_section(good, info + bytes(3)),
        }
    else:
        built |= {
            "no mask length": with_section(good, info + behind[4:]),
            "a block before": with_section(good, info + behind[:4] + block + behind[4:]),
        }
    return built


BUILT = [(depth, name) for depth in (8, 16) for name in _built(depth)]


@pytest.mark.parametrize(("depth", "name"), BUILT)
def test_every_build_of_file_takes_a_group_and_keeps_its_layers(depth: int, name: str) -> None:
    data = _built(depth)[name]
    album = Album(depth, seed=7)
    layer = PixelLayer(id=1001, name="new", image=album.noise(5, 6))
    group = Group(id=1000, name="G", blend="normal", layers=(layer,))
    added = append_groups(data, (group,), album.images, xmp="")
    before, after = opened(data), opened(added)
    old, new = layer_info(before), layer_info(after)
    count = abs(old.layer_count)
    for n in range(count):
        assert old.layer_records[n].tobytes() == new.layer_records[n].tobytes()
        assert old.channel_image_data[n].tobytes() == new.channel_image_data[n].tobytes()
    assert len(new.layer_records) == (count or 1) + 3
    found, images = read_document(added)
    assert isinstance(found.layers[-1], Group)
    assert found.layers[-1].layers == (layer,)
    assert images[layer.image or ""].raw == album.images[layer.image or ""].raw
    blocks = before.layer_and_mask_information.tagged_blocks or {}
    kept = after.layer_and_mask_information.tagged_blocks or {}
    assert [key for key in blocks if key in kept] == list(blocks)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_broken_list_is_found_before_anything_is_painted(depth: int) -> None:
    recipe = Recipe(prompt="a boat", width=64, height=64)
    good = _built(depth)["as we write it"]
    random = np.random.default_rng(0)
    refused: list[str] = []
    for _ in range(200):
        bad = bytearray(good)
        bad[int(random.integers(0, min(4000, len(bad))))] ^= int(random.integers(1, 256))
        try:
            saving.check(recipe, 3, bytes(bad))
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) > 10
    assert "\n" not in "".join(refused)
    with pytest.raises(ValueError, match="the PSD file is broken"):
        saving.check(recipe, 3, good[: len(good) // 3])


def test_what_no_psd_holds_is_said_before_anything_is_painted() -> None:
    recipe = Recipe(prompt="a boat", width=4000, height=3000)
    saving.check(recipe, 50, None)
    with pytest.raises(ValueError, match=r"about 2\.\d GiB.*ends in \.psb"):
        saving.check(recipe, 70, None)
    saving.check(recipe, 70, None, psb=True)
    with pytest.raises(ValueError, match="at most 8000"):
        saving.check(Recipe(prompt="", width=8, height=8), 9000, None)


# Over HTTP


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read where Linux has them")
async def test_a_request_that_names_a_huge_picture_ten_times_has_bounded_memory(
    tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENTIMENTO_DATA", str(tmp_path))
    rows = np.random.default_rng(0).integers(0, 256, (8192, 1, 4)).astype(np.uint8)
    rows[..., 3] = 255
    image = Image(np.broadcast_to(rows, (8192, 8192, 4)).copy())
    store = Store(Config().store_path, Config().quota_bytes)
    store.put_image(image)
    store.close()
    layers = [{"kind": "pixel", "id": n + 1, "name": "", "image": image.id} for n in range(10)]
    document: dict[str, Any] = {"width": 8192, "height": 8192, "layers": layers}
    with served(tmp_path, tiny_folder / "sd") as process:
        where = access.find(tmp_path)
        assert where is not None
        async with connect(where) as bridge:
            status = Path(f"/proc/{process.pid}/status")
            before = _peak(status)
            data = await bridge.write_psd(document)
            after = _peak(status)
    assert opened(data).header.width == 8192
    print("PEAK", after - before)
    assert after - before < 590  # canvas and layer, 256 MiB each, and some rows of what they make


def _peak(status: Path) -> float:
    """MiB that a process ever held."""
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
