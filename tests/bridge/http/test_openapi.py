"""/openapi.json says what the bridge does: walked route by route, and asked of a real one."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from bridge.access.access import Access
from bridge.access.pairing import promise
from bridge.config import Config
from bridge.history.replay import Lost
from bridge.http import openapi
from bridge.http.client import Bridge
from bridge.http.routes import JSON, PNG, PSD, RAW, ROUTES, Route
from bridge.http.server import make_app
from bridge.images.image import Image, to_png
from bridge.runs.session import Session
from bridge.store.store import Store
from bridge.wire import Frame, Generate, Live
from bridge.worker.homes import Home

from ..conftest import recipe, steps_of
from ..store.test_store import image

Json = dict[str, Any]  # OpenAPI is open-ended

NONCE = "5" * 32  # of a panel that asks to be let in
PLAIN = ("/ws", "/studio", "/studio/{path}")  # not pixels over HTTP: described in words


@pytest.fixture
def described() -> Json:
    return msgspec.json.decode(msgspec.json.encode(openapi.document("1")))


@pytest_asyncio.fixture
async def known(bridge: Bridge, http: ClientSession) -> dict[str, str]:
    """Something of every kind that a path can name."""
    events = [event async for event in bridge.paint(Generate(request="r", recipe=recipe()))]
    step = steps_of(events)[0].step
    await bridge.send(Live(request="l", recipe=recipe()))
    live = await anext(event.live async for event in bridge.events() if isinstance(event, Frame))
    image_id = await bridge.put_image(image())
    async with http.post("/pair", json={"promise": promise(NONCE)}) as answer:
        asking = (await answer.json())["id"]
    async with http.post(f"/pair/{asking}", json={"nonce": NONCE}) as answer:
        assert (await answer.json())["state"] == "waiting"
    return {
        "step": step.id,
        "run": step.run,
        "image": image_id,
        "live": live,
        "pairing": asking,
    }


@pytest_asyncio.fixture
async def http(access: Access) -> AsyncGenerator[ClientSession]:
    headers = {"Authorization": f"Bearer {access.token}"}
    async with ClientSession(access.address, headers=headers) as session:
        yield session


async def test_every_route_is_described_and_nothing_else(
    tmp_path: Path, config: Config, home: Home, described: Json
):
    store = Store(tmp_path / "s", config.quota_bytes)
    session = Session(store, [home], config)
    app: web.Application = make_app(session, config, "token")
    real = {
        (method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
        for method in [route.method]
        if method != "HEAD" and route.resource.canonical not in PLAIN
    }
    told = {
        (method.upper(), path)
        for path, operations in described["paths"].items()
        for method in operations
    }
    assert told == real
    await session.close()


def test_every_reference_leads_somewhere_and_every_name_is_used_once(described: Json):
    text = msgspec.json.encode(described).decode()
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in described["components"]["schemas"]
    names = [op["operationId"] for path in described["paths"].values() for op in path.values()]
    assert len(names) == len(set(names)) == len(ROUTES)


async def test_the_bridge_serves_the_description_without_a_token(access: Access):
    async with ClientSession(access.address) as stranger, stranger.get("/openapi.json") as answer:
        assert answer.status == 200
        assert (await answer.json())["openapi"] == "3.1.0"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_a_route_answers_as_described(
    http: ClientSession, known: dict[str, str], route: Route, described: Json
):
    operation = described["paths"][route.path][route.method.lower()]
    path = route.path.format(**known)
    body, kind = body_for(route)
    for given in operation["responses"]["200"]["content"]:
        query = {"format": "png" if given == PNG else "raw"} if "format" in names(operation) else {}
        if "handed" in names(operation):
            query["handed"] = known["image"]
        headers = {} if kind is None else {"Content-Type": kind}
        async with http.request(
            route.method, path, params=query, data=body, headers=headers
        ) as answer:
            data = await answer.read()
            assert answer.status == 200, data[:200]
            assert answer.content_type == given
            for name in operation["responses"]["200"].get("headers", {}):
                assert answer.headers[name]
        if given == JSON:
            msgspec.json.decode(data, type=route.given or dict[str, Any], strict=True)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_a_route_asks_for_the_token_exactly_where_it_is_said(
    access: Access, known: dict[str, str], route: Route, described: Json
):
    operation = described["paths"][route.path][route.method.lower()]
    async with (
        ClientSession(access.address) as stranger,
        stranger.request(route.method, route.path.format(**known)) as answer,
    ):
        assert (
            (answer.status == 401) == ("security" in operation) == ("401" in operation["responses"])
        )


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if "{" in route.path], ids=lambda route: route.name
)
async def test_an_id_that_does_not_fit_its_pattern_is_refused(http: ClientSession, route: Route):
    async with http.request(route.method, re.sub(r"{\w+}", "x", route.path)) as answer:
        assert answer.status == 400
        assert 400 in route.errors


async def test_a_query_token_opens_reading_only(access: Access, known: dict[str, str]):
    token = {"token": access.token}
    async with ClientSession(access.address) as stranger:
        async with stranger.get(f"/images/{known['image']}", params=token) as answer:
            assert answer.status == 200
        async with stranger.put("/images", params=token, data=to_png(image())) as answer:
            assert answer.status == 401


async def test_the_origin_and_host_are_told_as_they_came(http: ClientSession, access: Access):
    async with http.get("/facts/connection") as answer:
        told = await answer.json()
    assert told["caller"] == {"host": f"127.0.0.1:{access.port}", "origin": None}
    photoshop = {"Origin": "file://", "Host": f"localhost:{access.port}"}
    async with (
        http.ws_connect("/ws", headers=photoshop),
        http.get("/facts/connection", headers={"Origin": "file://"}) as answer,
    ):
        told = await answer.json()
    assert told["caller"]["origin"] == "file://"
    assert told["sockets"] == [{"host": f"localhost:{access.port}", "origin": "file://"}]


def names(operation: Json) -> set[str]:
    return {parameter["name"] for parameter in operation["parameters"]}


def a_lost_run() -> Lost:
    """A document's run that the store has not."""
    known = {"number": 1, "request": "", "state": "finished", "first": 0, "last": 3}
    size = {"working_width": 8, "working_height": 8, "enlarged": 1.0}
    recipe = {"prompt": "x", "width": 8, "height": 8}
    index = {"v": 1, "runs": [{"id": "1" * 32, "recipe": recipe, **known, **size}], "steps": []}
    return Lost(index=msgspec.json.encode(index).decode(), run="1" * 32)


def body_for(route: Route) -> tuple[bytes | None, str | None]:
    """A body that fits, and its kind."""
    document = b'{"width": 8, "height": 8}'
    match route.name:
        case "put_image":
            return to_png(Image(image().pixels)), PNG
        case "read_history":
            return b'{"index": null, "layers": [{"id": 1}]}', JSON
        case "replay":
            return msgspec.json.encode(a_lost_run()), JSON
        case "write_psd":
            return document, JSON
        case "open_psd":
            return psd_file(document), PSD
        case "ask_in":
            return msgspec.json.encode({"promise": promise(NONCE)}), JSON
        case "ask_again":
            return msgspec.json.encode({"nonce": NONCE}), JSON
        case "let_in":
            return b'{"let_in": true}', JSON
        case _:
            return None, None


def psd_file(document: bytes) -> bytes:
    from bridge.psd.document import Document
    from bridge.psd.files import write_document

    return write_document(msgspec.json.decode(document, type=Document), {})


def test_raw_uploads_are_described_as_well(described: Json):
    assert RAW in described["paths"]["/images"]["put"]["requestBody"]["content"]
