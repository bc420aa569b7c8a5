"""The refund policy as published on 2025-02-24. docs/policy.md says what each clause means."""

from datetime import UTC, datetime, timedelta

from makegood.policy.published import ClassRule, FailureClass, Outcome, PublishedPolicy

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
            Outcome.REFUND, "2(a)", "The generation failed for a technical reason on our side."
        ),
        FailureClass.UPSTREAM: ClassRule(
            Outcome.REFUND, "2(a)", "The AI provider behind the generation failed."
        ),
        FailureClass.TIMEOUT: ClassRule(
            Outcome.REFUND, "2(a)", "The generation did not finish in time."
        ),
        FailureClass.LOST: ClassRule(
            Outcome.REFUND, "2(a)", "The generation never reported back, so it counts as failed."
        ),
        # Services differ here: some bill what their filter blocks, some do not. This one does.
        FailureClass.MODERATION: ClassRule(
            Outcome.DENY,
            "1",
            "The content was blocked by the safety rules, which is not a technical failure.",
        ),
        FailureClass.USER_INPUT: ClassRule(
            Outcome.DENY,
            "1",
            "The input could not be processed, which is not a technical failure.",
        ),
        FailureClass.CANCELLED_BEFORE: ClassRule(
            Outcome.REFUND, "2(a)", "The generation was cancelled before any work began."
        ),
        FailureClass.CANCELLED_AFTER: ClassRule(
            Outcome.DENY, "1", "The generation was cancelled by you after the work had begun."
        ),
        FailureClass.UNKNOWN: ClassRule(
            Outcome.REVIEW,
            "2(a)",
            "A person is looking at this failure. The credits are back within 24 hours "
            "unless that finds it was not a technical one.",
        ),
    },
    refund_within=timedelta(hours=24),
    expected_by_default=timedelta(hours=1),
    part_words="{missing} of {ordered} outputs were not delivered.",
    part_clause="2(a)",
)
