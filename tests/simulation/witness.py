"""What somebody outside has seen of a story: what was asked, answered, sold, sent and written.

It is all that the checker knows, beside the table. Nothing here is the product's own opinion.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Item = Mapping[str, Any]
"""As DynamoDB has it: each attribute with its type, such as `{"N": "5"}`."""

Place = tuple[str, str]
"""`pk` and `sk`."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit is worth to the ledger."""

    credits: int
    bonus: int


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API, as its caller knows it.

    `claims` are those of the caller's token. `status` 0 and no `answer` where no answer came: then
    it is open whether it was carried out.
    """

    at: float
    method: str
    path: str
    claims: Mapping[str, str]
    body: Any
    status: int
    answer: Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt at a webhook. `is_good` says that its signature is one that Paddle would make.

    `status` is what Paddle heard, 0 for no answer in five seconds; `queued` how many messages were
    in the queue of events for good when it did.
    """

    at: float
    event_id: str
    is_good: bool
    status: int
    queued: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a queue has taken. `source` is `studio`, `webhook`, or a function's name."""

    at: float
    queue: str
    number: int
    body: str
    source: str


@dataclass(frozen=True, slots=True)
class Buried:
    """A message in the dead letters.

    `error` and `reason` are what the function gave, None where the queue itself has moved it.
    """

    at: float
    queue: str
    number: int
    body: str
    error: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Write:
    """One item that a committed transaction has put. Those of one transaction share `number`."""

    at: float
    number: int
    place: Place
    old: Item | None
    new: Item
    by: str
    """The function's name."""


@dataclass(frozen=True, slots=True)
class Down:
    """When a capability did not answer, as the world knows it; `until` None: to the very end."""

    capability: str
    since: float
    until: float | None


@dataclass(slots=True)
class Witness:
    """One story. All times are seconds since its start, which `began_at` names (epoch seconds)."""

    began_at: float
    prices: dict[str, Price] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    done: set[tuple[str, int]] = field(default_factory=set)
    """Queue and number of the messages that a function has finished."""
    waiting: set[tuple[str, int]] = field(default_factory=set)
    """Those that nobody has finished, and that are not in the dead letters, at the end."""
    buried: list[Buried] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    events: list[Mapping[str, Any]] = field(default_factory=list)
    """Details of what the event bus has taken."""
    mails: list[Mapping[str, Any]] = field(default_factory=list)
    """Requests that SES has taken."""
    logs: list[str] = field(default_factory=list)
    """Standard output of all functions."""
    downs: list[Down] = field(default_factory=list)
    job_truth: dict[str, str] = field(default_factory=dict)
    """What really became of each job at the studio: `failed`, `succeeded`, `cancelled`, `lost`."""
    job_status: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the studio's status address says of each job; of others it says that it knows none."""
    secrets: list[str] = field(default_factory=list)
    """Values that may be in no log line and no dead letter's attributes: keys, mail addresses."""
    transactions: Sequence[Mapping[str, Any]] = ()
    """Paddle's truth at the end: transactions, as its API shows them."""
    adjustments: Sequence[Mapping[str, Any]] = ()
    paddle_events: Sequence[Mapping[str, Any]] = ()
    asked_for_adjustments: list[tuple[float, Mapping[str, Any], int]] = field(default_factory=list)
    """Each POST that reached Paddle: when, body, and the status that Paddle itself gave it."""
    refusals: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Codes with which Paddle itself has refused, by payout."""
    settled: bool = True
    """False if it was still going on long after the faults were over."""
