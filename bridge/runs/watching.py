"""The data folder, while a bridge runs: whoever removes it takes away what is painted from then on.

watched   say so once, and go on: what is open can still be read and brought into documents
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from ..store.database import which_file
from ..worker.homes import in_thread

_OFTEN = 2.0  # seconds between two looks


async def watched(store: Path, say: Callable[[str], None]) -> None:
    """Look whether the store is still the file that was opened; say a sentence when it is not."""
    opened = await in_thread(which_file, store)
    while await in_thread(which_file, store) == opened:
        await asyncio.sleep(_OFTEN)
    say(
        f"the data folder {store.parent} was removed or replaced while the bridge was running: "
        "nothing new is kept; save your documents, then stop the bridge and start it again"
    )
