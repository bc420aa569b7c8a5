"""Batches of the stream, with faults: what is sent, where it stops, what is buried."""

import copy
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from makegood.domain.account import AccountStatus
from makegood.domain.case import CaseEventKind as K
from makegood.domain.case import Category
from makegood.domain.entry import EntryKind
from makegood.domain.payout import PayoutState
from makegood.domain.purchase import Customer
from makegood.errors import AwsUnreachableError, SettingsError
from makegood.ledger.shapes import SHAPES, shape_of
from makegood.relay.stream import promise_of
from makegood.settings import OutboxRelaySettings, read_settings
from tests.ledgers import NOON
from tests.memory_dynamodb import client_error
from tests.relays import (
    CASE,
    FROZEN,
    PAYOUT,
    REQUEST,
    Outside,
    again_from,
    always,
    entry,
    failing,
    gone,
    number_of,
    payouts_of,
    refused,
    streamed,
)

ROOT = Path(__file__).parents[2]
NO_ANSWER = AwsUnreachableError("no answer")
DECLINED = gone(CASE, K.DECLINED)


@pytest.fixture
def outside() -> Outside:
    return Outside()


def entries(count: int) -> list[dict[str, Any]]:
    return [streamed(entry(seq=seq)) for seq in range(1, count + 1)]


def poisoned(record: dict[str, Any], name: str = "kind", value: object = None) -> dict[str, Any]:
    """With a field of the new image that is not as it was written."""
    damaged = copy.deepcopy(record)
    damaged["dynamodb"]["NewImage"][name] = value or {"S": "no such thing: ada@example.com"}
    return damaged


# What is sent


def test_a_batch_is_sent_and_nothing_of_it_comes_again(outside: Outside) -> None:
    relayed = outside.relay(
        streamed(PAYOUT), streamed(entry()), streamed(FROZEN), streamed(DECLINED, CASE)
    )
    assert relayed.response() == {"batchItemFailures": []}
    assert outside.payouts() == ["payout_1"]
    assert outside.told() == [
        "entry:acc_1:7",
        "status:acc_1:2026-11-22T12:00:00.000000Z:frozen",
        "case:case_1:2",
    ]
    assert [to for to, _ in outside.mails()] == ["ada@example.com"]
    assert outside.letters() == []


def test_a_batch_that_comes_twice_says_the_same_twice(outside: Outside) -> None:
    batch = [streamed(PAYOUT), streamed(entry()), streamed(DECLINED, CASE)]
    outside.relay(*batch)
    outside.relay(*batch)
    assert outside.payouts() == ["payout_1"] * 2
    assert outside.told() == ["entry:acc_1:7", "case:case_1:2"] * 2
    assert outside.events.asked[0] == outside.events.asked[1]
    assert outside.sqs.asked[0] == outside.sqs.asked[1]


def test_payouts_go_first_then_events_then_mails(outside: Outside) -> None:
    order: list[str] = []
    for name in ("ses", "events", "sqs"):
        service = getattr(outside, name)
        service.script = [_noting(order, name)]
    outside.relay(streamed(DECLINED, CASE), streamed(entry()), streamed(PAYOUT))
    assert order == ["sqs", "events", "ses"]


def _noting(order: list[str], name: str) -> Any:
    def answer(request: Any) -> Any:
        order.append(name)
        return failing()(request)

    return answer


def test_a_hundred_entries_are_ten_calls_in_their_order(outside: Outside) -> None:
    outside.relay(*entries(100))
    assert len(outside.events.asked) == 10
    assert outside.told() == [f"entry:acc_1:{seq}" for seq in range(1, 101)]
    assert outside.sqs.asked == outside.ses.asked == outside.dead.asked == []


def test_without_a_sender_nobody_is_written_to(outside: Outside) -> None:
    outside.writes_mails = False
    relayed = outside.relay(streamed(DECLINED, CASE))
    assert again_from(relayed) is None
    assert relayed.sent == {"payouts": 0, "events": 1}
    assert outside.ses.asked == []


def test_an_empty_batch_is_no_call(outside: Outside) -> None:
    assert again_from(outside.relay()) is None
    assert outside.sqs.asked == outside.events.asked == []


# Where it stops


def test_the_stream_goes_on_with_the_first_payout_that_was_not_taken(outside: Outside) -> None:
    outside.sqs.script = [failing(1, 2)]
    batch = [streamed(entry(seq=1)), *payouts_of(["p_1", "p_2", "p_3"]), streamed(entry(seq=2))]
    assert again_from(outside.relay(*batch)) == number_of(batch[2])
    assert outside.told() == ["entry:acc_1:1"]


def test_while_sqs_is_down_what_lies_before_is_told_and_nothing_else(outside: Outside) -> None:
    outside.sqs.script = always(NO_ANSWER)
    batch = [streamed(entry(seq=1)), streamed(PAYOUT), streamed(entry(seq=2))]
    assert again_from(outside.relay(*batch)) == number_of(batch[1])
    assert again_from(outside.relay(*batch[1:])) == number_of(batch[1])
    outside.sqs.script = []
    assert again_from(outside.relay(*batch[1:])) is None
    assert outside.told() == ["entry:acc_1:1", "entry:acc_1:2"]


def test_an_event_that_is_not_taken_holds_up_no_payout(outside: Outside) -> None:
    outside.events.script = always(refused("ThrottlingException"))
    batch = [streamed(FROZEN), *entries(30), streamed(PAYOUT)]
    relayed = outside.relay(*batch)
    assert again_from(relayed) == number_of(batch[0])
    assert outside.payouts() == ["payout_1"]
    assert relayed.end == 0


def test_events_that_were_not_taken_with_200_come_again_and_mails_wait(outside: Outside) -> None:
    outside.events.script = [failing(1, 2), failing(0), failing(0)]
    batch = [*entries(2), streamed(DECLINED, CASE), streamed(entry(seq=3))]
    assert again_from(outside.relay(*batch)) == number_of(batch[1])
    assert outside.ses.asked == []
    assert again_from(outside.relay(*batch[1:])) is None
    assert set(outside.told()) == {
        "entry:acc_1:1",
        "entry:acc_1:2",
        "entry:acc_1:3",
        "case:case_1:2",
    }
    assert len(outside.mails()) == 1


@pytest.mark.parametrize(
    "error", [refused("status 500", 500), refused("TooManyRequestsException", 429), NO_ANSWER]
)
def test_a_mail_that_may_go_later_comes_again_and_no_other_goes_before(
    outside: Outside, error: Exception
) -> None:
    outside.ses.script = [failing(), error]
    batch = [streamed(gone(CASE, kind), CASE) for kind in (K.APPROVED, K.PAID, K.DECLINED)]
    assert again_from(outside.relay(*batch)) == number_of(batch[1])
    assert len(outside.mails()) == 2
    assert again_from(outside.relay(*batch[1:])) is None
    assert len(outside.mails()) == 4


def test_mails_wait_while_the_table_cannot_be_read(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> Any:
        raise client_error("AccessDeniedException")

    monkeypatch.setattr(outside.memory, "batch_get_item", away)
    batch = [streamed(entry()), streamed(DECLINED, CASE), streamed(PAYOUT)]
    assert again_from(outside.relay(*batch)) == number_of(batch[1])
    assert (outside.payouts(), outside.mails()) == (["payout_1"], [])


def test_a_mail_is_not_begun_when_the_time_is_nearly_over(outside: Outside) -> None:
    batch = [streamed(entry()), streamed(DECLINED, CASE)]
    assert again_from(outside.relay(*batch, seconds=15)) == number_of(batch[1])
    assert outside.mails() == []
    assert again_from(outside.relay(*batch, seconds=15.1)) is None


# To whom a mail goes


@pytest.mark.parametrize(
    ("transaction_id", "asked", "to"),
    [
        ("txn_1", REQUEST, ["ada@example.com"]),
        ("txn_1", None, ["ada@example.com"]),
        (None, REQUEST, ["eve@example.com"]),
        (None, None, []),
        ("txn_unknown", REQUEST, []),
    ],
)
def test_it_goes_to_who_paid_or_to_who_asked_without_a_purchase(
    outside: Outside, transaction_id: str | None, asked: Any, to: list[str]
) -> None:
    case = replace(CASE, transaction_id=transaction_id, request=asked)
    outside.put(case)
    relayed = outside.relay(streamed(gone(case, K.DECLINED), case))
    assert [address for address, _ in outside.mails()] == to
    assert again_from(relayed) is None
    assert relayed.sent["mails_without_address"] == 1 - len(to)


def test_an_address_that_was_erased_is_not_written_to(outside: Outside) -> None:
    outside.put(Customer("ctm_1"))
    outside.put(replace(CASE, request=None))
    alone = replace(CASE, transaction_id=None)
    outside.relay(streamed(DECLINED, CASE), streamed(gone(alone, K.DECLINED), alone))
    assert outside.mails() == []


def test_what_a_customer_wrote_is_in_no_mail(outside: Outside) -> None:
    outside.relay(streamed(gone(CASE, K.DECLINED, K.APPROVED, K.PAID), CASE))
    for _, text in outside.mails():
        assert "bob" not in text
        assert "Ask" not in text
        assert "@" not in text
    assert len(outside.mails()) == 3


# What can never be told


UNKNOWN = streamed(entry())
UNKNOWN["dynamodb"]["Keys"] = {"pk": {"S": "GIFT#1"}, "sk": {"S": "GIFT"}}


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        (UNKNOWN, "a record of a kind that this release does not know"),
        (poisoned(streamed(entry())), "a stored record cannot be read: ValueError"),
        (
            poisoned(streamed(entry()), "seq", {"BOOL": True}),
            "a stored record cannot be read: TypeError",
        ),
        (
            poisoned(streamed(CASE), "events", {"N": "1"}),
            "a stored record cannot be read: TypeError",
        ),
        (poisoned(streamed(PAYOUT), "state"), "a stored record cannot be read: ValueError"),
    ],
    ids=["unknown kind", "unknown value", "foreign attribute", "other form", "unknown state"],
)
def test_poison_is_buried_with_its_key_alone_and_holds_up_nobody(
    outside: Outside, poison: dict[str, Any], reason: str
) -> None:
    relayed = outside.relay(streamed(entry(seq=1)), poison, streamed(entry(seq=3)))
    assert again_from(relayed) is None
    assert outside.told() == ["entry:acc_1:1", "entry:acc_1:3"]
    ((body, error, why),) = outside.letters()
    keys = poison["dynamodb"]["Keys"]
    assert body == {
        "pk": keys["pk"]["S"],
        "sk": keys["sk"]["S"],
        "sequence_number": number_of(poison),
    }
    assert (error, why) == ("LedgerDamagedError", reason)
    assert relayed.buried == {"LedgerDamagedError": 1}


def test_a_record_whose_past_cannot_be_read_is_not_guessed_at(outside: Outside) -> None:
    record = streamed(DECLINED, CASE)
    record["dynamodb"]["OldImage"]["events"] = {"S": "none"}
    outside.relay(record)
    assert outside.told() == []
    assert len(outside.letters()) == 1


def test_a_record_that_was_erased_tells_nothing(outside: Outside) -> None:
    record = streamed(DECLINED, CASE)
    del record["dynamodb"]["NewImage"]
    assert again_from(outside.relay(record)) is None
    assert outside.told() == []
    assert outside.letters() == []


def test_an_event_that_is_refused_for_ever_is_buried_and_the_rest_goes_on(outside: Outside) -> None:
    outside.events.script = [failing(1, code="MalformedDetail")]
    batch = [streamed(entry(seq=1)), streamed(DECLINED, CASE), streamed(entry(seq=2))]
    assert again_from(outside.relay(*batch)) is None
    ((body, error, reason),) = outside.letters()
    assert body["effect"] == "case:case_1:2"
    assert (error, reason) == ("EffectRefusedError", "PutEvents: MalformedDetail")
    assert len(outside.mails()) == 1


def test_a_bad_address_is_buried_without_the_address(outside: Outside) -> None:
    outside.ses.script = [refused("BadRequestException")]
    batch = [streamed(DECLINED, CASE), streamed(gone(CASE, K.PAID), CASE)]
    assert again_from(outside.relay(*batch)) is None
    ((body, error, reason),) = outside.letters()
    assert body == {
        "pk": "CASE#case_1",
        "sk": "CASE",
        "sequence_number": number_of(batch[0]),
        "effect": "mail:case_1:2",
    }
    assert (error, reason) == ("EffectRefusedError", "SendEmail: BadRequestException")
    assert "@" not in str(outside.dead.asked)
    assert len(outside.mails()) == 2


@pytest.mark.parametrize("place", [("PURCHASE#txn_1", "PURCHASE"), ("CUSTOMER#ctm_1", "CUSTOMER")])
def test_a_mail_whose_address_cannot_be_read_is_buried(
    outside: Outside, place: tuple[str, str]
) -> None:
    outside.memory.items[place] = {
        name: value for name, value in outside.memory.items[place].items() if name in ("pk", "sk")
    }
    assert again_from(outside.relay(streamed(DECLINED, CASE), streamed(entry()))) is None
    ((body, error, _),) = outside.letters()
    assert (body["effect"], error) == ("mail:case_1:2", "LedgerDamagedError")


def test_while_the_dead_letters_cannot_be_reached_the_stream_waits(outside: Outside) -> None:
    outside.dead.script = always(NO_ANSWER)
    batch = [streamed(entry(seq=1)), poisoned(streamed(entry())), streamed(entry(seq=2))]
    relayed = outside.relay(*batch)
    assert again_from(relayed) == number_of(batch[1])
    assert relayed.buried == {}


def test_poison_behind_what_is_stuck_is_buried_when_its_turn_comes(outside: Outside) -> None:
    outside.sqs.script = [NO_ANSWER]
    batch = [streamed(PAYOUT), poisoned(streamed(entry()))]
    assert again_from(outside.relay(*batch)) == number_of(batch[0])
    assert outside.letters() == []
    assert again_from(outside.relay(*batch)) is None
    assert len(outside.letters()) == 1


# All of it


FAULTS: dict[str, list[Any]] = {
    "refused": [refused("AccessDeniedException", 403)],
    "no answer": [NO_ANSWER],
    "down for a while": [NO_ANSWER] * 3,
    "half of it": [failing(0)],
    "server error": [refused("InternalFailure", 500)] * 2,
}


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        (service, fault)
        for service in ("sqs", "events", "ses", "dead")
        for fault in FAULTS
        # What SES refuses is buried, and it takes one mail at a time.
        if service != "ses" or fault not in ("refused", "half of it")
    ],
)
def test_after_any_fault_all_is_told_at_least_once(
    outside: Outside, service: str, fault: str
) -> None:
    getattr(outside, service).script = list(FAULTS[fault])
    other = replace(CASE, category=Category.ADJUSTMENT)
    batch = [
        streamed(entry(seq=1)),
        poisoned(streamed(entry(seq=2))),
        *payouts_of(["p_1", "p_2"]),
        streamed(other),
        streamed(entry(seq=3)),
        streamed(DECLINED, CASE),
        *payouts_of(["p_3"]),
    ]
    for _ in range(10):
        place = again_from(outside.relay(*batch))
        if place is None:
            break
        numbers = [number_of(record) for record in batch]
        batch = batch[numbers.index(place) :]
    else:
        pytest.fail("it never ended")

    assert set(outside.payouts()) == {"p_1", "p_2", "p_3"}
    assert set(outside.told()) == {
        "entry:acc_1:1",
        "entry:acc_1:3",
        "case:case_1:1",
        "case:case_1:2",
    }
    assert len({text for _, text in outside.mails()}) == 1
    assert len(outside.mails()) >= 2
    assert {body["sk"] for body, _, _ in outside.letters()} == {"ENTRY#000000000002"}


def test_every_kind_of_record_is_told_or_is_said_not_to_be() -> None:
    """A kind that is new is decided about in relay/stream.py, and not forgotten."""
    ids: list[Any] = [("a", 1), ("a", "b"), ("a", NOON, AccountStatus.OPEN), "a"]
    for kind in SHAPES:
        for one in ids:
            try:
                pk, sk = shape_of(kind).place(one)
                break
            except (TypeError, ValueError, IndexError, AttributeError):
                continue
        keys = {"pk": {"S": pk}, "sk": {"S": sk}}
        promise = promise_of({"dynamodb": {"SequenceNumber": "1", "Keys": keys}})
        assert promise.error is None, f"{kind.__name__}: {pk}, {sk}"


@pytest.mark.parametrize("at", [1795348800, 1795348800.0, 1795348800.987])
def test_the_streams_time_is_read_as_aws_writes_it(outside: Outside, at: float) -> None:
    """A whole number of seconds, or one with a point, as the poller pleases."""
    record = streamed(replace(PAYOUT, state=PayoutState.PERSON), PAYOUT)
    record["dynamodb"]["ApproximateCreationDateTime"] = at
    (effect,) = promise_of(record).effects
    assert getattr(effect, "occurred_at", None) == datetime(2026, 11, 22, 12, tzinfo=NOON.tzinfo)


ENVIRONMENT = {
    "MAKEGOOD_PAYOUTS_QUEUE_URL": "https://sqs/payouts",
    "MAKEGOOD_EVENT_BUS": "makegood-test",
    "MAKEGOOD_OUTBOX_DEAD_LETTERS_URL": "https://sqs/dead",
    "MAKEGOOD_MAIL_FROM": "none",
}


def test_the_function_is_told_where_all_goes_and_that_nobody_gets_mails() -> None:
    assert not read_settings(OutboxRelaySettings, ENVIRONMENT).sends_mail
    writing = ENVIRONMENT | {"MAKEGOOD_MAIL_FROM": "desk@studio.example"}
    assert read_settings(OutboxRelaySettings, writing).sends_mail


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_nothing_of_it_may_be_missing(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings(OutboxRelaySettings, ENVIRONMENT | {name: " "})


def test_charges_and_holds_cost_no_call(outside: Outside) -> None:
    kinds = (EntryKind.CHARGE, EntryKind.HOLD, EntryKind.RELEASE)
    outside.relay(*(streamed(entry(kind)) for kind in kinds))
    assert outside.events.asked == outside.dead.asked == []


def test_a_cold_start_loads_neither_pydantic_nor_the_rules() -> None:
    unwanted = ("boto3", "botocore.session", "botocore.client", "pydantic", "makegood.api")
    more = ("makegood.plans", "makegood.outward", "makegood.events.paddle", "makegood.paddle")
    program = (
        f"import sys; sys.path[:0] = {[str(ROOT / 'shared'), str(ROOT / 'functions')]!r}\n"
        "import outbox_relay\n"
        f"print([name for name in {unwanted + more!r} if name in sys.modules])"
    )
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={}
    )
    assert answer.stdout.strip() == "[]"
