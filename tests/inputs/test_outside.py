"""X01 to X10: what an operator's settings, or whoever answers, could make the product call.

The addresses are an operator's, in the settings, and never taken from data. They may be wrong all
the same, and what is behind them is somebody else's.
"""

import gzip
import socket

import pytest

import lost_jobs
import outage_check
from makegood.domain.facts import Key
from makegood.domain.monitor import Monitor
from makegood.outward.addresses import parse_networks
from tests.inputs.in_memory import Workers
from tests.inputs.rows import log_lines
from tests.metrics import metrics
from tests.outside import (
    HERE,
    Answering,
    Authority,
    here,
    refused,
    resolving,
    says,
    serving,
    without_end,
)
from tests.webhooks import NOW

OK = b"HTTP/1.1 200 OK\r\n"
PUBLIC = "93.184.216.34"


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object, **__: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr(socket, "create_connection", connect)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


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
def test_x08_without_tls_only_what_is_private_is_called() -> None:
    resolve, _ = resolving([PUBLIC])

    assert refused("http://api.example.com/", resolve=resolve) == "scheme_refused"
    assert refused("http://127.0.0.1/", private=parse_networks("10.0.0.0/8")) == "address_refused"


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


# ------------------------------------------------------------------ through the functions


BAD_SETTINGS = [
    pytest.param("file:///etc/passwd", id="X04"),
    pytest.param("https://good.example@evil.example/", id="X05 a name before"),
    pytest.param("https://evil.example#@good.example/", id="X05 a fragment"),
    pytest.param("http://api.example.com/", id="X08 without TLS"),
]


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("url", BAD_SETTINGS)
def test_settings_that_name_such_an_address_are_refused_whole(
    workers: Workers, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """Those before stay in force, and somebody is told."""
    workers.set_up(probes=[{"capability": "video", "url": url}], job_status_url=url)

    workers.run(outage_check, NOW)
    workers.run(lost_jobs, NOW)

    output = capsys.readouterr().out
    told = [line for line in log_lines(output) if line["event"] == "settings.refused"]
    assert len(told) == 2
    assert url not in output
    assert workers.record(Key(Monitor, "")) is None


REFUSED_PROBES = [
    pytest.param("https://169.254.169.254/latest/meta-data/", id="X01"),
    pytest.param("https://[::ffff:169.254.169.254]/latest/", id="X01 mapped"),
    pytest.param("https://2130706433/", id="X02"),
    pytest.param("https://localhost:9001/2018-06-01/runtime/invocation/next", id="X03"),
]


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("url", REFUSED_PROBES)
def test_a_probe_that_may_not_be_called_is_no_outage(
    workers: Workers,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    url: str,
) -> None:
    """Nothing of it is called private in this deployment."""
    monkeypatch.setenv("MAKEGOOD_PRIVATE_ADDRESSES", "10.0.0.0/8")
    workers.set_up(probes=[{"capability": "video", "url": url}])

    for _ in range(5):
        workers.run(outage_check, NOW)

    assert sum(metrics(capsys)["ProbesRefused"]) == 5
    assert not [pk for pk, _ in workers.memory.table.items if pk.startswith("OUTAGE")]
