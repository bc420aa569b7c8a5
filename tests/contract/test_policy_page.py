"""docs/policy.md names, for every clause and every settled decision, rules and tests that exist."""

import ast
import importlib
import re
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from makegood.domain.payout import REFUNDABLE_FOR
from makegood.policy.published import FailureClass, Setting
from makegood.policy.versions import PRESETS, PUBLISHED, VERSIONS
from makegood.policy.versions.clauses import CLAUSES
from tests.template import ROOT

PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
DECISIONS = [str(number) for number in range(1, 12)]

_RULE = re.compile(r"`([a-z]\w*(?:\.\w+)+)`")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def section(title: str) -> str:
    _, found, rest = PAGE.partition(f"\n## {title}\n")
    assert found, f"the page has no section {title}"
    return rest.partition("\n## ")[0]


def rows(title: str) -> dict[str, list[str]]:
    """The cells of a section's table, by the first one of each row."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert len({cell[0] for cell in cells}) == len(cells), "a row is there twice"
    return {first: rest for first, *rest in cells}


TABLES = {"Clause by clause": list(CLAUSES), "What the text leaves open": DECISIONS}
ROWS = [
    pytest.param(cells, id=f"{title}, {first}")
    for title in TABLES
    for first, cells in rows(title).items()
]


@pytest.mark.parametrize(("title", "expected"), TABLES.items())
def test_no_clause_and_no_decision_is_missing(title: str, expected: list[str]) -> None:
    assert list(rows(title)) == expected


@pytest.mark.parametrize("cells", ROWS)
def test_each_is_carried_out_by_rules_that_exist(cells: list[str]) -> None:
    _, rules, _ = cells
    names = _RULE.findall(rules)
    assert names
    assert _RULE.sub("", rules).strip(" ,") == "", "something in the cell is no name of a rule"
    for name in names:
        assert callable(named(name)), name


@pytest.mark.parametrize("cells", ROWS)
def test_each_is_held_by_tests_that_exist(cells: list[str]) -> None:
    _, _, tests = cells
    found = _TEST.findall(tests)
    assert found
    assert _TEST.sub("", tests).strip(" ,") == "", "something in the cell is no name of a test"
    for file, name in found:
        assert name in _tests_of(file), f"{file} has no {name}"


def test_every_class_of_failure_is_listed_with_what_it_leads_to() -> None:
    listed = rows("Failure classes")
    policy = PUBLISHED.versions[-1]
    assert set(listed) == {failure.value for failure in FailureClass}
    for failure, (outcome, clause, _) in listed.items():
        rule = policy.classes[FailureClass(failure)]
        assert (outcome, clause) == (rule.outcome.value, rule.clause)


def test_every_rule_for_requests_is_listed_with_its_clause() -> None:
    listed = {kind: clause for kind, (_, clause, *_) in rows("Requests").items()}
    policy = PUBLISHED.versions[-1]
    assert listed == {kind.value: answer.clause for kind, answer in policy.answers.items()}


def test_every_move_of_money_is_listed_with_its_clause() -> None:
    listed = {move: clause for move, (clause, *_) in rows("Money at Paddle").items()}
    policy = PUBLISHED.versions[-1]
    assert listed == {move.value: said.clause for move, said in policy.money_moves.items()}


def test_the_numbers_about_money_are_those_of_the_policy() -> None:
    policy = PUBLISHED.versions[-1]
    page = section("Money at Paddle")
    assert f"{policy.paid_within_business_days} business days after" in page
    for name, days in (("card", 120), ("PayPal", 179)):
        assert f"by {name} for {days}" in page
        assert REFUNDABLE_FOR[name.lower()] == timedelta(days=days)
    for name in ("freezes", "payouts_per_hour", "payouts_per_hour_minor"):
        assert f"`{name}`" in page
        assert isinstance(getattr(policy, name), Setting)


def test_every_preset_is_described() -> None:
    assert set(rows("Presets")) == {f"`{name}`" for name in PRESETS}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_named(version: str) -> None:
    assert version in PAGE


def named(name: str) -> Any:
    """What a name below `makegood` stands for: a function, a class, or a method of one."""
    steps = name.split(".")
    for end in range(len(steps) - 1, 0, -1):
        module = ".".join(["makegood", *steps[:end]])
        try:
            found: Any = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        for step in steps[end:]:
            found = getattr(found, step, None)
        return found
    return None


@cache
def _tests_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
