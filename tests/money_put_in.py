"""Adjustments and payouts put into a ledger step by step, without the rules that make real ones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from makegood.domain.account import Take
from makegood.domain.adjustment import AdjustedLine, Adjustment, Adjustments
from makegood.domain.case import Case
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.payout import Payout, PayoutItem, PayoutState, payout_id_of
from makegood.domain.purchase import Purchase
from makegood.ledger.shapes import key_of
from tests.ledgers import NOON, Move, cause

LINE = "txnitm_0"


def adjustment(adjustment_id: str, cents: int, action: str = "refund", **more: Any) -> Adjustment:
    """Of the first line, if nothing else is said, and created so many minutes after noon."""
    at = NOON + timedelta(minutes=more.pop("minutes", 0))
    lines = more.pop("lines", {LINE: cents})
    told: dict[str, Any] = {"status": "approved", "currency": "USD"}
    return Adjustment(
        adjustment_id=adjustment_id,
        action=action,
        amount_minor=cents,
        lines=tuple(AdjustedLine(item, minor) for item, minor in lines.items()),
        created_at=at,
        told_at=at,
        **told | more,
    )


def payout_for(case: Case, state: PayoutState, **more: Any) -> Payout:
    """The payout of the case's last approval, out of the first line if nothing else is said."""
    assert case.money is not None
    assert case.transaction_id is not None
    known: dict[str, Any] = {"items": (PayoutItem(LINE, case.money.amount_minor),)}
    return Payout(
        payout_id=payout_id_of(case.case_id, case.approvals),
        case_id=case.case_id,
        account_id=case.account_id,
        transaction_id=case.transaction_id,
        money=case.money,
        state=state,
        requested_at=NOON,
        due_at=NOON,
        **known | more,
    )


def written(
    *records: Any, account_id: str = "acc_1", move: Move | None = None, lots: Iterable[int] = ()
) -> Decide[None]:
    """These records as they are, and a move of an account with these lots loaded."""
    wanted = list(lots)

    def decide(facts: Facts) -> Plan[None]:
        facts.get_all([key_of(record) for record in records])
        moves: tuple[object, ...] = ()
        if move is not None:
            moves = move(facts.account(account_id, lots=wanted))
        return Plan(None, (*records, *moves))

    return decide


def followed(
    transaction_id: str,
    told: Adjustment,
    *,
    adjusted: int,
    clawback: Iterable[Take] = (),
    restore: Iterable[Take] = (),
    of: str = "",
) -> Decide[None]:
    """One more adjustment of a purchase, with what moves by it and is adjusted in all then.

    What is restored is so by the adjustment `of`, the one that stands no longer.
    """
    taken, returned = list(clawback), list(restore)

    def decide(facts: Facts) -> Plan[None]:
        purchase = facts.get(Key(Purchase, transaction_id))
        assert purchase is not None
        assert purchase.account_id is not None
        known = facts.get(Key(Adjustments, transaction_id)) or Adjustments(transaction_id)
        before = facts.account(
            purchase.account_id, lots=[take.number for take in (*taken, *returned)]
        )
        was = known.get(told.adjustment_id) or told
        now = replace(told, clawback_seq=was.clawback_seq, restore_seq=was.restore_seq)
        known = replace(known, account_id=purchase.account_id).with_one(now)
        moves: tuple[object, ...] = ()
        if taken:
            after, entry = before.clawback(taken, cause(f"clawback:{told.adjustment_id}"))
            known = known.with_one(replace(now, clawback_seq=entry.seq))
            moves = (after, entry)
        if returned:
            original = known.get(of or told.adjustment_id)
            assert original is not None
            after, entry = before.restore(returned, cause(f"restore:{original.adjustment_id}"))
            known = known.with_one(replace(original, restore_seq=entry.seq))
            moves = (after, entry)
        return Plan(None, (known, replace(purchase, adjusted_minor=adjusted), *moves))

    return decide
