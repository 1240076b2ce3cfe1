"""A panel is let in by six words and a yes; and what others try, which does not let them in."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bridge.access.access import Access, proof
from bridge.access.pairing import (
    LASTS,
    MOST,
    RATE,
    SILENCE,
    WORDS,
    Crowded,
    Pairings,
    promise,
    words,
)
from bridge.config import Config
from bridge.http.serving import serving
from bridge.store.database import Missing
from bridge.worker.homes import Home

ROOT = Path(__file__).parents[3]
NONCE = "0123456789abcdef" * 2
Json = dict[str, Any]


class Clock:
    """A time that tests turn on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pairings(clock: Clock) -> Pairings:
    return Pairings(clock)


def asking(pairings: Pairings, nonce: str = NONCE, port: int = 7866) -> tuple[str, str]:
    """A panel that has kept its promise: its id, and the bridge's nonce."""
    id, ours = pairings.begin(promise(nonce), port)
    assert pairings.heard(id, nonce)[0] == "waiting"
    return id, ours


def test_the_words_are_256_short_ones_that_are_told_apart_by_their_first_three_letters():
    assert len(WORDS) == len(set(WORDS)) == 256
    assert len({word[:3] for word in WORDS}) == 256
    assert all(re.fullmatch(r"[a-z]{3,7}", word) for word in WORDS)
    assert list(WORDS) == sorted(WORDS)


def test_the_panel_has_the_same_words_in_the_same_order():
    text = (ROOT / "ps-plugin" / "bridge" / "pairing_words.js").read_text("utf-8")
    said = " ".join(re.findall(r'^  "([a-z ]+)"', text, re.MULTILINE))
    assert tuple(said.split()) == WORDS


def test_the_words_change_with_either_nonce_and_with_the_port():
    one = words(NONCE, "b" * 32, 7866)
    assert len(one) == 6
    assert one == words(NONCE, "b" * 32, 7866)
    others = {words("f" * 32, "b" * 32, 7866), words(NONCE, "c" * 32, 7866)}
    assert len({one, *others, words(NONCE, "b" * 32, 7867)}) == 4


def test_promise_words_and_proof_are_those_that_the_panel_computes_too():
    golden = json.loads((ROOT / "tests" / "golden" / "pairing.json").read_text("utf-8"))
    assert promise(golden["nonce"]) == golden["promise"]
    shown = words(golden["nonce"], golden["bridge"], golden["port"])
    assert list(shown) == golden["words"]
    assert proof(golden["token"], golden["port"], golden["challenge"]) == golden["proof"]


def test_a_yes_lets_in_the_panel_that_asked_once(pairings: Pairings):
    id, ours = asking(pairings)
    (shown,) = pairings.waiting()
    assert shown.words == words(NONCE, ours, 7866)
    assert shown.left == LASTS
    assert pairings.answer(id, let_in=True) == shown.words
    assert pairings.waiting() == []
    assert pairings.heard(id, NONCE)[0] == "in"
    with pytest.raises(Missing, match="this asking is over"):
        pairings.heard(id, NONCE)


def test_a_no_is_told_once_and_forgotten(pairings: Pairings):
    id, _ = asking(pairings)
    pairings.answer(id, let_in=False)
    assert pairings.heard(id, NONCE)[0] == "no"
    with pytest.raises(Missing):
        pairings.heard(id, NONCE)


def test_the_first_answer_counts(pairings: Pairings):
    id, _ = asking(pairings)
    pairings.answer(id, let_in=False)
    with pytest.raises(Missing, match="does not wait any more"):
        pairings.answer(id, let_in=True)
    assert pairings.heard(id, NONCE)[0] == "no"


def test_who_does_not_keep_the_promise_is_not_shown_and_not_heard(pairings: Pairings):
    id, _ = pairings.begin(promise(NONCE), 7866)
    assert pairings.waiting() == []
    with pytest.raises(Missing):
        pairings.answer(id, let_in=True)
    for nonce in ("f" * 32, "", NONCE + " ", "é"):
        with pytest.raises(PermissionError, match="not the nonce that was promised"):
            pairings.heard(id, nonce)
    assert pairings.waiting() == []


def test_a_token_is_not_fetched_with_another_nonce(pairings: Pairings):
    id, _ = asking(pairings)
    pairings.answer(id, let_in=True)
    with pytest.raises(PermissionError):
        pairings.heard(id, "f" * 32)
    assert pairings.heard(id, NONCE)[0] == "in"


def test_an_asking_ends_after_two_minutes(pairings: Pairings, clock: Clock):
    id, _ = asking(pairings)
    for _ in range(int(LASTS) - 1):
        clock.now += 1
        assert pairings.heard(id, NONCE)[0] == "waiting"
    assert pairings.heard(id, NONCE) == ("waiting", 1.0)
    clock.now += 1
    assert pairings.waiting() == []
    with pytest.raises(Missing):
        pairings.heard(id, NONCE)


def test_a_panel_that_was_closed_is_not_let_in(pairings: Pairings, clock: Clock):
    id, _ = asking(pairings)
    clock.now += SILENCE
    assert pairings.waiting() == []
    with pytest.raises(Missing, match="does not wait any more"):
        pairings.answer(id, let_in=True)


def test_a_yes_that_nobody_fetches_is_forgotten(pairings: Pairings, clock: Clock):
    id, _ = asking(pairings)
    pairings.answer(id, let_in=True)
    clock.now += SILENCE
    with pytest.raises(Missing):
        pairings.heard(id, NONCE)


def test_two_panels_at_once_have_words_of_their_own_and_their_own_answers(pairings: Pairings):
    first, _ = asking(pairings)
    second, _ = asking(pairings, "f" * 32)
    one, other = pairings.waiting()
    assert one.words != other.words
    pairings.answer(second, let_in=True)
    assert pairings.heard(first, NONCE)[0] == "waiting"
    assert pairings.heard(second, "f" * 32)[0] == "in"


def test_only_a_few_wait_and_only_so_many_may_ask(pairings: Pairings, clock: Clock):
    for _ in range(MOST):
        pairings.begin(promise(NONCE), 7866)
    with pytest.raises(Crowded, match="4 panels are waiting"):
        pairings.begin(promise(NONCE), 7866)
    for _ in range(RATE // MOST - 1):
        clock.now += SILENCE
        for _ in range(MOST):
            pairings.begin(promise(NONCE), 7866)
    clock.now += SILENCE
    with pytest.raises(Crowded, match="20 panels have asked in 120 s"):
        pairings.begin(promise(NONCE), 7866)
    clock.now += SILENCE
    pairings.begin(promise(NONCE), 7866)


# Over HTTP


@pytest.fixture
async def panel(access: Access) -> AsyncGenerator[ClientSession]:
    """Somebody without a token."""
    async with ClientSession(access.address) as http:
        yield http


@pytest.fixture
async def painter(access: Access) -> AsyncGenerator[ClientSession]:
    """Somebody with it."""
    headers = {"Authorization": f"Bearer {access.token}"}
    async with ClientSession(access.address, headers=headers) as http:
        yield http


async def said(http: ClientSession, path: str, body: Json, status: int = 200) -> Json:
    """What the bridge answers."""
    async with http.post(path, json=body) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def asked(panel: ClientSession) -> Json:
    """A panel that waits."""
    heard = await said(panel, "/pair", {"promise": promise(NONCE)})
    assert (await said(panel, f"/pair/{heard['id']}", {"nonce": NONCE}))["state"] == "waiting"
    return heard


async def waiting(painter: ClientSession) -> list[Json]:
    async with painter.get("/pairings") as answer:
        return await answer.json()


async def test_a_panel_asks_and_the_painters_yes_gives_it_the_token_once(
    panel: ClientSession, painter: ClientSession, access: Access
):
    heard = await asked(panel)
    (shown,) = await waiting(painter)
    assert tuple(shown["words"]) == words(NONCE, heard["nonce"], access.port)
    assert 0 < shown["left"] <= LASTS
    assert await said(painter, f"/pairings/{heard['id']}", {"let_in": True}) == shown["words"]
    path = f"/pair/{heard['id']}"
    outcome = await said(panel, path, {"nonce": NONCE})
    assert outcome == {"state": "in", "left": outcome["left"], "token": access.token}
    assert "is over" in (await said(panel, path, {"nonce": NONCE}, 404))["message"]


async def test_a_no_gives_it_nothing(panel: ClientSession, painter: ClientSession):
    heard = await asked(panel)
    await said(painter, f"/pairings/{heard['id']}", {"let_in": False})
    outcome = await said(panel, f"/pair/{heard['id']}", {"nonce": NONCE})
    assert (outcome["state"], outcome["token"]) == ("no", None)


async def test_nobody_is_told_the_token_before_the_yes(panel: ClientSession, access: Access):
    heard = await asked(panel)
    for _ in range(3):
        async with panel.post(f"/pair/{heard['id']}", json={"nonce": NONCE}) as answer:
            assert access.token not in await answer.text()
            assert answer.headers["Cache-Control"] == "no-store"


async def test_without_the_token_nobody_sees_who_waits_and_nobody_answers(panel: ClientSession):
    heard = await asked(panel)
    async with panel.get("/pairings") as answer:
        assert answer.status == 401
    await said(panel, f"/pairings/{heard['id']}", {"let_in": True}, 401)
    async with panel.post(f"/pairings/{heard['id']}?token=x", json={"let_in": True}) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_web_page_cannot_ask(panel: ClientSession, origin: str):
    headers = {"Origin": origin}
    async with panel.post("/pair", json={"promise": promise(NONCE)}, headers=headers) as answer:
        assert answer.status == 403


async def test_a_name_that_was_rebound_cannot_ask(panel: ClientSession, access: Access):
    headers = {"Host": f"evil.example:{access.port}"}
    async with panel.post("/pair", json={"promise": promise(NONCE)}, headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"promise": "' + b"0" * 64 + b'"}', "text/plain", 415),
        (b'{"promise": "' + b"0" * 64 + b'"}', "application/x-www-form-urlencoded", 415),
        (b'{"promise": "0"}', "application/json", 400),
        (b'{"promise": 1}', "application/json", 400),
        (b'{"promise": "' + b"0" * 64 + b'", "more": 1}', "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 1000, "application/json", 400),
        (b"", "application/json", 400),
        (b" " * 1025, "application/json", 413),
    ],
)
async def test_what_does_not_fit_is_refused_with_a_sentence(
    panel: ClientSession, body: bytes, kind: str, status: int
):
    async with panel.post("/pair", data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == status
        assert len((await answer.json())["message"]) > 10


async def test_another_nonce_and_another_id_are_refused(panel: ClientSession):
    heard = await asked(panel)
    refused = await said(panel, f"/pair/{heard['id']}", {"nonce": "f" * 32}, 403)
    assert refused["message"] == "this is not the nonce that was promised"
    await said(panel, f"/pair/{'0' * 16}", {"nonce": NONCE}, 404)
    await said(panel, "/pair/x", {"nonce": NONCE}, 400)


async def test_too_many_are_told_to_wait(panel: ClientSession):
    for _ in range(MOST):
        await said(panel, "/pair", {"promise": promise(NONCE)})
    refused = await said(panel, "/pair", {"promise": promise(NONCE)}, 429)
    assert "panels are waiting" in refused["message"]


async def test_who_passes_the_talk_on_from_another_port_shows_other_words(
    panel: ClientSession, painter: ClientSession, access: Access
):
    """The panel counts with the port it reached, the relay's; the bridge with its own."""
    heard = await asked(panel)
    (shown,) = await waiting(painter)
    relay = access.port - 1
    assert tuple(shown["words"]) != words(NONCE, heard["nonce"], relay)


async def test_a_bridge_that_starts_anew_knows_of_no_asking(config: Config, home: Home):
    async with serving(config, home) as where, ClientSession(where.address) as panel:
        heard = await asked(panel)
    async with serving(config, home) as where, ClientSession(where.address) as panel:
        refused = await said(panel, f"/pair/{heard['id']}", {"nonce": NONCE}, 404)
        assert "the bridge was started anew" in refused["message"]


async def test_neither_token_nor_nonces_nor_words_come_into_the_log(
    panel: ClientSession,
    painter: ClientSession,
    access: Access,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    heard = await asked(panel)
    (shown,) = await waiting(painter)
    await said(painter, f"/pairings/{heard['id']}", {"let_in": True})
    await said(panel, f"/pair/{heard['id']}", {"nonce": NONCE})
    assert "a panel was let in" in caplog.text
    for secret in (access.token, NONCE, heard["nonce"], promise(NONCE), " ".join(shown["words"])):
        assert secret not in caplog.text
