"""MiniStack's DynamoDB, which is right under threads, as a process of its own."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local import ports
from tests.ledgers import dynamodb, empty_table, ledger_on

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from makegood.ledger.store import Ledger

THREADS = 16
ATTEMPTS = 600


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a MiniStack that has DynamoDB only and nothing of this machine's settings."""
    home = tmp_path_factory.mktemp("ministack")
    port = ports.any_free()
    with (home / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            cwd=home,
            env=_environment(home, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(process, url, home / "ministack.log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="package")
def client(emulator: str) -> "DynamoDBClient":
    return dynamodb(emulator, connections=THREADS)


@pytest.fixture
def table(client: "DynamoDBClient") -> str:
    """A fresh one for each test."""
    return empty_table(client)


@pytest.fixture
def ledger(client: "DynamoDBClient", table: str) -> "Ledger":
    return ledger_on(client, table)


def _environment(home: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "SERVICES": "dynamodb",
        "PERSIST_STATE": "0",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # It tidies up containers when it starts: it must not find anybody's.
        "DOCKER_HOST": "unix:///nonexistent",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "LOG_LEVEL": "WARNING",
    }


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"MiniStack did not start:\n{log.read_text(errors='replace')[-2000:]}")
