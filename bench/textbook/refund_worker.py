"""Gives back the credits of failed jobs."""

import os
from datetime import UTC, datetime
from typing import Any, Literal

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import BaseModel
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

logger = Logger(service="refund-worker")
metrics = Metrics(namespace="Credits", service="refund-worker")
tracer = Tracer(service="refund-worker")

dynamodb = boto3.resource("dynamodb")
jobs = dynamodb.Table(os.environ["JOBS_TABLE"])
accounts = dynamodb.Table(os.environ["ACCOUNTS_TABLE"])
history = dynamodb.Table(os.environ["HISTORY_TABLE"])

persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="job_id", expires_after_seconds=7 * 24 * 3600)

REFUNDED_PREFIXES = ("provider_5", "internal_", "render_", "storage_", "worker_", "timeout")
REFUNDED_CODES = {
    "provider_429",
    "provider_error",
    "provider_timeout",
    "provider_unavailable",
    "provider_overloaded",
    "deadline_exceeded",
}


class Failure(BaseModel):
    code: str
    message: str = ""
    source: str | None = None


class JobFailed(BaseModel):
    version: Literal[1]
    type: Literal["job.failed"]
    job_id: str
    occurred_at: datetime
    failure: Failure


class JobFailedRecord(SqsRecordModel):
    body: Json[JobFailed]


class JobNotFoundError(Exception):
    """The charge has not arrived yet; the queue delivers the message again."""


processor = BatchProcessor(event_type=EventType.SQS, model=JobFailedRecord)


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    config.register_lambda_context(context)
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )


@tracer.capture_method(capture_response=False)
def record_handler(record: JobFailedRecord) -> None:
    refund(failed=record.body)


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="failed", persistence_store=persistence, config=config
)
def refund(failed: JobFailed) -> dict[str, Any]:
    job: dict[str, Any] | None = jobs.get_item(
        Key={"job_id": failed.job_id}, ConsistentRead=True
    ).get("Item")
    if job is None:
        raise JobNotFoundError(failed.job_id)
    code = failed.failure.code
    if not (code.startswith(REFUNDED_PREFIXES) or code in REFUNDED_CODES):
        logger.info("Refund denied", job_id=failed.job_id, code=code)
        metrics.add_metric(name="RefundDenied", unit=MetricUnit.Count, value=1)
        return {"status": "denied"}
    if job["status"] != "charged":
        return {"status": job["status"]}

    now = datetime.now(UTC).isoformat()
    account = accounts.update_item(
        Key={"account_id": job["account_id"]},
        UpdateExpression="ADD balance :credits SET updated_at = :now",
        ExpressionAttributeValues={":credits": job["credits"], ":now": now},
        ReturnValues="UPDATED_NEW",
    )["Attributes"]
    history.put_item(
        Item={
            "account_id": job["account_id"],
            "entry_id": f"{failed.occurred_at.isoformat()}#refund#{failed.job_id}",
            "kind": "refund",
            "credits": job["credits"],
            "balance": account["balance"],
            "job_id": failed.job_id,
            "reason": "The generation failed for a technical reason.",
            "occurred_at": failed.occurred_at.isoformat(),
            "recorded_at": now,
        }
    )
    mark_refunded(failed, now)
    logger.info("Job refunded", job_id=failed.job_id, credits=int(job["credits"]))
    metrics.add_metric(name="JobRefunded", unit=MetricUnit.Count, value=1)
    return {"status": "refunded", "credits": int(job["credits"])}


def mark_refunded(failed: JobFailed, now: str) -> None:
    try:
        jobs.update_item(
            Key={"job_id": failed.job_id},
            UpdateExpression="SET #status = :refunded, failure_code = :code, ended_at = :now",
            ConditionExpression="#status = :charged",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":refunded": "refunded",
                ":charged": "charged",
                ":code": failed.failure.code,
                ":now": now,
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        logger.warning("Job had ended meanwhile", job_id=failed.job_id)
