"""Which ports the laptop's stack listens on: the same as last time, where they are free."""

import secrets
import socket
from collections.abc import Callable, Mapping

DEFAULTS = {"aws": 4566, "api": 4570, "tokens": 4571, "paddle": 4572, "studio": 4573}
# Below those that systems hand out by themselves, to outgoing calls too: nobody else gets one of
# these between the look at it and its use.
ANY = range(20_000, 32_768)


def choose(
    kept: Mapping[str, int] | None, is_free: Callable[[int], bool], any_free: Callable[[], int]
) -> dict[str, int]:
    """One port for each part. Addresses are written into what is deployed, so a kept port wins."""
    wanted = {**DEFAULTS, **(kept or {})}
    return {part: port if is_free(port) else any_free() for part, port in wanted.items()}


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A port that a stopped stack used a moment ago is free, though its connections linger.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free() -> int:
    while not is_free(port := secrets.choice(ANY)):
        pass
    return port
