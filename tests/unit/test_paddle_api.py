"""The client of Paddle's API over a fake connection: every form that an answer can have."""

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from makegood.errors import (
    AwsUnreachableError,
    InvalidIdentifierError,
    PaddleKeyError,
    PaddleRefusedError,
    PaddleUnreachableError,
    PermanentError,
    SecretUnavailableError,
    SettingsError,
)
from makegood.paddle import wire
from makegood.paddle.api import PaddleApi
from makegood.paddle.api_errors import Advice, advice
from makegood.paddle.api_key import ApiKey
from makegood.paddle.environments import environment_named
from makegood.paddle.pace import Pace
from tests.webhooks import sample

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SANDBOX_KEY = "pdl_sdbx_apikey_" + "s" * 26
NEWER_KEY = "pdl_sdbx_apikey_" + "n" * 26
LIVE_KEY = "pdl_live_apikey_" + "v" * 26
API = "https://sandbox-api.paddle.com"
TXN = "txn_01m61d4vqtx6r9zz0799ydyxbd"
ADJUSTMENT: dict[str, Any] = json.loads(sample("adjustment.created.refund_partial_by_paddle"))[
    "data"
]
BODY = {"action": "refund", "transaction_id": TXN, "reason": "payout_1", "type": "full"}

Told = tuple[int, bytes, Mapping[str, str]]


def told(status: int, body: Any, **headers: str) -> Told:
    """An answer; text as it is, all else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status, content, {name.replace("_", "-"): value for name, value in headers.items()}


def refusal(code: str, status: int = 400, **headers: str) -> Told:
    error = {"type": "request_error", "code": code, "detail": "of ada@example.com, 4242"}
    return told(status, {"error": error, "meta": {"request_id": "req-1"}}, **headers)


def listed(*rows: Any, more: Any = False, link: Any = f"{API}/adjustments?after=adj_1") -> Told:
    pagination = {"per_page": 50, "next": link, "has_more": more, "estimated_total": 1}
    return told(200, {"data": rows, "meta": {"request_id": "req-1", "pagination": pagination}})


class Clock:
    """Moves only while somebody sleeps, or by `takes` whenever it is looked at."""

    def __init__(self) -> None:
        self.now, self.takes = 1000.0, 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        self.now += self.takes
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Connections:
    """In the place of urllib3's: answers by script, and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: list[Told | Exception] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.bodies: list[io.BytesIO] = []
        self.clock = Clock()
        self.pauses: list[int] = []

    def request(self, method: str, url: str, **options: Any) -> urllib3.HTTPResponse:
        self.asked.append((method, url, options))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, content, headers = answer
        self.bodies.append(io.BytesIO(content))
        return urllib3.HTTPResponse(
            self.bodies[-1], headers, status, preload_content=False, request_method=method
        )

    def api(self, environment: str = "sandbox", key: str = SANDBOX_KEY, **more: Any) -> PaddleApi:
        pace = Pace(clock=self.clock, sleep=self.clock.sleep)
        return PaddleApi(environment, key, pause=self.pauses.append, **{"pace": pace, **more})

    @property
    def keys(self) -> list[str]:
        return [options["headers"]["Authorization"] for _, _, options in self.asked]

    def query(self, number: int = -1) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(self.asked[number][1]).query).items()}


@pytest.fixture
def paddle(monkeypatch: pytest.MonkeyPatch) -> Connections:
    connections = Connections()
    monkeypatch.setattr(wire, "connections", lambda: connections)
    return connections


def unreachable(call: Callable[[], object]) -> str:
    with pytest.raises(PaddleUnreachableError) as error:
        call()
    return str(error.value)


def refused(call: Callable[[], object]) -> PaddleRefusedError:
    with pytest.raises(PaddleRefusedError) as error:
        call()
    return error.value


# Where it goes, and with which key.


@pytest.mark.parametrize(
    ("name", "key", "url"),
    [
        ("sandbox", SANDBOX_KEY, "https://sandbox-api.paddle.com"),
        ("live", LIVE_KEY, "https://api.paddle.com"),
        ("http://127.0.0.1:8123", SANDBOX_KEY, "http://127.0.0.1:8123"),
        ("http://localhost:65535", SANDBOX_KEY, "http://localhost:65535"),
    ],
)
def test_each_side_has_its_address(paddle: Connections, name: str, key: str, url: str) -> None:
    paddle.answers = [listed(link=f"{url}/adjustments?after=x")]

    assert paddle.api(name, key).adjustments_of(TXN) == []

    assert paddle.asked[0][1].startswith(f"{url}/adjustments?transaction_id={TXN}&")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Live",
        "production",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:80/",
        "http://127.0.0.1:80\n",
        "http://127.0.0.2:80",
        "http://127.0.0.1.example.com:80",
        "http://localhost:80@example.com",
        "https://localhost:80",
        "http://api.paddle.com:80",
        "https://api.paddle.com",
    ],
)
def test_nothing_else_is_called(name: str) -> None:
    with pytest.raises(SettingsError, match="expected sandbox, live or"):
        environment_named(name)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("sandbox", LIVE_KEY),
        ("http://127.0.0.1:8123", LIVE_KEY),
        ("live", SANDBOX_KEY),
        *(
            (name, key)
            for name in ("sandbox", "live")
            for key in (
                "",
                "replace me",
                "pdl_sdbx_apikey_",
                "pdl_ntfset_" + "s" * 26,
                "s" * 50,
                SANDBOX_KEY + "\r\nX: y",
                SANDBOX_KEY + "\n",
                " " + SANDBOX_KEY,
                LIVE_KEY + " ",
                LIVE_KEY + "é",
                LIVE_KEY + "s" * 200,
            )
        ),
    ],
)
def test_a_key_that_does_not_fit_is_refused_and_not_shown(name: str, key: str) -> None:
    with pytest.raises(PaddleKeyError) as error:
        PaddleApi(name, key)

    assert isinstance(error.value, PermanentError)
    assert isinstance(error.value, SettingsError)
    side = "live" if name == "live" else "sdbx"
    expected = f"Paddle's API key: expected one that begins with pdl_{side}_apikey_"
    assert str(error.value) == expected


def test_no_repr_shows_the_key(paddle: Connections) -> None:
    api = paddle.api()

    assert repr(api) == f"PaddleApi({API})"
    assert SANDBOX_KEY not in repr(vars(api))
    assert repr(api._wire) == f"Wire({API})"


def test_a_get_is_bounded_and_goes_nowhere_else(paddle: Connections) -> None:
    paddle.answers = [listed()]

    paddle.api().adjustments_of(TXN)

    ((method, _, options),) = paddle.asked
    assert (method, options["body"]) == ("GET", None)
    assert options["headers"] == {
        "Accept": "application/json",
        "Authorization": f"Bearer {SANDBOX_KEY}",
        "Paddle-Version": "1",
        "User-Agent": "makegood",
    }
    assert (options["timeout"].connect_timeout, options["timeout"].read_timeout) == (2, 10)
    assert options["retries"] is options["redirect"] is options["preload_content"] is False
    assert options["decode_content"] is False


def test_a_post_is_json_and_gives_the_adjustment(paddle: Connections) -> None:
    paddle.answers = [told(201, {"data": ADJUSTMENT, "meta": {"request_id": "1"}})]

    made = paddle.api().create_adjustment(BODY)

    ((method, url, options),) = paddle.asked
    assert (method, url) == ("POST", f"{API}/adjustments")
    assert json.loads(options["body"]) == BODY
    assert options["headers"]["Content-Type"] == "application/json"
    assert options["retries"] is False
    assert (made.id, made.totals.total) == (ADJUSTMENT["id"], 1089)
    assert made.reason == "Paddle buyer support: unused part"


# What comes back in place of an answer.

NO_ANSWER = [
    pytest.param(ReadTimeoutError(None, "/", "late"), id="read timeout"),  # type: ignore[arg-type]
    pytest.param(ConnectTimeoutError(None, "late"), id="connect timeout"),
    pytest.param(NewConnectionError(None, "refused"), id="no connection"),  # type: ignore[arg-type]
    pytest.param(ProtocolError("dropped"), id="dropped"),
    pytest.param(SSLError("certificate"), id="TLS"),
    pytest.param(refusal("internal_error", 500), id="500"),
    pytest.param(refusal("bad_gateway", 502), id="502"),
    pytest.param(refusal("service_unavailable", 503, Retry_After="1"), id="503"),
    pytest.param(told(500, b""), id="500 without a body"),
    pytest.param(told(502, b"<html>"), id="502 in HTML"),
    pytest.param(told(301, b"", Location=f"{API}/elsewhere"), id="moved"),
    pytest.param(told(307, b"", Location="https://example.com/"), id="redirect"),
    pytest.param(told(304, b""), id="not modified"),
    pytest.param(told(202, {"data": []}), id="another 2xx"),
    pytest.param(told(204, b""), id="nothing"),
    pytest.param(told(400, b"<html>"), id="400 in HTML"),
    pytest.param(told(403, b"<html>"), id="403 in HTML"),
    pytest.param(told(404, b""), id="404 without a body"),
    pytest.param(told(400, {"error": "conflict"}), id="error as text"),
    pytest.param(told(400, {"error": {"code": 7}}), id="code as number"),
    pytest.param(told(400, {"error": {"code": "See ada@example.com"}}), id="code as sentence"),
    pytest.param(told(400, ["error"]), id="error in a list"),
    pytest.param(told(400, b'{"error": {"code": "conf'), id="half an error"),
]


@pytest.mark.parametrize("answer", NO_ANSWER)
def test_a_post_without_a_usable_answer_is_open_and_never_repeated(
    paddle: Connections, answer: Any
) -> None:
    paddle.answers = [answer]

    text = unreachable(lambda: paddle.api().create_adjustment(BODY))

    assert len(paddle.asked) == 1
    assert paddle.pauses == []
    assert text.startswith("POST /adjustments: ")
    assert "ada@" not in text


@pytest.mark.parametrize("answer", NO_ANSWER)
def test_a_get_without_a_usable_answer_is_asked_once_more(paddle: Connections, answer: Any) -> None:
    paddle.answers = [answer, listed(ADJUSTMENT)]
    assert [one.id for one in paddle.api().adjustments_of(TXN)] == [ADJUSTMENT["id"]]
    assert paddle.pauses == [1]

    paddle.answers = [answer, answer]
    text = unreachable(lambda: paddle.api().adjustments_of(TXN))
    assert paddle.answers == []
    assert text.startswith("GET /adjustments: ")
    assert TXN not in text


UNREADABLE = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"data"',
    b"<html><body>Created</body></html>",
    b"\xff",
    b'{"data": {"id": "adj_1", "act',
    b'{"data": ' + b"[" * 100_000,
    b'{"data": ' + b"9" * 5_000 + b"}",
]


@pytest.mark.parametrize("content", UNREADABLE)
def test_what_is_no_object_in_json_is_no_answer(paddle: Connections, content: bytes) -> None:
    paddle.answers = [told(201, content)]
    unreachable(lambda: paddle.api().create_adjustment(BODY))

    paddle.answers = [told(200, content), told(200, content)]
    unreachable(lambda: paddle.api().adjustments_of(TXN))


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ADJUSTMENT.items() if key != name}


@pytest.mark.parametrize(
    "body",
    [
        {"meta": {}},
        {"data": None},
        {"data": []},
        {"data": [ADJUSTMENT]},
        {"data": "adj_1"},
        {"data": without("id")},
        {"data": without("status")},
        {"data": without("transaction_id")},
        {"data": {**ADJUSTMENT, "id": None}},
        {"data": {**ADJUSTMENT, "totals": {"total": 1089}}},
        {"data": {**ADJUSTMENT, "transaction_id": "txn_other"}},
        {"data": {**ADJUSTMENT, "action": "credit"}},
        {"data": {**ADJUSTMENT, "id": "ada@example.com"}},
    ],
)
def test_a_malformed_201_is_an_open_outcome(paddle: Connections, body: Any) -> None:
    paddle.answers = [told(201, body)]

    text = unreachable(lambda: paddle.api().create_adjustment(BODY))

    assert len(paddle.asked) == 1
    assert text.startswith("POST /adjustments: ")
    assert "ada@" not in text


def test_a_201_whose_status_or_kind_is_new_is_understood(paddle: Connections) -> None:
    new = {**ADJUSTMENT, "status": "on_hold", "type": None, "reason": None, "unknown": {}}
    paddle.answers = [told(201, {"data": new})]

    assert paddle.api().create_adjustment(BODY).status == "on_hold"


def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    paddle: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "ANSWER_BYTES_MAX", 2_000)
    monkeypatch.setattr(wire, "CHUNK_BYTES", 100)
    paddle.answers = [told(201, {"data": ADJUSTMENT})]
    api = paddle.api()
    assert api.create_adjustment(BODY).id == ADJUSTMENT["id"]

    for call in (lambda: api.create_adjustment(BODY), lambda: api.adjustments_of(TXN)):
        paddle.answers = [told(201, b" " * 10_000), told(200, b" " * 10_000)]
        assert unreachable(call).endswith("too large an answer")
        assert paddle.bodies[-1].closed


def test_an_answer_that_trickles_is_not_waited_for(
    paddle: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CHUNK_BYTES", 1)
    paddle.answers = [told(201, {"data": ADJUSTMENT})]
    api = paddle.api()
    paddle.clock.takes = 9

    assert unreachable(lambda: api.create_adjustment(BODY)).endswith("too slow an answer")


def test_a_body_shorter_than_announced_is_no_answer(paddle: Connections) -> None:
    paddle.answers = [told(201, {"data": ADJUSTMENT}, Content_Length="100000")]

    text = unreachable(lambda: paddle.api().create_adjustment(BODY))

    assert text == "POST /adjustments: ProtocolError"


# What Paddle refuses.


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
@pytest.mark.parametrize("code", ["adjustment_pending_refund_request", "conflict", "new_code_7"])
def test_a_refusal_is_told_once_with_code_and_status(
    paddle: Connections, code: str, status: int
) -> None:
    api = paddle.api()
    for call in (lambda: api.create_adjustment(BODY), lambda: api.adjustments_of(TXN)):
        paddle.answers, paddle.asked = [refusal(code, status)], []
        error = refused(call)
        assert (error.code, error.status, error.retry_after) == (code, status, None)
        assert str(error) == f"{code} (status {status}, request req-1)"
        assert len(paddle.asked) == 1
    assert paddle.pauses == []


@pytest.mark.parametrize("request_id", [None, 7, "", "ada@example.com", "x" * 65])
def test_a_strange_request_id_is_not_shown(paddle: Connections, request_id: Any) -> None:
    body = {"error": {"code": "conflict"}, "meta": {"request_id": request_id}}
    paddle.answers = [told(409, body)]

    error = refused(lambda: paddle.api().create_adjustment(BODY))

    assert str(error) == "conflict (status 409, request unknown)"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1),
        ("37", 37),
        (" 37 ", 37),
        ("900", 900),
        ("901", 900),
        ("999999999", 900),
        ("9999999999", 60),
        ("0", 1),
        ("-5", 60),
        ("1.5", 60),
        ("\u0663", 60),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("", 60),
        (None, 60),
    ],
)
def test_too_many_requests_say_when_to_come_again_and_are_never_repeated(
    paddle: Connections, header: str | None, seconds: int
) -> None:
    headers = {} if header is None else {"Retry_After": header}
    api = paddle.api()
    for call in (lambda: api.create_adjustment(BODY), lambda: api.adjustments_of(TXN)):
        for answer in (
            refusal("too_many_requests", 429, **headers),
            told(429, b"<html>", **headers),
        ):
            paddle.answers, paddle.asked = [answer], []
            error = refused(call)
            assert (error.code, error.status) == ("too_many_requests", 429)
            assert error.retry_after == seconds
            assert len(paddle.asked) == 1


ADVISED = {
    Advice.LOOK: """
        adjustment_pending_refund_request
        adjustment_amount_above_remaining_allowed
        adjustment_total_amount_above_remaining_allowed
        adjustment_transaction_item_has_already_been_fully_adjusted
        adjustment_transaction_item_over_adjustment""",
    Advice.REJECT: """
        adjustment_transaction_invalid_status_for_refund
        adjustment_transaction_invalid_status_for_credit
        adjustment_transaction_item_invalid
        adjustment_amount_cannot_be_zero
        adjustment_invalid_combination_of_types
        adjustment_invalid_credit_action
        adjustment_no_tax_available_to_adjust
        adjustment_transaction_customer_mismatch
        adjustment_transaction_subscription_mismatch
        adjustment_transaction_missing_customer_id""",
    Advice.RETRY: """
        too_many_requests conflict concurrent_modification
        internal_error bad_gateway service_unavailable""",
    Advice.BLOCKED: """
        authentication_missing authentication_malformed invalid_token forbidden""",
    Advice.PERSON: "not_found invalid_field new_code_7",
}


@pytest.mark.parametrize(
    ("code", "wanted"), [(code, wanted) for wanted in ADVISED for code in ADVISED[wanted].split()]
)
def test_each_code_has_its_advice(code: str, wanted: Advice) -> None:
    assert advice(PaddleRefusedError(code, 400)) is wanted


def test_a_new_code_about_the_key_is_not_held_against_the_payout() -> None:
    for status in (401, 403):
        assert advice(PaddleRefusedError("key_expired_7", status)) is Advice.BLOCKED
    # What has an advice keeps it, whatever the status.
    assert advice(PaddleRefusedError("conflict", 403)) is Advice.RETRY


# Lists.


def test_all_pages_of_a_purchase_are_read(paddle: Connections) -> None:
    link = f"{API}/adjustments?after=adj_1&per_page=50&transaction_id={TXN}&order_by=id[ASC]"
    ids = ["adj_1", "adj_2", "adj_3"]
    pages = [listed({**ADJUSTMENT, "id": name}, more=name != "adj_3", link=link) for name in ids]
    paddle.answers = [*pages]

    found = paddle.api().adjustments_of(TXN)

    assert [one.id for one in found] == ids
    assert paddle.query(0) == {"transaction_id": TXN, "order_by": "id[ASC]", "per_page": "50"}
    assert [url for _, url, _ in paddle.asked[1:]] == [link, link]


def test_a_list_without_end_is_left(paddle: Connections) -> None:
    paddle.answers = [listed(ADJUSTMENT, more=True)] * 11

    text = unreachable(lambda: paddle.api().adjustments_of(TXN))

    assert text == "GET /adjustments: more than 10 pages"
    assert len(paddle.asked) == 10


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/adjustments?after=adj_1",
        "https://api.paddle.com/adjustments?after=adj_1",
        "http://sandbox-api.paddle.com/adjustments?after=adj_1",
        f"{API}:8443/adjustments?after=adj_1",
        f"{API}:99999/adjustments?after=adj_1",
        f"{API}@example.com/adjustments",
        f"{API}.example.com/adjustments",
        f"{API}/transactions?after=adj_1",
        f"{API}/adjustments/../keys",
        f"{API}/adjustments?after=adj_1 \r\nX: y",
        f"{API}/adjustments?after={'x' * 2_000}",
        "/adjustments?after=adj_1",
        "http://[::1/adjustments",
        "",
        None,
        7,
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(paddle: Connections, link: Any) -> None:
    paddle.answers = [listed(ADJUSTMENT, more=True, link=link)]

    text = unreachable(lambda: paddle.api().adjustments_of(TXN))

    assert len(paddle.asked) == 1
    assert "example.com" not in text


def test_the_stand_in_may_call_itself_by_its_other_name(paddle: Connections) -> None:
    link = "http://127.0.0.1:81/adjustments?after=adj_1"
    paddle.answers = [listed(ADJUSTMENT, more=True, link=link), listed(link=link)]

    assert len(paddle.api("http://localhost:81").adjustments_of(TXN)) == 1
    assert paddle.asked[1][1] == "http://localhost:81/adjustments?after=adj_1"


@pytest.mark.parametrize(
    "body",
    [
        {"data": [ADJUSTMENT]},
        {"data": [ADJUSTMENT], "meta": {}},
        {"data": [ADJUSTMENT], "meta": {"pagination": {"has_more": False}}},
        {"data": [ADJUSTMENT], "meta": {"pagination": {"next": API, "has_more": None}}},
        {"data": [ADJUSTMENT], "meta": {"pagination": {"next": API, "has_more": "false"}}},
        {"data": ADJUSTMENT, "meta": {"pagination": {"next": API, "has_more": False}}},
        {"data": ["adj_1"], "meta": {"pagination": {"next": API, "has_more": False}}},
    ],
)
def test_a_list_that_may_be_longer_is_no_list(paddle: Connections, body: Any) -> None:
    paddle.answers = [told(200, body)] * 2

    unreachable(lambda: paddle.api().adjustments_of(TXN))
    unreachable(lambda: paddle.api().adjustments_page())


@pytest.mark.parametrize(
    "row", [without("reason") | {"id": None}, {**ADJUSTMENT, "transaction_id": "txn_other"}]
)
def test_a_list_that_is_not_all_understood_is_no_list(paddle: Connections, row: Any) -> None:
    paddle.answers = [listed(ADJUSTMENT, row)]

    unreachable(lambda: paddle.api().adjustments_of(TXN))


@pytest.mark.parametrize("given", ["", "txn_1,txn_2", "../keys", "txn_1?include=customer", "é"])
def test_only_an_id_is_asked_about(paddle: Connections, given: str) -> None:
    for ask in (paddle.api().adjustments_of, paddle.api().transaction):
        with pytest.raises(InvalidIdentifierError):
            ask(given)
    assert paddle.asked == []


def test_a_page_of_adjustments_is_the_newest_first_and_names_what_is_not_understood(
    paddle: Connections,
) -> None:
    newest, older = {**ADJUSTMENT, "id": "adj_9"}, {**ADJUSTMENT, "id": "adj_5", "totals": None}
    paddle.answers = [listed(newest, older, more=True), listed(newest), listed()]
    api = paddle.api()

    first = api.adjustments_page()
    assert ([one.id for one in first.adjustments], first.unread) == (["adj_9"], 1)
    assert (first.next_after, first.has_more) == ("adj_5", True)
    assert paddle.query() == {"order_by": "id[DESC]", "per_page": "50"}

    assert not api.adjustments_page(first.next_after).has_more
    assert paddle.query() == {"order_by": "id[DESC]", "per_page": "50", "after": "adj_5"}

    empty = api.adjustments_page("adj_5")
    assert (empty.adjustments, empty.unread, empty.next_after) == ([], 0, "adj_5")


EVENT = {"event_id": "evt_7", "event_type": "customer.created", "data": {"email": "a@b.c"}}


def test_a_page_of_events_is_the_oldest_first_and_says_where_to_go_on(paddle: Connections) -> None:
    paddle.answers = [listed(EVENT, more=True), listed(more=False)]
    api = paddle.api()
    since = datetime(2026, 8, 24, 14, 0, 0, 5_000, tzinfo=timezone_of(2))

    page = api.events_page(since)
    assert (page.events, page.next_after, page.has_more) == ([EVENT], "evt_7", True)
    assert "a@b.c" not in repr(page)
    assert paddle.query() == {
        "from": "2026-08-24T12:00:00.005000Z",
        "order_by": "id[ASC]",
        "per_page": "200",
    }

    page = api.events_page(since, "evt_7")
    assert (page.events, page.next_after, page.has_more) == ([], "evt_7", False)
    assert paddle.query()["after"] == "evt_7"


def timezone_of(hours: int) -> Any:
    return datetime.fromisoformat(f"2026-01-01T00:00:00+{hours:02}:00").tzinfo


@pytest.mark.parametrize(
    "rows", [[], [{**EVENT, "event_id": None}], [{"event_type": "x"}], [{"event_id": "a b"}]]
)
def test_a_page_of_events_without_an_end_is_no_page(paddle: Connections, rows: Any) -> None:
    paddle.answers = [listed(*rows, more=True)]

    text = unreachable(lambda: paddle.api().events_page(NOW))

    assert text == "GET /events: a page without an end"


def test_what_a_buyer_wrote_into_one_event_hides_no_other(paddle: Connections) -> None:
    pagination = b'"meta":{"pagination":{"next":"","has_more":false}}'
    strange = b'{"event_id":"evt_1","data":{"a":"\\ud800","b":1e999,"b":NaN}}'
    paddle.answers = [told(200, b'{"data":[' + strange + b"]," + pagination + b"}")]

    (event,) = paddle.api().events_page(NOW).events

    assert event["event_id"] == "evt_1"


def test_a_transaction_is_as_paddle_has_it_or_none(paddle: Connections) -> None:
    there = {"id": TXN, "status": "completed", "anything": [1]}
    paddle.answers = [told(200, {"data": there}), refusal("not_found", 404)]

    assert paddle.api().transaction(TXN) == there
    assert paddle.asked[0][1] == f"{API}/transactions/{TXN}"
    assert paddle.api().transaction(TXN) is None


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": {}}, {"data": {"id": "txn_other"}}])
def test_another_transaction_is_no_answer(paddle: Connections, body: Any) -> None:
    paddle.answers = [told(200, body)] * 2

    unreachable(lambda: paddle.api().transaction(TXN))


def test_a_404_about_something_else_is_not_no_transaction(paddle: Connections) -> None:
    paddle.answers = [refusal("invalid_url", 404)]

    assert refused(lambda: paddle.api().transaction(TXN)).code == "invalid_url"


def test_destinations_are_listed_without_their_secrets(paddle: Connections) -> None:
    setting = {"id": "ntfset_1", "active": True, "subscribed_events": [{"name": "x"}]}
    secret = {"endpoint_secret_key": "hidden"}
    link = f"{API}/notification-settings?after=ntfset_1"
    paddle.answers = [listed(setting | secret, more=True, link=link), listed(setting, link=link)]

    assert paddle.api().destinations() == [setting, setting]
    assert paddle.query(0) == {"per_page": "200"}


# Pace.


def test_a_second_lies_between_two_requests(paddle: Connections) -> None:
    paddle.answers = [listed()] * 4
    api = paddle.api()

    api.adjustments_of(TXN)
    assert paddle.clock.slept == []
    paddle.clock.now += 0.25
    api.adjustments_of(TXN)
    assert paddle.clock.slept == [0.75]
    api.adjustments_of(TXN)
    assert paddle.clock.slept == [0.75, 1]
    paddle.clock.now += 1
    api.adjustments_of(TXN)
    assert paddle.clock.slept == [0.75, 1]


def test_pages_attempts_and_posts_keep_the_pace_too(paddle: Connections) -> None:
    paddle.answers = [
        told(500, b""),
        listed(more=True),
        listed(),
        told(201, {"data": ADJUSTMENT}),
    ]
    api = paddle.api()

    api.adjustments_of(TXN)
    api.create_adjustment(BODY)

    assert paddle.clock.slept == [1, 1, 1]


def test_clients_may_share_a_pace_and_a_sleep_may_be_short(paddle: Connections) -> None:
    def half(seconds: float) -> None:
        paddle.clock.sleep(seconds / 2 if seconds > 0.3 else seconds)

    pace = Pace(clock=paddle.clock, sleep=half)
    paddle.answers = [listed()] * 2
    for _ in range(2):
        paddle.api(pace=pace).adjustments_of(TXN)

    assert paddle.clock.slept == [0.5, 0.25, 0.25]


# Keys that change.


def newer(*keys: str | None) -> Callable[[], str | None]:
    waiting = iter(keys)
    return lambda: next(waiting)


@pytest.mark.parametrize(
    "answer",
    [
        refusal("invalid_token", 403),
        refusal("forbidden", 403),
        refusal("invalid_access_token", 401),
        refusal("a_new_code", 403),
    ],
)
def test_a_key_that_was_rotated_is_fetched_again_once(paddle: Connections, answer: Told) -> None:
    paddle.answers = [answer, listed(), told(201, {"data": ADJUSTMENT})]
    api = paddle.api(newer_key=newer(NEWER_KEY))

    api.adjustments_of(TXN)
    api.create_adjustment(BODY)

    wanted = [SANDBOX_KEY, NEWER_KEY, NEWER_KEY]
    assert paddle.keys == [f"Bearer {key}" for key in wanted]


@pytest.mark.parametrize("key", [None, SANDBOX_KEY])
def test_without_another_key_the_refusal_stands(paddle: Connections, key: str | None) -> None:
    paddle.answers = [refusal("invalid_token", 403)]

    error = refused(lambda: paddle.api(newer_key=newer(key)).adjustments_of(TXN))

    assert advice(error) is Advice.BLOCKED
    assert SANDBOX_KEY not in str(error)


def test_a_newer_key_that_is_refused_too_is_the_end(paddle: Connections) -> None:
    paddle.answers = [refusal("invalid_token", 403)] * 2

    refused(lambda: paddle.api(newer_key=newer(NEWER_KEY)).adjustments_of(TXN))

    assert paddle.answers == []


def test_a_newer_key_of_the_other_side_is_not_used(paddle: Connections) -> None:
    paddle.answers = [refusal("invalid_token", 403)]

    with pytest.raises(PaddleKeyError):
        paddle.api(newer_key=newer(LIVE_KEY)).adjustments_of(TXN)

    assert len(paddle.asked) == 1


def test_a_post_is_not_repeated_with_a_newer_key_either(paddle: Connections) -> None:
    paddle.answers = [refusal("invalid_token", 403)]

    refused(lambda: paddle.api(newer_key=newer()).create_adjustment(BODY))

    assert len(paddle.asked) == 1


class Secrets:
    """In the place of Secrets Manager."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.calls = answer, 0

    def call(self, operation: str, request: Any) -> dict[str, Any]:
        assert (operation, request) == ("GetSecretValue", {"SecretId": "arn"})
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"SecretString": self.answer}


def kept(secrets: Any) -> ApiKey:
    return ApiKey(secrets, "arn")


def test_the_key_is_kept_five_minutes() -> None:
    secrets = Secrets(json.dumps({"key": SANDBOX_KEY}))
    key = kept(secrets)

    assert [key.key(NOW + timedelta(seconds=s)) for s in (0, 1, 299, -299)] == [SANDBOX_KEY] * 4
    assert secrets.calls == 1

    secrets.answer = json.dumps({"key": NEWER_KEY})
    assert key.key(NOW + timedelta(seconds=300)) == NEWER_KEY
    assert SANDBOX_KEY not in repr(vars(key))
    assert NEWER_KEY not in repr(vars(key))


def test_the_key_is_fetched_again_at_most_once_a_minute() -> None:
    secrets = Secrets(json.dumps({"key": SANDBOX_KEY}))
    key = kept(secrets)
    key.key(NOW)

    assert key.newer_key(NOW + timedelta(seconds=59)) is None
    assert key.newer_key(NOW + timedelta(seconds=60)) == SANDBOX_KEY
    secrets.answer = AwsUnreachableError("GetSecretValue: ReadTimeoutError")
    with pytest.raises(SecretUnavailableError):
        key.newer_key(NOW + timedelta(seconds=120))
    # That was a look too, and what was held before is still good.
    assert key.newer_key(NOW + timedelta(seconds=179)) is None
    assert key.key(NOW + timedelta(seconds=179)) == SANDBOX_KEY
    # Five minutes from when it was fetched again.
    assert key.key(NOW + timedelta(seconds=359)) == SANDBOX_KEY
    assert secrets.calls == 3
    with pytest.raises(SecretUnavailableError):
        key.key(NOW + timedelta(seconds=360))


@pytest.mark.parametrize(
    "text", ["", "replace me", SANDBOX_KEY, "{}", "[]", '{"key":""}', '{"key":null}', '{"key":[]}']
)
def test_a_secret_of_another_form_is_no_key_and_is_not_shown(text: str) -> None:
    with pytest.raises(SecretUnavailableError) as error:
        kept(Secrets(text)).key(NOW)

    assert str(error.value).startswith("the API key's secret ")
    assert SANDBOX_KEY not in str(error.value)


def test_rotated_while_it_was_kept(paddle: Connections) -> None:
    """The whole way: a cached key, a refusal, the next one from Secrets Manager."""
    secrets = Secrets(json.dumps({"key": SANDBOX_KEY}))
    key = kept(secrets)
    key.key(NOW)
    secrets.answer = json.dumps({"key": NEWER_KEY})
    later = NOW + timedelta(minutes=2)
    paddle.answers = [refusal("invalid_token", 403), listed(ADJUSTMENT)]

    api = paddle.api(key=key.key(later), newer_key=lambda: key.newer_key(later))

    assert len(api.adjustments_of(TXN)) == 1
    assert key.key(later) == NEWER_KEY
