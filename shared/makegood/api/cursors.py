"""Cursors: where a list goes on, signed, so that nobody can make one up or use another's."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from makegood.errors import RejectedInputError

LENGTH_MAX = 512


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list: of this route and, where it has one, this account.

    The key is asked for when there is something to sign or to check, not before.
    """

    key: Callable[[], bytes]
    route: str
    account_id: str = ""

    def write(self, position: str) -> str:
        signed = json.dumps([self.route, self.account_id, position]).encode()
        signature = hmac.new(self.key(), signed, sha256).digest()
        return f"{_base64(position.encode())}.{_base64(signature)}"

    def read(self, cursor: str) -> str:
        """The position. Raises RejectedInputError for any text that `write` did not return."""
        position = _position(cursor)
        if position is None or not hmac.compare_digest(self.write(position), cursor):
            raise RejectedInputError("cursor: expected the next_cursor of this very list")
        return position


def _position(cursor: str) -> str | None:
    if len(cursor) > LENGTH_MAX or not cursor.isascii():
        return None
    encoded = cursor.partition(".")[0]
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        return base64.urlsafe_b64decode(padded).decode()
    except (binascii.Error, ValueError):
        return None


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
