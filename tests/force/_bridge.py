"""A bridge in a process of its own whose worker paints nothing: for attacks. Ends with its input.

It is told its data folder, and its stop is the end of its input; bridge.json says where it is.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from bridge import log
from bridge.access import private
from bridge.config import Config
from bridge.http.serving import serving
from bridge.worker.homes import ProcessHome

from .stops import WORKER


async def main(data: Path) -> None:
    """Serve until nobody holds the other end of our input."""
    private.process()
    config = Config(port=0, data=data, device="cpu", threads=1)
    log.to_file(config.log_path)
    logging.captureWarnings(capture=True)
    async with serving(config, ProcessHome(WORKER)):
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
