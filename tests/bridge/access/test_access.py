"""How the bridge is found, what it gives away, and what it writes down."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession

from bridge import log
from bridge.access import access, private
from bridge.access.access import Access
from bridge.access.access import find as where_is
from bridge.access.access import proof as proof_of
from bridge.config import Config
from bridge.http import studio
from bridge.http.client import Refused, connect
from bridge.http.guard import token_fits
from bridge.http.server import _has_ipv6  # pyright: ignore[reportPrivateUsage] # as the server sees it
from bridge.http.serving import Occupied, serving
from bridge.wire import Generate
from bridge.worker.homes import Home

from ..conftest import recipe

posix = pytest.mark.skipif(os.name != "posix", reason="elsewhere a user's folder is private itself")


def open_to_others(folder: Path) -> list[str]:
    """What in a folder, and it itself, others may look at."""
    found = [folder, *folder.rglob("*")]
    return [str(path) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]


@posix
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
async def test_what_the_bridge_writes_is_its_users_alone(config: Config, home: Home, umask: int):
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    old = os.umask(umask)
    try:
        log.to_file(config.log_path)
        async with serving(config, home) as where, connect(where, client="panel 1") as bridge:
            async for _ in bridge.paint(Generate(request="r", recipe=recipe())):
                pass
            names = {path.name for path in config.data.rglob("*")}
            assert {"bridge.json", "paired.json", "store.sqlite", "store.sqlite-wal"} <= names
            assert open_to_others(config.data) == []
    finally:
        os.umask(old)
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()


@posix
def test_a_folder_of_an_earlier_version_is_closed_to_others(tmp_path: Path):
    names = (
        "store.sqlite",
        "store.sqlite-wal",
        "bridge.json",
        "log/bridge.log",
        "log/bridge.log.1",
    )
    data = tmp_path / "data"
    (data / "log").mkdir(parents=True)
    for name in names:
        (data / name).touch(0o644)
    private.folder(data)
    assert open_to_others(data) == []


@posix
def test_a_folder_with_other_things_in_it_stays_open_and_ours_in_it_are_closed(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(0o644)
    data = tmp_path / "home"
    data.mkdir(0o755)
    for name in ("holiday.jpg", "store.sqlite"):
        (data / name).touch(0o644)
    (data / "bridge.json").symlink_to(elsewhere)
    private.folder(data)
    assert data.stat().st_mode & 0o777 == 0o755
    assert (data / "holiday.jpg").stat().st_mode & 0o777 == 0o644
    assert elsewhere.stat().st_mode & 0o777 == 0o644
    assert (data / "store.sqlite").stat().st_mode & 0o777 == 0o600


async def test_every_start_has_a_fresh_token_until_a_panel_is_paired(config: Config, home: Home):
    tokens: list[str] = []
    for client in ("pentimento run", "panel 0.1.0", "tests", "tests"):
        async with serving(config, home) as where, connect(where, client=client):
            tokens.append(where.token)
    assert len(set(tokens)) == 2
    assert tokens[1] == tokens[2] == tokens[3]
    assert all(len(token) >= 32 for token in tokens)
    access.forget(config.data)
    async with serving(config, home) as where:
        assert where.token not in tokens


@pytest.mark.parametrize("kept", ['{"token": ""}', '{"token": "short"}', "{", '{"token": 1}', "[]"])
def test_a_token_that_is_none_is_not_kept(tmp_path: Path, kept: str):
    (tmp_path / access.PAIRED).write_text(kept)
    assert len(access.token(tmp_path)) == 32


@pytest.mark.parametrize("name", ["bridge.json", "paired.json"])
def test_what_another_user_left_in_the_folder_is_not_believed(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    planted = "evil" * 10
    (tmp_path / name).write_text(f'{{"token": "{planted}", "port": 7, "pid": 1}}')
    monkeypatch.setattr("bridge.access.private.is_own", lambda _: False)
    assert access.read(tmp_path) is None
    assert access.token(tmp_path) != planted


async def test_an_empty_token_never_fits(config: Config, home: Home):
    assert not token_fits("", "")
    async with serving(config, home) as where, ClientSession(where.address) as http:
        for headers in ({"Authorization": "Bearer "}, {"Authorization": "Bearer"}, {}):
            async with http.get("/runs?token=", headers=headers) as answer:
                assert answer.status == 401
        with pytest.raises(Refused, match="The token does not fit"):
            async with connect(Access(port=where.port, token="", pid=where.pid)):
                pass


async def test_who_has_taken_a_gone_bridges_port_never_hears_its_token(config: Config):
    """It says what a bridge says, to whatever it is asked; only the proof it cannot give."""
    heard = bytearray()

    async def squat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"\r\n\r\n"))
        body = msgspec.json.encode(
            {"program": "pentimento", "pid": os.getpid(), "model": "ready", "proof": "0" * 64}
        )
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    squatter = await asyncio.start_server(squat, "127.0.0.1", 0)
    config.data.mkdir()
    port = squatter.sockets[0].getsockname()[1]
    left = access.publish(config.data, token="t" * 32, host="127.0.0.1", port=port)
    assert await asyncio.to_thread(access.find, config.data) is None
    assert heard.startswith(b"GET /health?challenge=")
    assert left.token.encode() not in heard
    squatter.close()


async def test_a_bridge_proves_that_it_knows_the_token_for_its_own_port_only(
    config: Config, access: Access
):
    found = await asyncio.to_thread(where_is, config.data)
    assert found == access
    async with ClientSession(access.address) as http:
        async with http.get(f"/health?challenge={'ab' * 32}") as answer:
            proof = (await answer.json())["proof"]
        assert proof == proof_of(access.token, access.port, "ab" * 32)
        assert proof != proof_of(access.token, access.port + 1, "ab" * 32)
        async with http.get("/health?challenge=no") as answer:
            assert answer.status == 400
        async with http.get("/health") as answer:
            assert (await answer.json())["proof"] is None


async def test_a_bridge_that_has_gone_is_not_found(config: Config, home: Home):
    async with serving(config, home):
        pass
    assert access.read(config.data) is None
    assert access.find(config.data) is None
    assert access.find(config.data / "nowhere") is None


async def test_a_port_that_is_taken_is_said(config: Config, home: Home, tmp_path: Path):
    async with serving(config, home) as first:
        other = replace(config, port=first.port, data=tmp_path / "other")
        with pytest.raises(Occupied, match=f"port {first.port} cannot be used"):
            async with serving(other, home):
                pass


async def test_a_wrong_token_is_refused_with_a_sentence(access: Access):
    wrong = Access(port=access.port, token="wrong", pid=access.pid)
    with pytest.raises(Refused, match="The token does not fit; pair again"):
        async with connect(wrong):
            pass


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
async def test_both_loopback_addresses_are_served(access: Access):
    for host in ("127.0.0.1", "[::1]"):
        address = f"http://{host}:{access.port}"
        async with ClientSession(address) as http, http.get("/health") as answer:
            assert (await answer.json())["program"] == "pentimento"


async def test_neither_token_nor_prompt_is_written_to_the_log(config: Config, home: Home):
    root = logging.getLogger()
    before = root.handlers[:]
    log.to_file(config.log_path)
    try:
        async with serving(config, home) as where, connect(where, client="tests") as bridge:
            command = Generate(request="r", recipe=recipe(prompt="a very private wish"))
            async for _ in bridge.paint(command):
                pass
            address = f"/runs?token={where.token}"
            async with ClientSession(where.address) as http, http.get(address) as answer:
                assert answer.status == 200
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
    text = config.log_path.read_text()
    assert "connected: 'tests'" in text
    assert where.token not in text
    assert "private wish" not in text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"host": "0.0.0.0"}, "host must be one of localhost, 127.0.0.1, ::1, got '0.0.0.0'"),
        ({"port": 70_000}, "port must be in 0..65535, got 70000"),
        ({"model": Path("/nowhere")}, "model must be a diffusers folder with a model_index.json"),
        ({"threads": 0}, "threads must be at least 1, got 0"),
        ({"quota_bytes": 1}, "quota_bytes must be at least 16 MiB, got 1"),
    ],
)
def test_wrong_settings_are_named(config: Config, changes: dict[str, object], sentence: str):
    with pytest.raises(ValueError, match=sentence):
        replace(config, **changes)  # pyright: ignore[reportArgumentType] # wrong on purpose


def test_the_studios_files_are_a_list_without_links(tmp_path: Path):
    plugin = tmp_path / "plugin"
    (plugin / "studio").mkdir(parents=True)
    (plugin / "index.html").write_text("panel")
    (plugin / "studio" / "index.html").write_text("studio")
    (plugin / "studio" / "notes.py").write_text("no kind that is served")
    secret = tmp_path / "secret.js"
    secret.write_text("secret")
    (plugin / "studio" / "link.js").symlink_to(secret)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "deep.js").write_text("secret")
    (plugin / "linked").symlink_to(tmp_path / "folder")
    found = studio.files(plugin)
    assert set(found) == {"", "index.html", "panel/index.html"}
    assert found[""].read_text() == "studio"


async def test_the_studio_may_run_only_what_comes_from_here(access: Access):
    async with ClientSession(access.address) as http:
        async with http.get("/studio/host/loader.js") as answer:
            assert answer.status == 200
            assert answer.content_type == "text/javascript"
            assert answer.headers["Cache-Control"] == "no-cache"
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self'; script-src 'self'")
        async with http.get("/studio", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "/studio/")
