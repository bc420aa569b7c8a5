"""Records against their entries and against each other, one account's at a time."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from makegood.ledger.audit.adjustments import (
    adjustments_faults,
    move_faults,
    moves_of,
    own_case_faults,
    withdrawal_faults,
)
from makegood.ledger.audit.cases import against_others, case_faults, named_case_faults
from makegood.ledger.audit.documents import entry_faults, expected_of, record_faults
from makegood.ledger.audit.holds import causes_of
from makegood.ledger.audit.outages import outage_findings
from makegood.ledger.audit.payouts import breaker_faults, case_payout_faults, payout_faults
from makegood.ledger.audit.places import adjustments_place, purchase_place
from makegood.ledger.audit.sales import basket_faults, promise_faults
from makegood.ledger.audit.spool import Spool
from makegood.ledger.audit.stored import Finding, Values


def record_findings(spool: Spool, owner: str) -> Iterator[Finding]:
    """Says too which entries have been explained by a record."""
    about: defaultdict[str, list[Values]] = defaultdict(list)
    for case in spool.parts(owner, "case"):
        about[str(case.get("transaction_id", ""))].append(case)
        yield from _findings(case["pk"], _case_faults(spool, owner, case))
    for record in spool.parts(owner, "record"):
        cases = about[str(record["transaction_id"])] if "transaction_id" in record else []
        yield from _findings(record["pk"], _record_faults(spool, owner, record, cases))
    for item in spool.parts(owner, "adjustments"):
        yield from _findings(item["pk"], _adjustments_faults(spool, item))
    for payout in spool.parts(owner, "payout"):
        yield from _findings(payout["pk"], payout_faults(payout, spool.at))
    for breaker in spool.parts(owner, "breaker"):
        yield from _findings(breaker["pk"], breaker_faults(breaker))
    for basket in spool.parts(owner, "basket"):
        yield from _findings(f"{basket['pk']}, {basket['sk']}", basket_faults(basket, spool.at))
    yield from _outage_findings(spool.parts(owner, "outage"))


def _outage_findings(items: Iterator[Values]) -> Iterator[Finding]:
    try:
        found = list(outage_findings(items))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        found = [Finding("outages", f"cannot be read: {type(error).__name__} {error}")]
    yield from found


def _findings(where: str, faults: Iterator[str]) -> Iterator[Finding]:
    """A record that cannot be read is a finding too."""
    try:
        found = list(faults)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        found = [f"cannot be read: {type(error).__name__} {error}"]
    yield from (Finding(where, fault) for fault in found)


def _case_faults(spool: Spool, owner: str, case: Values) -> Iterator[str]:
    yield from case_faults(case)
    yield from against_others(case, spool.at)
    yield from case_payout_faults(case, spool.at)
    yield from own_case_faults(case, spool.at)
    for cause in causes_of(case):
        for entry in spool.entries_caused_by(cause):
            if entry["kind"] != cause.partition(":")[0]:
                yield f"has an entry {cause}, which is a {entry['kind']}"
            if entry["account_id"] != owner:
                yield f"is of account {owner}; its entry is {entry['account_id']}'s"
        spool.claim(cause)


def _record_faults(spool: Spool, owner: str, record: Values, cases: list[Values]) -> Iterator[str]:
    pk = record["pk"]
    yield from record_faults(pk, record)
    if pk.startswith("PURCHASE#"):
        yield from _money_faults(spool, owner, record, cases)
    yield from named_case_faults(record, spool.at)
    for expected in expected_of(pk, record):
        entries = spool.entries_caused_by(expected.cause)
        if not entries:
            yield f"says that credits moved; there is no entry {expected.cause}"
        for entry in entries:
            yield from entry_faults(expected, entry)
            if entry["account_id"] != owner:
                yield f"is of account {owner}; its entry is {entry['account_id']}'s"
        spool.claim(expected.cause)


def _money_faults(spool: Spool, owner: str, purchase: Values, cases: list[Values]) -> Iterator[str]:
    adjustments = spool.at(adjustments_place(purchase["transaction_id"]))
    yield from promise_faults(purchase, cases, adjustments)
    if purchase["state"] == "granted":
        yield from withdrawal_faults(purchase, adjustments, partial(spool.withdrawn, owner))


def _adjustments_faults(spool: Spool, item: Values) -> Iterator[str]:
    yield from adjustments_faults(item, spool.at)
    purchase = spool.at(purchase_place(item["transaction_id"])) or {"lines": []}
    lots = {line[name] for line in purchase["lines"] for name in ("lot", "bonus_lot")}
    for cause, seq in moves_of(item):
        yield from move_faults(item, cause, seq, entries=spool.entries_caused_by(cause), lots=lots)
        spool.claim(cause)
