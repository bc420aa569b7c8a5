"""Every published version of the policy, one module each, never changed once it was in force."""

from datetime import datetime

from makegood.policy.published import PublishedPolicy
from makegood.policy.versions.v2025_02_24 import POLICY as V2025_02_24

VERSIONS: tuple[PublishedPolicy, ...] = (V2025_02_24,)
"""Oldest first."""


def in_force(at: datetime) -> PublishedPolicy:
    """The policy by which an event of this time is judged (clause 8).

    What happened before the first version is judged by the first: there is none less generous.
    """
    return max(
        (policy for policy in VERSIONS if policy.effective_from <= at),
        key=lambda policy: policy.effective_from,
        default=VERSIONS[0],
    )
