"""The panel's modules as one classic script, and the page that loads it.

modules_of    the texts of all that a script requires
bundled       them in one script, in which they find each other without the host's help
page_of       the page with one name for each file, and that script after its own

The page's own script stays by itself: what it has to do within milliseconds should not wait until
half a megabyte was read. Photoshop's own `require` is asked for "photoshop" and "uxp" alone. No
module is a text that would have to be run: a plugin may not do that. Each is a function, run when
it is first required. Modules are found by require("./NAME.js") and require("../NAME.js"), written
out, below ps-plugin/; `start.js` finds the bundled ones as window.pentimentoRequire.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

NAME = "pentimento.js"
_NAMED = re.compile(r'"(\.\.?/[^"\n]+\.js)"')  # by a script, in whatever way
_REQUIRED = re.compile(r'\brequire\(\s*"(\.\.?/[^"\n]+)"\s*\)')
_COMMENT = re.compile(r"[ \t]*<!--.*?-->\n?", re.DOTALL)
_TAG = re.compile(
    r'[ \t]*<(?:script\b[^>]*\bsrc="(?P<script>[^"]+)"[^>]*></script>'
    r'|link\b[^>]*\bhref="(?P<sheet>[^"]+)"[^>]*>)\n?'
)

_HEAD = """"use strict";

// Pentimento's modules in one script, made by scripts/package_plugin.py. Each is a function that
// runs when it is first required; the host's own require is asked for the host's modules only.
(function () {
  const MODULES = {
"""
_FOOT = """  };
  const loaded = {};

  function load(path, by) {
    if (path in loaded) return loaded[path].exports;
    if (!(path in MODULES)) throw new Error("Module not found: " + path + ", required by " + by);
    const module = { exports: {} };
    loaded[path] = module;
    try {
      MODULES[path](requireFrom(path), module, module.exports);
    } catch (error) {
      delete loaded[path]; // the next who asks meets the same error, not half a module
      throw error;
    }
    return module.exports;
  }

  function requireFrom(path) {
    return function (request) {
      if (request.charAt(0) !== ".") return require(request);
      const parts = path.split("/").slice(0, -1);
      for (const part of request.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== ".") parts.push(part);
      }
      return load(parts.join("/"), path);
    };
  }

  window.pentimentoRequire = requireFrom("ENTRY");
})();
"""


def modules_of(folder: Path, entry: str) -> dict[str, str]:
    """Path below `folder` -> text, of all that `entry` reaches, without itself.

    ValueError names what is required and missing, or lies outside. A name that is only written
    there, and not required, counts where there is such a file.
    """
    found: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = text = (folder / name).read_text("utf-8")
        required = set(_REQUIRED.findall(text))
        for request in sorted({*required, *_NAMED.findall(text)}):
            reached = joined(PurePosixPath(name).parent, request)
            if reached is not None and (folder / reached).is_file():
                waiting.append(reached)
            elif request in required:
                missing = reached or f"{request}, outside of the panel's folder"
                raise ValueError(f"{name} names {missing}, which is not there")
    return {name: text for name, text in found.items() if name != entry}


def bundled(modules: dict[str, str], entry: str) -> str:
    """One script of them all, which `entry` finds as window.pentimentoRequire; none runs yet."""
    parts = [_HEAD]
    for name in sorted(modules):
        parts.append(f'"{name}": function (require, module, exports) {{\n{modules[name]}}},\n')
    parts.append(_FOOT.replace("ENTRY", entry))
    return "".join(parts)


def page_of(page: str, counts: Callable[[str], bool]) -> tuple[str, str, list[str]]:
    """The page with the modules' script and without its second names; its script; its style sheets.

    `counts(address)` says whether it is the name that counts. ValueError where the page has not one
    script.
    """
    scripts: list[str] = []
    sheets: list[str] = []

    def kept(tag: re.Match[str]) -> str:
        address = tag["script"] or tag["sheet"]
        if not counts(address):
            return ""
        if not tag["script"]:
            sheets.append(address)
            return tag[0]
        scripts.append(address)
        return tag[0] + tag[0].replace(f'"{address}"', f'"{NAME}"')

    changed = _TAG.sub(kept, _COMMENT.sub("", page))
    if len(scripts) != 1:
        raise ValueError(f"the page must have one script of its own, it has {len(scripts)}")
    return changed, scripts[0], sheets


def joined(folder: PurePosixPath, reached: str) -> str | None:
    """`../b.js` seen from `views/` is `b.js`; None for what lies above the root."""
    parts: list[str] = []
    for part in (folder / reached).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return "/".join(parts)
