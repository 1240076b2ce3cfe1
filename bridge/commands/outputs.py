"""Results to files: in place whole, or not at all.

writing       a file to write, read and seek in, in place once all of it is written
write_bytes   a whole file at once
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def writing(file: Path) -> Generator[BinaryIO]:
    """A file to write into, in place once all of it is written; else what was there stays."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w+b") as out:
            yield out
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)  # mkstemp's files are the owner's alone
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_bytes(file: Path, data: bytes) -> None:
    """Put a whole file in place, or leave what was there."""
    with writing(file) as out:
        out.write(data)
