"""What `Watch` sees of single transactions: damaged one at a time, and only there."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from tests.simulation.checker import Watch
from tests.simulation.checker.damaging import MOST, SEEDS, played, typed
from tests.simulation.checker.reading import plain
from tests.simulation.witness import Write

Change = Callable[[Write, dict[str, Any]], dict[str, Any] | None]


def transactions(seed: int) -> list[list[Write]]:
    by_number: defaultdict[int, list[Write]] = defaultdict(list)
    for write in played(seed).world.witness.writes:
        by_number[write.number].append(write)
    return list(by_number.values())


def found_after(change: Change) -> set[str]:
    """The invariants that are named, where the first write that can be changed is changed.

    The rest of the story is not shown: it goes on from what the write should have been.
    """
    for seed in chain(SEEDS, range(MOST)):
        watch = Watch(played(seed).world.start.items)
        for writes in transactions(seed):
            changed = list(_changed(writes, change))
            if changed != writes:
                return {text[:3] for text in watch.look(changed)}
            assert watch.look(writes) == []
    raise LookupError("no story has a write like that")


def _changed(writes: list[Write], change: Change) -> Iterator[Write]:
    is_changed = False
    for write in writes:
        new = None if is_changed else change(write, dict(plain(write.new)))
        is_changed = is_changed or new is not None
        yield write if new is None else replace(write, new=typed(new))


def only(sk: str, has: str = "", **values: Any) -> Callable[[Write, dict[str, Any]], Any]:
    """Change these values of a record of this kind that was there before, or was not."""

    def change(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
        is_right = write.place[1].startswith(sk) and (write.old is not None or not has)
        return {**new, **values} if is_right and new.get(has, True) else None

    return change


def another_owner(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
    had_one = write.place[1] == "PURCHASE" and write.old and "account_id" in write.old
    return {**new, "account_id": "acc_9"} if had_one else None


def deleted(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
    return {} if write.place[1] == "PURCHASE" else None


def raised_twice(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
    return {**new, "v": new["v"] + 1} if write.place[1] == "CASE" else None


def forgotten_step(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
    if write.place[1] != "CASE" or write.old is None:
        return None
    return {**new, "events": new["events"][1:], "version": len(new["events"]) - 1}


def forgotten_adjustment(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
    was_known = (
        write.old is not None and write.place[1] == "ADJUSTMENTS" and write.old["known"]["L"]
    )
    return {**new, "known": []} if was_known else None


def another_subject(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
    is_right = write.place[1] == "CASE" and write.old is not None
    return {**new, "category": "other"} if is_right and new["category"] != "other" else None


def number_left_out(write: Write, new: dict[str, Any]) -> dict[str, Any] | None:
    return {**new, "seq": new["seq"] + 1} if write.place[1].startswith("ENTRY#") else None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(deleted, {"I04"}, id="a record is deleted"),
        pytest.param(raised_twice, {"I20"}, id="a version is left out"),
        pytest.param(only("JOB", "ended_at", state="lost"), {"I20"}, id="an odd end"),
        pytest.param(only("JOB", "ended_at", credits=1), {"I20"}, id="a charge stays"),
        pytest.param(only("PAYOUT", "adjustment_id", state="open"), {"I20"}, id="an odd state"),
        pytest.param(only("PAYOUT", "adjustment_id", amount_minor=1), {"I20"}, id="an amount"),
        pytest.param(another_owner, {"I20"}, id="an owner"),
        pytest.param(only("CASE", "decided_by", opener="eve"), {"I20"}, id="who asked"),
        pytest.param(only("CASE", "decided_by", status="withdrawn"), {"I21"}, id="another status"),
        pytest.param(only("CASE", "decided_by", version=9), {"I21"}, id="a version of a case"),
        pytest.param(another_subject, {"I20"}, id="another category"),
        pytest.param(forgotten_step, {"I21", "I20"}, id="a step is forgotten"),
        pytest.param(forgotten_adjustment, {"I20"}, id="an adjustment is forgotten"),
        pytest.param(only("SNAPSHOT", available=31_337), {"I01"}, id="a balance"),
        pytest.param(only("SNAPSHOT", lots=[]), {"I02"}, id="lots"),
        pytest.param(number_left_out, {"I04", "I02"}, id="a gap"),
    ],
)
def test_a_damaged_write_is_seen_at_once(change: Change, named: set[str]) -> None:
    found = found_after(change)

    assert found
    assert found <= named


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        pytest.param("BONUS", {"I03"}, id="an entry without its record"),
        pytest.param("SNAPSHOT", {"I01", "I02", "I04"}, id="an entry without its snapshot"),
        pytest.param("ENTRY#", {"I01", "I02", "I04"}, id="a snapshot without its entry"),
    ],
)
def test_a_write_that_is_left_out_is_seen_at_once(left_out: str, named: set[str]) -> None:
    def is_left_out(write: Write) -> bool:
        return write.place[1].startswith(left_out)

    for seed in chain(SEEDS, range(MOST)):
        watch = Watch(played(seed).world.start.items)
        for writes in transactions(seed):
            has_entry = any(write.place[1].startswith("ENTRY#") for write in writes)
            if has_entry and any(map(is_left_out, writes)):
                kept = [write for write in writes if not is_left_out(write)]
                assert {text[:3] for text in watch.look(kept)} == named
                return
            watch.look(writes)
    raise LookupError("no story has a write like that")


def test_what_is_written_once_is_not_written_again() -> None:
    for seed in SEEDS:
        watch = Watch(played(seed).world.start.items)
        for writes in transactions(seed):
            entries = [write for write in writes if write.place[1].startswith("ENTRY#")]
            watch.look(writes)
            if entries:
                again = replace(entries[0], old=entries[0].new)
                assert "I04" in {text[:3] for text in watch.look([again])}
                return
    raise LookupError("no story has an entry")


def test_an_outage_that_has_ended_stays_as_it_was() -> None:
    times = dict.fromkeys(("started_at", "last_failed_at"), "2026-11-24T10:00:00.000000Z")
    before = {"pk": "OUTAGE_RECORDS", "sk": "o", "v": 1, **times, "ended_at": times["started_at"]}
    after = {**before, "v": 2, "ended_at": "2026-11-24T11:00:00.000000Z"}

    write = Write(1.0, 1, ("OUTAGE_RECORDS", "o"), typed(before), typed(after), "outage_check")
    assert Watch({}).look([write]) == ["I20: OUTAGE_RECORDS/o had ended, and changed ended_at"]


JOB = {"pk": "JOB#job_1", "sk": "JOB", "v": 1, "job_id": "job_1", "account_id": "acc_1"}


@pytest.mark.parametrize(
    ("old", "new", "by", "is_allowed"),
    [
        ("charged", "review", "job_events", True),
        ("review", "refunded", "case_clock", True),
        ("refunded", "charged", "job_events", False),
        ("succeeded", "refunded", "job_events", False),
        ("denied", "refunded", "api", True),
        ("denied", "succeeded", "api", False),
    ],
)
def test_what_has_ended_stays_so_but_for_what_a_person_gives_back(
    old: str, new: str, by: str, is_allowed: bool
) -> None:
    before = {**JOB, "state": old, "credits": 5, "refunded": 5 if old == "refunded" else 0}
    after = {**before, "v": 2, "state": new, "refunded": 5 if new == "refunded" else 0}
    write = Write(1.0, 1, ("JOB#job_1", "JOB"), typed(before), typed(after), by)

    found = Watch({}).look([write])
    assert (found == []) is is_allowed
    assert all(text.startswith("I20: JOB#job_1/JOB ") for text in found)


PAYOUT = {"pk": "PAYOUT#p", "sk": "PAYOUT", "payout_id": "p"}


@pytest.mark.parametrize(
    ("old", "why", "new", "is_allowed"),
    [
        ("requested", None, "sending", True),
        ("paid", None, "sending", False),
        ("refused", "given_up", "paid", True),
        ("refused", "given_up", "requested", False),
        ("refused", "too_many_requests", "paid", False),
    ],
)
def test_what_was_given_up_counts_if_paddle_has_it(
    old: str, why: str | None, new: str, is_allowed: bool
) -> None:
    before = {**PAYOUT, "v": 1, "state": old, "why": why}
    after = {**PAYOUT, "v": 2, "state": new}
    write = Write(1.0, 1, ("PAYOUT#p", "PAYOUT"), typed(before), typed(after), "payouts")

    assert (Watch({}).look([write]) == []) is is_allowed
