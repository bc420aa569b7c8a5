"""Paddle's ids: a kind, and 26 characters of which the first ten tell the millisecond."""

import hashlib

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TIME_CHARACTERS, COUNT_CHARACTERS, REST_CHARACTERS = 10, 6, 10


class Ids:
    """A source of ids that are never twice the same, and always the same for the same seed."""

    def __init__(self, seed: str, count: int = 0) -> None:
        self._seed, self._count = seed, count

    def new(self, kind: str, at_milliseconds: int) -> str:
        """Sorts by time, then by order of making: so do Paddle's in practice, not by promise."""
        rest = int.from_bytes(self._next(7))
        return (
            f"{kind}_{_base32(at_milliseconds, TIME_CHARACTERS)}"
            f"{_base32(self._count, COUNT_CHARACTERS)}{_base32(rest, REST_CHARACTERS)}"
        )

    def uuid(self) -> str:
        """For payment attempts and requests, whose ids have this other form."""
        text = self._next(16).hex()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def secret(self, characters: int) -> str:
        """Letters and digits. Only as hard to guess as the seed."""
        return self._next(64).hex()[:characters]

    def copy(self) -> "Ids":
        return Ids(self._seed, self._count)

    def _next(self, size: int) -> bytes:
        self._count += 1
        return hashlib.blake2b(f"{self._seed}:{self._count}".encode(), digest_size=size).digest()


def _base32(number: int, characters: int) -> str:
    digits = []
    for _ in range(characters):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
