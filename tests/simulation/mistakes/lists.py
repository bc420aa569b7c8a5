"""Mistakes in how the table is read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from makegood.domain.job import Job, JobState
from makegood.plans.lost_jobs import look_at_job
from tests.simulation.mistakes.planting import Mistake, Patch, calling, overlooked


def takes_unread_keys_for_nothing(patch: Patch) -> None:
    """What BatchGetItem does not return is not there. UnprocessedKeys were never seen in tests."""

    def read(answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "UnprocessedKeys": {}}

    calling(patch, "BatchGetItem", read=read)


def takes_the_first_page_for_all(patch: Patch) -> None:
    """A page holds a hundred, and nobody has so many."""

    def read(answer: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in answer.items() if name != "LastEvaluatedKey"}

    calling(patch, "Query", read=read)


def believes_the_list_of_lost_jobs(patch: Patch) -> None:
    """What is on the list of charged jobs is charged. The index is never far behind."""

    def listed(record: Any) -> Any:
        is_job = isinstance(record, Job)
        return replace(record, state=JobState.CHARGED, refunded=0) if is_job else record

    overlooked(patch, look_at_job, listed)


def reads_what_may_be_old(patch: Patch) -> None:
    """Consistent reads cost twice as much, and what is read is hardly ever behind."""

    def ask(request: Mapping[str, Any]) -> Mapping[str, Any]:
        ((name, wanted),) = request["RequestItems"].items()
        return {"RequestItems": {name: {**wanted, "ConsistentRead": False}}}

    calling(patch, "BatchGetItem", ask=ask)


MISTAKES: tuple[Mistake, ...] = (
    takes_unread_keys_for_nothing,
    takes_the_first_page_for_all,
    believes_the_list_of_lost_jobs,
    reads_what_may_be_old,
)
