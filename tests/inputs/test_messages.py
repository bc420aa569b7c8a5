"""Each message of the catalogue to its real handler, between two good neighbours."""

import functools
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

import job_events
import paddle_events
import payouts
from makegood import wiring
from makegood.domain.case import Case, Category
from makegood.domain.facts import Key
from makegood.domain.payout import Payout, PayoutState
from makegood.effects.payouts_queue import message_of
from makegood.errors import RejectedEventError
from makegood.paddle.pace import Pace
from makegood.plans.operations import set_price
from tests.case_doors import approving, filing
from tests.inputs.in_memory import Workers, running
from tests.inputs.messages import BATCHES, JOB, ROWS, RUNS, Batch, Message, Scheduled
from tests.inputs.rows import log_lines, names_in, texts_in, without_ids
from tests.local.paddles import NOON, USD
from tests.paddle_at_hand import AtHand
from tests.webhooks import sample
from tests.workers import Clock, failed

SIDES = ("left", "right")
OURS = names_in(json.loads(failed(JOB))) | {"job.failed", "job.succeeded", "job.cancelled"}
Good = tuple[list[str], Callable[[], bool]]
"""Two good messages for a function, and whether both have been applied."""


def two_jobs(workers: Workers, _patched: pytest.MonkeyPatch) -> Good:
    for who in (*SIDES, "bad"):
        workers.give(f"acc_{who}", 10)
        workers.charge(f"job_{who}", f"acc_{who}", 10)
    bodies = [failed(f"job_{who}") for who in SIDES]
    return bodies, lambda: all(workers.account(f"acc_{who}").available == 10 for who in SIDES)


def two_customers(workers: Workers, _patched: pytest.MonkeyPatch) -> Good:
    told: dict[str, Any] = json.loads(sample("customer.created"))
    named = [told | {"data": told["data"] | {"id": f"ctm_{who}"}} for who in SIDES]
    places = [(f"CUSTOMER#ctm_{who}", "CUSTOMER") for who in SIDES]
    return list(map(json.dumps, named)), lambda: all(
        place in workers.memory.table.items for place in places
    )


def two_payouts(workers: Workers, patched: pytest.MonkeyPatch) -> Good:
    """Of two approved refunds, at a Paddle that takes them."""
    shop, seconds = AtHand(patched), itertools.count()
    workers.memory.secrets["paddle"] = {"key": shop.paddle.api_key}
    patched.setattr(wiring, "clock", lambda: shop.now)
    # As if a second had gone by before each request.
    pace = Pace(clock=lambda: next(seconds), sleep=lambda _: None)
    patched.setattr(wiring, "_pace", lambda: pace)
    workers.decide(set_price(USD, 1000, 0, author="oda", now=NOON))
    bought = [shop.buy(account_id=f"acc_{who}") for who in SIDES]
    assert workers.deliver(paddle_events, *shop.told_since()) == []
    cases = [
        approved(workers, one["id"], f"acc_{who}") for one, who in zip(bought, SIDES, strict=True)
    ]

    def are_applied() -> bool:
        found: list[Payout] = [workers.record(Key(Payout, case.payout_id)) for case in cases]
        return all(payout.state is PayoutState.SENT for payout in found)

    return [message_of(str(case.payout_id)) for case in cases], are_applied


def approved(workers: Workers, transaction_id: str, account_id: str) -> Case:
    wish = filing(transaction_id, Category.UNAUTHORISED, account_id=account_id, cents=2178, at=NOON)
    filed: Case = workers.decide(wish).case
    decided: Case = workers.decide(approving(filed, at=NOON)).case
    return decided


GOOD = {job_events: two_jobs, paddle_events: two_customers, payouts: two_payouts}
Records = dict[tuple[str, str], Any]


@functools.cache
def without(row: Message) -> Records:
    """What the table holds where only the neighbours, and what came before, were told."""
    with running() as memory, pytest.MonkeyPatch.context() as patched:
        workers = Workers(memory)
        good, _ = GOOD[row.function](workers, patched)
        if row.ends_job_before is not None:
            workers.deliver(job_events, row.ends_job_before)
        workers.deliver(row.function, *good)
        return dict(memory.items)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_message_ends_and_spoils_nothing(
    row: Message,
    workers: Workers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (left, right), are_applied = GOOD[row.function](workers, monkeypatch)
    if row.ends_job_before is not None:
        workers.deliver(job_events, row.ends_job_before)
    before = workers.account("acc_bad").available
    capsys.readouterr()

    again = workers.deliver(row.function, left, row.body, right, receives=row.receives)

    output = capsys.readouterr().out
    assert are_applied()
    assert again == ([row.body] if row.ends.again else [])
    assert workers.account("acc_bad").available - before == row.ends.credits
    expect_dead_letter(workers, row)
    expect_records(dict(workers.memory.items), row)
    expect_log(output, row)


def expect_dead_letter(workers: Workers, row: Message) -> None:
    if row.ends.error is None:
        assert workers.buried() == []
        return
    [(body, error, reason)] = workers.buried()
    assert (body, error) == (row.body, row.ends.error)
    assert reason.startswith(row.ends.why)
    assert reason.isascii()


def expect_records(after: Records, row: Message) -> None:
    """A message that is refused leaves nothing, and one that is applied its own job alone."""
    with running():
        alone = without(row)
    new = {pk.partition("#")[0] for (pk, sk), item in after.items() if alone.get((pk, sk)) != item}
    moved = {"ACCOUNT", "JOB"} if row.ends.credits else set()
    reviewed = {"JOB"} if row.ends.leaves else set()
    assert new == row.ends.leaves | moved | reviewed
    assert set(alone) <= set(after)


def expect_log(output: str, row: Message) -> None:
    lines = log_lines(output)
    told = [line["event"] for line in lines if line["event"].startswith("message.")]
    if row.ends.error is not None:
        assert told[-1] == "message.refused"
    assert len(told) <= 2
    sent = without_ids(texts_in(row.body)) - OURS
    assert not [text for text in sorted(sent) if text in json.dumps(lines)]


@pytest.mark.parametrize("row", BATCHES, ids=str)
def test_what_is_no_batch_moves_nothing(
    row: Batch, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every message of it comes again, the good ones too: none is lost, and none is half done."""
    GOOD[row.function](workers, monkeypatch)
    before = workers.memory.items

    if row.raises is None:
        assert row.function.lambda_handler(row.event, Clock()) == {"batchItemFailures": []}
    else:
        with pytest.raises(row.raises):
            row.function.lambda_handler(row.event, Clock())

    assert workers.memory.items == before
    assert workers.buried() == []


@pytest.mark.parametrize("row", RUNS, ids=str)
def test_a_run_is_for_a_time(
    row: Scheduled, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_payouts(workers, monkeypatch)
    two_jobs(workers, monkeypatch)
    before = dict(workers.memory.items)

    if row.refused:
        with pytest.raises(RejectedEventError, match=r"^time: "):
            row.function.lambda_handler(row.event, Clock())
        assert dict(workers.memory.items) == before
        return
    row.function.lambda_handler(row.event, Clock())
    after = dict(workers.memory.items)
    own = {pk for pk, sk in after if after[pk, sk] != before.get((pk, sk))}
    assert own <= {"RECONCILIATION", "MONITOR", "SETTINGS"}
