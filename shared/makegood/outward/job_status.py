"""Asks the studio about overdue jobs, at the address that its settings name."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import quote

from makegood.errors import OutwardError, RejectedEventError
from makegood.events.job_status import ANSWER_BYTES_MAX, Status, parse_job_status
from makegood.outward.addresses import Network
from makegood.outward.fetch import Fetched, fetch

AT_ONCE = 8
"""Questions that are asked side by side."""

IN_VAIN_MAX = 8
"""Questions in a row without an answer, after which the address counts as down."""

SECONDS = 3
"""For one answer, from the name to the last byte."""

RESERVE_SECONDS = 15
"""What must be left of the run to ask any further: there is still to be decided."""

_OK = 200


class StatusAddress:
    """Bounded in time: after a few questions without any answer nothing is asked any more, so
    that an address that is down does not stand between customers and their credits."""

    def __init__(
        self, url: str, private: Sequence[Network], *, time_left: Callable[[], float]
    ) -> None:
        self._url = url
        self._private = private
        self._time_left = time_left
        self._in_vain = 0
        self.asked = 0
        self.unanswered: Counter[str] = Counter()
        """Why there was no answer, and how often."""

    def ask(self, job_ids: Sequence[str], *, now: datetime) -> dict[str, Status | None]:
        """What is said of each job; None for no answer. Of jobs that are missing, nobody was asked:
        the time is over, and the next run asks."""
        told: dict[str, Status | None] = {}
        for group in _groups(job_ids):
            if self._in_vain >= IN_VAIN_MAX:
                told |= dict.fromkeys(group)
            elif self._time_left() > RESERVE_SECONDS:
                told |= self._ask_at_once(group, now)
        return told

    def _ask_at_once(self, job_ids: Sequence[str], now: datetime) -> dict[str, Status | None]:
        def ask(job_id: str) -> Status | OutwardError | RejectedEventError:
            return self._ask_one(job_id, now)

        # Leaving the pool waits for its threads: a frozen sandbox must not have any.
        with ThreadPoolExecutor(len(job_ids)) as pool:
            answers = dict(zip(job_ids, pool.map(ask, job_ids), strict=True))
        silent = all(isinstance(answer, OutwardError) for answer in answers.values())
        self._in_vain = self._in_vain + len(answers) if silent else 0
        self.asked += len(job_ids)
        told: dict[str, Status | None] = {}
        for job_id, answer in answers.items():
            if isinstance(answer, Exception):
                self.unanswered[_why(answer)] += 1
            told[job_id] = None if isinstance(answer, Exception) else answer
        return told

    def _ask_one(self, job_id: str, now: datetime) -> Status | OutwardError | RejectedEventError:
        try:
            found = fetch(
                self._url.replace("{job_id}", quote(job_id, safe="")),
                private=self._private,
                seconds=SECONDS,
                bytes_max=ANSWER_BYTES_MAX,
            )
            return _read(found, job_id, now)
        except (OutwardError, RejectedEventError) as error:
            return error


def _read(found: Fetched, job_id: str, now: datetime) -> Status:
    if found.status != _OK:
        raise RejectedEventError("status: expected 200")
    return parse_job_status(found.body, job_id=job_id, asked_at=now)


def _why(error: OutwardError | RejectedEventError) -> str:
    return error.reason if isinstance(error, OutwardError) else "not_understood"


def _groups(job_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(job_ids), AT_ONCE):
        yield job_ids[start : start + AT_ONCE]
