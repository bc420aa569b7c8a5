"""What cases hold, against what entries hold for them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from makegood.ledger.audit.cases import SETTLED
from makegood.ledger.audit.payouts import approvals_of
from makegood.ledger.audit.stored import Values

GIVING_BACK = frozenset({"declined", "rejected_by_paddle", "not_payable"})
"""Events after which a case that waits again had given back all that it held."""


def causes_of(case: Values) -> list[str]:
    """Of all entries that a case may have."""
    turns = range(1, approvals_of(case) + 1)
    rounds = [round_ + again for round_ in ("", ":appeal") for again in ("", *_numbered(turns))]
    holds = [*rounds, *(":approval" + again for again in ("", *_numbered(turns[1:])) if turns)]
    releases = [*rounds, *(w + again for w in (":paid", ":unpaid") for again in _numbered(turns))]
    name = case["case_id"]
    return [*(f"hold:{name}{one}" for one in holds), *(f"release:{name}{one}" for one in releases)]


def _numbered(turns: range) -> list[str]:
    return [f":{turn}" for turn in turns]


def held_faults(
    cases: Iterable[Values],
    *,
    by_case: dict[str, Counter[int]],
    lots: dict[int, int],
    clawed: set[int],
) -> Iterator[tuple[str, str]]:
    """Where a finding is, the account itself for nothing, and what is wrong.

    `by_case` is what entries hold of each lot, case by case, and `lots` what they hold in all.
    What a clawback took of a lot's held credits, no case can give back: behind a case that has
    given back, it stays in the sum of the case's own entries.
    """
    in_all: Counter[int] = Counter()
    for case in cases:
        where = f"CASE#{case['case_id']}"
        says: Counter[int] = Counter()
        for number, credits in case["held"]:
            says[number] += credits
        is_ = {n: c for n, c in by_case.get(case["case_id"], Counter()).items() if c}
        if _gave_back(case):
            is_ = {n: min(c, says[n]) if n in clawed else c for n, c in is_.items()}
            is_ = {n: c for n, c in is_.items() if c}
        if is_ != says:
            yield where, f"says that it holds {pairs(says)}; its entries hold {pairs(is_)}"
        in_all.update(says)
    for number in sorted(in_all.keys() | lots.keys()):
        held, of_cases = lots.get(number, 0), in_all[number]
        if held > of_cases or (held < of_cases and number not in clawed):
            yield "", f"has {held} credits of lot {number} held; its cases hold {of_cases}"


def _gave_back(case: Values) -> bool:
    return case["status"] in SETTLED or any(e["kind"] in GIVING_BACK for e in case["events"])


def pairs(credits: dict[int, int]) -> str:
    return str([[number, credits[number]] for number in sorted(credits)])
