import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from makegood.errors import BodyTooLargeError, MalformedJsonError
from makegood.events.strict_json import (
    DEPTH_MAX,
    NUMBER_LENGTH_MAX,
    JsonValue,
    parse_json,
    parse_json_object,
)

LIMIT = 256 * 1024

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=JSON_VALUES.filter(lambda v: "\\ud" not in json.dumps(v)), escaped=st.booleans())
def test_ordinary_json_is_read_as_it_is_by_everybody(value: JsonValue, escaped: bool) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode("utf-8")

    assert parse_json(body, bytes_max=LIMIT) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \n\t ", "empty", id="white space"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "byte order mark", id="byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), "UTF-8", id="UTF-16 with its mark"),
        pytest.param('{"a":1}'.encode("utf-16-le"), "not valid JSON", id="UTF-16"),
        pytest.param('{"a":1}'.encode("utf-32-be"), "not valid JSON", id="UTF-32"),
        pytest.param(b'{"a":"\xe9"}', "not UTF-8 at byte 6", id="Latin-1"),
        pytest.param(b'"\xc0\xaf"', "not UTF-8", id="overlong UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', "not UTF-8", id="a surrogate as UTF-8"),
        pytest.param(b'{"a":1', "not valid JSON", id="truncated"),
        pytest.param(b'{"a":1}{}', "not valid JSON", id="something behind"),
        pytest.param(b"{'a':1}", "not valid JSON", id="single quotes"),
        pytest.param(b'{"a":1,}', "not valid JSON", id="comma at the end"),
        pytest.param(b'{"a":01}', "not valid JSON", id="leading zero"),
        pytest.param(b'{"a":+1}', "not valid JSON", id="plus sign"),
        pytest.param(b'"a\x00b"', "not valid JSON", id="raw control character"),
        pytest.param(b'{"a":1} // no', "not valid JSON", id="comment"),
        pytest.param(b"NaN", "NaN", id="NaN"),
        pytest.param(b"[Infinity]", "Infinity", id="Infinity"),
        pytest.param(b"[-Infinity]", "Infinity", id="minus Infinity"),
        pytest.param(b"1e999", "too large", id="1e999"),
        pytest.param(b"-1e999", "too large", id="-1e999"),
        pytest.param(b"1" * 5_000, "number", id="5,000 digits"),
        pytest.param(b"0." + b"1" * 5_000, "number", id="5,000 places"),
        pytest.param(b'{"a":1,"a":1}', "same key", id="a key twice"),
        pytest.param(b'{"a":1,"\\u0061":2}', "same key", id="a key twice, once escaped"),
        pytest.param(b'[{"x":{"a":1,"b":2,"a":3}}]', "same key", id="a key twice inside"),
        pytest.param(b'"\\ud800"', "surrogate", id="half a pair"),
        pytest.param(b'{"\\udfff":1}', "surrogate", id="half a pair as key"),
        pytest.param(b'"\\udc00\\ud800"', "surrogate", id="a pair the wrong way round"),
        pytest.param(b'"\\uD83D x"', "surrogate", id="half an emoji"),
    ],
)
def test_what_others_read_differently_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedJsonError, match=reason):
        parse_json(body, bytes_max=LIMIT)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b'"\\ud83d\\ude00"', "😀", id="a whole pair"),
        pytest.param(b'"\\\\ud800"', "\\ud800", id="a backslash and text"),
        pytest.param(b'"\\u0000"', "\x00", id="an escaped control character"),
        pytest.param(b" 1 ", 1, id="white space around"),
        pytest.param(b"-0", 0, id="minus zero"),
        pytest.param(b"1e-999", 0.0, id="too small for a float"),
        pytest.param(b"9" * NUMBER_LENGTH_MAX, 10**NUMBER_LENGTH_MAX - 1, id="longest integer"),
        pytest.param(b'["a","a"]', ["a", "a"], id="equal elements"),
    ],
)
def test_what_is_odd_and_right_is_read(body: bytes, value: JsonValue) -> None:
    assert parse_json(body, bytes_max=LIMIT) == value


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_nesting_is_bounded_exactly() -> None:
    parse_json(nested(DEPTH_MAX), bytes_max=LIMIT)

    with pytest.raises(MalformedJsonError, match="nested"):
        parse_json(nested(DEPTH_MAX + 1), bytes_max=LIMIT)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="arrays without an end"),
        pytest.param(b'{"a":' * 50_000, id="objects without an end"),
        pytest.param(nested(100_000), id="arrays"),
        pytest.param(b'["",' * 60_000, id="with strings between"),
    ],
)
def test_deep_nesting_is_refused_before_the_stack_ends(body: bytes) -> None:
    with pytest.raises(MalformedJsonError, match="nested"):
        parse_json(body, bytes_max=LIMIT)


def test_brackets_inside_strings_do_not_count() -> None:
    body = json.dumps(["[" * 500, '"{', "\\", "[[" * 200]).encode()

    assert parse_json(body, bytes_max=LIMIT) == ["[" * 500, '"{', "\\", "[[" * 200]


def test_many_siblings_are_not_deep() -> None:
    body = json.dumps([[{}] for _ in range(5_000)]).encode()

    assert parse_json(body, bytes_max=LIMIT) == [[{}] for _ in range(5_000)]


@pytest.mark.parametrize("piece", [b'"\\"', b'\\"', b'"', b"\\", b'[\\"', b'"\\\\'])
def test_strings_that_never_end_are_refused_in_linear_time(piece: bytes) -> None:
    body = b"[" * (DEPTH_MAX + 1) + piece * (LIMIT // len(piece) - 100)

    with pytest.raises(MalformedJsonError):
        parse_json(body, bytes_max=LIMIT)


def test_size_is_bounded_in_bytes_by_the_caller() -> None:
    assert parse_json("é".join('""').encode(), bytes_max=4) == "é"

    with pytest.raises(BodyTooLargeError, match="3 bytes"):
        parse_json("é".join('""').encode(), bytes_max=3)


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"null", b"1", b"true"])
def test_an_object_may_be_demanded(body: bytes) -> None:
    with pytest.raises(MalformedJsonError, match="object"):
        parse_json_object(body, bytes_max=LIMIT)

    assert parse_json_object(b'{"a":1}', bytes_max=LIMIT) == {"a": 1}


PIECES = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b":",
        b",",
        b"\\",
        b"\\u",
        b"d800",
        b"NaN",
        b"1e999",
        b'"a"',
        b"-",
        b"0",
        b"9" * 41,
        b"\xef\xbb\xbf",
        b"\xff",
        b"\x00",
        b" ",
        b"true",
        b"null",
    ]
)


@given(body=st.binary(max_size=200) | st.lists(PIECES, max_size=30).map(b"".join))
@example(b'"\\')
def test_no_input_raises_anything_else(body: bytes) -> None:
    try:
        value = parse_json(body, bytes_max=150)
    except MalformedJsonError as refusal:
        text = str(refusal)
        assert text.isascii()
        return
    assert json.loads(body) == value
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert not isinstance(value, float) or math.isfinite(value)


def test_a_refusal_repeats_nothing_of_the_body() -> None:
    with pytest.raises(MalformedJsonError) as refusal:
        parse_json(b'{"email": "dana@example.com", oops', bytes_max=LIMIT)

    assert "dana" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
