"""Servers on this machine that stand for somebody else's, well-behaved and otherwise."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from makegood.errors import OutwardError
from makegood.outward.addresses import Address, Resolve
from makegood.outward.fetch import Fetched, fetch

HERE = IPv4Network("127.0.0.1/32")

ENOUGH = 20.0
"""Seconds that no call here needs."""

Answering = Callable[[socket.socket], None]
"""Gets each connection after a request was read from it."""


class Server:
    """Where it listens, and the requests that reached it, head only."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.requests: list[bytes] = []

    def url(self, path: str = "/health", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def says(status: int, body: bytes = b"", *headers: str) -> Answering:
    """An answer as it should be."""
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return sends("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def sends(content: bytes) -> Answering:
    return lambda connection: connection.sendall(content)


def without_end(piece: bytes, *, first: bytes = b"") -> Answering:
    """Sends as fast as it is read, a gigabyte at most."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(2**30 // len(piece)):
            connection.sendall(piece)

    return answer


def dripping(piece: bytes, *, first: bytes = b"") -> Answering:
    """Sends a piece now and then, for ten seconds, so that no single receipt is long."""

    def answer(connection: socket.socket) -> None:
        pause = threading.Event()
        connection.sendall(first)
        for _ in range(200):
            pause.wait(0.05)
            connection.sendall(piece)

    return answer


def hanging(connection: socket.socket) -> None:
    """Says nothing until the other side goes away."""
    connection.recv(1)


def here(url: str, *, seconds: float = ENOUGH, bytes_max: int = 1_000, **more: Any) -> Fetched:
    """A call where this machine is what the deployment calls private."""
    return fetch(url, private=(HERE,), seconds=seconds, bytes_max=bytes_max, **more)


def refused(url: str, **more: Any) -> str:
    """Why a call was refused, or came to nothing."""
    with pytest.raises(OutwardError) as refusal:
        fetch(url, **({"seconds": ENOUGH, "bytes_max": 1_000} | more))
    assert str(refusal.value) == refusal.value.reason
    return refusal.value.reason


@contextmanager
def serving(answering: Answering, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                work = threading.Thread(target=serve, args=(connection,), daemon=True)
                work.start()

        def serve(connection: socket.socket) -> None:
            try:
                with tls.wrap_socket(connection, server_side=True) if tls else connection as known:
                    server.requests.append(known.recv(65_536))
                    answering(known)
                    known.shutdown(socket.SHUT_WR)
                    known.recv(1)
            except OSError:
                return  # The client has gone, as it may.

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def resolving(*answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """A resolver that gives these answers one after the other, and the names it was asked for."""
    asked: list[str] = []

    def resolve(name: str, _port: int, _seconds: float) -> Sequence[Address]:
        asked.append(name)
        return [ip_address(text) for text in answers[len(asked) - 1]]

    return resolve, asked


class Authority:
    """Signs certificates for servers, and is trusted by whoever is told to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Makegood tests")
        self._certificate = self._signed(self._name, self._key, "ca.example", ca=True)

    def trusted(self) -> ssl.SSLContext:
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, host: str, *, ended: bool = False) -> ssl.SSLContext:
        """What a server needs to be this host; `ended` was good until yesterday."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(_name(host), key, host, days=-1 if ended else 1)
        file = self._folder / f"{host}-{ended}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        host: str,
        *,
        days: int = 1,
        ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=7))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(authority, critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
        )
        if ca:
            builder = builder.add_extension(_SIGNS, critical=True)
        else:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
