"""The browser studio's files, from an explicit list: only what lies in the package is ever read.

files     every file the studio may load, by address
served    one of them, as an answer
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

PLUGIN = Path(__file__).parents[2] / "ps-plugin"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".woff2": "font/woff2",
}
# eval: the studio hands the panel's CommonJS files a `require` of its own, as UXP does. Scripts
# still come from here only. ws: an address for each name of this machine, as the panel tries them.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob: data:; "
    "connect-src 'self' ws://localhost:* ws://127.0.0.1:*; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def files(plugin: Path = PLUGIN) -> dict[str, Path]:
    """Address below /studio/ -> file. The studio's own come first, the panel's under panel/.

    Links are left out, so nothing outside the folder can be named.
    """
    found: dict[str, Path] = {}
    for path in sorted(plugin.rglob("*")):
        inside = path.relative_to(plugin)
        linked = any((plugin / part).is_symlink() for part in [inside, *inside.parents])
        if linked or not path.is_file() or path.suffix not in TYPES:
            continue
        if inside.parts[0] == "studio":
            found["/".join(inside.parts[1:])] = path
        else:
            found["/".join(("panel", *inside.parts))] = path
    if "index.html" in found:
        found[""] = found["index.html"]
    manifest = plugin.parent / "manifest.json"  # what the panel may do, as Photoshop is told
    if manifest.is_file() and not manifest.is_symlink():
        found["manifest.json"] = manifest
    return found


def served(path: Path) -> web.Response:
    """A file as an answer that is asked for anew each time: an update is seen at once."""
    kind = TYPES[path.suffix]
    text = kind.startswith("text/") or kind == "application/json"
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    return web.Response(
        body=path.read_bytes(),
        content_type=kind,
        charset="utf-8" if text else None,
        headers=headers,
    )
