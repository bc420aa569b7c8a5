"""Clients of the emulated AWS: made-up credentials that reach nothing else."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@cache
def client(service: str, endpoint: str) -> Any:
    # boto3's stubs know the services one by one; which one it is, is not known here.
    connect: Any = boto3.client
    return connect(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        config=Config(retries={"max_attempts": 3}, connect_timeout=5, read_timeout=60),
        **CREDENTIALS,
    )
