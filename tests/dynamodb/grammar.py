"""What condition and update expressions have in common: words, paths, placeholders."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path as File
from typing import Any

from makegood.ledger.attributes import Attribute, Item
from tests.dynamodb.paths import Path, found
from tests.dynamodb.refusals import Refused, invalid
from tests.dynamodb.values import measured

EXPRESSION_BYTES_MAX = 4096

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),.\[\]+-]|[#:]?[A-Za-z0-9_]+|\S)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+").fullmatch
_PLACEHOLDER = re.compile(r"[#:][A-Za-z0-9_]+").fullmatch
_KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request's placeholders stand for."""

    names: Mapping[str, str]
    values: Mapping[str, Attribute]


NOTHING = Scope({}, {})


def scope_of(request: Mapping[str, Any], used: frozenset[str]) -> Scope:
    """The placeholders that a request defines, which must be those that its expressions use."""
    names = request.get("ExpressionAttributeNames")
    values = request.get("ExpressionAttributeValues")
    if names is None and values is None and not used:
        return NOTHING
    if names == {} or values == {}:
        raise invalid("ExpressionAttributeNames and ExpressionAttributeValues must not be empty")
    scope = Scope(names or {}, measured(values or {})[0])
    defined = scope.names.keys() | scope.values.keys()
    if defined != used:
        raise invalid(f"placeholders undefined or unused: {sorted(defined ^ used)}")
    return scope


@dataclass(frozen=True, slots=True)
class PathOperand:
    """Its names may be placeholders. `first` is set where it is one name, as most are."""

    steps: Path
    first: str | None

    def path(self, scope: Scope) -> Path:
        return tuple(
            scope.names[step] if isinstance(step, str) and step.startswith("#") else step
            for step in self.steps
        )

    def of(self, item: Item, scope: Scope) -> Attribute | None:
        return item.get(self.first) if self.first else found(item, self.path(scope))


@dataclass(frozen=True, slots=True)
class ValueOperand:
    placeholder: str

    def of(self, _: Item, scope: Scope) -> Attribute | None:
        return scope.values[self.placeholder]


@cache
def reserved_words() -> frozenset[str]:
    """AWS's list, of which moto keeps a copy; importing moto for it would take a second."""
    package = find_spec("moto")
    assert package is not None
    assert package.submodule_search_locations is not None
    folder = File(package.submodule_search_locations[0])
    text = (folder / "dynamodb" / "parsing" / "reserved_keywords.txt").read_text("utf-8")
    return frozenset(text.upper().split())


class Reader:
    """An expression, word by word. `used` are the placeholders met so far, `roots` the names that
    paths began with."""

    def __init__(self, text: Any, kind: str) -> None:
        if not isinstance(text, str) or not text.strip():
            raise invalid(f"Invalid {kind}: The expression can not be empty")
        if len(text.encode()) > EXPRESSION_BYTES_MAX:
            raise invalid(f"Invalid {kind}: Expression size has exceeded the maximum allowed size")
        self._kind = kind
        self._words = _TOKEN.findall(text)
        self._place = 0
        self.used: set[str] = set()
        self.roots: set[str] = set()

    def next(self, ahead: int = 0) -> str:
        """The word that comes, or nothing at the end. It is not taken."""
        place = self._place + ahead
        return self._words[place] if place < len(self._words) else ""

    def keyword(self) -> str:
        return self.next().upper()

    def take(self, *expected: str) -> str:
        word = self.next()
        if not word or (expected and word.upper() not in expected):
            raise self.wrong()
        self._place += 1
        return word

    def took(self, word: str) -> bool:
        """Whether this word came; if so, it is taken."""
        if self.keyword() != word:
            return False
        self._place += 1
        return True

    def end(self) -> None:
        if self.next():
            raise self.wrong()

    def wrong(self, why: str = "Syntax error") -> Refused:
        return invalid(f"Invalid {self._kind}: {why}; token: {self.next() or '<EOF>'}")

    def path(self) -> PathOperand:
        steps: list[str | int] = [self._name()]
        while self.next() in (".", "["):
            if self.take() == ".":
                steps.append(self._name())
            else:
                number = self.take()
                if not number.isdecimal():
                    raise self.wrong()
                steps.append(int(number))
                self.take("]")
        first = str(steps[0])
        self.roots.add(first)
        return PathOperand(
            tuple(steps), first if len(steps) == 1 and not first.startswith("#") else None
        )

    def value(self) -> ValueOperand:
        word = self.take()
        if not word.startswith(":") or not _PLACEHOLDER(word):
            raise self.wrong()
        self.used.add(word)
        return ValueOperand(word)

    def path_or_value(self) -> PathOperand | ValueOperand:
        return self.value() if self.next().startswith(":") else self.path()

    def is_doubly_bracketed(self) -> bool:
        """Whether what comes is a bracket with nothing in it but another one: `((a = :a))`."""
        if self.next() != "(" or self.next(1) != "(":
            return False
        depth = 0
        for ahead in range(1, len(self._words) - self._place):
            depth += {"(": 1, ")": -1}.get(self.next(ahead), 0)
            if depth == 0:
                return self.next(ahead + 1) == ")"
        return False

    def _name(self) -> str:
        word = self.take()
        if word.startswith("#") and _PLACEHOLDER(word):
            self.used.add(word)
        elif not _NAME(word) or word.upper() in _KEYWORDS:
            raise self.wrong()
        elif word.upper() in reserved_words():
            raise self.wrong(f"Attribute name is a reserved keyword; reserved keyword: {word}")
        return word
