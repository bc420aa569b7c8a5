"""What all rows of the catalogue have, and what is hidden in what was sent."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from makegood.events.identifiers import is_identifier

HIDDEN_LENGTH_MIN = 5
"""What is shorter may stand in any sentence by chance."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One bad input: its number in the list, what is sent, and what it is answered."""

    number: str
    what: str
    answer: str = field(default="", compare=False)
    shown_by: str = ""
    """The test that sends it, with its module."""

    def __str__(self) -> str:
        return f"{self.number} {self.what}"


def texts_in(value: Any) -> set[str]:
    """All that somebody has written: names, texts, numbers; of what is no JSON, its words."""
    return {text for text in _texts(value) if len(text) >= HIDDEN_LENGTH_MIN}


def names_in(value: Any) -> set[str]:
    """The names of fields alone: where they are ours, every refusal may say them."""
    if isinstance(value, Mapping):
        return set(value).union(*map(names_in, value.values()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


def without_ids(texts: set[str]) -> set[str]:
    """An id of the right form may stand in a log line: it harms nobody."""
    return {text for text in texts if not is_identifier(text)}


def sent_in(event: Mapping[str, Any]) -> set[str]:
    """What a request brings along: its path, query, headers and body."""
    body = event.get("body") or ""
    with suppress(ValueError):
        body = base64.b64decode(body).decode() if event.get("isBase64Encoded") else body
    brought = [event.get(name) for name in ("rawPath", "rawQueryString", "headers")]
    return texts_in([*brought, event.get("pathParameters"), body])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
        yield from _inside(value)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _inside(text: str) -> Iterator[str]:
    try:
        inner = json.loads(text) if text[:1] in '{["' else text
    except (ValueError, RecursionError):
        inner = text
    if isinstance(inner, str):
        yield from re.findall(r"[^\s\"{}\[\]:,]+", inner[:10_000])
    else:
        yield from _texts(inner)


def log_lines(output: str) -> list[dict[str, Any]]:
    """What was logged, metrics left out. Every line is JSON, whatever was sent."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if "_aws" not in line]
