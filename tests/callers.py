"""Ways for the product's own calls to reach what stands for AWS in a test."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from urllib3 import HTTPResponse

from makegood import aws
from makegood.errors import AwsRefusedError, AwsUnreachableError
from tests import moto_shortcuts
from tests.template import REGION

moto_shortcuts.take()


class Through:
    """A caller that hands everything to a boto3 client, or to what looks like one."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def call(self, operation: str, request: Mapping[str, Any]) -> Any:
        try:
            return getattr(self.client, xform_name(operation))(**request)
        except ClientError as error:
            told: Any = error.response
            status = told.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            reasons = told.get("CancellationReasons", [])
            raise AwsRefusedError(operation, told["Error"]["Code"], status, reasons) from error
        except (BotoCoreError, HTTPClientError) as error:
            raise AwsUnreachableError(f"{operation}: {type(error).__name__}") from error


class MotoConnections:
    """In the place of the product's connections."""

    def request(
        self, method: str, url: str, *, body: bytes, headers: dict[str, str], **_options: Any
    ) -> HTTPResponse:
        given: Any = AWSPreparedRequest(method, url, HTTPHeaders.from_dict(headers), body, False)
        answer = BotocoreStubber().process_request(given)
        assert answer is not None, f"moto does not know {url}"
        status, told, content = answer
        data = content.encode() if isinstance(content, str) else content
        return HTTPResponse(data, headers=told, status=status)


@contextmanager
def on_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS is moto, for boto3's clients and for the product's own calls."""
    wire_to_moto(monkeypatch)
    with mock_aws():
        yield
    forget()


def wire_to_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead the product's own calls to moto, which answers inside `mock_aws` only."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(aws, "connections", MotoConnections)
    forget()


def forget() -> None:
    """What a process keeps of its environment for its whole life."""
    aws._region.cache_clear()
    aws._credentials.cache_clear()
