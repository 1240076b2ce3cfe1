"""An error as everybody gets it: one sentence, as JSON.

refusal   the answer
HEADERS   what every answer says to a browser
"""

from __future__ import annotations

import msgspec
from aiohttp import web

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def refusal(status: int, message: str) -> web.Response:
    """The answer to what cannot be done."""
    body = msgspec.json.encode({"message": message})
    return web.Response(status=status, body=body, content_type="application/json", headers=HEADERS)
