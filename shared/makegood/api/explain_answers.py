"""What the policy says to a question, as it is shown."""

from collections.abc import Mapping
from typing import Any, NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.domain.money import Money
from makegood.ledger.shapes.shape import timestamp_if_any
from makegood.policy.explaining import Explanation
from makegood.policy.published import FailureClass


class PolicyMoney(TypedDict):
    """In the currency's minor unit, tax included."""

    amount: int
    currency: str


class ExplainAnswer(TypedDict):
    """What would be decided. Nothing was kept.

    `credits` would come back, after a review at most; `money` could be paid back. `due_at` ends
    the promise that would run.
    """

    kind: str
    outcome: str
    policy_version: str
    clause: NotRequired[str]
    reason: NotRequired[str]
    failure_class: NotRequired[FailureClass]
    credits: NotRequired[int]
    money: NotRequired[PolicyMoney]
    due_at: NotRequired[Time]
    inputs: dict[str, Any]


def show_explanation(kind: str, explanation: Explanation) -> ExplainAnswer:
    return without_nothing(
        ExplainAnswer,
        {
            "kind": kind,
            "outcome": explanation.outcome,
            "policy_version": explanation.policy_version,
            "clause": explanation.clause,
            "reason": explanation.reason,
            "failure_class": explanation.failure_class,
            "credits": explanation.credits,
            "money": _money(explanation.money),
            "due_at": timestamp_if_any(explanation.due_at),
            "inputs": explanation.inputs,
        },
    )


def _money(money: Money | None) -> Mapping[str, object] | None:
    if money is None:
        return None
    return {"amount": money.amount_minor, "currency": money.currency}
