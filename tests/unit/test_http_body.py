"""A request's bytes, as the gateway hands them over."""

import base64
from typing import Any

import pytest

from makegood.errors import BodyTooLargeError, MalformedJsonError
from makegood.events.http_body import raw_body

MAX = 12


def encoded(raw: bytes) -> dict[str, Any]:
    return {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}


@pytest.mark.parametrize("event", [{}, {"body": None}, {"body": ""}, encoded(b"")], ids=repr)
def test_no_body_is_no_bytes(event: dict[str, Any]) -> None:
    assert raw_body(event, bytes_max=MAX) == b""


def test_text_and_base64_are_the_same_bytes() -> None:
    assert raw_body({"body": "é\n"}, bytes_max=MAX) == "é\n".encode()
    assert raw_body(encoded(b"\xff\x00"), bytes_max=MAX) == b"\xff\x00"


def test_bytes_are_counted_and_not_characters() -> None:
    assert len(raw_body({"body": "é" * 6}, bytes_max=MAX)) == MAX
    assert len(raw_body(encoded(b"x" * 12), bytes_max=MAX)) == MAX

    for event in ({"body": "é" * 6 + "x"}, encoded(b"x" * 13), {"body": "x" * 10_000}):
        with pytest.raises(BodyTooLargeError):
            raw_body(event, bytes_max=MAX)


@pytest.mark.parametrize("body", ["%", "abc", "a b=", "é", "ab==cd"], ids=repr)
def test_base64_that_is_none_is_refused(body: str) -> None:
    with pytest.raises(MalformedJsonError):
        raw_body({"body": body, "isBase64Encoded": True}, bytes_max=MAX)


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(MalformedJsonError):
        raw_body({"body": "\ud800"}, bytes_max=MAX)
