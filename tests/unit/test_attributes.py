"""Only what has a place in a ledger is stored, and it comes back as it went."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from makegood.ledger.attributes import from_attribute, from_item, to_attribute, to_item

names = st.text(min_size=1, max_size=8)
whole = st.integers(-(10**37), 10**37)
values = st.recursive(
    st.text() | whole,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_goes_in_comes_out(value: Any) -> None:
    assert from_attribute(to_attribute(value)) == value


@given(values)
def test_it_is_what_boto3_would_read(value: Any) -> None:
    assert TypeDeserializer().deserialize(to_attribute(value)) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [True, 1.0, Decimal(1), b"x", {1, 2}, object(), [1, None], {"a": 1.5}]
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_attribute(value)


def test_absent_values_are_left_out_of_maps() -> None:
    assert to_item({"a": None, "b": 0, "c": ""}) == {"b": {"N": "0"}, "c": {"S": ""}}


def test_tuples_come_back_as_lists() -> None:
    assert from_item(to_item({"lots": ((1, 2), (3,))})) == {"lots": [[1, 2], [3]]}


@pytest.mark.parametrize("attribute", [{"BOOL": True}, {"NULL": True}, {"B": b""}, {"SS": ["a"]}])
def test_types_that_are_not_the_ledgers_are_damage(attribute: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        from_attribute(attribute)


@pytest.mark.parametrize("attribute", [{"N": "1.5"}, {"N": "1E3"}])
def test_numbers_are_whole(attribute: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        from_attribute(attribute)
