"""Words that a body or a query may hold: all of an enumeration, or some, and nothing else."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar

from pydantic_core import PydanticCustomError

from makegood.errors import RejectedInputError

E = TypeVar("E", bound=StrEnum)


def schema_of(words: Iterable[StrEnum]) -> dict[str, Any]:
    return {"type": "string", "enum": [word.value for word in words]}


def in_body(words: Iterable[E]) -> Callable[[object], E]:
    known = {word.value: word for word in words}

    def read(value: object) -> E:
        if not isinstance(value, str) or value not in known:
            expected = {"words": ", ".join(known)}
            raise PydanticCustomError("word", "expected one of {words}", expected)
        return known[value]

    return read


def in_query(name: str, words: Iterable[E]) -> Callable[[str], E]:
    known = {word.value: word for word in words}

    def read(text: str) -> E:
        if text not in known:
            raise RejectedInputError(f"{name}: expected one of {', '.join(known)}")
        return known[text]

    return read
