"""The ledger follows what Paddle's adjustments say, in whatever order they came (I13, I14, I19)."""

from collections.abc import Iterator, Mapping, Sequence

from tests.simulation.checker.lots import Fold
from tests.simulation.checker.reading import Record, Records
from tests.simulation.checker.standing import (
    APPROVED,
    REVERSED,
    TAKING,
    UNDONE_BY,
    claimed,
    in_order,
    standing,
    told_by_paddle,
)
from tests.simulation.witness import Witness


def wrong_adjustments(
    records: Records, folds: Mapping[str, Fold], witness: Witness
) -> Iterator[str]:
    there: dict[str, list[Record]] = {}
    for adjustment in witness.adjustments:
        name = adjustment["transaction_id"]
        there.setdefault(name, []).append(told_by_paddle(adjustment))
    for name in sorted({*records.adjustments, *there}):
        told = records.adjustments.get(name, {"known": []})
        if witness.settled and name in records.purchases:
            yield from _followed(name, told["known"], there.get(name, []))
        if told["known"] != in_order(told["known"]):
            yield f"I19: the adjustments of {name} are not in order"
        purchase = records.purchases.get(name)
        is_granted = purchase is not None and purchase["state"] == "granted"
        if told.get("waits_since") and is_granted:
            yield f"I17: the adjustments of {name} wait, and its purchase is granted"
    for name, purchase in records.purchases.items():
        if purchase["state"] == "granted":
            told = records.adjustments.get(name, {"known": []})
            yield from _withdrawn(purchase, told["known"], folds.get(purchase["account_id"]))
            yield from _entries(records, purchase, told["known"])


def _followed(name: str, known: list[Record], there: list[Record]) -> Iterator[str]:
    """Of a dispute that was undone Paddle may tell the reversal only, or the original only."""
    got = {one["adjustment_id"]: _told(one) for one in known}
    for one in there:
        followed = got.pop(one["adjustment_id"], None)
        is_optional = followed is None and one["action"] in UNDONE_BY.values()
        if followed != _told(one) and not is_optional:
            yield f"I13: {name} follows {followed}, Paddle has {_told(one)}"
    for adjustment_id in got:
        yield f"I13: {name} follows {adjustment_id}, which Paddle has not"
    here, wanted = _ids(standing(known)), _ids(standing(there))
    if here != wanted:
        yield f"I13: of {name} {here} stand, at Paddle {wanted}"


def _ids(adjustments: Sequence[Record]) -> list[str]:
    return [one["adjustment_id"] for one in adjustments]


def _told(one: Record) -> tuple[object, ...]:
    status = one["status"]
    if one["action"] in UNDONE_BY and status == REVERSED:
        status = APPROVED
    told = one["adjustment_id"], one["action"], status, one["amount_minor"], one["currency"]
    return *told, sorted(one["lines"])


def _withdrawn(purchase: Record, known: list[Record], fold: Fold | None) -> Iterator[str]:
    name, stands = purchase["transaction_id"], standing(known)
    gone = min(sum(one["amount_minor"] for one in stands), purchase["collected_minor"])
    if purchase.get("adjusted_minor", 0) != gone:
        yield f"I13: {purchase.get('adjusted_minor', 0)} of {name} went back, by Paddle {gone}"
    for number, takes in claimed(purchase, stands).items():
        lot = None if fold is None else fold.lots.get(number)
        if lot is not None and lot[3] != takes:
            invariant = "I13" if stands else "I14"
            yield f"{invariant}: lot {number} of {name} has {lot[3]} withdrawn, not {takes}"


def _entries(records: Records, purchase: Record, known: list[Record]) -> Iterator[str]:
    """Clawbacks are by what takes and was approved, restores by what stands no longer."""
    name = purchase["transaction_id"]
    stands = {one["adjustment_id"] for one in standing(known)}
    lots = {line[kind] for line in purchase["lines"] for kind in ("lot", "bonus_lot")}
    for one in known:
        adjustment_id = one["adjustment_id"]
        if one["clawback_seq"] and (
            one["action"] not in TAKING or one["status"] not in ("approved", "reversed")
        ):
            yield f"I14: {adjustment_id} is a {one['status']} {one['action']}, and took credits"
        if one["restore_seq"] and adjustment_id in stands:
            yield f"I14: {adjustment_id} stands, and what it took was given back"
        if one["restore_seq"] and one["clawback_seq"] > one["restore_seq"]:
            yield f"I14: {adjustment_id} gave back before it took"
    for entry in records.entries[purchase["account_id"]]:
        is_of_money = entry["kind"] in ("clawback", "restore")
        is_its_own = {change[0] for change in entry["lots"]} <= lots
        if is_of_money and entry.get("transaction_id") == name and not is_its_own:
            yield f"I13: {entry['cause']} moved lots that are not of {name}"
