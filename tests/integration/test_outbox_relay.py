"""The real handler on moto: what the ledger commits comes out of the stream's other end."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

import job_events
from makegood.domain.account import AccountStatus
from makegood.domain.case import CaseEventKind, CaseStatus
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.payout import Payout, PayoutState
from makegood.domain.purchase import Customer, Purchase, PurchaseState
from makegood.plans.operations import correct_account, give_bonus, set_status
from tests.cases_made import case_step, moved, put_in
from tests.metrics import metrics
from tests.relays import CASE, PAYOUT, VERDICT
from tests.streams import Stream, streaming
from tests.webhooks import NOW
from tests.workers import Stack, failed, succeeded

PURCHASE = Purchase(
    "txn_1", PurchaseState.GRANTED, "ctm_1", None, None, "USD", 1089, (), NOW, NOW, "acc_1"
)


@pytest.fixture
def stream(workers: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    with streaming(workers, monkeypatch) as made:
        yield made


@pytest.fixture
def sold(stream: Stream) -> Stream:
    """A purchase of somebody whose address is known."""
    customer = Customer("ctm_1", email="ada@example.com")
    stream.stack.decide(put_in(PURCHASE, customer))
    return stream


def types(stream: Stream) -> list[str]:
    return [kind for kind, _ in stream.told()]


def approve(stack: Stack) -> None:
    """The case is approved, and its payout requested by the same transaction."""
    stack.decide(case_step(CASE))
    stack.decide(
        case_step(
            "case_1",
            moved(CaseEventKind.APPROVED, CaseStatus.APPROVED, verdict=VERDICT),
        )
    )
    stack.decide(put_in(PAYOUT))


def test_what_happens_to_credits_is_told_once_each(stream: Stream) -> None:
    workers = stream.stack
    workers.give("ada", 100)
    for job_id in ("job_1", "job_2", "job_3"):
        workers.charge(job_id, "ada", 20, outputs=4)
    partly, whole = (succeeded(f"job_{n}", ordered=4, delivered=n + 1) for n in (2, 3))
    workers.deliver(job_events, failed("job_1"), partly, whole)
    workers.decide(correct_account("c", "ada", -5, reason="Mistake.", author="rita", now=NOW))
    stream.drain()

    told = stream.told()
    assert [(kind, detail["credits"], detail["balance"]) for kind, detail in told] == [
        ("credits.granted", 100, 100),
        ("credits.refunded", 20, 60),
        ("credits.refunded", 5, 65),
        ("credits.corrected", -5, 60),
    ]
    entries = workers.entries("ada")
    shown = {f"entry:ada:{entry['seq']}": entry["reason"] for entry in entries}
    assert all(shown[detail["event_id"]] == detail["reason"] for _, detail in told)
    assert stream.payouts() == stream.buried() == stream.mails() == []


def test_an_account_that_is_frozen_and_opened_is_told_without_the_note(stream: Stream) -> None:
    for hours, status in ((0, AccountStatus.FROZEN), (1, AccountStatus.OPEN)):
        at = NOW + timedelta(hours=hours)
        change = set_status("ada", status, reason="ada@example.com lied", author="rita", now=at)
        stream.stack.decide(change)
    stream.drain()
    told = stream.told()
    assert [(kind, detail["status"]) for kind, detail in told] == [
        ("account.frozen", "frozen"),
        ("account.opened", "open"),
    ]
    assert "lied" not in str(told)


def test_an_approved_case_begins_its_payout_is_told_and_is_written_to_who_paid(
    sold: Stream,
) -> None:
    approve(sold.stack)
    sold.drain()
    assert sold.payouts() == [{"version": 1, "type": "payout.due", "payout_id": "payout_1"}]
    assert types(sold) == ["case.opened", "case.decided"]
    (mail,) = sold.mails()
    assert mail.destinations == {"ToAddresses": ["ada@example.com"]}
    assert mail.source == "desk@studio.example"
    assert mail.subject == "We have decided about your request"
    assert mail.body.startswith("10.89 USD were paid back to you.\n")


def test_a_payout_that_a_person_sends_again_is_due_again_and_no_other_change_is(
    sold: Stream,
) -> None:
    workers = sold.stack
    workers.decide(put_in(PAYOUT))
    for state in (PayoutState.SENDING, PayoutState.PERSON, PayoutState.REQUESTED):
        workers.decide(_changed(state))
        sold.drain()
    assert [message["payout_id"] for message in sold.payouts()] == ["payout_1"] * 2
    ((kind, detail),) = sold.told()
    assert (kind, detail["event_id"]) == ("payout.needs_person", "payout:payout_1:3")


def _changed(state: PayoutState) -> Decide[None]:
    def decide(facts: Facts) -> Plan[None]:
        payout = facts.get(Key(Payout, "payout_1"))
        assert payout is not None
        return Plan(None, (replace(payout, state=state),))

    return decide


def test_all_of_it_again_is_the_same_again(sold: Stream) -> None:
    sold.stack.give("ada", 100)
    approve(sold.stack)
    sold.drain()
    first, payouts = sold.told(), sold.payouts()
    sold.rewind()
    sold.drain(most=3)
    assert sold.told() == first
    assert sold.payouts() == payouts
    assert len(sold.mails()) == 2


def test_where_no_mail_is_sent_none_is(sold: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    sold.set(monkeypatch, MAIL_FROM="none")
    approve(sold.stack)
    sold.drain()
    assert sold.mails() == []
    assert types(sold) == ["case.opened", "case.decided"]


def test_a_sender_that_is_not_verified_holds_up_nothing(
    sold: Stream, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sold.set(monkeypatch, MAIL_FROM="nobody@elsewhere.example")
    approve(sold.stack)
    capsys.readouterr()
    sold.drain()
    (letter,) = sold.buried()
    assert (letter["pk"], letter["effect"]) == ("CASE#case_1", "mail:case_1:2")
    assert len(sold.payouts()) == 1
    assert metrics(capsys)["MessagesBuried"] == [1]


def test_nothing_that_a_record_holds_is_in_a_log_line(
    sold: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    approve(sold.stack)
    sold.stack.decide(give_bonus("b", "ada", 5, "For bob@example.com.", now=NOW))
    capsys.readouterr()
    sold.drain()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines if "event" in line] == ["outbox.relayed"]
    (relayed,) = lines
    assert relayed.pop("event") == "outbox.relayed"
    assert relayed.pop("buried") == {}
    assert relayed == {"records": 10, "again": 0, "payouts": 1, "events": 3, "mails": 1}
    assert "[address]" in str(sold.told())


def test_a_customer_without_an_address_is_counted(
    sold: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    sold.stack.dynamodb.delete_item(
        TableName="ledger", Key={"pk": {"S": "CUSTOMER#ctm_1"}, "sk": {"S": "CUSTOMER"}}
    )
    approve(sold.stack)
    capsys.readouterr()
    sold.drain()
    assert metrics(capsys)["MailsWithoutAddress"] == [1]
    assert sold.mails() == sold.buried() == []


def test_a_damaged_record_is_buried_and_its_neighbours_are_told(
    stream: Stream, capsys: pytest.CaptureFixture[str]
) -> None:
    stream.stack.give("ada", 100)
    stream.stack.dynamodb.put_item(
        TableName="ledger",
        Item={"pk": {"S": "ACCOUNT#ada"}, "sk": {"S": "ENTRY#000000000009"}, "v": {"N": "1"}},
    )
    stream.stack.give("bob", 100)
    capsys.readouterr()
    stream.drain()
    assert types(stream) == ["credits.granted"] * 2
    (letter,) = stream.buried()
    assert letter["sk"] == "ENTRY#000000000009"
    assert set(letter) == {"pk", "sk", "sequence_number"}
    told = metrics(capsys)
    assert told["MessagesBuried"] == [1]
    assert "MessagesDelayed" not in told


THROTTLED = json.dumps(
    {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}] * 2}
)


@pytest.mark.parametrize(
    ("host", "status", "content", "told"),
    [
        ("sqs", 500, "{}", 2),
        ("events", 200, THROTTLED, 0),
        ("events", 503, "<html>", 0),
        ("email", 500, "{}", 3),
    ],
)
def test_what_is_stuck_is_sent_when_the_outage_is_over(
    sold: Stream, host: str, status: int, content: str, told: int
) -> None:
    approve(sold.stack)
    sold.stack.give("ada", 5)
    sold.network.breaks(host, status=status, content=content)
    first = sold.poll()
    assert first is not None
    assert len(sold.told()) == told
    # It comes again from there, as often as it takes.
    assert sold.poll() == first
    assert bool(sold.payouts()) is (host != "sqs")

    sold.network.host = None
    sold.told()
    sold.drain()
    seen = [detail["event_id"] for _, detail in sold.told()]
    assert "entry:ada:1" in seen
    assert ("case:case_1:2" in seen) is (host != "sqs")
    assert len(sold.payouts()) == 1
    assert len(sold.mails()) == 1
    assert sold.buried() == []


def test_a_batch_goes_on_behind_what_was_done(sold: Stream) -> None:
    """What lies before the record that is stuck is not told a second time."""
    sold.stack.give("ada", 5)
    approve(sold.stack)
    sold.network.breaks("email", status=500, content="{}")
    stuck = sold.poll()
    sold.told()
    assert sold.poll() == stuck
    assert [kind for kind, _ in sold.told()] == ["case.decided"]
