"""How a program on this machine finds the bridge: a file that only its user may read.

Access     where the bridge listens, and the token it asks for
token      the token of a data folder; kept between starts, so panels stay paired
publish    write the file
find       the bridge that is running, if one answers
"""

from __future__ import annotations

import http.client
import os
import secrets
from pathlib import Path

import msgspec

FILE = "bridge.json"
_PATIENCE = 2.0  # seconds a running bridge has to answer


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


def publish(folder: Path, *, token: str, host: str, port: int) -> Access:
    """Write down where this process listens."""
    access = Access(port=port, token=token, pid=os.getpid(), host=host)
    _write(folder, access)
    return access


def token(folder: Path) -> str:
    """The pairing token of this data folder; made once."""
    if (old := read(folder)) is not None:
        return old.token
    return secrets.token_urlsafe(24)


def read(folder: Path) -> Access | None:
    """What the file says, whether or not that bridge still runs. None: no file."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Access)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def find(folder: Path) -> Access | None:
    """The bridge that is running on this data folder. None: none answers."""
    access = read(folder)
    if access is None:
        return None
    connection = http.client.HTTPConnection(access.host, access.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/health")
        health = msgspec.json.decode(connection.getresponse().read(), type=dict[str, object])
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return None
    finally:
        connection.close()
    ours = health.get("program") == "pentimento" and health.get("pid") == access.pid
    return access if ours else None


def _write(folder: Path, access: Access) -> None:
    """Whole or not at all, and never readable by others, not even for an instant."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(access))
    os.replace(fresh, folder / FILE)
