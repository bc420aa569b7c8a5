"""What the relay is given in tests: records of a stream, and senders that answer by script."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from makegood.domain.account import AccountStatus
from makegood.domain.case import (
    Approval,
    Case,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Request,
    Verdict,
)
from makegood.domain.entry import GENESIS, Book, Cause, Entry, EntryKind, Posting
from makegood.domain.money import Money
from makegood.domain.payout import Payout, PayoutState
from makegood.domain.purchase import Customer, Purchase, PurchaseState
from makegood.domain.record import StatusChange
from makegood.effects.dead_letters import DeadLetters
from makegood.effects.event_bus import EventBus
from makegood.effects.mails import Mails
from makegood.effects.payouts_queue import PayoutsQueue
from makegood.errors import AwsRefusedError
from makegood.ledger.attributes import Item
from makegood.ledger.table import Table, put_of
from makegood.outbox.change import Change
from makegood.relay.sending import Relayed, Senders, relay
from tests.callers import Through
from tests.cases_made import opened
from tests.ledgers import NOON, no_pause, plenty
from tests.memory_dynamodb import MemoryDynamoDB

_numbers = itertools.count(1)

REQUEST = Request("eve@example.com", date(2026, 11, 20), 1089, "USD", "Ask bob@example.com!")

CASE = replace(
    opened("case_1", request=REQUEST, transaction_id="txn_1", money=Money(1089, "USD")),
    opener="sue@example.com",
    decided_by="rita@example.com",
    approval=Approval("rita@example.com", 1089, NOON),
    payout_id="payout_1",
    adjustment_id="adj_1",
    expected_by=NOON,
)
"""Just opened. All that may be told of a case is there, and much that may not."""

PAYOUT = Payout(
    "payout_1",
    "case_1",
    "acc_1",
    "txn_1",
    Money(1089, "USD"),
    (),
    PayoutState.REQUESTED,
    NOON,
    NOON,
)
FROZEN = StatusChange(
    "acc_1", AccountStatus.FROZEN, "ada@example.com is a thief", "rita@example.com", NOON
)
VERDICT = Verdict(CaseOutcome.ELIGIBLE, "6", "2025-02-24", "10.89 USD were paid back to you.")


def entry(kind: EntryKind = EntryKind.REFUND, **more: Any) -> Entry:
    """An entry that brings 40 credits."""
    cause = Cause("end:job_1", "Your 40 credits are back.", NOON, NOON, "2(a)", "2025-02-24")
    postings = (Posting(Book.AVAILABLE, 40), Posting(Book.CONSUMED, -40))
    made = Entry("acc_1", 7, kind, postings, (), cause, 100, 0, 0, GENESIS)
    return replace(made, **more)


def gone(
    case: Case, *kinds: CaseEventKind, status: CaseStatus = CaseStatus.OPEN, **more: Any
) -> Case:
    """The case some steps further, with a note that is for nobody outside."""
    for kind in kinds:
        author, note = "rita@example.com", "She wrote from ada@example.com."
        case = case.moved(kind, author=author, at=NOON, status=status, note=note)
    return replace(case, **more)


def step(kind: CaseEventKind, status: CaseStatus = CaseStatus.OPEN) -> CaseEvent:
    return CaseEvent(NOON, kind, "rita", status)


def change(new: object, old: object | None = None, *, version: int = 1) -> Change:
    return Change(new, old, version, NOON)


def item_of(record: object, *, version: int = 1) -> Item:
    item: Item = put_of(record, seen=version - 1)["Item"]
    return item


def streamed(
    new: object, old: object | None = None, *, version: int = 2, at: datetime = NOON
) -> dict[str, Any]:
    """The stream's record of a write, as Lambda hands it over; each call makes another one."""
    image = item_of(new, version=1 if old is None else version)
    told: dict[str, Any] = {
        "ApproximateCreationDateTime": at.timestamp(),
        "Keys": {"pk": image["pk"], "sk": image["sk"]},
        "NewImage": image,
        "SequenceNumber": str(4421584500000000017450439000 + next(_numbers)),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if old is not None:
        told["OldImage"] = item_of(old, version=version - 1)
    name = "INSERT" if old is None else "MODIFY"
    return {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": told}


def number_of(record: Mapping[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


Answer = Callable[[Mapping[str, Any]], Any]


def taking(request: Mapping[str, Any]) -> Any:
    """The answer of an AWS service that takes everything."""
    entries = request.get("Entries", [])
    return {
        "Successful": [{"Id": entry["Id"]} for entry in entries if "Id" in entry],
        "Entries": [{"EventId": str(n)} for n, _ in enumerate(entries)],
        "FailedEntryCount": 0,
    }


def failing(*places: int, code: str = "ThrottlingException") -> Answer:
    """200, and yet these of its entries were not taken."""

    def answer(request: Mapping[str, Any]) -> Any:
        told = taking(request)
        told["Successful"] = [one for one in told["Successful"] if int(one["Id"]) not in places]
        for place in places:
            told["Entries"][place] = {"ErrorCode": code, "ErrorMessage": "as a test wants it"}
        return told | {"FailedEntryCount": len(places)}

    return answer


def refused(code: str, status: int = 400) -> AwsRefusedError:
    return AwsRefusedError("Operation", code, status, [])


class Scripted:
    """In the place of a Caller: answers in the order of its script, then takes everything."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.asked: list[Any] = []

    def call(self, _: str, request: Mapping[str, Any]) -> Any:
        self.asked.append(json.loads(json.dumps(request)))
        answer = self.script.pop(0) if self.script else taking
        if isinstance(answer, Exception):
            raise answer
        return answer(request)

    def post(self, path: str, request: Mapping[str, Any]) -> Any:
        return self.call(path, request)

    @property
    def entries(self) -> list[list[Any]]:
        """What each call carried."""
        return [request["Entries"] for request in self.asked]


def always(error: Exception) -> list[Answer | Exception]:
    return [error] * 50


class Outside:
    """All ways out, and a table in memory, with short ways to see what has gone through."""

    def __init__(self) -> None:
        self.sqs, self.events, self.ses, self.dead = (Scripted() for _ in range(4))
        self.memory = MemoryDynamoDB()
        self.writes_mails = True
        self.put(
            Purchase(
                "txn_1", PurchaseState.GRANTED, "ctm_1", None, None, "USD", 1089, (), NOON, NOON
            )
        )
        self.put(Customer("ctm_1", email="ada@example.com"))
        self.put(CASE)

    def put(self, record: object) -> None:
        item = item_of(record)
        self.memory.items[item["pk"]["S"], item["sk"]["S"]] = item

    def senders(self) -> Senders:
        sqs, events, ses, dead, table = (
            self.sqs,
            self.events,
            self.ses,
            self.dead,
            Through(self.memory),
        )
        return _senders(sqs, events, ses if self.writes_mails else None, dead, table)

    def relay(self, *records: Any, seconds: float | None = None) -> Relayed:
        time_left = plenty if seconds is None else lambda: seconds
        return relay({"Records": list(records)}, self.senders(), time_left=time_left)

    def payouts(self) -> list[str]:
        messages = [entry["MessageBody"] for call in self.sqs.entries for entry in call]
        return [json.loads(message)["payout_id"] for message in messages]

    def told(self) -> list[str]:
        """The ids of the events that were put, taken or not."""
        return [json.loads(e["Detail"])["event_id"] for call in self.events.entries for e in call]

    def mails(self) -> list[tuple[str, str]]:
        """To whom each mail went, and its text."""
        return [
            (
                mail["Destination"]["ToAddresses"][0],
                mail["Content"]["Simple"]["Body"]["Text"]["Data"],
            )
            for mail in self.ses.asked
        ]

    def letters(self) -> list[tuple[dict[str, str], str, str]]:
        """Body, error and reason of what is in the dead letters."""
        return [
            (
                json.loads(entry["MessageBody"]),
                entry["MessageAttributes"]["error"]["StringValue"],
                entry["MessageAttributes"]["reason"]["StringValue"],
            )
            for call in self.dead.entries
            for entry in call
        ]


def _senders(sqs: Any, events: Any, ses: Any, dead: Any, table: Any) -> Senders:
    return Senders(
        payouts=PayoutsQueue(sqs, "https://sqs/payouts"),
        bus=EventBus(events, "makegood-test", pause=no_pause),
        mails=None if ses is None else Mails(ses, "desk@studio.example"),
        dead_letters=DeadLetters(dead, "https://sqs/dead"),
        table=Table(table, "ledger", pause=no_pause),
    )


def again_from(relayed: Relayed) -> str | None:
    """The sequence number from which the stream goes on; None where all is done."""
    failures = relayed.response()["batchItemFailures"]
    return failures[0]["itemIdentifier"] if failures else None


def payouts_of(ids: Sequence[str]) -> list[dict[str, Any]]:
    return [streamed(replace(PAYOUT, payout_id=payout_id)) for payout_id in ids]
