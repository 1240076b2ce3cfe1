"""How a program on this machine finds the bridge: a file that only its user may read.

Access     where the bridge listens, and the token it asks for
token      this start's token: the one that paired panels keep, else a fresh one
pair       keep the token over restarts, because a panel keeps it too
forget     the next start has a fresh token
publish    write down where the bridge listens; withdraw takes it back
find       the bridge that is running, if it is the one that wrote the file
silent     the one that wrote the file, where its port takes what is said and nothing comes back
proof      what only who knows the token can answer to a challenge

A port says nothing of who listens there: the bridge that wrote the file may be gone, and another
user's program may have taken its port. So nobody sends a token before the other side has proven,
to a challenge that was never asked before, that it knows the token itself. `GET /health?challenge=`
(32 to 128 hex digits) answers with the HMAC-SHA256 of "PORT CHALLENGE" under the token, in hex. An
empty token is none.

The data folder has mode 0700, its files 0600. Every start has a fresh token until a panel is paired
(its Hello.client begins with "panel"): then it is kept, so that panels come back after a restart.
`pentimento serve --new-token`, or removing paired.json, unpairs all. bridge.json goes with its
bridge.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path

import msgspec

from .. import log
from . import private

FILE = "bridge.json"
PAIRED = "paired.json"  # {"token"}: there once a panel was paired; removing it unpairs all
CHALLENGE = re.compile(r"[0-9a-f]{32,128}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")
_PATIENCE = 2.0  # seconds a running bridge has to answer
_LONGEST = 64 * 1024  # bytes of an answer that are read


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to speak to a bridge."""

    port: int
    token: str
    pid: int
    host: str = "127.0.0.1"

    @property
    def address(self) -> str:
        """The bridge's address, as a browser wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def studio(self) -> str:
        """The browser studio, paired. The token is behind a #, so it is never sent."""
        return f"{self.address}/studio/#token={self.token}"


class _Paired(msgspec.Struct, frozen=True):
    token: str


def token(folder: Path) -> str:
    """The token of a bridge that starts: paired panels know it, or else nobody does."""
    with suppress(OSError, msgspec.DecodeError):
        if private.is_own(folder / PAIRED):
            kept = msgspec.json.decode((folder / PAIRED).read_bytes(), type=_Paired).token
            if _TOKEN.fullmatch(kept):
                return kept
    return secrets.token_urlsafe(24)


def pair(folder: Path, token: str) -> None:
    """Keep the token over restarts. OSError: it cannot be."""
    if not (folder / PAIRED).exists():
        _write(folder / PAIRED, msgspec.json.encode(_Paired(token)))


def forget(folder: Path) -> None:
    """Let the next start have a fresh token: every panel has to be paired again."""
    (folder / PAIRED).unlink(missing_ok=True)


def publish(folder: Path, *, token: str, host: str, port: int) -> Access:
    """Write down where this process listens."""
    log.secret(token)
    access = Access(port=port, token=token, pid=os.getpid(), host=host)
    _write(folder / FILE, msgspec.json.encode(access))
    return access


def withdraw(folder: Path, access: Access) -> None:
    """Nobody listens there any more."""
    if read(folder) == access:  # and not what a bridge wrote that has followed us
        with suppress(OSError):
            (folder / FILE).unlink()


def read(folder: Path) -> Access | None:
    """What the file says, whether or not that bridge still runs. None: no file of this user."""
    try:
        if not private.is_own(folder / FILE):
            return None
        found = msgspec.json.decode((folder / FILE).read_bytes(), type=Access)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.token and 0 < found.port < 65536 else None


def find(folder: Path) -> Access | None:
    """The bridge that is running on this data folder. None: none answers that knows its token."""
    access = read(folder)
    if access is None:
        return None
    challenge = secrets.token_hex(32)
    health = asked(access.host, access.port, f"/health?challenge={challenge}")
    expected = proof(access.token, access.port, challenge)
    given = health.get("proof")
    proven = isinstance(given, str) and given.isascii() and hmac.compare_digest(given, expected)
    return access if proven and health.get("pid") == access.pid else None


def silent(folder: Path, patience: float) -> Access | None:
    """Who wrote the file, where its port is listened to and nothing answers for so many seconds."""
    access = read(folder)
    if access is None:
        return None
    try:
        with socket.create_connection((access.host, access.port), timeout=patience) as line:
            line.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            line.recv(1)
    except TimeoutError:
        return access
    except OSError:
        return None
    return None


def proof(token: str, port: int, challenge: str) -> str:
    """The answer to a challenge. The port is in it, so that nobody can have it made elsewhere."""
    return hmac.new(token.encode(), f"{port} {challenge}".encode(), hashlib.sha256).hexdigest()


def asked(host: str, port: int, path: str) -> dict[str, object]:
    """What a program at a port says of itself, without a token; nothing, if it is no bridge."""
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        said = connection.getresponse().read(_LONGEST)
        return msgspec.json.decode(said, type=dict[str, object])
    except (OSError, ValueError, http.client.HTTPException, msgspec.DecodeError):
        return {}
    finally:
        connection.close()


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and never readable by others, not even for an instant."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with private.opened(fresh) as file:
        file.write(data)
    os.replace(fresh, path)
