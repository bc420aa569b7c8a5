"""Each webhook of the catalogue through its real entrance, and through the queue behind it."""

import functools
import json
from collections import Counter
from typing import Any

import pytest

import paddle_events
import paddle_webhook
from makegood.domain.facts import Key
from makegood.domain.purchase import Purchase
from makegood.plans.operations import set_price
from tests.inputs.in_memory import Aws, Workers, running
from tests.inputs.rows import log_lines, names_in, sent_in, without_ids
from tests.inputs.webhooks import (
    DATA,
    EVENT,
    GOOD,
    LINE,
    ROWS,
    Behind,
    Request,
    Webhook,
    data,
)
from tests.webhooks import NOW, SECRET

KEPT = [row for row in ROWS if row.behind is not None]
ACCOUNTS = ("acc_7f3c", "acc_of_a_stranger")
OURS = names_in(EVENT) | {"content-type", "application/json", "/webhooks/paddle", "null", "true"}
PRIVATE = {SECRET, GOOD, "4242", "Whitfield", "dana@"}


def ask(request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = paddle_webhook.lambda_handler(request, None)
    return answer


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_webhook_answers(row: Webhook, memory: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(row.request)

    output = capsys.readouterr().out
    taken = row.status == 200
    assert answer["statusCode"] == row.status
    assert len(memory.queues["paddle-events"]) == taken
    assert memory.items == []
    [line] = log_lines(output)
    assert line["event"] == ("webhook.accepted" if taken else "webhook.refused")
    shown = answer["body"] + json.dumps(line)
    assert output.isascii()
    assert answer["body"].isascii()
    sent = sent_in(row.request) - OURS
    hidden = (without_ids(sent) if taken else sent) | PRIVATE
    assert not [text for text in sorted(hidden) if text in shown]


@pytest.mark.parametrize("row", [row for row in ROWS if row.status != 200], ids=str)
def test_a_refusal_is_a_problem(row: Webhook, memory: Aws) -> None:
    answer = ask(row.request)

    problem = json.loads(answer["body"])
    assert answer["headers"] == {"content-type": "application/problem+json"}
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == row.status


def test_every_401_looks_the_same(memory: Aws) -> None:
    """Nobody is told how near they were."""
    answers = [ask(row.request) for row in ROWS if row.status == 401]

    assert len({json.dumps(answer) for answer in answers}) == 1


# Behind the queue -------------------------------------------------------------------------------


def opened(memory: Aws) -> Workers:
    workers = Workers(memory)
    workers.decide(set_price(LINE["price_id"], 1000, 0, author="oda", now=NOW))
    return workers


def told(memory: Aws, *requests: Request) -> list[str]:
    """Through the webhook: what lies in the queue then."""
    assert all(ask(request)["statusCode"] == 200 for request in requests)
    queue = memory.queues["paddle-events"]
    bodies = [message["MessageBody"] for message in queue]
    queue.clear()
    return bodies


def neighbours(memory: Aws) -> list[str]:
    """Two good purchases of two other customers."""
    return told(
        memory,
        *(
            data(
                id=f"txn_{who}", customer_id=f"ctm_{who}", custom_data={"account_id": f"acc_{who}"}
            )
            for who in ("left", "right")
        ),
    )


@functools.cache
def without(*before: str) -> dict[tuple[str, str], Any]:
    """What the table holds where only the neighbours, and what came before, were told."""
    with running() as memory:
        workers = opened(memory)
        workers.deliver(paddle_events, *before)
        assert workers.deliver(paddle_events, *neighbours(memory)) == []
        return dict(memory.items)


@pytest.mark.parametrize("row", KEPT, ids=str)
def test_what_becomes_of_it_behind_the_queue(
    row: Webhook, memory: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its neighbours in the batch are applied, and nothing moves but what the row says."""
    workers, expected = opened(memory), row.behind
    assert expected is not None
    before = told(memory, *row.before)
    workers.deliver(paddle_events, *before)
    credits_before = credits_of(workers)
    left, right = neighbours(memory)
    [body] = told(memory, row.request)
    capsys.readouterr()

    assert workers.deliver(paddle_events, left, body, right) == []

    output = capsys.readouterr().out
    expect_dead_letter(workers, body, expected)
    expect_records(dict(memory.items), without(*before), expected)
    assert credits_of(workers) - credits_before == expected.credits
    if expected.why is not None:
        assert workers.record(Key(Purchase, DATA["id"])).why == expected.why
    expect_log(output, row)


def credits_of(workers: Workers) -> int:
    return sum(workers.account(account_id).available for account_id in ACCOUNTS)


def expect_dead_letter(workers: Workers, body: str, expected: Behind) -> None:
    if expected.error is None:
        assert workers.buried() == []
        return
    [(buried, error, reason)] = workers.buried()
    assert (buried, error) == (body, expected.error)
    assert expected.names in reason


def expect_records(after: dict[Any, Any], alone: dict[Any, Any], expected: Behind) -> None:
    """An account's own records go by its credits; all the others are named."""
    new = [pk for (pk, sk), item in after.items() if alone.get((pk, sk)) != item]
    kinds = Counter(pk.partition("#")[0] for pk in new)
    moved = {"ACCOUNT", "LOTS", "NOTICES"} if expected.credits else set()
    assert set(kinds) - moved == expected.leaves
    assert set(alone) <= set(after)


def expect_log(output: str, row: Webhook) -> None:
    """One line tells of the batch; of what was refused or kept, one more."""
    lines = log_lines(output)
    single = [line for line in lines if line["event"] != "paddle_events.applied"]
    assert len(lines) - len(single) == 1
    assert len(single) <= 1 + (row.behind is not None and row.behind.credits < 0)
    hidden = without_ids(sent_in(row.request) - OURS) | PRIVATE
    assert not [text for text in sorted(hidden) if text in output]
