"""Letting a panel in without typing: both sides show the same six words, and the painter says yes.

Pairings     who asks to be let in, and what the painter says to it
Crowded      too many ask; the text is the sentence for whoever asked last
words        the six that both sides make of what they have said to each other
promise      what a panel says first: the hash of the nonce that it says next

How it goes: a panel without a token draws a nonce and sends its hash, the promise. The bridge draws
a nonce of its own and answers with it. Now the panel says its nonce, and asks with it again and
again what has become of it; each side makes six words of 256 out of both nonces and the port. The
painter sees them in the panel and, by the bridge, in the studio, in its terminal or in `pentimento
pair`, compares and says yes there: whoever may answer has the token already. The next time that the
panel asks it is given the token, once; then nothing of it is left here.

What is hashed, by sha256; numbers and hashes are in hex, the port in decimal, NL is a newline:

promise   "pentimento-pairing-1 promise", NL, the panel's nonce
words     the same with "words", and after the nonce NL, the bridge's nonce, NL, the port: a byte
          a word of pairing_words.txt, which ps-plugin/bridge/pairing_words.js has too

An asking ends after LASTS, or when its panel, which asks each second, was silent for SILENCE. MOST
may wait, RATE may ask within LASTS; others are answered 429.

What another program of this machine could try, and why it does not help it:

- to ask itself: it has words of its own, which no panel shows. A painter who reads says no.
- to answer another's asking, or to fetch its token: that takes the nonce, which only the panel and
  the bridge have heard; it is compared in constant time, and the token goes once. A yes takes the
  bridge's own token.
- to listen on another port and pass the talk on: the port that the panel reached is in its words,
  the port that the bridge listens on in the bridge's, so they differ.
- to listen there and talk to both sides, in search of nonces that make the words meet: each side
  has bound itself before it hears the other's nonce, so there is one try, of one in 2^48.
- to ask without end: a few may wait at a time, each for two minutes, and so many in two minutes.
  That can keep a panel out, not let one in; the token can still be typed.
- a web page: its Origin is refused like everywhere, and so is a body that is not sent as JSON.
- to have taken the port before the bridge, as another user of this machine might: then the bridge
  does not start and says so. A panel that was never paired cannot know that what it reached is no
  bridge, and would show it what is painted; a paired one asks for the proof first, see access.py,
  and says nothing to whoever cannot give it. With `--host 127.0.0.1` another user may have ::1,
  which `localhost` may mean, and pass the talk on; the bridge by itself takes both.
- to read the memory or the connections of this user's programs: who can do that needs no pairing.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..store.database import Missing

log = logging.getLogger(__name__)

LASTS = 120.0  # seconds in which a panel can be let in
SILENCE = 20.0  # seconds after which a panel that does not ask any more has gone
MOST = 4  # panels that wait at a time
RATE = 20  # that may ask within LASTS
NONCE = re.compile(r"[0-9a-f]{32,64}")
PROMISE = re.compile(r"[0-9a-f]{64}")
_LABEL = "pentimento-pairing-1"
_SHOWN = 6  # words
_OVER = "this asking is over: it was answered, its time has passed, or the bridge was started anew"

WORDS = tuple((Path(__file__).with_name("pairing_words.txt")).read_text("ascii").split())

State = Literal["waiting", "in", "no"]
Words = tuple[str, ...]


class Crowded(RuntimeError):
    """Too many ask. The text is a sentence."""


@dataclass(frozen=True)
class Waiting:
    """A panel that waits for the painter's word."""

    id: str
    words: Words
    left: float  # seconds


@dataclass
class _Asking:
    id: str
    promise: str
    nonce: str  # the bridge's
    port: int  # that it was reached at
    ends: float
    heard: float  # when it last said something
    words: Words = ()  # none: it has not kept its promise yet
    state: State = "waiting"


def promise(nonce: str) -> str:
    """What binds a panel to its nonce before it hears the bridge's."""
    return hashlib.sha256(f"{_LABEL} promise\n{nonce}".encode()).hexdigest()


def words(panel: str, bridge: str, port: int) -> Words:
    """Six words, the same on both sides where nonces and port are."""
    said = f"{_LABEL} words\n{panel}\n{bridge}\n{port}"
    return tuple(WORDS[byte] for byte in hashlib.sha256(said.encode()).digest()[:_SHOWN])


class Pairings:
    """Who asks to be let in. Nothing of it is stored: a bridge that starts anew knows of none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._asking: dict[str, _Asking] = {}
        self._begun = deque[float](maxlen=RATE)
        self._news = asyncio.Event()

    def begin(self, promised: str, port: int) -> tuple[str, str]:
        """A panel asks: the id of its asking, and our nonce. Raises Crowded, ValueError."""
        if not PROMISE.fullmatch(promised):
            raise ValueError(f"promise must match {PROMISE.pattern}, got {promised[:80]!r}")
        self._sweep()
        now = self._clock()
        if len(self._asking) >= MOST:
            raise Crowded(f"{MOST} panels are waiting to be let in; answer them first, or wait")
        if len(self._begun) == RATE and now - self._begun[0] < LASTS:
            raise Crowded(f"{RATE} panels have asked in {LASTS:.0f} s; wait a little")
        self._begun.append(now)
        one = _Asking(
            id=secrets.token_hex(8),
            promise=promised,
            nonce=secrets.token_hex(16),
            port=port,
            ends=now + LASTS,
            heard=now,
        )
        self._asking[one.id] = one
        log.info("a panel asks to be let in")
        return one.id, one.nonce

    def heard(self, id: str, nonce: str) -> tuple[State, float]:
        """The panel asks what has become of it. Raises Missing, PermissionError.

        What is not "waiting" is said once.
        """
        self._sweep()
        one = self._asking.get(id)
        if one is None:
            raise Missing(_OVER)
        if not NONCE.fullmatch(nonce) or not hmac.compare_digest(promise(nonce), one.promise):
            raise PermissionError("this is not the nonce that was promised")
        one.heard = self._clock()
        if not one.words:
            one.words = words(nonce, one.nonce, one.port)
            self._news.set()
        if one.state != "waiting":
            del self._asking[id]
        return one.state, self._left(one)

    def waiting(self) -> list[Waiting]:
        """Those that wait for the painter's word, the oldest first."""
        self._sweep()
        shown = [one for one in self._asking.values() if one.words and one.state == "waiting"]
        return [Waiting(one.id, one.words, self._left(one)) for one in shown]

    def answer(self, id: str, *, let_in: bool) -> Words:
        """The painter's word; the words it was said to. Raises Missing."""
        one = next((one for one in self.waiting() if one.id == id), None)
        if one is None:
            raise Missing(f"this panel does not wait any more; {_OVER}")
        self._asking[id].state = "in" if let_in else "no"
        self._asking[id].ends = self._clock() + SILENCE  # to be told of it
        log.info("a panel was %s", "let in" if let_in else "not let in")
        self._news.set()
        return one.words

    async def news(self, seconds: float) -> None:
        """Until something has changed, or the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()

    def _left(self, one: _Asking) -> float:
        return max(0.0, one.ends - self._clock())

    def _sweep(self) -> None:
        """Forget whose time is over, and who has gone."""
        now = self._clock()
        for one in list(self._asking.values()):
            if one.ends <= now or one.heard + SILENCE <= now:
                del self._asking[one.id]
                log.info("a panel does not wait to be let in any more")
