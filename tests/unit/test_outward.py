"""Calls to the outside: what is called, what is refused, and that neither time nor bytes run away.

X01 to X10 are the bad inputs that the threat model numbers; each has its test here.
"""

import gzip
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
    HERE,
    Answering,
    Authority,
    Server,
    dripping,
    hanging,
    resolving,
    says,
    sends,
    serving,
    without_end,
)

OK = b"HTTP/1.1 200 OK\r\n"
PUBLIC = "93.184.216.34"
ENOUGH = 20.0


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket, "create_connection", connect)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def here(url: str, *, seconds: float = ENOUGH, bytes_max: int = 1_000, **more: Any) -> Fetched:
    """With this machine as what the deployment calls private."""
    return fetch(url, private=(HERE,), seconds=seconds, bytes_max=bytes_max, **more)


def refused(url: str, **more: Any) -> str:
    with pytest.raises(OutwardError) as refusal:
        fetch(url, **({"seconds": ENOUGH, "bytes_max": 1_000} | more))
    assert str(refusal.value) == refusal.value.reason
    return refusal.value.reason


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


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],
)
def test_x01_the_address_of_the_instance_is_not_called(address: str) -> None:
    resolve, _ = resolving([address])
    host = f"[{address}]" if ":" in address else address

    assert refused(f"https://{host}/latest/meta-data/") == "address_refused"
    assert refused("https://api.example.com/", resolve=resolve) == "address_refused"


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("host", ["0x7f000001", "2130706433", "127.1", "0177.0.0.1", "0"])
def test_x02_other_spellings_of_an_address_are_looked_at_once_resolved(host: str) -> None:
    assert refused(f"https://{host}/") == "address_refused"


@pytest.mark.usefixtures("no_connection")
def test_x03_the_runtime_of_the_function_is_not_called() -> None:
    asked = "localhost:9001/2018-06-01/runtime/invocation/next"
    resolve, _ = resolving(["127.0.0.1"], ["127.0.0.1"])

    assert refused(f"http://{asked}", resolve=resolve) == "address_refused"
    assert refused(f"https://{asked}", resolve=resolve) == "address_refused"


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "ftp://example.com/",
        "HTTPS://example.com/",
        "//example.com/",
        "example.com",
        "",
    ],
)
def test_x04_only_the_web_is_called(url: str) -> None:
    assert refused(url) == "url_refused"


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    "url",
    [
        "https://good.example@evil.example/",
        "https://user:password@example.com/",
        "https://evil.example#@good.example/",
        "https://evil.example\\@good.example/",
        "https://good.example\n.evil.example/",
        "https://good.example /",
        "https://good.example\t/",
        "https://good.example/\r\nX-Injected: yes",
        "https://g\u043e\u043ed.example/",
        "https://[::1]extra/",
        "https://[::1%25eth0]/",
        "https://example.com:/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:443443443/",
        "https://.example.com/",
        "https://-/",
        f"https://example.com/{'a' * 2_048}",
    ],
)
def test_x05_an_address_that_can_be_read_in_two_ways_is_none(url: str) -> None:
    assert refused(url) == "url_refused"


def test_x06_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with (
        serving(says(200)) as inside,
        serving(says(302, b"", f"Location: {inside.url('/secret')}")) as server,
    ):
        assert here(server.url()).status == 302

    assert inside.requests == []


def test_x07_a_name_is_resolved_once_and_what_it_was_is_called() -> None:
    resolve, asked = resolving(["127.0.0.1"], ["169.254.169.254"])
    with serving(says(200)) as server:
        assert here(server.url(host="api.example.com"), resolve=resolve).status == 200

    assert asked == ["api.example.com"]
    assert f"\r\nHost: api.example.com:{server.port}\r\n".encode() in server.requests[0]


@pytest.mark.usefixtures("no_connection")
def test_x07_one_private_address_among_public_ones_refuses_the_name() -> None:
    resolve, _ = resolving([PUBLIC, "10.0.0.1"])

    assert refused("https://api.example.com/", resolve=resolve) == "address_refused"


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("port", [22, 25, 80, 442, 444, 6379, 8443])
def test_x08_the_public_is_called_at_443_only(port: int) -> None:
    resolve, _ = resolving([PUBLIC], [PUBLIC])

    assert refused(f"https://api.example.com:{port}/", resolve=resolve) == "port_refused"
    assert refused(f"http://api.example.com:{port}/", resolve=resolve) == "scheme_refused"


@pytest.mark.usefixtures("no_connection")
def test_without_tls_only_what_is_private_is_called() -> None:
    resolve, _ = resolving([PUBLIC])

    assert refused("http://api.example.com/", resolve=resolve) == "scheme_refused"
    assert refused("http://127.0.0.1/", private=parse_networks("10.0.0.0/8")) == "address_refused"


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


@pytest.mark.parametrize(
    "answering",
    [
        pytest.param(without_end(b"x" * 65_536, first=OK + b"\r\n"), id="a body"),
        pytest.param(
            without_end(b"x" * 65_536, first=OK + b"Content-Length: 10737418240\r\n\r\n"),
            id="ten gigabytes announced",
        ),
        pytest.param(
            without_end(
                b"1000\r\n" + b"x" * 4096 + b"\r\n",
                first=OK + b"Transfer-Encoding: chunked\r\n\r\n",
            ),
            id="chunks",
        ),
        pytest.param(without_end(b"x" * 4096, first=OK + b"Cookie: "), id="one header"),
        pytest.param(without_end(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continues"),
    ],
)
def test_x09_what_does_not_end_is_cut_off(answering: Answering) -> None:
    with serving(answering) as server:
        reason = refused(server.url(), private=(HERE,), bytes_max=10_000)

    assert reason in ("too_large", "broken_answer")


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1_000, True), (1_001, False)])
def test_x09_as_many_bytes_as_are_allowed(size: int, fits: bool) -> None:
    with serving(says(200, b"x" * size)) as server:
        if fits:
            assert len(here(server.url()).body) == size
        else:
            assert refused(server.url(), private=(HERE,)) == "too_large"


def test_x09_what_is_compressed_stays_so() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    with serving(says(200, bomb, "Content-Encoding: gzip")) as server:
        assert here(server.url(), bytes_max=20_000).body == bomb


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


@pytest.mark.parametrize(
    ("host", "ended"), [("other.example.com", False), ("api.example.com", True)]
)
def test_x10_a_certificate_of_another_host_or_of_yesterday_is_not(
    authority: Authority, host: str, ended: bool
) -> None:
    resolve, _ = resolving(["127.0.0.1"])
    with serving(says(200), tls=authority.server(host, ended=ended)) as server:
        url = server.url(scheme="https", host="api.example.com")
        reason = refused(url, private=(HERE,), resolve=resolve, trust=authority.trusted)

    assert reason == "tls_failed"
    assert server.requests == []


def test_x10_nor_is_one_that_nobody_known_has_signed(authority: Authority) -> None:
    resolve, _ = resolving(["127.0.0.1"])
    with serving(says(200), tls=authority.server("api.example.com")) as server:
        url = server.url(scheme="https", host="api.example.com")
        assert refused(url, private=(HERE,), resolve=resolve) == "tls_failed"


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
