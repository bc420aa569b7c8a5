"""From a failure code to its class."""

from functools import lru_cache

from makegood.policy.published import FailureClass, PublishedPolicy


@lru_cache(maxsize=1024)
def classify(code: str, policy: PublishedPolicy) -> FailureClass:
    """The class of the most specific pattern that fits; UNKNOWN where none does.

    A pattern is a code, or the beginning of one with `*` behind it. The whole code beats every
    beginning, a longer beginning a shorter one. Case and surrounding spaces do not count.
    """
    code = code.strip().lower()
    if code in policy.failure_codes and not code.endswith("*"):
        return policy.failure_codes[code]
    fitting = [
        pattern
        for pattern in policy.failure_codes
        if pattern.endswith("*") and code.startswith(pattern[:-1])
    ]
    if not fitting:
        return FailureClass.UNKNOWN
    return policy.failure_codes[max(fitting, key=len)]
