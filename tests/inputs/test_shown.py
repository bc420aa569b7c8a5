"""X11 to X17: what is written down and shown of what somebody sent: exports, logs, terminals.

Every answer is JSON, and every line of a log is one. There is no page and no table to download, so
nothing can be opened in a browser or a spreadsheet; tests hold that there is none.
"""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import api as api_function
import job_events
import paddle_events
import paddle_webhook
from makegood.api.routes import document
from makegood.ledger.audit.__main__ import main as audit_main
from makegood.tools.explain import main as explain_main
from makegood.tools.replay import main as replay_main
from tests.api_calls import Api
from tests.asked import ANN, asking
from tests.http_events import OPERATOR, customer, event
from tests.inputs.in_memory import Aws, InMemoryApi, Workers
from tests.inputs.requests import CORRECTIONS, FORMULAS, SCRIPTS
from tests.inputs.webhooks import DATA, EVENT, signed
from tests.webhooks import sample
from tests.workers import Clock, failed, job_event

ROOT = Path(__file__).parents[2]
JSON_TYPES = {"application/json", "application/problem+json"}
FORGED = '\n{"level":"INFO","event":"payout.sent","payout_id":"payout_1"}\n'
CARD = "4111 1111 1111 1111"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"
ADDRESS = "dana.whitfield@example.com"
PRIVATE = (CARD, TOKEN, ADDRESS)


# X11, X15, X16: no table to download, no page ---------------------------------------------------


def test_x11_x15_x16_every_answer_that_is_described_is_json() -> None:
    contents = {
        kind
        for item in document()["paths"].values()
        for operation in item.values()
        for answer in operation["responses"].values()
        for kind in answer["content"]
    }

    assert contents == JSON_TYPES


def test_x11_x15_x16_nothing_writes_a_page_or_a_table() -> None:
    for module in sorted([*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").glob("*.py")]):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        words = [
            node.value.lower()
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        imported = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not imported & {"csv", "html"}, module
        assert not [word for word in words if "text/html" in word or "text/csv" in word], module


@pytest.mark.parametrize("text", [*SCRIPTS, *FORMULAS], ids=ascii)
def test_x11_x15_markup_and_formulas_come_back_as_the_text_they_are(
    api: InMemoryApi, text: str
) -> None:
    """As a value of JSON, which no browser and no spreadsheet takes for anything else."""
    body = {"credits": 5, "reason": text}
    assert api.post(CORRECTIONS, body, OPERATOR, key="key_1").status == 201

    answer = api.get("/v1/me/transactions", ANN)

    assert [item["reason"] for item in answer.body["items"]] == [text.strip()]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


# X12, X13: logs ---------------------------------------------------------------------------------


def everywhere(text: str) -> list[dict[str, Any]]:
    """Webhooks with a text in every place where one may be written."""
    places: list[dict[str, Any]] = [
        EVENT | {"event_id": text},
        EVENT | {"event_type": text},
        EVENT | {"occurred_at": text},
        EVENT | {text: 1},
        EVENT | {"event_type": "something.new", "data": {"name": text, text: text}},
        *(EVENT | {"data": DATA | {name: text}} for name in DATA),
        EVENT | {"data": DATA | {"custom_data": {"account_id": text, "note": text}}},
    ]
    for name in ("adjustment.created.refund_pending", "customer.updated"):
        told = json.loads(sample(name))
        places += [told | {"data": told["data"] | {name: text}} for name in told["data"]]
    return [signed(json.dumps(place).encode()) for place in places]


def requests(text: str) -> list[dict[str, Any]]:
    body = {"credits": 5, "reason": text}
    return [
        event("GET", f"/{text}"),
        event("GET", "/v1/me", customer(text)),
        event("GET", "/v1/me", {"sub": text, "scope": text}),
        event("GET", "/v1/me", ANN, query=f"{text}=1"),
        event("GET", "/v1/me/transactions", ANN, query=f"cursor={text}"),
        event("GET", "/v1/jobs/job_1", pathParameters={"job_id": text}),
        event("PUT", "/v1/jobs/job_1", body={"account_id": text, "credits": 5, text: text}),
        event("PUT", "/v1/jobs/job_1", body=text),
        event("PUT", "/v1/jobs/job_1", body={}, headers={"content-type": text}),
        event("POST", CORRECTIONS, OPERATOR, body=body, headers={"idempotency-key": "key_1"}),
        event("POST", CORRECTIONS, OPERATOR, body=body, headers={"idempotency-key": text}),
        event("POST", "/v1/me/cases", ANN, body=asking(description=text, email=ADDRESS)),
        event("POST", "/v1/me/cases", ANN, body=asking(email=text)),
    ]


def messages(text: str) -> list[str]:
    return [
        text,
        failed(text),
        failed("job_1", text),
        job_event("failed", "job_1", failure={"code": "provider_503", "message": text}),
        job_event(text, "job_1"),
        json.dumps(json.loads(failed("job_1")) | {text: text}),
    ]


@pytest.fixture
def said(workers: Workers, capsys: pytest.CaptureFixture[str]) -> Any:
    """All that is logged, and all reasons of dead letters, once a text was sent everywhere."""

    def say(text: str) -> str:
        for request in everywhere(text):
            assert paddle_webhook.lambda_handler(request, None)["statusCode"] in (200, 400)
        queue = workers.memory.queues["paddle-events"]
        assert workers.deliver(paddle_events, *(one["MessageBody"] for one in queue)) == []
        workers.give("acc_1", 100)
        workers.charge("job_1", "acc_1", 10)
        workers.deliver(job_events, *messages(text))
        for request in requests(text):
            assert api_function.lambda_handler(request, Clock())["statusCode"] < 500
        reasons = [reason for _, _, reason in workers.buried()]
        return "\n".join([capsys.readouterr().out, *map(json.dumps, reasons)])

    return say


def test_x12_no_line_of_a_log_can_be_made_up(said: Any) -> None:
    lines = [json.loads(line) for line in said(FORGED).splitlines() if line.startswith("{")]

    assert len(lines) > 50
    assert not [line for line in lines if line.get("event") == "payout.sent"]
    assert not [line for line in lines if "payout_1" in json.dumps(line)]


@pytest.mark.parametrize("text", PRIVATE)
def test_x13_no_address_card_or_token_is_in_a_log_or_a_reason(said: Any, text: str) -> None:
    said_of_it = said(f"Please call me, {text}, thanks.")

    assert text not in said_of_it
    assert ADDRESS not in said_of_it


def test_x13_what_is_called_a_card_goes_no_further_than_the_webhook(
    workers: Workers, memory: Aws
) -> None:
    custom = {"account_id": "acc_7f3c", "card": CARD, "deep": [{"cardholder_name": "Dana"}]}
    told = EVENT | {"data": DATA | {"custom_data": custom}}

    paddle_webhook.lambda_handler(signed(json.dumps(told).encode()), None)

    [message] = memory.queues["paddle-events"]
    assert CARD not in message["MessageBody"]
    assert "Dana" not in message["MessageBody"]


# X14, X17: what is shown to people --------------------------------------------------------------

ESCAPES = ("\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "a\u202etxt.exe", "a\x00b\r\nc")


@pytest.mark.parametrize("text", ESCAPES, ids=ascii)
def test_x14_nothing_that_is_stored_commands_a_terminal(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of each tool, with a text where an id, a name and a value may stand."""
    items = [
        {"pk": {"S": f"{kind}#{text}"}, "sk": {"S": sk}, "v": {"N": "1"}, text: {"S": text}}
        for kind, sk in (
            ("JOB", "JOB"),
            ("CASE", "CASE"),
            ("ACCOUNT", "SNAPSHOT"),
            ("ACCOUNT", f"ENTRY#{text}"),
            ("PURCHASE", "PURCHASE"),
            (text, text),
        )
    ]
    export = tmp_path / "items.json"
    export.write_text("\n".join(json.dumps({"Item": item}) for item in items))

    audit_main(["--export", str(export)])
    audit_main(["--export", f"/nonexistent/{text}"])
    replay_main(["--export", str(export), "--policy", "published"])
    replay_main(["--export", str(export), "--policy", text])
    explain_main(["job", "--ending", text, "--credits", text])

    shown = "".join(capsys.readouterr())
    assert shown
    assert all(each.isprintable() or each == "\n" for each in shown), ascii(shown)


GOOD_ARGUMENTS: list[tuple[Callable[[list[str]], int], list[str]]] = [
    (audit_main, ["--table", "ledger"]),
    (replay_main, ["--table", "ledger", "--policy", "published"]),
    (explain_main, ["job"]),
]


@pytest.mark.parametrize("text", ESCAPES, ids=ascii)
@pytest.mark.parametrize(("main", "good"), GOOD_ARGUMENTS, ids=["audit", "replay", "explain"])
def test_x14_nor_does_a_word_of_the_command_line(
    main: Callable[[list[str]], int],
    good: list[str],
    text: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for unknown in (text, f"--{text}"):
        with pytest.raises(SystemExit):
            main([*good, unknown])

    shown = "".join(capsys.readouterr())
    assert "unrecognized arguments" in shown
    assert all(each.isprintable() or each == "\n" for each in shown), ascii(shown)


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u061c"], ids=ascii)
def test_x17_no_id_and_no_address_turns_the_direction_of_a_line(
    api: Api, workers: Workers, mark: str
) -> None:
    """What is shown as an id has its 64 letters, digits and signs, and none of them is unseen."""
    bad = f"acc{mark}_1"
    told = json.loads(sample("customer.created"))
    turned = told | {"data": told["data"] | {"email": f"dana{mark}@example.com"}}

    statuses = [
        paddle_webhook.lambda_handler(signed(json.dumps(EVENT | change).encode()), None)[
            "statusCode"
        ]
        for change in ({"event_id": bad}, {"event_type": bad})
    ]
    workers.deliver(paddle_events, json.dumps(turned))
    workers.deliver(job_events, failed(bad))
    answers = [
        api.put("/v1/jobs/job_1", {"account_id": bad, "credits": 5}).status,
        api.post("/v1/me/cases", asking(email=f"ann{mark}@example.com"), ANN).status,
        api.get("/v1/me", customer(bad)).status,
    ]

    assert statuses == [400, 400]
    assert [reason.partition(":")[0] for _, _, reason in workers.buried()] == [
        "data.email",
        "job_id",
    ]
    assert answers == [422, 422, 403]
    assert workers.memory.items == []
