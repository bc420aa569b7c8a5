"""The catalogue has all bad inputs, and each of its rows names a test that there is."""

import ast
from functools import cache
from pathlib import Path

from tests.inputs.catalogue import NUMBERS, ROWS

ROOT = Path(__file__).parents[2]


@cache
def functions_of(module: str) -> set[str]:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_it_has_exactly_the_140_inputs_of_the_list() -> None:
    assert len(NUMBERS) == 140
    assert {row.number for row in ROWS} == set(NUMBERS)


def test_no_two_rows_are_the_same() -> None:
    assert len({str(row) for row in ROWS}) == len(ROWS)


def test_a_row_says_what_is_answered_and_where_that_is_shown() -> None:
    for row in ROWS:
        module, _, test = row.shown_by.rpartition(".")
        assert row.what, row
        assert row.answer, row
        assert test in functions_of(module), row
