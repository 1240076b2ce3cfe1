"""JSON files as people's programs write them.

json_of   an object out of a file's bytes, in whatever Unicode it was saved
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

MOST_DIGITS = 400  # of a whole number; a double has 309 at most


def json_of(data: bytes) -> dict[str, Any]:
    """The object that a JSON file holds. ValueError: one sentence with the place of what is wrong.

    Byte-order marks and UTF-16 are other programs' ways to save; what is said twice, or is no
    number, is refused: nobody could know which is meant.
    """
    if not data.strip(b"\0 \t\r\n"):  # NULs are what a crash leaves
        raise ValueError("there is nothing in it")
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"byte {error.start + 1} (line {line}) is not {encoding.removesuffix('-sig').upper()} "
            "text; save the file as UTF-8"
        ) from None
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_number, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        said = error.msg[:1].lower() + error.msg[1:]
        if text[error.pos :].startswith(("]", "}")) and text[: error.pos].rstrip().endswith(","):
            said = "there is a comma too many before it"
        if not text.strip():
            raise ValueError("there is nothing in it") from None
        if not text[error.pos :].strip():
            said = "the text ends before it is complete"
        raise ValueError(f"line {error.lineno}, column {error.colno}: {said}") from None
    except RecursionError:
        raise ValueError("its brackets lie too deep in each other") from None
    if not isinstance(found, dict):
        raise ValueError(f"there must be an object in {{}}, got {type(found).__name__}")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f'"{name[:80]}" is said twice; say it once')
        found[name] = value
    return found


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits; {digits[:12]}… is too long")
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON has")
