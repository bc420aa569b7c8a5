"""The refund policy as published on 2025-02-24. docs/policy.md says what each clause means."""

from datetime import UTC, datetime, timedelta

from makegood.domain.studio import OutageNotice
from makegood.policy.published import (
    AnswerKind,
    ClassRule,
    ClauseWords,
    FailureClass,
    Outcome,
    PublishedPolicy,
    Setting,
)
from makegood.policy.versions.amounts import ABOUT_200_USD
from makegood.policy.versions.money_moves import MONEY_MOVES

POLICY = PublishedPolicy(
    version="2025-02-24",
    effective_from=datetime(2025, 2, 24, tzinfo=UTC),
    failure_codes={
        # The platform's own faults.
        "internal_*": FailureClass.TECHNICAL,
        "render_*": FailureClass.TECHNICAL,
        "storage_*": FailureClass.TECHNICAL,
        "worker_*": FailureClass.TECHNICAL,
        "out_of_memory": FailureClass.TECHNICAL,
        "empty_output": FailureClass.TECHNICAL,
        "corrupt_output": FailureClass.TECHNICAL,
        # The AI infrastructure behind it. Its limits are the studio's to plan for: a 429 of the
        # provider is no fault of the customer, a 400 may be anybody's and is looked at.
        "provider_5*": FailureClass.UPSTREAM,
        "provider_429": FailureClass.UPSTREAM,
        "provider_error": FailureClass.UPSTREAM,
        "provider_unavailable": FailureClass.UPSTREAM,
        "provider_overloaded": FailureClass.UPSTREAM,
        "provider_timeout": FailureClass.TIMEOUT,
        "timeout": FailureClass.TIMEOUT,
        "timeout_*": FailureClass.TIMEOUT,
        "deadline_exceeded": FailureClass.TIMEOUT,
        "lost": FailureClass.LOST,
        # Blocked content, before or after the work.
        "moderation": FailureClass.MODERATION,
        "moderation_*": FailureClass.MODERATION,
        "content_policy": FailureClass.MODERATION,
        "content_policy_*": FailureClass.MODERATION,
        "safety_*": FailureClass.MODERATION,
        # What the customer handed in could not be used.
        "invalid_input": FailureClass.USER_INPUT,
        "invalid_input_*": FailureClass.USER_INPUT,
        "user_input": FailureClass.USER_INPUT,
        "user_input_*": FailureClass.USER_INPUT,
        "unsupported_format": FailureClass.USER_INPUT,
    },
    classes={
        FailureClass.TECHNICAL: ClassRule(
            Outcome.REFUND,
            "2(a)",
            "The generation failed for a technical reason on our side.",
            "A confirmed fault of the platform: the clause's own case.",
        ),
        FailureClass.UPSTREAM: ClassRule(
            Outcome.REFUND,
            "2(a)",
            "The AI provider behind the generation failed.",
            "The clause names the AI infrastructure too: customers bought a video, not its makers.",
        ),
        FailureClass.TIMEOUT: ClassRule(
            Outcome.REFUND,
            "2(a)",
            "The generation did not finish in time.",
            "Whoever waited in vain got nothing, whatever the reason was.",
        ),
        FailureClass.LOST: ClassRule(
            Outcome.REFUND,
            "2(a)",
            "The generation never reported back, so it counts as failed.",
            "Detection is automatic (clause 4), also where nobody reported anything.",
        ),
        FailureClass.MODERATION: ClassRule(
            Outcome.DENY,
            "1",
            "The content was blocked by the safety rules, which is not a technical failure.",
            "Some services bill what their filter blocks, some do not. The work was done and paid"
            " for, and free attempts would invite more of them. The generous preset refunds it.",
        ),
        FailureClass.USER_INPUT: ClassRule(
            Outcome.DENY,
            "1",
            "The input could not be processed, which is not a technical failure.",
            "What is handed in is the customer's own. Some services check it before they charge.",
        ),
        FailureClass.CANCELLED_BEFORE: ClassRule(
            Outcome.REFUND,
            "2(a)",
            "The generation was cancelled before any work began.",
            "Nothing was made and nothing was spent on it.",
        ),
        FailureClass.CANCELLED_AFTER: ClassRule(
            Outcome.DENY,
            "1",
            "The generation was cancelled by you after the work had begun.",
            "The provider bills begun work. Some services give back the part that was not done.",
        ),
        FailureClass.UNKNOWN: ClassRule(
            Outcome.REVIEW,
            "2(a)",
            "A person is looking at this failure. The credits are back within 24 hours "
            "unless that finds it was not a technical one.",
            "A new code may mean anything. In doubt the promise of the clause stands.",
        ),
    },
    refund_within=timedelta(hours=24),
    expected_by_default=timedelta(hours=1),
    part_words="{missing} of {ordered} outputs were not delivered.",
    part_clause="2(a)",
    in_doubt_words="Nobody could say in time why the generation failed, so its credits are back.",
    decide_unknown_before=timedelta(hours=4),
    lost_after=timedelta(hours=2),
    lost_at_latest=timedelta(hours=20),
    duplicate_within=timedelta(minutes=15),
    outage_longer_than=timedelta(hours=72),
    review_business_days=5,
    automatic_duplicates=Setting(
        False, "Two packs bought on purpose exist: a person looks before money goes back."
    ),
    outage_notice=Setting(
        OutageNotice.TOLD, "Who is concerned should know of the right, and may still want to stay."
    ),
    second_reviewer_above_minor=Setting(
        ABOUT_200_USD, "A mistake in a large refund is dear: two people look at it."
    ),
    second_reviewer_above_credits=Setting(
        20_000, "Credits are worth money too, and this is far above what one generation takes."
    ),
    paid_within_business_days=10,
    freezes=Setting(
        ("chargeback", "chargeback_warning"),
        "A disputed card may have paid for more than one purchase: nothing is spent until a person"
        " has looked.",
    ),
    payouts_per_hour=Setting(
        50, "A studio pays back a few purchases a day. More at once is an outage, or a mistake."
    ),
    payouts_per_hour_minor=Setting(
        {currency: 10 * amount for currency, amount in ABOUT_200_USD.items()},
        "A mistake that pays by itself costs no more than this before somebody sees it.",
    ),
    money_moves=MONEY_MOVES,
    reasons={
        "refund_within": "Clause 2(a) promises 24 hours.",
        "expected_by_default": "Longer than any generation takes, for jobs that do not say.",
        "decide_unknown_before": "Leaves 20 hours to look, and 4 for a run that fails.",
        "lost_after": "Reports are seldom later than an hour; the promise has 22 hours to spare.",
        "lost_at_latest": "Whoever still works may finish, as long as the promise can be kept.",
        "duplicate_within": "Whoever pays twice by mistake does so at once, or on trying again.",
        "outage_longer_than": "Clause 2(d) says more than 72 consecutive hours.",
        "review_business_days": "Clause 5 promises 5 business days.",
        "paid_within_business_days": "Clause 6 says 5 to 10 business days, typically.",
    },
    answers={
        AnswerKind.NO_EXCEPTION: ClauseWords(
            "1",
            "Bought credits are not refundable, and they never expire."
            " None of the exceptions of the policy fits what was asked.",
        ),
        AnswerKind.TECHNICAL_REPORT: ClauseWords(
            "2(a)",
            "Credits of a failed generation come back by themselves within 24 hours."
            " A person looks at whether one was missed.",
        ),
        AnswerKind.DUPLICATE_FOUND: ClauseWords(
            "2(b)",
            "A second payment for the same credits was found shortly after the first."
            " A person looks at it before money is paid back.",
        ),
        AnswerKind.DUPLICATE_AUTOMATIC: ClauseWords(
            "2(b)",
            "The same order was paid twice and nothing of the second payment was used,"
            " so it is paid back.",
        ),
        AnswerKind.DUPLICATE_NOT_FOUND: ClauseWords(
            "2(b)",
            "No other payment for the same credits was found close to this one."
            " A person looks at it.",
        ),
        AnswerKind.UNAUTHORISED: ClauseWords(
            "2(c)",
            "A purchase that was not authorised is looked at by a person first of all."
            " As soon as it is known which one it is, its unused credits are held.",
        ),
        AnswerKind.OUTAGE_LONG_ENOUGH: ClauseWords(
            "2(d)",
            "The service was completely unavailable for more than 72 hours in a row after the"
            " purchase, so the unused part of it can be paid back.",
        ),
        AnswerKind.OUTAGE_TOO_SHORT: ClauseWords(
            "2(d)",
            "The service was not completely unavailable for more than 72 hours in a row after"
            " this purchase.",
        ),
        AnswerKind.ALREADY_USED: ClauseWords(
            "3(a)",
            "The credits of this purchase have been used, and used credits are not refundable.",
        ),
        AnswerKind.ALREADY_PAID_BACK: ClauseWords(
            "6",
            "Money for this purchase has gone back already, and nothing else of it is left to be"
            " paid back.",
        ),
        AnswerKind.ACCOUNT_CLOSED: ClauseWords(
            "3(b)", "Credits left in an account that its owner closed are not refundable."
        ),
        AnswerKind.DISLIKED: ClauseWords(
            "3(c)",
            "What AI makes varies, so not liking its content, style or quality is no reason for"
            " a refund.",
        ),
        AnswerKind.NOT_USED: ClauseWords(
            "3(d)", "Credits never expire, so not having used them is no reason for a refund."
        ),
        AnswerKind.NOT_MATCHED: ClauseWords(
            "5",
            "No purchase of this account fits the e-mail address, date, amount and currency."
            " A person looks at it.",
        ),
        AnswerKind.MATCHED_SEVERAL: ClauseWords(
            "5",
            "Several purchases of this account fit the date, amount and currency."
            " A person looks at which one is meant.",
        ),
    },
)
