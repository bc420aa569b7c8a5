"""Webhooks to the running stack as bytes: what no client library would send in this way."""

import socket
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest

from local.client import Stack
from tests.webhooks import sample, sign

pytestmark = pytest.mark.emulator

BODY = sample("transaction.paid.usd_credit_pack")


def sent(stack: Stack, headers: Iterable[str], parts: Iterable[bytes]) -> bytes:
    """The whole answer, as bytes."""
    address = urlsplit(stack.description["api"])
    assert address.hostname is not None
    assert address.port is not None
    head = ["POST /webhooks/paddle HTTP/1.1", f"Host: {address.netloc}", "Connection: close"]
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*head, *headers, "", ""]).encode())
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def signature(stack: Stack) -> str:
    secret = stack.description["paddle"]["webhook_secret"]
    return f"Paddle-Signature: {sign(BODY, secret=secret, ts=str(int(time.time())))}"


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


@pytest.mark.parametrize("more", [[], ["Expect: 100-continue"]], ids=["chunks", "expect"])
def test_chunks_are_put_together(stack: Stack, more: list[str]) -> None:
    """W65: the signature is of the whole body."""
    headers = [signature(stack), "Transfer-Encoding: chunked", *more]

    answer = sent(stack, headers, [chunk(BODY[:100]), chunk(BODY[100:]), chunk(b"")])

    assert b" 200 OK\r\n" in answer


def test_headers_of_any_length_do_no_harm(stack: Stack) -> None:
    """W65: AWS takes 10,240 bytes of them; here somebody else's server draws a line."""
    for size in (9_000, 11_000):
        headers = [f"Content-Length: {len(BODY)}", f"X-Long: {'a' * size}"]

        answer = sent(stack, headers, [BODY])

        status = answer.split(b" ", 2)[1]
        assert status.startswith(b"4"), answer[:200]
