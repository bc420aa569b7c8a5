"""`python -m makegood.tools.explain`: what the policy would say to some facts. Nothing is kept.

    python -m makegood.tools.explain job --ending failed --failure-code provider_503 --credits 10
    python -m makegood.tools.explain request --category service_unavailable \\
        --paid-minor 1000 --granted 100 --unused 40 --outage-seconds 262800
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from makegood.api.explain_answers import ExplainAnswer
from makegood.api.policy_questions import ExplainBody
from makegood.api.policy_rules import explained
from makegood.api.requests import read_fields
from makegood.domain.business_days import Calendar
from makegood.domain.money import Money, format_money
from makegood.errors import RejectedInputError
from makegood.ledger.audit.shown import Parser
from makegood.policy.versions import PUBLISHED
from makegood.tools.terminal import complain, say, say_json

_WORDS = {"yes": True, "no": False}


def main(arguments: Sequence[str] | None = None, *, now: datetime | None = None) -> int:
    """Returns 0 with an answer, 2 if the question cannot be understood."""
    options = vars(_parser().parse_args(arguments))
    try:
        calendar = Calendar(
            ZoneInfo(options.pop("time_zone")),
            frozenset(date.fromisoformat(day) for day in options.pop("holiday")),
        )
        fields = {name: _value(name, value) for name, value in options.items() if value is not None}
        body = read_fields(ExplainBody, fields)
    except (RejectedInputError, ValueError, OSError, KeyError) as error:
        complain(f"cannot be understood: {error}")
        return 2
    answer = explained(body, PUBLISHED, calendar, now=now or datetime.now(UTC))
    say_json(answer)
    say(sentence(answer))
    return 0


def _parser() -> argparse.ArgumentParser:
    """A flag for each field of the body that the API takes."""
    parser = Parser(
        prog="makegood.tools.explain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("kind", choices=["job", "request"])
    for name, schema in _fields().items():
        hint = " or ".join(_types(schema)) if name not in _switches() else "yes or no"
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help=hint)
    parser.add_argument("--time-zone", default="UTC", help="of the studio, for business days")
    parser.add_argument("--holiday", action="append", default=[], help="a day off, YYYY-MM-DD")
    return parser


def _fields() -> dict[str, Any]:
    properties: dict[str, Any] = ExplainBody.model_json_schema()["properties"]
    return {name: schema for name, schema in properties.items() if name != "kind"}


def _types(schema: dict[str, Any]) -> list[str]:
    kinds = [kind.get("type", "word") for kind in schema.get("anyOf", [schema])]
    return [kind for kind in kinds if kind != "null"]


def _switches() -> set[str]:
    return {name for name, schema in _fields().items() if "boolean" in _types(schema)}


def _value(name: str, text: str) -> Any:
    """As the API would be sent it. What does not fit is left to the body's own rules."""
    if name in _switches():
        return _WORDS.get(text, text)
    is_number = name in _fields() and "integer" in _types(_fields()[name])
    return int(text) if is_number and text.isascii() and text.isdigit() else text


def sentence(answer: ExplainAnswer) -> str:
    """The answer as one reads it aloud."""
    by = f" by clause {answer['clause']}" if "clause" in answer else ""
    said = [f"{answer['outcome']}{by} of {answer['policy_version']}."]
    if "reason" in answer:
        said.append(answer["reason"])
    if answer.get("credits"):
        said.append(f"Credits: {answer['credits']:,}.")
    if "money" in answer:
        money = Money(answer["money"]["amount"], answer["money"]["currency"])
        said.append(f"At most {format_money(money)}.")
    if "due_at" in answer:
        said.append(f"Due {answer['due_at']}.")
    return " ".join(said)


if __name__ == "__main__":
    sys.exit(main())
