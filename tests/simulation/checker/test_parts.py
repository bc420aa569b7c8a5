"""The checker's own parts, on values made by hand."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.simulation.checker.business_days import last_moment
from tests.simulation.checker.entries import BOOKS, hash_of
from tests.simulation.checker.jobs import FAILURES, outcome
from tests.simulation.checker.lots import Fold
from tests.simulation.plots.studio import CODES
from tests.template import ROOT


def test_a_hash_is_the_one_of_the_example_in_the_documents() -> None:
    text = (ROOT / "docs" / "ledger.md").read_text()
    found = re.search(r"```json\n(\{.*\})\n```\n\n    ([0-9a-f]{64})", text)
    assert found is not None
    example = json.loads(found[1])

    entry = {
        **example,
        "postings": dict(example["postings"]),
        "previous_hash": example["previous"],
    }
    assert hash_of(entry) == found[2]
    assert list(entry["postings"]) == [book for book in BOOKS if book in entry["postings"]]


@pytest.mark.parametrize(
    ("at", "settings", "wanted"),
    [
        pytest.param("2026-11-24T09:00:00Z", {}, "2026-12-01T23:59:59", id="over a weekend"),
        pytest.param("2026-11-28T09:00:00Z", {}, "2026-12-04T23:59:59", id="from a Saturday"),
        pytest.param(
            "2026-11-24T09:00:00Z",
            {"holidays": ["2026-11-26"]},
            "2026-12-02T23:59:59",
            id="holiday",
        ),
        pytest.param(
            "2026-11-24T23:30:00Z",
            {"time_zone": "Europe/Berlin"},
            "2026-12-02T22:59:59",
            id="it is another day there",
        ),
    ],
)
def test_the_fifth_business_day(at: str, settings: Mapping[str, Any], wanted: str) -> None:
    assert last_moment(at, settings) == f"{wanted}.000000Z"


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"type": "job.cancelled", "work_started": True}, ("denied", 0)),
        ({"type": "job.cancelled", "work_started": False}, ("refunded", 10)),
        ({"type": "job.failed", "failure": {"code": "provider_503"}}, ("refunded", 10)),
        ({"type": "job.failed", "failure": {"code": "moderation"}}, ("denied", 0)),
        ({"type": "job.failed", "failure": {"code": "new"}}, ("review", 0)),
        ({"type": "job.succeeded", "outputs": {"ordered": 3, "delivered": 3}}, ("succeeded", 0)),
        ({"type": "job.succeeded", "outputs": {"ordered": 3, "delivered": 2}}, ("succeeded", 4)),
        ({"type": "job.succeeded", "outputs": {"ordered": 3, "delivered": 0}}, ("refunded", 10)),
    ],
)
def test_what_a_job_comes_to(message: Mapping[str, Any], wanted: tuple[str, int]) -> None:
    assert outcome(message, 10) == wanted


def test_each_code_that_is_told_in_stories_has_its_outcome() -> None:
    assert set(CODES) <= FAILURES.keys()


def entry(seq: int, kind: str, lots: list[list[int]], after: list[int], **postings: int) -> Any:
    return {
        "account_id": "acc_1",
        "seq": seq,
        "kind": kind,
        "lots": lots,
        "after": after,
        "postings": postings,
        "cause": f"{kind}:{seq}",
        "reason": "So.",
        "occurred_at": "",
        "recorded_at": "",
        "hash": f"{seq}",
        "previous_hash": f"{seq - 1}",
    }


@pytest.mark.parametrize(
    ("lots", "is_wrong"),
    [
        pytest.param([[1, 0, 10, 0, 0], [2, 0, 5, 0, 0]], False, id="oldest first"),
        pytest.param([[2, 0, 15, 0, 0]], True, id="newest first"),
        pytest.param([[1, 0, 5, 0, 0], [2, 0, 10, 0, 0]], True, id="something was left"),
    ],
)
def test_the_oldest_credits_are_taken_first(lots: list[list[int]], is_wrong: bool) -> None:
    fold = Fold("acc_1")
    for seq, granted, has in ((1, 10, 10), (2, 20, 30)):
        given = [[seq, granted, 0, 0, 0]]
        list(fold.add(entry(seq, "bonus", given, [has, 0, 0], available=granted, issued=-granted)))

    charge = entry(3, "charge", lots, [15, 0, 0], available=-15, consumed=15)
    found = [text for text in fold.add(charge) if text.startswith("I02")]
    assert found == (["I02: acc_1/3 takes not the oldest credits"] if is_wrong else [])


def test_what_pays_for_a_short_lot_is_not_spent() -> None:
    """Lot 1 is short by 5, which the oldest credits that are left bear."""
    fold = Fold("acc_1", seq=2, hash="2", available=15)
    fold.lots = {1: (10, 10, 0, 5), 2: (8, 0, 0, 0), 3: (12, 0, 0, 0)}

    right = [[2, 0, 3, 0, 0], [3, 0, 1, 0, 0]]
    charge = entry(3, "charge", right, [11, 0, 0], available=-4, consumed=4)
    assert not [text for text in fold.add(charge) if text.startswith("I02")]


@pytest.mark.parametrize(
    ("snapshot", "card", "is_wrong"),
    [
        pytest.param({"lots": [], "cards_from": 1}, [1, 10, 4, 0, 0], False, id="on a card"),
        pytest.param({"lots": [[1, 10, 4, 0, 0]]}, [1, 10, 9, 0, 0], False, id="on both"),
        pytest.param({"lots": [], "cards_from": 1}, [1, 10, 5, 0, 0], True, id="out of date"),
        pytest.param({"lots": []}, [1, 10, 4, 0, 0], True, id="overlooked"),
        pytest.param({"lots": [], "cards_from": 2}, [1, 10, 4, 0, 0], True, id="overlooked still"),
    ],
)
def test_lots_lie_at_hand_or_on_cards(
    snapshot: Mapping[str, Any], card: list[int], is_wrong: bool
) -> None:
    fold = Fold("acc_1", seq=2, hash="2", available=6)
    fold.lots = {1: (10, 4, 0, 0)}
    stored = {"available": 6, "seq": 2, "hash": "2", **snapshot}

    found = list(fold.against(stored, {1: {"lot": card}}))
    assert bool(found) is is_wrong
    assert all(text.startswith("I02: acc_1 ") for text in found)


def test_a_short_lot_is_always_at_hand() -> None:
    fold = Fold("acc_1", seq=2, hash="2", debt=5)
    fold.lots = {1: (10, 10, 0, 5)}
    stored = {"debt": 5, "seq": 2, "hash": "2", "cards_from": 1}

    assert list(fold.against(stored, {1: {"lot": [1, 10, 10, 0, 5]}})) == [
        "I02: acc_1 overlooks -5 of lot 1 on a card"
    ]


def test_what_is_held_is_held_by_lots() -> None:
    fold = Fold("acc_1", seq=2, hash="2", available=10)
    fold.lots = {1: (10, 0, 0, 0)}

    hold = entry(3, "hold", [[1, 0, 0, 4, 0]], [5, 5, 0], available=-5, held=5)
    assert "I02: after acc_1/3 lots do not hold the 5 that are held" in list(fold.add(hold))
