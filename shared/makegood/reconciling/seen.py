"""What a run came upon, as its report and as metrics."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from makegood.domain.entry import timestamp
from makegood.errors import (
    LedgerBusyError,
    LedgerUnavailableError,
    MakegoodError,
    PaddleKeyError,
    PaddleRefusedError,
    SecretUnavailableError,
)
from makegood.observability import count, log, measure
from makegood.paddle.api_errors import Advice, advice
from makegood.plans.reconciling.destinations import Subscription
from makegood.plans.reconciling.differences import Found

LISTED_MAX = 100
"""Of one kind in the report: an answer of Lambda has room for some, and nobody reads thousands."""

PAYOUTS = ("requested", "woken", "asked_about", "for_person", "oldest_seconds")
COUNTED = (
    "adjustments_waiting",
    "adjustments_checked",
    "adjustments_followed",
    "sales_checked",
    "accounts_checked",
    "accounts_too_long",
    "delayed",
    "stuck",
)

Report = dict[str, Any]


@dataclass(slots=True)
class Seen:
    """`explained`, `different` and `unexplained` are events old enough to have been applied; a
    person has those that are different."""

    until: datetime
    since: datetime | None = None
    explained: int = 0
    different: int = 0
    unexplained: dict[str, str] = field(default_factory=dict)
    """Types by events' ids."""
    put_back: int = 0
    differences: list[Found] = field(default_factory=list)
    payouts: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    subscription: Subscription | None = None
    unfinished: bool = False
    failed: dict[str, str] = field(default_factory=dict)
    """Why a part of the run came to no end, by its name."""
    blocked: bool = False

    def find(self, found: Found | MakegoodError | None) -> None:
        """Note what became of a look at something."""
        match found:
            case None:
                return
            case Found():
                self.differences.append(found)
                if not found.again:
                    log("difference.found", what=found.what, id=found.id, case_id=found.case_id)
            case MakegoodError():
                self.meet(found)

    def meet(self, error: MakegoodError) -> None:
        """What the ledger had no time for is done by the next run; the rest needs a person."""
        if isinstance(error, (LedgerBusyError, LedgerUnavailableError)):
            self.counted["delayed"] += 1
        else:
            log("reconciliation.stuck", error=type(error).__name__, why=str(error))
            self.counted["stuck"] += 1

    def fail(self, part: str, error: MakegoodError) -> None:
        """A part of the run could not be done. An error's text has no key and no content."""
        self.failed[part] = str(error)
        if isinstance(error, PaddleRefusedError):
            self.blocked = self.blocked or advice(error) is Advice.BLOCKED
        elif isinstance(error, (PaddleKeyError, SecretUnavailableError)):
            self.blocked = True
        log("reconciliation.failed", part=part, error=type(error).__name__, why=str(error))

    @property
    def seen(self) -> int:
        return self.explained + self.different + len(self.unexplained)

    @property
    def explained_percent(self) -> int:
        """Whole ones: 100 means all of them, however many there are."""
        return self.explained * 100 // self.seen if self.seen else 100

    @property
    def news(self) -> int:
        return sum(not found.again for found in self.differences)

    def tell(self) -> None:
        """What is published on every run, also when it is nothing, so that silence alarms."""
        log("reconciliation.ended", **self._numbers())
        count("ReconciliationRuns", int(not self.failed))
        count("ReconciliationBlocked", int(self.blocked))
        if self.since is not None:
            measure("ReconciliationExplainedPercent", [self.explained_percent], "Percent")
        count("ReconciliationUnexplained", len(self.unexplained))
        count("ReconciliationPutBack", self.put_back)
        count("ReconciliationDifferences", self.news)
        count("PayoutsForPerson", self.payouts["for_person"])
        measure("OldestPayoutSeconds", [self.payouts["oldest_seconds"]], "Seconds")
        count("AdjustmentsWaiting", self.counted["adjustments_waiting"])

    def tell_of_destination(self) -> None:
        if self.subscription is None:
            return
        missing = self.subscription.missing
        count("DestinationNotSubscribed", int(bool(missing)))
        if missing:
            name = self.subscription.destination_id
            log("destination.lacks", destination_id=name, missing=list(missing))

    def report(self) -> Report:
        unexplained = list(self.unexplained.items())[:LISTED_MAX]
        return {
            "from": None if self.since is None else timestamp(self.since),
            "until": timestamp(self.until),
            **self._numbers(),
            "unexplained": [{"event_id": name, "type": kind} for name, kind in unexplained],
            "differences": [_shown(found) for found in self.differences[:LISTED_MAX]],
            "destination": _subscription(self.subscription),
            "failed": [{"part": part, "why": why} for part, why in self.failed.items()],
        }

    def _numbers(self) -> Report:
        return {
            "events": self.seen,
            "explained": self.explained,
            "different": self.different,
            "explained_percent": self.explained_percent,
            "put_back": self.put_back,
            "unfinished": self.unfinished,
            "payouts": {name: self.payouts[name] for name in PAYOUTS},
            **{name: self.counted[name] for name in COUNTED},
        }


def _shown(found: Found) -> Mapping[str, object]:
    return {
        "what": found.what.value,
        "id": found.id,
        "case_id": found.case_id,
        "known_before": found.again,
    }


def _subscription(subscription: Subscription | None) -> Report | None:
    if subscription is None:
        return None
    return {"id": subscription.destination_id, "missing": list(subscription.missing)}
