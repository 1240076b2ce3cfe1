"""What argparse says of a line that it cannot obey, in words a painter can mend it by.

worded   its complaint as one sentence
listed   names in a sentence
counted  a number of things
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Mapping, Sequence

from .amounts import Text, wanted

# A value, and no option, although it begins with a dash: -1, -.5, -64x64, -1e3, -inf.
NEGATIVE = re.compile(r"-(\.?\d|inf\b|nan\b)", re.I)


def worded(
    message: str, typed: Sequence[str], actions: Mapping[str, argparse.Action], program: str
) -> str:
    """One sentence: the option, what was given, what is allowed. `typed` is the whole line."""
    said = re.fullmatch(r"argument ([^ :]+): (.*)", message, re.DOTALL)
    more = f"See {program} --help"
    if said is None:
        if unknown := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
            return f"{_unknown(unknown[1], actions)} {more}"
        if missing := re.fullmatch(r"the following arguments are required: (.*)", message):
            return f"{missing[1]} must be given. {more}"
        return f"{message}. {more}"
    names, what = said[1].split("/"), said[2]
    option = next((name for name in typed if name.partition("=")[0] in names), names[0])
    option = option.partition("=")[0]
    if what.startswith("must be "):
        return f"{option} {what}"
    if what.startswith(("expected one argument", "expected at most one argument")):
        return _valueless(option, typed, actions.get(option))
    if choice := re.match(r"invalid choice: (.*?) \(", what, re.DOTALL):
        choices = actions[option].choices if option in actions else None
        listed = ", ".join(str(one) for one in choices) if choices else what.partition("from ")[2]
        listed = listed.rstrip(")").replace("'", "")
        return f"{option} must be one of {listed}, got {choice[1]}"
    if extra := re.fullmatch(r"ignored explicit argument (.*)", what, re.DOTALL):
        return f"{option} takes no value, got {extra[1]}"
    return f"{option}: {what}. {more}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def counted(number: int, what: str) -> str:
    """1 step, 2 steps."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _valueless(option: str, typed: Sequence[str], action: argparse.Action | None) -> str:
    """An option without its value: none follows, or what follows looks like an option."""
    kind = action.type if action and callable(action.type) else None
    right = wanted(kind)
    at = max((number for number, word in enumerate(typed) if word == option), default=len(typed))
    needs = f"{option} needs a value" + (f", {right}" if right else "")
    if at + 1 >= len(typed):
        return f"{needs}; nothing follows it"
    after = typed[at + 1]
    if right and not isinstance(kind, Text):
        return f"{needs}, got {after!r}"
    return f"{needs}, got {after!r}; a value that begins with - is given as {option}={after}"


def _unknown(words: str, actions: Mapping[str, argparse.Action]) -> str:
    first = words.split()[0].partition("=")[0]
    near = difflib.get_close_matches(first, list(actions), 1) if first.startswith("-") else ()
    hint = f"; did you mean {near[0]}?" if near else "."
    return f"there is no {'option' if first.startswith('-') else 'place for'} {words}{hint}"
