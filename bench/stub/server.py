"""The stub as a process of its own: HTTP/1.1 on 127.0.0.1, or HTTPS where it has a certificate.

It runs apart so that its own work is no part of what is measured.
"""

import asyncio
import re
import ssl
import sys
import zlib
from pathlib import Path

from bench.stub.answers import Stub

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
_TARGET = re.compile(rb"(?i)\r\nx-amz-target: *([A-Za-z0-9_.]+)")


class Connection(asyncio.Protocol):
    """Reads requests one after the other; a client sends the next one after the answer."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        if len(body) < length:
            return
        self._received = body[length:]
        target = found[1].decode() if (found := _TARGET.search(head)) else ""
        self._answer(target, body[:length])

    def _answer(self, target: str, body: bytes) -> None:
        if self._stub.latency and not target.startswith("bench."):
            later = asyncio.get_running_loop().call_later
            later(self._stub.latency, self._answer_now, target, body)
        else:
            self._answer_now(target, body)

    def _answer_now(self, target: str, body: bytes) -> None:
        status, answer = self._stub.answer(target, body)
        checksum = zlib.crc32(answer)
        head = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Bad Request'}\r\n"
            f"content-type: application/x-amz-json-1.0\r\ncontent-length: {len(answer)}\r\n"
            f"x-amz-crc32: {checksum}\r\nx-amzn-requestid: BENCH\r\n\r\n"
        )
        self._send(head.encode() + answer)

    def _send(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)


async def serve(certificate: Path | None) -> None:
    stub = Stub()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(stub), "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
