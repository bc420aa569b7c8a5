"""One GET to somewhere outside, bounded in time and bytes, that reaches no private address.

The name is resolved once, what it resolves to is checked, and the connection goes to exactly
that: a name that answers differently the next time gains nothing. No redirect is followed and no
proxy is used. docs/adr/0012-probes.md has the reasons.
"""

import io
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import botocore

from makegood.errors import OutwardError
from makegood.events.url import Url
from makegood.outward.addresses import Address, Network, Resolve, check_addresses, resolve_name
from makegood.outward.url import parse_url

ADDRESSES_MAX = 4
"""Of a name's addresses, so many are tried; each gets its share of the time."""

HEAD_BYTES_MAX = 16 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """The body as it came: encodings such as gzip are neither asked for nor undone."""

    status: int
    body: bytes


def fetch(
    url: str,
    *,
    private: Sequence[Network] = (),
    seconds: float,
    bytes_max: int,
    resolve: Resolve = resolve_name,
    trust: Callable[[], ssl.SSLContext] | None = None,
) -> Fetched:
    """What stands at this address. Raises OutwardError, whose text is one of a few fixed words.

    `private` are the networks that may be called although they are not public, and without TLS.
    `seconds` bounds all of it, from the name to the last byte. With `bytes_max` 0 the body is
    left unread; a longer one than `bytes_max` is `too_large`.
    """
    until = time.monotonic() + seconds
    asked = parse_url(url)
    found = resolve(asked.host, asked.port, seconds)
    check_addresses(asked, found, private)
    with _connected(found[:ADDRESSES_MAX], asked.port, until) as plain:
        if not asked.tls:
            return _exchange(plain, asked, bytes_max, until)
        with _secured(plain, asked.host, (trust or authorities)(), until) as secure:
            return _exchange(secure, asked, bytes_max, until)


@cache
def authorities() -> ssl.SSLContext:
    """Those of botocore, as for the calls to AWS: the layer brings them along."""
    return ssl.create_default_context(cafile=Path(botocore.__file__).with_name("cacert.pem"))


def _connected(addresses: Sequence[Address], port: int, until: float) -> socket.socket:
    reason = "unreachable"
    for number, address in enumerate(addresses):
        try:
            share = _left(until) / (len(addresses) - number)
            return socket.create_connection((str(address), port), timeout=share)
        except TimeoutError:
            reason = "timed_out"
        except OSError:
            reason = "unreachable"
    raise OutwardError(reason)


def _secured(plain: socket.socket, name: str, trust: ssl.SSLContext, until: float) -> ssl.SSLSocket:
    try:
        plain.settimeout(_left(until))
        return trust.wrap_socket(plain, server_hostname=name)
    except TimeoutError:
        raise OutwardError("timed_out") from None
    except (OSError, ValueError):  # OpenSSL's errors are OSErrors.
        raise OutwardError("tls_failed") from None


def _exchange(connection: socket.socket, url: Url, bytes_max: int, until: float) -> Fetched:
    request = (
        f"GET {url.target} HTTP/1.1\r\nHost: {url.authority}\r\nUser-Agent: makegood\r\n"
        "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    try:
        connection.settimeout(_left(until))
        connection.sendall(request.encode("ascii"))
        return _read(_Bounded(connection, until, HEAD_BYTES_MAX + bytes_max), bytes_max)
    except TimeoutError:
        raise OutwardError("timed_out") from None
    except (OSError, HTTPException, ValueError):
        raise OutwardError("broken_answer") from None


def _read(arriving: "_Bounded", bytes_max: int) -> Fetched:
    response = HTTPResponse(arriving, method="GET")  # type: ignore[arg-type]
    response.begin()
    if bytes_max == 0:
        return Fetched(response.status, b"")
    body = response.read(bytes_max)
    if response.read(1):
        raise OutwardError("too_large")
    if response.length:
        raise OutwardError("broken_answer")  # It ended before the length that it announced.
    return Fetched(response.status, body)


class _Bounded(io.RawIOBase):
    """What arrives, until the time is over or the bytes are too many: each receipt looks.

    A limit for each receipt alone would let a server that sends a byte now and then go on.
    """

    def __init__(self, connection: socket.socket, until: float, bytes_left: int) -> None:
        super().__init__()
        self._connection = connection
        self._until = until
        self._bytes_left = bytes_left

    def makefile(self, _mode: str) -> io.BufferedReader:
        """As http.client asks a socket for it."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        if self._bytes_left == 0:
            raise OutwardError("too_large")
        self._connection.settimeout(_left(self._until))
        received = self._connection.recv_into(view[: self._bytes_left])
        self._bytes_left -= received
        return received


def _left(until: float) -> float:
    """Seconds that are left. Raises TimeoutError when none are."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
