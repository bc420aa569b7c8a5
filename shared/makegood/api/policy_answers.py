"""The policy as it is shown."""

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.domain.entry import timestamp
from makegood.domain.studio import OutageNotice, StudioSettings
from makegood.ledger.shapes.shape import timestamp_if_any
from makegood.policy.published import (
    AnswerKind,
    FailureClass,
    MoneyMove,
    Outcome,
    Policies,
    PublishedPolicy,
    Setting,
)
from makegood.policy.versions import PRESETS
from makegood.policy.versions.clauses import CLAUSES

WINDOWS = (
    "refund_within",
    "expected_by_default",
    "decide_unknown_before",
    "lost_after",
    "lost_at_latest",
    "duplicate_within",
    "outage_longer_than",
)
SWITCHES = (
    "automatic_duplicates",
    "outage_notice",
    "second_reviewer_above_minor",
    "second_reviewer_above_credits",
    "freezes",
    "payouts_per_hour",
    "payouts_per_hour_minor",
)

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class ClassAnswer(TypedDict):
    """What a class of failure leads to, what the customer reads of it, and why it is so."""

    failure_class: FailureClass
    codes: list[str]
    outcome: Outcome
    clause: str
    words: str
    reason: str


class RuleAnswer(TypedDict):
    """What a rule for requests says, and by which clause."""

    rule: AnswerKind
    clause: str
    words: str


class MoneyMoveAnswer(TypedDict):
    """What a customer reads when money moves at Paddle, and by which clause.

    `{money}` and `{credits}` in the `words` stand for what has moved.
    """

    move: MoneyMove
    clause: str
    words: str


class WindowAnswer(TypedDict):
    name: str
    seconds: int
    reason: str


class SwitchAnswer(TypedDict):
    """A value that services of this kind settle differently. The settings may override most."""

    name: str
    value: Any
    reason: str


class VersionAnswer(TypedDict):
    """A published version. `also_for_events_from` says which older events it may serve too.

    `reasons` say why windows and numbers of days are what they are, by name.
    """

    policy_version: str
    effective_from: Time
    also_for_events_from: NotRequired[Time]
    clauses: dict[str, str]
    classes: list[ClassAnswer]
    rules: list[RuleAnswer]
    money_moves: list[MoneyMoveAnswer]
    windows: list[WindowAnswer]
    review_business_days: int
    paid_within_business_days: int
    reasons: dict[str, str]
    switches: list[SwitchAnswer]


class SettingsAnswer(TypedDict):
    """The studio's settings in force. Addresses are not shown, what they are for is.

    A switch that is not here is left to the policy. `loaded_at` is when they were last changed.
    """

    time_zone: str
    holidays: list[Day]
    capabilities: list[str]
    has_reference: bool
    asks_for_job_status: bool
    automatic_duplicates: NotRequired[bool]
    outage_notice: NotRequired[OutageNotice]
    second_reviewer_above_minor: NotRequired[dict[str, int]]
    payouts_per_hour: NotRequired[int]
    payouts_per_hour_minor: NotRequired[dict[str, int]]
    loaded_at: NotRequired[Time]


class PolicyAnswer(TypedDict):
    """The preset that this stack works by, oldest version first, and the settings beside it."""

    preset: str
    presets: list[str]
    versions: list[VersionAnswer]
    settings: SettingsAnswer


def show_policy(policies: Policies, settings: StudioSettings) -> PolicyAnswer:
    return {
        "preset": policies.name,
        "presets": list(PRESETS),
        "versions": [show_version(policy) for policy in policies.versions],
        "settings": show_settings(settings),
    }


def show_version(policy: PublishedPolicy) -> VersionAnswer:
    return without_nothing(
        VersionAnswer,
        {
            "policy_version": policy.version,
            "effective_from": timestamp(policy.effective_from),
            "also_for_events_from": timestamp_if_any(policy.also_for_events_from),
            "clauses": CLAUSES,
            "classes": [_class(policy, failure) for failure in policy.classes],
            "rules": [
                {"rule": kind, "clause": answer.clause, "words": answer.words}
                for kind, answer in policy.answers.items()
            ],
            "money_moves": [
                {"move": move, "clause": said.clause, "words": said.words}
                for move, said in policy.money_moves.items()
            ],
            "windows": [_window(policy, name) for name in WINDOWS],
            "review_business_days": policy.review_business_days,
            "paid_within_business_days": policy.paid_within_business_days,
            "reasons": policy.reasons,
            "switches": [_switch(name, getattr(policy, name)) for name in SWITCHES],
        },
    )


def _class(policy: PublishedPolicy, failure: FailureClass) -> ClassAnswer:
    rule = policy.classes[failure]
    return {
        "failure_class": failure,
        "codes": [code for code, of in policy.failure_codes.items() if of is failure],
        "outcome": rule.outcome,
        "clause": rule.clause,
        "words": rule.words,
        "reason": rule.reason,
    }


def _window(policy: PublishedPolicy, name: str) -> WindowAnswer:
    seconds = int(getattr(policy, name).total_seconds())
    return {"name": name, "seconds": seconds, "reason": policy.reasons[name]}


def _switch(name: str, setting: Setting[Any]) -> SwitchAnswer:
    return {"name": name, "value": setting.value, "reason": setting.reason}


def show_settings(settings: StudioSettings) -> SettingsAnswer:
    return without_nothing(
        SettingsAnswer,
        {
            "time_zone": settings.time_zone,
            "holidays": [day.isoformat() for day in settings.holidays],
            "capabilities": sorted({probe.capability for probe in settings.probes}),
            "has_reference": settings.reference_url is not None,
            "asks_for_job_status": settings.job_status_url is not None,
            "automatic_duplicates": settings.automatic_duplicates,
            "outage_notice": settings.outage_notice,
            "second_reviewer_above_minor": settings.second_reviewer_above_minor,
            "payouts_per_hour": settings.payouts_per_hour,
            "payouts_per_hour_minor": settings.payouts_per_hour_minor,
            "loaded_at": timestamp_if_any(settings.loaded_at),
        },
    )
