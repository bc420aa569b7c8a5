"""Paddle's adjustments of one purchase: which stand, what they claim, which entries they made."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from makegood.ledger.audit.places import (
    Look,
    adjustments_place,
    case_of_adjustment,
    payout_place,
    purchase_place,
)
from makegood.ledger.audit.stored import Values

TAKING = frozenset({"refund", "chargeback", "chargeback_warning"})
"""By these money goes back."""

REVERSING = {
    "chargeback_reverse": "chargeback",
    "chargeback_warning_reverse": "chargeback_warning",
}
ACTIONS = TAKING | REVERSING.keys() | {"credit", "credit_reverse"}
STATUSES = frozenset({"pending_approval", "approved", "rejected", "reversed"})
GONE = frozenset({"approved", "reversed"})
"""Statuses of what has taken credits along at some time."""

MOVES = {"clawback": "clawback_seq", "restore": "restore_seq"}
"""Entries that an adjustment may have made, and the attributes that number them."""


def adjustments_faults(item: Values, look: Look) -> Iterator[str]:
    """What is wrong with a purchase's adjustments by themselves."""
    known = item["known"]
    ages = [(one["created_at"], one["adjustment_id"]) for one in known]
    if ages != sorted(ages):
        yield "has adjustments that are not in order, oldest first"
    if len({name for _, name in ages}) < len(ages):
        yield "names an adjustment twice"
    for one in known:
        yield from (f"has {one['adjustment_id']}, which {it}" for it in _faults_of(one))
        if not is_followed(item) and any(one[seq] for seq in MOVES.values()):
            yield f"waits, and says that credits moved by {one['adjustment_id']}"
    purchase = look(purchase_place(item["transaction_id"])) or {}
    granted_to = purchase.get("account_id") if purchase.get("state") == "granted" else None
    if is_followed(item):
        if item["account_id"] != granted_to:
            yield "is followed in an account that was not granted its purchase"
        yield from _payout_faults(item, look)
    elif granted_to is not None:
        yield "waits, and its purchase was granted"


def _payout_faults(item: Values, look: Look) -> Iterator[str]:
    """Whether each adjustment that a payout asked for is its only one, and of its purchase."""
    asked = [one for one in item["known"] if "payout_id" in one]
    number = Counter(one["payout_id"] for one in asked if one["status"] != "rejected")
    for payout_id in sorted({one["payout_id"] for one in asked}):
        payout = look(payout_place(payout_id)) or {}
        if payout.get("transaction_id") != item["transaction_id"]:
            yield f"names the payout {payout_id}, which is not of its purchase"
        if number[payout_id] > 1:
            yield f"has several adjustments by the payout {payout_id}"


def _faults_of(one: Values) -> Iterator[str]:
    action, status = one["action"], one["status"]
    if action not in ACTIONS:
        yield f"is of the unknown action {action}"
    if status not in STATUSES:
        yield f"is in the unknown status {status}"
    if one["amount_minor"] < 0 or any(minor < 0 for _, minor in one["lines"]):
        yield "is of less than nothing"
    moved = any(one[seq] for seq in MOVES.values())
    if moved and not (action in TAKING and status in GONE):
        yield f"moved credits as a {action} that is {status}"
    if 0 < one["restore_seq"] < one["clawback_seq"]:
        yield "gave credits back before it took them"


def is_followed(item: Values | None) -> bool:
    """Whether credits have gone along; until then adjustments wait for their purchase."""
    return item is not None and "account_id" in item and "waits_since" not in item


def standing_of(item: Values | None) -> list[Values]:
    """The followed adjustments by which money is gone."""
    if item is None or not is_followed(item):
        return []
    known = item["known"]
    undone: list[Values] = []
    for reversing, action in REVERSING.items():
        reversals = [o for o in known if (o["action"], o["status"]) == (reversing, "approved")]
        told = [o for o in known if (o["action"], o["status"]) == (action, "reversed")]
        approved = [o for o in known if (o["action"], o["status"]) == (action, "approved")]
        meant = _meant(reversals, told + approved)
        undone += [one for one in approved if one in meant]
    gone = (one for one in known if one["action"] in TAKING and one["status"] == "approved")
    return [one for one in gone if one not in undone]


def _meant(reversals: list[Values], originals: list[Values]) -> list[Values]:
    """Those that a reversal fits: by lines and amount first, then by the amount, then any."""
    free = list(reversals)
    meant: list[Values] = []
    for names in (("amount_minor", "lines"), ("amount_minor",), ()):
        for original in originals:
            fitting = [one for one in free if _fits(one, original, names)]
            if fitting and original not in meant:
                free.remove(fitting[0])
                meant.append(original)
    return meant


def _fits(reversal: Values, original: Values, names: Sequence[str]) -> bool:
    """What is reversed was there before."""
    return reversal["created_at"] >= original["created_at"] and all(
        _sorted(reversal[name]) == _sorted(original[name]) for name in names
    )


def _sorted(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value


def withdrawal_faults(
    purchase: Values, item: Values | None, withdrawn: Callable[[int], int]
) -> Iterator[str]:
    """Whether a granted purchase lost what its adjustments claim: of its money, and of its lots."""
    standing = standing_of(item)
    gone = min(sum(one["amount_minor"] for one in standing), purchase["collected_minor"])
    adjusted = purchase.get("adjusted_minor", 0)
    if adjusted != gone:
        yield f"says that {adjusted} are adjusted; its adjustments come to {gone}"
    for number, claimed in _claims(purchase, standing):
        if withdrawn(number) != claimed:
            yield (
                f"has lot {number}, of which {withdrawn(number)} credits are withdrawn;"
                f" its adjustments claim {claimed}"
            )


def _claims(purchase: Values, standing: list[Values]) -> Iterator[tuple[int, int]]:
    """How many credits of each lot have to be withdrawn."""
    back: Counter[str] = Counter()
    for one in standing:
        for item_id, minor in one["lines"]:
            back[item_id] += minor
    lines, collected = purchase["lines"], purchase["collected_minor"]
    total = sum(line["amount_minor"] for line in lines)
    elsewhere = sum(back.values()) - sum(back[item] for item in {li["item_id"] for li in lines})
    is_whole = 0 < collected <= sum(one["amount_minor"] for one in standing)
    for line in lines:
        amount = line["amount_minor"]
        part = back[line["item_id"]] * total + elsewhere * amount
        of = amount * min(collected, total)
        for lot, credits in (("lot", "credits"), ("bonus_lot", "bonus_credits")):
            if not line[lot]:
                continue
            share = (line[credits] * part + of - 1) // of if of > 0 else 0
            yield line[lot], line[credits] if is_whole else min(share, line[credits])


def own_case_faults(case: Values, look: Look) -> Iterator[str]:
    """Whether the case of an adjustment is about one that its purchase has."""
    if case["category"] != "adjustment":
        return
    name = str(case.get("adjustment_id"))
    item = look(adjustments_place(str(case.get("transaction_id")))) or {"known": []}
    known = {one["adjustment_id"] for one in item["known"]}
    if name not in known or case["case_id"] != case_of_adjustment(name):
        yield f"is about the adjustment {name}, which its purchase does not have"


def moves_of(item: Values) -> Iterator[tuple[str, int]]:
    """The causes of the entries that adjustments say they made, and the entries' numbers."""
    for one in item["known"]:
        for kind, seq in MOVES.items():
            if one[seq]:
                yield f"{kind}:{one['adjustment_id']}", one[seq]


def move_faults(
    item: Values, cause: str, seq: int, *, entries: list[Values], lots: set[int]
) -> Iterator[str]:
    """`entries` are those of this cause; `lots` are the purchase's."""
    if not entries:
        yield f"says that credits moved; there is no entry {cause}"
    for entry in entries:
        if entry["kind"] != cause.partition(":")[0]:
            yield f"has an entry {cause}, which is a {entry['kind']}"
        if entry["seq"] != seq:
            yield f"names the entry {seq}; the one of {cause} is {entry['seq']}"
        if entry["account_id"] != item["account_id"]:
            yield f"is of account {item['account_id']}; its entry is {entry['account_id']}'s"
        if others := {change[0] for change in entry["lots"]} - lots:
            yield f"has an entry {cause}, which moved lots that are not its: {sorted(others)}"
