"""What is promised of everything that a parser let through."""

import json
import string
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from makegood.events.paddle import PaddleEvent
from makegood.paddle.envelope import CARD_FIELDS, METHOD
from tests.fuzzing.oracles import YEARS, is_id
from tests.fuzzing.outcomes import outcomes

AMOUNT_BELOW = 10**18
FREE_TEXT_MAX = 2_000
FREE_TEXT = {"message", "reason", "email"}
LETTERS = set(string.ascii_uppercase)


def keeps(value: object, name: str = "") -> None:
    """Every field has its form: what reads it later does not look again."""
    if value is None or type(value) is bool:
        return
    match value:
        case BaseModel():
            for field, one in value.__dict__.items():
                keeps(one, field)
        case tuple():
            for one in value:
                keeps(one, name)
        case int():
            assert -AMOUNT_BELOW < value < AMOUNT_BELOW, name
        case str():
            _keeps_text(value, name)
        case _:
            _keeps_other(value, name)


def _keeps_other(value: object, name: str) -> None:
    if isinstance(value, dict):
        assert json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8")) == value, name
    else:
        assert isinstance(value, datetime), name
        assert value.utcoffset() == timedelta(0), name
        assert value.year in YEARS, name


def keeps_event(event: PaddleEvent) -> None:
    keeps(event.event_id, "event_id")
    keeps(event.event_type, "event_type")
    keeps(event.occurred_at, "occurred_at")
    if event.data is None:
        outcomes.accepted("event that is not read")
    else:
        keeps_model(event.data)


def keeps_model(model: BaseModel) -> None:
    outcomes.accepted(type(model).__name__)
    keeps(model)


def _keeps_text(text: str, name: str) -> None:
    if name in FREE_TEXT:
        text.encode("utf-8")
        assert len(text) <= FREE_TEXT_MAX, name
    elif name == "id" or name.endswith("_id") or name.startswith("event_"):
        assert is_id(text), name
    elif name == "currency_code":
        assert len(text) == 3, name
        assert set(text) <= LETTERS, name
    else:
        assert 0 < len(text) <= 128, name
        assert text.isascii(), name
        assert text.isprintable(), name
        assert text.strip() == text, name


def is_less_cards(kept: Any, given: Any) -> bool:
    """Of all that was given, only what a card is known by is missing."""
    if isinstance(given, dict):
        return (
            isinstance(kept, dict)
            and list(kept) == [key for key in given if key not in CARD_FIELDS]
            and all(
                _is_method(kept[key], given[key])
                if key == METHOD
                else is_less_cards(kept[key], given[key])
                for key in kept
            )
        )
    if isinstance(given, list):
        return (
            isinstance(kept, list)
            and len(kept) == len(given)
            and all(map(is_less_cards, kept, given))
        )
    return type(kept) is type(given) and bool(kept == given)


def _is_method(kept: Any, given: Any) -> bool:
    """Nothing, or the word of its kind."""
    if kept is None:
        return True
    return list(kept) == ["type"] and kept["type"] == given["type"] and len(kept["type"]) <= 64
