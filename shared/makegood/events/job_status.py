"""What the studio's status address says of a job, when it is asked about an overdue one.

{"state": "running"}
{"state": "succeeded", "outputs": {"ordered": 4, "delivered": 3}}
{"state": "failed", "failure": {"code": "provider_503"}}
{"state": "cancelled", "work_started": true}
{"state": "unknown"}
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from makegood.errors import RejectedEventError
from makegood.events.contract import Contract, read_object, rejection
from makegood.events.jobs import (
    Delivery,
    Failure,
    JobCancelled,
    JobEvent,
    JobFailed,
    JobSucceeded,
)

ANSWER_BYTES_MAX = 16 * 1024


class Running(Contract):
    """The studio says that it still works on the job."""

    state: Literal["running"]


class Unknown(Contract):
    """The studio does not know the job, or not how it is."""

    state: Literal["unknown"]


class _Succeeded(Contract):
    outputs: Delivery


class _Failed(Contract):
    failure: Failure


class _Cancelled(Contract):
    work_started: bool


Status = JobEvent | Running | Unknown


def parse_job_status(body: bytes, *, job_id: str, asked_at: datetime) -> Status:
    """An end that is told comes back as the message that never came, sent when it was asked for.

    Raises RejectedEventError, naming the field and what was expected, for anything else.
    """
    fields = read_object(body, bytes_max=ANSWER_BYTES_MAX)
    try:
        return _status(fields, {"version": 1, "job_id": job_id, "occurred_at": asked_at})
    except ValidationError as error:
        raise rejection(error) from None


def _status(fields: dict[str, Any], told: dict[str, Any]) -> Status:
    match fields.get("state"):
        case "running":
            return Running(state="running")
        case "unknown":
            return Unknown(state="unknown")
        case "succeeded":
            outputs = _Succeeded.model_validate(fields).outputs
            return JobSucceeded.model_construct(type="job.succeeded", outputs=outputs, **told)
        case "failed":
            failure = _Failed.model_validate(fields).failure
            return JobFailed.model_construct(type="job.failed", failure=failure, **told)
        case "cancelled":
            started = _Cancelled.model_validate(fields).work_started
            return JobCancelled.model_construct(type="job.cancelled", work_started=started, **told)
    raise RejectedEventError(
        "state: expected one of running, succeeded, failed, cancelled, unknown"
    )
