"""Cases, and what hangs on them: payouts, promises, held credits, dates (I11, I12, I17, I22)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256

from tests.simulation.checker.business_days import last_moment
from tests.simulation.checker.payouts import payout_of
from tests.simulation.checker.reading import NOTHING, Record, Records
from tests.simulation.witness import Witness

PROMISING = ("approved", "paying")
WAITING = ("open", *PROMISING)
TO_BE_SEEN = ("adjustment", "difference")
_PAYOUTS_OF = {
    "approved": ("requested", "sending", "person"),
    "paying": ("sent", "person"),
    "paid": ("paid",),
}


def wrong_cases(records: Records, witness: Witness) -> Iterator[str]:
    payouts: defaultdict[str, list[Record]] = defaultdict(list)
    for payout in records.payouts.values():
        payouts[payout["case_id"]].append(payout)
    holding, taken = _holding(records), _taken(records)
    for case in records.cases.values():
        yield from _payouts(case, payouts[case["case_id"]])
        yield from _held(case, holding[case["case_id"]], taken)
        yield from _listed(case)
        yield from _due(records, case)
        yield from _to_be_seen(records, case, witness)
    for name in payouts.keys() - records.cases.keys():
        yield f"I10: a payout is for {name}, which is not there"
    for purchase in records.purchases.values():
        yield from _purchase(records, purchase)
    yield from _lots(records)


def payout_id_of(case_id: str, approvals: int) -> str:
    return "payout_" + sha256(f"{case_id}\n{approvals}".encode()).hexdigest()[:24]


def _payouts(case: Record, payouts: list[Record]) -> Iterator[str]:
    """One for each approval; one in flight exactly while the case promises."""
    name, status = case["case_id"], case["status"]
    approvals = sum(event["kind"] == "approved" for event in case["events"])
    wanted = {payout_id_of(name, number + 1) for number in range(approvals)}
    if {payout["payout_id"] for payout in payouts} != wanted:
        yield f"I10: {name} was approved {approvals} times, and has {len(payouts)} payouts"
    flying = [one for one in payouts if one["state"] not in ("paid", "rejected", "refused")]
    if len(flying) != (status in PROMISING):
        yield f"I17: {name} is {status}, with {len(flying)} payouts in flight"
    if status not in _PAYOUTS_OF:
        return
    last = {one["payout_id"]: one for one in payouts}.get(case.get("payout_id", ""), NOTHING)
    invariant = "I12" if status == "paid" else "I17"
    if last.get("state") not in _PAYOUTS_OF[status]:
        yield f"{invariant}: {name} is {status}, and its payout is {last.get('state')}"
    about = ("transaction_id", "account_id", "amount_minor", "currency")
    for attribute in (*about, *(() if status == "approved" else ("adjustment_id",))):
        if last.get(attribute) != case.get(attribute):
            yield f"{invariant}: {name} and its payout have not the same {attribute}"


def _holding(records: Records) -> Mapping[str, Counter[int]]:
    """By the case: what its own entries have put aside and not given back, lot by lot."""
    holding: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for entry in records.all_entries():
        if entry["kind"] in ("hold", "release"):
            case_id = entry["cause"].split(":")[1]
            for change in entry["lots"]:
                holding[case_id][change[0]] += change[3]
    return holding


def _taken(records: Records) -> Mapping[tuple[str, int], int]:
    """By account and lot: what clawbacks took of held credits. No case can give that back."""
    taken: Counter[tuple[str, int]] = Counter()
    for entry in records.all_entries():
        if entry["kind"] == "clawback":
            for change in entry["lots"]:
                taken[entry["account_id"], change[0]] -= change[3]
    return taken


def _held(
    case: Record, holding: Counter[int], taken: Mapping[tuple[str, int], int]
) -> Iterator[str]:
    name, status = case["case_id"], case["status"]
    held = dict(case["held"])
    if status not in WAITING:
        if held:
            yield f"I17: {name} is {status}, and still holds {held}"
        return
    for number in sorted({*held, *holding}):
        most = holding[number]
        least = most - taken[case["account_id"], number]
        if not least <= held.get(number, 0) <= most:
            yield f"I17: {name} holds {held.get(number, 0)} of lot {number}, by its entries {most}"


def _lots(records: Records) -> Iterator[str]:
    """Nothing is held that no case holds."""
    held: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for case in records.cases.values():
        for number, credits in case["held"]:
            held[case["account_id"]][number] += credits
    for account, snapshot in records.snapshots.items():
        for number, _granted, _used, credits, _withdrawn in snapshot["lots"]:
            if credits > held[account][number]:
                yield f"I17: lot {number} of {account} holds {credits}, its cases less"


def _listed(case: Record) -> Iterator[str]:
    """What waits for a person is on a list."""
    if case["status"] == "open" and case.get("work_pk") != "CASES#open":
        yield f"I17: {case['case_id']} is open, and on no list"


def _due(records: Records, case: Record) -> Iterator[str]:
    """At the end of the fifth business day; a job's failure before its promise ends."""
    if case.get("job_id") and case["opener"] == "job_failures":
        return
    begun = [e["at"] for e in case["events"] if e["kind"] in ("opened", "appealed", "reversed")]
    settings = records.single.get("SETTINGS", NOTHING)
    dues = {last_moment(at, settings) for at in [*begun, *_reopened(case)]}
    if case["due_at"] not in dues:
        yield f"I22: {case['case_id']} is due at {case['due_at']}, not at any of {sorted(dues)}"


def _reopened(case: Record) -> list[str]:
    kinds = ("rejected_by_paddle", "not_payable", "adjusted")
    return [event["at"] for event in case["events"] if event["kind"] in kinds]


def _to_be_seen(records: Records, case: Record, witness: Witness) -> Iterator[str]:
    name = case["case_id"]
    if case["category"] == "difference" and not _differs(records, case, witness):
        yield f"I26: {name} is about a difference, and there is none"
    if case["category"] == "adjustment":
        told = records.adjustments.get(case["transaction_id"], {"known": []})["known"]
        if not any(one["adjustment_id"] == case.get("adjustment_id") for one in told):
            yield f"I03: {name} is about {case.get('adjustment_id')}, which is not known"


def _differs(records: Records, case: Record, witness: Witness) -> bool:
    """Of a purchase that others took from meanwhile, less went back than was promised."""
    amounts = {
        payout_of(one): abs(int(one["totals"]["total"]))
        for one in witness.adjustments
        if one["transaction_id"] == case.get("transaction_id")
    }
    return any(
        amounts.get(name, payout["amount_minor"]) != payout["amount_minor"]
        for name, payout in records.payouts.items()
    )


def _purchase(records: Records, purchase: Record) -> Iterator[str]:
    name, collected = purchase["transaction_id"], purchase["collected_minor"]
    about = [
        case
        for case in records.cases.values()
        if case.get("transaction_id") == name and case["category"] not in TO_BE_SEEN
    ]
    waiting = [case["case_id"] for case in about if case["status"] in WAITING]
    if waiting != [one for one in (purchase.get("case_id"),) if one]:
        yield f"I17: {name} names {purchase.get('case_id')}, waiting are {waiting}"
    promised = sum(case.get("amount_minor", 0) for case in about if case["status"] in PROMISING)
    stored, adjusted = purchase.get("promised_minor", 0), purchase.get("adjusted_minor", 0)
    if stored != promised:
        yield f"I11: {name} promises {stored}, its cases {promised}"
    if promised > collected or adjusted > collected:
        yield f"I11: {promised} of {name} are promised, {adjusted} are back, {collected} were paid"
