"""Jobs, and the work lists that open ones are in."""

from makegood.domain.account import Take
from makegood.domain.entry import timestamp
from makegood.domain.job import ChargeRequest, EndKind, Job, JobEnding, JobState
from makegood.ledger.shapes.shape import (
    Shape,
    Values,
    shard_of,
    timestamp_if_any,
    to_time,
    to_time_if_any,
    work_list,
)


def _write_job(job: Job) -> Values:
    request = job.request
    return {
        "job_id": job.job_id,
        "account_id": request.account_id,
        "credits": request.credits,
        "capability": request.capability,
        "outputs": request.outputs,
        "expected_seconds": request.expected_seconds,
        "state": job.state.value,
        "takes": [[take.number, take.credits] for take in job.takes],
        "charged_at": timestamp(job.charged_at),
        "expected_by": timestamp(job.expected_by),
        "refunded": job.refunded,
        "reason": job.reason,
        "clause": job.clause,
        "policy_version": job.policy_version,
        "failure_code": job.failure_code,
        "refund_due_at": timestamp_if_any(job.refund_due_at),
        "failed_at": timestamp_if_any(job.failed_at),
        "ended_at": timestamp_if_any(job.ended_at),
        "ending": _ending_values(job.ending) if job.ending is not None else None,
        "asked_at": timestamp_if_any(job.asked_at),
        "look_at": timestamp_if_any(job.look_at),
        "late_success_at": timestamp_if_any(job.late_success_at),
        **_job_work(job),
    }


def _job_work(job: Job) -> Values:
    """Open jobs by the time at which somebody must look at them; ended ones in no list."""
    if job.state is JobState.CHARGED:
        name, due = "JOBS", job.look_at or job.expected_by
    elif job.state is JobState.REVIEW and job.refund_due_at is not None:
        name, due = "REVIEWS", job.refund_due_at
    else:
        return {}
    return {
        "work_pk": work_list(name, shard_of(job.job_id)),
        "work_sk": f"{timestamp(due)}#{job.job_id}",
    }


def _ending_values(ending: JobEnding) -> Values:
    started = ending.work_started
    return {
        "kind": ending.kind.value,
        "ordered": ending.ordered,
        "delivered": ending.delivered,
        "work_started": None if started is None else int(started),
    }


def _read_ending(values: Values) -> JobEnding:
    started = values.get("work_started")
    return JobEnding(
        EndKind(values["kind"]),
        ordered=values.get("ordered"),
        delivered=values.get("delivered"),
        work_started=None if started is None else bool(started),
    )


def _read_job(values: Values) -> Job:
    ending = values.get("ending")
    request = ChargeRequest(
        account_id=values["account_id"],
        credits=values["credits"],
        capability=values.get("capability"),
        outputs=values.get("outputs"),
        expected_seconds=values.get("expected_seconds"),
    )
    return Job(
        job_id=values["job_id"],
        request=request,
        state=JobState(values["state"]),
        takes=tuple(Take(*take) for take in values["takes"]),
        charged_at=to_time(values["charged_at"]),
        expected_by=to_time(values["expected_by"]),
        refunded=values["refunded"],
        reason=values.get("reason"),
        clause=values.get("clause"),
        policy_version=values.get("policy_version"),
        failure_code=values.get("failure_code"),
        refund_due_at=to_time_if_any(values.get("refund_due_at")),
        failed_at=to_time_if_any(values.get("failed_at")),
        ended_at=to_time_if_any(values.get("ended_at")),
        ending=_read_ending(ending) if ending is not None else None,
        asked_at=to_time_if_any(values.get("asked_at")),
        look_at=to_time_if_any(values.get("look_at")),
        late_success_at=to_time_if_any(values.get("late_success_at")),
    )


JOB: Shape[Job] = Shape(
    id=lambda job: job.job_id,
    place=lambda job_id: (f"JOB#{job_id}", "JOB"),
    write=_write_job,
    read=_read_job,
)
