"""Everything a client can get wrong, each with the one sentence it hears.

Sent as it would come from the network: raw JSON on the WebSocket, raw bodies and headers over
HTTP, to a bridge that is really listening.
"""

from __future__ import annotations

import asyncio
import io
import json
import struct
import time
import zlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from PIL import Image as pil
from yarl import URL

from bridge import wire
from bridge.access.access import Access
from bridge.config import Config, Limits
from bridge.http.client import Refused, connect
from bridge.http.serving import serving
from bridge.wire import Hello
from bridge.worker.homes import Home, ThreadHome
from bridge.worker.worker import Worker

ID = "a" * 64
RUN = "b" * 32

Json = dict[str, Any]  # whatever JSON can hold


def generate(**changes: Any) -> Json:  # whatever JSON can hold
    plain = {"prompt": "a house", "width": 32, "height": 24, "model": "sd"}
    return {"type": "generate", "request": "r", "recipe": plain | changes}


def rewind(**changes: Any) -> Json:  # whatever JSON can hold
    return {"type": "continue", "request": "r", "step": f"{RUN}.0", "rewind": changes}


def raw(name: str, value: str) -> str:
    """A generate with JSON that Python itself would not write."""
    return json.dumps(generate(**{name: "VALUE"})).replace('"VALUE"', value)


COMMANDS: dict[str, tuple[Any, str]] = {
    "width of another type": (
        generate(width="wide"),
        "recipe.width: Expected `int`, got `str`",
    ),
    "width with a fraction": (
        generate(width=32.5),
        "recipe.width: Expected `int`, got `float`",
    ),
    "width below the least": (generate(width=4), "recipe: width must be in 8..8192, got 4"),
    "height above the most": (generate(height=9000), "recipe: height must be in 8..8192, got 9000"),
    "no prompt": (
        {"type": "generate", "request": "r", "recipe": {"width": 32, "height": 24}},
        "recipe: Object missing required field `prompt`",
    ),
    "an unknown field": (generate(cfg=7), "recipe: Object contains unknown field `cfg`"),
    "a prompt too long": (
        generate(prompt="x" * 4001),
        "recipe: prompt must be at most 4000 characters, got 4001",
    ),
    "a NUL in the prompt": (
        generate(prompt="a\0b"),
        "recipe: prompt must be valid Unicode text without NUL characters",
    ),
    "half a character": (
        raw("prompt", r'"\ud800"'),
        "the message cannot be read: JSON is malformed: unexpected end of escaped utf-16",
    ),
    "no steps": (
        generate(num_inference_steps=0),
        "recipe: num_inference_steps must be in 1..250, got 0",
    ),
    "too many steps": (
        generate(num_inference_steps=251),
        "recipe: num_inference_steps must be in 1..250, got 251",
    ),
    "negative guidance": (
        generate(guidance_scale=-1),
        "recipe: guidance_scale must be in 0.0..100.0, got -1.0",
    ),
    "guidance not a number": (
        raw("guidance_scale", "NaN"),
        "the message cannot be read: JSON is malformed: invalid character",
    ),
    "guidance without end": (
        raw("guidance_scale", "1e999"),
        "recipe.guidance_scale: Number out of range",
    ),
    "a negative seed": (generate(seed=-1), "recipe: seed must be in 0..9007199254740991, got -1"),
    "a seed that JavaScript cannot count": (
        generate(seed=2**53),
        "recipe: seed must be in 0..9007199254740991, got 9007199254740992",
    ),
    "a seed of 5000 digits": (raw("seed", "9" * 5000), "recipe.seed: Integer value out of range"),
    "a sampler of another name": (
        generate(sampler="ddpm"),
        "recipe.sampler: Invalid enum value 'ddpm'; it must be one of ddim, euler, ",
    ),
    "eta for a sampler without": (
        generate(eta=0.5),
        "recipe: eta belongs to ddim; dpmpp_2m takes none, got 0.5",
    ),
    "strength without an image": (
        generate(strength=0.5),
        "recipe: strength 0.5 needs an init_image to start from",
    ),
    "strength zero": (
        generate(strength=0, init_image=ID),
        "recipe: strength must be above 0 and at most 1, got 0.0",
    ),
    "a strength that leaves no step": (
        generate(strength=0.01, init_image=ID),
        "recipe: strength 0.01 of 20 steps leaves none to run",
    ),
    "a mask without an image": (generate(mask=ID), "recipe: mask needs an init_image"),
    "an image id like a path": (
        generate(init_image="../../etc/passwd"),
        "recipe: init_image must be an image id (64 hex digits), got '../../etc/passwd'",
    ),
    "an image that is not here": (
        generate(init_image=ID),
        "recipe.init_image names an image that the bridge does not have; upload it first",
    ),
    "half a working size": (
        generate(working_width=64),
        "recipe: working_width and working_height belong together",
    ),
    "a working size off the grid": (
        generate(working_width=60, working_height=64),
        "recipe: working_width must be a multiple of 8, got 60",
    ),
    "a working size far beyond the picture": (
        generate(working_width=8192, working_height=8192),
        "recipe.working_width must be at most 4 times the picture's width, 32, got 8192",
    ),
    "a working size that is high only": (
        generate(working_width=32, working_height=104),
        "recipe.working_height must be at most 4 times the picture's height, 24, got 104",
    ),
    "a model like a path": (
        generate(model="../secret"),
        "recipe: model must be a model's name, got '../secret'",
    ),
    "a model that is not here": (
        generate(model="sdxl"),
        "recipe.model must be one of embedded, sd, embedded-few, got 'sdxl'",
    ),
    "no variation": (generate() | {"count": 0}, "count must be in 1..16, got 0"),
    "too many variations": (generate() | {"count": 17}, "count must be in 1..16, got 17"),
    "a request name too long": (
        generate() | {"request": "r" * 101},
        "request must be at most 100 characters, got 101",
    ),
    "a held step like a path": (
        generate(hold={"step": "../0", "edit": ID, "handed": ID, "mask": ID}),
        "recipe.hold: hold.step must be a step id (run.index), got '../0'",
    ),
    "a held step that is not here": (
        generate(hold={"step": f"{RUN}.0", "edit": ID, "handed": ID, "mask": ID}),
        "recipe.hold.edit names an image that the bridge does not have; upload it first",
    ),
    "regions that are none": (
        generate(regions={"prompt": "a"}),
        "recipe.regions: Expected `array`, got `object`",
    ),
    "a region without a mask": (
        generate(regions=[{"prompt": "a"}]),
        "recipe.regions[0]: Object missing required field `mask`",
    ),
    "a region with an alpha beyond 1": (
        generate(regions=[{"prompt": "a", "mask": ID, "alpha": 1.5}]),
        "recipe.regions[0]: regions.alpha must be in 0.0..1.0, got 1.5",
    ),
    "a region of another mode": (
        generate(regions=[{"prompt": "a", "mask": ID, "mode": "hide"}]),
        "recipe.regions[0].mode: Invalid enum value 'hide'; it must be one of blend, isolate",
    ),
    "a region whose mask is not here": (
        generate(regions=[{"prompt": "a", "mask": ID}]),
        "recipe.regions.0.mask names an image that the bridge does not have; upload it first",
    ),
    "a region before the first": (
        rewind(region=-1),
        "rewind: region must be in 0..63, got -1",
    ),
    "a region that is held": (
        rewind(region=0, mode="hold", edit=ID, handed=ID),
        "rewind: region belongs to mode repaint, got mode hold",
    ),
    "a step that is not here": (rewind(), f"there is no step {RUN}.0"),
    "a step like a path": (rewind() | {"step": "../0"}, "there is no step ../0"),
    "a mode of another name": (
        rewind(mode="undo"),
        "rewind.mode: Invalid enum value 'undo'; it must be one of replay, nudge, ",
    ),
    "an edit without what was handed out": (
        rewind(edit=ID),
        "rewind: edit and handed belong together",
    ),
    "a replay with an edit": (
        rewind(mode="replay", edit=ID, handed=ID),
        "rewind: mode replay takes no edit and no mask",
    ),
    "a hold without an edit": (rewind(mode="hold"), "rewind: mode hold needs an edit"),
    "keep_outside for another mode": (
        rewind(mode="keep", edit=ID, handed=ID, keep_outside=True),
        "rewind: keep_outside belongs to mode repaint, got mode keep",
    ),
    "a weight above one": (rewind(weight=1.5), "rewind: weight must be in 0.0..1.0, got 1.5"),
    "a run that is not here": ({"type": "cancel", "run": RUN}, f"there is no run {RUN}"),
    "a run like a path": ({"type": "keep", "run": "../..", "keep": True}, "there is no run ../.."),
    "a command of another name": (
        {"type": "paint"},
        "type: Invalid value 'paint'; it must be one of hello, generate, continue, cancel, keep",
    ),
    "no type": ({"request": "r"}, "the message cannot be read: Object missing required field"),
    "a list": ([1, 2], "the message cannot be read: Expected `object`, got `array`"),
    "brackets without end": ("[" * 100_000, "the message cannot be read: "),
    "half a message": ('{"type": "can', "the message cannot be read: Input data was truncated"),
    "a second hello": (
        {"type": "hello", "protocol": 2, "token": ""},
        "hello is the first message only",
    ),
}


def png(width: int = 4, height: int = 4) -> bytes:
    out = io.BytesIO()
    pil.new("RGB", (width, height), (10, 20, 30)).save(out, "PNG")
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises what its few bytes do not hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000))
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + end


def document(image: str) -> bytes:
    """A document as JSON with one layer."""
    layer = {"kind": "pixel", "id": 1, "name": "a", "image": image}
    return json.dumps({"width": 8, "height": 8, "layers": [layer]}).encode()


def psd(width: int, height: int) -> bytes:
    """A PSD's header with nothing behind it."""
    return b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, height, width, 8, 3)


@dataclass(frozen=True)
class Call:
    """An HTTP request that is wrong, and its answer."""

    method: str
    path: str
    status: int
    sentence: str  # what the answer begins with
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    paired: bool = True


RAW = {"Content-Type": "application/octet-stream"}
PNG = {"Content-Type": "image/png"}
JSON = {"Content-Type": "application/json"}
PSD = {"Content-Type": "image/vnd.adobe.photoshop"}
FOREIGN = "the bridge talks to its own panel and studio only"
UNPAIRED = "the token is missing or wrong; pair again"
NO_PICTURE = "this is no PNG, JPEG, TIFF or WebP picture"
NOWHERE = "there is nothing at this address; see /openapi.json"

CALLS: dict[str, Call] = {
    "no token": Call("GET", "/runs", 401, UNPAIRED, paired=False),
    "a wrong token": Call(
        "GET", "/runs", 401, UNPAIRED, headers={"Authorization": "Bearer x"}, paired=False
    ),
    "a wrong token in the address": Call("GET", "/runs?token=x", 401, UNPAIRED, paired=False),
    "a token that is no ASCII": Call("GET", "/runs?token=%C3%A4", 401, UNPAIRED, paired=False),
    "another scheme": Call(
        "GET", "/runs", 401, UNPAIRED, headers={"Authorization": "Basic eDp5"}, paired=False
    ),
    "a foreign site": Call("GET", "/runs", 403, FOREIGN, headers={"Origin": "https://evil.test"}),
    "a page without an origin": Call("GET", "/health", 403, FOREIGN, headers={"Origin": "null"}),
    "another port of this machine": Call(
        "GET", "/health", 403, FOREIGN, headers={"Origin": "http://localhost:1"}
    ),
    "a name that was rebound to us": Call(
        "GET", "/health", 403, "the Host must be one of ", headers={"Host": "evil.test"}
    ),
    "the right name with another port": Call(
        "GET", "/health", 403, "the Host must be one of ", headers={"Host": "localhost:1"}
    ),
    "a name that begins like ours": Call(
        "GET", "/health", 403, "the Host must be one of ", headers={"Host": "localhost.evil.test"}
    ),
    "an address that is not there": Call("GET", "/admin", 404, NOWHERE),
    "a method that is not there": Call(
        "DELETE", "/runs", 405, "this address does not take this method"
    ),
    "an image id like a path": Call(
        "GET", "/images/..%2F..%2Fetc%2Fpasswd", 400, "image must match [0-9a-f]{64}, got '../../"
    ),
    "an image id with a NUL": Call("GET", "/images/a%00b", 400, "image must match [0-9a-f]{64}"),
    "an image id in capitals": Call(
        "GET", f"/images/{ID.upper()}", 400, "image must match [0-9a-f]{64}, got 'AAAA"
    ),
    "an image that is not here": Call("GET", f"/images/{ID}", 404, "there is no such image"),
    "a step id like a path": Call(
        "GET", "/steps/..%2F0/thumbnail", 400, r"step must match [0-9a-f]{32}\.\d{1,4}, got '../0'"
    ),
    "a step that is not here": Call(
        "GET", f"/steps/{RUN}.0/picture", 404, f"there is no step {RUN}.0"
    ),
    "a run that is not here": Call("GET", f"/runs/{RUN}", 404, "there is no such run"),
    "a quality of another name": Call(
        "GET",
        f"/steps/{RUN}.0/picture?quality=8k",
        400,
        "quality must be one of best, linear, tiny, full, got '8k'",
    ),
    "a format of another name": Call(
        "GET", f"/steps/{RUN}.0/picture?which=both", 400, "which must be one of denoised, noisy"
    ),
    "a studio file outside its folder": Call(
        "GET", "/studio/..%2F..%2Fpyproject.toml", 404, NOWHERE
    ),
    "a studio file of another kind": Call("GET", "/studio/types", 404, NOWHERE),
    "a body of no kind": Call(
        "PUT", "/images", 400, "Content-Type must be one of image/png, ", b"x",
        {"Content-Type": "text/html"},
    ),
    "an SVG": Call(
        "PUT", "/images", 400, "Content-Type must be one of image/png, ", b"<svg/>",
        {"Content-Type": "image/svg+xml"},
    ),
    "an empty PNG": Call("PUT", "/images", 400, "the file is empty, it has 0 bytes", b"", PNG),
    "a PNG that is a GIF": Call(
        "PUT", "/images", 400, f"{NO_PICTURE} but GIF; save it as one of those", b"GIF89a", PNG
    ),
    "a PNG that was cut off": Call(
        "PUT", "/images", 400, "the PNG file is broken: ", png(64, 64)[:90], PNG
    ),
    "a PNG with a flipped bit": Call(
        "PUT", "/images", 400, "the PNG file is broken: ", png()[:45] + b"\xff" + png()[46:], PNG
    ),
    "a JPEG that was cut off": Call(
        "PUT", "/images", 400, "the JPEG file is broken: ", b"\xff\xd8\xff",
        {"Content-Type": "image/jpeg"},
    ),
    "a TIFF of nothing": Call(
        "PUT", "/images", 400, "the TIFF file is broken: ", b"II*\0", {"Content-Type": "image/tiff"}
    ),
    "a WebP of nothing": Call(
        "PUT", "/images", 400, "the WebP file is broken: ", b"RIFF\4\0\0\0WEBP",
        {"Content-Type": "image/webp"},
    ),
    "a bomb of 900 million pixels": Call(
        "PUT", "/images", 400, "an image's sides must be in 1..8192, got 30000x30000",
        bomb(30_000, 30_000), PNG,
    ),
    "a bomb of 169 million pixels": Call(
        "PUT", "/images", 400, "an image's sides must be in 1..8192, got 13000x13000",
        bomb(13_000, 13_000), PNG,
    ),
    "a bomb that keeps to the limits": Call(
        "PUT", "/images", 400, "the PNG file is broken: ", bomb(8000, 8000), PNG
    ),
    "raw pixels without a size": Call(
        "PUT", "/images", 400, "width is missing: raw pixels (application/octet-stream) say",
        b"x", RAW,
    ),
    "a width that is too large": Call(
        "PUT", "/images?width=1000000&height=8", 400,
        "an image's sides must be in 1..8192, got 1000000x8", b"x", RAW,
    ),
    "a height of none": Call(
        "PUT", "/images?width=8&height=0", 400,
        "an image's sides must be in 1..8192, got 8x0", b"", RAW,
    ),
    "a negative width": Call(
        "PUT", "/images?width=-1&height=1", 400, "width must be a whole number, got '-1'", b"x", RAW
    ),
    "more raw pixels than were said": Call(
        "PUT", "/images?width=1&height=1", 400, "1x1x4 at 8 bits are 4 bytes, got 5", b"12345", RAW
    ),
    "raw pixels of two channels": Call(
        "PUT", "/images?width=1&height=1&channels=2", 400, "channels must be 1, 3 or 4, got 2",
        b"12", RAW,
    ),
    "raw pixels of 12 bits": Call(
        "PUT", "/images?width=2&height=1&channels=1&depth=12", 400, "depth must be 8 or 16, got 12",
        b"123", RAW,
    ),
    "raw pixels beyond the limits": Call(
        "PUT", "/images?width=9000&height=1&channels=1", 400,
        "an image's sides must be in 1..8192, got 9000x1", bytes(9000), RAW,
    ),
    "raw pixels in a colour space that is no name": Call(
        "PUT", "/images?width=1&height=1&channels=1&profile=a%0Ab", 400,
        "profile must be a short ASCII name", b"1", RAW,
    ),
    "a document that is no JSON": Call("POST", "/psd", 400, "document: ", b"{", JSON),
    "a document without a size": Call(
        "POST", "/psd", 400, "document: Object missing required field `width`", b"{}", JSON
    ),
    "a document with an unknown field": Call(
        "POST", "/psd", 400, "document: Object contains unknown field `path`",
        b'{"width": 8, "height": 8, "path": "/etc"}', JSON,
    ),
    "a document that names an image like a path": Call(
        "POST", "/psd", 400, "document: image must be an image id (64 hex digits), got '../x'",
        document("../x"), JSON,
    ),
    "a document that names an image which is not here": Call(
        "POST", "/psd", 404, f"document: there is no image {ID}",
        document(ID), JSON,
    ),
    "a PSD of nothing": Call("POST", "/psd/open", 400, "the file is empty", b"", PSD),
    "a PSD that is a PNG": Call(
        "POST", "/psd/open", 400, "this is not a PSD or PSB file", png(), PSD
    ),
    "a PSD that was cut off": Call(
        "POST", "/psd/open", 400,
        "the PSD file is broken: it ends before it should", psd(16, 16), PSD,
    ),
    "a PSD of 900 million pixels": Call(
        "POST", "/psd/open", 400, "the PSD file must have at most 67108864 pixels, got 30000x30000",
        psd(30_000, 30_000), PSD,
    ),
}  # fmt: skip


pytestmark = pytest.mark.asyncio(loop_scope="module")  # one bridge hears all of this


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Config:
    data = tmp_path_factory.mktemp("data")
    return Config(port=0, data=data, model=tiny_folder / "sd", device="cpu", threads=1)


@pytest.fixture(scope="module")
def home(worker: Worker) -> Home:
    return ThreadHome(worker.answer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def access(config: Config, home: Home) -> AsyncGenerator[Access]:
    async with serving(config, home) as where:
        yield where


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(access: Access) -> AsyncGenerator[ClientSession]:
    async with ClientSession(access.address) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="module")
async def socket(http: ClientSession, access: Access) -> AsyncGenerator[ClientWebSocketResponse]:
    async with http.ws_connect("/ws") as paired:
        await paired.send_str(wire.to_json(Hello(protocol=wire.PROTOCOL, token=access.token)))
        await paired.receive()
        yield paired


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_wrong_command_is_answered_with_a_sentence(
    socket: ClientWebSocketResponse, name: str
):
    command, sentence = COMMANDS[name]
    await socket.send_str(command if isinstance(command, str) else json.dumps(command))
    while True:
        answer = await socket.receive_json(timeout=60)
        if answer["type"] == "failed":
            break
    assert answer["message"].startswith(sentence)
    if isinstance(command, dict):
        assert (
            answer["request"] == (command.get("request") or None) or len(command["request"]) > 100
        )


@pytest.mark.parametrize("name", CALLS)
async def test_a_wrong_call_is_answered_with_a_sentence(
    http: ClientSession, access: Access, name: str
):
    call = CALLS[name]
    headers = dict(call.headers)
    if call.paired:
        headers["Authorization"] = f"Bearer {access.token}"
    path = access.address + call.path
    async with http.request(
        call.method, URL(path, encoded=True), data=call.body, headers=headers
    ) as answer:
        message = (await answer.json())["message"]
        assert (answer.status, message[: len(call.sentence)]) == (call.status, call.sentence)
        assert message
        assert "Traceback" not in message
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


HELLOS: dict[str, tuple[Any, str]] = {
    "no hello": ({"type": "cancel", "run": RUN}, "the first message must be hello, got cancel"),
    "a wrong token": ({"type": "hello", "protocol": 2, "token": "x"}, "The token does not fit"),
    "a token of another type": (
        {"type": "hello", "protocol": 2, "token": 1},
        "token: Expected `str`, got `int`",
    ),
    "no JSON": ("hello", "the message cannot be read: "),
}


@pytest.mark.parametrize("name", HELLOS)
async def test_who_does_not_begin_properly_is_told_why_and_cut_off(http: ClientSession, name: str):
    hello, reason = HELLOS[name]
    async with http.ws_connect("/ws") as stranger:
        await stranger.send_str(hello if isinstance(hello, str) else json.dumps(hello))
        message = await stranger.receive(timeout=60)
        assert message.type is WSMsgType.CLOSE
        assert message.data == 1008
        assert message.extra is not None
        assert message.extra.startswith(reason)


async def test_panel_and_bridge_of_different_protocols_hear_who_is_older(
    http: ClientSession, access: Access
):
    for protocol, older in ((1, "the panel"), (3, "the bridge")):
        async with http.ws_connect("/ws") as stranger:
            await stranger.send_str(wire.to_json(Hello(protocol=protocol, token=access.token)))
            message = await stranger.receive(timeout=60)
            assert message.extra == f"panel speaks protocol {protocol}, bridge 2; update {older}"


async def test_bytes_on_the_socket_are_refused(socket: ClientWebSocketResponse):
    await socket.send_bytes(b"pixels")
    while (answer := await socket.receive_json(timeout=60))["type"] != "failed":
        pass
    assert answer["message"] == "messages are JSON text; pixels go to /images"


async def test_a_message_beyond_the_limit_ends_the_connection(socket: ClientWebSocketResponse):
    await socket.send_str(json.dumps(generate(prompt="x" * wire.MAX_MESSAGE)))
    while (message := await socket.receive(timeout=60)).type is WSMsgType.TEXT:
        pass
    assert message.type is WSMsgType.CLOSE
    assert message.data == 1009  # message too big, RFC 6455


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost:1"])
async def test_a_foreign_page_cannot_open_the_socket(http: ClientSession, origin: str):
    async with http.get("/ws", headers={"Origin": origin}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("origin", [None, "file://", "own"])
async def test_photoshop_the_studio_and_programs_can_open_the_socket(
    http: ClientSession, access: Access, origin: str | None
):
    headers = {} if origin is None else {"Origin": origin.replace("own", access.address)}
    async with http.ws_connect("/ws", headers=headers) as paired:
        await paired.send_str(wire.to_json(Hello(protocol=wire.PROTOCOL, token=access.token)))
        assert (await paired.receive_json(timeout=60))["type"] == "welcome"


async def test_limits_hold_for_bodies_silence_connections_and_the_queue(
    config: Config, home: Home, tmp_path: Path
):
    limits = Limits(body_bytes=1000, hello_seconds=0.2, connections=1, queue=1, body_seconds=0.3)
    async with (
        serving(replace(config, data=tmp_path, limits=limits), home) as access,
        ClientSession(access.address) as http,
    ):
        paired = {"Authorization": f"Bearer {access.token}"} | PNG
        async with http.put("/images", data=bytes(1001), headers=paired) as answer:
            assert answer.status == 413
            assert (await answer.json())["message"] == "a request has at most 1000 bytes"
        async with http.put("/images", data=slow(), headers=paired) as answer:
            assert answer.status == 408
        async with http.ws_connect("/ws") as silent:
            message = await silent.receive(timeout=60)
            assert message.extra == "no hello within 0.2 seconds"
        async with http.ws_connect("/ws"), connect(access) as bridge:  # one without Hello is none
            async with http.ws_connect("/ws") as second:
                hello = Hello(protocol=wire.PROTOCOL, token=access.token)
                await second.send_str(wire.to_json(hello))
                message = await second.receive(timeout=60)
                assert message.data == 1013  # try again later
                assert message.extra == "at most 1 connections; close another panel"
            command = wire.parse_command(json.dumps(generate() | {"count": 2}))
            assert isinstance(command, wire.Generate)
            with pytest.raises(Refused, match="at most 1 runs can wait; cancel some first"):
                async for _ in bridge.paint(command):
                    pass


async def test_a_document_that_lists_too_much_is_refused_and_holds_nobody_up(
    http: ClientSession, access: Access
):
    paired = {"Authorization": f"Bearer {access.token}", "Content-Type": "application/json"}
    pieces = b'{"key":"abcd","data":""},' * 4_000_000
    body = b'{"width":8,"height":8,"kept":[' + pieces + b"1]}"
    sending = asyncio.create_task(http.post("/psd", data=body, headers=paired))
    slowest = 0.0  # of the processor's time, not the clock's: the machine may be busy
    while not sending.done():
        began = time.process_time()
        async with http.get("/health") as answer:
            assert answer.status == 200
        slowest = max(slowest, time.process_time() - began)
        await asyncio.sleep(0.01)
    assert (await sending).status == 400
    assert "the document lists too much" in (await (await sending).json())["message"]
    assert slowest < 1.5  # reading it took 3.4 seconds here, in which nobody was heard


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_document_is_no_longer_than_what_one_without_pixels_can_be(
    config: Config, home: Home, tmp_path: Path, chunked: bool
):
    limits = Limits(document_bytes=1000)
    async with (
        serving(replace(config, data=tmp_path, limits=limits), home) as access,
        ClientSession(access.address) as http,
    ):
        paired = {"Authorization": f"Bearer {access.token}", "Content-Type": "application/json"}

        async def many() -> AsyncGenerator[bytes]:
            for _ in range(11):
                yield bytes(100)

        data = many() if chunked else bytes(1001)
        async with http.post("/psd", data=data, headers=paired) as answer:
            assert answer.status == 413
            assert (await answer.json())["message"] == "a request has at most 1000 bytes"


async def slow() -> AsyncGenerator[bytes]:
    for _ in range(5):
        yield b"x"
        await asyncio.sleep(0.2)
