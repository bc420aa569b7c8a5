"""How a mistake gets into the product: its functions are replaced, its facts hidden."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

import makegood
from makegood.aws import Caller
from makegood.domain.account import Account
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.ledger.table import Fate, Put, Table
from tests.simulation.lambdas import modules

Patch = pytest.MonkeyPatch
Mistake = Callable[[Patch], None]


@cache
def all_modules() -> Sequence[ModuleType]:
    """All of the product's. One that is read while a mistake is planted would keep it."""
    found = pkgutil.walk_packages(makegood.__path__, "makegood.")
    names = [one.name for one in found if not one.name.endswith("__main__")]
    return [*map(import_module, names), *modules().values()]


def everywhere(patch: Patch, function: Callable[..., Any], instead: Callable[..., Any]) -> None:
    """In each module that has it, whatever it is called there."""
    for module in all_modules():
        for name, value in list(vars(module).items()):
            if value is function:
                patch.setattr(module, name, instead)


class _Blind:
    """Facts in which one thing is overlooked."""

    def __init__(self, facts: Facts, overlook: Callable[[Any], Any]) -> None:
        self._facts, self._overlook = facts, overlook

    def get(self, key: Key[Any]) -> Any:
        return self._overlook(self._facts.get(key))

    def get_all(self, keys: Sequence[Key[Any]]) -> list[Any]:
        return [self._overlook(one) for one in self._facts.get_all(keys)]

    def account(self, account_id: str, **more: Any) -> Account:
        return self._facts.account(account_id, **more)


def overlooking(decision: Decide[Any], overlook: Callable[[Any], Any]) -> Decide[Any]:
    def decide(facts: Facts) -> Plan[Any]:
        blind: Any = _Blind(facts, overlook)
        return decision(blind)

    return decide


def overlooked(
    patch: Patch, decision: Callable[..., Decide[Any]], overlook: Callable[[Any], Any]
) -> None:
    """Whoever decides in this way overlooks something of what was stored."""

    def blind(*given: Any, **more: Any) -> Decide[Any]:
        return overlooking(decision(*given, **more), overlook)

    everywhere(patch, decision, blind)


def writing(patch: Patch, change: Callable[[list[Put]], list[Put]]) -> None:
    """All transactions are changed on their way to DynamoDB. One of nothing is not sent."""
    write = Table.write

    def changed(self: Table, puts: Sequence[Put]) -> Fate:
        fate = write(self, change([*puts]))
        # Which put cancelled it can no longer be told where some are missing.
        return Fate(fate.written)

    patch.setattr(Table, "write", changed)


def without_condition(put: Put) -> Put:
    return {"Item": put["Item"]}


def place(put: Put) -> tuple[str, str]:
    item = put["Item"]
    return item["pk"]["S"], item["sk"]["S"]


def is_entry(put: Put) -> bool:
    return place(put)[1].startswith("ENTRY#")


def is_snapshot(put: Put) -> bool:
    return place(put)[1] == "SNAPSHOT"


def is_a(put: Put, sk: str) -> bool:
    """Records of a kind, by the sort key that those of the kind have."""
    return place(put)[1] == sk


def calling(
    patch: Patch,
    operation: str,
    ask: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda request: request,
    read: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer,
) -> None:
    """Calls of one operation of AWS are asked, and their answers read, in another way."""
    call = Caller.call

    def changed(self: Caller, named: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if named != operation:
            return call(self, named, request)
        return read(call(self, named, ask(request)))

    patch.setattr(Caller, "call", changed)
