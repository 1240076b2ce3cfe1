"""JSON as people's programs save it: read in any Unicode, refused with the place of the fault."""

from __future__ import annotations

import pytest

from bridge.commands.texts import json_of

TEXT = '{"prompt": "ä boat", "n": [1, 2.5, null]}'


@pytest.mark.parametrize(
    "code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_unicode_is_read(code: str) -> None:
    assert json_of(TEXT.encode(code)) == {"prompt": "ä boat", "n": [1, 2.5, None]}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (TEXT.encode("latin-1"), r"byte 13 \(line 1\) is not UTF-8"),
        ('{"a":1,\n"b": "“"}'.encode("cp1252"), r"byte 15 \(line 2\)"),
        (TEXT.encode("utf-16")[:-1], "is not UTF-16"),
        (b"", "nothing in it"),
        (b" \r\n", "nothing in it"),
        (b"\xef\xbb\xbf", "nothing in it"),
        (b"[1]", "must be an object"),
        (b"null", "must be an object"),
        (b'{"a": 1, "a": 2}', '"a" is said twice'),
        (b'{"b": [{"a": 1, "a": 1}]}', '"a" is said twice'),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": -Infinity}', "-Infinity is no number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "5000 digits"),
        (b'{"a": ' + b"[" * 200_000, "brackets"),
        (b'{"a": 1,\n}', "line 2, column 1: there is a comma too many"),
        (b'{"a": [1, 2,]}', "a comma too many"),
        (b'{"a": 1', "ends before it is complete"),
        (b'{"a": "b', "line 1, column 7"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'// boat\n{"a": 1}', "line 1, column 1"),
        (b'{"a": 1} {}', "extra data"),
        (b"\x00" * 10, "nothing in it"),
        (b"\x89PNG\r\n\x1a\n", "byte 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        json_of(data)
    assert "\n" not in str(caught.value)
