"""Whether Paddle tells this stack what it has to."""

from makegood.paddle.api import PaddleApi
from makegood.plans.reconciling.destinations import subscription_of
from makegood.reconciling.seen import Seen


def look_at_destination(paddle: PaddleApi, seen: Seen) -> None:
    seen.subscription = subscription_of(paddle.destinations())
