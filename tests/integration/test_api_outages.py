"""Outages as reviewers see them, whom one concerns, and what a customer is told."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from makegood.domain.outage import Ending, Gap, Outage, Telling, outage_id_of
from makegood.domain.record import Notice
from makegood.domain.studio import OutageNotice
from makegood.plans.operations import set_price
from tests.api_calls import TABLE, Api
from tests.cases_made import put_in
from tests.http_events import OPERATOR, customer
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

REVIEWER = {"sub": "rita", "scope": "review"}
START = NOW.replace(microsecond=0) - timedelta(days=10)
HOUR = timedelta(hours=1)


def outage(start: Any = START, hours: int = 73, component: str = "service") -> Outage:
    return Outage(outage_id_of(component, start), component, start, start + hours * HOUR, 74)


def sell(api: Api, transaction_id: str, account_id: str, *, before: timedelta = HOUR) -> None:
    at = START - before
    api.decide(set_price("pri_1", 1000, 0, author="ada", now=at))
    transaction = bought(transaction_id, account_id=account_id, at=at)
    api.decide(crediting(transaction, now=at))


def pages(api: Api, path: str, claims: dict[str, str], limit: int) -> list[Any]:
    items: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    for _ in range(40):
        answer = api.get(path, claims, **query)
        assert answer.status == 200
        assert len(answer.body["items"]) <= limit
        items += answer.body["items"]
        if answer.body["next_cursor"] is None:
            return items
        query["cursor"] = answer.body["next_cursor"]
    raise AssertionError("the list never ends")


def test_an_outage_is_shown_with_its_evidence(api: Api) -> None:
    gap = Gap(START + HOUR, START + 3 * HOUR)
    ended = replace(
        outage(),
        gaps=(gap,),
        gap_count=2,
        unseen=3 * HOUR,
        reasons={"timed_out": 70, "status_503": 4},
        ended_at=START + 74 * HOUR,
        ending=Ending.ANSWERED,
        telling=Telling(OutageNotice.TOLD, told=5, done_at=START + 75 * HOUR),
    )
    api.decide(put_in(ended))

    [shown] = api.get("/v1/outages", REVIEWER).body["items"]
    assert (shown["complete"], shown["open"]) == (True, False)
    assert (shown["seconds"], shown["failed_probes"]) == (73 * 3600, 74)
    assert shown["reasons"] == {"timed_out": 70, "status_503": 4}
    assert [one["seconds"] for one in shown["gaps"]] == [7200]
    assert (shown["gap_count"], shown["unseen_seconds"]) == (2, 3 * 3600)
    assert (shown["customers"]["notice"], shown["customers"]["told"]) == ("told", 5)


def test_one_that_goes_on_has_no_end(api: Api) -> None:
    api.decide(put_in(outage(component="video")))

    [shown] = api.get("/v1/outages", REVIEWER).body["items"]
    assert (shown["complete"], shown["open"], shown["component"]) == (False, True, "video")
    assert not {"ended_at", "ending", "customers"} & set(shown)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_outages_come_newest_first_in_pages_of_any_size(api: Api, limit: int) -> None:
    starts = [START + number * HOUR for number in (2, 0, 1, 3)]
    api.decide(put_in(*(outage(start, hours=0) for start in starts)))

    shown = pages(api, "/v1/outages", REVIEWER, limit)
    times = [one["started_at"] for one in shown]
    assert times == sorted(times, reverse=True)
    assert len(times) == 4


# ------------------------------------------------------------------ customers


def test_whom_an_outage_concerns_and_by_how_much(api: Api) -> None:
    sell(api, "txn_early", "acc_1", before=100 * HOUR)
    sell(api, "txn_inside", "acc_2", before=-HOUR + timedelta(seconds=1))
    sell(api, "txn_late", "acc_3", before=-HOUR)
    sell(api, "txn_old", "acc_4", before=timedelta(days=180))
    known = outage()
    api.decide(put_in(known))

    items = api.get(f"/v1/outages/{known.outage_id}/customers", REVIEWER).body["items"]
    assert [(one["transaction_id"], one["seconds_after"]) for one in items] == [
        ("txn_early", 73 * 3600),
        ("txn_inside", 72 * 3600 + 1),
    ]
    assert items[0]["refundable"] == {"amount": 1000, "currency": "USD"}
    assert (items[0]["account_id"], items[0]["unused"]) == ("acc_1", 1000)
    assert (items[0]["clause"], items[0]["policy_version"]) == ("2(d)", "2025-02-24")


@pytest.mark.parametrize("damaged", [("PURCHASE#txn_1", "PURCHASE"), ("ACCOUNT#acc_1", "SNAPSHOT")])
def test_what_is_damaged_is_left_out_and_told_of(
    api: Api, capsys: pytest.CaptureFixture[str], damaged: tuple[str, str]
) -> None:
    for number in range(3):
        sell(api, f"txn_{number}", f"acc_{number}")
    known = outage()
    api.decide(put_in(known))
    api.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": damaged[0]}, "sk": {"S": damaged[1]}},
        UpdateExpression="REMOVE v",
    )

    items = api.get(f"/v1/outages/{known.outage_id}/customers", REVIEWER).body["items"]
    assert [one["transaction_id"] for one in items] == ["txn_0", "txn_2"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [line] = [line for line in lines if line.get("event") == "purchase.left_out"]
    assert line["transaction_id"] == "txn_1"


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_they_come_in_pages_of_any_size(api: Api, limit: int) -> None:
    for number in range(4):
        sell(api, f"txn_{number}", f"acc_{number}", before=(20 - 5 * number) * 24 * HOUR)
    known = outage()
    api.decide(put_in(known))

    shown = pages(api, f"/v1/outages/{known.outage_id}/customers", REVIEWER, limit)
    assert [one["transaction_id"] for one in shown] == [f"txn_{number}" for number in range(4)]


@pytest.mark.parametrize(
    ("hours", "component"), [pytest.param(72, "service", id="72 h"), (200, "video")]
)
def test_an_outage_that_was_short_or_of_a_part_concerns_nobody(
    api: Api, hours: int, component: str
) -> None:
    sell(api, "txn_1", "acc_1")
    known = outage(hours=hours, component=component)
    api.decide(put_in(known))

    body = api.get(f"/v1/outages/{known.outage_id}/customers", REVIEWER).body
    assert body == {"items": [], "next_cursor": None}


def test_an_outage_that_is_not_there_is_not_found(api: Api) -> None:
    answer = api.get("/v1/outages/outage_1/customers", REVIEWER)
    assert (answer.status, answer.problem) == (404, "not-found")


def test_a_cursor_is_good_for_its_own_outage(api: Api) -> None:
    for number in range(2):
        sell(api, f"txn_{number}", f"acc_{number}")
    one, other = outage(), outage(START + HOUR)
    api.decide(put_in(one, other))

    page = api.get(f"/v1/outages/{one.outage_id}/customers", REVIEWER, limit=1)
    cursor = page.body["next_cursor"]
    assert cursor is not None
    answer = api.get(f"/v1/outages/{other.outage_id}/customers", REVIEWER, cursor=cursor)
    assert answer.status == 400


@pytest.mark.parametrize("path", ["/v1/outages", "/v1/outages/outage_1/customers"])
def test_customers_do_not_see_outages(api: Api, path: str) -> None:
    assert api.get(path, customer("acc_1")).status == 403
    assert api.get(path, OPERATOR).status in (200, 404)


# ------------------------------------------------------------------ notices


def notice(number: int, account_id: str = "acc_1") -> Notice:
    return Notice(account_id, f"outage:out_{number}", "It was down.", "2(d)", "2025-02-24", NOW)


def test_a_customer_reads_its_own_notices_newest_first(api: Api) -> None:
    api.decide(put_in(*(notice(number) for number in range(3)), notice(9, "acc_2")))

    shown = pages(api, "/v1/me/notices", customer("acc_1"), limit=2)
    assert [one["key"] for one in shown] == [f"outage:out_{number}" for number in (2, 1, 0)]
    assert shown[0]["text"] == "It was down."
    assert shown[0]["clause"] == "2(d)"


def test_a_customer_that_was_told_nothing_has_no_notices(api: Api) -> None:
    assert api.get("/v1/me/notices", customer("acc_1")).body["items"] == []
