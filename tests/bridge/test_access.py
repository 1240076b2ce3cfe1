"""How the bridge is found, what it gives away, and what it writes down."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bridge import access, log, studio
from bridge.access import Access
from bridge.client import Refused, connect
from bridge.config import Config
from bridge.server import _has_ipv6  # pyright: ignore[reportPrivateUsage] # as the server sees it
from bridge.serving import Occupied, serving
from bridge.stream import Home
from bridge.wire import Generate

from .conftest import recipe


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the user's folder is private itself")
async def test_the_file_with_the_token_is_its_users_alone(config: Config, access: Access):
    assert (config.data / "bridge.json").stat().st_mode & 0o777 == 0o600


async def test_the_token_is_kept_between_starts(config: Config, home: Home):
    async with serving(config, home) as first:
        pass
    async with serving(config, home) as second:
        assert second.token == first.token
    assert len(first.token) >= 32


async def test_a_bridge_that_has_gone_is_not_found(config: Config, home: Home):
    async with serving(config, home):
        pass
    assert access.read(config.data) is not None
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
        async with http.get("/studio/loader.js") as answer:
            assert answer.status == 200
            assert answer.content_type == "text/javascript"
            assert answer.headers["Cache-Control"] == "no-cache"
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self'; script-src 'self'")
        async with http.get("/studio", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "/studio/")
