"""Calls to AWS over real connections, against a server on this machine that answers by script."""

import json
import re
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from makegood import aws
from makegood.errors import AwsRefusedError, AwsUnreachableError

HUNG_UP = object()


def refusal(code: str, status: int = 400, **more: Any) -> tuple[int, bytes]:
    return status, json.dumps({"__type": f"com.amazonaws.x#{code}", **more}).encode()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        script: Script = self.server.script  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        script.requests.append((dict(self.headers), body))
        script.paths.append(self.path)
        answer = script.answers.pop(0)
        if answer is HUNG_UP:
            self.close_connection = True
            return
        status, content = answer[:2]
        self.send_response(status)
        for name, value in (answer[2] if len(answer) > 2 else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silent."""


class Script:
    """What the server answers, in this order, and what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.pauses: list[int] = []

    def caller(self, service: aws.Service = aws.DYNAMODB) -> aws.Caller:
        return aws.Caller(service, pause=self.pauses.append)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.script = script = Script()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    for name, value in (("REGION", "eu-central-1"), ("ACCESS_KEY_ID", "AKID")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    aws._region.cache_clear()
    aws._credentials.cache_clear()
    yield script
    server.shutdown()
    thread.join()
    server.server_close()
    aws._region.cache_clear()
    aws._credentials.cache_clear()


def test_a_call_is_json_signed_for_its_service(script: Script) -> None:
    script.answers = [(200, b'{"MessageId": "1"}')]

    assert script.caller(aws.SQS).call("SendMessage", {"MessageBody": "é"}) == {"MessageId": "1"}

    ((headers, body),) = script.requests
    assert body == b'{"MessageBody":"\\u00e9"}'
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert headers["X-Amz-Target"] == "AmazonSQS.SendMessage"
    assert headers["X-Amz-Security-Token"] == "token"
    assert re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=AKID/\d{8}/eu-central-1/sqs/aws4_request, "
        r"SignedHeaders=[a-z0-9;-]*content-type;host;[a-z0-9;-]*x-amz-target, "
        r"Signature=[0-9a-f]{64}",
        headers["Authorization"],
    )


def test_a_service_with_paths_is_called_by_its_path(script: Script) -> None:
    script.answers = [(200, b'{"MessageId": "1"}')]

    answer = script.caller(aws.SES).post("v2/email/outbound-emails", {"Content": "é"})

    assert answer == {"MessageId": "1"}
    ((headers, body),) = script.requests
    assert script.paths == ["/v2/email/outbound-emails"]
    assert body == b'{"Content":"\\u00e9"}'
    assert headers["Content-Type"] == "application/json"
    assert "X-Amz-Target" not in headers
    assert "/eu-central-1/ses/aws4_request" in headers["Authorization"]


@pytest.mark.parametrize(
    "named",
    [
        "MessageRejected",
        "MessageRejected:http://internal.amazon.com/coral/com.amazonaws.sesv2/",
        "com.amazonaws.sesv2#MessageRejected",
    ],
)
def test_a_service_with_paths_names_its_error_in_a_header(script: Script, named: str) -> None:
    script.answers = [(400, b'{"message": "no"}', {"x-amzn-ErrorType": named})]
    with pytest.raises(AwsRefusedError) as refused:
        script.caller(aws.SES).post("v2/email/outbound-emails", {})
    assert (refused.value.code, refused.value.status) == ("MessageRejected", 400)
    assert script.pauses == []


def test_an_answer_may_be_waited_for_longer(script: Script) -> None:
    caller = aws.Caller(aws.SES, read_seconds=5)
    assert caller._timeout.read_timeout == 5
    assert script.caller()._timeout.read_timeout == aws.READ_SECONDS


def test_connections_are_kept(script: Script) -> None:
    script.answers = [(200, b"{}")] * 3
    caller = script.caller()
    for _ in range(3):
        assert caller.call("BatchGetItem", {}) == {}
    assert script.pauses == []


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(HUNG_UP, id="connection dropped"),
        pytest.param((500, b"{}"), id="500"),
        pytest.param((503, b"<html>"), id="503 without JSON"),
        pytest.param((200, b'{"cut": '), id="half an answer"),
        pytest.param((200, b"{}", {"x-amz-crc32": "1"}), id="damaged answer"),
        pytest.param(refusal("ThrottlingException"), id="throttled"),
        pytest.param(refusal("TooManyRequestsException", 429), id="too many"),
        pytest.param(refusal("ProvisionedThroughputExceededException"), id="no capacity"),
        pytest.param(refusal("TransactionInProgressException"), id="in progress"),
        pytest.param(refusal("InternalServerError", 500), id="internal error"),
    ],
)
def test_what_may_pass_is_tried_three_times_in_all(script: Script, passing: Any) -> None:
    good = b'{"Responses": {}}'
    script.answers = [passing, passing, (200, good, {"x-amz-crc32": str(zlib.crc32(good))})]
    assert script.caller().call("BatchGetItem", {}) == {"Responses": {}}
    assert script.pauses == [1, 2]
    assert len({body for _, body in script.requests}) == 1

    script.answers = [passing] * 3
    with pytest.raises((AwsRefusedError, AwsUnreachableError)):
        script.caller().call("BatchGetItem", {})
    assert script.answers == []


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"]
)
def test_what_stays_is_raised_at_once(script: Script, code: str) -> None:
    script.answers = [refusal(code)]
    with pytest.raises(AwsRefusedError) as refused:
        script.caller().call("Query", {})
    assert refused.value.code == code
    assert script.pauses == []


def test_a_cancelled_transaction_is_not_repeated_and_says_its_reasons(script: Script) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
    script.answers = [refusal("TransactionCanceledException", CancellationReasons=reasons)]
    with pytest.raises(AwsRefusedError) as refused:
        script.caller().call("TransactWriteItems", {})
    assert refused.value.reasons == reasons
    assert script.pauses == []


def test_nobody_there_is_unreachable(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    with pytest.raises(AwsUnreachableError, match="BatchGetItem"):
        script.caller().call("BatchGetItem", {})


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"AWS_REGION": "eu-west-1"}, "https://sqs.eu-west-1.amazonaws.com/"),
        ({"AWS_REGION": "cn-north-1"}, "https://sqs.cn-north-1.amazonaws.com.cn/"),
        ({"AWS_REGION": "x", "AWS_ENDPOINT_URL": "http://a:1/"}, "http://a:1/"),
        (
            {"AWS_REGION": "x", "AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_SQS": "http://b"},
            "http://b/",
        ),
    ],
)
def test_the_environment_may_name_the_address(environment: dict[str, str], url: str) -> None:
    assert aws.endpoint(aws.SQS, environment) == url


@pytest.mark.parametrize(
    ("service", "variable", "host"),
    [
        (aws.EVENT_BRIDGE, "AWS_ENDPOINT_URL_EVENTBRIDGE", "events"),
        (aws.SES, "AWS_ENDPOINT_URL_SESV2", "email"),
    ],
)
def test_each_service_has_its_own_address(service: aws.Service, variable: str, host: str) -> None:
    assert aws.endpoint(service, {"AWS_REGION": "eu-west-1"}) == (
        f"https://{host}.eu-west-1.amazonaws.com/"
    )
    named = {"AWS_REGION": "eu-west-1", variable: "http://a:1", "AWS_ENDPOINT_URL": "http://b"}
    assert aws.endpoint(service, named) == "http://a:1/"
