"""The published policy, with what it leaves to the studio settled in the customer's favour."""

from dataclasses import replace

from makegood.policy.published import ClassRule, FailureClass, Outcome, PublishedPolicy
from makegood.policy.versions.v2025_02_24 import POLICY as V2025_02_24

_MODERATION = ClassRule(
    Outcome.REFUND,
    "2(a)",
    "The content was blocked by the safety rules, so nothing was delivered.",
    "Filters err, and somebody who got nothing should not have to argue with one.",
)


def _generous(policy: PublishedPolicy) -> PublishedPolicy:
    """Its name goes with every decision, so that a stored one tells which preset made it."""
    return replace(
        policy,
        version=f"{policy.version}+generous",
        classes=policy.classes | {FailureClass.MODERATION: _MODERATION},
    )


VERSIONS = (_generous(V2025_02_24),)
