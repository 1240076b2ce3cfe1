"""What only this user may read: the data folder and all that lies in it.

process   of a process that writes nothing else: whatever it makes is its user's alone
folder    the data folder, made or tightened
opened    a file of it, opened for writing without an instant in which others could read it

Windows keeps a user's folders private itself; there modes say nothing, and nothing is done.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import BinaryIO

_OURS = ("store.sqlite*", "bridge.json*", "paired.json*", "log", "bridge.log*")
_FILES = 4096  # that a process may hold open, connections among them; systems begin with 256 or so
_OTHER = "set PENTIMENTO_DATA to a folder of your own"
_LITTLE = 2**20  # bytes; with less of a disk free, it is full


def process() -> None:
    """Let nobody else read what this process makes, and let it hold many connections."""
    os.umask(0o077)
    if sys.platform != "win32":
        import resource  # not there on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def folder(path: Path) -> None:
    """Make the data folder, or see that it can be used. OSError: the sentence why it cannot."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not is_own(path):
            raise OSError(f"the data folder {path} belongs to another user; {_OTHER}")
        tightened(path)
        with tempfile.TemporaryFile(dir=path) as file:  # modes may promise what the disk denies
            file.write(b"\0" * _LITTLE)
    except (FileExistsError, NotADirectoryError):
        raise OSError(f"the data folder {path} is a file; {_OTHER}") from None
    except OSError as error:
        if error.errno is None:  # a sentence already
            raise
        raise OSError(why_not(path, error)) from None


def why_not(path: Path, error: OSError) -> str:
    """The sentence for a data folder that cannot be written to."""
    if error.errno == errno.ENOSPC or _is_full(path):
        return f"the disk with {path} is full; free some space"
    return f"the data folder {path} cannot be written to ({error.strerror or error}); {_OTHER}"


def is_own(path: Path) -> bool:
    """Whether a file or folder belongs to the user of this process; to root, everything does."""
    return os.name != "posix" or os.geteuid() in (0, path.stat().st_uid)


def tightened(path: Path) -> None:
    """Take from others what an earlier version, or a careless copy, let them read.

    A folder that holds other things as well is somebody's: only what is ours in it is closed.
    """
    if os.name != "posix":
        return
    inside = list(path.iterdir())
    ours = [one for one in inside if any(fnmatch(one.name, name) for name in _OURS)]
    if len(ours) == len(inside):
        _close(path, 0o700)
    for one in ours:
        if one.is_dir() and not one.is_symlink():
            tightened(one)
        else:
            _close(one, 0o600)


def opened(path: Path) -> BinaryIO:
    """A fresh file for writing, its user's alone. FileExistsError: it is there."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _close(path: Path, mode: int) -> None:
    found = path.lstat()
    plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    if plain and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(mode)


def _is_full(path: Path) -> bool:
    """Whether its disk is; what is none, such as /proc, has no room and is not full."""
    place = next(one for one in (path, *path.parents) if one.exists())
    usage = shutil.disk_usage(place)
    return usage.total > 0 and usage.free < _LITTLE
