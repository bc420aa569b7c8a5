"""A route, and what reaches the one who answers it. The table of all routes is in `routes`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from makegood.api.cursors import Cursors
from makegood.api.identity import Caller, Scope
from makegood.api.problems import Kind
from makegood.api.requests import Body
from makegood.domain.studio import ZoneNamed
from makegood.ledger.reads import Slice
from makegood.ledger.store import Ledger, TimeLeft
from makegood.policy.published import Policies

LIMIT_DEFAULT = 50
LIMIT_MAX = 100

B = TypeVar("B", bound=Body)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the API works with."""

    ledger: Ledger
    policies: Policies
    cursor_key: Callable[[], bytes]
    time_left: TimeLeft
    zones: ZoneNamed


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has passed the door: its ids are ids, its caller may be here.

    `now` is the gateway's time. `idempotency_key` is "" on routes that take none. `query` has
    those of the route's own parameters that were given, as they are meant.
    """

    route: str
    desk: Desk
    now: datetime
    caller: Caller
    ids: Mapping[str, str]
    limit: int = LIMIT_DEFAULT
    cursor: str | None = None
    idempotency_key: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)

    def slice(self, account_id: str, read: Callable[[str | None, int], Slice[R]]) -> "Listed[R]":
        """The part of a list that is asked for; `read` takes a position and a limit."""
        cursors = Cursors(self.desk.cursor_key, self.route, account_id)
        position = None if self.cursor is None else cursors.read(self.cursor)
        found = read(position, self.limit)
        return Listed(found.records, None if found.next is None else cursors.write(found.next))


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    records: list[R]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`noted` are the ids and facts that belong in the log line; the body never does."""

    status: int
    body: Mapping[str, Any]
    noted: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter of a route beside `limit` and `cursor`, never required.

    `read` makes a value of its text, or raises RejectedInputError.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Route(Generic[B]):
    """One row of the table: how it is reached and answered, and what the OpenAPI says of it.

    `gives` has the type of each answer by its status. `problems` are those that the route adds
    to what any route with its scope, body or list may answer.
    """

    method: str
    path: str
    scope: Scope | None
    summary: str
    does: Callable[[Call, B], Answer]
    takes: type[B]
    gives: Mapping[int, Any]
    problems: tuple[Kind, ...] = ()
    lists: bool = False
    needs_idempotency_key: bool = False
    query: tuple[Parameter, ...] = ()
    body_may_lack: bool = False
    """No body at all is then an empty one."""

    @property
    def key(self) -> str:
        """As the gateway calls it."""
        return f"{self.method} {self.path}"

    @property
    def ids(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    def fits(self, path: str) -> bool:
        wanted, given = self.path.split("/"), path.split("/")
        return len(wanted) == len(given) and all(
            want == have or (want.startswith("{") and have != "")
            for want, have in zip(wanted, given, strict=True)
        )
