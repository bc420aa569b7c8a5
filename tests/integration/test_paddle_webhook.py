"""The real handler with real clients, against moto's SQS and Secrets Manager."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from urllib3.exceptions import ReadTimeoutError

import paddle_webhook
from makegood import aws, settings
from makegood.errors import SettingsError
from makegood.events.paddle import parse_paddle_event
from makegood.paddle.delivery import BODY_BYTES_MAX
from makegood.paddle.envelope import CARD_FIELDS
from tests.callers import on_moto
from tests.webhooks import NOW, OTHER_SECRET, SECRET, http_event, sample, sign

REGION = "eu-central-1"
BODY = sample("transaction.completed.usd_credit_pack")
ROOT = Path(__file__).parents[2]


class Neighbours:
    """What stands beside the webhook in the stack."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.secrets = boto3.client("secretsmanager", region_name=REGION)
        self.queue_url: str = self.sqs.create_queue(QueueName="paddle-events")["QueueUrl"]
        self.secret_arn: str = self.secrets.create_secret(
            Name="webhook", SecretString=json.dumps({"secrets": [SECRET]})
        )["ARN"]

    def keep(self, secret_string: str) -> None:
        self.secrets.put_secret_value(SecretId=self.secret_arn, SecretString=secret_string)

    def keep_secrets(self, *secrets: str) -> None:
        self.keep(json.dumps({"secrets": secrets}))

    def queued(self) -> list[str]:
        answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Neighbours]:
    with on_moto(monkeypatch):
        neighbours = Neighbours()
        monkeypatch.setenv("MAKEGOOD_PADDLE_EVENTS_QUEUE_URL", neighbours.queue_url)
        monkeypatch.setenv("MAKEGOOD_WEBHOOK_SECRET_ARN", neighbours.secret_arn)
        _forget()
        yield neighbours
    _forget()


def _forget() -> None:
    """What a fresh sandbox knows: nothing."""
    settings.webhook_settings.cache_clear()
    paddle_webhook.opened_inbox.cache_clear()


def answer(event: dict[str, Any]) -> int:
    response = paddle_webhook.lambda_handler(event, None)
    status: int = response["statusCode"]
    return status


def test_a_signed_event_is_queued_and_answered_with_200(stack: Neighbours) -> None:
    assert answer(http_event(BODY)) == 200

    (message,) = stack.queued()
    assert parse_paddle_event(message) == parse_paddle_event(BODY)


def test_the_message_is_compact_ascii_json_of_the_envelope_alone(stack: Neighbours) -> None:
    original = json.loads(BODY) | {"new_field": {"x": 1}}
    original["data"]["custom_data"]["note"] = "größer 日本 😀 \u2028"
    body = json.dumps(original, ensure_ascii=False, indent=2).encode()

    assert answer(http_event(body)) == 200

    (message,) = stack.queued()
    kept = json.loads(message)
    assert message.isascii()
    assert message == json.dumps(kept, separators=(",", ":"))
    assert list(kept) == ["event_id", "event_type", "occurred_at", "data"]
    assert kept["data"]["custom_data"] == original["data"]["custom_data"]


def test_card_data_is_dropped_and_nothing_else_of_the_payment(stack: Neighbours) -> None:
    assert answer(http_event(BODY)) == 200

    (message,) = stack.queued()
    assert "4242" not in message
    assert "Whitfield" not in message
    assert "paymtd_" not in message
    expected = json.loads(BODY)
    del expected["notification_id"]
    for payment in expected["data"]["payments"]:
        for field in ("stored_payment_method_id", "payment_method_id"):
            del payment[field]
        payment["method_details"] = {"type": payment["method_details"]["type"]}
    assert json.loads(message) == expected


@pytest.mark.parametrize(
    "method",
    [None, "card", ["card"], {}, {"type": None}, {"type": "4242 4242"}, {"type": "x" * 65}],
)
def test_what_says_no_kind_of_payment_is_dropped_whole(stack: Neighbours, method: Any) -> None:
    event = json.loads(BODY)
    event["data"]["payments"][0]["method_details"] = method

    assert answer(http_event(json.dumps(event).encode())) == 200

    assert json.loads(stack.queued()[0])["data"]["payments"][0]["method_details"] is None


@pytest.mark.parametrize("field", sorted(CARD_FIELDS))
def test_each_card_field_is_dropped_wherever_it_stands(stack: Neighbours, field: str) -> None:
    event = json.loads(BODY)
    event["data"]["deeper"] = [{field: "private", "kept": 1}]

    assert answer(http_event(json.dumps(event).encode())) == 200

    assert json.loads(stack.queued()[0])["data"]["deeper"] == [{"kept": 1}]


def test_the_largest_body_fits_into_a_message_however_it_grows(stack: Neighbours) -> None:
    event = json.loads(BODY)
    event["data"]["custom_data"] = {"numbers": []}
    head, tail = json.dumps(event).encode().split(b"[]", 1)[0] + b"[", b"]"
    tail += json.dumps(event).encode().split(b'"numbers": []', 1)[1]
    room = BODY_BYTES_MAX - len(head) - len(tail)
    # Each of these five bytes-long numbers is written with eighteen characters.
    body = head + b",".join([b"9e15"] * (room // 5)) + tail

    assert answer(http_event(body)) == 200

    assert 900_000 < len(stack.queued()[0]) < 1024 * 1024


def test_a_body_in_base64_is_decoded_before_it_is_verified(stack: Neighbours) -> None:
    assert answer(http_event(BODY, encoded=True)) == 200
    assert len(stack.queued()) == 1


def test_header_names_may_be_written_in_any_case(stack: Neighbours) -> None:
    event = http_event(BODY)
    event["headers"] = {"Paddle-Signature": sign(BODY)}

    assert answer(event) == 200


def test_every_delivery_is_queued_for_the_queue_is_at_least_once_anyway(stack: Neighbours) -> None:
    assert [answer(http_event(BODY)) for _ in range(3)] == [200, 200, 200]
    assert len(stack.queued()) == 3


def test_a_slow_start_makes_no_signature_old(stack: Neighbours) -> None:
    """The age is counted to the gateway's time; the clock of this machine is long past it."""
    assert answer(http_event(BODY, sign(BODY), at=NOW + timedelta(seconds=299))) == 200
    assert answer(http_event(BODY, sign(BODY), at=NOW + timedelta(seconds=301))) == 401


def test_two_secrets_are_good_while_they_rotate(stack: Neighbours) -> None:
    stack.keep_secrets(OTHER_SECRET, SECRET)

    assert answer(http_event(BODY, sign(BODY, secret=SECRET))) == 200
    assert answer(http_event(BODY, sign(BODY, secret=OTHER_SECRET))) == 200


def test_a_rotated_secret_is_found_by_looking_again_once_a_minute(stack: Neighbours) -> None:
    def at(seconds: int, secret: str) -> int:
        moment = NOW + timedelta(seconds=seconds)
        ts = str(int(moment.timestamp()))
        return answer(http_event(BODY, sign(BODY, secret=secret, ts=ts), at=moment))

    assert at(0, SECRET) == 200
    stack.keep_secrets(OTHER_SECRET)

    assert at(59, OTHER_SECRET) == 401
    assert at(60, OTHER_SECRET) == 200
    assert at(61, SECRET) == 401
    stack.keep_secrets(SECRET)
    assert at(119, SECRET) == 401
    assert at(120, SECRET) == 200


def test_a_withdrawn_secret_is_good_for_five_minutes_at_most(stack: Neighbours) -> None:
    assert answer(http_event(BODY)) == 200
    stack.keep_secrets(OTHER_SECRET)

    assert answer(http_event(BODY, at=NOW + timedelta(seconds=299))) == 200
    assert answer(http_event(BODY, at=NOW + timedelta(seconds=300))) == 401


def test_time_that_runs_backwards_does_not_keep_a_secret_for_ever(stack: Neighbours) -> None:
    assert answer(http_event(BODY)) == 200
    stack.keep_secrets(OTHER_SECRET)

    assert answer(http_event(BODY, at=NOW - timedelta(days=1))) == 401


class CountingSecrets:
    def __init__(self, answers: Any) -> None:
        self.calls = 0
        self._answers = answers

    def call(self, _operation: str, _request: dict[str, str]) -> Any:
        self.calls += 1
        return self._answers()


def test_forgers_cannot_run_up_the_bill_of_secrets_manager(stack: Neighbours) -> None:
    counting = CountingSecrets(lambda: stack.secrets.get_secret_value(SecretId=stack.secret_arn))
    inbox: Any = paddle_webhook.opened_inbox()
    inbox._secrets_manager = counting

    for second in range(120):
        moment = NOW + timedelta(seconds=second)
        forged = sign(BODY, secret=OTHER_SECRET, ts=str(int(moment.timestamp())))
        assert answer(http_event(BODY, forged, at=moment)) == 401
        assert answer(http_event(BODY, "nonsense", at=moment)) == 401

    assert counting.calls == 2
    assert stack.queued() == []


@pytest.mark.parametrize(
    "secret_string",
    [
        "",
        "pdl_ntfset_plain_text",
        "{}",
        "[]",
        '{"secrets":[]}',
        '{"secrets":""}',
        '{"secrets":[""]}',
        '{"secrets":["good", " "]}',
        '{"secrets":["good", null]}',
        '{"secrets":["é"]}',
        '{"secrets":["1","2","3","4","5","6"]}',
    ],
)
def test_a_secret_of_another_form_lets_nobody_in(stack: Neighbours, secret_string: str) -> None:
    stack.keep(secret_string or " ")

    assert answer(http_event(BODY)) == 503
    assert answer(http_event(BODY, sign(BODY, secret=""))) == 503
    assert stack.queued() == []


def test_without_secrets_manager_nothing_is_accepted(stack: Neighbours) -> None:
    stack.secrets.delete_secret(SecretId=stack.secret_arn, ForceDeleteWithoutRecovery=True)

    assert answer(http_event(BODY)) == 503
    assert answer(http_event(BODY, "")) == 503
    assert stack.queued() == []


def test_when_secrets_manager_fails_later_what_it_said_is_used_for_five_minutes(
    stack: Neighbours,
) -> None:
    assert answer(http_event(BODY)) == 200
    stack.secrets.delete_secret(SecretId=stack.secret_arn, ForceDeleteWithoutRecovery=True)

    assert answer(http_event(BODY, at=NOW + timedelta(seconds=299))) == 200
    assert answer(http_event(BODY, at=NOW + timedelta(seconds=300))) == 503


def test_without_the_queue_the_answer_is_503_and_later_200(stack: Neighbours) -> None:
    stack.sqs.delete_queue(QueueUrl=stack.queue_url)
    assert answer(http_event(BODY)) == 503

    stack.sqs.create_queue(QueueName="paddle-events")
    assert answer(http_event(BODY)) == 200
    assert len(stack.queued()) == 1


class Wire:
    """In the place of the connections: each attempt is counted, and its answer lost."""

    def __init__(self) -> None:
        self.attempts = 0

    def request(self, _method: str, url: str, **_options: Any) -> Any:
        self.attempts += 1
        raise ReadTimeoutError(None, url, "timed out")  # type: ignore[arg-type]


def test_an_answer_that_is_lost_is_asked_for_twice_and_is_no_200(
    stack: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox: Any = paddle_webhook.opened_inbox()
    inbox.secrets(NOW)
    wire = Wire()
    monkeypatch.setattr(aws, "connections", lambda: wire)
    inbox._queues._pause = lambda _attempt: None

    assert answer(http_event(BODY)) == 503
    assert wire.attempts == 2


def test_the_callers_give_up_before_paddle_does(stack: Neighbours) -> None:
    inbox: Any = paddle_webhook.opened_inbox()

    for caller in (inbox._queues, inbox._secrets_manager):
        timeout = caller._timeout
        assert (timeout.connect_timeout, timeout.read_timeout) == (1, 2)
        assert caller._attempts == 2


class SilentQueue:
    def call(self, _operation: str, _request: dict[str, str]) -> dict[str, Any]:
        return {}


def test_an_answer_without_a_message_id_is_no_acceptance(stack: Neighbours) -> None:
    inbox: Any = paddle_webhook.opened_inbox()
    inbox._queues = SilentQueue()

    assert answer(http_event(BODY)) == 503


def test_a_missing_setting_is_a_crash_that_names_it(
    stack: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAKEGOOD_WEBHOOK_SECRET_ARN")
    _forget()

    with pytest.raises(SettingsError, match="MAKEGOOD_WEBHOOK_SECRET_ARN"):
        answer(http_event(BODY))


@pytest.mark.parametrize("name", ["transaction.completed.usd_credit_pack", "customer.created"])
def test_neither_answers_nor_logs_show_what_was_sent(
    stack: Neighbours, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    body = sample(name)
    events = [
        http_event(body),
        http_event(body, sign(body, secret=OTHER_SECRET)),
        http_event(body[:-3]),
        http_event(body.replace(b"evt_", b"evt_4242 dana@example.com ")),
        http_event(body, "ts=4242;h1=dana@example.com"),
    ]

    shown = json.dumps([paddle_webhook.lambda_handler(event, None) for event in events])

    output = "".join(capfd.readouterr())
    for private in ("4242", "dana", "Dana", "example.com", SECRET, "pdl_", "h1=", "ts="):
        assert private not in output
        assert private not in shown
    logged = [json.loads(line) for line in output.splitlines()]
    entries = [line for line in logged if "event" in line]
    assert [line["event"] for line in entries] == ["webhook.accepted"] + ["webhook.refused"] * 4
    assert [line.get("status") for line in entries] == [None, 401, 400, 400, 401]


def test_one_refusal_is_counted_once(stack: Neighbours, capfd: pytest.CaptureFixture[str]) -> None:
    assert answer(http_event(BODY, "")) == 401

    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["WebhookSignatureRefused"] for line in lines if "_aws" in line] == [1]
