"""The textbook solution works, so that it is something to be compared with."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from bench import events, worlds
from bench.deployed import TEXTBOOK
from bench.environment import AWS, SETTINGS
from bench.loop import Context
from bench.processes import StubProcess
from tests.bench.conftest import CHARGED

pytest.importorskip("aws_xray_sdk")
pytest.importorskip("paddle_billing")

# Powertools says so of each event that only repeats an earlier one.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics")

Handler = Callable[[Any], Any]
BALANCE = CHARGED.account.balance
FAILED = [events.job_failed(job.job_id) for job in CHARGED.jobs]


@pytest.fixture
def load(stub: StubProcess, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Handler]:
    """A function of the textbook with its environment, as a fresh sandbox has it."""
    for name, value in (AWS | SETTINGS["textbook"] | stub.environment).items():
        monkeypatch.setenv(name, value)
    # Without Lambda's folder there is no tracing: it would patch libraries for good.
    monkeypatch.delenv("LAMBDA_TASK_ROOT")

    def loaded(name: str) -> Handler:
        spec = importlib.util.spec_from_file_location(f"textbook_{name}", TEXTBOOK / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return lambda event: module.lambda_handler(event, Context(30))

    return loaded


def balance(stub: StubProcess) -> int:
    (account,) = stub.items("accounts")
    return int(account["balance"]["N"])


def test_a_purchase_is_granted_once(load: Callable[[str], Handler], stub: StubProcess) -> None:
    webhook = load("paddle_webhook")
    body = events.purchase(1, account_id="acc_1")

    answers = [webhook(events.webhook(body)) for _ in range(2)]

    assert [answer["statusCode"] for answer in answers] == [200, 200]
    assert balance(stub) == BALANCE + 2_000
    assert [entry["kind"]["S"] for entry in stub.items("history")] == ["grant"]


def test_a_forged_webhook_is_refused(load: Callable[[str], Handler], stub: StubProcess) -> None:
    webhook = load("paddle_webhook")
    event = events.webhook(events.purchase(1, account_id="acc_1"))
    event["body"] = event["body"].replace("acc_1", "acc_2")

    assert webhook(event)["statusCode"] == 401
    assert balance(stub) == BALANCE


def test_failed_jobs_are_refunded_once_with_six_calls(
    load: Callable[[str], Handler], stub: StubProcess
) -> None:
    worker = load("refund_worker")
    batch = events.batch(FAILED, queue="job-events")

    assert worker(batch) == {"batchItemFailures": []}

    counts = stub.counts()
    assert counts.dynamodb_calls == 6 * len(FAILED)
    assert counts.write_units == 5 * len(FAILED)
    assert worker(batch) == {"batchItemFailures": []}
    assert balance(stub) == BALANCE + worlds.JOB_CREDITS * len(FAILED)
    assert {job["status"]["S"] for job in stub.items("jobs")} == {"refunded"}
    assert len(stub.items("history")) == len(FAILED)


def test_one_bad_message_does_not_spoil_the_batch(
    load: Callable[[str], Handler], stub: StubProcess
) -> None:
    batch = events.batch([FAILED[0], events.job_failed("job_unknown")], queue="job-events")

    answer = load("refund_worker")(batch)

    bad = batch["Records"][1]["messageId"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": bad}]}
    assert balance(stub) == BALANCE + worlds.JOB_CREDITS


def test_a_customers_own_fault_is_not_refunded(
    load: Callable[[str], Handler], stub: StubProcess
) -> None:
    blocked = FAILED[0].replace("provider_503", "moderation_blocked")

    assert load("refund_worker")(events.batch([blocked], queue="job-events")) == {
        "batchItemFailures": []
    }
    assert balance(stub) == BALANCE
