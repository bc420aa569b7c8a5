"""Every published version of the policy, one module each, never changed once it was in force."""

from makegood.policy.published import Policies, PublishedPolicy
from makegood.policy.versions import generous
from makegood.policy.versions.v2025_02_24 import POLICY as V2025_02_24

PUBLISHED = Policies("published", (V2025_02_24,))
GENEROUS = Policies("generous", generous.VERSIONS)

PRESETS = {policies.name: policies for policies in (PUBLISHED, GENEROUS)}
"""What a studio can choose from when it deploys."""

VERSIONS: dict[str, PublishedPolicy] = {
    version.version: version for policies in PRESETS.values() for version in policies.versions
}
"""By the name that a decision stores."""


def named(name: str) -> Policies | None:
    """A preset, or one version as if there were no other; None if neither has this name."""
    if name in VERSIONS:
        return Policies(name, (VERSIONS[name],))
    return PRESETS.get(name)
