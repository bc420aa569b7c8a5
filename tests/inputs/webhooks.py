"""W01 to W65: webhooks that are forged, broken or strange.

What Paddle did not sign is refused by the webhook. What Paddle signed is kept, whatever it says
(`behind` says what becomes of it then), unless nobody could read it at all.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from makegood.paddle.delivery import BODY_BYTES_MAX
from tests.adjustments_made import adjusted_fields
from tests.inputs.rows import Row
from tests.webhooks import NOW_SECONDS, OTHER_SECRET, digest, http_event, sample, sign

BODY = sample("transaction.completed.usd_credit_pack")
EVENT: dict[str, Any] = json.loads(BODY)
DATA: dict[str, Any] = EVENT["data"]
[LINE] = DATA["details"]["line_items"]
TS = str(NOW_SECONDS)
BASE64 = base64.b64encode(BODY).decode()
GOOD = digest(BODY)
WRONG = "0" * 64

Request = dict[str, Any]


@dataclass(frozen=True)
class Behind:
    """What becomes of an event behind the queue, and nothing else does.

    `error` buries it with a reason that names `names`. `leaves` are the kinds of records that it
    leaves beside the credits that it moves; `why` is what a purchase waits for.
    """

    error: str | None = None
    names: str = ""
    leaves: frozenset[str] = frozenset()
    credits: int = 0
    why: str | None = None

    def __str__(self) -> str:
        if self.error is not None:
            return f"dead letter, {self.error}{f' of {self.names}' if self.names else ''}"
        left = " and ".join(sorted(self.leaves)).lower() or "nothing"
        waits = f" ({self.why})" if self.why else ""
        return f"leaves {left}{waits}, {self.credits} credits"


def buried(names: str) -> Behind:
    return Behind("RejectedEventError", f"data.{names}")


CONFLICT = Behind("IdempotencyConflictError")
NOTHING = Behind()
PARKED = Behind(leaves=frozenset({"EVENT"}))
GRANTED = Behind(credits=2000, leaves=frozenset({"PURCHASE", "ADJUSTMENTS", "BASKETS", "CUSTOMER"}))
ADJUSTMENT = Behind(leaves=frozenset({"ADJUSTMENTS"}))


def kept(why: str) -> Behind:
    return Behind(leaves=frozenset({"PURCHASE"}), why=why)


@dataclass(frozen=True, kw_only=True)
class Webhook(Row):
    """`before` are events that have been applied."""

    request: Request = field(repr=False)
    status: int
    behind: Behind | None = None
    before: tuple[Request, ...] = field(default=(), repr=False)


def row(
    number: str,
    what: str,
    request: Request,
    status: int = 401,
    behind: Behind | None = None,
    before: tuple[Request, ...] = (),
) -> Webhook:
    answer = f"{status}" if behind is None else f"{status}, then {behind}"
    test = "test_what_becomes_of_it_behind_the_queue" if behind else "test_the_webhook_answers"
    return Webhook(
        number=number,
        what=what,
        answer=answer,
        shown_by=f"tests.inputs.test_webhooks.{test}",
        request=request,
        status=status,
        behind=behind,
        before=before,
    )


def header(text: str) -> Request:
    return http_event(BODY, text)


def signed(body: bytes) -> Request:
    """What is wrong is in the body; the signature is good, and the bytes arrive as they are."""
    return http_event(body, encoded=True)


def raw(old: bytes, new: bytes) -> Request:
    body = BODY.replace(old, new, 1)
    assert body != BODY
    return signed(body)


def event(**changes: Any) -> Request:
    return signed(json.dumps(EVENT | changes).encode())


def data(**changes: Any) -> Request:
    return event(data=DATA | changes)


def total(**totals: Any) -> Request:
    details = DATA["details"]
    return data(details=details | {"totals": details["totals"] | totals})


def lines(*changed: dict[str, Any]) -> Request:
    return data(details=DATA["details"] | {"line_items": [LINE | change for change in changed]})


def number_in(value: bytes) -> Request:
    return raw(b'"business_id": null', b'"business_id": ' + value)


def flagged(body: str, *, encoded: bool) -> Request:
    return http_event(BODY) | {"body": body, "isBase64Encoded": encoded}


def with_headers(**headers: str) -> Request:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return http_event(BODY) | {"headers": {"paddle-signature": sign(BODY)} | given}


def without_header() -> Request:
    request = http_event(BODY)
    del request["headers"]["paddle-signature"]
    return request


def header_twice() -> Request:
    request = http_event(BODY)
    request["headers"]["Paddle-Signature"] = sign(BODY)
    return request


def at_age(seconds: int) -> Request:
    return header(sign(BODY, ts=str(NOW_SECONDS - seconds)))


def padded(size: int) -> Request:
    return signed(BODY + b" " * (size - len(BODY)))


def adjustment(cents: int, **wishes: Any) -> Request:
    """A refund that Paddle made of so much of the purchase in BODY."""
    fields = adjusted_fields("adj_1", DATA["id"], lines={LINE["id"]: cents}, **wishes)
    told = {"event_id": "evt_adjusted", "event_type": "adjustment.created", "data": fields}
    return event(**told)


def _headers() -> Iterator[Webhook]:  # noqa: PLR0915 - a table.
    yield row("W01", "no signature", without_header())
    yield row("W02", "an empty header", header(""))
    yield row("W03", "only ts", header(f"ts={TS}"))
    yield row("W04", "only h1", header(f"h1={GOOD}"))
    yield row("W05", "a wrong h1", header(f"ts={TS};h1={WRONG}"))
    yield row("W06", "h1 in upper case", header(f"ts={TS};h1={GOOD.upper()}"))
    yield row("W07", "h1 of 63 digits", header(f"ts={TS};h1={GOOD[:-1]}"))
    yield row("W07", "h1 of 65 digits", header(f"ts={TS};h1={GOOD}0"))
    yield row("W08", "h1 with an accent", header(f"ts={TS};h1={GOOD[:-1]}é"))
    yield row("W09", "ts of letters", header(sign(BODY, ts="abcd")))
    yield row("W10", "ts of 5,000 digits", header(f"ts={'1' * 5_000};h1={GOOD}"))
    yield row("W10", "ts of 13 digits", header(sign(BODY, ts=f"000{TS}")))
    yield row("W11", "ts in Arabic digits", header(sign(BODY, ts="١٧٩٣١٩٦٢٥١")))
    for ts in ("+1", " 1 ", "1_0", f"+{TS}", f"{TS[:3]}_{TS[3:]}"):
        yield row("W12", f"ts {ts!r}", header(sign(BODY, ts=ts)))
    for ts in ("-1", "0", f"-{TS}"):
        yield row("W13", f"ts {ts}", header(sign(BODY, ts=ts)))
    yield row("W14", "ts a day old", at_age(86_400))
    yield row("W15", "ts a day ahead", at_age(-86_400))
    for age, status in ((299, 200), (300, 200), (301, 401)):
        yield row("W16", f"ts {age} s old", at_age(age), status)
        yield row("W16", f"ts {age} s ahead", at_age(-age), status)
    yield row("W17", "two ts", header(f"ts={TS};ts={TS};h1={GOOD}"))
    yield row("W18", "two h1, the second good", header(f"ts={TS};h1={WRONG};h1={GOOD}"), 200)
    yield row("W19", "50 h1, all good", header(f"ts={TS}" + f";h1={GOOD}" * 50))
    yield row("W19", "six h1, all good", header(f"ts={TS}" + f";h1={GOOD}" * 6))
    yield row("W20", "h2 in the place of h1", header(f"ts={TS};h2={GOOD}"))
    # Beside a good h1 a scheme of tomorrow does no harm, and refusing it would cost payments.
    yield row("W20", "h2 beside a good h1", header(f"ts={TS};h1={GOOD};h2=new"), 200)
    yield row("W21", "a=b=c beside it", header(f"ts={TS};h1={GOOD};a=b=c"))
    yield row("W22", "a comma between", header(f"ts={TS},h1={GOOD}"))
    yield row("W22", "a blank behind the semicolon", header(f"ts={TS}; h1={GOOD}"))
    yield row("W23", "the header twice, joined", header(f"{sign(BODY)},{sign(BODY)}"))
    yield row("W23", "the header twice, in two cases", header_twice())
    yield row("W24", "another endpoint's secret", header(sign(BODY, secret=OTHER_SECRET)))
    written_anew = json.dumps(EVENT, separators=(",", ":")).encode()
    yield row("W25", "signed as written anew", header(sign(written_anew)))
    yield row("W26", "one byte behind the body", http_event(BODY + b" ", sign(BODY)))


def _bodies() -> Iterator[Webhook]:
    yield row("W27", "a byte order mark", signed(b"\xef\xbb\xbf" + BODY), 400)
    yield row("W28", "base64, flagged", http_event(BODY, encoded=True), 200)
    yield row("W29", "no base64, flagged", flagged(BODY.decode(), encoded=True), 400)
    for what, bad in (("a sign behind", f"{BASE64}!"), ("a line behind", f"{BASE64}\n")):
        yield row("W29", f"base64 with {what}", flagged(bad, encoded=True), 400)
    yield row("W29", "no ASCII, flagged", flagged("é", encoded=True), 400)
    yield row("W30", "base64, not flagged", flagged(BASE64, encoded=False))
    yield row("W31", "no bytes", signed(b""), 400)
    yield row("W31", "no body", signed(b"") | {"body": None, "isBase64Encoded": False}, 400)
    yield row("W32", "Latin-1", raw(b"1,000 credits", b"1,000 cr\xe9dits"), 400)
    yield row("W33", "UTF-16 with its mark", signed(BODY.decode().encode("utf-16")), 400)
    yield row("W33", "UTF-16", signed(BODY.decode().encode("utf-16-le")), 400)
    yield row("W34", "cut off", signed(BODY[:-20]), 400)
    yield row("W35", "100,000 brackets", signed(b"[" * 100_000), 400)
    yield row("W35", "100 levels inside", number_in(b"[" * 99 + b"]" * 99), 400)
    for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999"):
        yield row("W36", number.decode(), number_in(number), 400)
    yield row("W37", "a number of 5,000 digits", number_in(b"7" * 5_000), 400)
    twice = raw(b'"status": "completed"', b'"status": "paid", "status": "completed"')
    yield row("W38", "a key twice", twice, 400)
    for body in (b"[]", b'"text"', b"null", b"1"):
        yield row("W39", f"{body.decode()} at the top", signed(body), 400)
    yield row("W40", "half a surrogate pair", raw(b"1,000 credits", b"\\ud800"), 400)
    for character in ("\x00", "\n", "\x1b", "\u202e"):
        yield row("W41", f"{character!a} in an id", event(event_id=f"evt_{character}1"), 400)
    yield row("W42", "256 KiB", padded(BODY_BYTES_MAX), 200)
    yield row("W42", "256 KiB and a byte", padded(BODY_BYTES_MAX + 1), 413)
    yield row("W42", "257 KiB, unsigned", http_event(b" " * (257 * 1024), "unsigned"), 413)
    yield row("W43", "9.9 MB of brackets", http_event(b"[" * 9_900_000, "unsigned"), 413)


def _envelopes() -> Iterator[Webhook]:
    for bad in ("", "evt 1", "e" * 129, "\u0435vt_1", 7, None):
        yield row("W45", f"event_id {str(bad)[:6]!a}", event(event_id=bad), 400)
    for what, other in (
        ("another currency", data(currency_code="EUR")),
        ("other money", total(grand_total="1")),
        ("other goods", lines({"quantity": 3})),
    ):
        yield row("W44", f"the same id, {what}", other, 200, CONFLICT, before=(signed(BODY),))
    parked = event(event_type="something.new", data={"id": 1})
    yield row("W44", "the same id, kept, other data", event(event_type="something.new"), 200,
              CONFLICT, before=(parked,))  # fmt: skip
    yield row("W44", "the same id, earlier news", data(status="paid"), 200, NOTHING,
              before=(signed(BODY),))  # fmt: skip
    yield row("W46", "an unknown event_type", parked, 200, PARKED)
    for bad in (None, "text", 1, False):
        yield row("W47", f"data {bad!r}", event(data=bad), 400)
    yield row("W47", "no fields but an id", event(data={"id": "txn_1"}), 200, buried("status"))
    yield row("W47", "no id", data(id=None), 200, buried("id"))
    yield row("W48", "more fields of the event", event(more={"x": [1]}), 200, GRANTED)
    # The simulator's have another form, and nothing depends on them.
    yield row("W48", "a list of notifications", event(notification_id=["ntf_1"]), 200, GRANTED)
    yield row("W48", "more fields of data", data(more={"x": [1]}), 200, GRANTED)
    yield row("W49", "an unknown status", data(status="new_status"), 200, PARKED)
    yield row("W49", "an unknown status and origin", data(status="new", origin="new"), 200, PARKED)
    not_sold = kept("part of a subscription, not a purchase of credits")
    yield row("W49", "an unknown origin", data(origin="new_origin"), 200, not_sold)
    news = adjustment(2178, action="new_action")
    yield row("W49", "an unknown action of an adjustment", news, 200, PARKED)
    news = adjustment(2178, status="new_status")
    yield row("W49", "an unknown status of an adjustment", news, 200, PARKED)
    for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-10-28T14:04:10", None):
        yield row("W50", f"occurred_at {at}", event(occurred_at=at), 400)
        yield row("W50", f"created_at {at}", data(created_at=at), 200, buried("created_at"))


def _money() -> Iterator[Webhook]:
    for bad in ("usd", "EURO", "", None):
        yield row("W51", f"currency {bad!r}", data(currency_code=bad), 200, buried("currency_code"))
    amount: Any
    for amount in ("12.5", "1e3", " 5", "", None, 5, "1" * 19):
        expected = buried("details.totals.grand_total")
        yield row("W52", f"amount {amount!r}", total(grand_total=amount), 200, expected)
    nothing = kept("no money was collected")
    yield row("W52", "amount '-1'", total(grand_total="-1"), 200, nothing)
    unknown = kept("unknown_account")
    whose: Any
    for whose in (None, "acc_1", ["acc_1"], {"account_id": "x" * 100_000}):
        yield row("W53", f"custom_data {str(whose)[:16]}", data(custom_data=whose), 200, unknown)
    without = {name: value for name, value in DATA.items() if name != "custom_data"}
    yield row("W53", "no custom_data", event(data=without), 200, unknown)
    # Whose purchase it is, is said by the studio's server, and Paddle signed it.
    stranger = {"account_id": "acc_of_a_stranger"}
    yield row("W54", "a stranger's account", data(custom_data=stranger), 200, GRANTED)
    yield row("W55", "an unknown price", lines({"price_id": "pri_unknown"}), 200,
              kept("unknown_price"))  # fmt: skip
    quantity: Any
    for quantity in (0, -1, 10**9, 1.5, True, "2", None):
        expected = buried("details.line_items.0.quantity")
        yield row(
            "W56", f"quantity {quantity!r} in a line", lines({"quantity": quantity}), 200, expected
        )
        item = DATA["items"][0] | {"quantity": quantity}
        expected = buried("items.0.quantity")
        yield row("W56", f"quantity {quantity!r} in an item", data(items=[item]), 200, expected)
    yield row("W57", "the same item twice", data(items=DATA["items"] * 2), 200, GRANTED)
    yield row("W57", "the same line twice", lines({}, {}), 200, buried("details.line_items"))
    twice = lines({}, {"id": "txnitm_other"})
    yield row("W57", "two lines of one price", twice, 200, replace(GRANTED, credits=4000))
    yield row("W58", "a total of nothing", total(grand_total="0", total="0"), 200, nothing)
    refund = adjustment(2178)
    yield row("W59", "an adjustment of what is unknown", refund, 200, ADJUSTMENT)
    most = Behind(leaves=frozenset({"ADJUSTMENTS", "PURCHASE", "CASE"}), credits=-2000)
    yield row("W60", "more than was paid", adjustment(10**9), 200, most, before=(signed(BODY),))
    yield row("W60", "all that was paid", refund, 200, most, before=(signed(BODY),))


def _others() -> Iterator[Webhook]:
    sandbox = "pdl_" + "ntfset_the_sandbox_destination"
    yield row("W61", "signed by the sandbox", header(sign(BODY, secret=sandbox)))
    # The signature is over the bytes, so what they are said to be does not matter.
    yield row("W64", "no content type", with_headers(), 200)
    for kind in ("text/plain", "application/json; charset=utf-16", "nonsense"):
        yield row("W64", f"content type {kind}", with_headers(content_type=kind), 200)


ROWS = [*_headers(), *_bodies(), *_envelopes(), *_money(), *_others()]
