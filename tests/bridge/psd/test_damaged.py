"""Pixels that are damaged are said to be, never read as black or passed over in silence.

A sceptic would cut a packed channel short, flip bytes of its rows, and lie about its lengths.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pil
from psd_tools.api.psd_image import PSDImage
from psd_tools.constants import Compression
from psd_tools.psd.layer_and_mask import ChannelData

from bridge.psd.channels import pack_row, plane
from bridge.psd.cutting import cut
from bridge.psd.files import opened, read_document
from bridge.psd.picture import picture_of

from ..cli import Terminal

WIDTH, HEIGHT = 200, 5
VALUES = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH), np.uint8)
VALUES[2, 50:] = 0  # a row that ends with nothing
VALUES[3] = 7
ROWS = [pack_row(row.tobytes()) for row in VALUES]


def read(rows: list[bytes], lengths: list[int] | None = None) -> np.ndarray:
    table = struct.pack(f">{HEIGHT}H", *(lengths or map(len, rows)))
    data = ChannelData(Compression.RLE, table + b"".join(rows))
    return plane(data, WIDTH, HEIGHT, 8, 1)


def test_rows_are_read_as_they_were_packed_whatever_follows_them() -> None:
    np.testing.assert_array_equal(read(ROWS), VALUES)
    for more in (b"\x80", b"\0", b"\xff", b"\x05abc", b"\x80" * 300, b"\x7f" + bytes(128)):
        np.testing.assert_array_equal(read([row + more for row in ROWS]), VALUES)


@pytest.mark.parametrize("number", range(HEIGHT))
def test_each_byte_that_a_row_lacks_is_noticed(number: int) -> None:
    for cut_off in range(1, len(ROWS[number]) + 1):
        rows = list(ROWS)
        rows[number] = rows[number][:-cut_off]
        with pytest.raises(ValueError, match=f"row {number + 1} is not whole"):
            read(rows)


def test_a_literal_that_says_too_much_of_a_row_that_is_cut_is_noticed() -> None:
    for missing in range(1, 128):  # the last literal goes on behind the row's end
        row = b"\x47" + bytes(72) + b"\x7f" + bytes(range(128))[: 128 - missing]
        rows = [row, *ROWS[1:]]
        with pytest.raises(ValueError, match="row 1 is not whole"):
            read(rows)


def test_lengths_that_are_no_lengths_are_noticed() -> None:
    with pytest.raises(ValueError, match="row 1 is not whole"):
        read(ROWS, [0] * HEIGHT)
    with pytest.raises(ValueError, match=r"row \d is not whole"):
        read(ROWS[:-2], list(map(len, ROWS)))
    with pytest.raises(ValueError, match="it ends before its first row"):
        plane(ChannelData(Compression.RLE, b"\0"), WIDTH, HEIGHT, 8, 1)


def packed(*, flat: bool, harm: bool) -> bytes:
    """A file of two layers packed as other programs do, the upper one's red cut in half or not.

    flat: with a flattened picture of its own that is real.
    """
    psd = PSDImage.new("RGB", (64, 64), color=0)
    psd.create_pixel_layer(pil.new("RGBA", (64, 64), (90, 140, 60, 255)), name="bg")
    noise = np.random.default_rng(2).integers(0, 256, (40, 40, 4), np.uint8)
    noise[..., 3] = 255
    upper = psd.create_pixel_layer(pil.fromarray(noise), name="red", top=10, left=10)
    record = psd._record  # pyright: ignore[reportPrivateUsage] - psd-tools has no other way to write pixels
    if flat:
        seen = np.full((64, 64, 3), (90, 140, 60), np.uint8)
        seen[10:50, 10:50] = noise[..., :3]
        record.image_data.set_data([seen[..., c].tobytes() for c in range(3)], record.header)
    if harm:
        at = [int(info.id) for info in upper._record.channel_info].index(0)  # pyright: ignore[reportPrivateUsage]
        channel = upper._channels[at]  # pyright: ignore[reportPrivateUsage]
        channel.compression = Compression.RLE
        channel.set_data(noise[..., 0].tobytes(), 40, 40, 8)
        channel.data = channel.data[: len(channel.data) // 2]
        upper._record.channel_info[at].length = len(channel.data) + 2  # pyright: ignore[reportPrivateUsage]
    out = io.BytesIO()
    record.write(out)
    return out.getvalue()


def test_a_layer_that_is_damaged_is_named() -> None:
    read_document(packed(flat=False, harm=False))
    with pytest.raises(ValueError, match='layer "red": a channel is damaged: its row'):
        read_document(packed(flat=False, harm=True))


def test_a_flattened_picture_counts_beside_a_damaged_layer_and_that_is_said() -> None:
    whole = picture_of(opened(packed(flat=True, harm=False)))
    assert whole.notices == ()
    picture = picture_of(opened(packed(flat=True, harm=True)))
    np.testing.assert_array_equal(picture.pixels, whole.pixels)
    (notice,) = picture.notices
    assert notice.startswith('layer "red": a channel is damaged')
    assert notice.endswith("its flattened picture counts")


def test_layers_that_are_not_counted_are_damage_and_not_dropped() -> None:
    data = packed(flat=True, harm=False)
    at = 26 + 4 + int.from_bytes(data[26:30], "big")
    at += 4 + int.from_bytes(data[at : at + 4], "big") + 8
    for count in (0, 1):
        fewer = data[:at] + struct.pack(">h", count) + data[at + 2 :]
        with pytest.raises(ValueError, match="the PSD file is broken"):
            cut(fewer)
    with pytest.raises(ValueError, match=r"it lists 0 layers, and has \d+ bytes of them"):
        opened(data[:at] + bytes(2) + data[at + 2 :])


def test_a_damaged_step_is_no_stroke(pentimento: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "red.psd"
    file.write_bytes(packed(flat=False, harm=True))
    for command in (("show", file), ("rewind", file, "--step", 1, "-o", tmp_path / "o.psd")):
        said = pentimento(*command)
        assert said.status == 2
        assert f'{file}: layer "red": a channel is damaged' in said.err
