"""What goes wrong between a request and its answer, on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Protocol

from local.paddle.core.errors import KINDS, invalid_field


class FaultKind(StrEnum):
    ERROR = "error"
    """An error's answer, with `code`."""
    TIMEOUT = "timeout"
    """No answer for `seconds`, then none at all."""
    DROP = "drop"
    """The connection ends without an answer."""
    MALFORMED = "malformed"
    """The right status, and a body that cannot be read in the way `form` says. After the effect."""
    SLOW = "slow"
    """The right answer after `seconds`."""


class Form(StrEnum):
    """Of a malformed body."""

    CUT = "cut"
    """Ends in the middle."""
    EMPTY = "empty"
    NO_DATA = "no_data"
    """An object in which `data` is missing."""
    NOT_JSON = "not_json"
    NO_ID = "no_id"
    """Everything but the entity's id."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    after: bool = False
    """Only once the request has had its effect."""
    method: str | None = None
    """None: any."""
    path: str = "/"
    """What the path begins with."""
    times: int = 1
    code: str = "internal_error"
    retry_after: int | None = None
    """Seconds, for `too_many_requests`."""
    seconds: float = 60
    form: Form = Form.CUT

    def hits(self, method: str, path: str) -> bool:
        return self.method in (None, method) and path.startswith(self.path)


class Faults(Protocol):
    """Where the faults come from. A simulator gives one of its own, with its own chance."""

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request; asked once for each."""


class Plan:
    """Faults one after the other: each hits the next requests that it fits, so often."""

    def __init__(self, *faults: Fault) -> None:
        self._left = [(fault, fault.times) for fault in faults]

    def add(self, fault: Fault) -> None:
        self._left.append((fault, fault.times))

    def clear(self) -> None:
        self._left.clear()

    def pending(self) -> list[Fault]:
        return [fault for fault, _ in self._left]

    def take(self, method: str, path: str) -> Fault | None:
        for place, (fault, times) in enumerate(self._left):
            if fault.hits(method, path):
                self._left[place : place + 1] = [(fault, times - 1)] if times > 1 else []
                return fault
        return None


class NoAnswerError(ConnectionError):
    """The caller never hears what became of the request."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.kind} {'after' if fault.after else 'before'} the effect")
        self.fault = fault


def parsed(given: Mapping[str, Any]) -> Fault:
    """Raises RefusedError, or ValueError for an unknown kind or form."""
    unknown = set(given) - {one.name for one in fields(Fault)}
    if unknown or "kind" not in given:
        raise invalid_field([(name, "is not known") for name in sorted(unknown or {"kind"})])
    fault = Fault(
        **{
            **given,
            "kind": FaultKind(given["kind"]),
            "form": Form(given.get("form", Form.CUT)),
        }
    )
    if fault.code not in KINDS:
        raise invalid_field([("code", "is no code of Paddle's")])
    return fault
