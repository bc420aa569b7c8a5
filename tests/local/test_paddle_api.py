"""The client of Paddle's API against the running stand-in, over real connections."""

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.paddle import catalog, server
from local.paddle.core.errors import KINDS
from local.paddle.core.faults import Form, parsed
from local.paddle.core.options import Options, Review
from makegood.errors import PaddleRefusedError, PaddleUnreachableError
from makegood.events.paddle import parse_paddle_event
from makegood.paddle import wire
from makegood.paddle.api import PaddleApi
from makegood.paddle.api_errors import ADVICE, Advice, advice
from makegood.paddle.envelope import open_envelope
from makegood.paddle.pace import Pace

PRICE = catalog.PRICES[0]["id"]


class Asked:
    """The running stand-in, and every request that reached it."""

    def __init__(self, running: server.Paddle, monkeypatch: pytest.MonkeyPatch) -> None:
        self.running = running
        self.requests: list[tuple[str, str]] = []
        self.posted = threading.Event()
        self.clock, self.slept = 0.0, 0
        answer = running.kept.request

        def counted(
            method: str, path: str, headers: Mapping[str, str], body: bytes | None
        ) -> object:
            self.requests.append((method, path))
            try:
                return answer(method, path, headers, body)
            finally:
                if method == "POST":
                    self.posted.set()

        monkeypatch.setattr(running.kept, "request", counted)

    @property
    def posts(self) -> int:
        return sum(method == "POST" for method, _ in self.requests)

    def do(self, command: str, **body: Any) -> Any:
        return self.running.kept.command(command, body)

    def buy(self, **more: Any) -> Any:
        return self.do("purchase", price_id=PRICE, quantity=2, **more)["transaction"]

    def fault(self, **fault: Any) -> None:
        self.running.kept.plan(parsed(fault))

    def api(self, key: str = "", **more: Any) -> PaddleApi:
        pace = Pace(clock=lambda: self.clock, sleep=self._sleep)
        url = self.running.url
        return PaddleApi(url, key or self.running.api_key, pace=pace, pause=lambda _: None, **more)

    def _sleep(self, seconds: float) -> None:
        self.slept += 1
        self.clock += seconds


@pytest.fixture
def paddle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    running = server.start(options=Options(review=Review.BY_HAND, requests_per_minute=None))
    yield Asked(running, monkeypatch)
    running.stop()


def refund(transaction: Mapping[str, Any], reason: str = "payout_1", **more: Any) -> dict[str, Any]:
    wanted = {"action": "refund", "transaction_id": transaction["id"], "reason": reason}
    return {**wanted, "type": "full", **more}


def code_of(api: PaddleApi, body: Mapping[str, Any]) -> str:
    with pytest.raises(PaddleRefusedError) as error:
        api.create_adjustment(body)
    return error.value.code


def test_what_was_made_is_what_is_listed(paddle: Asked) -> None:
    transaction = paddle.buy()
    api = paddle.api()

    made = api.create_adjustment(refund(transaction, "for [payout_1] é"))

    assert (made.status, made.action, made.type) == ("pending_approval", "refund", "full")
    assert made.transaction_id == transaction["id"]
    assert made.reason == "for [payout_1] é"
    assert api.adjustments_of(transaction["id"]) == [made]
    assert api.adjustments_of("txn_unknown") == []
    assert paddle.posts == 1


def test_refusals_come_with_their_codes_and_one_request_each(paddle: Asked) -> None:
    transaction = paddle.buy()
    line = transaction["details"]["line_items"][0]
    item = {"item_id": line["id"], "type": "partial"}
    api = paddle.api()

    def partial(amount: str) -> dict[str, Any]:
        return refund(transaction, type="partial", items=[{**item, "amount": amount}])

    zero, too_much = partial("0"), partial("999999")
    assert code_of(api, zero) == "adjustment_amount_cannot_be_zero"
    assert code_of(api, too_much) == "adjustment_amount_above_remaining_allowed"
    assert code_of(api, refund({"id": "txn_unknown"})) == "not_found"
    assert code_of(api, {"action": "refund"}) == "invalid_field"
    api.create_adjustment(partial("5"))
    assert code_of(api, refund(transaction)) == "adjustment_pending_refund_request"
    assert paddle.posts == 6


BEFORE: list[dict[str, Any]] = [
    {"kind": "error", "code": "internal_error"},
    {"kind": "error", "code": "bad_gateway"},
    {"kind": "error", "code": "service_unavailable"},
    {"kind": "drop"},
    {"kind": "timeout", "seconds": 0},
]
MALFORMED: list[dict[str, Any]] = [{"kind": "malformed", "form": form} for form in Form]


@pytest.mark.parametrize(
    "fault",
    [*BEFORE, *({**fault, "after": True} for fault in [*BEFORE, *MALFORMED])],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_an_open_outcome_is_one_post_and_the_list_tells(
    paddle: Asked, fault: dict[str, Any]
) -> None:
    transaction = paddle.buy()
    api = paddle.api()
    paddle.fault(method="POST", **fault)

    with pytest.raises(PaddleUnreachableError):
        api.create_adjustment(refund(transaction))

    assert paddle.posts == 1
    assert [one.reason for one in api.adjustments_of(transaction["id"])] == (
        ["payout_1"] if fault.get("after") else []
    )


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("code", ["too_many_requests", "conflict", "concurrent_modification"])
def test_what_passes_is_told_and_not_repeated_either(paddle: Asked, code: str, after: bool) -> None:
    transaction = paddle.buy()
    api = paddle.api()
    seconds = {"retry_after": 17} if code == "too_many_requests" else {}
    paddle.fault(kind="error", code=code, after=after, method="POST", **seconds)

    with pytest.raises(PaddleRefusedError) as error:
        api.create_adjustment(refund(transaction))

    assert (advice(error.value), error.value.retry_after) == (
        Advice.RETRY,
        seconds.get("retry_after"),
    )
    assert paddle.posts == 1
    assert len(api.adjustments_of(transaction["id"])) == int(after)


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_does_not_come_is_not_waited_for(
    paddle: Asked, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    transaction = paddle.buy()
    with monkeypatch.context() as impatient:
        impatient.setattr(wire, "READ_SECONDS", 0.05)
        api = paddle.api()
    paddle.fault(kind="timeout", seconds=600, after=after, method="POST")

    with pytest.raises(PaddleUnreachableError, match="ReadTimeoutError"):
        api.create_adjustment(refund(transaction))

    assert paddle.posted.wait(30)
    assert paddle.posts == 1
    assert len(paddle.api().adjustments_of(transaction["id"])) == int(after)


def test_nobody_there_is_unreachable() -> None:
    running = server.start()
    running.stop()
    api = PaddleApi(running.url, running.api_key, pace=Pace(sleep=lambda _: None))

    with pytest.raises(PaddleUnreachableError, match="NewConnectionError"):
        api.create_adjustment({"action": "refund"})


@pytest.mark.parametrize("fault", [*BEFORE, *MALFORMED[:2]], ids=str)
def test_a_get_is_asked_once_more(paddle: Asked, fault: dict[str, Any]) -> None:
    transaction = paddle.buy()
    api = paddle.api()
    paddle.fault(method="GET", **fault)

    assert api.adjustments_of(transaction["id"]) == []
    assert len(paddle.requests) == 2

    paddle.fault(method="GET", times=2, **fault)
    with pytest.raises(PaddleUnreachableError):
        api.adjustments_of(transaction["id"])
    assert len(paddle.requests) == 4


def test_all_adjustments_of_a_purchase_are_found_over_several_pages(paddle: Asked) -> None:
    transaction = paddle.buy()
    for _ in range(52):
        paddle.do("refund", transaction_id=transaction["id"], amount=1)
    paddle.do("refund", transaction_id=paddle.buy()["id"], amount=1)
    api = paddle.api()

    found = api.adjustments_of(transaction["id"])

    assert len({one.id for one in found}) == len(found) == 52
    assert len(paddle.requests) == 2

    first = api.adjustments_page()
    assert (len(first.adjustments), first.unread, first.has_more) == (50, 0, True)
    rest = api.adjustments_page(first.next_after)
    assert (len(rest.adjustments), rest.has_more) == (3, False)
    ids = [one.id for one in [*first.adjustments, *rest.adjustments]]
    assert ids == sorted(ids, reverse=True)
    assert {one.id for one in found} < set(ids)


def test_events_are_paged_from_a_day_and_from_a_cursor(paddle: Asked) -> None:
    for number in range(70):
        paddle.buy(account_id=f"acc_{number}", with_paid=True)
    api = paddle.api()
    since = datetime.fromisoformat("2020-01-01T00:00:00Z")

    first = api.events_page(since)
    rest = api.events_page(since, first.next_after)

    assert (len(first.events), first.has_more) == (200, True)
    assert (len(rest.events), rest.has_more) == (10, False)
    ids = [event["event_id"] for event in [*first.events, *rest.events]]
    assert ids == sorted(set(map(str, ids)))
    again = api.events_page(since, rest.next_after)
    assert (again.events, again.next_after, again.has_more) == ([], rest.next_after, False)
    # An event that was listed is the one that a webhook would have brought.
    listed: Any = first.events[0]
    assert parse_paddle_event(open_envelope(listed).message).event_id == ids[0]

    later = paddle.running.clock.now() + timedelta(minutes=1)
    assert api.events_page(later).events == []


def test_a_transaction_is_found_or_not(paddle: Asked) -> None:
    transaction = paddle.buy()

    assert paddle.api().transaction(transaction["id"]) == transaction
    assert paddle.api().transaction("txn_unknown") is None


def test_the_shops_destination_tells_what_it_is_subscribed_to(paddle: Asked) -> None:
    (destination,) = paddle.api().destinations()

    names: Any = destination["subscribed_events"]
    assert "adjustment.updated" in {event["name"] for event in names}
    assert "endpoint_secret_key" not in destination


def test_a_key_that_is_revoked_gives_way_to_its_successor(paddle: Asked) -> None:
    old, new = paddle.running.api_key, paddle.do("key")["id"]
    paddle.do("revoke_key", id=old)

    with pytest.raises(PaddleRefusedError) as error:
        paddle.api(old).destinations()
    assert (error.value.code, error.value.status) == ("invalid_token", 403)
    assert advice(error.value) is Advice.BLOCKED

    assert len(paddle.api(old, newer_key=lambda: new).destinations()) == 1


def test_a_key_that_may_not_do_it_is_blocked_too(paddle: Asked) -> None:
    reads = paddle.do("key", permissions=["adjustment.read"])["id"]

    with pytest.raises(PaddleRefusedError) as error:
        paddle.api(reads).create_adjustment(refund(paddle.buy()))

    assert (error.value.code, advice(error.value)) == ("forbidden", Advice.BLOCKED)


def test_too_many_requests_are_told_with_their_seconds(paddle: Asked) -> None:
    paddle.do("options", requests_per_minute=1)
    api = paddle.api()
    api.destinations()

    with pytest.raises(PaddleRefusedError) as error:
        api.destinations()

    assert error.value.code == "too_many_requests"
    assert error.value.retry_after is not None
    assert 1 <= error.value.retry_after <= 60
    assert len(paddle.requests) == 2
    assert paddle.slept == 1


def test_connections_are_kept(paddle: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    door: Any = paddle.running.door.http
    process = door.process_request

    def counted(request: object, address: object) -> None:
        opened.append(address)
        process(request, address)

    monkeypatch.setattr(door, "process_request", counted)
    transaction = paddle.buy()
    api = paddle.api()

    api.adjustments_of(transaction["id"])
    api.create_adjustment(refund(transaction))
    api.events_page(datetime.fromisoformat("2020-01-01T00:00:00Z"))

    assert len(opened) == 1


def test_every_code_of_an_adjustment_that_paddle_documents_has_its_advice() -> None:
    documented = {code for code, kind in KINDS.items() if kind.group == "adjustments"}

    assert documented == {code for code in ADVICE if code.startswith("adjustment_")}
    assert set(ADVICE) <= set(KINDS)
    assert {ADVICE[code] for code in documented} == {Advice.LOOK, Advice.REJECT}
    for code, kind in KINDS.items():
        if kind.status >= 409:
            assert ADVICE.get(code, Advice.PERSON) in (Advice.RETRY, Advice.PERSON), code
        if kind.status in (401, 403):
            assert ADVICE[code] is Advice.BLOCKED
