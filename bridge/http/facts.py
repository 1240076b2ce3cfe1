"""What a running bridge says of itself, for `pentimento doctor`: no secrets, no pictures.

facts   versions, model, device, store, log
"""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from .. import log, wire
from ..runs.session import Session, program_version
from ..store.checkup import aside

_PACKAGES = ("torch", "diffusers", "transformers", "safetensors", "aiohttp", "msgspec", "psd-tools")


def facts(session: Session) -> dict[str, Any]:
    """A JSON object; every key is there always."""
    workers, store = session.workers, session.store
    return {
        "program": "pentimento",
        "version": program_version(),
        "protocol": wire.PROTOCOL,
        "pid": os.getpid(),
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "workers": len(workers),
        "model": {
            "state": workers.state,
            "message": workers.message,
            "loaded": msgspec.to_builtins(workers.info),
            "known": sorted(session.config.models),
            "made_with": workers.made_with(workers.info.name) if workers.info else {},
        },
        "store": {
            "path": str(store.path),
            "bytes": store.used(),
            "quota_bytes": session.config.quota_bytes,
            "runs": len(store.runs()),
            "damaged": store.damaged(),
            "found": store.found,
            "aside": aside(store.path),
        },
        "log": str(session.config.log_path) if log.is_written() else "none could be written",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
