"""In the place of the product's connections to AWS: which service is asked, and what it answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from urllib3.exceptions import ReadTimeoutError

from tests.dynamodb import Refused
from tests.simulation.runs import Run
from tests.simulation.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `DynamoDB_20120810` is asked for `Query` with `request`."""

    run: Run
    operation: str
    request: Mapping[str, Any]
    gives_up_after: float
    """Seconds that its caller waits for an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the product reads of an answer, as urllib3 hands it over."""

    status: int
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Service = Callable[[Asked], Mapping[str, Any]]
"""Returns what it answers. Raises Refused, and NoAnswerError."""


class NoAnswerError(Exception):
    """The caller hears nothing; it has waited for that already."""


class _Timeout(Protocol):
    read_timeout: float


class Connections:
    """By the service's name in the request's target, or by its path where it has none."""

    def __init__(self, timeline: Timeline, services: Mapping[str, Service]) -> None:
        self._timeline = timeline
        self._services = services

    def request(
        self,
        _method: str,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: _Timeout,
        **_options: Any,
    ) -> Answer:
        service, operation = _target(headers, url)
        run: Run = self._timeline.run
        run.asked = asked = Asked(run, operation, json.loads(body), timeout.read_timeout)
        try:
            told, status = self._services[service](asked), 200
        except Refused as refusal:
            told, status = _refusal(refusal), refusal.status
        except NoAnswerError as error:
            pool: Any = None
            raise ReadTimeoutError(pool, url, "no answer") from error
        return Answer(status, json.dumps(told).encode())


def _target(headers: Mapping[str, str], url: str) -> tuple[str, str]:
    target = headers.get("X-Amz-Target", "")
    service, _, operation = target.rpartition(".")
    if service:
        return service, operation
    return "path", url.partition("//")[2].partition("/")[2]


def _refusal(refusal: Refused) -> dict[str, Any]:
    told: dict[str, Any] = {"__type": f"com.amazonaws#{refusal.code}", "message": str(refusal)}
    if refusal.reasons:
        told["CancellationReasons"] = refusal.reasons
    return told


def no_answer(asked: Asked) -> NoAnswerError:
    """After its caller has waited for as long as it does."""
    asked.run.wait(asked.gives_up_after)
    return NoAnswerError(asked.operation)
