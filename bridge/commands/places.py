"""Files as people name them, and their bytes.

FILE        what an option that names a file must be
named_path  a file as an option names it
path        the same of any text; ~ is home
parts       FILE or FILE#LAYER as its parts
said_at     PROMPT=MASK as its parts
beside      FILE or FILE#LAYER that another file names: in that one's folder or below it
read_bytes  an ordinary file's bytes
about       work on a file whose complaints name it
no_picture  that a file is none, where text is read

Any sign may be part of a name: where # and = could be cut in several places, the longest name of
a file that exists is the one.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PureWindowsPath
from typing import TypeVar

from ..images.decoding import named
from .amounts import Text
from .outputs import reserved

FILE = Text("the name of a file")
MAX_FILE = 4 * 2**30  # bytes

T = TypeVar("T")

_BEGINNING = 32  # bytes that tell what a file is
_LONGEST = 4096  # characters of a place; what is longer has no file
_PICTURE = re.compile(r"\.(png|jpe?g|tiff?|webp|psd|psb)", re.I)
_CALM = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def named_path(text: str) -> Path:
    """A file as an option names it."""
    return path(FILE(text))


def path(text: str) -> Path:
    """A file by its name. A shell leaves ~ alone behind a = sign."""
    plain = Path(text)
    if text.startswith("~") and not os.path.lexists(plain.parts[0]):
        try:
            return plain.expanduser()
        except RuntimeError:  # nobody of that name
            return plain
    return plain


def parts(place: str) -> tuple[Path, str | None]:
    """FILE#LAYER as its parts; FILE alone has no layer."""
    cuts = list(_cuts(place, "#"))
    for file, layer in cuts:
        if _is_file(file):
            return path(file), layer
    if os.path.isdir(path(place)):
        return path(place), None
    named = (cut for cut in reversed(cuts) if _PICTURE.fullmatch(Path(cut[0]).suffix))
    file, layer = next(named, (place, None))
    return path(file), layer


def said_at(text: str) -> tuple[str, str]:
    """PROMPT=MASK as its parts, either empty where it is missing; prompts may have = signs."""
    places = range(max(0, len(text) - _LONGEST), len(text))
    cuts = [(text[:at], text[at + 1 :]) for at in places if text[at] == "="]
    for prompt, place in cuts:
        if _is_file(str(parts(place)[0])):
            return prompt, place
    named = (cut for cut in reversed(cuts) if _PICTURE.fullmatch(parts(cut[1])[0].suffix))
    return next(named, cuts[-1] if cuts else (text, ""))


def beside(file: Path, place: str) -> str:
    """What `file` names, from its folder. ValueError: it leads out of there.

    Such files are passed around: one must not make us read what its maker chose elsewhere.
    """
    outside = ValueError(f'"{place[:200]}" must be a file in the same folder or below it')
    if PureWindowsPath(place).anchor or "\0" in place:  # not even looked for: it may be a server's
        raise outside
    found, layer = parts(os.path.join(file.parent, place))
    names = PureWindowsPath(place if layer is None else place.removesuffix(f"#{layer}")).parts
    folder = Path(os.path.realpath(file.parent))
    if ".." in names or folder not in Path(os.path.realpath(found)).parents:
        raise outside
    if any(reserved(name) for name in names):
        raise ValueError(f'"{place[:200]}" is the name of a device on Windows; rename the file')
    return os.path.join(file.parent, place)


def read_bytes(file: Path, most: int = MAX_FILE) -> bytes:
    """A file's bytes. ValueError: there is none, it is no ordinary file, empty or too large."""
    try:
        _check_ordinary(file, os.stat(file))  # opening a device may already do something
        with open(os.open(file, os.O_RDONLY | _CALM), "rb") as opened:
            before = os.fstat(opened.fileno())
            _check_ordinary(file, before)
            if not before.st_size:
                raise ValueError(f"{file}: the file is empty, it has 0 bytes")
            if before.st_size > most:
                raise ValueError(f"{file} has {before.st_size} bytes; at most {most} are read")
            data = opened.read(before.st_size + 1)
            after = os.fstat(opened.fileno())
    except (OSError, MemoryError) as error:
        why = error.strerror if isinstance(error, OSError) else "too large for this memory"
        raise ValueError(f"{file} cannot be read: {why or error}") from None
    if (after.st_size, after.st_mtime_ns) != (len(data), before.st_mtime_ns):
        raise ValueError(f"{file} was being written while it was read; try again when it is saved")
    return data


def about(file: Path | str, work: Callable[[], T]) -> T:
    """What `work` gives; its complaints name the file."""
    try:
        return work()
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def no_picture(file: Path, what: str, instead: str) -> None:
    """ValueError: the file is a picture and no `what`; `instead` is how pictures are given."""
    kind = None
    with suppress(OSError):  # said by whoever reads it
        if file.is_file():
            with file.open("rb") as opened:
                kind = named(opened.read(_BEGINNING))
    if kind is not None:
        raise ValueError(f"{file} is a picture ({kind}) and no {what}; {instead}")


def _cuts(place: str, sign: str) -> Iterator[tuple[str, str | None]]:
    """The whole, then what is before each sign and behind it, the longest first."""
    yield place, None
    at = len(place)
    while (at := place.rfind(sign, 1, at)) > 0:
        yield place[:at], place[at + 1 :]


def _is_file(text: str) -> bool:
    """Whether anything but a folder has that name; how it can be read is said later."""
    file = path(text) if text else None
    return file is not None and os.path.exists(file) and not os.path.isdir(file)


def _check_ordinary(file: Path, state: os.stat_result) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file")
    if not stat.S_ISREG(state.st_mode):
        raise ValueError(f"{file} is a device or a pipe, no ordinary file; save it to one first")
