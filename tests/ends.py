"""Messages of the studio that tell how a job ended."""

import json
from datetime import datetime

from makegood.domain.entry import timestamp
from makegood.events.jobs import JobEvent, parse_job_event
from tests.ledgers import NOON


def failed(code: str, job_id: str = "job_1", *, at: datetime = NOON) -> JobEvent:
    return _read("job.failed", job_id, at, failure={"code": code})


def succeeded(
    delivered: int, ordered: int, job_id: str = "job_1", *, at: datetime = NOON
) -> JobEvent:
    return _read("job.succeeded", job_id, at, outputs={"ordered": ordered, "delivered": delivered})


def cancelled(*, work_started: bool, job_id: str = "job_1", at: datetime = NOON) -> JobEvent:
    return _read("job.cancelled", job_id, at, work_started=work_started)


def _read(kind: str, job_id: str, at: datetime, **fields: object) -> JobEvent:
    message = {"version": 1, "type": kind, "job_id": job_id, "occurred_at": timestamp(at)}
    return parse_job_event(json.dumps(message | fields))
