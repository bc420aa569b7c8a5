"""The pure parts of the API's door: reasons, cursors, paths, kinds of problems."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from makegood import errors
from makegood.api.cursors import LENGTH_MAX, Cursors
from makegood.api.plain_text import PlainText
from makegood.api.problems import Kind, kind_of, told
from makegood.api.routes import ROUTES
from makegood.errors import MakegoodError, RejectedInputError

REASON = TypeAdapter(PlainText)
KEY = bytes(range(32))
MINE = Cursors(lambda: KEY, "GET /v1/me/transactions", "acc_1")


# Reasons ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x" * 2000,
        "Zoë, 多谢, شكرا, می‌خواهم",
        "👩‍👧 family, ❤️ heart, 🙏🏽",
        "e\u0301 with an accent of its own",
        "<b>bold</b> =1+1",
        "no\u00a0break",
    ],
    ids=lambda text: text[:12],
)
def test_text_that_can_be_read_is_taken_as_it_is(text: str) -> None:
    assert REASON.validate_python(text) == text


def test_blanks_around_a_text_are_dropped() -> None:
    assert REASON.validate_python(" \t\n reason \u3000") == "reason"
    assert REASON.validate_python(" " * 1000 + "x" * 2000 + " " * 1000) == "x" * 2000


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " " * 3000,
        "x" * 2001,
        "a\x00b",
        "a\nb",
        "a\tb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        *(f"a{mark}b" for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
        *(f"a{mark}b" for mark in "\u200e\u200f\u061c\u00ad\u200b\u2060\ufeff"),
        "\u200d",
        "\u200c\u200d",
        "\u3164",
        "\u2800",
        "\u115f\u1160\uffa0",
        "\u0301",
        "a\ue000b",
        "a\U000e0041b",
        "a\uffffb",
        "a\ufffdb",
    ],
    ids=ascii,
)
def test_text_that_hides_something_or_shows_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        REASON.validate_python(text)


@given(st.text(max_size=50))
def test_a_text_that_was_taken_is_taken_again_unchanged(text: str) -> None:
    """So a request that is repeated is the same request."""
    try:
        taken = REASON.validate_python(text)
    except ValidationError:
        return
    assert REASON.validate_python(taken) == taken


# Cursors ----------------------------------------------------------------------------------------


@given(st.text(st.characters(codec="ascii"), max_size=300))
def test_a_cursor_leads_back_to_its_position(position: str) -> None:
    cursor = MINE.write(position)

    assert len(cursor) <= LENGTH_MAX
    assert MINE.read(cursor) == position


@given(st.text(max_size=80))
def test_no_text_that_anybody_makes_up_is_a_cursor(text: str) -> None:
    with pytest.raises(RejectedInputError):
        MINE.read(text)


@given(st.data())
def test_a_cursor_with_any_character_changed_is_none(data: st.DataObject) -> None:
    cursor = MINE.write("42")
    place = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != cursor[place]))

    with pytest.raises(RejectedInputError):
        MINE.read(cursor[:place] + other + cursor[place + 1 :])


@pytest.mark.parametrize(
    "other",
    [
        Cursors(lambda: KEY, "GET /v1/me/transactions", "acc_2"),
        Cursors(lambda: KEY, "GET /v1/me/purchases", "acc_1"),
        Cursors(lambda: KEY, "GET /v1/me/transactions"),
        Cursors(lambda: bytes(32), "GET /v1/me/transactions", "acc_1"),
    ],
    ids=["account", "route", "no account", "key"],
)
def test_a_cursor_of_another_list_is_none_of_this(other: Cursors) -> None:
    with pytest.raises(RejectedInputError):
        MINE.read(other.write("42"))


# Routes and problems ----------------------------------------------------------------------------


def test_a_path_fits_its_own_route_alone() -> None:
    for route in ROUTES:
        path = "/".join("x" if part.startswith("{") else part for part in route.path.split("/"))
        fitting = {other.path for other in ROUTES if other.fits(path)}
        assert fitting == {route.path}


def test_no_two_routes_are_the_same() -> None:
    assert len({route.key for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize(
    "error",
    [
        error
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, MakegoodError) and error is not errors.InsufficientCreditsError
    ],
    ids=lambda error: error.__name__,
)
def test_every_error_is_a_problem_with_a_status(error: type[MakegoodError]) -> None:
    problem = told(error.__new__(error, "lot 7 is wrong"))

    assert 400 <= problem.body["status"] < 600
    assert problem.body["type"] == problem.kind.urn
    if problem.kind.status >= 500:
        assert "lot" not in problem.body["detail"]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("the account is frozen", "The account is frozen."),
        ("60 credits are wanted", "60 credits are wanted."),
        ("job_id: expected an id", "job_id: expected an id."),
        ("limit: expected a number", "limit: expected a number."),
    ],
)
def test_a_detail_is_a_sentence_that_leaves_names_as_they_are(text: str, detail: str) -> None:
    assert told(errors.RefusedError(text)).body["detail"] == detail


def test_what_may_pass_is_worth_another_try_and_what_will_not_is_not() -> None:
    assert told(errors.LedgerBusyError("x")).headers == {"retry-after": "1"}
    assert told(errors.LedgerDamagedError("x")).headers == {}
    assert kind_of(errors.LedgerDamagedError("x")) is Kind.INTERNAL


def test_types_of_problems_are_urns_that_stay() -> None:
    assert {kind.urn.removeprefix("urn:makegood:problem:") for kind in Kind} == {
        "invalid-request",
        "unauthorized",
        "insufficient-credits",
        "forbidden",
        "not-found",
        "method-not-allowed",
        "conflict",
        "price-unknown",
        "balance-out-of-range",
        "refused",
        "too-large",
        "unsupported-media-type",
        "invalid-fields",
        "account-frozen",
        "account-closed",
        "account-in-use",
        "amount-refused",
        "case-settled",
        "not-allowed",
        "stale-version",
        "internal",
        "unavailable",
    }
