"""What the function that calls addresses outside writes is what its role lets it write.

MiniStack does not look at the keys that a role allows; here all that the real handler puts is held
against the template.
"""

import socket
from collections.abc import Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest

import outage_check
from makegood.ledger.table import Fate, Put, Table
from makegood.plans.operations import set_price
from tests.contract.test_template_access import role_of, statements
from tests.outside import serving
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW
from tests.workers import Stack

START = NOW.replace(second=0, microsecond=0)
MINUTE = timedelta(minutes=1)
HOURS_DOWN = timedelta(hours=73)


def keys_allowed() -> list[str]:
    [put] = [
        one for one in statements(role_of("OutageCheck")) if one["Action"] == "dynamodb:PutItem"
    ]
    keys: list[str] = put["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    return keys


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The partition keys of all that is put from now on."""
    keys: set[str] = set()
    write = Table.write

    def noted(table: Table, puts: Sequence[Put]) -> Fate:
        keys.update(put["Item"]["pk"]["S"] for put in puts)
        return write(table, puts)

    monkeypatch.setattr(Table, "write", noted)
    return keys


def sell(stack: Stack) -> None:
    at = START - MINUTE
    stack.decide(set_price("pri_1", 1000, 0, author="ada", now=at))
    stack.decide(crediting(bought("txn_1", account_id="acc_1", at=at), now=at))


def answering(status: int) -> Any:
    def answer(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())

    return answer


def outage(stack: Stack, notice: str) -> None:
    """Down for 73 hours, up again, and everybody told."""

    def probes(server: Any) -> dict[str, Any]:
        probe = {"capability": "video", "url": server.url("/video")}
        return {"probes": [probe], "outage_notice": notice}

    with serving(answering(503)) as down:
        stack.set_up(**probes(down))
        for at in (START, START + MINUTE, START + 2 * MINUTE, START + HOURS_DOWN):
            stack.run(outage_check, at)
    with serving(answering(200)) as up:
        stack.set_up(**probes(up))
        for minutes in (1, 2):
            stack.run(outage_check, START + HOURS_DOWN + minutes * MINUTE)


@pytest.mark.parametrize(
    ("notice", "told_by"),
    [("told", {"NOTICES#acc_1"}), ("case", {"NOTICES#acc_1", "PURCHASE#txn_1"})],
)
def test_probes_write_what_the_role_allows_and_no_account(
    workers: Stack, written: set[str], notice: str, told_by: set[str]
) -> None:
    sell(workers)
    assert "ACCOUNT#acc_1" in written
    written.clear()
    outage(workers, notice)

    assert {"MONITOR", "OUTAGES", "OUTAGE_RECORDS", "SETTINGS", *told_by} <= written
    assert any(key.startswith("CASE#") for key in written) == (notice == "case")
    for key in written:
        assert any(fnmatchcase(key, allowed) for allowed in keys_allowed()), key


@pytest.mark.parametrize(
    "key", ["ACCOUNT#acc_1", "LOTS#acc_1", "JOB#job_1", "PAYOUT#payout_1", "BONUS#1", "PRICES"]
)
def test_no_probe_moves_credits_or_money(key: str) -> None:
    assert not any(fnmatchcase(key, allowed) for allowed in keys_allowed())
