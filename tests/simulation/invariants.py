"""What must hold when a story is over: at Paddle, in the ledger, and between the two."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from makegood.domain.adjustment import APPROVED, PENDING, REJECTED, TAKING, Adjustments
from makegood.domain.case import PROMISING, Case, CaseStatus, Category
from makegood.domain.payout import Payout, PayoutState, payout_in
from makegood.domain.purchase import Purchase
from makegood.plans.money.by_hand import GIVEN_UP
from tests.case_doors import audited
from tests.simulation.story import Story

OUR_REFUSALS = frozenset(
    {"not_promised", "paid_in_another_way", "adjusted_since", "too_old", "paid_before", GIVEN_UP}
)
PASSING = frozenset({"LedgerBusyError", "LedgerUnavailableError", "QueueUnavailableError"})
"""What a message may end in the dead letters with, having come five times in all this trouble."""


def wrong(story: Story) -> list[str]:
    return [
        *story.bugs,
        *_buried(story),
        *_at_paddle(story),
        *_payouts(story),
        *_cases(story),
        *_purchases(story),
        *audited(story.memory.items),
    ]


def _buried(story: Story) -> Iterator[str]:
    if story.is_unsettled:
        yield "it never settles"
    for queue in (story.payouts, story.webhooks):
        for body, error in queue.buried:
            if error not in PASSING:
                yield f"{queue.name}: buried by {error}: {body}"


def _at_paddle(story: Story) -> Iterator[str]:
    """I10 and I11. What waits for Paddle's decision counts as if it were paid."""
    known = {payout.payout_id: payout for payout in story.memory.records(Payout, "PAYOUT")}
    made = _made(story)
    markers = Counter(payout_in(one["reason"]) for one in made if payout_in(one["reason"]))
    for payout_id, number in markers.items():
        if number > 1:
            yield f"I10: {number} adjustments of {payout_id}"
        if payout_id not in known:
            yield f"I10: an adjustment of {payout_id}, which nobody approved"
    cases = Counter(
        known[payout_id].case_id
        for one in made
        if (payout_id := payout_in(one["reason"])) in known and one["status"] != REJECTED
    )
    yield from (
        f"I10: the money of {case} went back {n} times" for case, n in cases.items() if n > 1
    )
    for purchase in story.memory.records(Purchase, "PURCHASE"):
        back = sum(
            int(one["totals"]["total"])
            for one in story.paddle.adjustments([purchase.transaction_id])
            if one["action"] == "refund" and one["status"] in (APPROVED, PENDING)
        )
        if back > purchase.collected_minor:
            yield f"I11: {back} of {purchase.collected_minor} are refunded"


AT_PADDLE = {
    PayoutState.SENT: PENDING,
    PayoutState.PAID: APPROVED,
    PayoutState.REJECTED: REJECTED,
}
"""By the state of a payout: how Paddle has it."""


def _payouts(story: Story) -> Iterator[str]:
    for payout in story.memory.records(Payout, "PAYOUT"):
        name, state = payout.payout_id, payout.state
        own = [one for one in _made(story) if payout_in(one["reason"]) == name]
        statuses = sorted(one["status"] for one in own)
        if state in AT_PADDLE:
            if statuses != [AT_PADDLE[state]]:
                yield f"{name} is {state}, and Paddle has it {statuses}"
            yield from _amounts(story, payout, own)
        elif state is PayoutState.REFUSED:
            yield from _refused(story, payout, statuses)
        elif state is not PayoutState.PERSON or payout.why is None or statuses:
            yield f"{name} is still {state}, for {payout.why}, and Paddle has it {statuses}"


def _refused(story: Story, payout: Payout, statuses: list[str]) -> Iterator[str]:
    """For a reason of ours, or one that Paddle itself has told. Never for want of an answer."""
    if payout.why not in OUR_REFUSALS | story.paddle.refusals[payout.payout_id]:
        yield f"{payout.payout_id} is refused for {payout.why}, which Paddle never said"
    if statuses:
        yield f"{payout.payout_id} is refused for {payout.why}, and Paddle has it {statuses}"


def _amounts(story: Story, payout: Payout, own: list[dict[str, Any]]) -> Iterator[str]:
    """I12: what was approved. All of a purchase is all that others have left of it."""
    for one in own:
        if one["id"] != payout.adjustment_id:
            yield f"I12: {payout.payout_id} names {payout.adjustment_id}, its own is {one['id']}"
        amount, wanted = int(one["totals"]["total"]), payout.money.amount_minor
        others = [
            other
            for other in story.paddle.adjustments([payout.transaction_id])
            if other["id"] < one["id"] and other["action"] in TAKING
        ]
        if amount != wanted and (payout.items or not others or amount > wanted):
            yield f"I12: {payout.payout_id} is of {wanted}, and {amount} went back"


def _cases(story: Story) -> Iterator[str]:
    payouts = {one.payout_id: one for one in story.memory.records(Payout, "PAYOUT")}
    for case in story.memory.records(Case, "CASE"):
        if case.status is CaseStatus.PAID:
            payout = payouts.get(case.payout_id or "")
            if payout is None or payout.state is not PayoutState.PAID:
                yield f"I12: {case.case_id} is paid, and its payout is not"
            elif case.adjustment_id != payout.adjustment_id:
                yield f"I12: {case.case_id} is paid by another adjustment than its payout"
        in_flight = [
            one for one in payouts.values() if one.case_id == case.case_id and one.is_in_flight
        ]
        if bool(in_flight) is not (case.status in PROMISING):
            yield f"I17: {case.case_id} is {case.status}, with {len(in_flight)} payouts in flight"
        if case.status not in PROMISING and not case.is_open and case.held:
            yield f"I17: {case.case_id} is settled and still holds credits"


def _purchases(story: Story) -> Iterator[str]:
    told = {one.transaction_id: one for one in story.memory.records(Adjustments, "ADJUSTMENTS")}
    cases = story.memory.records(Case, "CASE")
    for purchase in story.memory.records(Purchase, "PURCHASE"):
        name = purchase.transaction_id
        here = told.get(name, Adjustments(name))
        standing = {one.adjustment_id: one.amount_minor for one in here.standing}
        there = {
            one["id"]: abs(int(one["totals"]["total"]))
            for one in story.paddle.adjustments([name])
            if one["action"] in TAKING and one["status"] == APPROVED
        }
        if standing != there:
            yield f"I13: of {name} {standing} are followed, Paddle has {there}"
        if purchase.adjusted_minor != min(sum(there.values()), purchase.collected_minor):
            yield f"I13: {purchase.adjusted_minor} of {name} have gone back by the ledger"
        promised = sum(
            case.money.amount_minor
            for case in cases
            if case.transaction_id == name and case.status in PROMISING and case.money
        )
        if purchase.promised_minor != promised:
            yield f"{name} promises {purchase.promised_minor}, its cases {promised}"
    if any(case.category is Category.DIFFERENCE for case in cases):
        yield "a difference was found that nobody looked for"


def _made(story: Story) -> list[dict[str, Any]]:
    return story.paddle.adjustments(story.start.transactions)


def ends_of(story: Story) -> Counter[str]:
    """How many payouts ended in which state."""
    return Counter(one.state.value for one in story.memory.records(Payout, "PAYOUT"))
