"""How jobs end: the messages that the studio puts on the job-events queue.

{"version": 1, "type": "job.failed", "job_id": "job_9f2c", "occurred_at": "2026-11-22T10:00:00Z",
 "failure": {"code": "provider_503", "message": "upstream unavailable", "source": "renderer"}}
"""

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from makegood.errors import RejectedEventError
from makegood.events.contract import Contract, FirstVersion, Timestamp, read_object, rejection
from makegood.events.identifiers import Identifier

MESSAGE_BYTES_MAX = 64 * 1024
FREE_TEXT_LENGTH_MAX = 2_000

Code = Annotated[str, Field(pattern=r"^[!-~]([ -~]{0,126}[!-~])?$")]
FreeText = Annotated[str, Field(max_length=FREE_TEXT_LENGTH_MAX)]
# No job orders as many outputs; the bound only keeps what is stored small.
Outputs = Annotated[int, Field(le=10**12)]


class Failure(Contract):
    """The code decides; message and source are for people."""

    code: Code
    message: FreeText = Field(default="", repr=False)
    source: Code | None = None


class Delivery(Contract):
    """More delivered than ordered is possible, and simply a whole delivery."""

    ordered: Annotated[Outputs, Field(ge=1)]
    delivered: Annotated[Outputs, Field(ge=0)]


class _JobEvent(Contract):
    version: FirstVersion
    job_id: Identifier
    occurred_at: Timestamp


class JobFailed(_JobEvent):
    type: Literal["job.failed"]
    failure: Failure


class JobSucceeded(_JobEvent):
    type: Literal["job.succeeded"]
    outputs: Delivery


class JobCancelled(_JobEvent):
    type: Literal["job.cancelled"]
    work_started: bool


JobEvent = JobFailed | JobSucceeded | JobCancelled

_MODELS: dict[str, type[JobEvent]] = {
    "job.failed": JobFailed,
    "job.succeeded": JobSucceeded,
    "job.cancelled": JobCancelled,
}


def parse_job_event(body: str | bytes) -> JobEvent:
    """Raise RejectedEventError, naming the field and what was expected, for anything else."""
    fields = read_object(body, bytes_max=MESSAGE_BYTES_MAX)
    name = fields.get("type")
    if not isinstance(name, str) or name not in _MODELS:
        raise RejectedEventError(f"type: expected one of {', '.join(_MODELS)}")
    try:
        return _MODELS[name].model_validate(fields)
    except ValidationError as error:
        raise rejection(error) from None
