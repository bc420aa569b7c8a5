"""Talks to a running stack as a studio, a customer or Paddle would: HTTP, SQS and `stack.json`."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from local import aws
from local.home import read_json

# A busy machine starts several functions at once, each for the first time; and what could not be
# worked on at once comes again from its queue after three minutes.
DEADLINE_SECONDS = 240
POLL_SECONDS = 0.05

T = TypeVar("T")


class NotInTimeError(TimeoutError):
    """What was waited for did not come."""


class FunctionFailedError(RuntimeError):
    """A function that was called by hand raised; the text is what it told."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stack:
    """The content of `stack.json`, with what one does with it."""

    description: Mapping[str, Any]

    def token(self, scope: str, **more: Any) -> str:
        """`account_id=…` for the scope `account`; `expires_in=…` seconds, also negative ones."""
        answer = call("POST", self.description["tokens"], {"scope": scope, **more})
        return str(answer.body["access_token"])

    def as_studio(self, method: str, path: str, body: Any = None) -> Answer:
        return self.request(method, path, body, token=self.token("jobs"))

    def as_operator(self, method: str, path: str, body: Any = None) -> Answer:
        return self.request(method, path, body, token=self.token("operate", sub="operator"))

    def as_account(
        self, account_id: str, path: str, body: Any = None, *, method: str = "GET"
    ) -> Answer:
        token = self.token("account", account_id=account_id)
        return self.request(method, path, body, token=token)

    def as_reviewer(
        self, method: str, path: str, body: Any = None, *, name: str = "reviewer"
    ) -> Answer:
        return self.request(method, path, body, token=self.token("review", sub=name))

    def request(
        self, method: str, path: str, body: Any = None, *, token: str | None = None
    ) -> Answer:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return call(method, self.description["api"] + path, body, headers)

    def end_job(self, job_id: str, kind: str, **more: Any) -> None:
        """`kind` failed, succeeded or cancelled, in the studio's own words on its queue."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        message = {"version": 1, "type": f"job.{kind}", "job_id": job_id, "occurred_at": now}
        self.send("job_events", {**message, **more})

    def send(self, queue: str, message: Any) -> None:
        sqs = aws.client("sqs", self.description["aws_endpoint"])
        url = self.description["queues"][queue]
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    def waiting_in(self, queue: str) -> int:
        """Messages that are not worked on yet, and those that just are."""
        sqs = aws.client("sqs", self.description["aws_endpoint"])
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self.description["queues"][queue]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(counts[name]) for name in names)

    def buy(self, account_id: str, price_id: str, **more: Any) -> Any:
        """A purchase at the stand-in for Paddle, which then sends its webhooks."""
        purchase = {"account_id": account_id, "price_id": price_id, **more}
        return call("POST", self.description["paddle"]["api"] + "/_local/purchases", purchase).body

    def at_paddle(self, path: str, **told: Any) -> Any:
        """Make something happen in the world around the stand-in: a bank, Paddle's own people."""
        return call("POST", f"{self.description['paddle']['api']}/_local/{path}", told).body

    def run(self, function: str, *, at: datetime, **more: Any) -> Any:
        """What the function's schedule does, for this time: how time is moved on a laptop. What
        it answers, which a schedule throws away."""
        functions = aws.client("lambda", self.description["aws_endpoint"])
        told = {"time": at.strftime("%Y-%m-%dT%H:%M:%SZ"), **more}
        name = self.description["functions"][function]
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(told))
        content = answer["Payload"].read()
        if "FunctionError" in answer:
            raise FunctionFailedError(f"{function}: {content.decode()}")
        return _parsed(content)

    def settings(self) -> Any:
        parameters = aws.client("ssm", self.description["aws_endpoint"])
        name = self.description["parameters"]["settings"]
        return json.loads(parameters.get_parameter(Name=name)["Parameter"]["Value"])

    def put_settings(self, settings: Any) -> None:
        """As an operator does. The next scheduled run of a function takes them."""
        parameters = aws.client("ssm", self.description["aws_endpoint"])
        name = self.description["parameters"]["settings"]
        parameters.put_parameter(Name=name, Value=json.dumps(settings), Overwrite=True)

    def set_health(self, capability: str, *, healthy: bool) -> None:
        """What the studio's stand-in answers to probes."""
        call(
            "PUT", f"{self.description['studio']['api']}/health/{capability}", {"healthy": healthy}
        )

    def set_job(self, job_id: str, **told: Any) -> None:
        """What it answers about a job: `state="running"`, `state="failed", failure={…}`."""
        call("PUT", f"{self.description['studio']['api']}/jobs/{job_id}", told)

    def file_case(self, account_id: str, **request: Any) -> Answer:
        return self.as_account(account_id, "/v1/me/cases", request, method="POST")

    def decide(self, case: Any, decision: str, *, name: str, **more: Any) -> Answer:
        """A reviewer's word on a case as it was just seen."""
        body = {"decision": decision, "seen_version": case["version"], **more}
        return self.as_reviewer("POST", f"/v1/cases/{case['case_id']}/decision", body, name=name)


def stack_at(path: Path) -> Stack | None:
    """The running stack, or None when none runs."""
    description = read_json(path)
    return None if description is None else Stack(description)


def call(
    method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request; an HTTP error is an answer like any other."""
    content = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, content, sent, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return Answer(response.status, _parsed(response.read()), dict(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _parsed(error.read()), dict(error.headers))


def wait_for(what: str, look: Callable[[], T | None], seconds: float = DEADLINE_SECONDS) -> T:
    """The first answer of `look` that is neither None nor False."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None and found is not False:
            return found
        time.sleep(POLL_SECONDS)
    raise NotInTimeError(f"waited {seconds} s for {what}")


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode(errors="replace")
