"""Results to files: looked at before anything is painted, put in place whole or not at all.

Output        where a result goes, what lies there now, and whether it can be written
writing       a file to write into, in place once all of it is written
write_bytes   a whole file at once

Links are written through, what lies there keeps its mode and owner, and a file that another program
saved since the command began is never replaced: the result then lies beside it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, TypeVar

T = TypeVar("T")

# Names that are devices on Windows, whatever follows the first dot.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.I)
_SHORT = 40  # characters of a name that leave room for a number, whatever they are in bytes


class Output:
    """Where a result goes. Made before anything is read, so that later changes are noticed."""

    def __init__(self, path: Path, option: str = "-o"):
        self.path = path
        self._option = option  # that names it
        self.landed = path  # where the result lies once it is written
        self.note = ""  # what a person should know of that
        self._target = Path(os.path.realpath(path)) if os.path.islink(path) else path
        self._found = _state(self._target)

    def look_again(self, read: Callable[[], T]) -> T:
        """Read what lies there now: what is made of it may replace it, unless `read` raises."""
        found = _state(self._target)
        made = read()
        self._found = found
        return made

    def check(self, endings: tuple[str, ...], need: int = 0) -> None:
        """ValueError, one sentence: no such file, or none of `need` bytes, can be put there.

        It is tried, not guessed: whether a folder takes a file is known best by giving it one.
        """
        said, target, folder = f"{self._option} {self.path}", self._target, self._target.parent
        kept = _state(target)
        if kept is not None and stat.S_ISDIR(kept.st_mode):
            raise ValueError(f"{said} is a folder; add the name of a file in it")
        if self.path.suffix.lower() not in endings:
            ends = " or ".join(endings)
            raise ValueError(f"{said}: the file must have a name, and the name must end in {ends}")
        if os.name == "nt" and (reserved(target.name) or ":" in target.name):
            raise ValueError(f"{said}: Windows keeps that name for itself; choose another")
        if kept is not None and not stat.S_ISREG(kept.st_mode):
            raise ValueError(f"{said} is a device or a pipe, no ordinary file; choose another name")
        if kept is not None and not (kept.st_mode & 0o222 and os.access(target, os.W_OK)):
            raise ValueError(f"{said} is read-only; make it writable, or choose another name")
        if os.path.islink(target):
            raise ValueError(f"{said} is a link that leads back to itself; choose another name")
        if not os.path.isdir(folder):
            raise ValueError(f"{said}: there is no folder {folder}; make it, or choose another")
        try:
            _try(target, new=kept is None)
            free = shutil.disk_usage(folder).free
        except OSError as error:
            raise ValueError(f"{said} cannot be written: {error.strerror or error}") from None
        if free < need:
            raise ValueError(
                f"{said}: {_mebibytes(free)} are left on that disk and the file needs about "
                f"{_mebibytes(need)}; make room, or choose another disk"
            )

    @contextmanager
    def writing(self, *, beside: bool = True) -> Generator[BinaryIO]:
        """A file to write, read and seek in; it is put in place at the end, whole or not at all.

        beside: where what lies there must not or cannot be replaced, the result gets a name of its
        own next to it; `landed` and `note` say so. OSError: one sentence naming the file.
        """
        part = None
        try:
            handle, part = tempfile.mkstemp(dir=self._target.parent, prefix=".pentimento-")
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(handle)
            self._dress(part)
            self._put(part, beside)
        except BaseException as error:
            if part is not None:
                Path(part).unlink(missing_ok=True)
            if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
                why = error.strerror or error
                raise OSError(f"{self.path} cannot be written: {why}") from None
            raise

    def fill(self, write: Callable[[BinaryIO], object]) -> None:
        """Let `write` write the file."""
        with self.writing() as file:
            write(file)

    def put(self, data: bytes) -> None:
        """A whole file at once."""
        self.fill(lambda file: file.write(data))

    def _dress(self, part: str) -> None:
        """Owner and mode of what lies there; of a new file those that files have here."""
        if self._found is None:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(part, 0o666 & ~mask)  # mkstemp's files are the owner's alone
            return
        if hasattr(os, "chown"):
            with suppress(OSError):  # only root may give files away
                os.chown(part, self._found.st_uid, self._found.st_gid)
        os.chmod(part, stat.S_IMODE(self._found.st_mode))

    def _put(self, part: str, beside: bool) -> None:
        now = _state(self._target)
        if _same(self._found, now):
            try:
                os.replace(part, self._target)
            except OSError as error:  # such as open in another program, on Windows
                if not beside:
                    raise
                why = f"could not be replaced ({error.strerror or error})"
            else:
                if now is not None and now.st_nlink > 1:
                    self.note = (
                        f"{self.path} had other names (hard links); those keep what was there."
                    )
                return
        else:
            why = "was changed by another program meanwhile and was left as it is"
        other = next(one for one in self._others() if not one.exists())
        os.replace(part, other)
        self.landed = other
        self.note = f"{self.path} {why}; what was painted lies in {other}."

    def _others(self) -> Generator[Path]:
        for number in count(2):
            name = f"{self._target.stem[:_SHORT]}-{number}{self._target.suffix}"
            yield self._target.with_name(name)


@contextmanager
def writing(file: Path) -> Generator[BinaryIO]:
    """A file to write into, in place once all of it is written; else what was there stays."""
    with Output(file).writing(beside=False) as part:
        yield part


def write_bytes(file: Path, data: bytes) -> None:
    """Put a whole file in place, or leave what was there."""
    with writing(file) as part:
        part.write(data)


def reserved(name: str) -> bool:
    """Whether Windows takes this file's name for a device."""
    return _RESERVED.fullmatch(name) is not None


def _state(file: Path) -> os.stat_result | None:
    """What lies there; None: nothing, or nothing that can be looked at."""
    try:
        return file.stat()
    except (OSError, ValueError):  # ValueError: a NUL in its name
        return None


def _same(before: os.stat_result | None, now: os.stat_result | None) -> bool:
    if before is None or now is None:
        return before is now
    fields = ("st_dev", "st_ino", "st_size", "st_mtime_ns")
    return all(getattr(before, field) == getattr(now, field) for field in fields)


def _try(target: Path, *, new: bool) -> None:
    """Make a file, under that very name where it is free, and take it away again."""
    if new:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        target.unlink()
    else:
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=".pentimento-")
        os.close(handle)
        os.unlink(part)


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
