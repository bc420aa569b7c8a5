"""From a failure code to its class, as the published table says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.policy.failures import classify
from makegood.policy.published import FailureClass
from makegood.policy.versions import PUBLISHED
from makegood.policy.versions.v2025_02_24 import POLICY

TECHNICAL, UPSTREAM, TIMEOUT = (
    FailureClass.TECHNICAL,
    FailureClass.UPSTREAM,
    FailureClass.TIMEOUT,
)
UNKNOWN = FailureClass.UNKNOWN

# Each class from both sides: codes that are just in it, and their neighbours that are not.
CODES = {
    "internal_error": TECHNICAL,
    "internal_": TECHNICAL,
    "internal": UNKNOWN,
    "render_crashed": TECHNICAL,
    "renderer": UNKNOWN,
    "storage_full": TECHNICAL,
    "worker_lost": TECHNICAL,
    "out_of_memory": TECHNICAL,
    "out_of_memory_2": UNKNOWN,
    "empty_output": TECHNICAL,
    "corrupt_output": TECHNICAL,
    "provider_5": UPSTREAM,
    "provider_500": UPSTREAM,
    "provider_503": UPSTREAM,
    "provider_429": UPSTREAM,
    "provider_400": UNKNOWN,
    "provider_4290": UNKNOWN,
    "provider_error": UPSTREAM,
    "provider_unavailable": UPSTREAM,
    "provider_overloaded": UPSTREAM,
    "provider_": UNKNOWN,
    "provider_timeout": TIMEOUT,
    "timeout": TIMEOUT,
    "timeout_render": TIMEOUT,
    "timeouts": UNKNOWN,
    "deadline_exceeded": TIMEOUT,
    "lost": FailureClass.LOST,
    "lost_in_space": UNKNOWN,
    "moderation": FailureClass.MODERATION,
    "moderation_output": FailureClass.MODERATION,
    "moderations": UNKNOWN,
    "content_policy": FailureClass.MODERATION,
    "content_policy_violation": FailureClass.MODERATION,
    "safety_nsfw": FailureClass.MODERATION,
    "safety": UNKNOWN,
    "invalid_input": FailureClass.USER_INPUT,
    "invalid_input_image": FailureClass.USER_INPUT,
    "user_input": FailureClass.USER_INPUT,
    "user_input_too_long": FailureClass.USER_INPUT,
    "unsupported_format": FailureClass.USER_INPUT,
    "unsupported_formats": UNKNOWN,
    "": UNKNOWN,
    "*": UNKNOWN,
    "something_new": UNKNOWN,
}


@pytest.mark.parametrize(("code", "failure"), CODES.items(), ids=repr)
def test_each_code_has_its_class(code: str, failure: FailureClass) -> None:
    assert classify(code, POLICY) is failure


def test_every_pattern_of_the_table_is_tried_here() -> None:
    """A line that is added to the policy has to be added above, with its neighbours."""
    tried = {code for code, failure in CODES.items() if failure is not UNKNOWN}
    for pattern in POLICY.failure_codes:
        fits = pattern.removesuffix("*") if pattern.endswith("*") else None
        assert any(code == pattern or (fits and code.startswith(fits)) for code in tried), pattern


@pytest.mark.parametrize("code", ["PROVIDER_503", " provider_503 ", "Provider_503\t"])
def test_case_and_spaces_do_not_count(code: str) -> None:
    assert classify(code, POLICY) is UPSTREAM


def test_the_whole_code_beats_every_beginning_and_a_longer_beginning_a_shorter() -> None:
    policy = replace(
        POLICY,
        failure_codes={
            "*": FailureClass.LOST,
            "a*": TECHNICAL,
            "ab*": UPSTREAM,
            "abc": TIMEOUT,
            "abc*": FailureClass.MODERATION,
        },
    )
    expected = {
        "abc": TIMEOUT,
        "abcd": FailureClass.MODERATION,
        "abx": UPSTREAM,
        "ax": TECHNICAL,
        "x": FailureClass.LOST,
    }
    assert {code: classify(code, policy) for code in expected} == expected


def test_the_order_of_the_table_does_not_count() -> None:
    turned = replace(POLICY, failure_codes=dict(reversed(POLICY.failure_codes.items())))
    assert all(classify(code, turned) is failure for code, failure in CODES.items())


def test_a_code_that_looks_like_a_pattern_is_not_one() -> None:
    assert classify("provider_5*", POLICY) is UPSTREAM
    assert classify("timeout_*", POLICY) is TIMEOUT
    assert classify("time*", POLICY) is UNKNOWN


@given(st.text())
def test_every_code_has_a_class(code: str) -> None:
    assert classify(code, POLICY) in FailureClass


@pytest.mark.parametrize("policy", PUBLISHED.versions, ids=lambda policy: policy.version)
def test_every_class_has_a_rule_with_words_and_a_clause(policy: object) -> None:
    assert isinstance(policy, type(POLICY))
    assert set(policy.classes) == set(FailureClass)
    for rule in policy.classes.values():
        assert rule.words.endswith(".")
        assert rule.clause in {"1", "2(a)"}


@pytest.mark.parametrize("policy", PUBLISHED.versions, ids=lambda policy: policy.version)
def test_patterns_are_written_as_they_are_compared(policy: object) -> None:
    assert isinstance(policy, type(POLICY))
    for pattern in policy.failure_codes:
        assert pattern == pattern.strip().lower()
        assert "*" not in pattern[:-1]
