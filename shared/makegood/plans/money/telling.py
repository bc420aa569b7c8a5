"""What customers and reviewers read of money that moved at Paddle."""

from makegood.domain.adjustment import (
    APPROVED,
    CHARGEBACK,
    CREDITING,
    PENDING,
    REFUND,
    REJECTED,
    WARNING,
    Adjustment,
)
from makegood.domain.entry import Cause
from makegood.domain.money import Money, format_money
from makegood.domain.payout import Payout
from makegood.domain.purchase import Purchase
from makegood.plans.case_opening import case_id_of
from makegood.plans.duplicate_evidence import Rules
from makegood.policy.jobs import Grounds
from makegood.policy.published import MoneyMove

PADDLE = "paddle"
"""The author of what follows from Paddle's own word."""

_FROZEN = {
    CHARGEBACK: "A bank took the money of a purchase back.",
    WARNING: "A bank announced a dispute about a purchase, and Paddle paid its money back.",
}
_BY_ACTION = {
    REFUND: MoneyMove.REFUNDED,
    CHARGEBACK: MoneyMove.CHARGED_BACK,
    WARNING: MoneyMove.WARNED,
}


def case_id_of_adjustment(adjustment_id: str) -> str:
    return case_id_of("adjustment", adjustment_id)


def money_of(adjustment: Adjustment) -> Money:
    return Money(adjustment.amount_minor, adjustment.currency)


def move_of(adjustment: Adjustment, *, stands: bool) -> MoneyMove:
    """What has happened by an adjustment that nobody here asked for, as it is now."""
    if adjustment.action in CREDITING:
        return MoneyMove.CREDITED
    if adjustment.status == PENDING:
        return MoneyMove.REFUND_ASKED
    if adjustment.status == REJECTED:
        return MoneyMove.REFUND_REFUSED
    if adjustment.status != APPROVED or not stands:
        return MoneyMove.RETURNED
    if not adjustment.lines:
        return MoneyMove.TAX_REFUNDED
    return _BY_ACTION[adjustment.action]


def grounds_of(move: MoneyMove, money: Money, *, credits: int, rules: Rules) -> Grounds:
    """The clause, the version in force now, and the sentence."""
    policy = rules.policies.in_force(rules.now)
    said = policy.money_moves[move]
    words = said.words.format(money=format_money(money), credits=f"{credits:,}")
    return Grounds(said.clause, policy.version, words)


def clawback_cause(
    adjustment: Adjustment,
    purchase: Purchase,
    payout: Payout | None,
    *,
    credits: int,
    rules: Rules,
) -> Cause:
    """`payout` is the one that the adjustment carries out, where it was asked for here."""
    move = MoneyMove.PAID_BACK if payout else _BY_ACTION[adjustment.action]
    case_id = payout.case_id if payout else case_id_of_adjustment(adjustment.adjustment_id)
    return _cause("clawback", move, adjustment, purchase, case_id, credits=credits, rules=rules)


def restore_cause(
    adjustment: Adjustment, purchase: Purchase, *, credits: int, rules: Rules
) -> Cause:
    """`adjustment` is the one that stands no longer, whoever told so."""
    case_id = case_id_of_adjustment(adjustment.adjustment_id)
    move = MoneyMove.RETURNED
    return _cause("restore", move, adjustment, purchase, case_id, credits=credits, rules=rules)


def _cause(
    word: str,
    move: MoneyMove,
    adjustment: Adjustment,
    purchase: Purchase,
    case_id: str,
    *,
    credits: int,
    rules: Rules,
) -> Cause:
    grounds = grounds_of(move, money_of(adjustment), credits=credits, rules=rules)
    return Cause(
        key=f"{word}:{adjustment.adjustment_id}",
        reason=grounds.reason,
        occurred_at=adjustment.told_at,
        recorded_at=rules.now,
        clause=grounds.clause,
        policy_version=grounds.policy_version,
        transaction_id=purchase.transaction_id,
        case_id=case_id,
    )


def frozen_because(adjustment: Adjustment) -> str:
    return _FROZEN.get(adjustment.action, "Money of a purchase went back through Paddle.")
