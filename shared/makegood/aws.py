"""Calls to AWS services that speak JSON: botocore signs them, urllib3 carries them.

A client of botocore reads the service's whole model, then checks, serialises and parses by it.
That is most of a cold start and three quarters of a storm's work, for requests that are JSON as
they are. The signature (SigV4) is botocore's all the same, connections, TLS and time limits are
urllib3's; docs/adr/0009-calls-without-clients.md has the figures.
"""

import json
import os
import random
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from makegood.errors import AwsRefusedError, AwsUnreachableError

CONNECTIONS_KEPT = 10
CONNECT_SECONDS = 1
ATTEMPTS = 3
READ_SECONDS = 2
"""Three attempts end within ten seconds, the API's own limit. Libraries wait a minute for one."""

_PASSING = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Answers that another attempt may change; so may every status from 500 on."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and how its operations are called: `DynamoDB_20120810.BatchGetItem`.

    `host` is what its address begins with where that is not its name.
    """

    name: str
    target: str
    json_version: str
    endpoint_variable: str
    host: str = ""


DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0", "AWS_ENDPOINT_URL_DYNAMODB")
SECRETS_MANAGER = Service(
    "secretsmanager", "secretsmanager", "1.1", "AWS_ENDPOINT_URL_SECRETS_MANAGER"
)
EVENT_BRIDGE = Service("events", "AWSEvents", "1.1", "AWS_ENDPOINT_URL_EVENTBRIDGE")
SES = Service("ses", "", "", "AWS_ENDPOINT_URL_SESV2", host="email")
"""It has paths in the place of operations: `Caller.post`."""
SQS = Service("sqs", "AmazonSQS", "1.0", "AWS_ENDPOINT_URL_SQS")
SSM = Service("ssm", "AmazonSSM", "1.1", "AWS_ENDPOINT_URL_SSM")


def back_off(attempt: int) -> None:
    """Wait before another attempt, longer each time, so that rivals get out of step."""
    time.sleep(random.uniform(0, min(0.5, 0.02 * 2**attempt)))  # noqa: S311 - nothing secret


class Caller:
    """One service. Safe to share between threads; nothing is opened before the first call."""

    def __init__(
        self,
        service: Service,
        *,
        attempts: int = ATTEMPTS,
        read_seconds: int = READ_SECONDS,
        pause: Callable[[int], None] = back_off,
    ) -> None:
        self._service = service
        self._url = endpoint(service, os.environ)
        self._attempts = attempts
        self._pause = pause
        self._timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. Raises AwsRefusedError with AWS's code, or AwsUnreachableError.

        A request may be sent several times, also after it was carried out and its answer was
        lost: what is called here must be harmless twice.
        """
        headers = {
            "Content-Type": f"application/x-amz-json-{self._service.json_version}",
            "X-Amz-Target": f"{self._service.target}.{operation}",
        }
        return self._tried(_Call(operation, self._url, headers, _json(request)))

    def post(self, path: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The same for a service whose operations are paths, such as `v2/email/outbound-emails`."""
        headers = {"Content-Type": "application/json"}
        return self._tried(_Call(path, self._url + path, headers, _json(request)))

    def _tried(self, call: "_Call") -> dict[str, Any]:
        for attempt in range(1, self._attempts):
            try:
                return self._send(call)
            except AwsUnreachableError:
                self._pause(attempt)
            except AwsRefusedError as refusal:
                if refusal.code not in _PASSING and refusal.status < 500:
                    raise
                self._pause(attempt)
        return self._send(call)

    def _send(self, call: "_Call") -> dict[str, Any]:
        request = AWSRequest(method="POST", url=call.url, data=call.body, headers=call.headers)
        SigV4Auth(_credentials(), self._service.name, _region()).add_auth(request)
        try:
            response = connections().request(
                "POST",
                call.url,
                body=call.body,
                headers=dict(request.headers.items()),
                timeout=self._timeout,
                retries=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise AwsUnreachableError(f"{call.name}: {type(error).__name__}") from error
        return _read(call.name, response.status, response.headers, response.data)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request as it is sent, as often as that takes."""

    name: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def _json(request: Mapping[str, Any]) -> bytes:
    return json.dumps(request, separators=(",", ":")).encode()


@cache
def connections() -> urllib3.PoolManager:
    """One for all services: reading the authorities takes longer than the rest of a call."""
    authorities = os.environ.get("AWS_CA_BUNDLE") or Path(botocore.__file__).with_name("cacert.pem")
    context = ssl.create_default_context(cafile=authorities)
    return urllib3.PoolManager(maxsize=CONNECTIONS_KEPT, ssl_context=context)


def _read(
    operation: str, status: int, headers: Mapping[str, str], content: bytes
) -> dict[str, Any]:
    checksum = headers.get("x-amz-crc32")
    if checksum is not None and int(checksum) != zlib.crc32(content):
        raise AwsUnreachableError(f"{operation}: the answer was damaged on its way")
    try:
        answer: dict[str, Any] = json.loads(content or b"{}")
    except ValueError:
        raise AwsUnreachableError(f"{operation}: status {status} without JSON") from None
    if status != 200:
        code = _code(answer, headers) or f"status {status}"
        raise AwsRefusedError(operation, code, status, answer.get("CancellationReasons") or [])
    return answer


def _code(answer: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """Services with paths name the error in a header, which may go on with a colon."""
    named = answer.get("__type") or headers.get("x-amzn-errortype", "").partition(":")[0]
    return str(named).rpartition("#")[2]


def endpoint(service: Service, environment: Mapping[str, str]) -> str:
    """The service's address in the function's Region, or the one that the environment names."""
    region = environment["AWS_REGION"]
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    named = environment.get(service.endpoint_variable) or environment.get("AWS_ENDPOINT_URL")
    return (named or f"https://{service.host or service.name}.{region}.{suffix}").rstrip("/") + "/"


@dataclass(frozen=True, slots=True)
class _Credentials:
    """Those of the function's role, under the names that botocore's signer reads."""

    access_key: str
    secret_key: str
    token: str | None


@cache
def _region() -> str:
    return os.environ["AWS_REGION"]


@cache
def _credentials() -> Any:
    """Lambda gives them to a sandbox for its whole life (without SnapStart)."""
    return _Credentials(
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        os.environ.get("AWS_SESSION_TOKEN"),
    )
