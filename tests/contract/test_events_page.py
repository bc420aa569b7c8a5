"""docs/events.md and docs/events.schema.json say of domain events what is really sent."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import (  # type: ignore[import-untyped]
    Draft202012Validator,
    FormatChecker,
    ValidationError,
)

from makegood.domain.account import AccountStatus
from makegood.domain.case import CaseEventKind, CaseOutcome, CaseStatus, Category
from makegood.domain.entry import EntryKind
from makegood.domain.payout import PayoutState
from makegood.effects.event_bus import SOURCE
from makegood.outbox import case_steps, movements
from makegood.outbox.change import Change
from makegood.outbox.effect import DomainEvent
from makegood.outbox.effects import effects_of
from tests.relays import CASE, FROZEN, PAYOUT, VERDICT, change, entry, gone
from tests.template import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "events.schema.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
TYPES = {
    *movements.ENTRY_EVENTS.values(),
    *movements.STATUS_EVENTS.values(),
    *case_steps.STEP_EVENTS.values(),
    movements.NEEDS_PERSON,
}
SPARE = replace(
    CASE,
    transaction_id=None,
    money=None,
    payout_id=None,
    adjustment_id=None,
    expected_by=None,
    request=None,
)


def changes() -> list[Change]:
    """Records of every kind, in every state, with and without all that they may lack."""
    found = [change(entry(kind)) for kind in EntryKind]
    bare = replace(entry().cause, clause=None, policy_version=None)
    full = replace(entry().cause, job_id="job_1", transaction_id="txn_1", case_id="case_1")
    found += [change(entry(cause=cause)) for cause in (bare, full)]
    found += [change(replace(FROZEN, status=status)) for status in AccountStatus]
    stuck = replace(PAYOUT, state=PayoutState.PERSON)
    found += [change(stuck), change(replace(stuck, why="unknown"), PAYOUT, version=2)]
    for case in (CASE, SPARE, replace(CASE, verdict=VERDICT, credits=7, job_id="job_1")):
        found += [change(gone(case, kind), case) for kind in CaseEventKind]
        found += [change(replace(case, category=category)) for category in Category]
        found += [
            change(replace(case, decision=replace(case.decision, outcome=outcome)))
            for outcome in CaseOutcome
        ]
    closed = CaseEventKind.CLOSED
    return found + [change(gone(CASE, closed, status=status), CASE) for status in CaseStatus]


EVENTS = [e for one in changes() for e in effects_of(one) if isinstance(e, DomainEvent)]


def delivered(event: DomainEvent) -> dict[str, Any]:
    """As EventBridge hands it on, as far as it is ours."""
    return {
        "source": SOURCE,
        "detail-type": event.type,
        "detail": json.loads(json.dumps(event.detail)),
    }


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=FormatChecker())


def strictly(kind: str) -> Draft202012Validator:
    """The schema of one type of detail, with nothing in it that is not described."""
    described = {"$ref": f"#/$defs/{kind}", "unevaluatedProperties": False}
    return validator({**described, "$defs": SCHEMA["$defs"]})


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_schema_page_and_software_know_the_same_types() -> None:
    table = PAGE.partition("| `detail-type` |")[2].partition("\n\n")[0]
    on_page = re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE)
    named = [one["properties"]["detail-type"]["const"] for one in SCHEMA["oneOf"]]

    assert on_page == named == SCHEMA["properties"]["detail-type"]["enum"]
    assert set(named) == TYPES == {event.type for event in EVENTS}


def test_every_event_that_is_sent_is_as_the_schema_says() -> None:
    for event in EVENTS:
        strictly(event.type).validate(delivered(event)["detail"])
    for event in {event.type: event for event in EVENTS}.values():
        validator(SCHEMA).validate(delivered(event))


def test_every_field_that_is_described_is_sent_and_what_is_required_always() -> None:
    for kind in TYPES:
        details = [event.detail for event in EVENTS if event.type == kind]
        described, required = fields_of(kind)
        seen = [set(detail) for detail in details]
        assert set.union(*seen) <= described
        assert set.intersection(*seen) >= required
    assert {name for kind in TYPES for name in fields_of(kind)[0]} == {
        name for event in EVENTS for name in event.detail
    }


def test_each_step_or_kind_is_described_under_the_type_that_it_is_told_by() -> None:
    table = PAGE.partition("| `detail-type` |")[2].partition("\n\n")[0]
    described = {
        row[0]: set(re.findall(r"`([a-z_]+)`", row[2]))
        for row in (line.strip("| ").split(" | ") for line in table.splitlines())
        if len(row) == 3
    }
    told: dict[str, set[object]] = {}
    for event in EVENTS:
        for name in ("kind", "step", "status"):
            if name in event.facts:
                told.setdefault(f"`{event.type}`", set()).add(event.facts[name])
                break
    assert {kind: words for kind, words in described.items() if kind in told} == told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("event_id", None),
        ("occurred_at", "yesterday"),
        ("credits", "40"),
        ("kind", "grant"),
        ("reason", None),
    ],
)
def test_the_schema_would_find_what_is_otherwise(name: str, value: object) -> None:
    (event,) = effects_of(change(entry()))
    assert isinstance(event, DomainEvent)
    told = delivered(event)
    told["detail"] = {**told["detail"], name: value}
    with pytest.raises(ValidationError):
        validator(SCHEMA).validate(told)


def test_the_examples_on_the_page_are_such_events() -> None:
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
    examples = [one for one in found if "detail" in one]
    assert len(examples) == 2
    for example in examples:
        validator(SCHEMA).validate(example)
        strictly(example["detail-type"]).validate(example["detail"])


def fields_of(kind: str) -> tuple[set[str], set[str]]:
    """All fields of a type's schema, and the required ones, with what it extends."""
    described: set[str] = set()
    required: set[str] = set()
    waiting: list[dict[str, Any]] = [SCHEMA["$defs"][kind]]
    while waiting:
        schema = waiting.pop()
        described |= set(schema.get("properties", {}))
        required |= set(schema.get("required", []))
        parts = [*schema.get("allOf", []), *([schema] if "$ref" in schema else [])]
        waiting += [SCHEMA["$defs"][part["$ref"].rpartition("/")[2]] for part in parts]
    return described, required
