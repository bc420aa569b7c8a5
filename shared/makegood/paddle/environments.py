"""Paddle's two sides and the stand-in on a laptop: where each is, and whose key it takes."""

import re
from dataclasses import dataclass

from makegood.errors import PaddleKeyError, SettingsError

PORT_MAX = 65_535

_ON_A_LAPTOP = re.compile(r"http://(?:127\.0\.0\.1|localhost):([1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class Environment:
    url: str
    side: str
    """`sdbx` or `live`, as keys say it."""

    def check_key(self, key: str) -> str:
        """The key. Raises PaddleKeyError unless it is one of this side."""
        begin = f"pdl_{self.side}_apikey_"
        if not re.fullmatch(begin + "[A-Za-z0-9_]{1,200}", key):
            raise PaddleKeyError(f"Paddle's API key: expected one that begins with {begin}")
        return key


_PADDLES = {
    "sandbox": Environment("https://sandbox-api.paddle.com", "sdbx"),
    "live": Environment("https://api.paddle.com", "live"),
}


def environment_named(name: str) -> Environment:
    """`sandbox`, `live`, or the address of a stand-in on this machine. Raises SettingsError.

    Only what cannot leave the machine goes without TLS.
    """
    stand_in = _ON_A_LAPTOP.fullmatch(name)
    if stand_in and int(stand_in[1]) <= PORT_MAX:
        return Environment(name, "sdbx")
    if name not in _PADDLES:
        raise SettingsError("Paddle's API: expected sandbox, live or http://127.0.0.1:<port>")
    return _PADDLES[name]
