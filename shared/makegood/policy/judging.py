"""Which version judges (clause 8): that of the event's time, or a later one if it gives more."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar, assert_never

from makegood.domain.case import CaseDecision, CaseOutcome
from makegood.domain.job import Job, JobEnding
from makegood.events.jobs import JobEvent
from makegood.policy.applicable import versions_for
from makegood.policy.jobs import (
    Delivered,
    Deny,
    GiveBack,
    Refund,
    Review,
    Ruling,
    code_in,
    ending_of,
    rule_on_ending,
)
from makegood.policy.published import Policies, PublishedPolicy
from makegood.policy.requests import RequestFacts, rule_on_request

R = TypeVar("R")

_GENEROSITY = (CaseOutcome.NOT_ELIGIBLE, CaseOutcome.NEEDS_REVIEW, CaseOutcome.ELIGIBLE)


def judge_end(
    job: Job,
    event: JobEvent,
    policies: Policies,
    *,
    ended_at: datetime,
    now: datetime | None = None,
) -> Ruling:
    """What an open job's end means. `now` keeps out versions that are not posted yet."""
    return judge_ending(job, ending_of(event), code_in(event), policies, ended_at=ended_at, now=now)


def judge_ending(
    job: Job,
    ending: JobEnding,
    code: str | None,
    policies: Policies,
    *,
    ended_at: datetime,
    now: datetime | None = None,
) -> Ruling:
    """The same for what a job keeps of its end, and for one whose end nobody ever told."""
    return _most_generous(
        versions_for(ended_at, policies, now=now),
        rule=lambda policy: rule_on_ending(job, ending, code, policy, ended_at=ended_at),
        gives_more=lambda ruling, than: gives_more(ruling, than, credits=job.credits),
    )


def judge_request(facts: RequestFacts, policies: Policies) -> CaseDecision:
    """What is answered to a request. Its event is the purchase, or the asking if none is known."""
    return _most_generous(
        versions_for(facts.event_at, policies, now=facts.asked_at),
        rule=lambda policy: rule_on_request(facts, policy),
        gives_more=promises_more,
    )


def _most_generous(
    versions: list[PublishedPolicy],
    *,
    rule: Callable[[PublishedPolicy], R],
    gives_more: Callable[[R, R], bool],
) -> R:
    """Starts with the version in force then, and leaves it only for what surely gives more."""
    best = rule(versions[0])
    for version in versions[1:]:
        ruling = rule(version)
        if gives_more(ruling, best):
            best = ruling
    return best


def promises_more(decision: CaseDecision, than: CaseDecision) -> bool:
    return _GENEROSITY.index(decision.outcome) > _GENEROSITY.index(than.outcome)


def gives_more(ruling: Ruling, than: Ruling, *, credits: int) -> bool:
    """Whether a ruling on a job of so many credits is better for the customer, whatever comes.

    A review may end in nothing or in everything: it beats a denial, and neither beats nor loses
    to a part of the credits. Of two reviews the one that is due earlier is better.
    """
    least, most = _bounds(ruling, credits)
    than_least, than_most = _bounds(than, credits)
    if isinstance(ruling, Review) and isinstance(than, Review):
        return ruling.due_at < than.due_at
    if (least, most) == (than_least, than_most):
        return False
    return least >= than_least and most >= than_most


def _bounds(ruling: Ruling, credits: int) -> tuple[int, int]:
    """The fewest and the most credits that come back."""
    match ruling:
        case Refund():
            return credits, credits
        case GiveBack():
            return ruling.credits, ruling.credits
        case Review():
            return 0, credits
        case Deny() | Delivered():
            return 0, 0
        case _:
            assert_never(ruling)
