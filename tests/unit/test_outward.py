"""Calls to the outside: what is called, what is refused, and that neither time nor bytes run away.

What must not be called, X01 to X10 of the bad inputs, is in tests/inputs/test_outside.py.
"""

import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from makegood import settings
from makegood.errors import OutwardError, SettingsError
from makegood.outward import fetch as fetching
from makegood.outward.addresses import is_public, parse_networks, resolve_name
from makegood.outward.fetch import Fetched, fetch
from makegood.outward.private import private_networks
from makegood.outward.url import parse_url
from tests.outside import (
    ENOUGH,
    HERE,
    Answering,
    Authority,
    Server,
    dripping,
    hanging,
    here,
    refused,
    resolving,
    says,
    sends,
    serving,
    without_end,
)

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def test_status_and_body_come_back_as_they_were_sent() -> None:
    with serving(says(203, b'{"state": "running"}')) as server:
        assert here(server.url("/jobs/job_1?full=yes")) == Fetched(203, b'{"state": "running"}')

    [request] = server.requests
    assert request.startswith(b"GET /jobs/job_1?full=yes HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{server.port}\r\n".encode() in request
    assert b"\r\nAccept-Encoding: identity\r\n" in request


def test_a_body_in_chunks_is_put_together() -> None:
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with serving(sends(chunked)) as server:
        assert here(server.url()).body == b"abcde"


# ------------------------------------------------------------------ what is called at all


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - it is refused
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.2.1",
        "192.168.255.255",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "4000::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_the_publics(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
        "2606:4700::1111",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2002:101:101::1",
    ],
)
def test_an_address_of_the_public(address: str) -> None:
    assert is_public(ip_address(address))


# ------------------------------------------------------------------ time and bytes


def test_a_body_that_nobody_wants_is_not_read() -> None:
    with serving(without_end(b"x" * 65_536, first=OK + b"\r\n")) as server:
        assert here(server.url(), bytes_max=0) == Fetched(200, b"")


@pytest.mark.parametrize(
    "answering",
    [
        pytest.param(hanging, id="nothing"),
        pytest.param(dripping(b"x"), id="no status line"),
        pytest.param(dripping(b"X-A: b\r\n", first=OK), id="headers"),
        pytest.param(dripping(b"x", first=OK + b"Content-Length: 200\r\n\r\n"), id="a body"),
        pytest.param(dripping(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continues"),
    ],
)
def test_what_comes_slowly_is_not_waited_for(answering: Answering) -> None:
    with serving(answering) as server:
        assert refused(server.url(), private=(HERE,), seconds=0.3) == "timed_out"


def test_a_handshake_that_hangs_is_not_waited_for(authority: Authority) -> None:
    with serving(hanging) as server:
        url = server.url(scheme="https")
        assert refused(url, private=(HERE,), seconds=0.3, trust=authority.trusted) == "timed_out"


def test_a_name_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [enough.wait(10)][1:])

    assert refused("https://api.example.com/", seconds=0.2) == "timed_out"
    enough.set()


# ------------------------------------------------------------------ TLS


def test_a_certificate_that_fits_the_name_is_good(authority: Authority) -> None:
    resolve, _ = resolving(["127.0.0.1"])
    with serving(says(200, b"secure"), tls=authority.server("api.example.com")) as server:
        url = server.url(scheme="https", host="api.example.com")
        assert here(url, resolve=resolve, trust=authority.trusted).body == b"secure"

    assert f"\r\nHost: api.example.com:{server.port}\r\n".encode() in server.requests[0]


def test_a_server_that_speaks_no_tls_has_no_certificate() -> None:
    with serving(sends(OK + b"\r\n")) as server:
        assert refused(server.url(scheme="https"), private=(HERE,)) == "tls_failed"


def test_the_trusted_authorities_are_loaded_once() -> None:
    context = fetching.authorities()

    assert context is fetching.authorities()
    assert context.check_hostname
    assert context.get_ca_certs()


# ------------------------------------------------------------------ the rest


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(says(200)) as proxy, serving(says(204)) as server:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        assert here(server.url()).status == 204

    assert proxy.requests == []


def test_the_next_address_of_a_name_is_tried() -> None:
    resolve, _ = resolving(["127.0.0.2", "127.0.0.1"])
    with serving(says(200)) as server:
        url = server.url(host="api.example.com")
        found = fetch(
            url,
            private=parse_networks("127.0.0.0/8"),
            seconds=ENOUGH,
            bytes_max=0,
            resolve=resolve,
        )

    assert found.status == 200


def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))

        assert refused(Server(bound).url(), private=(HERE,)) == "unreachable"


def test_a_name_that_is_not_there() -> None:
    assert refused("https://makegood.invalid/") == "name_unknown"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 two hundred\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 1000 Much\r\n\r\n", id="a status of four digits"),
        pytest.param(OK + b"Content-Length: 5\r\n\r\nabc", id="less than announced"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", id="no chunk"),
        pytest.param(OK + b"A: b\r\n" * 200 + b"\r\n", id="too many headers"),
    ],
)
def test_an_answer_that_is_none(content: bytes) -> None:
    with serving(sends(content)) as server:
        assert refused(server.url(), private=(HERE,)) == "broken_answer"


class Scripted:
    """A server whose next answer is set from outside."""

    content = b""

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.content)


@pytest.fixture(scope="module")
def scripted() -> Iterator[tuple[Scripted, str]]:
    script = Scripted()
    with serving(script) as server:
        yield script, server.url()


HEADS = st.sampled_from([b"", b"HTTP/1.1 ", OK, OK + b"Transfer-Encoding: chunked\r\n\r\n"])


@given(head=HEADS, rest=st.binary(max_size=200))
@hypothesis_settings(max_examples=100, deadline=None)
def test_whatever_is_sent_is_an_answer_or_has_a_reason(
    scripted: tuple[Scripted, str], head: bytes, rest: bytes
) -> None:
    script, url = scripted
    script.content = head + rest
    found: Fetched | str
    try:
        found = here(url, bytes_max=100)
    except OutwardError as error:
        found = error.reason
    if isinstance(found, Fetched):
        assert 100 <= found.status <= 999
        assert len(found.body) <= 100
    else:
        assert found in ("broken_answer", "too_large")


@pytest.mark.parametrize(
    ("text", "target", "authority"),
    [
        ("https://a.example", "/", "a.example"),
        ("https://A.example:443/x", "/x", "a.example"),
        ("https://a.example?q=1", "/?q=1", "a.example"),
        ("https://[2606:4700::1111]/", "/", "[2606:4700::1111]"),
        ("http://10.0.0.1:8080/a/b?c=%20", "/a/b?c=%20", "10.0.0.1:8080"),
    ],
)
def test_what_is_asked_for_and_of_whom(text: str, target: str, authority: str) -> None:
    url = parse_url(text)

    assert (url.target, url.authority) == (target, authority)


def test_a_written_address_needs_no_resolving() -> None:
    assert resolve_name("127.0.0.1", 443, ENOUGH) == [ip_address("127.0.0.1")]


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("none", ()),
        ("127.0.0.1/32", ("127.0.0.1/32",)),
        ("10.0.0.0/8, fd00::/8", ("10.0.0.0/8", "fd00::/8")),
    ],
)
def test_the_deployment_says_what_is_private(
    monkeypatch: pytest.MonkeyPatch, text: str, networks: tuple[str, ...]
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_ADDRESSES", text)
    assert tuple(map(str, fresh_networks())) == networks


@pytest.mark.parametrize("text", ["", "all", "10.0.0.1/8", "127.0.0.1/32,", "none,10.0.0.0/8"])
def test_a_deployment_that_does_not_say_it_plainly_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_ADDRESSES", text)
    with pytest.raises(SettingsError, match="MAKEGOOD_PRIVATE_ADDRESSES"):
        fresh_networks()


def fresh_networks() -> tuple[Any, ...]:
    for cached in (settings.outward_settings, private_networks):
        cached.cache_clear()
    try:
        return private_networks()
    finally:
        for cached in (settings.outward_settings, private_networks):
            cached.cache_clear()
