"""Text of others as one line that no terminal and no reader of lines obeys.

plain   \\x1b and the like stand for what they are
"""

from __future__ import annotations

import unicodedata

# Signs that turn the direction of writing, so that a line reads as another than it is.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STEERING = ("Cc", "Cs", "Zl", "Zp")  # controls, halves of signs, separators of lines


def plain(text: str) -> str:
    """The text with what would steer made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(sign) for sign in text)


def _visible(sign: str) -> str:
    if unicodedata.category(sign) in _STEERING or sign in _TURNING:
        return sign.encode("unicode_escape").decode("ascii")
    return sign
