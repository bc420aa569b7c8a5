"""Why the money for a purchase is not simply paid back: what a customer reads beside it."""

from datetime import datetime, timedelta

from makegood.policy.jobs import Grounds
from makegood.policy.published import AnswerKind, Policies

_NOTHING_UNUSED = (
    "None of these credits is left unused, and only unused credits could be paid back."
)
_AS_A_RULE = (
    "Bought credits are not refundable, and they never expire. You can ask for your money if you"
    " were charged twice, if somebody else made this purchase, or if the service was completely"
    " unavailable for more than {hours} hours in a row after it."
)


def why_not_paid_back(
    *,
    unused: int,
    bought_at: datetime,
    policies: Policies,
    withdrawn: int = 0,
    account_closed: bool = False,
) -> Grounds:
    """The rule that stands against it while nothing is known that makes an exception.

    `withdrawn` credits went along with money that has gone back already.
    """
    policy = policies.in_force(bought_at)
    if account_closed:
        closed = policy.answers[AnswerKind.ACCOUNT_CLOSED]
        return Grounds(closed.clause, policy.version, closed.words)
    if unused == 0:
        kind = AnswerKind.ALREADY_PAID_BACK if withdrawn else AnswerKind.ALREADY_USED
        clause = policy.answers[kind].clause
        return Grounds(clause, policy.version, _NOTHING_UNUSED)
    clause = policy.answers[AnswerKind.NO_EXCEPTION].clause
    hours = policy.outage_longer_than // timedelta(hours=1)
    return Grounds(clause, policy.version, _AS_A_RULE.format(hours=hours))
