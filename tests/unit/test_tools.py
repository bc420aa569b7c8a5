"""What-if and replay at the terminal: they read, say what they found, and change nothing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from makegood.domain.account import Take
from makegood.domain.case import (
    ASKED_FOR,
    Case,
    CaseDecision,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
)
from makegood.domain.job import ChargeRequest, EndKind, Job, JobEnding, JobState
from makegood.ledger.attributes import to_item
from makegood.ledger.audit.shown import harmless
from makegood.ledger.shapes import shape_of
from makegood.policy.duplicates import Duplicate, rule_on_duplicate
from makegood.policy.jobs import Deny, GiveBack, Refund, Review, rule_on_ending
from makegood.policy.published import FailureClass, Policies
from makegood.policy.requests import (
    Match,
    OutageAfter,
    PurchaseFacts,
    RequestFacts,
    Twin,
    rule_on_request,
)
from makegood.policy.versions import GENEROUS, PUBLISHED
from makegood.policy.versions.v2025_02_24 import POLICY
from makegood.tools.explain import main as explain_main
from makegood.tools.judged_again import (
    CannotJudgeError,
    Compared,
    Direction,
    Verdict,
    case_again,
    job_again,
)
from makegood.tools.replay import main as replay_main
from tests.ledgers import NOON, dynamodb, empty_table

FAILED = JobEnding(EndKind.FAILED)
STATES = {Refund: JobState.REFUNDED, GiveBack: JobState.SUCCEEDED, Deny: JobState.DENIED}


def ended(code: str | None = None, ending: JobEnding = FAILED, *, job_id: str = "job_1") -> Job:
    """A job as it is stored once the published policy has ruled on it."""
    job = Job(
        job_id=job_id,
        request=ChargeRequest("acc_1", 100),
        state=JobState.CHARGED,
        takes=(Take(1, 100),),
        charged_at=NOON - timedelta(minutes=5),
        expected_by=NOON,
        failure_code=code,
        ending=ending,
    )
    ruling = rule_on_ending(job, ending, code, POLICY, ended_at=NOON)
    if isinstance(ruling, Review):
        return replace(_grounded(job, ruling), state=JobState.REVIEW, refund_due_at=ruling.due_at)
    if not isinstance(ruling, (Refund, GiveBack, Deny)):
        return replace(job, state=JobState.SUCCEEDED, ended_at=NOON)
    refunded = {Refund: 100, Deny: 0}.get(type(ruling), getattr(ruling, "credits", 0))
    state = STATES[type(ruling)]
    return replace(_grounded(job, ruling), state=state, refunded=refunded, ended_at=NOON)


def _grounded(job: Job, ruling: Refund | GiveBack | Deny | Review) -> Job:
    grounds = ruling.grounds
    return replace(
        job,
        reason=grounds.reason,
        clause=grounds.clause,
        policy_version=grounds.policy_version,
    )


def case(decision: CaseDecision, **fields: Any) -> Case:
    return Case(
        case_id="case_1",
        account_id="acc_1",
        category=Category.OTHER,
        status=CaseStatus.OPEN,
        decision=decision,
        opened_by=Opener.CUSTOMER,
        opener="customer",
        opened_at=NOON,
        due_at=NOON + timedelta(days=7),
        **fields,
    )


BOUGHT = PurchaseFacts("txn_1", NOON, 40, 100, 400, outage=OutageAfter("out_1", 48 * 60 * 60))
UNAVAILABLE = RequestFacts(
    Category.SERVICE_UNAVAILABLE, NOON + timedelta(days=4), Match.ONE, purchase=BOUGHT
)
ENDINGS = [
    ("provider_503", FAILED),
    ("moderation", FAILED),
    ("never_heard_of", FAILED),
    (None, JobEnding(EndKind.LOST)),
    (None, JobEnding(EndKind.SUCCEEDED, ordered=4, delivered=4)),
    (None, JobEnding(EndKind.SUCCEEDED, ordered=4, delivered=1)),
    (None, JobEnding(EndKind.SUCCEEDED, ordered=4, delivered=0)),
    (None, JobEnding(EndKind.CANCELLED, work_started=True)),
    (None, JobEnding(EndKind.CANCELLED, work_started=False)),
]


def compared(found: Compared | None) -> Compared:
    assert found is not None
    return found


@pytest.mark.parametrize(("code", "ending"), ENDINGS)
def test_the_policy_that_decided_a_job_would_decide_it_the_same(
    code: str | None, ending: JobEnding
) -> None:
    assert compared(job_again(ended(code, ending), PUBLISHED)).direction is Direction.SAME


@pytest.mark.parametrize(("code", "ending"), ENDINGS)
def test_so_it_would_for_jobs_from_before_endings_were_kept(
    code: str | None, ending: JobEnding
) -> None:
    old = replace(ended(code, ending), ending=None)
    if ending.delivered == 1:
        with pytest.raises(CannotJudgeError):
            job_again(old, PUBLISHED)
    else:
        assert compared(job_again(old, PUBLISHED)).direction is Direction.SAME


def test_another_policy_is_compared_as_the_customer_sees_it() -> None:
    found = compared(job_again(ended("moderation"), GENEROUS))
    assert found.direction is Direction.MORE
    assert str(found.was) == "deny by 1 (2025-02-24)"
    assert str(found.would_be) == "refund by 2(a) (2025-02-24+generous)"
    generous = replace(ended("moderation"), state=JobState.REFUNDED, refunded=100)
    assert compared(job_again(generous, PUBLISHED)).direction is Direction.LESS


@pytest.mark.parametrize(
    ("was", "now", "direction"),
    [
        (Verdict("deny", "1", "a", 0, 0), Verdict("deny", "1", "b", 0, 0), Direction.SAME),
        (Verdict("deny", "1", "a", 0, 0), Verdict("deny", "3(a)", "b", 0, 0), Direction.OTHERWISE),
        (Verdict("deny", "1", "a", 0, 0), Verdict("review", "1", "b", 0, 9), Direction.MORE),
        (Verdict("refund", "1", "a", 9, 9), Verdict("review", "1", "b", 0, 9), Direction.LESS),
        (Verdict("part", "1", "a", 4, 4), Verdict("review", "1", "b", 0, 9), Direction.OTHERWISE),
    ],
)
def test_a_direction_is_named_only_where_it_is_plain(
    was: Verdict, now: Verdict, direction: Direction
) -> None:
    assert Compared(was, now).direction is direction


def test_a_persons_refund_of_what_was_delivered_is_not_taken_for_the_policys() -> None:
    told = JobEnding(EndKind.SUCCEEDED, ordered=1, delivered=1)
    job = ended(None, told)
    refunded = replace(job, state=JobState.REFUNDED, refunded=job.credits, clause="2(a)")
    refunded = replace(refunded, policy_version=POLICY.version)

    assert compared(job_again(refunded, PUBLISHED)).was.outcome == "delivered"
    assert compared(job_again(refunded, PUBLISHED)).direction is Direction.SAME


def test_a_persons_word_on_an_unknown_failure_is_not_taken_for_the_policys() -> None:
    review = ended("never_heard_of")
    denied = replace(review, state=JobState.DENIED, refund_due_at=None, ended_at=NOON)
    assert compared(job_again(denied, PUBLISHED)).was.outcome == "review"
    assert compared(job_again(denied, PUBLISHED)).direction is Direction.SAME


def test_a_job_that_still_runs_is_not_judged() -> None:
    running = replace(ended("provider_503"), state=JobState.CHARGED, ending=None)
    assert job_again(running, PUBLISHED) is None


def shorter() -> Policies:
    """By which two days without service are long enough."""
    return Policies("shorter", (replace(POLICY, outage_longer_than=timedelta(hours=47)),))


def test_a_case_is_judged_again_on_the_facts_that_it_kept() -> None:
    stored = case(rule_on_request(UNAVAILABLE, POLICY))
    assert compared(case_again(stored, PUBLISHED)).direction is Direction.SAME
    found = compared(case_again(stored, shorter()))
    assert (found.was.outcome, found.would_be.outcome) == ("not_eligible", "eligible")
    assert found.direction is Direction.MORE


@pytest.mark.parametrize("automatic", [True, False, None])
def test_a_case_of_the_detector_is_judged_again_by_the_detectors_rule(
    automatic: bool | None,
) -> None:
    twin = Twin("txn_0", 60, same_order=True)
    duplicate = Duplicate(
        replace(BOUGHT, twin=twin),
        (twin,),
        untouched=True,
        first_stands=True,
        needs_two_people=False,
        automatic=automatic,
        asked_at=NOON,
    )
    decision = rule_on_duplicate(duplicate, PUBLISHED)
    assert (decision.outcome is CaseOutcome.ELIGIBLE) == bool(automatic)
    assert compared(case_again(case(decision), PUBLISHED)).direction is Direction.SAME


def test_a_case_about_a_job_is_judged_as_that_job() -> None:
    decision = CaseDecision(CaseOutcome.NEEDS_REVIEW, "2(a)", "2025-02-24", "r", {"x": 1})
    assert case_again(case(decision, job_id="job_1"), PUBLISHED) is None


@pytest.mark.parametrize("category", [one for one in Category if one not in ASKED_FOR])
def test_a_case_that_nobody_asked_for_has_nothing_to_be_judged_again(category: Category) -> None:
    decision = CaseDecision(CaseOutcome.NEEDS_REVIEW, "7", "2025-02-24", "r", {"amount_minor": 1})
    seen = replace(case(decision), category=category)
    assert case_again(seen, PUBLISHED) is None


def test_a_case_without_the_facts_of_a_request_cannot_be_judged() -> None:
    decision = CaseDecision(CaseOutcome.NEEDS_REVIEW, "2(b)", "2025-02-24", "r", {"x": 1})
    with pytest.raises(CannotJudgeError):
        case_again(case(decision), PUBLISHED)


def item(record: object) -> dict[str, Any]:
    shape: Any = shape_of(type(record))
    pk, sk = shape.place(shape.id(record))
    return to_item({**shape.write(record), "pk": pk, "sk": sk})


RECORDS = [
    ended("moderation", job_id="job_blocked"),
    ended("provider_503", job_id="job_failed"),
    replace(ended("provider_503", job_id="job_running"), state=JobState.CHARGED, ending=None),
    case(rule_on_request(UNAVAILABLE, POLICY)),
    replace(
        case(CaseDecision(CaseOutcome.NEEDS_REVIEW, "7", "2025-02-24", "Paddle paid it back.")),
        case_id="case_adjustment",
        category=Category.ADJUSTMENT,
    ),
]


def export(path: Path, items: Iterable[Mapping[str, Any]]) -> str:
    path.write_text("\n".join(json.dumps({"Item": each}) for each in items))
    return str(path)


def test_a_replay_says_what_would_differ_and_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = export(tmp_path / "items.json", map(item, RECORDS))
    assert replay_main(["--export", items, "--policy", "generous"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "job job_blocked: more: deny by 1 (2025-02-24) -> refund by 2(a) (2025-02-24+generous)",
        "jobs: 1 same, 1 more, 0 less, 0 otherwise, 0 not judged",
        "cases: 1 same, 0 more, 0 less, 0 otherwise, 0 not judged",
    ]


@pytest.mark.parametrize("policy", ["published", "2025-02-24"])
def test_a_replay_by_what_was_in_force_differs_in_nothing(
    policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = export(tmp_path / "items.json", map(item, RECORDS))
    assert replay_main(["--export", items, "--policy", policy]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "jobs: 2 same, 0 more, 0 less, 0 otherwise, 0 not judged",
        "cases: 1 same, 0 more, 0 less, 0 otherwise, 0 not judged",
    ]


def test_what_cannot_be_read_is_named_and_spoils_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {"pk": {"S": "JOB#\x1b[31mred"}, "sk": {"S": "JOB"}, "state": {"S": "odd"}}
    items = export(tmp_path / "items.json", [broken, *map(item, RECORDS)])
    assert replay_main(["--export", items, "--policy", "published"]) == 0
    said = capsys.readouterr().out
    assert "job \\x1b[31mred: not judged, it cannot be read" in said
    assert "jobs: 2 same, 0 more, 0 less, 0 otherwise, 1 not judged" in said
    assert "\x1b" not in said


def test_a_table_is_replayed_and_not_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock_aws():
        client = dynamodb()
        table = empty_table(client)
        for record in RECORDS:
            client.put_item(TableName=table, Item=item(record))
        monkeypatch.setattr(boto3, "client", lambda *_, **__: ReadsOnly(client))
        assert replay_main(["--table", table, "--policy", "generous"]) == 0
    assert "jobs: 1 same, 1 more" in capsys.readouterr().out


class ReadsOnly:
    """A client of a table whose scan answers, and whose every other operation fails."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get_paginator(self, operation: str) -> Any:
        assert operation == "scan"
        return self._client.get_paginator(operation)

    def __getattr__(self, operation: str) -> Any:
        raise AssertionError(f"{operation} is no reading of all items")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--export", "/nonexistent", "--policy", "generous"],
        ["--export", "/nonexistent", "--policy", "\x1b[31mkind"],
    ],
)
def test_what_cannot_be_replayed_is_an_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay_main(arguments) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "\x1b" not in said.err


def test_replay_asks_for_a_table_or_an_export_and_a_policy() -> None:
    with pytest.raises(SystemExit):
        replay_main(["--policy", "generous"])
    with pytest.raises(SystemExit):
        replay_main(["--export", "x"])


def answer_to(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[Any, str]:
    assert explain_main(arguments, now=NOON) == 0
    text = capsys.readouterr().out
    end = text.rindex("}") + 1
    return json.loads(text[:end]), text[end:].strip()


def test_a_job_is_explained_in_json_and_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["job", "--ending", "failed", "--failure-code", "provider_503", "--credits", "1000"]
    answer, sentence = answer_to(arguments, capsys)
    assert (answer["outcome"], answer["clause"], answer["credits"]) == ("refund", "2(a)", 1000)
    assert sentence == (
        "refund by clause 2(a) of 2025-02-24. The AI provider behind the generation failed."
        " Credits: 1,000. Due 2026-11-23T12:00:00.000000Z."
    )


def test_a_request_is_explained_with_money_and_the_studios_calendar(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["request", "--category", "service_unavailable", "--paid-minor", "1000"]
    arguments += ["--granted", "100", "--unused", "40", "--outage-seconds", "259201"]
    arguments += ["--time-zone", "Europe/Berlin", "--holiday", "2026-11-23", "--same-order", "no"]
    answer, sentence = answer_to(arguments, capsys)
    assert answer["money"] == {"amount": 400, "currency": "USD"}
    assert answer["due_at"] == "2026-11-30T22:59:59.000000Z"
    assert "At most 4.00 USD." in sentence


def test_another_version_may_be_asked_at_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["job", "--ending", "failed", "--failure-code", "moderation", "--credits", "1"]
    assert answer_to(arguments, capsys)[0]["outcome"] == "deny"
    answer, _ = answer_to([*arguments, "--preset", "generous"], capsys)
    assert answer["outcome"] == "refund"


@pytest.mark.parametrize(
    "arguments",
    [
        ["job"],
        ["job", "--ending", "failed", "--credits", "ten"],
        ["job", "--ending", "\x1b[2Jfailed", "--credits", "1"],
        ["job", "--ending", "failed", "--failure-code", "a\x1b[31mb", "--credits", "1"],
        ["request", "--category", "other", "--account-closed", "perhaps"],
        ["request", "--category", "other", "--time-zone", "\x1b[31m"],
        ["request", "--category", "other", "--time-zone", "/etc/passwd"],
        ["request", "--category", "other", "--holiday", "christmas\x1b"],
    ],
)
def test_what_is_no_question_is_an_error_that_repeats_nothing_to_the_terminal(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain_main(arguments, now=NOON) == 2
    said = capsys.readouterr()
    assert not said.out
    assert said.err.startswith("cannot be understood: ")
    assert "\x1b" not in said.err


@pytest.mark.parametrize("argument", ["\x1b[31mjob", "--\x1b[2J", "job\u202e"])
def test_what_the_command_line_does_not_know_is_repeated_without_escapes(
    argument: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        explain_main(["job", argument], now=NOON)
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "\u202e" not in said.out + said.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Grüße, 漢字", "Grüße, 漢字"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202eabc", "\\u202eabc"),
        ("\x9b2J", "\\x9b2J"),
        ("\x00\x7f", "\\x00\\x7f"),
    ],
)
def test_text_for_a_terminal_is_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_every_class_that_needs_no_code_is_known_again_by_its_words() -> None:
    words = [POLICY.classes[failure].words for failure in FailureClass]
    assert len(set(words)) == len(words)
