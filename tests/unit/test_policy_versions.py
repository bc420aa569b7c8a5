"""Every version of every preset is whole: nothing can be asked that it has no answer to."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from paddle_billing.Entities.Shared import CurrencyCode

from makegood.domain.job import EndKind, JobEnding
from makegood.domain.money import decimals_of
from makegood.policy.failures import classify
from makegood.policy.jobs import Deny, Refund, Review, refund_in_doubt, rule_on_ending
from makegood.policy.published import (
    AnswerKind,
    FailureClass,
    MoneyMove,
    PublishedPolicy,
    Setting,
)
from makegood.policy.versions import GENEROUS, PRESETS, PUBLISHED, VERSIONS, named
from makegood.policy.versions.clauses import CLAUSES
from tests.ledgers import NOON
from tests.template import source
from tests.unit.test_policy_jobs import job

EVERY = pytest.mark.parametrize("policy", VERSIONS.values(), ids=lambda policy: policy.version)
FAILED = JobEnding(EndKind.FAILED)
PADDLE_CURRENCIES = [name for name in vars(CurrencyCode) if name.isupper()]


@EVERY
def test_every_class_has_a_rule_with_its_reason(policy: PublishedPolicy) -> None:
    assert set(policy.classes) == set(FailureClass)
    for rule in policy.classes.values():
        assert rule.words.endswith(".")
        assert rule.reason.endswith(".")


@EVERY
def test_every_rule_for_requests_has_its_sentence(policy: PublishedPolicy) -> None:
    assert set(policy.answers) == set(AnswerKind)
    sentences = [answer.words for answer in policy.answers.values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)
    assert policy.in_doubt_words.endswith(".")


@EVERY
def test_every_move_of_money_has_its_sentence_with_the_amount(policy: PublishedPolicy) -> None:
    assert set(policy.money_moves) == set(MoneyMove)
    for said in policy.money_moves.values():
        assert said.words.endswith(".")
        assert "12.34 USD" in said.words.format(money="12.34 USD", credits="5")
    sentences = [said.words for said in policy.money_moves.values()]
    assert len(set(sentences)) == len(sentences)


@EVERY
def test_every_clause_that_is_cited_exists(policy: PublishedPolicy) -> None:
    cited = {rule.clause for rule in policy.classes.values()}
    cited |= {answer.clause for answer in policy.answers.values()} | {policy.part_clause}
    cited |= {said.clause for said in policy.money_moves.values()}
    assert cited <= CLAUSES.keys()


def test_the_clauses_are_those_that_were_published() -> None:
    assert list(CLAUSES) == [
        *("1", "2(a)", "2(b)", "2(c)", "2(d)", "3(a)", "3(b)", "3(c)", "3(d)"),
        *("4", "5", "6", "7", "8", "9"),
    ]


@EVERY
def test_every_window_limit_and_switch_has_its_reason(policy: PublishedPolicy) -> None:
    numbers = {name for name, value in settled(policy) if isinstance(value, (timedelta, int))}
    assert numbers == set(policy.reasons)
    switches = [value for _, value in settled(policy) if isinstance(value, Setting)]
    assert len(switches) == 7
    assert all(text.endswith(".") for text in policy.reasons.values())
    assert all(switch.reason.endswith(".") for switch in switches)


@EVERY
def test_the_promise_leaves_time_to_look(policy: PublishedPolicy) -> None:
    assert timedelta(0) < policy.decide_unknown_before < policy.refund_within
    assert policy.lost_after < policy.lost_at_latest < policy.refund_within


@EVERY
def test_every_pattern_leads_to_a_class_by_its_own_beginning(policy: PublishedPolicy) -> None:
    for pattern, failure in policy.failure_codes.items():
        assert classify(pattern.removesuffix("*"), policy) is not FailureClass.UNKNOWN
        assert pattern == pattern.strip().lower()
        assert "*" not in pattern[:-1]
        assert failure is not FailureClass.UNKNOWN


@EVERY
@pytest.mark.parametrize("currency", PADDLE_CURRENCIES)
def test_a_second_reviewer_is_asked_from_about_the_same_worth_in_every_currency_of_paddle(
    policy: PublishedPolicy, currency: str
) -> None:
    amounts = policy.second_reviewer_above_minor.value
    whole = amounts[currency] // 10 ** decimals_of(currency)
    assert amounts[currency] % 10 ** decimals_of(currency) == 0, "a round amount"
    assert whole >= 150


def test_currencies_that_are_not_paddles_have_no_amount() -> None:
    for policy in VERSIONS.values():
        assert set(policy.second_reviewer_above_minor.value) == set(PADDLE_CURRENCIES)


def test_a_decisions_version_tells_presets_apart() -> None:
    names = [version.version for policies in PRESETS.values() for version in policies.versions]
    assert len(set(names)) == len(names)
    assert all(version.version.endswith("+generous") for version in GENEROUS.versions)


def test_the_presets_are_what_a_deployment_may_choose() -> None:
    parameter = source()["Parameters"]["Policy"]
    assert parameter["AllowedValues"] == list(PRESETS)
    assert parameter["Default"] == PUBLISHED.name


@pytest.mark.parametrize("code", ["moderation", "content_policy_x", "safety_filter"])
def test_the_generous_preset_refunds_blocked_content_and_the_published_one_does_not(
    code: str,
) -> None:
    published, generous = (
        rule_on_ending(job(), FAILED, code, policies.in_force(NOON), ended_at=NOON)
        for policies in (PUBLISHED, GENEROUS)
    )
    assert isinstance(published, Deny)
    assert isinstance(generous, Refund)
    assert generous.grounds.policy_version == "2025-02-24+generous"


@pytest.mark.parametrize(
    "failure", [one for one in FailureClass if one is not FailureClass.MODERATION]
)
def test_the_presets_agree_on_everything_else(failure: FailureClass) -> None:
    published, generous = PUBLISHED.in_force(NOON), GENEROUS.in_force(NOON)
    assert published.classes[failure] == generous.classes[failure]


@pytest.mark.parametrize("name", [*PRESETS, *VERSIONS])
def test_a_preset_and_a_version_are_found_by_name(name: str) -> None:
    found = named(name)
    assert found is not None
    assert found.name == name
    assert found.versions


def test_no_other_name_is_found() -> None:
    assert named("2025-02-25") is None


@EVERY
def test_an_unknown_failure_that_nobody_decided_is_refunded_by_its_own_clause(
    policy: PublishedPolicy,
) -> None:
    ruling = rule_on_ending(job(), FAILED, "never_heard_of", policy, ended_at=NOON)
    in_doubt = refund_in_doubt(policy)
    assert isinstance(ruling, Review)
    assert ruling.due_at == NOON + timedelta(hours=24)
    assert in_doubt.grounds.clause == ruling.grounds.clause == "2(a)"
    assert in_doubt.grounds.reason != ruling.grounds.reason


def settled(policy: PublishedPolicy) -> Iterator[tuple[str, Any]]:
    return ((field.name, getattr(policy, field.name)) for field in fields(policy))
