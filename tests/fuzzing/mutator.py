"""Mutations that know where a value of JSON, or a part of a header, begins and ends.

Those of bytes alone hardly ever leave JSON behind that is whole, so they would test its reader and
nothing behind it. Here a value is found by a search from some place onwards: that costs no parsing,
and where it meets the inside of a text instead, the mutation is one of bytes, which is wanted too.
"""

import hashlib
import hmac
import random
import re
from collections.abc import Callable

from tests.fuzzing.words import NAMES, VALUES
from tests.webhooks import NOW_SECONDS, OTHER_SECRET, SECRET

Mutate = Callable[[bytes, int], bytes]
"""Of bytes alone: the fuzzer's own, which uses what comparisons it has seen."""
Mutator = Callable[[bytes, int, int], bytes]

DEPTHS = (1, 1, 1, 1, 1, 2, 2, 2, 3, 60, 62, 64)
"""Mostly small: what is nested deep is slow to read, and of all the rest it tests nothing."""

NESTED_MAX = 64

_SCALAR = rb'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null'
_VALUE = re.compile(rb"(?<=[:,\[])(?:" + _SCALAR + rb"|\{\}|\[\])")
_MEMBER = re.compile(rb',"[^"\\]*":(?:' + _SCALAR + rb"|\{\}|\[\])")
_TEXT = re.compile(rb'(?<=[:,\[]")[^"\\]+(?=")')
_NAME = re.compile(rb'"[^"\\]*":')


class Json:
    """`mutate` is given here once; each call is seeded by the fuzzer, so that runs repeat."""

    def __init__(self, mutate: Mutate) -> None:
        self._mutate = mutate
        self._random = random.Random(0)  # noqa: S311 - reproducible on purpose

    def __call__(self, data: bytes, size_max: int, seed: int) -> bytes:
        chance = self._random
        chance.seed(seed)
        if seed % 8 == 0 or len(data) < 4:
            return self._mutate(data, size_max)
        for _ in range(1 + (seed >> 3) % 3):
            data = self._changed(data, size_max, int(chance.random() * 9))
        return data[:size_max]

    def _changed(self, data: bytes, size_max: int, kind: int) -> bytes:
        match kind:
            case 0 | 1:
                return self._replaced(data, _VALUE, self._one_of(VALUES))
            case 2:
                return self._replaced(data, _VALUE, self._found(data, _VALUE))
            case 3:
                return self._replaced(data, _MEMBER, b"")
            case 4:
                return self._replaced(data, _NAME, self._one_of(NAMES))
            case 5:
                member = self._found(data, _MEMBER)
                return self._replaced(data, _NAME, member[1:] + b',"a":')
            case 6 if data.count(b"[") + data.count(b"{") < NESTED_MAX:
                return self._replaced(data, _VALUE, self._nested(self._found(data, _VALUE)))
            case _:
                return self._with_text_changed(data)

    def _with_text_changed(self, data: bytes) -> bytes:
        found = self._search(data, _TEXT)
        if found is None:
            return data
        text = self._mutate(found[0], len(found[0]) + 8)
        return data[: found.start()] + text + data[found.end() :]

    def _nested(self, value: bytes) -> bytes:
        depth = DEPTHS[int(self._random.random() * len(DEPTHS))]
        if self._random.random() < 0.5:
            return b"[" * depth + value + b"]" * depth
        return b'{"a":' * depth + (value or b"0") + b"}" * depth

    def _one_of(self, values: tuple[bytes, ...]) -> bytes:
        return values[int(self._random.random() * len(values))]

    def _found(self, data: bytes, what: re.Pattern[bytes]) -> bytes:
        found = self._search(data, what)
        return found[0] if found else b""

    def _search(self, data: bytes, what: re.Pattern[bytes]) -> re.Match[bytes] | None:
        return what.search(data, int(self._random.random() * len(data)))

    def _replaced(self, data: bytes, what: re.Pattern[bytes], value: bytes) -> bytes:
        found = self._search(data, what)
        if found is None:
            return data
        return data[: found.start()] + value + data[found.end() :]


_PARTS = (
    b"", b"ts", b"ts=", b"h1=", b"ts=0", b"h1=" + b"0" * 63, b"h1=" + b"0" * 64,
    b"h1=" + b"A" * 64, b"v2=" + b"~" * 500, b"v2=" + b"~" * 501, b"k" * 32 + b"=1",
    b"k" * 33 + b"=1", b"ts=1=2", b"ts= 1", b"a=b,c=d", b"ts=\xd9\xa3", b"\xff=\xff",
)  # fmt: skip
_SECONDS = (-(10**6), -301, -300, -299, -1, 0, 1, 299, 300, 301, 10**11, 10**12)
_SIGNED_TIME = re.compile(rb"(?:^|;)ts=([^;=]*)")
_DIGEST = re.compile(rb"(?<=h1=)[^;]*")


class Header:
    """Parts come, go and change places; and a signature is made again for what stands there."""

    def __init__(self, mutate: Mutate) -> None:
        self._mutate = mutate

    def __call__(self, data: bytes, size_max: int, seed: int) -> bytes:
        kind, chance = seed % 8, seed >> 3
        if kind < 3:
            return self._mutate(data, size_max)
        header, line, body = data.partition(b"\n")
        parts = header.split(b";")
        place = chance % len(parts)
        match kind:
            case 3:
                parts.insert(place, _PARTS[(chance >> 6) % len(_PARTS)])
            case 4:
                parts.insert((chance >> 6) % len(parts), parts[place])
            case 5:
                del parts[place]
            case 6:
                moment = NOW_SECONDS + _SECONDS[(chance >> 6) % len(_SECONDS)]
                parts[place] = b"ts=%d" % moment
        header = b";".join(parts)
        if kind > 5:
            header = _signed_again(header, body, OTHER_SECRET if chance & 1 else SECRET)
        return (header + line + body)[:size_max]


def _signed_again(header: bytes, body: bytes, secret: str) -> bytes:
    told = _SIGNED_TIME.search(header)
    signed = (told[1] if told else b"") + b":" + body
    digest = hmac.digest(secret.encode(), signed, hashlib.sha256).hex().encode()
    return _DIGEST.sub(digest, header, count=1)


MUTATORS: dict[str, Callable[[Mutate], Mutator]] = {
    "webhook": Json,
    "header": Header,
    "queue": Json,
    "api": Json,
}


def of_bytes(data: bytes, size_max: int) -> bytes:
    """Where there is no fuzzer to mutate bytes: one of them is changed, put in or taken out."""
    chance = random.Random(data)  # noqa: S311 - reproducible on purpose
    place = chance.randrange(len(data) + 1)
    new = bytes([chance.randrange(256)])
    taken, given = chance.choice(((1, new), (0, new), (1, b"")))
    return (data[:place] + given + data[place + taken :])[:size_max]
