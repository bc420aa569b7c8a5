"""The stub understands what the two solutions say to DynamoDB, and nothing else."""

import pytest

from bench.stub.expressions import ExpressionError, condition, updated

NAMES = {"#status": "status"}
VALUES = {":seen": {"N": "7"}, ":charged": {"S": "charged"}}


@pytest.mark.parametrize(
    ("text", "item", "meets"),
    [
        ("attribute_not_exists(pk)", {}, True),
        ("attribute_not_exists(pk)", {"pk": {"S": "x"}}, False),
        ("attribute_exists(pk)", {"pk": {"S": "x"}}, True),
        ("v = :seen", {"v": {"N": "7"}}, True),
        ("v = :seen", {"v": {"N": "8"}}, False),
        ("v = :seen", {}, False),
        ("v < :seen", {"v": {"N": "10"}}, False),
        ("v < :seen", {"v": {"N": "6"}}, True),
        ("#status = :charged", {"status": {"S": "charged"}}, True),
        ("NOT #status = :charged", {"status": {"S": "charged"}}, False),
        ("attribute_not_exists(pk) OR v < :seen", {"pk": {"S": "x"}, "v": {"N": "6"}}, True),
        (
            "attribute_not_exists(pk) OR (#status = :charged AND v < :seen)",
            {"pk": {"S": "x"}, "status": {"S": "charged"}, "v": {"N": "9"}},
            False,
        ),
    ],
)
def test_a_condition_is_met_or_not(text: str, item: dict[str, object], meets: bool) -> None:
    assert condition(text)(item, NAMES, VALUES) is meets


@pytest.mark.parametrize(
    "text", ["", "v", "v = ", "contains(pk, :seen)", "(v = :seen", "v = :seen AND", "v ! :seen"]
)
def test_other_conditions_are_refused(text: str) -> None:
    with pytest.raises((ExpressionError, KeyError)):
        condition(text)({}, NAMES, VALUES)


def test_an_update_sets_and_adds() -> None:
    before = {"id": {"S": "a"}, "balance": {"N": "5"}}
    values = {":credits": {"N": "7"}, ":now": {"S": "today"}}

    after = updated(before, "ADD balance :credits SET #status = :now, at = :now", NAMES, values)

    assert after == before | {
        "balance": {"N": "12"},
        "status": {"S": "today"},
        "at": {"S": "today"},
    }
    assert updated({}, "ADD balance :credits", {}, values) == {"balance": {"N": "7"}}


def test_another_update_is_refused() -> None:
    with pytest.raises(ExpressionError):
        updated({}, "REMOVE balance", {}, {})
