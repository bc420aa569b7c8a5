"""Which published versions an event may be judged by (clause 8)."""

from datetime import datetime

from makegood.policy.published import Policies, PublishedPolicy


def versions_for(
    at: datetime, policies: Policies, *, now: datetime | None = None
) -> list[PublishedPolicy]:
    """The version in force at the time of an event, and later ones that serve it too.

    A version counts once it is posted: with `now`, only those in force by then.
    """
    first = policies.in_force(at)
    later = [
        policy
        for policy in policies.versions
        if policy.also_for_events_from is not None
        and policy.also_for_events_from <= at < policy.effective_from
        and (now is None or policy.effective_from <= now)
        and policy is not first
    ]
    return [first, *sorted(later, key=lambda policy: policy.effective_from)]
