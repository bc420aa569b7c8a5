"""Why the money for a purchase is not simply paid back: what a customer reads beside it."""

from datetime import datetime

from makegood.policy.jobs import Grounds
from makegood.policy.versions import in_force

_NOTHING_UNUSED = (
    "None of these credits is left unused, and only unused credits could be paid back."
)
_AS_A_RULE = (
    "Bought credits are not refundable, and they never expire. You can ask for your money if you"
    " were charged twice, if somebody else made this purchase, or if the service was completely"
    " unavailable for more than 72 hours in a row after it."
)


def why_not_paid_back(*, unused: int, bought_at: datetime) -> Grounds:
    """The rule that stands against it while nothing is known that makes an exception."""
    version = in_force(bought_at).version
    if unused == 0:
        return Grounds("3(a)", version, _NOTHING_UNUSED)
    return Grounds("1", version, _AS_A_RULE)
