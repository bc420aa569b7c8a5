"""What the bench bills is what DynamoDB's published rules say."""

import pytest

from bench.stub.units import index_units, item_size, number_size, read_units, write_units

KEY, WORK = ("pk", "sk"), ("work_pk", "work_sk")
PLACE = {"pk": {"S": "JOB#1"}, "sk": {"S": "JOB"}}
LISTED = PLACE | {"work_pk": {"S": "JOBS#01"}, "work_sk": {"S": "2026"}}


def test_an_item_is_as_large_as_its_names_and_values_in_utf_8() -> None:
    assert item_size({"name": {"S": "größer"}}) == 4 + 8
    assert item_size({"a": {"S": "x"}, "bc": {"S": ""}}) == 2 + 2


def test_lists_and_maps_take_three_bytes_and_one_for_each_member() -> None:
    assert item_size({"l": {"L": []}}) == 1 + 3
    assert item_size({"l": {"L": [{"S": "ab"}, {"S": "c"}]}}) == 1 + 3 + (1 + 2) + (1 + 1)
    assert item_size({"m": {"M": {"key": {"S": "ab"}}}}) == 1 + 3 + (1 + 3 + 2)


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 1), ("7", 2), ("12", 2), ("123", 3), ("1000", 2), ("-7", 3), ("12345678", 5)],
)
def test_a_number_takes_a_byte_for_two_significant_digits_and_one_more(
    text: str, size: int
) -> None:
    assert number_size(text) == size


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [(0, 1, 1), (0, 1024, 1), (0, 1025, 2), (3000, 10, 3), (10, 3000, 3)],
)
def test_a_write_takes_a_unit_for_each_started_kilobyte_of_the_larger_item(
    before: int, after: int, units: int
) -> None:
    assert write_units(before, after, transaction=False) == units
    assert write_units(before, after, transaction=True) == 2 * units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_a_consistent_read_takes_a_unit_for_each_started_four_kilobytes(
    size: int, units: int
) -> None:
    assert read_units(size) == units
    assert read_units(size, consistent=False) == units / 2


def test_an_index_is_written_only_where_its_entry_changes() -> None:
    moved = LISTED | {"work_sk": {"S": "2027"}}

    def units(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> int:
        return index_units(before, after, index=WORK, key=KEY)

    assert units({}, PLACE) == 0
    assert units({}, LISTED) == 1
    assert units(LISTED, LISTED | {"state": {"S": "review"}}) == 0
    assert units(LISTED, moved) == 2
    assert units(LISTED, PLACE) == 1
