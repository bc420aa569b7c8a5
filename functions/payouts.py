"""Pays back what was approved: one adjustment at Paddle for each payout, however often it is told.

Each message only says that a payout is due. The ledger says whether it may be sent, by a lease
(`plans.money.sending`); what Paddle answers is followed like what it tells by webhook.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from makegood import wiring
from makegood.batch import BatchResponse, Message, work_singly
from makegood.domain.adjustment import STATUSES
from makegood.domain.payout import Attempt, CameTo, Payout, PayoutState
from makegood.errors import PaddleKeyError, QueueUnavailableError, SecretUnavailableError
from makegood.events.paddle import PaddleAdjustment
from makegood.events.payouts import parse_payout_due
from makegood.ledger.store import TimeLeft
from makegood.observability import count, log
from makegood.paddle.refunds import Refunds
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.following import Followed, follow_adjustment
from makegood.plans.money.sending import Leased, Over, Wait, conclude, lease_payout

Came = Followed | Wait | Over


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> BatchResponse:
    desk = Desk(wiring.clock(), wiring.time_left(context))
    worked = work_singly(event, desk.pay, dead_letters=wiring.payouts_dead_letters())
    tell(worked.outcomes)
    return worked.response()


@dataclass(frozen=True, slots=True)
class Desk:
    """Works on one payout after another. `now` is when the run began."""

    now: datetime
    time_left: TimeLeft

    def pay(self, message: Message) -> Came:
        """Take the payout, try it once, and write down what came of it.

        Whoever finds it taken or stopped lets the message go: reconciliation wakes what is due.
        """
        payout_id = parse_payout_due(message.body).payout_id
        refunds = self._refunds()
        leased = wiring.ledger().decide(
            lease_payout(payout_id, self.rules), time_left=self.time_left
        )
        if not isinstance(leased, Leased):
            return leased
        came = refunds.send(leased.payout, may_post=leased.may_post, now=self.now)
        if isinstance(came, PaddleAdjustment):
            if came.status in STATUSES:
                return self._followed(came)
            came = Attempt(leased.payout.attempt, CameTo.PERSON, "unknown_status")
        if leased.obstacle is not None and came.came_to is CameTo.PERSON:
            came = replace(came, why=leased.obstacle)
        return self._concluded(leased.payout, came)

    def _refunds(self) -> Refunds:
        """Before the lease: without a key nothing is sent, and nothing must count as sent."""
        try:
            return Refunds(wiring.paddle_api(self.now))
        except (PaddleKeyError, SecretUnavailableError) as error:
            count("PayoutsBlocked")
            raise SecretUnavailableError(str(error)) from error

    @property
    def rules(self) -> Rules:
        return Rules(wiring.policies(), ZoneInfo, self.now)

    def _followed(self, adjustment: PaddleAdjustment) -> Followed:
        decision = follow_adjustment(adjustment, self.rules)
        return wiring.ledger().decide(decision, time_left=self.time_left)

    def _concluded(self, payout: Payout, attempt: Attempt) -> Wait | Over:
        decision = conclude(payout.payout_id, attempt, self.rules)
        came = wiring.ledger().decide(decision, time_left=self.time_left)
        if isinstance(came, Wait):
            self._come_again(came)
        return came

    def _come_again(self, wait: Wait) -> None:
        seconds = int((wait.until - self.now).total_seconds())
        if wiring.payouts_queue().send([wait.payout.payout_id], delay_seconds=seconds):
            raise QueueUnavailableError("the payouts queue did not confirm a message")


def tell(outcomes: Sequence[Came]) -> None:
    log("payouts.worked", **Counter(type(outcome).__name__.lower() for outcome in outcomes))
    stopped = 0
    for outcome in outcomes:
        match outcome:
            case Followed(again=False, adjustment=adjustment):
                count("PayoutsSent")
                log("payout.sent", payout_id=adjustment.payout_id, status=adjustment.status)
            case Wait(payout=payout, why=why):
                stopped += why == "stopped"
                count("PayoutsBlocked", int(why == "blocked"))
                log("payout.waits", payout_id=payout.payout_id, why=why, unknown=payout.unknown)
            case Over(payout=payout):
                count("PayoutsForPerson", int(payout.state is PayoutState.PERSON))
                log("payout.over", payout_id=payout.payout_id, state=payout.state, why=payout.why)
    count("PayoutBreakerOpen", stopped)
