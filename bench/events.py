"""Events as Lambda hands them over, the same ones for both solutions."""

import hmac
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Event = dict[str, Any]

SAMPLE = (
    Path(__file__).parents[1] / "tests/samples/paddle/transaction.completed.usd_credit_pack.json"
)
WEBHOOK_SECRET = "pdl_ntfset_bench_0000000000000000000000"  # noqa: S105 - it protects nothing
FIRST_RECEIVED_MS = 1_790_000_000_000


def purchase(number: int, *, account_id: str) -> bytes:
    """A completed transaction of about six KB, as Paddle sends it."""
    event = json.loads(SAMPLE.read_bytes())
    event["event_id"] = f"evt_bench_{number:012d}"
    event["data"]["id"] = f"txn_bench_{number:012d}"
    event["data"]["custom_data"]["account_id"] = account_id
    return json.dumps(event, separators=(",", ":")).encode()


def paddle_message(body: bytes) -> str:
    """What the webhook puts on the queue, near enough: card data is still in it."""
    return json.dumps(json.loads(body), separators=(",", ":"))


def webhook(body: bytes) -> Event:
    """Signed just now: Paddle's own verifier takes five seconds."""
    now = time.time()
    stamp = str(int(now))
    digest = hmac.digest(WEBHOOK_SECRET.encode(), stamp.encode() + b":" + body, "sha256").hex()
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/paddle",
        "rawPath": "/webhooks/paddle",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "content-length": str(len(body)),
            "content-type": "application/json",
            "host": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
            "paddle-signature": f"ts={stamp};h1={digest}",
            "user-agent": "Paddle",
            "x-amzn-trace-id": "Root=1-6720e000-0123456789abcdef01234567",
            "x-forwarded-for": "34.232.58.13",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "abcdefghij",
            "http": {
                "method": "POST",
                "path": "/webhooks/paddle",
                "protocol": "HTTP/1.1",
                "sourceIp": "34.232.58.13",
                "userAgent": "Paddle",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /webhooks/paddle",
            "stage": "$default",
            "time": "28/Oct/2026:14:04:11 +0000",
            "timeEpoch": int(now * 1000),
        },
        "body": body.decode(),
        "isBase64Encoded": False,
    }


def charge(job_id: str, *, account_id: str, credits: int) -> Event:
    """What the studio sends before it starts work, with a token that the gateway has checked."""
    body = {"account_id": account_id, "credits": credits, "capability": "video", "outputs": 4}
    event = webhook(json.dumps(body).encode())
    event["routeKey"] = "PUT /v1/jobs/{job_id}"
    event["rawPath"] = f"/v1/jobs/{job_id}"
    event["pathParameters"] = {"job_id": job_id}
    event["requestContext"]["http"] |= {"method": "PUT", "path": f"/v1/jobs/{job_id}"}
    event["requestContext"]["routeKey"] = event["routeKey"]
    event["requestContext"]["authorizer"] = {
        "jwt": {"claims": {"sub": "studio", "scope": "jobs"}, "scopes": ["jobs"]}
    }
    return event


def job_failed(job_id: str) -> str:
    message = {
        "version": 1,
        "type": "job.failed",
        "job_id": job_id,
        "occurred_at": "2026-09-21T14:13:20.000Z",
        "failure": {
            "code": "provider_503",
            "message": "upstream unavailable",
            "source": "renderer",
        },
    }
    return json.dumps(message)


def job_succeeded(job_id: str) -> str:
    """All that was ordered is there, which is what most jobs come to."""
    message = {
        "version": 1,
        "type": "job.succeeded",
        "job_id": job_id,
        "occurred_at": "2026-09-21T14:13:20.000Z",
        "outputs": {"ordered": 4, "delivered": 4},
    }
    return json.dumps(message)


def batch(bodies: Iterable[str], *, queue: str) -> Event:
    return {"Records": [_record(number, body, queue) for number, body in enumerate(bodies)]}


def _record(number: int, body: str, queue: str) -> Mapping[str, Any]:
    return {
        "messageId": f"059f36b4-87a3-44ab-83d2-{number:012d}",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a" * 4,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(FIRST_RECEIVED_MS - 150),
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": str(FIRST_RECEIVED_MS),
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
        "awsRegion": "eu-west-1",
    }
