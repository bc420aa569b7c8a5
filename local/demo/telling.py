"""How the stories are told: headings, lines, and what the API answers in plain words."""

import textwrap
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

WIDTH = 100
# ISO 4217: how many digits of an amount are cents, where it is not two.
DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0}


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def say(text: str) -> None:
    print(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  "))


def answer(text: str) -> None:
    print(textwrap.fill(text, WIDTH, initial_indent="      → ", subsequent_indent="        "))


def say_decision(case: Any) -> None:
    """What the policy says about a case, and why."""
    said = case["decision"]
    answer(f"{case['category']}: {case['status']}, {said['outcome']} by clause {said['clause']}")
    answer(said["reason"])


def say_money(case: Any) -> None:
    about = f"about {money(case['money'])}, " if "money" in case else ""
    answer(
        f"{about}{case['held']:,} credits held; to be decided by {clock(moment(case['due_at']))}"
    )


def money(amount: Any) -> str:
    """`amount` is in the minor unit, as everywhere in the API."""
    digits = DIGITS.get(amount["currency"], 2)
    return f"{Decimal(amount['amount']).scaleb(-digits):,} {amount['currency']}"


def refused(told: Any) -> str:
    """A problem that the API answered with."""
    return f"{told.status} {told.body.get('title')}: {told.body.get('detail')}"


def moment(text: str) -> datetime:
    """To the second, which is as fine as schedules are."""
    return datetime.fromisoformat(text).replace(microsecond=0)


def clock(at: datetime) -> str:
    """For people."""
    return f"{at:%a %d %b %Y, %H:%M:%S} UTC"


def written(at: datetime) -> str:
    """As in requests and answers."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
