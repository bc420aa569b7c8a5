"""What the API and the events tell is what the ledger has (I21, I26)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.simulation.checker.reading import Record, Records
from tests.simulation.witness import Call, Witness

INDEX_LAG = 60.0
Entries = Mapping[tuple[str, int], Record]
"""By account and number."""

_BALANCES = ("available", "held", "debt")


def wrong_reports(records: Records, witness: Witness) -> Iterator[str]:
    entries = {(one["account_id"], one["seq"]): one for one in records.all_entries()}
    for event in witness.events:
        if str(event.get("event_id")).startswith("entry:"):
            yield from _movement(event["event_id"], event, entries.get(_of(event)))
    yield from _answers(records, witness, entries)


def _answers(records: Records, witness: Witness, entries: Entries) -> Iterator[str]:
    written = _written(witness)
    has_more: set[str] = set()
    for call in witness.calls:
        if call.status != 200 or call.method != "GET" or "account_id" not in call.claims:
            continue
        account = call.claims["account_id"]
        if call.path == "/v1/me":
            yield from _balance(call, records.entries[account])
        elif call.path == "/v1/me/transactions":
            yield from _history(call, account, entries)
            if account not in has_more:
                yield from _newest(call, account, written[account])
            has_more.discard(account)
            has_more |= {account} if call.answer["next_cursor"] else set()
        elif call.path == "/v1/me/purchases":
            yield from _purchases(call, records)


def _of(event: Mapping[str, Any]) -> tuple[str, int]:
    return event["account_id"], event["seq"]


def _movement(where: str, told: Mapping[str, Any], entry: Record | None) -> Iterator[str]:
    if entry is None:
        yield f"I26: {where} tells of {told['seq']}, which is not there"
        return
    available, _held, debt = entry["after"]
    moved = entry["postings"]
    change = moved.get("available", 0) + moved.get("debt", 0)
    told_of = told["kind"], told["balance"], told["reason"]
    if told_of != (entry["kind"], available - debt, entry["reason"]):
        yield f"I26: {where} tells {told_of} of {told['seq']}, the ledger has another"
    if told["credits"] not in (change, change + moved.get("held", 0)):
        yield f"I26: {where} tells that {told['seq']} moved {told['credits']}, it moved {change}"


def _history(call: Call, account: str, entries: Mapping[tuple[str, int], Record]) -> Iterator[str]:
    for item in call.answer["items"]:
        entry = entries.get((account, item["seq"]))
        yield from _movement(f"the history of {account}", item, entry)


def _balance(call: Call, entries: list[Record]) -> Iterator[str]:
    """As it was after one of its entries."""
    told = [call.answer[name] for name in _BALANCES]
    if told not in ([0, 0, 0], *(entry["after"] for entry in entries)):
        yield f"I26: {call.claims['account_id']} was told {told}, and never had that"
    if call.answer["balance"] != call.answer["available"] - call.answer["debt"]:
        yield f"I26: {call.claims['account_id']} was told a balance of {call.answer['balance']}"


def _written(witness: Witness) -> defaultdict[str, list[tuple[float, int]]]:
    """By the account: when which entry was committed."""
    written: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for write in witness.writes:
        if write.place[1].startswith("ENTRY#"):
            account = write.place[0].partition("#")[2]
            written[account].append((write.at, int(write.place[1].partition("#")[2])))
    return written


def _newest(call: Call, account: str, written: list[tuple[float, int]]) -> Iterator[str]:
    """The first page begins with what was committed last."""
    newest = max((seq for at, seq in written if at <= call.at - INDEX_LAG), default=0)
    shown = max((item["seq"] for item in call.answer["items"]), default=0)
    if shown < newest:
        yield f"I21: the history of {account} ends with {shown}, {newest} had been committed"


def _purchases(call: Call, records: Records) -> Iterator[str]:
    for item in call.answer["items"]:
        purchase = records.purchases.get(item["transaction_id"])
        if purchase is None or purchase["collected_minor"] != item["collected_minor"]:
            yield f"I26: {item['transaction_id']} was told as {item['collected_minor']}"
