"""The command line and HTTP open the same files, with equal pixels and equal words."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession
from PIL import Image as pil

from bridge.access.access import Access
from bridge.commands.edit_files import given
from bridge.commands.files import read_grey, read_mask, read_source
from bridge.images.image import Image
from bridge.images.profiles import icc_of
from bridge.psd.document import Document
from bridge.psd.files import write_document
from pipelines.recipe import PROFILE_NAMES, Profile, Recipe

from .cli import ROOT, Terminal
from .images.picture_samples import chunk, exif, iccp, noise, png, png_rows, saved, tiff
from .images.profile_samples import grey, inks, nobodys, renamed

TYPES = ("image/png", "image/jpeg", "image/tiff", "image/webp")


def mpo() -> bytes:
    frames = [pil.fromarray(noise(24, 32, 3, seed=seed)) for seed in range(2)]
    out = io.BytesIO()
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    return out.getvalue()


OPEN = {
    "a picture of 16 bits on its side": png(noise(24, 32, 3, 16), chunk(b"eXIf", exif(6))),
    "two pictures in one": mpo(),
    "grey with a profile": png(noise(24, 32, 1), iccp(grey(1.8))),
    "grey of 16 bits with a profile": tiff(noise(24, 32, 1, 16)[..., 0], iccprofile=grey(2.2)),
    "colours with a grey profile": png(noise(24, 32, 3), iccp(grey(1.8))),
    "colours of nobody's profile": saved(noise(24, 32, 3), "jpeg", icc_profile=nobodys()),
    "ink": tiff(noise(24, 32, 4), photometric="separated", iccprofile=inks(3)),
    "associated alpha": tiff(noise(24, 32, 4), photometric="rgb", extrasamples=["assocalpha"]),
    "an animation": saved(noise(24, 32, 3), "webp", lossless=True),
}
REFUSED = {
    "a text": b"a text",
    "a GIF": b"GIF89a",
    "nothing": b"",
    "numbers with a point": tiff(np.zeros((4, 4), np.float32)),
    "half a picture": saved(noise(64, 64, 3), "jpeg")[:3000],
    "a picture that is too wide": png(np.zeros((1, 9000, 1), np.uint8)),
}


async def put(access: Access, data: bytes, kind: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {access.token}", "Content-Type": kind}
    async with (
        ClientSession(access.address) as http,
        http.put("/images", data=data, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize("what", OPEN)
async def test_what_one_way_opens_the_other_opens_alike(
    access: Access, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "picture.of#any=name"
    file.write_bytes(OPEN[what])
    image = read_source(str(file)).image
    said = capsys.readouterr().err.splitlines()
    for kind in TYPES:  # what a file is, its contents say
        status, answer = await put(access, OPEN[what], kind)
        assert (status, answer["id"], answer["depth"]) == (200, image.id, image.depth)
        assert [f"{file}: {notice}" for notice in answer["notices"]] == said
    recipe = Recipe(
        prompt="a boat",
        width=image.width,
        height=image.height,
        depth=image.depth,
        profile="sRGB",
    )
    assert given(str(file), recipe).image.id == image.id
    size = image.width, image.height
    assert outcome(lambda: read_mask(str(file), size)) == outcome(lambda: read_grey(str(file)))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_studio_gets_a_file_in_its_own_colours(
    access: Access, bits: int, profile: Profile
):
    values = noise(24, 32, 4, bits)
    file = png(values, iccp(icc_of(profile)))
    _, answer = await put(access, file, "image/png")
    assert (answer["profile"], answer["depth"], answer["notices"]) == (profile, bits, [])
    assert answer["id"] == Image(values, profile).id
    document = Document(width=32, height=24, depth=bits, profile=profile)  # pyright: ignore[reportArgumentType] # a literal
    headers = {"Authorization": f"Bearer {access.token}"}
    psd = write_document(document, {})
    async with (
        ClientSession(access.address, headers=headers) as http,
        http.post("/psd/open", data=psd) as opened,
    ):
        assert (await opened.json())["profile"] == profile


def outcome(read: Callable[[], Image]) -> str:
    """The image's id, or why there is none: such as a mask in colours."""
    try:
        return read().id
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("what", REFUSED)
async def test_what_one_way_refuses_the_other_refuses_in_the_same_words(
    access: Access, tmp_path: Path, what: str
):
    file = tmp_path / "picture"
    file.write_bytes(REFUSED[what])
    status, answer = await put(access, REFUSED[what], "image/png")
    assert status == 400
    readers: list[Callable[[], object]] = [
        lambda: read_source(str(file)),
        lambda: read_mask(str(file), (4, 4)),
        lambda: read_grey(str(file)),
        lambda: given(str(file), Recipe(prompt="a boat", width=8, height=8)),
    ]
    for read in readers:
        with pytest.raises(ValueError, match=r".+") as refused:
            read()
        assert str(refused.value) == f"{file}: {answer['message']}"


def test_a_notice_is_a_sentence_for_people_and_an_event_for_programs(
    pentimento: Terminal, tmp_path: Path
):
    file, out = tmp_path / "odd.png", tmp_path / "out.png"
    file.write_bytes(OPEN["colours with a grey profile"])
    small = ("--prompt", "a boat", "--steps", "2", "--strength", "0.5", "--init", file, "-o", out)
    said = pentimento.works("run", *small)
    sentence = (
        "the file's colour profile does not fit its pixels: they are RGB, it is one of grey; "
        "it is left out, the colours count as sRGB"
    )
    assert f"{file}: {sentence}\n" in said.err
    said = pentimento.works("run", *small, "--json")
    assert {"type": "noticed", "file": str(file), "message": sentence} in said.events
    assert sentence not in said.err


SCRIPT = """
import resource, sys
from tests import peak
from bridge.config import Limits
from bridge.images.decoding import decode
before = peak.forget()
try:
    decode(sys.stdin.buffer.read(), Limits())
    said = "opened"
except ValueError as error:
    said = str(error)
used = resource.getrusage(resource.RUSAGE_SELF)
print((peak.held() - before) >> 20, used.ru_utime + used.ru_stime, said)
"""


def repeated_scans(count: int) -> bytes:
    """A progressive JPEG of 2048 x 2048 whose last scan comes again and again."""
    out = io.BytesIO()
    pil.new("RGB", (2048, 2048), (9, 99, 199)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    return data[:-2] + data[data.rfind(b"\xff\xda") : -2] * count + data[-2:]


def canvas(width: int, height: int) -> bytes:
    """A WebP of hardly any pixels on a canvas of that size."""
    small = saved(noise(2, 2, 3), "webp", lossless=True)[12:]
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = bytes(6) + b"\1\0\0\1\0\0\x64\0\0\0" + small
    chunks = [(b"VP8X", b"\2\0\0\0" + size), (b"ANIM", bytes(6)), (b"ANMF", frame)]
    body = b"WEBP" + b"".join(n + struct.pack("<I", len(d)) + d for n, d in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def within(data: bytes, *values: tuple[int, int]) -> bytes:
    """A TIFF with other values in tags of one long number."""
    made = bytearray(data)
    for tag, value in values:
        for kind, wide in ((3, "<H"), (4, "<I")):
            at = made.find(struct.pack("<HHI", tag, kind, 1))
            if at >= 0:
                struct.pack_into(wide, made, at + 8, value)
    return bytes(made)


HUNGRY = {
    "JPEG with thousands of scans": repeated_scans(3000),
    "WebP with a canvas of a gigabyte": canvas(16383, 16383),
    "TIFF with tiles of four gigabytes": within(
        tiff(noise(32, 32, 3), photometric="rgb", tile=(32, 32), compression="zlib"),
        (322, 32768), (323, 32768),
    ),
    "PNG whose profile has a name of millions of languages": png(
        noise(4, 5, 3), iccp(renamed(nobodys(), b"", desc=b"mluc\0\0\0\0\0\xff\xff\1"))
    ),
    "TIFF of sixty thousand channels": within(
        tiff(noise(32, 32, 3), photometric="rgb"), (277, 60000)
    ),
    "PNG larger than the limits": png_rows((60000, 60000), 8, 0, [b"0"]),
    "PNG of one row, as large as is allowed": png_rows((8192, 8192), 16, 6, [bytes(8 * 8192)]),
}  # fmt: skip


@pytest.mark.parametrize("what", HUNGRY)
def test_a_small_file_asks_for_no_more_than_a_picture(what: str):
    """In a process of its own: what libraries take does not show in Python's own figures."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=HUNGRY[what], cwd=ROOT, capture_output=True,
        check=True, timeout=60,
    )  # fmt: skip
    mebibytes, seconds, said = done.stdout.decode().split(" ", 2)
    assert said.startswith(("the ", "an image", "opened")), said
    assert int(mebibytes) < 100, said
    assert float(seconds) < 3, said
