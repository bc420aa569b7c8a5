"""Paddle's ids: a kind, and 26 characters of which the first ten tell the millisecond."""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TIME_CHARACTERS, RANDOM_CHARACTERS = 10, 16


def new(kind: str, at_milliseconds: int) -> str:
    """Sorts by time, as Paddle's do in practice and not by promise."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return f"{kind}_{_base32(at_milliseconds)}{random}"


def _base32(number: int) -> str:
    digits = []
    for _ in range(TIME_CHARACTERS):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
