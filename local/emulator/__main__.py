"""`python -m local.emulator`: MiniStack with the gaps filled, until it is stopped.

Its standard input is a leash: when whoever started it is gone, however that happened, the input
ends, and the emulator saves and stops.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app

from local.emulator import deployments, gateway, roles, schedules
from local.emulator.disk import Disk
from local.emulator.durable import Durable
from local.emulator.front import front


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--api-port", type=int, required=True)
    given = arguments.parse_args()
    # A line for each save, which is one for each write, would drown what matters.
    logging.getLogger("persistence").setLevel(logging.WARNING)
    gateway.install()
    roles.install()
    schedules.install()
    disk = Disk(Path(os.environ["STATE_DIR"]))
    disk.install()
    asyncio.run(_serve(disk, port=given.port, api_port=given.api_port))


async def _serve(disk: Disk, *, port: int, api_port: int) -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{port}", f"127.0.0.1:{api_port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_watch_the_leash, args=(loop, stop), daemon=True).start()
    whole = front(deployments.telling(Durable(app, disk)), api_port)
    await serve(whole, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]


def _watch_the_leash(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # Unbuffered: a buffered read would hold a lock that Python wants when it ends.
    while os.read(sys.stdin.fileno(), 1):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    main()
