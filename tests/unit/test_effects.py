"""The ways out, each against an AWS service that answers by script."""

import json
from typing import Any

import pytest

from makegood.effects.event_bus import BYTES_MAX, EventBus
from makegood.effects.mails import Mails
from makegood.effects.payouts_queue import PayoutsQueue
from makegood.errors import AwsRefusedError, AwsUnreachableError, EffectRefusedError
from makegood.outbox.effect import DomainEvent
from tests.ledgers import NOON, no_pause
from tests.relays import Answer, Scripted, always, failing, refused, taking

NO_ANSWER = AwsUnreachableError("no answer")


def payouts_queue(*script: Answer | Exception) -> tuple[PayoutsQueue, Scripted]:
    sqs: Any = Scripted(*script)
    return PayoutsQueue(sqs, "https://sqs/payouts"), sqs


def bus(*script: Answer | Exception) -> tuple[EventBus, Scripted]:
    events: Any = Scripted(*script)
    return EventBus(events, "makegood-test", pause=no_pause), events


def names(count: int) -> list[str]:
    return [f"payout_{n}" for n in range(count)]


def told(count: int, *, reason: str = "r") -> list[DomainEvent]:
    return [
        DomainEvent("credits.granted", f"entry:acc_1:{n}", NOON, NOON, {"reason": reason})
        for n in range(count)
    ]


# Payouts


def test_payouts_are_sent_ten_at_a_time_and_say_no_more_than_which_one_is_due() -> None:
    queue, sqs = payouts_queue()
    assert queue.send(names(23)) == set()
    assert [len(entries) for entries in sqs.entries] == [10, 10, 3]
    first = sqs.entries[0][0]
    assert json.loads(first["MessageBody"]) == {
        "version": 1,
        "type": "payout.due",
        "payout_id": "payout_0",
    }
    assert (first["DelaySeconds"], set(first)) == (0, {"Id", "MessageBody", "DelaySeconds"})


def test_nothing_to_send_is_no_call() -> None:
    queue, sqs = payouts_queue()
    assert queue.send([]) == set()
    assert sqs.asked == []


@pytest.mark.parametrize(("wanted", "set_to"), [(0, 0), (60, 60), (900, 900), (7200, 900), (-5, 0)])
def test_a_delay_is_as_long_as_sqs_can_wait(wanted: int, set_to: int) -> None:
    queue, sqs = payouts_queue()
    queue.send(names(1), delay_seconds=wanted)
    assert sqs.entries[0][0]["DelaySeconds"] == set_to


def test_a_batch_that_is_answered_with_200_may_still_have_failures() -> None:
    queue, _ = payouts_queue(failing(1, 3))
    assert queue.send(names(5)) == {"payout_1", "payout_3"}


def test_an_answer_that_confirms_nothing_confirms_nothing() -> None:
    queue, _ = payouts_queue(lambda _: {})
    assert queue.send(names(2)) == set(names(2))


@pytest.mark.parametrize("error", [NO_ANSWER, refused("AccessDenied", 403)])
def test_after_a_call_that_failed_the_rest_is_not_tried(error: Exception) -> None:
    queue, sqs = payouts_queue(taking, error)
    assert queue.send(names(35)) == set(names(35)[10:])
    assert len(sqs.asked) == 2


# Events


def test_events_are_put_ten_at_a_time_on_the_bus_of_the_stack() -> None:
    events_bus, events = bus()
    assert events_bus.put(told(100)) == {}
    assert [len(entries) for entries in events.entries] == [10] * 10
    assert events.entries[0][0] == {
        "Source": "makegood",
        "DetailType": "credits.granted",
        "Detail": json.dumps(told(1)[0].detail, separators=(",", ":")),
        "EventBusName": "makegood-test",
    }


def test_a_call_stays_below_the_bytes_that_eventbridge_takes() -> None:
    events_bus, events = bus()
    assert events_bus.put(told(5, reason="é" * 15_000)) == {}
    assert [len(entries) for entries in events.entries] == [2, 2, 1]
    for entries in events.entries:
        assert sum(len(entry["Detail"].encode()) for entry in entries) < BYTES_MAX


def test_only_what_was_not_taken_is_put_again() -> None:
    events_bus, events = bus(failing(1, 4), failing(1))
    assert events_bus.put(told(6)) == {}
    ids = [
        [json.loads(entry["Detail"])["event_id"].rpartition(":")[2] for entry in entries]
        for entries in events.entries
    ]
    assert ids == [["0", "1", "2", "3", "4", "5"], ["1", "4"], ["4"]]


def test_what_is_not_taken_in_three_calls_is_told_and_the_later_ones_are_not_tried() -> None:
    events_bus, events = bus(taking, failing(2, 3, 4), failing(0, 1), failing(0))
    errors = events_bus.put(told(21))
    assert {*errors} == {12, 20}
    assert all(isinstance(error, AwsRefusedError) for error in errors.values())
    assert len(events.asked) == 4


@pytest.mark.parametrize(
    "answer",
    [NO_ANSWER, refused("ThrottlingException"), failing(0, code="InternalFailure"), lambda _: {}],
    ids=["no answer", "throttled", "each one failed", "an empty answer"],
)
def test_where_nothing_is_taken_the_next_call_would_be_in_vain(answer: Any) -> None:
    events_bus, events = bus(answer)
    (error,) = events_bus.put(told(1)).values()
    assert isinstance(error, (AwsRefusedError, AwsUnreachableError))
    assert len(events.asked) == 1


@pytest.mark.parametrize("code", ["InvalidArgument", "MalformedDetail", "RedactionFailure"])
def test_what_is_wrong_by_itself_is_refused_for_ever_and_holds_up_no_other(code: str) -> None:
    events_bus, events = bus(failing(3, code=code))
    errors = events_bus.put(told(15))
    assert {*errors} == {3}
    assert isinstance(errors[3], EffectRefusedError)
    assert str(errors[3]) == f"PutEvents: {code}"
    assert [len(entries) for entries in events.entries] == [10, 5]


def test_a_call_that_is_refused_for_one_event_is_taken_apart() -> None:
    def picky(request: Any) -> Any:
        if any('"entry:acc_1:1"' in entry["Detail"] for entry in request["Entries"]):
            raise refused("ValidationException")
        return taking(request)

    events_bus, _ = bus(*[picky] * 4)
    errors = events_bus.put(told(3))
    assert {*errors} == {1}
    assert isinstance(errors[1], EffectRefusedError)


# Mails


def mail(*script: Answer | Exception) -> Scripted:
    ses: Any = Scripted(*script)
    Mails(ses, "desk@studio.example").send("ada@example.com", subject="Hello", text="Zurück.\n")
    sent: Scripted = ses
    return sent


def test_a_mail_is_plain_text_to_one_address() -> None:
    assert mail().asked == [
        {
            "FromEmailAddress": "desk@studio.example",
            "Destination": {"ToAddresses": ["ada@example.com"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Hello", "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": "Zurück.\n", "Charset": "UTF-8"}},
                }
            },
        }
    ]


@pytest.mark.parametrize(
    "code",
    [
        "BadRequestException",
        "MessageRejected",
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "AccessDeniedException",
    ],
)
def test_what_ses_will_not_take_within_minutes_is_refused_without_the_address(code: str) -> None:
    with pytest.raises(EffectRefusedError) as caught:
        mail(*always(refused(code)))
    assert str(caught.value) == f"SendEmail: {code}"


@pytest.mark.parametrize(
    "error", [NO_ANSWER, refused("TooManyRequestsException", 429), refused("status 500", 500)]
)
def test_what_may_pass_is_raised_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)):
        mail(error)
